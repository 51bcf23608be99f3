"""Every documented answer, and what follows from it."""

import pytest

from kindward.reports import Afterwards, afterwards
from kindward.reports.ncmec.codes import CODES, Means, meaning, problem


@pytest.mark.parametrize(
    ("number", "means"),
    [
        (0, Means.DONE),
        (1000, Means.RETRY),
        (1100, Means.RETRY),
        (1110, Means.RETRY),
        (1111, Means.RETRY),
        (1210, Means.RETRY),
        (1300, Means.RETRY),
        (2000, Means.STOP),
        (3000, Means.STOP),
        (3100, Means.STOP),
        (3300, Means.STOP),
        (4000, Means.BUG),
        (4100, Means.BUG),
        (4110, Means.BUG),
        (4200, Means.BUG),
        (5001, Means.GONE),
        (5002, Means.GONE),
        (5101, Means.RETRACTED),
        (5102, Means.FINISHED),
    ],
)
def test_every_documented_answer_has_its_meaning(number, means):
    assert means is meaning(number)
    assert CODES[number].words


def test_there_are_nineteen_of_them():
    assert 19 == len(CODES)


@pytest.mark.parametrize(
    ("number", "means"),
    [(1999, Means.RETRY), (2001, Means.STOP), (3999, Means.STOP), (4999, Means.BUG), (7, Means.RETRY)],
)
def test_an_answer_that_is_not_documented_is_judged_by_its_thousand(number, means):
    assert means is meaning(number)


@pytest.mark.parametrize(
    ("number", "code", "then"),
    [
        (1000, "authority_busy", Afterwards.RETRY),
        (2000, "authority_refused", Afterwards.STOP),
        (3100, "authority_refused", Afterwards.STOP),
        (4110, "authority_rejected", Afterwards.BUG),
        (5001, "authority_busy", Afterwards.RETRY),
        (5102, "authority_busy", Afterwards.RETRY),
    ],
)
def test_an_answer_that_is_no_success_becomes_an_error_that_says_what_to_do(number, code, then):
    error = problem(number)

    assert code == error.code
    assert then is afterwards(error)
    assert str(number) in str(error)
