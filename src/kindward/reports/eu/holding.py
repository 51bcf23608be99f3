"""How long the person concerned is not told, so that an investigation is not warned off (proposal, Article 12(2)).

After a report the user is told only when the centre says that they may be, or when the deadline has passed. The
deadline is data: whoever keeps the case asks here every day whether to tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

LONGEST_MONTHS = 3
_DECEMBER = 12


@dataclass(frozen=True, slots=True)
class Hold:
    """A silence. ``until`` is its deadline in seconds since 1970; ``lifted_at`` is set when the centre cleared it."""

    since: int
    until: int
    lifted_at: int | None = None

    def holds(self, now: int) -> bool:
        """Say whether the person must not be told yet."""
        return now < self.until and (self.lifted_at is None or now < self.lifted_at)

    def must_tell(self, now: int) -> bool:
        """Say whether the person has to be told now."""
        return not self.holds(now)


def hold(reported_at: int, months: int = LONGEST_MONTHS) -> Hold:
    """Begin a silence at the report, for at most three months. Raises: ValueError for more, or for none."""
    if not 1 <= months <= LONGEST_MONTHS:
        raise ValueError(f"a silence lasts from one to {LONGEST_MONTHS} months")
    return Hold(reported_at, later(reported_at, months))


def lifted(held: Hold, at: int) -> Hold:
    """End a silence because the centre allows the person to be told."""
    return Hold(held.since, held.until, min(at, held.until))


def later(at: int, months: int) -> int:
    """Give the same time of day so many months later, or the last day of that month if it is shorter."""
    moment = datetime.fromtimestamp(at, UTC)
    years, month = divmod(moment.month - 1 + months, _DECEMBER)
    for day in (moment.day, 30, 29, 28):
        try:
            there = moment.replace(year=moment.year + years, month=month + 1, day=day)
        except ValueError:
            continue
        return int(there.timestamp())
    raise AssertionError("every month has 28 days")
