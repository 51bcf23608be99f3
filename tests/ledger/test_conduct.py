"""The rules of the audit log: what is refused, and what is told as late."""

import pytest

from kindward.errors import TrustError
from kindward.ledger.conduct import Conduct
from kindward.ledger.deeds import FIRST, Deed, DeedKind, link, write

NOW = 1_790_000_000
A, B, C = "p-aaaaaa", "p-bbbbbb", "p-cccccc"
CASE = "00000000000a"
MATCH = {"kind": "match", "bank": "demo", "entry": "e", "distance": 3, "threshold": 31, "deadline": NOW + 100_000}


class Log:
    """Write leaves one after the other, and take each of them."""

    def __init__(self):
        self.conduct, self.raws, self.at = Conduct(), [], NOW

    def do(self, what, by="kindward", case=CASE, *, later=0, **facts):
        self.at += later
        raw = write(Deed(DeedKind(what), self.at, by, case, facts, before=self.before))
        self.conduct.take(raw)
        self.raws.append(raw)
        return self

    @property
    def before(self):
        return link(self.raws[-1]) if self.raws else FIRST

    def refused(self, what, *arguments, **named):
        with pytest.raises(TrustError) as refused:
            self.do(what, *arguments, **named)
        assert refused.value.sentence.endswith(".")
        return refused.value.code

    def opened(self, case=CASE, **facts):
        return self.do("opened", case=case, **{**MATCH, **facts})

    def decided(self, by, ruling, outcome, case=CASE):
        self.do("ruled", by, case, ruling=ruling, reason="r")
        return self.do("settled", case=case, later=30, ruling=ruling, outcome=outcome, person=by)

    def confirmed(self, case=CASE):
        return self.decided(A, "confirm", "in_review", case).decided(B, "confirm", "confirmed", case)

    def released(self, by=C):
        return self.decided(by, "release", "confirmed")


def log():
    return Log().opened()


def test_the_whole_way_to_a_report_holds():
    told = log().confirmed().released().do("reported", authority="ncmec", reference="1").do("acknowledged", status="ok")
    standing = told.conduct.standing(NOW + 1_000)

    assert ({"acknowledged": 1}, 1, 3, ()) == (
        dict(standing.states),
        standing.reported,
        standing.people,
        standing.overdue,
    )


def test_the_whole_way_to_nothing_left_holds():
    told = log().decided(A, "dismiss", "dismissed").do("destroyed", reason="not_confirmed").do("erased", reason="x")

    assert ((), ()) == (told.conduct.standing(NOW * 2).overdue, told.conduct.standing(NOW * 2).undestroyed)


def test_a_gap_is_noticed():
    one = log().do("viewed", A, item="i", seconds=3, entire=1)
    fresh = Conduct()
    fresh.take(one.raws[0])
    with pytest.raises(TrustError) as refused:
        fresh.take(write(Deed(DeedKind.VIEWED, NOW, A, CASE, {}, before=FIRST)))

    assert "deed_gap" == refused.value.code


def test_a_changed_leaf_breaks_the_chain():
    one = log().do("viewed", A, item="i", seconds=3, entire=1)
    fresh = Conduct()
    fresh.take(one.raws[0].replace(b'"distance":3', b'"distance":4'))
    with pytest.raises(TrustError) as refused:
        fresh.take(one.raws[1])

    assert "deed_gap" == refused.value.code


def test_time_does_not_go_back():
    assert "deed_time" == log().refused("viewed", A, later=-1)


def test_a_case_is_opened_once_with_its_cause_and_a_deadline():
    assert "deed_opened_twice" == log().refused("opened", **MATCH)
    assert "deed_without_cause" == Log().refused("opened", kind="match", deadline=NOW)
    assert "deed_without_deadline" == Log().refused("opened", kind="notice")
    assert "deed_unopened" == Log().refused("viewed", A)
    Log().do("opened", kind="notice", deadline=NOW)


def test_nobody_decides_for_the_program_and_the_program_for_nobody():
    assert "deed_by_program" == log().refused("ruled", ruling="confirm")


def test_one_decision_at_a_time():
    one = log().do("ruled", A, ruling="confirm")

    assert "deed_ruled_twice" == one.refused("ruled", B, ruling="confirm")


def test_nobody_decides_twice_in_a_round():
    one = log().decided(A, "confirm", "in_review")

    assert "deed_same_person" == one.refused("ruled", A, ruling="confirm")


def test_a_decision_takes_effect_only_after_a_while():
    one = log().do("ruled", A, ruling="dismiss")

    assert "deed_settled_early" == one.refused("settled", later=29, outcome="dismissed")
    assert "deed_settled_early" == log().refused("settled", later=99, outcome="dismissed")


def test_the_time_to_undo_is_what_the_parameters_say():
    one = Log().do("parameters", case="", undo_seconds=5, second_person=1, destroy_seconds=9).opened()

    one.do("ruled", A, ruling="dismiss").do("settled", later=5, outcome="dismissed", ruling="dismiss")


def test_only_its_author_takes_a_decision_back():
    one = log().do("ruled", A, ruling="dismiss")

    assert "deed_undone_wrongly" == one.refused("undone", B)
    one.do("undone", A)
    assert "deed_undone_wrongly" == one.refused("undone", A)


def test_one_person_does_not_confirm_alone():
    one = log().do("ruled", A, ruling="confirm")

    assert "deed_alone" == one.refused("settled", later=30, outcome="confirmed")


def test_one_person_is_enough_where_the_parameters_say_so():
    one = Log().do("parameters", case="", second_person=0).opened()

    one.decided(A, "confirm", "confirmed").released(B).do("reported", authority="x", reference="1")

    assert 1 == one.conduct.standing(NOW + 1_000).reported


def test_one_person_alone_may_report_where_the_parameters_say_so():
    one = Log().do("parameters", case="", second_person=0).opened()

    one.decided(A, "confirm", "confirmed").released(A).do("reported", authority="x", reference="1")

    assert 1 == one.conduct.standing(NOW + 1_000).reported


@pytest.mark.parametrize(("ruling", "outcome"), [("confirm", "dismissed"), ("dismiss", "reported"), ("confirm", "x")])
def test_a_decision_has_only_outcomes_that_it_can_have(ruling, outcome):
    one = log().do("ruled", A, ruling=ruling)

    assert "deed_outcome" == one.refused("settled", later=30, outcome=outcome)


def test_a_disagreement_waits_for_a_lead():
    one = log().decided(A, "confirm", "in_review").decided(B, "dismiss", "held").decided(C, "confirm", "confirmed")

    assert {"confirmed": 1} == dict(one.conduct.standing(NOW).states)


def test_a_report_is_released_by_a_named_person_of_a_confirmed_case_and_once():
    assert "deed_released_early" == log().refused("ruled", C, ruling="release")
    assert "deed_report_alone" == log().confirmed().refused("reported", authority="x", reference="1")
    assert "deed_released_early" == log().confirmed().released().refused("ruled", C, ruling="release")


def test_a_decision_that_is_in_force_is_not_decided_again():
    assert "deed_ruled_late" == log().confirmed().refused("ruled", C, ruling="dismiss")


def test_the_same_bytes_take_over_what_people_decided():
    one = log().confirmed().opened("00000000000b")
    one.do("inherited", case="00000000000b", outcome="confirmed", **{"from": CASE})
    one.do("ruled", C, "00000000000b", ruling="release").do("settled", case="00000000000b", later=30, ruling="release")
    one.do("reported", case="00000000000b", authority="x", reference="2")

    assert 1 == one.conduct.standing(NOW).reported


def test_nothing_is_taken_over_where_nobody_decided():
    one = log().opened("00000000000b")

    assert "deed_inherited_nothing" == one.refused(
        "inherited", case="00000000000b", outcome="confirmed", **{"from": CASE}
    )
    assert "deed_inherited_nothing" == one.refused("inherited", case="00000000000b", outcome="confirmed")


def test_an_answer_needs_a_report():
    assert "deed_acknowledged" == log().confirmed().refused("acknowledged", status="ok")


def test_an_appeal_is_decided_by_others():
    one = log().confirmed().do("reopened", C, appeal="a", deadline=NOW + 9)

    for person in (A, B):
        assert "deed_same_person" == one.refused("ruled", person, ruling="dismiss")
    one.decided(C, "dismiss", "dismissed")


def test_what_waits_is_not_reopened():
    assert "deed_reopened" == log().refused("reopened", C, appeal="a", deadline=NOW)


def test_nothing_is_destroyed_while_somebody_has_to_decide():
    assert "deed_destroyed_early" == log().refused("destroyed")
    one = log().confirmed().do("ruled", C, ruling="release")
    assert "deed_destroyed_early" == one.refused("destroyed")


def test_an_order_keeps_evidence_and_names_its_end():
    one = log().decided(A, "dismiss", "dismissed")
    assert "deed_retained_without_order" == one.refused("retained", C, until=NOW)
    one.do("retained", C, order="4711", until=NOW + 5_000)
    assert "deed_destroyed_held" == one.refused("destroyed")
    assert () == one.conduct.standing(NOW + 5_000).undestroyed
    one.do("destroyed", later=6_000)


@pytest.mark.parametrize("kind", ["viewed", "read", "sealed", "ruled", "reopened"])
def test_nothing_is_done_with_a_case_of_which_nothing_is_left(kind):
    one = log().decided(A, "dismiss", "dismissed").do("destroyed")

    assert one.refused(kind, C, ruling="confirm", deadline=NOW) in {"deed_after_destruction", "deed_reopened"}


def test_a_case_past_its_deadline_is_told():
    assert (CASE,) == log().conduct.standing(NOW + 100_001).overdue
    assert () == log().conduct.standing(NOW + 100_000).overdue


def test_a_dismissed_case_whose_key_is_still_there_is_told():
    one = log().decided(A, "dismiss", "dismissed")

    assert () == one.conduct.standing(NOW + 86_430).undestroyed
    assert (CASE,) == one.conduct.standing(NOW + 86_431).undestroyed
