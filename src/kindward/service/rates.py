"""How many distinct entries of a bank match, of all that is checked; a bank beyond its ceiling goes to simulation.

A list that suddenly matches what everybody sends is a wrong list: a mistaken release, or entries slipped in. Each
entry counts once in a window, so that whoever sends one known picture a thousand times cannot switch a bank off. Each
worker counts for itself; the bound is the lower one, at a confidence that allows for looking again at every match.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence

from kindward.banks.simulation import simulate
from kindward.config import Settings
from kindward.errors import KindwardError
from kindward.model import Verdict
from kindward.policy.tails import lower_bound
from kindward.service.checks import Bank
from kindward.service.log import Log
from kindward.service.metrics import Metrics

ABOVE_CEILING = "rate_above_ceiling"
"""Reason for which a bank is in simulation: too many of its entries match what is sent."""
CONFIDENCE = 1 - 1e-6
EXPECTED_LEAST = 10
"""Nothing is concluded before so many entries would have matched at the ceiling itself."""


class Rates:
    """Count the checks and the distinct matched entries of one worker."""

    def __init__(
        self, *, settings: Settings, metrics: Metrics, log: Log, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._ceiling = settings.banks.match_rate_ceiling
        self._window = settings.banks.match_rate_hours * 3600
        self._metrics = metrics
        self._log = log
        self._clock = clock
        self._lock = threading.Lock()
        self._began = clock()
        self._checks = 0
        self._entries: dict[str, set[str]] = defaultdict(set)

    def note(self, checks: int, verdicts: Sequence[Verdict], banks: Sequence[Bank]) -> None:
        """Count checks, and the verdicts among them that have matches; switch a bank that is beyond its ceiling."""
        if not self._ceiling:
            return
        with self._lock:
            beyond = self._counted(checks, verdicts)
        for name, entries, share in beyond:
            bank = next((bank for bank in banks if bank.name == name), None)
            if bank is not None and not bank.simulated:
                self._switch(bank, entries, share)

    def _counted(self, checks: int, verdicts: Sequence[Verdict]) -> list[tuple[str, int, float]]:
        if self._clock() - self._began >= self._window:
            self._began, self._checks = self._clock(), 0
            self._entries.clear()
        self._checks += checks
        grown = set()
        for match in (match for verdict in verdicts for match in verdict.matches):
            if match.entry not in self._entries[match.bank]:
                self._entries[match.bank].add(match.entry)
                grown.add(match.bank)
        if self._checks * self._ceiling < EXPECTED_LEAST:
            return []
        counts = {name: len(self._entries[name]) for name in grown}
        shares = {
            name: lower_bound(min(count, self._checks), self._checks, CONFIDENCE) for name, count in counts.items()
        }
        return [(name, count, shares[name]) for name, count in counts.items() if shares[name] > self._ceiling]

    def _switch(self, bank: Bank, entries: int, share: float) -> None:
        facts = {"entries": entries, "checks": self._checks, "bound": share, "ceiling": self._ceiling}
        try:
            simulate(bank.path, ABOVE_CEILING, facts)
            bank.refresh()
        except KindwardError as problem:
            self._log.error("trouble", part="banks", code=problem.code, says=str(problem), hint=problem.hint)
            return
        self._metrics.switched.labels(bank.name).inc()
        self._log.error(
            "bank in simulation",
            bank=bank.name,
            reason=ABOVE_CEILING,
            **facts,
            says="So many of its entries match that the list is probably wrong; its matches decide nothing for now.",
        )
