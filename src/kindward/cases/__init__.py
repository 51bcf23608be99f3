"""What humans decide: alarms become cases, cases change only by appended events, and nothing here does I/O.

Every function takes a case and a moment and gives the events that follow, or refuses with a reason. Whoever keeps the
events (the store) and whoever asks (the console) are elsewhere.
"""

from kindward.cases.case import Case, CaseKind, CaseState, Lease, Pending, Ruled, Ruling, Viewing
from kindward.cases.events import Event, EventKind, apply, replay
from kindward.cases.rules import Rules

__all__ = [
    "Case",
    "CaseKind",
    "CaseState",
    "Event",
    "EventKind",
    "Lease",
    "Pending",
    "Ruled",
    "Rules",
    "Ruling",
    "Viewing",
    "apply",
    "replay",
]
