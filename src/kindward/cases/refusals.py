"""Why an act on a case is refused, in sentences for the person who tried it."""

from __future__ import annotations

from kindward.errors import StateError
from kindward.locale import N_


def not_next(case: str, number: int) -> StateError:
    """Say that a history does not fit together."""
    return StateError(
        "case_history_broken",
        N_("Event {number} of case {case} is not the one that follows."),
        N_("Somebody else acted first; look at the case again."),
        case=case,
        number=number,
    )


def unknown(case: str) -> StateError:
    """Say that there is no such case."""
    return StateError(
        "case_unknown",
        N_("There is no case {case}."),
        N_("Check the number; the queue shows the cases that wait."),
        case=case,
    )


def not_yours(case: str) -> StateError:
    """Say that a case must be taken before anything is done with it."""
    return StateError(
        "case_not_yours",
        N_("You do not have case {case} at the moment."),
        N_("Take the next case; this one may have gone to somebody else because the time for it ran out."),
        case=case,
    )


def taken(case: str) -> StateError:
    """Say that somebody else has the case."""
    return StateError(
        "case_taken",
        N_("Somebody else has case {case} at the moment."),
        N_("Take another one; nobody sees a case that another person has."),
        case=case,
    )


def decided(case: str) -> StateError:
    """Say that nothing is left to decide."""
    return StateError(
        "case_decided",
        N_("Case {case} does not wait for a decision."),
        N_("An appeal reopens it, and another person then decides."),
        case=case,
    )


def held(case: str) -> StateError:
    """Say that only a lead may go on."""
    return StateError(
        "case_held",
        N_("Case {case} is held and waits for a lead."),
        N_("Take another one; a lead decides this one or lets it go on."),
        case=case,
    )


def not_held(case: str) -> StateError:
    """Say that the case is not held."""
    return StateError(
        "case_not_held", N_("Case {case} is not held."), N_("Look at it again; it has gone on."), case=case
    )


def same_person(case: str) -> StateError:
    """Say that two decisions must come from two people."""
    return StateError(
        "case_same_person",
        N_("You have already decided about case {case}."),
        N_("Another person must decide now, so that nobody decides alone about a report or about an appeal."),
        case=case,
    )


def declined(case: str) -> StateError:
    """Say that somebody handed the case back."""
    return StateError(
        "case_declined",
        N_("You handed case {case} back, so it is not given to you again."),
        N_("Take the next case."),
        case=case,
    )


def pending(case: str) -> StateError:
    """Say that a decision is on its way."""
    return StateError(
        "case_pending",
        N_("A decision about case {case} takes effect in a moment."),
        N_("Undo it, or wait until it is in force."),
        case=case,
    )


def nothing_pending(case: str) -> StateError:
    """Say that there is nothing to undo."""
    return StateError(
        "case_nothing_pending",
        N_("There is no decision about case {case} that could still be undone."),
        N_("A decision can be undone for a short time; after that an appeal reopens the case."),
        case=case,
    )


def too_late(case: str) -> StateError:
    """Say that a decision is in force."""
    return StateError(
        "case_undo_late",
        N_("The decision about case {case} is in force and cannot be undone."),
        N_("An appeal reopens the case, and another person then decides."),
        case=case,
    )


def too_early(case: str) -> StateError:
    """Say that a decision can still be undone."""
    return StateError(
        "case_settle_early",
        N_("The decision about case {case} can still be undone."),
        N_("It takes effect by itself."),
        case=case,
    )


def not_confirmed(case: str) -> StateError:
    """Say that only confirmed cases are reported."""
    return StateError(
        "case_not_confirmed",
        N_("Case {case} is not confirmed, so there is nothing to report."),
        N_("Two people confirm a case before its report can be released."),
        case=case,
    )


def released(case: str) -> StateError:
    """Say that a report was released before."""
    return StateError(
        "case_released",
        N_("The report of case {case} was released before."),
        N_("Each report is sent once; the outbox shows how far it is."),
        case=case,
    )


def unseen(case: str) -> StateError:
    """Say that a likeness was not looked at by anybody."""
    return StateError(
        "case_unseen",
        N_("Case {case} rests on a likeness, and nobody has looked at the content yet."),
        N_("Open it, or hand the case back; only content whose bytes are known can be confirmed unseen."),
        case=case,
    )


def no_reason() -> StateError:
    """Say that a reason is missing."""
    return StateError(
        "case_reason_missing",
        N_("This needs a reason."),
        N_("Give one of the reasons offered; it stands in the history of the case."),
    )


def not_inherited(case: str) -> StateError:
    """Say that only the same bytes inherit a decision."""
    return StateError(
        "case_not_inherited",
        N_("Case {case} is not about the same bytes, so the decision does not pass on to it."),
        N_("It gets a decision of its own; that of its neighbours is shown beside it."),
        case=case,
    )


def erased(case: str) -> StateError:
    """Say that nothing is left of a case but its history."""
    return StateError(
        "case_erased",
        N_("Case {case} was erased; only its history is left."),
        N_("Nothing more can be done with it."),
        case=case,
    )
