"""What a rate of false matches means for a service: alarms a day, accounts a year, and the threshold that bounds them.

Everything here follows from a few numbers, so that it can be checked with pencil and paper. A picture matches falsely
with probability p, an account sends n pictures in an epoch, and false matches of different pictures are independent
of each other. Then the number of false matches of an account is Poisson with mean n·p. That independence is the weak
point; ``Crowd.burst`` and ``Crowd.riskier`` say what happens without it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from kindward.policy.tails import log_poisson_from, lower_bound, upper_bound

DAYS_IN_YEAR = 365.0
LARGEST_THRESHOLD = 100_000
"""No threshold beyond this is looked for: it would mean that nothing is ever decided."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run over lawful pictures found: ``found`` of ``pictures`` distinct ones matched.

    Near-duplicates of one picture count once in both numbers, because they match or do not match together.
    """

    found: int
    pictures: int
    confidence: float = 0.95

    @property
    def rate(self) -> float:
        """Give the share that matched."""
        return self.found / self.pictures

    @property
    def low(self) -> float:
        """Bound the share from below, one-sided."""
        return lower_bound(self.found, self.pictures, self.confidence)

    @property
    def high(self) -> float:
        """Bound the share from above, one-sided."""
        return upper_bound(self.found, self.pictures, self.confidence)


class Standing(StrEnum):
    """How a list stands to its budget."""

    WITHIN = "within"
    """The upper bound is within the budget: shown."""
    UNPROVEN = "unproven"
    """The measured rate is within the budget and its upper bound is not: the corpus is too small to show it."""
    OVER = "over"
    """The measured rate itself exceeds the budget."""


def standing(measured: Measured, allowed: float) -> Standing:
    """Compare a measured rate with the allowed one. A small corpus alone never makes a list exceed its budget."""
    if measured.rate > allowed:
        return Standing.OVER
    return Standing.WITHIN if measured.high <= allowed else Standing.UNPROVEN


def pictures_needed(allowed: float, confidence: float) -> int:
    """Say how many distinct lawful pictures without a single match would show that a rate is within the budget."""
    return math.ceil(math.log1p(-confidence) / math.log1p(-allowed))


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who sends: accounts, pictures of each in one epoch, and what is not independent.

    ``burst`` is how many false matches come together (a series of photographs of one scene); then only every
    burst-th picture is a trial of its own, and t matches are no more than t / burst of them, rounded up.
    ``riskier`` is a share of accounts whose pictures match falsely ``factor`` times as often.
    """

    accounts: float
    pictures: float
    epoch_days: float = 30.0
    burst: int = 1
    riskier: float = 0.0
    factor: float = 1.0

    def concerned(self, rate: float, threshold: int) -> float:
        """Expect so many accounts a year that reach the threshold by false matches alone."""
        needed = -(-threshold // self.burst)
        epochs = self.accounts * DAYS_IN_YEAR / self.epoch_days

        def share(part: float, each: float) -> float:
            """Weigh the accounts of one kind."""
            if part <= 0 or epochs <= 0:
                return 0.0
            log_tail = log_poisson_from(needed, self.pictures / self.burst * min(each, 1.0))
            return math.exp(min(math.log(epochs * part) + log_tail, 700.0))

        return share(1 - self.riskier, rate) + share(self.riskier, rate * self.factor)

    def threshold(self, rate: float, target: float) -> int | None:
        """Find the smallest threshold with at most ``target`` falsely concerned accounts a year; None beyond reason."""
        if self.concerned(rate, LARGEST_THRESHOLD) > target:
            return None
        low, high = 0, 1
        while self.concerned(rate, high) > target:
            low, high = high, 2 * high
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.concerned(rate, middle) > target else (low, middle)
        return high


def alarms_a_day(rate: float, pictures_a_day: float) -> float:
    """Expect so many false alarms a day if every single match raised one."""
    return rate * pictures_a_day
