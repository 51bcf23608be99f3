"""The tails and bounds against SciPy, and against what can be worked out by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kindward.policy import tails

scipy_stats = pytest.importorskip("scipy.stats", reason="SciPy is the oracle and comes with scikit-image")
shares = st.floats(-20, -0.001).map(lambda power: 10**power)


@settings(deadline=None)
@given(st.integers(1, 10**9), shares, st.floats(0, 1))
def test_a_binomial_tail_equals_the_oracles(trials, share, place):
    spread = math.sqrt(trials * share) + 1
    least = min(trials, max(0, round(trials * share + (place - 0.3) * 15 * spread)))
    expected = scipy_stats.binom.logsf(least - 1, trials, share)
    assume(expected > -600)

    assert expected == pytest.approx(tails.log_binomial_from(least, trials, share), rel=1e-6, abs=1e-9)


@settings(deadline=None)
@given(st.integers(1, 10**9), shares, st.floats(0, 1))
def test_the_lower_binomial_tail_equals_the_oracles(trials, share, place):
    most = round(min(trials * share * 2 * place, trials))
    expected = scipy_stats.binom.logcdf(most, trials, share)
    assume(expected > -600)

    assert expected == pytest.approx(tails.log_binomial_to(most, trials, share), rel=1e-6, abs=1e-9)


@settings(deadline=None)
@given(st.floats(-12, 3).map(lambda power: 10**power), st.floats(0, 1))
def test_a_poisson_tail_equals_the_oracles(mean, place):
    least = max(0, round(mean + (place - 0.3) * 15 * (math.sqrt(mean) + 1)))
    expected = scipy_stats.poisson.logsf(least - 1, mean)
    assume(expected > -600)

    assert expected == pytest.approx(tails.log_poisson_from(least, mean), rel=1e-6, abs=1e-9)


def test_tails_far_beyond_what_a_number_can_hold_are_still_told():
    assert -5000 > tails.log_poisson_from(1000, 1e-3) > -20_000
    assert math.log(1e-8**3 / 6) == pytest.approx(tails.log_poisson_from(3, 1e-8))
    assert 50 * math.log(1e-9) == pytest.approx(tails.log_binomial_from(50, 50, 1e-9))


@pytest.mark.parametrize(
    ("least", "trials", "share", "expected"),
    [
        (0, 10, 0.5, 0.0),
        (-3, 10, 0.5, 0.0),
        (11, 10, 0.5, -math.inf),
        (1, 10, 0.0, -math.inf),
        (10, 10, 1.0, 0.0),
        (1, 1, 0.25, math.log(0.25)),
        (2, 2, 0.5, math.log(0.25)),
        (1, 2, 0.5, math.log(0.75)),
    ],
)
def test_binomial_tails_that_can_be_worked_out_by_hand(least, trials, share, expected):
    assert expected == pytest.approx(tails.log_binomial_from(least, trials, share))


@pytest.mark.parametrize(
    ("most", "trials", "share", "expected"),
    [
        (10, 10, 0.5, 0.0),
        (3, 10, 0.0, 0.0),
        (-1, 10, 0.5, -math.inf),
        (3, 10, 1.0, -math.inf),
        (0, 1, 0.25, math.log(0.75)),
    ],
)
def test_lower_tails_that_can_be_worked_out_by_hand(most, trials, share, expected):
    assert expected == pytest.approx(tails.log_binomial_to(most, trials, share))


def test_a_poisson_tail_without_any_mean_is_nothing():
    assert -math.inf == tails.log_poisson_from(1, 0.0)
    assert 0.0 == tails.log_poisson_from(0, 0.0)


@settings(deadline=None)
@given(st.integers(1, 10**8), st.data(), st.sampled_from([0.8, 0.95, 0.99, 0.999]))
def test_the_bounds_equal_those_of_the_beta_distribution(trials, data, confidence):
    found = data.draw(st.integers(0, min(trials, 500)))
    beta = scipy_stats.beta
    high = beta.ppf(confidence, found + 1, trials - found) if found < trials else 1.0
    low = beta.ppf(1 - confidence, found, trials - found + 1) if found else 0.0

    assert high == pytest.approx(tails.upper_bound(found, trials, confidence), rel=1e-6)
    assert low == pytest.approx(tails.lower_bound(found, trials, confidence), rel=1e-6)


@pytest.mark.parametrize("trials", [1, 100, 3_000_000, 10**10])
def test_nothing_found_gives_the_closed_form_and_nearly_the_rule_of_three(trials):
    bound = tails.upper_bound(0, trials, 0.95)

    assert -math.expm1(math.log(0.05) / trials) == pytest.approx(bound, rel=1e-9)
    assert bound <= 3 / trials


def test_three_million_pictures_without_a_match_show_one_in_a_million():
    assert 1e-6 == pytest.approx(tails.upper_bound(0, 3_000_000, 0.95), rel=2e-3)


@settings(deadline=None)
@given(st.integers(1, 10**6), st.data(), st.floats(0.5, 0.999))
def test_more_found_never_lowers_a_bound(trials, data, confidence):
    found = data.draw(st.integers(0, min(trials - 1, 1000)))

    assert tails.upper_bound(found, trials, confidence) <= tails.upper_bound(found + 1, trials, confidence)
    assert tails.lower_bound(found, trials, confidence) <= tails.lower_bound(found + 1, trials, confidence)


@settings(deadline=None)
@given(st.integers(1, 10**6), st.data(), st.floats(0.5, 0.999))
def test_the_bounds_enclose_the_measured_share_and_narrow_with_more_pictures(trials, data, confidence):
    found = data.draw(st.integers(0, min(trials, 1000)))
    low, high = tails.lower_bound(found, trials, confidence), tails.upper_bound(found, trials, confidence)

    assert low <= found / trials * (1 + 1e-9)
    assert found / trials <= high
    assert tails.upper_bound(found, 2 * trials, confidence) <= high


@pytest.mark.parametrize(
    ("found", "trials", "confidence"), [(1, 0, 0.95), (2, 1, 0.95), (-1, 5, 0.95), (1, 5, 1.0), (1, 5, 0)]
)
def test_numbers_that_no_run_can_have_are_refused(found, trials, confidence):
    with pytest.raises(ValueError, match="must"):
        tails.upper_bound(found, trials, confidence)
    with pytest.raises(ValueError, match="must"):
        tails.lower_bound(found, trials, confidence)
