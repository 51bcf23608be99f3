"""``kindward bank feedback``: a reviewer's word about an entry, in force here at once and told to the source."""

from __future__ import annotations

import getpass
from pathlib import Path

import click

from kindward.cli import exits, streams
from kindward.cli.output import Form, output_option, put_one
from kindward.cli.session import Session, pass_session
from kindward.cli.streams import visible
from kindward.cli.translated import Argument, Command, Option
from kindward.locale import N_, _, several


@click.command(
    "feedback",
    cls=Command,
    help=N_(
        "Say that an entry of a subscribed bank is wrong, or right.\n\n"
        "A wrong entry matches no longer here, at once; the list itself is not changed. The opinion waits until "
        "`kindward bank update`, a running service, or --send tells it to the source."
    ),
)
@click.argument("bank", cls=Argument, metavar="BANK", help=N_("Folder of the bank."))
@click.argument(
    "entry", cls=Argument, metavar="[ENTRY]", required=False, help=N_("Identifier of the entry, as in a match.")
)
@click.option("--wrong/--right", "wrong", cls=Option, default=None, help=N_("What the reviewer says of the entry."))
@click.option("--reason", cls=Option, default="", help=N_("Why the entry is wrong."))
@click.option("--by", cls=Option, help=N_("Who says so; by default the user of this machine."))
@click.option("--send", cls=Option, is_flag=True, help=N_("Tell the source everything that waits, now."))
@output_option
@pass_session
def feedback(
    session: Session,
    bank: str,
    entry: str | None,
    wrong: bool | None,
    reason: str,
    by: str | None,
    send: bool,
    form: Form,
) -> int:
    """Queue an opinion, send what waits, or both."""
    if entry is None and not send:
        raise click.UsageError(_("Give the entry that is wrong or right, or --send."))
    if entry is not None and wrong is None:
        raise click.UsageError(_("Say --wrong or --right."))
    if wrong and not reason:
        raise click.UsageError(_("A wrong entry needs a --reason."))
    from kindward import app
    from kindward.subscription.reviewing import waiting

    settings, path = session.settings(), Path(bank)
    record: dict[str, object] = {"path": bank, "entry": entry, "quarantined": False, "sent": 0}
    lines: list[str] = []
    if entry is not None:
        heard = app.give_opinion(path, entry, settings, wrong=bool(wrong), reason=reason, by=by or getpass.getuser())
        record["quarantined"] = heard.quarantined
        if heard.quarantined:
            lines.append(_("Entry {entry} matches no longer here.").format(entry=visible(entry)))
    unsent = None
    if send:
        sent, unsent = app.send_opinions(path, settings)
        record["sent"] = sent
        lines.append(several("{count} opinion sent.", "{count} opinions sent.", sent))
    record["queued"] = waiting(path)
    lines.append(several("{count} opinion waits.", "{count} opinions wait.", waiting(path)))
    put_one(form, record, "\n".join(lines))
    if unsent is not None:
        streams.tell(unsent, bank)
        return unsent.exit_status
    return exits.NOTHING_FOUND
