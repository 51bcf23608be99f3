"""What people and the clock do with a case: each act gives the event that follows, or is refused with a reason.

An act never changes anything by itself. The caller appends the event and applies it, so that the history is all there
is. Who may do what by role is decided by the caller; that two people are two is decided here.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from kindward.cases import refusals
from kindward.cases.case import KINDWARD, Case, CaseState, Pending, Ruling
from kindward.cases.events import Event, EventKind, opening_facts
from kindward.cases.rules import Rules

DISAGREEMENT = "disagreement"
"""Why a case is held when two people came to different decisions."""


def opened(case: Case, by: str = KINDWARD) -> Event:
    """Begin a case."""
    return Event(case.id, 1, EventKind.OPENED, case.opened_at, by, opening_facts(case))


def take(case: Case, by: str, now: int, rules: Rules, *, lead: bool = False) -> Event:
    """Give a case to one person for a time. Raises: StateError."""
    _require_waiting(case)
    if case.state is CaseState.HELD and not lead:
        raise refusals.held(case.id)
    if case.leased_by(now) not in {"", by}:
        raise refusals.taken(case.id)
    if case.pending is not None:
        raise refusals.pending(case.id)
    if by in case.declined:
        raise refusals.declined(case.id)
    _require_another(case, by)
    return _event(case, EventKind.LEASED, now, by, until=now + rules.lease_seconds)


def give_back(case: Case, by: str, now: int) -> Event:
    """Hand a case back; nobody asks why. Raises: StateError if it is somebody else's."""
    _require_lease(case, by, now)
    if case.pending is not None:
        raise refusals.pending(case.id)
    return _event(case, EventKind.RETURNED, now, by)


def view(case: Case, by: str, now: int, *, item: str, seconds: int, entire: bool) -> Event:
    """Note that somebody who has the case looked at an item of it. Raises: StateError."""
    _require_lease(case, by, now)
    return _event(case, EventKind.VIEWED, now, by, item=item, seconds=seconds, entire=entire)


def rule(case: Case, by: str, ruling: Ruling, now: int, *, rules: Rules, reason: str) -> Event:
    """Confirm or dismiss; it takes effect after a while. Raises: StateError."""
    _require_lease(case, by, now)
    if case.pending is not None:
        raise refusals.pending(case.id)
    _require_another(case, by)
    if not reason:
        raise refusals.no_reason()
    if ruling is Ruling.RELEASE:
        raise refusals.not_confirmed(case.id)
    if ruling is Ruling.CONFIRM and case.matches and not case.exact and not case.viewed:
        raise refusals.unseen(case.id)
    effective = now + rules.undo_seconds
    return _event(case, EventKind.RULED, now, by, ruling=str(ruling), reason=reason, effective_at=effective)


def release(case: Case, by: str, authority: str, now: int, rules: Rules) -> Event:
    """Let the report of a confirmed case be sent to an authority; it takes effect after a while. Raises: StateError."""
    if case.erased:
        raise refusals.erased(case.id)
    if case.state is not CaseState.CONFIRMED:
        raise refusals.not_confirmed(case.id)
    if case.pending is not None:
        raise refusals.pending(case.id)
    if is_released(case):
        raise refusals.released(case.id)
    facts = {"ruling": str(Ruling.RELEASE), "reason": "", "authority": authority}
    return _event(case, EventKind.RULED, now, by, **facts, effective_at=now + rules.undo_seconds)


def is_released(case: Case) -> bool:
    """Say whether the report of this round was released."""
    return any(ruled.ruling is Ruling.RELEASE for ruled in case.rulings)


def undo(case: Case, by: str, now: int) -> Event:
    """Take back one's own decision before it takes effect. Raises: StateError."""
    pending = case.pending
    if pending is None or pending.by != by:
        raise refusals.nothing_pending(case.id)
    if now >= pending.effective_at:
        raise refusals.too_late(case.id)
    return _event(case, EventKind.UNDONE, now, by)


def settle(case: Case, now: int, rules: Rules) -> Event:
    """Let a decision take effect whose time to be undone is over. Raises: StateError."""
    pending = case.pending
    if pending is None:
        raise refusals.nothing_pending(case.id)
    if now < pending.effective_at:
        raise refusals.too_early(case.id)
    outcome, held_for = _outcome(case, pending, rules)
    facts: dict[str, Any] = {"ruling": str(pending.ruling), "outcome": str(outcome), "person": pending.by}
    if held_for:
        facts["held_for"] = held_for
    if pending.authority:
        facts["authority"] = pending.authority
    return _event(case, EventKind.SETTLED, now, KINDWARD, **facts)


def inherit(case: Case, decided: Case, now: int) -> Event:
    """Take over the decision about the same bytes. Raises: StateError.

    Only the decision about the content is taken over. That it is about a person is not: every report is released by
    itself.
    """
    _require_waiting(case)
    if not case.digest or case.digest != decided.digest or decided.waits or decided.id == case.id:
        raise refusals.not_inherited(case.id)
    if decided.inherited_from:
        # Only people's own decisions pass on: that one may have been appealed against since.
        raise refusals.not_inherited(case.id)
    if case.pending is not None or case.leased_by(now) or case.rulings or case.round > 1:
        raise refusals.not_inherited(case.id)
    outcome = CaseState.DISMISSED if decided.state is CaseState.DISMISSED else CaseState.CONFIRMED
    return _event(case, EventKind.INHERITED, now, KINDWARD, outcome=str(outcome), **{"from": decided.id})


def hold(case: Case, by: str, reason: str, now: int) -> Event:
    """Stop a case until a lead goes on with it. Raises: StateError."""
    _require_waiting(case)
    if not reason:
        raise refusals.no_reason()
    if case.pending is not None:
        raise refusals.pending(case.id)
    if case.leased_by(now) not in {"", by}:
        raise refusals.taken(case.id)
    return _event(case, EventKind.HELD, now, by, reason=reason)


def resume(case: Case, by: str, now: int) -> Event:
    """Let a held case go on. Raises: StateError."""
    if case.state is not CaseState.HELD:
        raise refusals.not_held(case.id)
    if case.pending is not None:
        raise refusals.pending(case.id)
    return _event(case, EventKind.RESUMED, now, by)


def escalate(case: Case, now: int, rules: Rules) -> Event | None:
    """Call a lead for a case whose deadline is near; None if it is not yet time. Time never closes a case."""
    due = case.waits and not case.escalated and (case.urgent or now >= case.deadline - rules.escalate_seconds)
    return _event(case, EventKind.ESCALATED, now, KINDWARD) if due else None


def reported(case: Case, now: int, *, authority: str, reference: str) -> Event:
    """Note that an authority has the report. Raises: StateError if it was not released."""
    if case.state is not CaseState.CONFIRMED or not is_released(case):
        raise refusals.not_confirmed(case.id)
    return _event(case, EventKind.REPORTED, now, KINDWARD, authority=authority, reference=reference)


def acknowledged(case: Case, now: int, status: str) -> Event:
    """Note what an authority answered. Raises: StateError."""
    if case.state is not CaseState.REPORTED:
        raise refusals.not_confirmed(case.id)
    return _event(case, EventKind.ACKNOWLEDGED, now, KINDWARD, status=status)


def reopen(case: Case, by: str, now: int, *, rules: Rules, appeal: str, also: Collection[str] = ()) -> Event:
    """Begin a new round because of an appeal; nobody who decided before decides again. Raises: StateError.

    ``also`` are people who decided about the same bytes in another case, from which this one inherited.
    """
    if case.erased:
        raise refusals.erased(case.id)
    if case.waits:
        raise refusals.pending(case.id)
    if case.pending is not None:
        raise refusals.pending(case.id)
    facts = {"appeal": appeal, "deadline": now + rules.deadline_seconds, "also": sorted(also)}
    return _event(case, EventKind.REOPENED, now, by, **facts)


def erase(case: Case, now: int, reason: str, by: str = KINDWARD) -> Event:
    """Note that everything personal about a case is gone. Raises: StateError while somebody still has to decide."""
    if case.erased:
        raise refusals.erased(case.id)
    if case.waits or case.pending is not None:
        raise refusals.pending(case.id)
    return _event(case, EventKind.ERASED, now, by, reason=reason)


def _outcome(case: Case, pending: Pending, rules: Rules) -> tuple[CaseState, str]:
    if pending.ruling is Ruling.RELEASE:
        return CaseState.CONFIRMED, ""
    before = {ruled.ruling for ruled in case.rulings}
    led = case.state is CaseState.HELD and case.held_for == DISAGREEMENT
    if pending.ruling is Ruling.DISMISS:
        if Ruling.CONFIRM in before and not led:
            return CaseState.HELD, DISAGREEMENT
        return CaseState.DISMISSED, ""
    if rules.second_person and Ruling.CONFIRM not in before:
        return CaseState.IN_REVIEW, ""
    return CaseState.CONFIRMED, ""


def _require_waiting(case: Case) -> None:
    if case.erased:
        raise refusals.erased(case.id)
    if not case.waits:
        raise refusals.decided(case.id)


def _require_lease(case: Case, by: str, now: int) -> None:
    _require_waiting(case)
    if case.leased_by(now) != by:
        raise refusals.not_yours(case.id)


def _require_another(case: Case, by: str) -> None:
    if by in case.decided_before or any(ruled.by == by for ruled in case.rulings):
        raise refusals.same_person(case.id)


def _event(case: Case, kind: EventKind, now: int, by: str, **facts: Any) -> Event:  # noqa: ANN401 - facts of any kind
    return Event(case.id, case.number + 1, kind, now, by, facts)
