"""What looking costs: each person's ledger of what was opened, and when to stop.

Nobody knows how much a person can bear; no study gives a number (Spence et al. 2023 and 2025 describe harm, not a safe
amount). So the numbers are an operator's, start low, and the stop is a hard one: it is not asked about, and there is
no record of who was stopped how often.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kindward.errors import StateError
from kindward.locale import N_

DAY, WEEK = 86_400, 7 * 86_400


@dataclass(frozen=True, slots=True)
class Exposure:
    """One item that a person opened, for so many seconds."""

    at: int
    seconds: int
    severe: bool = False


@dataclass(frozen=True, slots=True)
class Budget:
    """How much one person opens at most; a severe item counts ``severe_weight`` times.

    After ``row`` items without a pause of ``pause_seconds`` such a pause is due.
    """

    day: int = 40
    week: int = 150
    severe_weight: int = 3
    row: int = 8
    pause_seconds: int = 900


def cost(exposures: Iterable[Exposure], budget: Budget) -> int:
    """Count what was opened, severe items several times."""
    return sum(budget.severe_weight if one.severe else 1 for one in exposures)


def left_today(exposures: Sequence[Exposure], now: int, budget: Budget) -> int:
    """Give how much the person may still open: within a day and within a week, counted backwards from now."""
    day = [one for one in exposures if one.at > now - DAY]
    week = [one for one in exposures if one.at > now - WEEK]
    return max(0, min(budget.day - cost(day, budget), budget.week - cost(week, budget)))


def pause_until(exposures: Sequence[Exposure], now: int, budget: Budget) -> int:
    """Give when a due pause ends, in seconds since 1970; 0 if none is due."""
    in_a_row: list[Exposure] = []
    for one in sorted(exposures, key=lambda each: each.at):
        if in_a_row and one.at - in_a_row[-1].at >= budget.pause_seconds:
            in_a_row.clear()
        in_a_row.append(one)
    if len(in_a_row) < budget.row:
        return 0
    ends = in_a_row[-1].at + in_a_row[-1].seconds + budget.pause_seconds
    return ends if now < ends else 0


def severe_again(exposures: Sequence[Exposure]) -> bool:
    """Say whether the last thing opened was severe, so that the next one must not be."""
    last = max(exposures, key=lambda one: one.at, default=None)
    return last is not None and last.severe


def require_room(exposures: Sequence[Exposure], now: int, budget: Budget, *, severe: bool) -> None:
    """Refuse to open another item when it is enough. Raises: StateError."""
    cost_of_one = budget.severe_weight if severe else 1
    if left_today(exposures, now, budget) < cost_of_one:
        raise StateError(
            "exposure_enough",
            N_("That is enough for today."),
            N_("Decide what can be decided without opening, do something else, or stop here. A lead cannot lift this."),
        )
    if until := pause_until(exposures, now, budget):
        raise StateError(
            "exposure_pause",
            N_("Now is a time for a pause of {minutes} minutes."),
            N_("Stand up, look far away, talk to somebody; nothing is counted meanwhile."),
            minutes=max(1, -(-(until - now) // 60)),
        )
