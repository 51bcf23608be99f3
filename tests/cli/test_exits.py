"""One number that scripts can branch on."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kindward.cli import exits

STATUSES = [exits.NOTHING_FOUND, exits.FOUND, *exits.GRAVITY]


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([], 0),
        ([0, 0], 0),
        ([0, 1], 1),
        ([1, 65], 65),
        ([65, 77, 1], 77),
        ([65, 69], 69),
        ([69, 75], 75),
        ([75, 77], 77),
        ([77, 78], 78),
        ([78, 70], 70),
    ],
)
def test_the_gravest_status_decides(statuses, expected):
    assert expected == exits.gravest(statuses)


@given(some.lists(some.sampled_from(STATUSES)), some.randoms())
def test_the_order_of_the_inputs_does_not_matter(statuses, chance):
    mixed = list(statuses)
    chance.shuffle(mixed)
    assert exits.gravest(statuses) == exits.gravest(mixed)


@given(some.lists(some.sampled_from(STATUSES), min_size=1))
def test_an_error_is_never_hidden_by_a_finding_or_by_nothing(statuses):
    wrong = [status for status in statuses if status > 1]
    assert (exits.gravest(statuses) > 1) is bool(wrong)
