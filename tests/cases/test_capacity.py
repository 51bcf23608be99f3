"""The law of capacity."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_cases import NOW, case, match

from kindward.cases import CaseKind
from kindward.cases.capacity import DAY, Alarms, Capacity, Tightening, left_out, tightened

SMALL = Capacity(2, 5)


def test_capacity_is_people_times_what_each_may_open():
    assert 10 == SMALL.a_day


def test_nothing_tightens_while_people_can_decide_it_all():
    assert tightened(Alarms(5, {31: 5}), NOW, SMALL) is None


def test_the_farthest_are_left_out_first():
    tight = tightened(Alarms(0, {4: 3, 20: 5, 28: 3, 31: 4}), NOW, SMALL)

    assert (27, NOW, NOW + DAY, 15, 10) == (tight.distance, tight.since, tight.until, tight.alarms, tight.capacity)


def test_equal_looks_stay_even_in_a_flood():
    assert 0 == tightened(Alarms(0, {0: 500}), NOW, SMALL).distance
    assert 0 == tightened(Alarms(900, {9: 1}), NOW, SMALL).distance


def test_it_ends_by_itself():
    tight = Tightening(20, NOW, NOW + 10, 15, 10)

    assert [False, True, True, False] == [tight.holds(NOW + n) for n in (-1, 0, 9, 10)]
    assert not left_out(case(matches=(match(25),)), tight, NOW + 10)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"matches": (match(21),)}, True),
        ({"matches": (match(20),)}, False),
        ({"matches": (match(25), match(3, bank="other"))}, False),
        ({"matches": (match(25), match(0, "digest/1"))}, False),
        ({"matches": (match(25),), "urgent": "threat"}, False),
        ({"matches": (), "kind": CaseKind.NOTICE}, False),
    ],
)
def test_only_far_likenesses_are_left_out(fields, expected):
    assert expected == left_out(case(**fields), Tightening(20, NOW, NOW + 10, 15, 10), NOW)


def test_without_a_tightening_nothing_is_left_out():
    assert not left_out(case(matches=(match(31),)), None, NOW)


@given(st.integers(0, 50), st.dictionaries(st.integers(0, 31), st.integers(1, 40)), st.integers(0, 60))
def test_what_is_left_fits_or_is_as_near_as_can_be(always, by_distance, a_day):
    alarms = Alarms(always, by_distance)
    tight = tightened(alarms, NOW, Capacity(1, a_day))
    if alarms.all <= a_day:
        assert tight is None
        return
    left = always + sum(count for bits, count in by_distance.items() if bits <= tight.distance)
    more = always + sum(count for bits, count in by_distance.items() if bits <= tight.distance + 1)
    assert left <= a_day or tight.distance == 0
    assert more > a_day
