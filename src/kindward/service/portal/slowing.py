"""Slow down who asks very often, without remembering anybody for longer than an hour."""

from __future__ import annotations

from collections.abc import Callable

from kindward.errors import StateError
from kindward.locale import N_

HOUR = 3_600
MOST_KNOWN = 10_000


class Slowing:
    """Count what comes from an address within an hour; in memory only."""

    def __init__(self, most: int, clock: Callable[[], float]) -> None:
        self._most, self._clock = most, clock
        self._seen: dict[str, list[float]] = {}

    def require_room(self, address: str) -> None:
        """Count one request. Raises: StateError ``portal_busy`` if there were too many."""
        now = self._clock()
        recent = [at for at in self._seen.pop(address, []) if at > now - HOUR]
        if len(recent) >= self._most:
            self._seen[address] = recent
            raise StateError(
                "portal_busy",
                N_("Very much was sent from here within an hour."),
                N_("Please try again later. If somebody is in danger, call 112."),
            )
        self._seen[address] = [*recent, now]
        while len(self._seen) > MOST_KNOWN:
            self._seen.pop(next(iter(self._seen)))
