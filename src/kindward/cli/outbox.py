"""``kindward outbox``: how far reports are, as numbers, and letting them go on after something was mended."""

from __future__ import annotations

import time
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from kindward.cli.output import Form, Record, Records, output_option, put_one
from kindward.cli.session import Session, pass_session
from kindward.cli.translated import Argument, Command, Group
from kindward.errors import StateError
from kindward.locale import N_, _

if TYPE_CHECKING:
    from kindward.store.outbox import Heap

WORDS = {
    "draft": N_("released, can still be undone"),
    "waiting": N_("waiting"),
    "sent": N_("sent"),
    "stopped": N_("stopped: the authority refuses us"),
    "refused": N_("refused: somebody has to mend it"),
    "withdrawn": N_("withdrawn: the case was reopened"),
}


@click.command(
    "list",
    cls=Command,
    help=N_("Count reports by authority, by where they stand, and why. Nothing says what they are about."),
)
@output_option
@pass_session
def list_(session: Session, form: Form) -> None:
    """Count what is on its way."""
    from kindward.store import Store, outbox

    settings = session.settings()
    with closing(Store.open(settings.store)) as store, store.read() as connection:
        heaps = outbox.heaps(connection)
    with Records(form) as records:
        for heap in heaps:
            records.put(_record(heap), _line(heap))
    if settings.simulate and form == "human":
        click.echo(_("Nothing is sent, because simulate is true."), err=True)


@click.command(
    "resume",
    cls=Command,
    help=N_(
        "Let reports go on that stopped or were refused, after what was wrong has been mended.\n\n"
        "An authority that refuses us is asked nothing more until then, so that no access is lost by guessing."
    ),
)
@click.argument("authority", cls=Argument, metavar="AUTHORITY", help=N_("Name as `kindward outbox list` shows it."))
@output_option
@pass_session
def resume(session: Session, authority: str, form: Form) -> None:
    """Let reports go on."""
    from kindward.store import Store, outbox

    with closing(Store.open(session.settings().store)) as store, store.write() as connection:
        count = outbox.resume(connection, authority, int(time.time()))
    if not count:
        raise StateError(
            "outbox_nothing_stopped",
            N_("No report to {authority} is stopped or refused."),
            N_("`kindward outbox list` shows where reports stand."),
            authority=authority,
        )
    told = _("Reports to {authority} that are tried again: {count}.").format(authority=authority, count=count)
    put_one(form, {"authority": authority, "resumed": count}, told)


outbox = Group(
    "outbox",
    homes={
        "list": "kindward.cli.outbox:list_",
        "resume": "kindward.cli.outbox:resume",
    },
    help=N_("See how far reports are, and let them go on after something was mended."),
)


def _record(one: Heap) -> Record:
    return {
        "authority": one.authority,
        "state": str(one.state),
        "problem": one.problem or None,
        "count": one.count,
        "since": _moment(one.since),
    }


def _line(one: Heap) -> str:
    why = f" ({one.problem})" if one.problem else ""
    return f"{one.count:>6}  {one.authority}  {_(WORDS[one.state])}{why}  {_moment(one.since)}"


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
