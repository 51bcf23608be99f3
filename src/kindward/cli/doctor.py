"""``kindward doctor``: is this installation healthy."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from kindward.cli import examinations, exits
from kindward.cli.finding import Finding, State
from kindward.cli.output import Form, Records, output_option
from kindward.cli.session import Session, pass_session
from kindward.cli.streams import visible
from kindward.cli.translated import Command, Option
from kindward.errors import StateError
from kindward.locale import N_, _, explain

if TYPE_CHECKING:
    from kindward.config import Settings

WORDS = {State.OK: N_("ok"), State.WARN: N_("warn"), State.FAIL: N_("FAIL")}
_COLOURS = {State.OK: "green", State.WARN: "yellow", State.FAIL: "red"}
_PART = 10
"""Width of the column that names what was examined."""


@click.command(
    "doctor",
    cls=Command,
    help=N_(
        "Examine this installation: fast paths, banks, decoding, database, cases, help, clock, language, space.\n\n"
        "Exit status: 0 if nothing failed (there may be warnings), else that of the gravest failure."
    ),
)
@click.option(
    "--confirm-production",
    cls=Option,
    is_flag=True,
    help=N_("Confirm first that reports may leave this machine with the settings in force."),
)
@output_option
@pass_session
def doctor(session: Session, confirm_production: bool, form: Form) -> int:
    """Run every examination and print one line for each as it ends."""
    settings = session.settings()
    if confirm_production:
        _confirm(settings)
    statuses = [exits.NOTHING_FOUND]
    with Records(form) as records:
        for examine in examinations.ALL:
            for finding in examinations.carefully(examine, settings):
                records.put(_record(finding), _lines(finding))
                if finding.state is State.FAIL:
                    statuses.append(finding.problem.exit_status)
    return exits.gravest(statuses)


def _confirm(settings: Settings) -> None:
    """Keep the operator's word about where reports go, before everything is examined with it."""
    import time

    from kindward.app.cases import chosen_of
    from kindward.desk.permission import confirm, leaves
    from kindward.store import Store, outbox

    if not settings.reports.production or not leaves(settings.reports, chosen_of(settings)):
        raise StateError(
            "nothing_to_confirm",
            N_("With these settings no report leaves this machine, so there is nothing to confirm."),
            N_("Set reports.production and the authority's environment first."),
        )
    with Store.open(settings.store) as store, store.read() as connection:
        waiting = outbox.counts(connection)
    if left := sum(waiting.get(state, 0) for state in ("draft", "waiting", "stopped", "refused")):
        raise StateError(
            "outbox_not_empty",
            N_("{count} reports still wait for where reports went so far; they would go to the real centre."),
            N_("Let them go out first, or look at them with `kindward outbox list`."),
            count=left,
        )
    confirm(settings.reports, int(time.time()))


def _record(finding: Finding) -> dict[str, object]:
    sentence, hint = explain(finding.problem)
    code = None if finding.state is State.OK else finding.problem.code
    return {"check": finding.part, "state": str(finding.state), "code": code, "message": sentence, "hint": hint or None}


def _lines(finding: Finding) -> str:
    sentence, hint = explain(finding.problem)
    width = max(len(_(each)) for each in WORDS.values())
    word = _(WORDS[finding.state]).ljust(width)
    if sys.stdout.isatty():
        word = click.style(word, fg=_COLOURS[finding.state], bold=finding.state is State.FAIL)
    advice = f"\n{' ' * (width + 2 + _PART + 2)}{visible(hint)}" if hint and finding.state is not State.OK else ""
    return f"{word}  {finding.part.ljust(_PART)}  {visible(sentence)}{advice}"
