"""Complaints about a decision: for six months, free, and never decided by those who decided before.

The number of days is that of DSA, Article 20(1); that no complaint is decided by a program alone is Article 20(6).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from kindward.cases.case import Case, CaseState
from kindward.errors import StateError
from kindward.locale import N_

DAYS = 183
"""Six months, generously counted, after the person was told."""
LONGEST = 10_000


class AppealState(StrEnum):
    """Where a complaint stands."""

    WAITING = "waiting"
    UPHELD = "upheld"
    """The first decision was right."""
    GRANTED = "granted"
    """The first decision was wrong; everything that followed from it is taken back."""


@dataclass(frozen=True, slots=True)
class Appeal:
    """A complaint; ``text`` is personal and kept only sealed."""

    id: str
    case: str
    at: int
    state: AppealState = AppealState.WAITING
    text: str = field(default="", repr=False)


def appealed(case: Case, appeal_id: str, text: str, now: int, *, told_at: int) -> Appeal:
    """Take a complaint in. Raises: StateError if it comes too late, says nothing, or there is nothing to complain of.

    ``told_at`` is when the person was told about the decision; 0 if they were not, and then it is never too late.
    """
    text = text.strip()
    if case.waits or case.state is CaseState.DISMISSED:
        raise StateError(
            "appeal_nothing",
            N_("There is no decision against anybody in this case."),
            N_("Nothing needs to be done."),
        )
    if told_at and now > told_at + DAYS * 86_400:
        raise StateError(
            "appeal_late",
            N_("The time for this complaint is over; it was {days} days."),
            N_("An out-of-court body or a court can still be asked; the notice names them."),
            days=DAYS,
        )
    if not text:
        raise StateError(
            "appeal_empty",
            N_("The complaint says nothing yet."),
            N_("A few words are enough: what is wrong about the decision."),
        )
    if len(text) > LONGEST:
        raise StateError(
            "appeal_long",
            N_("The complaint is longer than {longest} characters."),
            N_("Tell the most important things first; the rest can follow later."),
            longest=LONGEST,
        )
    return Appeal(appeal_id, case.id, now, text=text)


def outcome(case: Case) -> AppealState:
    """Say how the decision of the new round answers the complaint."""
    if case.waits:
        return AppealState.WAITING
    return AppealState.GRANTED if case.state is CaseState.DISMISSED else AppealState.UPHELD
