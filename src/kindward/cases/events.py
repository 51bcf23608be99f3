"""The events of a case, and the one function that says what each of them changes.

Events hold pseudonyms, codes and numbers, never content and never who an account is: what is personal lies sealed
beside the case and is gone when its key is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from kindward.cases import refusals
from kindward.cases.case import Case, CaseKind, CaseState, Lease, Pending, Ruled, Ruling, Viewing
from kindward.model import BankVersion, Match, Trust, Versions, View


class EventKind(StrEnum):
    """What can happen to a case."""

    OPENED = "opened"
    LEASED = "leased"
    RETURNED = "returned"
    VIEWED = "viewed"
    RULED = "ruled"
    UNDONE = "undone"
    SETTLED = "settled"
    INHERITED = "inherited"
    HELD = "held"
    RESUMED = "resumed"
    ESCALATED = "escalated"
    REPORTED = "reported"
    ACKNOWLEDGED = "acknowledged"
    REOPENED = "reopened"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened: ``number`` counts from 1 within the case, ``at`` is in seconds since 1970."""

    case: str
    number: int
    kind: EventKind
    at: int
    by: str
    facts: Mapping[str, Any] = field(default_factory=dict, repr=False)


def apply(case: Case | None, event: Event) -> Case:
    """Give the case as it stands after an event. Raises: StateError if the event is not the next one."""
    if case is None:
        if event.kind is not EventKind.OPENED or event.number != 1:
            raise refusals.not_next(event.case, event.number)
        return _opened(event)
    if event.case != case.id or event.number != case.number + 1 or event.kind not in _CHANGES:
        raise refusals.not_next(event.case, event.number)
    return replace(_CHANGES[event.kind](case, event), number=event.number)


def replay(events: Iterable[Event]) -> Case:
    """Give the case that a whole history makes. Raises: StateError if an event is missing or out of order."""
    case: Case | None = None
    for event in events:
        case = apply(case, event)
    if case is None:
        raise refusals.unknown("")
    return case


def opening_facts(case: Case) -> dict[str, Any]:
    """Write what the first event tells, so that ``apply`` makes the same case of it, but for digest and account.

    Those point at a content and a person, so they are kept where they can be erased.
    """
    return {
        "kind": str(case.kind),
        "deadline": case.deadline,
        "matches": [_match_facts(match) for match in case.matches],
        "versions": _version_facts(case.versions),
        "source": case.source,
        "severe": case.severe,
        "urgent": case.urgent,
    }


def _opened(event: Event) -> Case:
    facts = event.facts
    return Case(
        id=event.case,
        kind=CaseKind(facts["kind"]),
        opened_at=event.at,
        deadline=facts["deadline"],
        matches=tuple(_match(told) for told in facts["matches"]),
        versions=_versions(facts["versions"]),
        source=facts["source"],
        severe=facts["severe"],
        urgent=facts["urgent"],
    )


def _leased(case: Case, event: Event) -> Case:
    return replace(case, state=_reviewed(case), lease=Lease(event.by, event.facts["until"]))


def _returned(case: Case, event: Event) -> Case:
    declined = case.declined if event.facts.get("expired") else case.declined | {event.by}
    return replace(_waiting(case), declined=declined)


def _viewed(case: Case, event: Event) -> Case:
    facts = event.facts
    seen = Viewing(event.by, facts["item"], event.at, facts["seconds"], facts["entire"])
    return replace(case, viewings=(*case.viewings, seen))


def _ruled(case: Case, event: Event) -> Case:
    facts = event.facts
    ruling = Ruling(facts["ruling"])
    return replace(
        case, pending=Pending(event.by, ruling, facts["effective_at"], facts["reason"], facts.get("authority", ""))
    )


def _undone(case: Case, _: Event) -> Case:
    return replace(case, pending=None)


def _settled(case: Case, event: Event) -> Case:
    pending = case.pending
    assert pending is not None, "only a pending decision settles"
    outcome = CaseState(event.facts["outcome"])
    ruled = Ruled(pending.by, pending.ruling, event.at, pending.reason)
    return replace(
        case,
        state=outcome,
        pending=None,
        lease=None,
        rulings=(*case.rulings, ruled),
        authority=pending.authority or case.authority,
        held_for=event.facts.get("held_for", ""),
    )


def _inherited(case: Case, event: Event) -> Case:
    facts = event.facts
    return replace(case, state=CaseState(facts["outcome"]), lease=None, inherited_from=facts["from"])


def _held(case: Case, event: Event) -> Case:
    return replace(case, state=CaseState.HELD, lease=None, held_for=event.facts["reason"])


def _resumed(case: Case, _: Event) -> Case:
    return _waiting(replace(case, held_for=""))


def _escalated(case: Case, _: Event) -> Case:
    return replace(case, escalated=True)


def _reported(case: Case, event: Event) -> Case:
    facts = event.facts
    return replace(
        case, state=CaseState.REPORTED, authority=facts["authority"], reference=facts["reference"], pending=None
    )


def _acknowledged(case: Case, _: Event) -> Case:
    return replace(case, state=CaseState.ACKNOWLEDGED)


def _reopened(case: Case, event: Event) -> Case:
    decided = {ruled.by for ruled in case.rulings if ruled.ruling is not Ruling.RELEASE} | set(event.facts["also"])
    return replace(
        case,
        state=CaseState.OPEN,
        round=case.round + 1,
        deadline=event.facts["deadline"],
        lease=None,
        pending=None,
        rulings=(),
        declined=frozenset(),
        decided_before=case.decided_before | decided,
        held_for="",
        escalated=False,
        inherited_from="",
    )


def _erased(case: Case, _: Event) -> Case:
    return replace(case, digest="", account="", lease=None, erased=True)


_CHANGES: Mapping[EventKind, Callable[[Case, Event], Case]] = {
    EventKind.LEASED: _leased,
    EventKind.RETURNED: _returned,
    EventKind.VIEWED: _viewed,
    EventKind.RULED: _ruled,
    EventKind.UNDONE: _undone,
    EventKind.SETTLED: _settled,
    EventKind.INHERITED: _inherited,
    EventKind.HELD: _held,
    EventKind.RESUMED: _resumed,
    EventKind.ESCALATED: _escalated,
    EventKind.REPORTED: _reported,
    EventKind.ACKNOWLEDGED: _acknowledged,
    EventKind.REOPENED: _reopened,
    EventKind.ERASED: _erased,
}


def _reviewed(case: Case) -> CaseState:
    # A held case stays held while a lead has it, so that it does not come back to the others if the lease runs out.
    return CaseState.HELD if case.state is CaseState.HELD else CaseState.IN_REVIEW


def _waiting(case: Case) -> Case:
    if case.state is CaseState.HELD and case.held_for:
        return replace(case, lease=None)
    return replace(case, lease=None, state=CaseState.IN_REVIEW if case.rulings else CaseState.OPEN)


def _match_facts(match: Match) -> dict[str, Any]:
    return {
        "bank": match.bank,
        "entry": match.entry,
        "signal": match.signal,
        "distance": match.distance,
        "threshold": match.threshold,
        "view": {
            "turn": match.view.turn,
            "inside": match.view.inside,
            "stored": match.view.stored,
            "backdrop": match.view.backdrop,
            "frame": match.view.frame,
        },
        "trust": str(match.trust),
        "source": match.source,
        "severity": match.severity,
    }


def _match(facts: Mapping[str, Any]) -> Match:
    return Match(**{**facts, "view": View(**facts["view"]), "trust": Trust(facts["trust"])})


def _version_facts(versions: Versions | None) -> dict[str, Any] | None:
    if versions is None:
        return None
    banks = [
        {"name": bank.name, "version": bank.version, "trust": str(bank.trust), "simulated": bank.simulated}
        for bank in versions.banks
    ]
    return {"signals": list(versions.signals), "banks": banks, "policy": versions.policy}


def _versions(facts: Mapping[str, Any] | None) -> Versions | None:
    if facts is None:
        return None
    banks = tuple(BankVersion(**{**bank, "trust": Trust(bank["trust"])}) for bank in facts["banks"])
    return Versions(tuple(facts["signals"]), banks, facts["policy"])
