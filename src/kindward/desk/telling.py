"""What the audit log tells of an event of a case: pseudonyms, codes and numbers, and nothing that is personal."""

from __future__ import annotations

from collections.abc import Mapping

from kindward.cases import Case, Event, EventKind
from kindward.ledger.deeds import Deed, DeedKind

UNTOLD = frozenset({EventKind.LEASED, EventKind.RETURNED})
"""Who had a case without deciding, and who handed it back, concerns nobody."""


def deed_of(event: Event, case: Case) -> Deed | None:
    """Give the leaf that tells an event; None if it is not told. ``case`` is the case after it."""
    if event.kind in UNTOLD:
        return None
    return Deed(DeedKind(str(event.kind)), event.at, event.by, event.case, _facts(event, case))


def _facts(event: Event, case: Case) -> dict[str, str | int]:
    if event.kind is EventKind.OPENED:
        return _opening(case)
    if event.kind is EventKind.REOPENED:
        return {"appeal": str(event.facts["appeal"]), "deadline": int(event.facts["deadline"])}
    return _plain(event.facts)


def _opening(case: Case) -> dict[str, str | int]:
    """Say why the case was opened: the nearest match, and the versions of what found it."""
    told: dict[str, str | int] = {"kind": str(case.kind), "deadline": case.deadline, "source": case.source}
    if case.urgent:
        told["urgent"] = case.urgent
    if case.matches and case.versions is not None:
        best = case.matches[0]
        version = next((bank.version for bank in case.versions.banks if bank.name == best.bank), "")
        told |= {
            "bank": best.bank,
            "bank_version": version,
            "entry": best.entry,
            "signal": best.signal,
            "distance": best.distance,
            "threshold": best.threshold,
            "matches": len(case.matches),
            "policy": case.versions.policy,
        }
    return told


def _plain(facts: Mapping[str, object]) -> dict[str, str | int]:
    return {name: int(value) if isinstance(value, bool | int) else str(value) for name, value in facts.items()}
