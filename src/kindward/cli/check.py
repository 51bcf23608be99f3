"""``kindward check``: a picture in, a verdict out."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from kindward.cli import exits, streams
from kindward.cli.inputs import Input, expand
from kindward.cli.output import Form, Records, output_option
from kindward.cli.session import Session, pass_session
from kindward.cli.translated import Argument, Command, Option
from kindward.cli.verdicts import line, short_summary
from kindward.cli.work import in_order, progress, workers_for
from kindward.errors import ContentError, KindwardError, RemoteError, StateError, TrustError
from kindward.locale import N_, _

if TYPE_CHECKING:
    from kindward.app import Checker
    from kindward.config import Settings
    from kindward.model import Verdict

_Unanswered = (ContentError, TrustError, StateError, RemoteError)
"""What keeps an input from being checked; each input gets a record all the same, with the decision of the policy."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one input: a verdict, or the reason why there is none."""

    name: str
    verdict: Verdict | None
    error: KindwardError | None

    @property
    def status(self) -> int:
        """Give the exit status that this input alone would have."""
        if self.error is not None:
            return self.error.exit_status
        if self.verdict is None or self.verdict.matches or self.verdict.risks:
            return exits.FOUND if self.verdict else exits.NOTHING_FOUND
        from kindward.wire import partly_checked

        partly = partly_checked(self.verdict)
        return partly.exit_status if partly else exits.NOTHING_FOUND


@click.command(
    "check",
    cls=Command,
    help=N_(
        "Look files up in banks and say what should happen with them.\n\n"
        "A folder stands for all files in it, `-` for standard input. Answers come in the order of the inputs, each "
        "with its best match first. Exit status: 0 nothing found, 1 found (also in simulation), else an error."
    ),
)
@click.argument(
    "inputs",
    cls=Argument,
    metavar="FILE|DIR|-…",
    nargs=-1,
    required=True,
    help=N_("Files, folders, or - for standard input."),
)
@click.option(
    "-b",
    "--bank",
    "banks",
    cls=Option,
    metavar="BANK",
    multiple=True,
    help=N_("Folder of a bank to look up; may be given several times. By default those of the configuration."),
)
@click.option(
    "--fast/--exact",
    "fast",
    cls=Option,
    default=None,
    help=N_("Decode JPEG at a reduced size, or fully as lists are made; by default as configured."),
)
@click.option(
    "--recursive/--no-recursive",
    "recursive",
    cls=Option,
    default=True,
    show_default=True,
    help=N_("Look into the folders inside a folder too, or not."),
)
@output_option
@pass_session
def check(
    session: Session, inputs: tuple[str, ...], banks: tuple[str, ...], fast: bool | None, recursive: bool, form: Form
) -> int:
    """Check all inputs and give the gravest exit status."""
    from kindward.isolation.nursery import begin_early

    settings = session.settings()
    if banks or settings.banks.paths:
        begin_early(settings.limits.memory, settings.limits.seconds)
    from kindward.app import open_checker

    if fast is not None:
        settings = replace(settings, matching=replace(settings.matching, fast=fast))
    found = expand(inputs, recursive=recursive)
    workers = workers_for(len(found))
    try:
        opened = open_checker(banks, settings=settings, workers=workers)
    except _Unanswered as error:
        return _show((Answer(one.name, None, error) for one in found), len(found), settings, form)
    with opened as checker:
        answers = in_order(lambda one: _answer(checker, one, settings), found, workers)
        with closing(answers):
            return _show(answers, len(found), settings, form)


def _answer(checker: Checker, one: Input, settings: Settings) -> Answer:
    from kindward.model import Content

    try:
        data = one.read(settings.limits.bytes)
        return Answer(one.name, checker.check(Content(data, one.name)), None)
    except _Unanswered as error:
        return Answer(one.name, None, error)


def _show(answers: Iterator[Answer], total: int, settings: Settings, form: Form) -> int:
    from kindward.wire import verdict_record

    statuses: Counter[int] = Counter()
    told: set[tuple[str, str]] = set()
    with progress(_("Checking"), total) as advance, Records(form) as records:
        for done, answer in enumerate(answers, 1):
            on_error = _on_error(answer.error, settings)
            record = verdict_record(answer.name, answer.verdict, answer.error, on_error, simulated=settings.simulate)
            records.put(record, line(answer.name, record, answer.verdict, answer.error))
            if answer.error is not None:
                _tell(answer.error, answer.name, told)
            statuses[answer.status] += 1
            advance(done)
    if form == "human" and sys.stdout.isatty() and total > 1:
        short_summary(statuses)
    return exits.gravest(statuses)


def _on_error(error: KindwardError | None, settings: Settings) -> str:
    return settings.policy.on_trust_error if isinstance(error, TrustError) else settings.policy.on_unreadable


def _tell(error: KindwardError, name: str, told: set[tuple[str, str]]) -> None:
    """Say what is wrong with an input; what is wrong with a bank concerns all of them and is said once."""
    if isinstance(error, ContentError):
        streams.tell(error, name)
    elif (said := (error.code, error.sentence)) not in told:
        told.add(said)
        streams.tell(error)
