"""Machine forms of what kindward says; the command line and the HTTP service print the very same records.

They are the stable interface: a key here is documented, never renamed and never reused for something else.
"""

from __future__ import annotations

from typing import Any

from kindward.errors import ContentError, KindwardError
from kindward.locale import explain
from kindward.model import FRAMES_LEFT_OUT, PICTURE_DAMAGED, Decision, Fingerprint, Match, Verdict, Versions


def verdict_record(
    path: str | None,
    verdict: Verdict | None,
    error: KindwardError | None = None,
    decision_on_error: Decision | str | None = None,
    *,
    simulated: bool = True,
) -> dict[str, Any]:
    """Write one checked input as a record: a verdict, or the reason why there is none.

    Exactly one of ``verdict`` and ``error`` is given; a verdict on a part of the input has its error from its notes
    (``partly_checked``). ``decision_on_error`` is what the policy says for an input that
    could not be checked; ``simulated`` counts only then, because a verdict knows it itself. ``path`` is what the
    caller typed, or None where no path was given.
    """
    if verdict is None:
        decision = str(decision_on_error or Decision.HOLD)
        return {
            "path": path,
            "decision": decision,
            "simulated": simulated,
            "matches": [],
            "risks": [],
            "versions": None,
            "notes": [],
            "error": error_record(error) if error else None,
        }
    return {
        "path": path,
        "decision": str(verdict.decision),
        "simulated": verdict.simulated,
        "matches": [match_record(match) for match in verdict.matches],
        "risks": [
            {"signal": risk.signal, "level": risk.level, "score": risk.score, "reasons": list(risk.reasons)}
            for risk in verdict.risks
        ],
        "versions": versions_record(verdict.versions),
        "notes": list(verdict.notes),
        "error": error_record(problem) if (problem := error or partly_checked(verdict)) else None,
    }


def partly_checked(verdict: Verdict) -> ContentError | None:
    """Say why a verdict is only about a part of the content; None if all of it was looked up."""
    if FRAMES_LEFT_OUT in verdict.notes:
        return ContentError(
            "frames_left_out",
            "The picture has more frames or pages than are looked up, so a part of it was not checked.",
            "Raise limits.frames if it has more than that, or look at it yourself.",
        )
    if PICTURE_DAMAGED in verdict.notes:
        return ContentError(
            "picture_damaged",
            "A part of the picture is missing or damaged, so only the rest of it was checked.",
            "Have it sent again, or look at it yourself.",
        )
    return None


def match_record(match: Match) -> dict[str, Any]:
    """Write one match: which entry of which bank, how near, under which limit, seen in which view."""
    return {
        "bank": match.bank,
        "entry": match.entry,
        "signal": match.signal,
        "distance": match.distance,
        "threshold": match.threshold,
        "view": str(match.view),
    }


def versions_record(versions: Versions) -> dict[str, Any]:
    """Write the versions of everything that made a verdict."""
    return {
        "signal": list(versions.signals),
        "bank": {
            bank.name: {"version": bank.version, "trust": str(bank.trust), "simulated": bank.simulated}
            for bank in versions.banks
        },
        "policy": versions.policy,
    }


def error_record(error: KindwardError) -> dict[str, str]:
    """Write an error: a code for machines, a sentence and advice for people in the reader's language."""
    message, hint = explain(error)
    return {"code": error.code, "message": message, "hint": hint}


def fingerprint_record(path: str | None, fingerprint: Fingerprint) -> dict[str, Any]:
    """Write one fingerprint as ``kindward hash`` prints it."""
    return {
        "path": path,
        "signal": fingerprint.signal,
        "value": fingerprint.hex,
        "quality": fingerprint.quality,
    }
