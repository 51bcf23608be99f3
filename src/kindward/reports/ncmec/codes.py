"""What each answer of NCMEC means, and what follows from it.

Source: NCMEC, CyberTipline Reporting API, documentation of 2025-06-11, response codes. NCMEC calls its list not
exhaustive, so an unknown code is judged by its thousand.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kindward.errors import KindwardError
from kindward.reports import refusals

AUTHORITY = "ncmec"


class Means(StrEnum):
    """What follows from an answer."""

    DONE = "done"
    RETRY = "retry"
    """It failed there; ask again later."""
    STOP = "stop"
    """Our account is not in order: send nothing more and call the operator."""
    BUG = "bug"
    """What we sent is wrong and would be wrong every time."""
    GONE = "gone"
    """The report, or the file, does not exist there (any more)."""
    RETRACTED = "retracted"
    """It was taken back before."""
    FINISHED = "finished"
    """It was finished before, so nothing is left to do."""


@dataclass(frozen=True, slots=True)
class Code:
    """An answer with NCMEC's words for it."""

    number: int
    words: str
    means: Means


SUCCESS = 0
CODES = {
    code.number: code
    for code in (
        Code(0, "Success", Means.DONE),
        Code(1000, "Server error", Means.RETRY),
        Code(1100, "Save failed", Means.RETRY),
        Code(1110, "Upload failed", Means.RETRY),
        Code(1111, "File upload failed", Means.RETRY),
        Code(1210, "Resource not found", Means.RETRY),
        Code(1300, "Update failed", Means.RETRY),
        Code(2000, "Authentication required", Means.STOP),
        Code(3000, "Not authorized", Means.STOP),
        Code(3100, "No authorization to submit", Means.STOP),
        Code(3300, "No authorization to update", Means.STOP),
        Code(4000, "Invalid request", Means.BUG),
        Code(4100, "Validation failed", Means.BUG),
        Code(4110, "Malformed XML", Means.BUG),
        Code(4200, "Malformed file", Means.BUG),
        Code(5001, "Report does not exist", Means.GONE),
        Code(5002, "File does not exist", Means.GONE),
        Code(5101, "Report already retracted", Means.RETRACTED),
        Code(5102, "Report already finished", Means.FINISHED),
    )
}
"""The nineteen documented answers."""
_BY_THOUSAND = {1: Means.RETRY, 2: Means.STOP, 3: Means.STOP, 4: Means.BUG}


def meaning(number: int) -> Means:
    """Say what follows from an answer; one that is not known and of no known kind may pass."""
    known = CODES.get(number)
    return known.means if known else _BY_THOUSAND.get(number // 1000, Means.RETRY)


def problem(number: int) -> KindwardError:
    """Make the error for an answer that is not a success."""
    match meaning(number):
        case Means.STOP:
            return refusals.stopped(AUTHORITY, number)
        case Means.BUG:
            return refusals.rejected(AUTHORITY, number)
        case _:
            return refusals.busy(AUTHORITY, number)
