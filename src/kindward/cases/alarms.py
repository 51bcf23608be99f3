"""From a verdict to a case: which verdicts need a human, and what the case tells about them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from kindward.cases.case import Case, CaseKind
from kindward.cases.rules import Rules
from kindward.model import Decision, Match, Verdict

_SEVERAL = " | "


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known beside the verdict. ``digest`` and ``account`` are hexadecimal digits or empty."""

    digest: str = ""
    account: str = ""
    source: str = ""
    urgent: str = ""


def alarm(
    verdict: Verdict,
    case_id: str,
    now: int,
    *,
    rules: Rules,
    severe: Collection[str] = (),
    about: Circumstances = Circumstances(),
) -> Case | None:
    """Give the case that a verdict begins; None if it begins none.

    Only what is known begins one: a match with an entry in force that led to more than passing. A risk never does,
    and neither do simulation, unreadable content or a bank that was refused. ``severe`` lists severities
    (``scheme:value``) at which looking costs much.
    """
    matches = _deciding(verdict)
    if verdict.simulated or verdict.decision is Decision.PASS or not matches:
        return None
    return Case(
        id=case_id,
        kind=CaseKind.MATCH,
        opened_at=now,
        deadline=now + rules.deadline_seconds,
        digest=about.digest,
        account=about.account,
        matches=matches,
        versions=verdict.versions,
        source=about.source,
        severe=any(value in severe for match in matches for value in match.severity.split(_SEVERAL)),
        urgent=about.urgent,
    )


def _deciding(verdict: Verdict) -> tuple[Match, ...]:
    silent = {bank.name for bank in verdict.versions.banks if bank.simulated}
    return tuple(match for match in verdict.matches if match.bank not in silent)


def farthest(case: Case) -> int:
    """Give how far the nearest match is; 0 if the bytes are known."""
    return 0 if case.exact else min((match.distance for match in case.matches), default=0)


def votes(case: Case) -> Mapping[str, int]:
    """Give for each bank the distance of its nearest match: how many lists say the same, and how surely."""
    nearest: dict[str, int] = {}
    for match in case.matches:
        nearest[match.bank] = min(match.distance, nearest.get(match.bank, match.distance))
    return nearest
