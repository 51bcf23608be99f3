"""``kindward authority propose``, ``confirm``, ``withdraw``, ``revert``: say something about entries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kindward.cli import bank_sources, exits
from kindward.cli.authority import EXCHANGE, HOME, now
from kindward.cli.output import Form, output_option, put_one
from kindward.cli.session import Session, pass_session
from kindward.cli.streams import visible
from kindward.cli.translated import Argument, Command, Option
from kindward.errors import ContentError
from kindward.locale import N_, _, several

if TYPE_CHECKING:
    from kindward.authority.proposing import Said
    from kindward.banks import Item, Rejected
    from kindward.model import Entry

LISTS = click.option(
    "--from",
    "lists",
    cls=Option,
    metavar="FILE",
    multiple=True,
    help=N_("List to read, - for standard input; may be given several times."),
)
PICTURES = click.option(
    "--from-pictures",
    "folders",
    cls=Option,
    metavar="DIR",
    multiple=True,
    help=N_("Folder of pictures, or a picture, to fingerprint exactly; may be given several times."),
)


@click.command(
    "propose",
    cls=Command,
    help=N_(
        "Propose entries of this authority's own; each needs the confirmation of an authority of another country.\n\n"
        "The proposal lies in the exchange folder and holds the fingerprints, so it is confidential among authorities."
    ),
)
@HOME
@EXCHANGE
@LISTS
@PICTURES
@click.option("--category", cls=Option, default="", metavar="SCHEME:VALUE", help=N_("Category of entries without one."))
@click.option("--jurisdiction", cls=Option, default="", help=N_("Where they are illegal; by default the own country."))
@click.option("--expires", cls=Option, default="", metavar="DAY", help=N_("Day from which they match no longer."))
@output_option
@pass_session
def propose(
    session: Session,
    home: str,
    exchange: str,
    lists: tuple[str, ...],
    folders: tuple[str, ...],
    category: str,
    jurisdiction: str,
    expires: str,
    form: Form,
) -> int:
    """Propose entries."""
    if not (lists or folders):
        raise click.UsageError(_("Give a list with --from, or a folder with --from-pictures."))
    from kindward.authority.exchange import Exchange
    from kindward.authority.home import Home
    from kindward.authority.proposing import About
    from kindward.authority.proposing import propose as proposed

    rejected: list[Rejected] = []
    entries = _entries(session, lists, folders, rejected)
    about = About(category, jurisdiction, expires)
    said = proposed(Home(Path(home)), Exchange(Path(exchange)), entries, about, now())
    bank_sources.report_rejected(rejected, len(rejected))
    _report(
        form,
        said,
        several(
            "{count} entry is proposed as {name}.",
            "{count} entries are proposed as {name}.",
            said.count,
            name=said.name,
        ),
        rejected,
    )
    return ContentError.exit_status if rejected else exits.NOTHING_FOUND


@click.command(
    "confirm",
    cls=Command,
    help=N_(
        "Confirm what another authority proposed, after judging it.\n\n"
        "With --from only those entries are confirmed that this authority's own list holds as well. Otherwise "
        "--reviewed says that a person of this authority has looked at all of them."
    ),
)
@HOME
@EXCHANGE
@click.option("--proposal", cls=Option, default="", metavar="NAME", help=N_("Which one; by default all that wait."))
@click.option("--reviewed", cls=Option, is_flag=True, help=N_("This authority has judged every entry itself."))
@LISTS
@PICTURES
@output_option
@pass_session
def confirm(
    session: Session,
    home: str,
    exchange: str,
    proposal: str,
    reviewed: bool,
    lists: tuple[str, ...],
    folders: tuple[str, ...],
    form: Form,
) -> int:
    """Confirm entries."""
    from kindward.authority import refusals
    from kindward.authority.exchange import Exchange
    from kindward.authority.home import Home
    from kindward.authority.proposing import confirm as confirmed

    if not (reviewed or lists or folders):
        raise refusals.not_reviewed()
    rejected: list[Rejected] = []
    own = list(_entries(session, lists, folders, rejected)) if lists or folders else None
    said = confirmed(Home(Path(home)), Exchange(Path(exchange)), proposal, now(), own=own)
    bank_sources.report_rejected(rejected, len(rejected))
    _report(form, said, several("{count} entry is confirmed.", "{count} entries are confirmed.", said.count), rejected)
    return ContentError.exit_status if rejected else exits.NOTHING_FOUND


@click.command(
    "withdraw",
    cls=Command,
    help=N_(
        "Withdraw entries, or take back this authority's confirmation of them.\n\n"
        "An entry leaves the list when fewer than two authorities of two jurisdictions still confirm it, or two of two "
        "withdraw it. The reason stands in the public log."
    ),
)
@HOME
@EXCHANGE
@click.argument("entries", cls=Argument, metavar="ENTRY…", nargs=-1, required=True, help=N_("Ids of the entries."))
@click.option(
    "--reason",
    cls=Option,
    required=True,
    metavar="CODE",
    help=N_("wrong_category, not_illegal, adult, duplicate, court_order, consent_withdrawn or other."),
)
@output_option
@pass_session
def withdraw(session: Session, home: str, exchange: str, entries: tuple[str, ...], reason: str, form: Form) -> int:
    """Withdraw entries."""
    session.settings()
    from kindward.authority.exchange import Exchange
    from kindward.authority.home import Home
    from kindward.authority.proposing import withdraw as withdrawn

    said = withdrawn(Home(Path(home)), Exchange(Path(exchange)), entries, reason, now())
    _report(form, said, several("{count} withdrawal is stated.", "{count} withdrawals are stated.", said.count), [])
    return exits.NOTHING_FOUND


@click.command(
    "revert",
    cls=Command,
    help=N_(
        "Go back to what an earlier release held, forwards: as new statements for a new signed release.\n\n"
        "Every authority that agrees runs it; the history stays."
    ),
)
@HOME
@EXCHANGE
@click.option("--to", "release", cls=Option, type=click.IntRange(1), required=True, help=N_("Number of the release."))
@output_option
@pass_session
def revert(session: Session, home: str, exchange: str, release: int, form: Form) -> int:
    """State all that leads back."""
    session.settings()
    from kindward.authority.exchange import Exchange
    from kindward.authority.home import Home
    from kindward.authority.proposing import revert as reverted

    said = reverted(Home(Path(home)), Exchange(Path(exchange)), release, now())
    count = sum(one.count for one in said)
    put_one(
        form,
        {"statements": [one.name for one in said], "count": count},
        several(
            "{count} change back to release {release} is stated.",
            "{count} changes back to release {release} are stated.",
            count,
            release=release,
        ),
    )
    return exits.NOTHING_FOUND


def _entries(
    session: Session, lists: Sequence[str], folders: Sequence[str], rejected: list[Rejected]
) -> Iterator[Entry]:
    from kindward.banks import Item, Rejected

    settings = session.settings()
    records: Iterable[Entry | Item | Rejected] = bank_sources.from_lists(lists)
    for source in (records, bank_sources.from_pictures(folders, settings) if folders else ()):
        for record in source:
            if isinstance(record, Rejected):
                rejected.append(record)
            elif isinstance(record, Item):
                yield from record.entries
            else:
                yield record


def _report(form: Form, said: Said, line: str, rejected: Sequence[Rejected]) -> None:
    words = {
        "known": _("{count} passed over: judged already."),
        "not_own": _("{count} passed over: not in your own list."),
    }
    more = [words[code].format(count=count) for code, count in sorted(said.passed_over.items())]
    record = {
        "statement": said.name,
        "count": said.count,
        "passed_over": dict(said.passed_over),
        "rejected": len(rejected),
    }
    put_one(form, record, "\n".join([line, *map(visible, more)]))
