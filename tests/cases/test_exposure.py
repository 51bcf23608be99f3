"""What looking costs, and when it is enough."""

import pytest

from kindward.cases.exposure import DAY, WEEK, Budget, Exposure, left_today, pause_until, require_room, severe_again
from kindward.errors import StateError

NOW = 1_790_000_000
BUDGET = Budget(day=10, week=25, severe_weight=3, row=3, pause_seconds=600)


def spread(count, until=NOW, apart=3_600, **fields):
    return [Exposure(until - apart * (n + 1), 5, **fields) for n in range(count)]


def test_everything_may_be_opened_at_first():
    assert 10 == left_today([], NOW, BUDGET)


def test_severe_items_count_several_times():
    assert 10 - 1 - 3 == left_today([Exposure(NOW - 1, 5), Exposure(NOW - 2, 5, severe=True)], NOW, BUDGET)


def test_a_day_is_counted_backwards_from_now():
    old = [Exposure(NOW - DAY, 5)] * 4
    assert 10 == left_today(old, NOW, BUDGET)
    assert 6 == left_today(old, NOW - 1, BUDGET)


def test_a_week_stops_too():
    week = [Exposure(NOW - DAY - n, 5) for n in range(24)]

    assert 1 == left_today(week, NOW, BUDGET)
    assert 10 == left_today([Exposure(NOW - WEEK, 5)] * 24, NOW, BUDGET)


def test_it_is_never_less_than_nothing():
    assert 0 == left_today(spread(30, apart=60), NOW, BUDGET)


def test_it_is_enough_when_the_day_is_used_up():
    with pytest.raises(StateError) as refused:
        require_room(spread(10), NOW, BUDGET, severe=False)

    assert "exposure_enough" == refused.value.code


def test_what_is_left_may_be_too_little_for_something_severe():
    require_room(spread(8), NOW, BUDGET, severe=False)
    with pytest.raises(StateError) as refused:
        require_room(spread(8), NOW, BUDGET, severe=True)

    assert "exposure_enough" == refused.value.code


def test_after_a_row_of_items_a_pause_is_due():
    row = [Exposure(NOW - 100 + n, 10) for n in range(3)]

    assert NOW - 98 + 10 + 600 == pause_until(row, NOW, BUDGET)
    assert 0 == pause_until(row[:2], NOW, BUDGET)
    assert 0 == pause_until(row, NOW - 98 + 610, BUDGET)
    with pytest.raises(StateError) as refused:
        require_room(row, NOW, BUDGET, severe=False)
    assert ("exposure_pause", 9) == (refused.value.code, refused.value.facts["minutes"])


def test_a_pause_taken_before_counts():
    row = [Exposure(NOW - 2_000, 10), Exposure(NOW - 1_300, 10), Exposure(NOW - 10, 10)]

    assert 0 == pause_until(row, NOW, BUDGET)


def test_the_last_thing_opened_decides_whether_the_next_may_be_severe():
    assert not severe_again([])
    assert severe_again([Exposure(NOW, 5, severe=True), Exposure(NOW - 5, 5)])
    assert not severe_again([Exposure(NOW, 5), Exposure(NOW - 5, 5, severe=True)])
