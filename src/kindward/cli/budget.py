"""``kindward budget``: how many false alarms a list means, and how many distinct matches to wait for."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kindward.cli import exits, streams
from kindward.cli.output import Form, output_option, put_one
from kindward.cli.session import Session, pass_session
from kindward.cli.translated import Command, Option
from kindward.locale import N_, _

if TYPE_CHECKING:
    from kindward.cli.budget_report import Asked, Report
    from kindward.cli.budget_run import Run
    from kindward.config import Settings


class Number(click.ParamType[float]):
    """A number as people write large and small ones: 300000000, 300_000_000, 3e8, 0.000001, 1e-6."""

    name = "number"

    def __init__(self, low: float = 0.0, high: float = math.inf, *, above: bool = False) -> None:
        self._low, self._high, self._above = low, high, above

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read a number in the range, or say what is wrong with it."""
        try:
            number = float(str(value))
        except ValueError:
            number = math.nan
        if not self._low <= number <= self._high or math.isinf(number) or (self._above and number == self._low):
            self.fail(_("{value} is no number in the range.").format(value=value), param, ctx)
        return number


@click.command(
    "budget",
    cls=Command,
    help=N_(
        "Compute how many false alarms to expect, and how many distinct matches to wait for.\n\n"
        "The rate of false matches comes from a run over lawful pictures (--corpus), from an earlier run (--run), or "
        "from numbers (--found, --pictures). Rates have an exact upper bound (Clopper and Pearson). With --write each "
        "bank keeps what was measured, and a bank whose measured rate is over its budget is switched to simulation.\n\n"
        "Exit status: 0, or 1 if a bank is over its budget."
    ),
)
@click.option(
    "--corpus",
    "folders",
    cls=Option,
    metavar="DIR",
    multiple=True,
    help=N_("Folder of lawful pictures to look up now; may be given several times."),
)
@click.option(
    "--run", "run_file", cls=Option, metavar="FILE", help=N_("Earlier output (-o json) to take the run from.")
)
@click.option("--found", cls=Option, type=click.IntRange(0), metavar="COUNT", help=N_("So many of --pictures matched."))
@click.option(
    "--pictures",
    cls=Option,
    type=click.IntRange(1),
    metavar="COUNT",
    help=N_("So many distinct lawful pictures were looked up."),
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
    "--messages",
    cls=Option,
    type=Number(above=True),
    default=1e9,
    show_default="1e9",
    help=N_("Pictures sent in a day, all accounts together."),
)
@click.option(
    "--accounts",
    cls=Option,
    type=Number(above=True),
    default=3e8,
    show_default="3e8",
    help=N_("Accounts of the service."),
)
@click.option(
    "--per-account",
    cls=Option,
    type=Number(above=True),
    help=N_("Pictures that an account sends in an epoch; by default --messages evenly over all accounts."),
)
@click.option(
    "--epoch-days",
    cls=Option,
    type=Number(above=True),
    help=N_("Length of an epoch in days; by default as the policy says."),
)
@click.option(
    "--confidence",
    cls=Option,
    type=Number(0.5, 0.999999),
    default=0.95,
    show_default=True,
    help=N_("Confidence of the upper bound, one-sided."),
)
@click.option(
    "--target",
    cls=Option,
    type=Number(above=True),
    default=1.0,
    show_default=True,
    help=N_("Most falsely concerned accounts in a year."),
)
@click.option(
    "--threshold",
    cls=Option,
    type=click.IntRange(1, 100_000),
    help=N_("Also show what this threshold does; by default that of the policy, else the one that is needed."),
)
@click.option(
    "--burst",
    cls=Option,
    type=click.IntRange(1, 1000),
    default=3,
    show_default=True,
    help=N_("Show what happens if so many false matches come together."),
)
@click.option(
    "--riskier",
    cls=Option,
    type=Number(0, 1),
    default=1e-4,
    show_default="0.0001",
    help=N_("Show what happens if this share of accounts matches falsely more often."),
)
@click.option(
    "--factor",
    cls=Option,
    type=Number(1),
    default=1000.0,
    show_default="1000",
    help=N_("So many times as often these accounts match falsely."),
)
@click.option("--reviewers", cls=Option, type=click.IntRange(1), help=N_("People who decide about alarms."))
@click.option(
    "--decisions-per-day",
    cls=Option,
    type=Number(above=True),
    default=100.0,
    show_default="100",
    help=N_("Alarms that one of them can decide in a day."),
)
@click.option(
    "--allowed",
    cls=Option,
    type=Number(0, 1),
    help=N_("Rate of false matches that a bank may have; by default banks.budget of the configuration."),
)
@click.option("--write", cls=Option, is_flag=True, help=N_("Keep what was measured with each bank, and act on it."))
@click.option("--plot", "plot", cls=Option, metavar="FILE", help=N_("Draw a plot: .png, .svg or .pdf."))
@output_option
@pass_session
def budget(
    session: Session,
    /,
    folders: tuple[str, ...],
    run_file: str | None,
    found: int | None,
    pictures: int | None,
    banks: tuple[str, ...],
    plot: str | None,
    allowed: float | None,
    write: bool,
    form: Form,
    **numbers: float | None,
) -> int:
    """Compute, show, draw and keep a budget."""
    from kindward.cli.budget_report import Report
    from kindward.cli.budget_run import run_corpus
    from kindward.policy.budget import Measured

    if (bool(folders), run_file is not None, found is not None).count(True) != 1 or (found is None) != (
        pictures is None
    ):
        raise click.UsageError(_("Give one of --corpus, --run, or --found with --pictures."))
    settings = session.settings()
    if plot is not None:
        from kindward.cli.budget_plot import require_plotting

        require_plotting(Path(plot))
    asked = _asked(settings, numbers)
    run = run_corpus(folders, banks, settings) if folders else _given(run_file, found, pictures)
    allowed = settings.banks.budget if allowed is None else allowed
    from kindward.cli.budget_keeping import keep, standings

    judged = standings(run, asked.confidence, allowed)
    report = Report(run, asked, Measured(run.found, run.pictures, asked.confidence), judged)
    put_one(form, report.record(), report.text())
    if write:
        for line in keep(run, banks or tuple(settings.banks.paths), asked.confidence, allowed):
            streams.say(line)
    if plot is not None:
        _draw(report, plot)
    return exits.FOUND if report.is_over else exits.NOTHING_FOUND


def _given(run_file: str | None, found: int | None, pictures: int | None) -> Run:
    from kindward.cli.budget_run import Run, read_run, require_possible

    if run_file is not None:
        return read_run(run_file)
    assert found is not None
    assert pictures is not None
    require_possible(pictures, found)
    return Run(pictures, found)


def _asked(settings: Settings, numbers: dict[str, float | None]) -> Asked:
    from kindward.cli.budget_report import Asked
    from kindward.policy import load_policy
    from kindward.policy.budget import Crowd

    policy = load_policy(Path(settings.policy.file) if settings.policy.file else None)
    given = {name: number for name, number in numbers.items() if number is not None}
    epoch_days = given.get("epoch_days", float(policy.threshold.epoch_days))
    each = given.get("per_account", given["messages"] * epoch_days / given["accounts"])
    chosen = given.get("threshold", policy.threshold.distinct if policy.threshold.distinct > 1 else 0)
    reviewers = given.get("reviewers")
    return Asked(
        pictures_a_day=given["messages"],
        crowd=Crowd(given["accounts"], each, epoch_days),
        target=given["target"],
        confidence=given["confidence"],
        burst=int(given["burst"]),
        riskier=given["riskier"],
        factor=given["factor"],
        threshold=int(chosen) or None,
        capacity=None if reviewers is None else reviewers * given["decisions_per_day"],
    )


def _draw(report: Report, plot: str) -> None:
    from kindward.cli.budget_plot import draw

    draw(report, Path(plot))
    streams.say(_("The plot is in {path}.").format(path=streams.visible(plot)))
