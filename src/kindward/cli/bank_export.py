"""``kindward bank export``: a bank out as a list that other tools read."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from kindward.cli import exits, streams
from kindward.cli.output import Form, output_option, put_one
from kindward.cli.session import Session, pass_session
from kindward.cli.streams import visible
from kindward.cli.translated import Argument, Command, Option
from kindward.errors import StateError
from kindward.locale import N_, several

if TYPE_CHECKING:
    from kindward.banks.formats.writing import Origin, Written

FORMS = ("plain", "csv", "tx-text", "tx-csv")


@click.command(
    "export",
    cls=Command,
    help=N_(
        "Write the entries of a bank that are in force as a list.\n\n"
        "plain is one fingerprint per line, csv holds every field; tx-text is what local_file of threatexchange reads, "
        "tx-csv what `tx dataset -P --csv` prints. Kinds that a form has no name for are counted and told, and so are "
        "entries that do not match at present."
    ),
)
@click.argument("bank", cls=Argument, metavar="BANK", help=N_("Folder of the bank."))
@click.option(
    "--as", "as_", cls=Option, type=click.Choice(FORMS), required=True, help=N_("Form in which the list is written.")
)
@click.option(
    "--out",
    cls=Option,
    metavar="FILE",
    help=N_("Write to this file, readable for you only, once it is complete; by default to standard output."),
)
@output_option
@pass_session
def export(session: Session, bank: str, as_: str, out: str | None, form: Form) -> int:
    """Write a list; with a file, report how much it holds."""
    session.settings()
    from kindward.banks import Bank
    from kindward.banks.formats.writing import Origin, write_list

    today = datetime.now(UTC).date().isoformat()
    with closing(Bank.open(Path(bank))) as opened, _target(out) as stream:
        origin = Origin(opened.name, opened.version, opened.trust)
        written = write_list(opened.entries(), as_, stream, origin, today)
    _tell(written)
    if out is not None:
        put_one(form, _record(out, as_, origin, written), _line(out, written))
    return exits.NOTHING_FOUND


def _record(out: str, as_: str, origin: Origin, written: Written) -> dict[str, object]:
    return {
        "path": out,
        "form": as_,
        "bank": origin.name,
        "version": origin.version,
        "trust": str(origin.trust),
        "entries": written.entries,
        "not_in_force": written.not_in_force,
        "left_out": written.unknown_kinds,
    }


def _line(out: str, written: Written) -> str:
    return several("{count} entry in {out}.", "{count} entries in {out}.", written.entries, out=visible(out))


def _tell(written: Written) -> None:
    if written.not_in_force:
        streams.say(
            several(
                "{count} entry is not in force and was left out.",
                "{count} entries are not in force and were left out.",
                written.not_in_force,
            )
        )
    for kind, count in sorted(written.unknown_kinds.items()):
        streams.say(
            several(
                "{count} fingerprint of the kind {kind} has no name in this form and was left out.",
                "{count} fingerprints of the kind {kind} have no name in this form and were left out.",
                count,
                kind=kind,
            )
        )


@contextmanager
def _target(out: str | None) -> Iterator[TextIO]:
    if out is None:
        yield sys.stdout
        return
    path = Path(out)
    try:
        file, name = tempfile.mkstemp(dir=path.parent, prefix=".export-")
        try:
            with os.fdopen(file, "w", encoding="utf-8", newline="") as stream:
                yield stream
                stream.flush()
                os.fsync(file)
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as problem:
        raise StateError(
            "export_unwritable",
            "The list cannot be written to {path}: {problem}.",
            "Check that the folder exists and that it may be written to.",
            path=visible(out),
            problem=(problem.strerror or str(problem)).lower(),
        ) from problem
