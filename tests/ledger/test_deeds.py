"""Leaves of the audit log: one form, no content, a chain, and commitments that can be forgotten."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindward.errors import TrustError
from kindward.ledger.deeds import FIRST, Deed, DeedKind, commitment, link, parse, write

DEED = Deed(DeedKind.RULED, 1_790_000_000, "p-aaaaaa", "00000000000a", {"ruling": "confirm", "n": 3}, "ab" * 32)


def test_a_leaf_comes_back_as_it_was_written():
    assert DEED == parse(write(DEED))


def test_a_leaf_has_one_form_and_the_next_names_it():
    raw = write(DEED)
    assert (
        b'{"at":1790000000,"before":"' + FIRST.encode() + b'","by":"p-aaaaaa","case":"00000000000a","do":"ruled",'
        b'"facts":{"n":3,"ruling":"confirm"},"sealed":"' + b"ab" * 32 + b'"}'
    ) == raw
    assert link(raw) != link(raw[:-1])
    assert 64 == len(link(raw))


@given(
    st.builds(
        Deed,
        st.sampled_from(DeedKind),
        st.integers(0, 2**40),
        st.text("abcdefghij-", min_size=1, max_size=30),
        st.text("0123456789abcdef", max_size=12),
        st.dictionaries(st.text("abc", min_size=1, max_size=9), st.integers(-5, 5) | st.text("äbc", max_size=9)),
        st.sampled_from(["", "ab" * 32]),
        st.sampled_from([FIRST, "cd" * 32]),
    )
)
def test_every_leaf_comes_back(deed):
    assert deed == parse(write(deed))


@pytest.mark.parametrize(
    "fields",
    [
        {"facts": {"a": 1.5}},
        {"facts": {"a": True}},
        {"facts": {"a": None}},
        {"facts": {"a": "x" * 201}},
        {"facts": {"a": "line\nline"}},
        {"facts": {f"{n}": n for n in range(33)}},
        {"by": ""},
        {"sealed": "zz"},
        {"before": "short"},
        {"at": "now"},
    ],
)
def test_what_has_no_place_in_a_leaf_is_not_written(fields):
    with pytest.raises((ValueError, TypeError)):
        write(Deed(**{"do": DEED.do, "at": DEED.at, "by": DEED.by, **fields}))


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw[:-1],
        lambda raw: raw + b" ",
        lambda raw: raw.replace(b'"n":3', b'"n":3.0'),
        lambda raw: raw.replace(b'"ruled"', b'"dreamt"'),
        lambda raw: raw.replace(b'"by":"p-aaaaaa",', b""),
        lambda raw: raw.replace(b'"case"', b'"kase"'),
        lambda _: b"[]",
        lambda _: b"",
        lambda _: b"\xff",
    ],
)
def test_a_leaf_in_any_other_form_is_refused(change):
    with pytest.raises(TrustError) as refused:
        parse(change(write(DEED)))

    assert "deed_unreadable" == refused.value.code


def test_a_commitment_says_nothing_without_its_salt():
    one, other = commitment(b"who it was", b"a" * 32), commitment(b"who it was", b"b" * 32)

    assert one != other
    assert one == commitment(b"who it was", b"a" * 32)
    assert one != commitment(b"who it wasn't", b"a" * 32)
    with pytest.raises(ValueError, match="rule"):
        commitment(b"who it was", b"short")
