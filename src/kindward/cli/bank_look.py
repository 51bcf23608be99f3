"""``kindward bank list``, ``show`` and ``verify``: look at banks without changing them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kindward.cli import exits, streams
from kindward.cli.output import Form, Records, output_option, put_one
from kindward.cli.session import Session, pass_session
from kindward.cli.streams import visible
from kindward.cli.translated import Argument, Command, Option
from kindward.errors import ConfigError, KindwardError
from kindward.locale import N_, _

if TYPE_CHECKING:
    from kindward.banks import Bank
    from kindward.model import Entry

_TRUSTS = {"imported": N_("imported"), "federated": N_("signed")}


@click.command(
    "list",
    cls=Command,
    help=N_(
        "List banks: name, version, entries, and whether each proved itself.\n\n"
        "Each DIR is a bank or a folder of banks; by default the banks of the configuration."
    ),
)
@click.argument("folders", cls=Argument, metavar="[DIR]…", nargs=-1, help=N_("Banks, or folders of banks."))
@output_option
@pass_session
def list_(session: Session, folders: tuple[str, ...], form: Form) -> int:
    """List banks; one that cannot be trusted is told and decides the exit status."""
    statuses = [exits.NOTHING_FOUND]
    with Records(form) as records:
        for path in _banks(folders or session.settings().banks.paths):
            try:
                with _open(path) as bank:
                    record = summary(bank)
            except KindwardError as error:
                streams.tell(error)
                statuses.append(error.exit_status)
            else:
                records.put(record, _line(record))
    return exits.gravest(statuses)


def _banks(names: Sequence[str]) -> list[str]:
    from kindward.banks.manifest import FILE

    found: list[str] = []
    for name in names:
        folder = Path(name)
        inside = sorted(folder.glob(f"*/{FILE}")) if folder.is_dir() and not (folder / FILE).exists() else []
        found += [str(path.parent) for path in inside] or [name]
    if not found:
        raise ConfigError(
            "no_bank_named",
            "No bank is named, here or in the configuration.",
            "Give a folder, or set banks.paths in the configuration.",
        )
    return found


def _open(path: str) -> closing[Bank]:
    from kindward.banks import Bank

    return closing(Bank.open(Path(path)))


def summary(bank: Bank) -> dict[str, object]:
    """Describe a bank in one record; it is only reached for a bank that proved itself when it was opened."""
    return {
        "path": str(bank.path),
        "name": bank.name,
        "version": bank.version,
        "trust": str(bank.trust),
        "entries": dict(sorted(bank.counts().items())),
        "proven": True,
        "verified": bank.verified,
    }


def _line(record: dict[str, object]) -> str:
    counts = record["entries"]
    assert isinstance(counts, dict)
    entries = " ".join(f"{signal}:{count}" for signal, count in counts.items()) or "0"
    return _("{name}  {trust}  version {version}  entries {entries}  {proof}  {path}").format(
        name=visible(str(record["name"])),
        trust=_(_TRUSTS[str(record["trust"])]),
        version=record["version"],
        entries=entries,
        path=visible(str(record["path"])),
        proof=_("proven") if record["verified"] else _("proven by sample"),
    )


@click.command("show", cls=Command, help=N_("Show one bank and its entries."))
@click.argument("bank", cls=Argument, metavar="BANK", help=N_("Folder of the bank."))
@click.option(
    "--limit",
    cls=Option,
    type=click.IntRange(0, 1_000_000),
    default=20,
    show_default=True,
    help=N_("Show at most this many entries."),
)
@click.option(
    "--offset",
    cls=Option,
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help=N_("Leave out this many entries first."),
)
@output_option
@pass_session
def show(session: Session, bank: str, limit: int, offset: int, form: Form) -> int:
    """Show a bank's record with some of its entries."""
    session.settings()
    with _open(bank) as opened:
        record = summary(opened)
        entries = list(opened.entries(limit, offset))
    known = [_entry(entry) for entry in entries]
    lines = [_line(record), *(f"  {visible('  '.join(str(part) for part in each.values() if part))}" for each in known)]
    put_one(form, {**record, "offset": offset, "shown": known}, "\n".join(lines))
    return exits.NOTHING_FOUND


def _entry(entry: Entry) -> dict[str, object]:
    return {
        "entry": entry.id,
        "signal": entry.signal,
        "value": entry.value.hex(),
        "source": entry.source,
        "severity": entry.severity,
        "note": entry.note,
    }


@click.command(
    "verify",
    cls=Command,
    help=N_(
        "Check banks completely: every checksum, and that known harmless entries are found and strangers are not.\n\n"
        "Exit status: 0 if all is well, 77 if a bank cannot be trusted."
    ),
)
@click.argument("banks", cls=Argument, metavar="BANK…", nargs=-1, help=N_("Banks; by default those configured."))
@output_option
@pass_session
def verify(session: Session, banks: tuple[str, ...], form: Form) -> int:
    """Verify banks; each gets a record, and a bank that fails decides the exit status."""
    statuses = [exits.NOTHING_FOUND]
    with Records(form) as records:
        for path in _banks(banks or session.settings().banks.paths):
            try:
                with _open(path) as bank:
                    proof = bank.verify().proof
            except KindwardError as error:
                from kindward.wire import error_record

                streams.tell(error)
                statuses.append(error.exit_status)
                records.put({"path": path, "proven": False, "error": error_record(error)}, "")
            else:
                proven = {"path": path, "proven": True, "found": proof.found, "strangers": proof.strangers}
                records.put(proven | {"error": None}, _proven(path, proof.found, proof.strangers))
    return exits.gravest(statuses)


def _proven(path: str, found: int, strangers: int) -> str:
    return _("{path}: proven; {found} known entries found, {strangers} strangers not found.").format(
        path=visible(path), found=found, strangers=strangers
    )
