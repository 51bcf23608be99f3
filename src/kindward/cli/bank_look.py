"""``kindward bank list``, ``show`` and ``verify``: look at banks without changing them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    from kindward.banks import Bank, Life
    from kindward.config import Settings
    from kindward.model import Entry

SIMULATED = {
    "not_signed": N_("no operator whose key is configured has signed this bank"),
    "changed_since_signed": N_("the bank or its feed has changed since an operator signed it"),
    "over_budget": N_("its rate of matches exceeded its budget"),
    "simulation_unreadable": N_("the reason cannot be read; an operator must sign the bank again"),
}
"""Why the matches of a bank are told and decide nothing, by the code of the bank."""
STATES = {"active": N_("active"), "quarantined": N_("quarantined"), "withdrawn": N_("withdrawn")}
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
                with _open(path, session.settings()) as bank:
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


def _open(path: str, settings: Settings) -> closing[Bank]:
    from kindward.banks import Bank
    from kindward.banks.approval import operator_keys

    operators = None if settings.simulate else operator_keys(settings.banks.operator_keys)
    return closing(Bank.open(Path(path), operators=operators))


def summary(bank: Bank) -> dict[str, object]:
    """Describe a bank in one record; it is only reached for a bank that proved itself when it was opened."""
    return {
        "path": str(bank.path),
        "name": bank.name,
        "version": bank.version,
        "trust": str(bank.trust),
        "simulated": bank.simulated or None,
        "entries": dict(sorted(bank.counts().items())),
        "states": {str(state): count for state, count in bank.state_counts().items()},
        "proven": True,
        "verified": bank.verified,
    }


def _line(record: dict[str, object]) -> str:
    counts = record["entries"]
    assert isinstance(counts, dict)
    entries = " ".join(f"{signal}:{count}" for signal, count in counts.items()) or "0"
    line = _("{name}  {trust}  version {version}  entries {entries}  {proof}  {path}").format(
        name=visible(str(record["name"])),
        trust=_(_TRUSTS[str(record["trust"])]),
        version=record["version"],
        entries=entries,
        path=visible(str(record["path"])),
        proof=_("proven") if record["verified"] else _("proven by sample"),
    )
    return "".join((line, *(f"  {told}" for told in _peculiar(record))))


def _peculiar(record: dict[str, object]) -> Iterator[str]:
    """Say what is not so of most banks: items out of force, and matches that decide nothing."""
    states = record["states"]
    assert isinstance(states, dict)
    for state, count in states.items():
        if count:
            yield f"{_(STATES[state])} {count}"
    if record["simulated"]:
        code = str(record["simulated"])
        yield _("in simulation: {reason}").format(reason=_(SIMULATED.get(code, code)))


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
@click.option(
    "--states", cls=Option, is_flag=True, help=N_("Show the items that are quarantined or withdrawn, and why.")
)
@output_option
@pass_session
def show(session: Session, bank: str, limit: int, offset: int, states: bool, form: Form) -> int:
    """Show a bank's record with some of its entries, or of its items that are out of force."""
    with _open(bank, session.settings()) as opened:
        record = summary(opened) | {"mark": dict(opened.mark), "kept": opened.kept_counts(), "offset": offset}
        if states:
            known = [_state(life) for life in opened.states(limit, offset)]
        else:
            known = [_entry(entry) for entry in opened.entries(limit, offset)]
    lines = [_line(record), *(f"  {visible('  '.join(_words(each)))}" for each in known)]
    put_one(form, {**record, "shown": known}, "\n".join(lines))
    return exits.NOTHING_FOUND


def _state(life: Life) -> dict[str, object]:
    return {
        "entry": life.id,
        "state": str(life.state),
        "reason": life.reason,
        "at": life.at,
        "deciders": list(life.deciders),
    }


def _entry(entry: Entry) -> dict[str, object]:
    return {
        "entry": entry.id,
        "signal": entry.signal,
        "value": entry.value.hex(),
        "source": entry.source,
        "severity": entry.severity,
        "note": entry.note,
        "jurisdiction": entry.jurisdiction,
        "added": entry.added,
        "confirmed_by": list(entry.confirmed_by),
        "expires": entry.expires,
        "positive": entry.positive,
        "negative": entry.negative,
        "state": str(entry.state),
    }


def _words(record: dict[str, object]) -> Iterator[str]:
    """Give what is worth reading of an entry or a state: what is empty or as usual is left out."""
    titles = {
        "jurisdiction": _("jurisdiction {text}"),
        "added": _("added {text}"),
        "confirmed_by": _("confirmed by {text}"),
        "expires": _("expires {text}"),
        "positive": _("votes for it {text}"),
        "negative": _("votes against it {text}"),
        "deciders": _("by {text}"),
    }
    for name, value in record.items():
        if value and (name, value) != ("state", "active"):
            text = ", ".join(value) if isinstance(value, list) else str(value)
            yield titles.get(name, "{text}").format(text=_(STATES[text]) if name == "state" else text)


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
                with _open(path, session.settings()) as bank:
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
