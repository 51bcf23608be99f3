"""``kindward bank add`` and ``withdraw``: change a bank that others may be using."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kindward.cli import bank_sources, exits, streams
from kindward.cli.output import Form, output_option, put_one
from kindward.cli.session import Session, pass_session
from kindward.cli.streams import visible
from kindward.cli.translated import Argument, Command, Option
from kindward.errors import ContentError
from kindward.locale import N_, _, several

if TYPE_CHECKING:
    from kindward.banks import Item, Life, Rejected
    from kindward.model import Entry


@click.command(
    "add",
    cls=Command,
    help=N_(
        "Add fingerprints to a bank; running services see them at once.\n\n"
        "The bank must prove itself again afterwards. Lines that are not understood are told with their number and "
        "make the exit status 65."
    ),
)
@click.argument("bank", cls=Argument, metavar="BANK", help=N_("Folder of the bank."))
@click.argument("values", cls=Argument, metavar="[VALUE]…", nargs=-1, help=N_("Fingerprints in hexadecimal digits."))
@click.option(
    "--from",
    "lists",
    cls=Option,
    metavar="FILE",
    multiple=True,
    help=N_("List to read, - for standard input; may be given several times."),
)
@click.option(
    "--from-pictures",
    "folders",
    cls=Option,
    metavar="DIR",
    multiple=True,
    help=N_("Folder of pictures, or a picture, to fingerprint exactly; may be given several times."),
)
@output_option
@pass_session
def add(
    session: Session, bank: str, values: tuple[str, ...], lists: tuple[str, ...], folders: tuple[str, ...], form: Form
) -> int:
    """Add entries and report how many were new."""
    if not (values or lists or folders):
        raise click.UsageError(_("Give fingerprints, a list with --from, or a folder with --from-pictures."))
    from kindward.banks import Bank

    settings = session.settings()
    rejected: list[Rejected] = []
    records = chain(
        bank_sources.from_values(values),
        bank_sources.from_lists(lists),
        bank_sources.from_pictures(folders, settings) if folders else (),
    )
    with closing(Bank.open(Path(bank))) as opened:
        added = opened.add(_usable(records, rejected), again=_tell_again)
        version = opened.version
    bank_sources.report_rejected(rejected, len(rejected))
    record = {"path": bank, "added": added, "version": version, "rejected": len(rejected)}
    put_one(form, record, several("{count} new entry.", "{count} new entries.", added))
    return ContentError.exit_status if rejected else exits.NOTHING_FOUND


def _usable(records: Iterable[Entry | Item | Rejected], rejected: list[Rejected]) -> Iterator[Entry | Item]:
    from kindward.banks import Rejected

    for record in records:
        if isinstance(record, Rejected):
            rejected.append(record)
        else:
            yield record


def _tell_again(life: Life) -> None:
    streams.say(
        _("Entry {entry} was withdrawn on {day} ({reason}) and is in force again.").format(
            entry=visible(life.id), day=life.at[:10], reason=visible(life.reason)
        )
    )


@click.command(
    "withdraw",
    cls=Command,
    help=N_(
        "Withdraw an entry from a bank, so that it matches no longer; running services see it at once.\n\n"
        "The reason stands in the bank's journal. The entry is in force again if it is added again, or if the bank is "
        "built again from a list that holds it."
    ),
)
@click.argument("bank", cls=Argument, metavar="BANK", help=N_("Folder of the bank."))
@click.argument("entry", cls=Argument, metavar="ENTRY", help=N_("Identifier of the entry, as in a match."))
@click.option("--reason", cls=Option, required=True, help=N_("Why it is withdrawn."))
@output_option
@pass_session
def withdraw(session: Session, bank: str, entry: str, reason: str, form: Form) -> int:
    """Withdraw one entry."""
    session.settings()
    from kindward.banks import Bank

    with closing(Bank.open(Path(bank))) as opened:
        opened.withdraw(entry, reason)
        record = {"path": bank, "withdrawn": entry, "version": opened.version}
    put_one(form, record, _("Entry {entry} is withdrawn from {bank}.").format(entry=visible(entry), bank=visible(bank)))
    return exits.NOTHING_FOUND
