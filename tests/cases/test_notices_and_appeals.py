"""What people tell by their own choice, and what they complain of."""

from dataclasses import replace

import pytest
from made_cases import NOW, RULES, case

from kindward.cases import CaseKind, CaseState
from kindward.cases.appeals import DAYS, AppealState, appealed, outcome
from kindward.cases.notices import LONGEST, Concern, Notice, Teller, checked, noticed
from kindward.errors import StateError

DONE = replace(case(), state=CaseState.REPORTED)


def refused(act, *arguments, **named):
    with pytest.raises(StateError) as refusal:
        act(*arguments, **named)
    return refusal.value.code


def test_a_few_words_are_enough():
    assert (
        "Somebody asks where I live."
        == checked(Notice(Teller.CHILD, Concern.MEETING, "  Somebody asks where I live. ")).text
    )


def test_a_place_alone_is_enough():
    assert "room 7" == checked(Notice(Teller.ANONYMOUS, Concern.PICTURES, "", " room 7 ")).place


def test_an_empty_notice_is_asked_about():
    assert "notice_empty" == refused(checked, Notice(Teller.CHILD, Concern.OTHER, " \n "))


@pytest.mark.parametrize("fields", [{"text": "x" * (LONGEST + 1)}, {"place": "x" * 2_001}, {"reply_to": "x" * 2_001}])
def test_a_notice_has_a_longest_length(fields):
    notice = Notice(**{"teller": Teller.USER, "concern": Concern.OTHER, "text": "x", **fields})

    assert "notice_long" == refused(checked, notice)


def test_the_texts_of_a_notice_are_not_in_its_description():
    told = repr(Notice(Teller.CHILD, Concern.OTHER, "marker-1", "marker-2", "marker-3"))

    assert "marker" not in told


@pytest.mark.parametrize("concern", list(Concern))
def test_danger_goes_first(concern):
    made = noticed(Notice(Teller.CHILD, concern, "x"), "00000000000a", NOW, rules=RULES)

    assert (concern in {Concern.THREAT, Concern.MEETING}) == bool(made.urgent)
    assert (CaseKind.NOTICE, "notice:child", ()) == (made.kind, made.source, made.matches)


def test_a_complaint_waits_for_a_decision():
    made = appealed(DONE, "a1", " It is my holiday. ", NOW, told_at=NOW)

    assert ("a1", DONE.id, AppealState.WAITING, "It is my holiday.") == (made.id, made.case, made.state, made.text)


def test_there_are_six_months_from_being_told():
    appealed(DONE, "a1", "x", NOW + DAYS * 86_400, told_at=NOW)

    assert "appeal_late" == refused(appealed, DONE, "a1", "x", NOW + DAYS * 86_400 + 1, told_at=NOW)
    appealed(DONE, "a1", "x", NOW * 2, told_at=0)


@pytest.mark.parametrize("state", [CaseState.OPEN, CaseState.IN_REVIEW, CaseState.HELD, CaseState.DISMISSED])
def test_without_a_decision_against_anybody_there_is_nothing_to_complain_of(state):
    assert "appeal_nothing" == refused(appealed, replace(DONE, state=state), "a1", "x", NOW, told_at=0)


@pytest.mark.parametrize(("text", "code"), [("  ", "appeal_empty"), ("x" * 10_001, "appeal_long")])
def test_a_complaint_says_something_and_not_too_much(text, code):
    assert code == refused(appealed, DONE, "a1", text, NOW, told_at=0)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (CaseState.OPEN, AppealState.WAITING),
        (CaseState.DISMISSED, AppealState.GRANTED),
        (CaseState.CONFIRMED, AppealState.UPHELD),
    ],
)
def test_the_new_round_answers_the_complaint(state, expected):
    assert expected == outcome(replace(case(), state=state))
