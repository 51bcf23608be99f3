"""What names, days, times, digests and reasons may look like in the log and in the charter; one place for all rules."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import lru_cache

NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?", re.ASCII)
"""An authority: up to 63 lower-case letters, digits, dots and dashes, like the name of a host."""
JURISDICTION = re.compile(r"[A-Z]{2}", re.ASCII)
"""ISO 3166-1 alpha-2."""
DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
REASONS = (
    "wrong_category",
    "not_illegal",
    "adult",
    "duplicate",
    "court_order",
    "consent_withdrawn",
    "revert",
    "other",
)
"""Why an entry was withdrawn."""
CATEGORY_LENGTH = 200
"""Characters of the name of a category."""
LARGEST = 2**53 - 1
"""Largest number in a record: what every reader of JSON holds exactly (RFC 8259, section 6)."""


@lru_cache(4096)
def is_day(text: str) -> bool:
    """Say whether a text is a day as ``2026-11-24``."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def is_moment(text: str) -> bool:
    """Say whether a text is a moment in UTC as ``2026-11-24T08:30:00Z``."""
    return moment(text) is not None


def moment(text: str) -> datetime | None:
    """Read a moment in UTC; None if the text is none."""
    try:
        read = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    return read if read.strftime("%Y-%m-%dT%H:%M:%SZ") == text else None


def is_category(text: str) -> bool:
    """Say whether a text can name a category: short, and without control characters."""
    return 0 < len(text) <= CATEGORY_LENGTH and text.isprintable()


def holds(rule: object) -> None:
    """Insist on a rule of form. Raises: ValueError."""
    if not rule:
        raise ValueError("a rule of form is broken")
