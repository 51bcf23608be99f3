"""How the program ends: one number that scripts can branch on.

0 nothing found, 1 something found (also in simulation), 64 wrong usage, 74 our output could not be written,
130 interrupted, 141 its reader went away, otherwise the status of the error's kind (see ``kindward.errors``).
Source: sysexits(3) for 64 to 78; POSIX shells give 128 plus the signal's number for a process that a signal ended.
"""

from __future__ import annotations

from collections.abc import Iterable

from kindward.errors import ConfigError, ContentError, KindwardError, RemoteError, StateError, TrustError

NOTHING_FOUND = 0
FOUND = 1
USAGE = 64
INTERNAL = KindwardError.exit_status
OUTPUT_FAILED = 74
INTERRUPTED = 130
READER_GONE = 141

GRAVITY = (
    INTERNAL,
    ConfigError.exit_status,
    TrustError.exit_status,
    StateError.exit_status,
    RemoteError.exit_status,
    ContentError.exit_status,
)
"""Errors, gravest first: the more of the work an error puts in doubt, the graver it is.

A fault of the program or a wrong configuration concerns every answer, a bank without proof every look-up, an unready
state or a silent neighbour the work at hand, an unreadable content only itself.
"""


def gravest(statuses: Iterable[int]) -> int:
    """Choose one exit status for several inputs.

    The gravest error if any input could not be checked, else 1 if any matched, else 0.
    """
    seen = set(statuses)
    return next((status for status in (*GRAVITY, FOUND) if status in seen), NOTHING_FOUND)
