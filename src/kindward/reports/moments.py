"""Moments as a report needs them: with the zone in which they were recorded, or the plain word that it is unknown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

_FARTHEST = 14 * 60
"""No zone is farther than 14 hours from UTC."""
_LATEST = 253_402_300_799 - _FARTHEST * 60
"""Seconds since 1970 of the end of the year 9999, less the farthest zone."""


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """A moment in whole seconds since 1970, and the zone it was recorded in, in minutes east of UTC.

    A record without a zone is worth little: an address of a provider belongs to one person at one time only. ``zone``
    is then None, ``at`` is what the record says, read as if it were UTC, and the report says so. Raises: ValueError.
    """

    at: int
    zone: int | None = 0

    def __post_init__(self) -> None:
        if not 0 <= self.at <= _LATEST or not -_FARTHEST <= (self.zone or 0) <= _FARTHEST:
            raise ValueError("no moment after 1970 in a zone of this world")

    @property
    def text(self) -> str:
        """Write the moment as ISO 8601: ``2026-11-24T08:00:00+01:00``, without an end where the zone is unknown."""
        written = datetime.fromtimestamp(self.at, timezone(timedelta(minutes=self.zone or 0))).isoformat()
        return written.removesuffix("+00:00") + {0: "Z", None: ""}.get(self.zone, "")

    @property
    def day(self) -> str:
        """Write its day in its zone: ``2026-11-24``."""
        return self.text[:10]


def utc(at: int) -> str:
    """Write seconds since 1970 as ISO 8601 in UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
