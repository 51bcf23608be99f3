"""When to try again, and how long to wait before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from kindward.transport.limits import HttpLimits

BUSY = frozenset({429, 503})
"""The host says that it did nothing; every request may be repeated (RFC 6585 section 4, RFC 9110 section 15.6.4)."""
PASSING = BUSY | frozenset({500, 502, 504})
REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE"})
"""Idempotent methods (RFC 9110 section 9.2.2); doing them twice is doing them once."""


def asked_seconds(headers: Mapping[str, str], now: datetime) -> float | None:
    """Give how long Retry-After asks us to wait (RFC 9110 section 10.2.3); None if it does not, or not readably."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())


def pause(limits: HttpLimits, done: int, chance: float) -> float:
    """Give the wait after ``done`` tries (from 1); ``chance`` from 0 to 1 shortens it by up to half."""
    return float(min(limits.patience, limits.pause * 2 ** (done - 1))) * (1 - chance / 2)


def may_repeat(method: str, status: int) -> bool:
    """Say whether a request that was answered with this status may be sent once more."""
    return status in BUSY or (status in PASSING and method in REPEATABLE)
