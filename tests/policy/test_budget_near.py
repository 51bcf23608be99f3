"""Which pictures count as one."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from kindward.policy.near import NEAR, distance, groups


def flipped(value: bytes, bits: int, first: int = 0) -> bytes:
    return (int.from_bytes(value, "big") ^ (((1 << bits) - 1) << first)).to_bytes(32, "big")


def test_fingerprints_within_31_bits_are_one_picture_and_beyond_are_two(tmp_path):
    one = bytes(range(32))

    assert [0, 0] == groups([one, flipped(one, 31)], tmp_path)
    assert [0, 1] == groups([one, flipped(one, 32)], tmp_path)


def test_equal_fingerprints_are_one_picture_and_strangers_are_not(tmp_path):
    one, other = bytes(range(32)), bytes(reversed(range(100, 132)))

    assert [0, 1, 0, 1] == groups([one, other, one, other], tmp_path)


def test_a_chain_of_near_ones_is_one_picture(tmp_path):
    one = bytes(32)
    values = [one, flipped(one, 60), flipped(one, 30)]

    assert [0, 0, 0] == groups(values, tmp_path)


def test_no_fingerprints_have_no_groups(tmp_path):
    assert [] == groups([], tmp_path)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32), count=st.integers(1, 60))
def test_the_groups_are_those_of_a_plain_comparison_of_all_pairs(tmp_path_factory, seed, count):
    rng = random.Random(seed)
    centres = [rng.randbytes(32) for _ in range(5)]
    values = [flipped(rng.choice(centres), rng.randrange(40), rng.randrange(200)) for _ in range(count)]
    expected = list(range(count))
    for _ in range(count):
        for here in range(count):
            for there in range(count):
                if distance(values[here], values[there]) <= NEAR:
                    expected[here] = min(expected[here], expected[there])

    assert expected == groups(values, tmp_path_factory.mktemp("groups"))
