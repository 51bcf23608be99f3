"""Two entries for one item and value become one, and nothing that either says is lost."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindward.banks.columnar import merge
from kindward.model import Entry

ENTRY = Entry("e1", "pdq/1", bytes(32), source="a", added="2026-01-02", expires="2027-01-01")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("2027-01-01", "2028-01-01", "2028-01-01"),
        ("2027-01-01", "", ""),
        ("", "2027-01-01", ""),
        ("", "", ""),
    ],
)
def test_an_entry_that_one_of_them_never_lets_expire_does_not_expire(one, other, expected):
    assert expected == merge(replace(ENTRY, expires=one), replace(ENTRY, expires=other)).expires


def test_what_both_say_stands_in_the_one():
    other = replace(ENTRY, source="b", added="2026-01-01", confirmed_by=("y", "x"), positive=2, negative=1)
    made = merge(replace(ENTRY, confirmed_by=("z",), negative=3), other)

    assert ("2026-01-01", ("x", "y", "z"), 2, 3) == (made.added, made.confirmed_by, made.positive, made.negative)
    assert {"a", "b"} == set(made.source.split(" | "))


DAYS = st.sampled_from(["", "2026-01-01", "2027-01-01"])
ENTRIES = st.builds(
    lambda source, added, expires, votes: replace(
        ENTRY, source=source, added=added, expires=expires, positive=votes, negative=votes
    ),
    st.sampled_from(["a", "b", "c"]),
    DAYS,
    DAYS,
    st.integers(0, 3),
)


@given(st.lists(ENTRIES, min_size=3, max_size=3))
def test_the_order_in_which_they_come_does_not_matter(entries):
    made = set()
    for first, second, third in itertools.permutations(entries):
        one = merge(merge(first, second), third)
        made.add(replace(one, source=" | ".join(sorted(one.source.split(" | ")))))

    assert 1 == len(made)
    assert merge(entries[0], entries[0]) == entries[0]
