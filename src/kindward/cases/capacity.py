"""The law of capacity: there are never more alarms in a day than people can decide, and nobody approves unread.

If more alarms come than can be decided, what is too much waits, and for a time only nearer likenesses become alarms,
the farthest being left out first. Content whose bytes are known is never left out, and neither are cases with signs of
a child in danger. Each such change is told, counted, and ends by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kindward.cases.alarms import farthest
from kindward.cases.case import Case

DAY = 86_400
FARTHEST = 31
"""The largest PDQ distance that can match."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """What can be decided in a day: people who review, and how much each of them may open."""

    reviewers: int
    each: int

    @property
    def a_day(self) -> int:
        """Give the most alarms of a day."""
        return self.reviewers * self.each


@dataclass(frozen=True, slots=True)
class Tightening:
    """For a time, likenesses farther than ``distance`` bits become no alarm."""

    distance: int
    since: int
    until: int
    alarms: int
    """Alarms of the day before that led to it."""
    capacity: int

    def holds(self, now: int) -> bool:
        """Say whether it is in force."""
        return self.since <= now < self.until


@dataclass(frozen=True, slots=True)
class Alarms:
    """The alarms of a day: ``always`` counts known bytes and urgent cases, ``by_distance`` the other likenesses."""

    always: int
    by_distance: Mapping[int, int]

    @property
    def all(self) -> int:
        """Count them all."""
        return self.always + sum(self.by_distance.values())


def tightened(alarms: Alarms, now: int, capacity: Capacity, *, lasts: int = DAY) -> Tightening | None:
    """Give the tightening that the alarms of the last day demand; None if people can decide them all.

    The farthest likenesses are left out first, until what is left fits. Known bytes and urgent cases always stay, so
    that a flood of them may still be more than fits: then a lead has to find more people.
    """
    if alarms.all <= capacity.a_day:
        return None
    kept, distance = alarms.always, 0
    for bits in range(FARTHEST + 1):
        kept += alarms.by_distance.get(bits, 0)
        if kept > capacity.a_day:
            break
        distance = bits
    return Tightening(distance, now, now + lasts, alarms.all, capacity.a_day)


def left_out(case: Case, tightening: Tightening | None, now: int) -> bool:
    """Say whether a case is not opened because of a tightening."""
    if tightening is None or not tightening.holds(now) or not case.matches:
        return False
    return not (case.exact or case.urgent) and farthest(case) > tightening.distance
