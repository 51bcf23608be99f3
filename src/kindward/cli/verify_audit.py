"""``kindward verify audit``: examine an exported audit log, with nothing but its files and the key of who keeps it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kindward.cli import exits, streams
from kindward.cli.output import Form, output_option, put_one
from kindward.cli.session import Session, pass_session
from kindward.cli.streams import visible
from kindward.cli.translated import Argument, Command, Option
from kindward.errors import ConfigError, KindwardError, TrustError
from kindward.locale import N_, _

if TYPE_CHECKING:
    from kindward.ledger.conduct import Standing


@click.command(
    "audit",
    cls=Command,
    help=N_(
        "Verify the audit log of decisions about cases: its signature, that nothing is missing, and every rule.\n\n"
        "Before each report stand a match or a notice, two people and a release; every case ends by its deadline. "
        "Exit status: 0 if all is proven and nothing is late, 1 if something is late, 77 if a rule is broken."
    ),
)
@click.argument("folder", cls=Argument, metavar="FOLDER", help=N_("Folder with the exported log."))
@click.option(
    "--key",
    cls=Option,
    required=True,
    metavar="KEY",
    help=N_("Verifier key of who keeps the log, from a place you trust."),
)
@output_option
@pass_session
def audit(session: Session, folder: str, key: str, form: Form) -> int:
    """Verify an audit log."""
    session.settings()
    try:
        standing, size = _examined(Path(folder), key)
    except KindwardError as error:
        put_one(form, {"folder": folder, "all_proven": False, "error": error.code}, _("Not proven."))
        streams.tell(error)
        return error.exit_status
    record = {
        "folder": folder,
        "all_proven": True,
        "error": None,
        "leaves": size,
        "deeds": dict(standing.counts),
        "cases": dict(standing.states),
        "reported": standing.reported,
        "people": standing.people,
        "overdue": list(standing.overdue),
        "undestroyed": list(standing.undestroyed),
    }
    put_one(form, record, "\n".join(map(visible, _lines(standing, size))))
    late = standing.overdue or standing.undestroyed
    return exits.FOUND if late else exits.NOTHING_FOUND


def _examined(folder: Path, key: str) -> tuple[Standing, int]:
    """Take every leaf of the log. Raises: ConfigError for a folder without one, TrustError for a broken rule."""
    from kindward.ledger.conduct import Conduct
    from kindward.ledger.note import open_checkpoint
    from kindward.ledger.tiles import CHECKPOINT, TileReader

    try:
        note = (folder / CHECKPOINT).read_bytes()
    except OSError as problem:
        raise ConfigError(
            "audit_missing",
            N_("There is no audit log in {path}."),
            N_("Give the folder into which it was exported; the file checkpoint lies in it."),
            path=folder,
        ) from problem
    signed = open_checkpoint(note, key, (), 0)
    reader = TileReader(lambda path: _read(folder / path), signed.size)
    if reader.root() != signed.root:
        raise TrustError(
            "audit_root_other",
            N_("The leaves of the audit log are not those whose root was signed."),
            N_("Do not rely on this log; keep a copy of it and ask who runs it."),
        )
    conduct = Conduct()
    for leaf in reader.leaves():
        conduct.take(leaf)
    return conduct.standing(int(time.time())), signed.size


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as problem:
        raise TrustError(
            "audit_incomplete",
            N_("The audit log lacks the file {name}."),
            N_("Have it exported again; if it stays so, do not rely on this log."),
            name=file.name,
        ) from problem


def _lines(standing: Standing, size: int) -> list[str]:
    lines = [
        _("Proven:"),
        _("  - All {count} leaves follow one another, and their root is the one that was signed.").format(count=size),
        _("  - Every case was opened by a match or a notice before anybody decided about it."),
        _("  - Nobody decided twice, and every decision could be undone for as long as the rules say."),
        _("  - Before each of {count} reports stand a release by a named person, and the people demanded.").format(
            count=standing.reported
        ),
        _("  - Nothing was read or decided after its key was destroyed, and nothing was destroyed against an order."),
        _("Only attested:"),
        _("  - That everything that happened stands in the log, and that a pseudonym is one person."),
        _("Cases: {told}.").format(told=_told(standing.states)),
    ]
    if standing.overdue:
        lines.append(_("Past their deadline: {names}.").format(names=", ".join(standing.overdue)))
    if standing.undestroyed:
        lines.append(_("Dismissed, and not destroyed in time: {names}.").format(names=", ".join(standing.undestroyed)))
    return lines


def _told(states: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(states.items())) or "-"
