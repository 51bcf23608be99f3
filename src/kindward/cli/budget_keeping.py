"""Keep a measured rate with each bank, and switch a bank to simulation that is over its budget."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from kindward.cli.budget_report import short
from kindward.cli.budget_run import Run
from kindward.cli.streams import visible
from kindward.errors import StateError
from kindward.locale import _
from kindward.policy.budget import Measured, Standing, standing


def standings(run: Run, confidence: float, allowed: float) -> list[tuple[str, Measured, float, Standing]]:
    """Judge every bank of a run by its own numbers."""
    judged = []
    for name, bank in run.banks.items():
        measured = Measured(bank.found, run.pictures, confidence)
        judged.append((name, measured, allowed, standing(measured, allowed)))
    return judged


def keep(run: Run, banks: Sequence[str], confidence: float, allowed: float) -> Iterator[str]:
    """Write the budget of each bank of the run, and tell what was done.

    Raises: StateError for numbers without banks, or if a bank of the run is not among those named or has changed.
    """
    from kindward.banks import Bank
    from kindward.banks.budgets import Budget, write_budget
    from kindward.banks.simulation import OVER_BUDGET, simulate

    if not run.banks:
        raise StateError(
            "budget_without_banks",
            "These numbers do not say which bank they were measured on.",
            "Measure with --corpus, or give an earlier run with --run.",
        )
    now = datetime.now(UTC)
    for path in map(Path, banks):
        with closing(Bank.open(path)) as bank:
            name, version = bank.name, bank.version
        measured = _measured(run, name, version, confidence)
        judged = standing(measured, allowed)
        day = run.date or f"{now:%Y-%m-%d}"
        found, pictures, bound = measured.found, measured.pictures, measured.high
        write_budget(path, Budget(allowed, found, pictures, bound, confidence, day, version))
        yield _("{bank}: what was measured is kept.").format(bank=visible(name))
        if judged is Standing.OVER:
            facts = {"rate": measured.rate, "bound": measured.high, "allowed": allowed, "pictures": measured.pictures}
            simulate(path, OVER_BUDGET, facts, now=now)
            yield _(
                "{bank}: its measured rate of {rate} is over its budget of {allowed}, so it is switched to simulation: "
                "its matches are told and decide nothing until an operator approves it again."
            ).format(bank=visible(name), rate=short(measured.rate), allowed=short(allowed))


def _measured(run: Run, name: str, version: str, confidence: float) -> Measured:
    bank = run.banks.get(name)
    if bank is None or bank.version != version:
        raise StateError(
            "budget_of_other_bank",
            "The run did not look up the bank {bank} in version {version}.",
            "Measure this version with --corpus.",
            bank=name,
            version=version,
        )
    return Measured(bank.found, run.pictures, confidence)
