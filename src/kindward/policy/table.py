"""The table of a policy: rows that say which match leads to which decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product

from kindward.model import Decision, Match, Trust

SIGNALS = ("pdq/1", "digest/1")
FARTHEST = {"pdq/1": 31, "digest/1": 0}
"""The largest distance at which a match of each signal can be."""
_SEVERITIES = " | "


@dataclass(frozen=True, slots=True)
class Row:
    """One row; it fits matches of one signal and trust, from ``nearest`` to ``farthest`` bits away.

    ``severity`` is empty for any, else the value one of the match's severities must have.
    """

    signal: str
    trust: Trust
    nearest: int
    farthest: int
    decision: Decision
    severity: str = ""

    def fits(self, match: Match) -> bool:
        """Say whether this row speaks about the match."""
        return (
            self.signal == match.signal
            and self.trust == match.trust
            and self.nearest <= match.distance <= self.farthest
            and (not self.severity or self.severity in match.severity.split(_SEVERITIES))
        )


@dataclass(frozen=True, slots=True)
class Threshold:
    """How many distinct entries must match for one account in one epoch before a decision takes effect; 1 is off.

    Of matches within ``burst_seconds`` only one counts. ``exempt`` names matches by signal and trust that decide at
    once all the same.
    """

    distinct: int = 1
    epoch_days: int = 30
    burst_seconds: int = 60
    exempt: frozenset[tuple[str, Trust]] = frozenset()


@dataclass(frozen=True, slots=True)
class Policy:
    """A whole table: rows in order, what holds where no row fits, decisions for notes, the threshold for accounts.

    ``version`` names the table and its exact text. ``otherwise`` is None only if the rows leave nothing open; matches
    of signals that the table does not know are then held, because a match with a known entry never passes by accident.
    """

    version: str
    rows: tuple[Row, ...]
    otherwise: Decision | None = None
    notes: Mapping[str, Decision] = field(default_factory=dict)
    threshold: Threshold = Threshold()

    def of(self, match: Match) -> Decision:
        """Give the decision for one match: that of the first row that fits."""
        for row in self.rows:
            if row.fits(match):
                return row.decision
        return self.otherwise or Decision.HOLD


def cells() -> list[tuple[str, Trust, int]]:
    """List every kind of match there can be, as (signal, trust, distance)."""
    return [
        (signal, trust, distance)
        for signal, trust in product(SIGNALS, Trust)
        for distance in range(FARTHEST[signal] + 1)
    ]


def open_cell(rows: tuple[Row, ...]) -> tuple[str, Trust, int] | None:
    """Find a kind of match about which no row without a severity speaks; None if the table is total."""
    return next((cell for cell in cells() if not any(_covers(row, cell) for row in rows)), None)


def idle_row(rows: tuple[Row, ...]) -> int | None:
    """Find a row that can never be the first to fit, by its place; None if every row has a say."""
    for place, row in enumerate(rows):
        mine = [cell for cell in cells() if _reaches(row, cell)]
        if all(any(_hides(earlier, row, cell) for earlier in rows[:place]) for cell in mine):
            return place
    return None


def _reaches(row: Row, cell: tuple[str, Trust, int]) -> bool:
    signal, trust, distance = cell
    return row.signal == signal and row.trust == trust and row.nearest <= distance <= row.farthest


def _covers(row: Row, cell: tuple[str, Trust, int]) -> bool:
    return not row.severity and _reaches(row, cell)


def _hides(earlier: Row, row: Row, cell: tuple[str, Trust, int]) -> bool:
    return _reaches(earlier, cell) and earlier.severity in ("", row.severity)
