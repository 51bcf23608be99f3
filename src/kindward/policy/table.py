"""The table of a policy: rows that say which match leads to which decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product

from kindward.model import Decision, Match, Trust

SIGNALS = ("pdq/1", "digest/1")
FARTHEST = {"pdq/1": 31, "digest/1": 0}
"""The largest distance at which a match of each signal can be."""
_SEVERAL = " | "


@dataclass(frozen=True, slots=True)
class Row:
    """One row; it fits matches of one signal and trust, from ``nearest`` to ``farthest`` bits away.

    ``severity`` and ``source`` are empty for any, else the value that one of the match's must have; ``bank`` is empty
    or the name of the one bank it is about.
    """

    signal: str
    trust: Trust
    nearest: int
    farthest: int
    decision: Decision
    severity: str = ""
    bank: str = ""
    source: str = ""

    @property
    def conditions(self) -> tuple[str, str, str]:
        """Give what narrows the row beyond signal, trust and distance; empty texts narrow nothing."""
        return self.severity, self.bank, self.source

    def fits(self, match: Match) -> bool:
        """Say whether this row speaks about the match."""
        return (
            self.signal == match.signal
            and self.trust == match.trust
            and self.nearest <= match.distance <= self.farthest
            and (not self.severity or self.severity in match.severity.split(_SEVERAL))
            and (not self.bank or self.bank == match.bank)
            and (not self.source or self.source in match.source.split(_SEVERAL))
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
    """Find a kind of match about which no row without conditions speaks; None if the table is total."""
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
    return not any(row.conditions) and _reaches(row, cell)


def _hides(earlier: Row, row: Row, cell: tuple[str, Trust, int]) -> bool:
    wider = (one in {"", other} for one, other in zip(earlier.conditions, row.conditions, strict=True))
    return _reaches(earlier, cell) and all(wider)
