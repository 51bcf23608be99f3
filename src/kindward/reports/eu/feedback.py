"""Read what the centre says of a report (proposal, Article 48): received, manifestly unfounded, handed on.

What it says flows back into the figures of errors: a report that was manifestly unfounded is a false alarm that two
people confirmed, and the entry behind it is looked at again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from kindward.reports import refusals

AUTHORITY = "eu"
LARGEST = 100_000
"""Bytes of one answer."""
_LONGEST = 2_000
_REFERENCE = 100


class Outcome(StrEnum):
    """What became of a report."""

    ACCEPTED = "accepted"
    MANIFESTLY_UNFOUNDED = "manifestly_unfounded"
    FORWARDED = "forwarded"


@dataclass(frozen=True, slots=True)
class Feedback:
    """What the centre said. ``reason`` says why a report was unfounded, ``to`` who has it now.

    ``may_tell`` is true if the person concerned may be told from now on.
    """

    reference: str
    outcome: Outcome
    reason: str = field(default="", repr=False)
    to: tuple[str, ...] = ()
    may_tell: bool = False

    @property
    def is_error(self) -> bool:
        """Say whether it counts as a false alarm."""
        return self.outcome is Outcome.MANIFESTLY_UNFOUNDED


def read_feedback(body: bytes) -> Feedback:
    """Read one answer. Raises: RemoteError ``authority_unreadable``."""
    record = _object_in(body)
    reference, status, reason = (record.get(name, "") for name in ("reference", "status", "reason"))
    to, may_tell = record.get("to", []), record.get("may_tell", False)
    fits = (
        _is_text(reference, _REFERENCE)
        and bool(reference)
        and _is_text(reason, _LONGEST)
        and status in list(Outcome)
        and isinstance(to, list)
        and all(_is_text(one, _REFERENCE) for one in to)
        and isinstance(may_tell, bool)
        and (status != Outcome.MANIFESTLY_UNFOUNDED or bool(reason.strip()))
        and (status != Outcome.FORWARDED or bool(to))
    )
    if not fits:
        raise refusals.unreadable(AUTHORITY)
    return Feedback(reference, Outcome(status), reason, tuple(to), may_tell)


def _object_in(body: bytes) -> dict[str, Any]:
    try:
        record = json.loads(body) if len(body) <= LARGEST else None
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        raise refusals.unreadable(AUTHORITY)
    return record


def _is_text(value: object, longest: int) -> bool:
    return isinstance(value, str) and len(value) <= longest
