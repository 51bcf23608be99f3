"""What can be done with a case, by whom and when."""

import pytest
from made_cases import NOW, RULES, A, B, C, case, match

from kindward.cases import CaseKind, CaseState, Rules, Ruling, acts, replay
from kindward.cases.events import EventKind, apply
from kindward.errors import StateError

LATER = NOW + RULES.undo_seconds


class Told:
    """A case and all that happened to it."""

    def __init__(self, made):
        self.events = [acts.opened(made)]

    @property
    def case(self):
        return replay(self.events)

    def do(self, act, *arguments, **named):
        event = act(self.case, *arguments, **named)
        self.events.append(event)
        return self

    def refused(self, act, *arguments, **named):
        with pytest.raises(StateError) as refused:
            act(self.case, *arguments, **named)
        return refused.value.code

    def taken(self, by, now=NOW, **named):
        return self.do(acts.take, by, now, RULES, **named)

    def seen(self, by, now=NOW):
        return self.do(acts.view, by, now, item="i", seconds=5, entire=True)

    def ruled(self, by, ruling, now=NOW, **named):
        return self.do(acts.rule, by, ruling, now, rules=RULES, reason="reason", **named)

    def settled(self, now):
        return self.do(acts.settle, now, RULES)

    def confirmed_by(self, by, now):
        return self.taken(by, now).seen(by, now).ruled(by, Ruling.CONFIRM, now).settled(now + RULES.undo_seconds)


def told(**fields):
    return Told(case(**fields))


def confirmed():
    return told().confirmed_by(A, NOW).confirmed_by(B, NOW + 100)


def test_a_case_begins_open():
    assert (CaseState.OPEN, 1, 1) == (told().case.state, told().case.number, told().case.round)


def test_two_people_confirm_before_there_is_anything_to_report():
    one = told().confirmed_by(A, NOW)
    assert CaseState.IN_REVIEW == one.case.state
    assert "case_not_confirmed" == one.refused(acts.release, C, "ncmec", NOW + 50, RULES)
    one.confirmed_by(B, NOW + 100)
    assert CaseState.CONFIRMED == one.case.state
    assert [A, B] == [ruled.by for ruled in one.case.rulings]


def test_nobody_is_both_people():
    one = told().confirmed_by(A, NOW)

    assert "case_same_person" == one.refused(acts.take, A, NOW + 100, RULES)


def test_one_person_is_enough_where_the_rules_say_so():
    alone = Rules(second_person=False)
    one = told().taken(A).seen(A).ruled(A, Ruling.CONFIRM).do(acts.settle, LATER, alone)

    assert CaseState.CONFIRMED == one.case.state


def test_one_person_dismisses():
    one = told().taken(A).ruled(A, Ruling.DISMISS).settled(LATER)

    assert CaseState.DISMISSED == one.case.state


def test_two_different_decisions_call_a_lead():
    one = told().confirmed_by(A, NOW).taken(B, NOW + 100).ruled(B, Ruling.DISMISS, NOW + 100).settled(NOW + 130)

    assert (CaseState.HELD, acts.DISAGREEMENT) == (one.case.state, one.case.held_for)
    assert "case_held" == one.refused(acts.take, C, NOW + 200, RULES)
    assert CaseState.HELD == one.taken(C, NOW + 200, lead=True).case.state


@pytest.mark.parametrize(
    ("ruling", "state"), [(Ruling.CONFIRM, CaseState.CONFIRMED), (Ruling.DISMISS, CaseState.DISMISSED)]
)
def test_a_lead_decides_a_disagreement(ruling, state):
    one = told().confirmed_by(A, NOW).taken(B, NOW + 100).ruled(B, Ruling.DISMISS, NOW + 100).settled(NOW + 130)
    one.taken(C, NOW + 200, lead=True).ruled(C, ruling, NOW + 200).settled(NOW + 230)

    assert state == one.case.state


def test_a_decision_takes_effect_only_after_a_while():
    one = told().taken(A).ruled(A, Ruling.DISMISS)

    assert CaseState.IN_REVIEW == one.case.state
    assert "case_settle_early" == one.refused(acts.settle, LATER - 1, RULES)


def test_a_decision_can_be_undone_until_then_and_only_by_who_took_it():
    one = told().taken(A).ruled(A, Ruling.DISMISS)

    assert "case_nothing_pending" == one.refused(acts.undo, B, NOW + 1)
    assert "case_undo_late" == one.refused(acts.undo, A, LATER)
    assert one.do(acts.undo, A, LATER - 1).case.pending is None
    assert "case_nothing_pending" == one.refused(acts.undo, A, LATER - 1)
    assert "case_nothing_pending" == one.refused(acts.settle, LATER, RULES)


def test_while_a_decision_waits_nothing_else_is_done():
    one = told().taken(A).ruled(A, Ruling.DISMISS)

    for act, arguments in (
        (acts.take, (B, NOW + RULES.lease_seconds, RULES)),
        (acts.give_back, (A, NOW)),
        (acts.hold, (A, "law", NOW)),
        (acts.reopen, (A, NOW)),
        (acts.erase, (NOW, "reason")),
    ):
        named = {"rules": RULES, "appeal": "x"} if act is acts.reopen else {}
        assert "case_pending" == one.refused(act, *arguments, **named)


def test_a_decision_needs_the_case_and_a_reason():
    one = told()
    assert "case_not_yours" == one.refused(acts.rule, A, Ruling.DISMISS, NOW, rules=RULES, reason="reason")
    one.taken(A)
    assert "case_reason_missing" == one.refused(acts.rule, A, Ruling.DISMISS, NOW, rules=RULES, reason="")
    late = NOW + RULES.lease_seconds
    assert "case_not_yours" == one.refused(acts.rule, A, Ruling.DISMISS, late, rules=RULES, reason="reason")


def test_a_release_is_no_decision_about_a_case_in_review():
    one = told().taken(A)

    assert "case_not_confirmed" == one.refused(acts.rule, A, Ruling.RELEASE, NOW, rules=RULES, reason="reason")


def test_nobody_sees_a_case_that_somebody_else_has():
    one = told().taken(A)

    assert "case_taken" == one.refused(acts.take, B, NOW + 1, RULES)
    assert "case_taken" == one.refused(acts.hold, B, "law", NOW + 1)
    assert "case_not_yours" == one.refused(acts.view, B, NOW + 1, item="i", seconds=1, entire=True)
    assert A == one.taken(A, NOW + 1).case.leased_by(NOW + 1)


def test_whoever_hands_a_case_back_gives_no_reason_and_is_not_asked_again():
    one = told().taken(A).do(acts.give_back, A, NOW)

    assert (CaseState.OPEN, None) == (one.case.state, one.case.lease)
    assert {} == dict(one.events[-1].facts)
    assert "case_declined" == one.refused(acts.take, A, NOW, RULES)


def test_a_second_person_who_hands_a_case_back_leaves_the_first_decision():
    one = told().confirmed_by(A, NOW).taken(B, NOW + 100).do(acts.give_back, B, NOW + 100)

    assert (CaseState.IN_REVIEW, 1) == (one.case.state, len(one.case.rulings))


def test_a_likeness_is_not_confirmed_unseen():
    one = told().taken(A)

    assert "case_unseen" == one.refused(acts.rule, A, Ruling.CONFIRM, NOW, rules=RULES, reason="same")
    one.do(acts.view, A, NOW, item="i", seconds=5, entire=False)
    assert "case_unseen" == one.refused(acts.rule, A, Ruling.CONFIRM, NOW, rules=RULES, reason="same")


def test_known_bytes_are_confirmed_without_looking():
    one = told(matches=(match(0, "digest/1"),)).taken(A).ruled(A, Ruling.CONFIRM)

    assert Ruling.CONFIRM == one.case.pending.ruling


def test_a_report_is_released_once_and_after_a_while():
    one = confirmed().do(acts.release, C, "ncmec", NOW + 200, RULES)

    assert not acts.is_released(one.case)
    assert "case_not_confirmed" == one.refused(acts.reported, NOW + 210, authority="ncmec", reference="1")
    one.settled(NOW + 230)
    assert acts.is_released(one.case)
    assert "case_released" == one.refused(acts.release, C, "ncmec", NOW + 240, RULES)
    one.do(acts.reported, NOW + 250, authority="ncmec", reference="4711")
    assert (CaseState.REPORTED, "ncmec", "4711") == (one.case.state, one.case.authority, one.case.reference)
    assert CaseState.ACKNOWLEDGED == one.do(acts.acknowledged, NOW + 260, "accepted").case.state


def test_a_release_can_be_undone():
    one = confirmed().do(acts.release, C, "ncmec", NOW + 200, RULES).do(acts.undo, C, NOW + 201)

    assert not acts.is_released(one.case)
    assert "ncmec" == one.do(acts.release, C, "ncmec", NOW + 210, RULES).case.pending.authority


def test_the_same_bytes_inherit_the_decision_and_no_release():
    decided = Told(case("00000000000b")).case
    one = confirmed().case
    from dataclasses import replace

    decided = replace(one, id="00000000000b", digest="ab" * 32)
    fresh = replace(case(), digest="ab" * 32)
    after = apply(fresh, acts.inherit(fresh, decided, NOW + 300))

    assert (CaseState.CONFIRMED, "00000000000b") == (after.state, after.inherited_from)
    assert not acts.is_released(after)


@pytest.mark.parametrize("digests", [("ab" * 32, "cd" * 32), ("", ""), ("ab" * 32, "")])
def test_other_bytes_inherit_nothing(digests):
    from dataclasses import replace

    decided = replace(confirmed().case, id="00000000000b", digest=digests[0])
    fresh = replace(case(), digest=digests[1])
    with pytest.raises(StateError) as refused:
        acts.inherit(fresh, decided, NOW + 300)

    assert "case_not_inherited" == refused.value.code


def test_a_case_that_somebody_works_on_inherits_nothing():
    from dataclasses import replace

    decided = replace(confirmed().case, id="00000000000b", digest="ab" * 32)
    busy = replace(told().taken(A).case, digest="ab" * 32)
    with pytest.raises(StateError) as refused:
        acts.inherit(busy, decided, NOW + 1)

    assert "case_not_inherited" == refused.value.code


def test_a_held_case_goes_on_when_a_lead_lets_it():
    one = told().do(acts.hold, A, "law", NOW)

    assert (CaseState.HELD, "law") == (one.case.state, one.case.held_for)
    one.do(acts.resume, C, NOW + 1)
    assert (CaseState.OPEN, "") == (one.case.state, one.case.held_for)
    assert "case_not_held" == one.refused(acts.resume, C, NOW + 2)
    assert "case_reason_missing" == told().refused(acts.hold, A, "", NOW)


def test_a_case_near_its_deadline_calls_a_lead_once_and_is_never_closed():
    one = told()
    near = one.case.deadline - RULES.escalate_seconds

    assert acts.escalate(one.case, near - 1, RULES) is None
    one.events.append(acts.escalate(one.case, near, RULES))
    assert (True, True) == (one.case.escalated, one.case.waits)
    assert acts.escalate(one.case, one.case.deadline * 2, RULES) is None


def test_a_child_in_danger_calls_a_lead_at_once():
    assert EventKind.ESCALATED == acts.escalate(told(urgent="meeting").case, NOW, RULES).kind


def test_an_appeal_is_decided_by_somebody_else():
    one = confirmed().do(acts.reopen, C, NOW + 500, rules=RULES, appeal="a1", also=("p-other",))

    assert (CaseState.OPEN, 2, ()) == (one.case.state, one.case.round, one.case.rulings)
    for person in (A, B, "p-other"):
        assert "case_same_person" == one.refused(acts.take, person, NOW + 600, RULES)
    assert C == one.taken(C, NOW + 600).case.leased_by(NOW + 600)


def test_only_decided_cases_are_reopened():
    assert "case_pending" == told().refused(acts.reopen, C, NOW, rules=RULES, appeal="a1")


def test_an_erased_case_has_nothing_left():
    one = told(kind=CaseKind.NOTICE, matches=(), digest="", account="").taken(A).ruled(A, Ruling.DISMISS)
    one.settled(LATER).do(acts.erase, LATER, "not_confirmed")

    assert one.case.erased
    assert "case_erased" == one.refused(acts.erase, LATER, "again")
    assert "case_erased" == one.refused(acts.reopen, C, LATER, rules=RULES, appeal="a1")
    assert "case_erased" == one.refused(acts.take, B, LATER, RULES)
    assert "case_erased" == one.refused(acts.release, B, "ncmec", LATER, RULES)


def test_nothing_is_erased_while_somebody_has_to_decide():
    assert "case_pending" == told().refused(acts.erase, NOW, "reason")


def test_a_report_needs_a_release_and_an_answer_needs_a_report():
    assert "case_not_confirmed" == confirmed().refused(acts.reported, NOW, authority="ncmec", reference="1")
    assert "case_not_confirmed" == confirmed().refused(acts.acknowledged, NOW, "accepted")


def test_a_history_with_a_gap_is_refused():
    one = told().taken(A).seen(A)
    for events in (one.events[1:], [one.events[0], one.events[2]], [one.events[0], one.events[0]]):
        with pytest.raises(StateError) as refused:
            replay(events)
        assert "case_history_broken" == refused.value.code
    with pytest.raises(StateError) as refused:
        replay([])
    assert "case_unknown" == refused.value.code
