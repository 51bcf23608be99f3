"""The numbers by which cases are decided."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rules:
    """How an installation decides its cases; all times are in seconds.

    ``second_person`` demands two people before anything can be reported. ``undo_seconds`` is how long a decision can
    be undone. ``lease_seconds`` is how long a case stays with who took it. ``deadline_seconds`` is how long a case may
    wait for a decision before it is overdue, ``escalate_seconds`` how long before that a lead is called.
    """

    second_person: bool = True
    undo_seconds: int = 30
    lease_seconds: int = 900
    deadline_seconds: int = 3 * 86_400
    escalate_seconds: int = 86_400
