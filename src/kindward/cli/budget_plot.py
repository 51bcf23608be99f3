"""Draw a budget: what each threshold does, and what each rate means for a day."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kindward.cli.budget_report import BUSY, SCENARIOS, Report, short
from kindward.errors import ConfigError, StateError
from kindward.locale import _
from kindward.policy.budget import alarms_a_day

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FORMS = (".png", ".svg", ".pdf")
LEAST = 1e-12
"""Fewer accounts a year than this are drawn as so many: nobody needs to tell one never from another."""
DECADES = range(-12, -2)


def require_plotting(file: Path) -> None:
    """Require what drawing needs before the long work begins. Raises: ConfigError."""
    if file.suffix.lower() not in FORMS:
        raise ConfigError(
            "plot_form_unknown",
            "A plot cannot be written as {path}.",
            "Give a name that ends in one of: {forms}.",
            path=file,
            forms=", ".join(FORMS),
        )
    try:
        import matplotlib as mpl
    except ImportError as problem:
        raise ConfigError(
            "plots_missing",
            "Plots need matplotlib, which is not installed.",
            "Install it with `pip install 'kindward[plots]'`, or leave --plot out.",
        ) from problem
    mpl.use("agg")


def draw(report: Report, file: Path) -> None:
    """Write the plot. Raises: StateError if the file cannot be written."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 5), layout="constrained")
    accounts, alarms = figure.subplots(1, 2)
    _draw_accounts(accounts, report)
    _draw_alarms(alarms, report)
    try:
        figure.savefig(file, dpi=120)
    except OSError as problem:
        raise StateError(
            "plot_unwritable",
            "The plot cannot be written to {path}: {problem}.",
            "Choose another place.",
            path=file,
            problem=problem.strerror or problem,
        ) from problem


def _draw_accounts(axes: Axes, report: Report) -> None:
    asked = report.asked
    needed = [crowd.threshold(report.measured.high, asked.target) or 1 for crowd in asked.crowds.values()]
    thresholds = list(range(1, min(max(*needed, 9) + 2, 40)))
    for name, crowd in asked.crowds.items():
        label = _(SCENARIOS[name]).format(
            busy=BUSY, riskier=short(100 * asked.riskier), factor=short(asked.factor), burst=asked.burst
        )
        line = [max(crowd.concerned(report.measured.high, threshold), LEAST) for threshold in thresholds]
        axes.plot(thresholds, line, marker="o", markersize=3, label=label)
    axes.axhline(
        asked.target, linestyle="--", color="black", label=_("target: {target}").format(target=short(asked.target))
    )
    axes.set_yscale("log")
    axes.set_xlabel(_("distinct entries before a decision takes effect (threshold)"))
    axes.set_ylabel(_("falsely concerned accounts a year"))
    axes.set_title(_("at the upper bound of the rate, {rate}").format(rate=short(report.measured.high)))
    axes.grid(visible=True, alpha=0.3)
    axes.legend(fontsize="small")


def _draw_alarms(axes: Axes, report: Report) -> None:
    asked, measured = report.asked, report.measured
    rates = [10.0**power for power in DECADES]
    axes.plot(rates, [alarms_a_day(rate, asked.pictures_a_day) for rate in rates], label=_("every match an alarm"))
    points = [(measured.high, "v", _("upper bound")), (measured.rate, "o", _("measured"))]
    for rate, marker, label in points:
        if rate > 0:
            axes.plot([rate], [alarms_a_day(rate, asked.pictures_a_day)], marker, label=label)
    if asked.capacity:
        axes.axhline(asked.capacity, linestyle="--", color="black", label=_("what reviewers can decide a day"))
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel(_("rate of false matches for each picture"))
    axes.set_ylabel(_("false alarms a day at a single match"))
    axes.set_title(_("{count} pictures a day").format(count=short(asked.pictures_a_day)))
    axes.grid(visible=True, alpha=0.3)
    axes.legend(fontsize="small")
