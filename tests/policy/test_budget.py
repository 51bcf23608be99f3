"""What a rate of false matches means for a service, against a table worked out by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kindward.policy.budget import (
    LARGEST_THRESHOLD,
    Crowd,
    Measured,
    Standing,
    alarms_a_day,
    pictures_needed,
    standing,
)

ACCOUNTS = 300e6
ORDINARY, BUSY = Crowd(ACCOUNTS, 100), Crowd(ACCOUNTS, 10_000)
UNEVEN = Crowd(ACCOUNTS, 100, riskier=1e-4, factor=1000)
UNEVEN_BUSY = Crowd(ACCOUNTS, 10_000, riskier=1e-4, factor=1000)

WORKED = {
    1e-4: (5, 5, 13, 28, 1148),
    1e-5: (3, 4, 7, 9, 150),
    1e-6: (3, 3, 5, 5, 28),
    1e-7: (2, 3, 3, 3, 9),
    1e-8: (2, 2, 3, 2, 5),
    1e-9: (2, 2, 2, 2, 3),
    1e-10: (2, 2, 2, 2, 2),
    1e-11: (2, 2, 2, 2, 2),
    1e-12: (1, 2, 2, 1, 2),
}
"""300 million accounts, epochs of 30 days: the threshold for each rate and each kind of crowd."""


@pytest.mark.parametrize("rate", WORKED)
def test_the_worked_table_of_thresholds_comes_out(rate):
    found = (
        ORDINARY.threshold(rate, 1),
        ORDINARY.threshold(rate, 0.01),
        BUSY.threshold(rate, 1),
        UNEVEN.threshold(rate, 1),
        UNEVEN_BUSY.threshold(rate, 1),
    )

    assert WORKED[rate] == found


@pytest.mark.parametrize(
    ("crowd", "rate", "threshold", "a_year"),
    [
        (ORDINARY, 1e-6, 1, 3.6e5),
        (BUSY, 1e-6, 1, 3.6e7),
        (ORDINARY, 1e-6, 2, 18),
        (BUSY, 1e-6, 2, 1.8e5),
        (ORDINARY, 1e-6, 3, 6e-4),
        (BUSY, 1e-6, 3, 600),
        (ORDINARY, 1e-6, 4, 1.5e-8),
        (BUSY, 1e-6, 4, 1.5),
        (ORDINARY, 1e-6, 5, 3e-13),
        (BUSY, 1e-6, 5, 3e-3),
        (ORDINARY, 1e-8, 2, 2e-3),
        (BUSY, 1e-8, 3, 6e-4),
        (BUSY, 1e-8, 5, 3e-13),
    ],
)
def test_the_worked_numbers_of_concerned_accounts_come_out(crowd, rate, threshold, a_year):
    assert a_year == pytest.approx(crowd.concerned(rate, threshold), rel=0.1)


@pytest.mark.parametrize(("threshold", "burst", "a_year"), [(5, 3, 2), (5, 5, 73_000), (10, 5, 0.73), (30, 5, 3.2e-22)])
def test_false_matches_in_bursts_undo_a_threshold(threshold, burst, a_year):
    crowd = Crowd(ACCOUNTS, 10_000, burst=burst)

    assert a_year == pytest.approx(crowd.concerned(1e-8, threshold), rel=0.1)


@pytest.mark.parametrize(("rate", "a_day"), [(1e-6, 1000), (1e-7, 100), (1e-8, 10), (1e-9, 1), (1e-12, 0.001)])
def test_a_single_match_as_alarm_gives_so_many_a_day(rate, a_day):
    assert a_day == pytest.approx(alarms_a_day(rate, 1e9))


def test_a_rate_of_one_and_an_impossible_target_have_no_threshold():
    assert Crowd(10, LARGEST_THRESHOLD * 2).threshold(1.0, 0.001) is None


def test_a_service_without_accounts_concerns_nobody():
    assert 0.0 == Crowd(0, 100).concerned(1e-3, 1)
    assert 1 == Crowd(0, 100).threshold(1e-3, 0.5)


crowds = st.builds(
    Crowd,
    accounts=st.floats(1, 1e10),
    pictures=st.floats(0.1, 1e5),
    epoch_days=st.floats(1, 400),
    burst=st.integers(1, 10),
    riskier=st.floats(0, 0.1),
    factor=st.floats(1, 1000),
)
rates = st.floats(-12, -2).map(lambda power: 10**power)


@settings(deadline=None)
@given(crowds, rates, st.integers(1, 200))
def test_a_larger_threshold_never_concerns_more_accounts(crowd, rate, threshold):
    assert crowd.concerned(rate, threshold + 1) <= crowd.concerned(rate, threshold) * (1 + 1e-9)


@settings(deadline=None)
@given(crowds, rates, st.integers(1, 200), st.floats(1, 100))
def test_a_larger_rate_never_concerns_fewer_accounts(crowd, rate, threshold, more):
    assert crowd.concerned(rate, threshold) <= crowd.concerned(rate * more, threshold) * (1 + 1e-9)


@settings(deadline=None)
@given(crowds, rates, st.floats(-4, 4).map(lambda power: 10**power))
def test_the_threshold_is_the_smallest_that_keeps_the_target(crowd, rate, target):
    threshold = crowd.threshold(rate, target)

    if threshold is None:
        assert crowd.concerned(rate, LARGEST_THRESHOLD) > target
        return
    assert crowd.concerned(rate, threshold) <= target
    assert threshold == 1 or crowd.concerned(rate, threshold - 1) > target


@settings(deadline=None)
@given(crowds, rates)
def test_more_than_every_account_in_every_epoch_is_never_concerned(crowd, rate):
    assert crowd.concerned(rate, 1) <= crowd.accounts * 365 / crowd.epoch_days * (1 + 1e-9)


@pytest.mark.parametrize(
    ("found", "pictures", "allowed", "expected"),
    [
        (0, 4_000_000, 1e-6, Standing.WITHIN),
        (0, 1_000, 1e-6, Standing.UNPROVEN),
        (1, 1_000, 1e-6, Standing.OVER),
        (1, 2_000_000, 1e-6, Standing.UNPROVEN),
        (1, 1_000_000, 1e-6, Standing.UNPROVEN),
        (50, 100_000_000, 1e-6, Standing.WITHIN),
    ],
)
def test_a_list_stands_to_its_budget_by_its_measured_rate_and_its_bound(found, pictures, allowed, expected):
    assert expected == standing(Measured(found, pictures), allowed)


def test_a_measured_rate_lies_between_its_bounds():
    measured = Measured(7, 10_000, 0.99)

    assert measured.low < measured.rate < measured.high
    assert 7e-4 == pytest.approx(measured.rate)


@pytest.mark.parametrize("allowed", [1e-3, 1e-6, 1e-8])
def test_so_many_pictures_without_a_match_are_just_enough(allowed):
    needed = pictures_needed(allowed, 0.95)

    assert Standing.WITHIN == standing(Measured(0, needed), allowed)
    assert Standing.UNPROVEN == standing(Measured(0, math.floor(needed * 0.999)), allowed)
