"""Words for codes, so that a page never shows a code alone."""

from __future__ import annotations

from kindward.cases import CaseState, EventKind
from kindward.locale import N_

STATES = {
    CaseState.OPEN: N_("open"),
    CaseState.IN_REVIEW: N_("in review"),
    CaseState.HELD: N_("with a lead"),
    CaseState.CONFIRMED: N_("confirmed"),
    CaseState.DISMISSED: N_("not a match"),
    CaseState.REPORTED: N_("reported"),
    CaseState.ACKNOWLEDGED: N_("receipt is here"),
}
EVENTS = {
    EventKind.OPENED: N_("opened"),
    EventKind.LEASED: N_("taken"),
    EventKind.RETURNED: N_("handed back"),
    EventKind.VIEWED: N_("looked at"),
    EventKind.RULED: N_("decided"),
    EventKind.UNDONE: N_("decision undone"),
    EventKind.SETTLED: N_("decision in force"),
    EventKind.INHERITED: N_("decision taken over"),
    EventKind.HELD: N_("given to a lead"),
    EventKind.RESUMED: N_("goes on"),
    EventKind.ESCALATED: N_("lead called"),
    EventKind.REPORTED: N_("report sent"),
    EventKind.ACKNOWLEDGED: N_("receipt came"),
    EventKind.REOPENED: N_("reopened"),
    EventKind.ERASED: N_("everything personal erased"),
}
HELD = {"asked": N_("a reviewer asks"), "disagreement": N_("two people decided differently")}
TRUST = {"federated": N_("confirmed by at least two authorities"), "imported": N_("imported from one publisher")}
REASONS = {
    "same_content": N_("It shows the same as the entry."),
    "known_bytes": N_("The bytes themselves are known."),
    "other_content": N_("It shows something else."),
    "lawful_content": N_("It is lawful, the entry may be wrong."),
    "told": N_("It follows from what was told."),
}
"""Reasons a reviewer chooses from; none of them says anything about a person."""
CONFIRMING, DISMISSING = ("same_content", "known_bytes", "told"), ("other_content", "lawful_content", "told")
