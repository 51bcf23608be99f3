"""Each leaf has exactly one form in bytes, and only that form is read."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_logs import BKA, DAY, NCA

from kindward.errors import TrustError
from kindward.ledger import canonical, leaves
from kindward.ledger.leaves import Add, Attest, Canary, Release, Remove, decode, encode, payload
from kindward.ledger.names import REASONS, is_day, moment

ADD = Add(bytes(range(32)), "A1", (BKA, NCA), DAY)
REMOVE = Remove(7, "adult", (BKA, NCA), DAY)
RELEASE = Release(
    3,
    40,
    b"\1" * 32,
    30,
    5,
    1,
    {"list/0-4.kwc": "a" * 64, "list/9-40.kwc": "b" * 64},
    "c" * 64,
    "2026-11-24T08:30:00Z",
)
ATTEST = Attest(3, BKA, 6, b"\2" * 32, "ab" * 64)
CANARY = Canary(3, BKA, "d" * 64, {"beach": 96, "clinic": 101}, "cd" * 64)
ALL = [ADD, REMOVE, RELEASE, ATTEST, CANARY]
FORMS = {
    ADD: b'{"a":["bka.example","nca.example"],"c":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8","d":"2026-11-24",'
    b'"k":"A1","t":"add"}',
    REMOVE: b'{"a":["bka.example","nca.example"],"d":"2026-11-24","i":7,"r":"adult","t":"remove"}',
    ATTEST: b'{"a":"bka.example","c":6,"h":"' + b"02" * 32 + b'","n":3,"s":"' + b"ab" * 64 + b'","t":"attest"}',
}
names = st.lists(
    st.from_regex(r"[a-z0-9]([a-z0-9.-]{0,5}[a-z0-9])?", fullmatch=True), min_size=1, max_size=4, unique=True
)


@pytest.mark.parametrize(("leaf", "raw"), FORMS.items(), ids=["add", "remove", "attest"])
def test_a_leaf_has_this_form(leaf, raw):
    assert raw == encode(leaf)
    assert leaf == decode(raw)


@pytest.mark.parametrize("leaf", ALL, ids=lambda leaf: type(leaf).__name__)
def test_a_leaf_is_read_as_it_was_written(leaf):
    assert leaf == decode(encode(leaf))
    assert json.loads(encode(leaf)) == json.loads(canonical.canonical(json.loads(encode(leaf))))


def test_a_release_and_a_report_have_all_their_fields():
    assert {
        "t": "release",
        "n": 3,
        "s": 40,
        "h": "01" * 32,
        "active": 30,
        "added": 5,
        "removed": 1,
        "f": {"list/0-4.kwc": "a" * 64, "list/9-40.kwc": "b" * 64},
        "p": "c" * 64,
        "d": "2026-11-24T08:30:00Z",
    } == json.loads(encode(RELEASE))
    assert {
        "t": "canary",
        "n": 3,
        "a": BKA,
        "set": "d" * 64,
        "near": {"beach": 96, "clinic": 101},
        "s": "cd" * 64,
    } == json.loads(encode(CANARY))


@given(st.binary(min_size=32, max_size=32), names, st.text(max_size=20), st.dates())
def test_an_add_is_read_alike_by_the_pattern_and_by_the_general_way(commitment, authorities, category, day):
    add = Add(commitment, category, tuple(sorted(authorities)), day.isoformat())
    try:
        raw = encode(add)
    except TrustError:
        assert not (category and category.isprintable())
        return
    general = leaves._read_add(canonical.read(raw))

    assert add == decode(raw) == general
    assert raw == canonical.canonical(leaves._record(add))


def test_a_usual_add_is_read_and_written_without_the_general_way(monkeypatch):
    def general(_record):
        raise AssertionError

    monkeypatch.setattr(canonical, "read", general)
    monkeypatch.setattr(canonical, "canonical", general)

    assert FORMS[ADD] == encode(ADD)
    assert ADD == decode(FORMS[ADD])


@pytest.mark.parametrize("category", ["A1", "Bild, mit Ä", 'with "quotes"', "back\\slash", "ÿ", "日本", "x" * 200])
def test_a_category_may_be_any_short_text(category):
    assert category == decode(encode(replace(ADD, category=category))).category


@pytest.mark.parametrize(
    "leaf",
    [
        replace(ADD, category=""),
        replace(ADD, category="x" * 201),
        replace(ADD, category="ä" * 201),
        replace(ADD, category="a\nb"),
        replace(ADD, category="\ud800"),
        replace(ADD, commitment=bytes(31)),
        replace(ADD, commitment=bytes(33)),
        replace(ADD, authorities=()),
        replace(ADD, authorities=(NCA, BKA)),
        replace(ADD, authorities=(BKA, BKA)),
        replace(ADD, authorities=("BKA", NCA)),
        replace(ADD, authorities=("-a", NCA)),
        replace(ADD, authorities=("a-", NCA)),
        replace(ADD, authorities=("", NCA)),
        replace(ADD, authorities=("a" * 64,)),
        replace(ADD, authorities=tuple(f"a{number:03d}" for number in range(65))),
        replace(ADD, date="2026-02-30"),
        replace(ADD, date="20261124"),
        replace(ADD, date="2026-1-1"),
        replace(ADD, date=""),
        replace(REMOVE, index=-1),
        replace(REMOVE, index=2**53),
        replace(REMOVE, reason="whim"),
        replace(REMOVE, date="2026-11-31"),
        replace(RELEASE, number=-1),
        replace(RELEASE, size=-1),
        replace(RELEASE, root=bytes(31)),
        replace(RELEASE, active=-1),
        replace(RELEASE, added=-1),
        replace(RELEASE, removed=-1),
        replace(RELEASE, files={"": "a" * 64}),
        replace(RELEASE, files={"x" * 201: "a" * 64}),
        replace(RELEASE, files={"a\nb": "a" * 64}),
        replace(RELEASE, files={"a": "A" * 64}),
        replace(RELEASE, files={"a": "a" * 63}),
        replace(RELEASE, parameters="c" * 65),
        replace(RELEASE, date="2026-11-24"),
        replace(RELEASE, date="2026-11-24T08:30:00"),
        replace(RELEASE, date="2026-11-24T8:30:00Z"),
        replace(RELEASE, date="2026-13-24T08:30:00Z"),
        replace(ATTEST, number=-1),
        replace(ATTEST, authority="x y"),
        replace(ATTEST, count=-1),
        replace(ATTEST, root=bytes(33)),
        replace(ATTEST, signature=""),
        replace(ATTEST, signature="a"),
        replace(ATTEST, signature="AB"),
        replace(ATTEST, signature="ab" * 8193),
        replace(CANARY, number=-1),
        replace(CANARY, authority=""),
        replace(CANARY, canaries="d" * 63),
        replace(CANARY, near={"": 1}),
        replace(CANARY, near={"x" * 201: 1}),
        replace(CANARY, near={"a": -1}),
        replace(CANARY, signature="zz"),
    ],
)
def test_a_leaf_that_breaks_a_rule_of_form_is_not_written(leaf):
    with pytest.raises(TrustError) as refused:
        encode(leaf)
    assert "leaf_unreadable" == refused.value.code


def _changed(leaf, **fields):
    return canonical.canonical(json.loads(encode(leaf)) | fields)


def _without(leaf, key):
    record = json.loads(encode(leaf))
    del record[key]
    return canonical.canonical(record)


@pytest.mark.parametrize("leaf", ALL, ids=lambda leaf: type(leaf).__name__)
def test_a_leaf_with_another_key_or_without_one_is_not_read(leaf):
    for raw in [_changed(leaf, z=1), *(_without(leaf, key) for key in json.loads(encode(leaf)))]:
        with pytest.raises(TrustError, match="one form"):
            decode(raw)


@pytest.mark.parametrize("leaf", ALL, ids=lambda leaf: type(leaf).__name__)
@pytest.mark.parametrize("value", [None, True, 1.5, -1, "", [], {}, ["x"], {"x": "y"}, [1], {"x": 1.5}])
def test_a_value_of_another_kind_is_not_read(leaf, value):
    record = json.loads(encode(leaf))
    for key in record:
        raw = json.dumps(record | {key: value}, separators=(",", ":"), sort_keys=True).encode()
        harmless = (key in {"f", "near"} and value == {}) or (key == "a" and value == ["x"])
        if not harmless:
            with pytest.raises(TrustError):
                decode(raw)


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw + b" ",
        lambda raw: raw + b"\n",
        lambda raw: b" " + raw,
        lambda raw: raw.replace(b":", b": ", 1),
        lambda raw: raw.replace(b'"A1"', b'"\\u0041\\u0031"'),
        lambda raw: raw.replace(b'"A1"', '"Ä"'.encode()),
        lambda raw: raw.replace(b'{"a"', b'{"a":[],"a"'),
        lambda raw: raw.replace(b'"t":"add"', b'"t":"other"'),
        lambda raw: raw.replace(b"Hh8", b"Hh9"),  # other bits behind the last byte
        lambda raw: raw.replace(b"Hh8", b"Hh8="),
        lambda raw: raw.replace(b"Hh8", b"Hh"),
        lambda raw: raw.replace(b"AAEC", b"AA+C"),
        lambda raw: raw.replace(b"AAEC", b"AA\xff"),
        lambda raw: raw[:-1],
        lambda _: b"",
        lambda _: b"null",
        lambda _: b"[]",
        lambda _: b"1",
        lambda _: b"[" * 60_000,
        lambda _: b"1" * 60_000,
        lambda _: b"\xff\xfe",
        lambda raw: raw.decode().encode("utf-16"),
    ],
)
def test_another_form_of_the_same_leaf_is_not_read(change):
    with pytest.raises(TrustError) as refused:
        decode(change(FORMS[ADD]))
    assert "leaf_unreadable" == refused.value.code
    assert "its log was not written by kindward" in refused.value.hint


def test_a_leaf_may_be_65_535_bytes_long_and_no_longer():
    room = 65_535 - len(encode(replace(CANARY, near={})))
    near = {f"{number:05d}": 1000 for number in range(room // 13)}
    longest = replace(CANARY, near=near)
    rest = 65_535 - len(encode(longest))
    longest = replace(longest, signature=longest.signature + "ab" * (rest // 2))

    assert 65_534 <= len(encode(longest)) <= 65_535
    with pytest.raises(TrustError):
        encode(replace(longest, signature=longest.signature + "ab"))


def test_what_an_authority_signs_is_the_statement_without_its_signature():
    attest = b'{"a":"bka.example","c":6,"h":"' + b"02" * 32 + b'","n":3,"t":"attest"}'

    assert b"kindward/attest/1\n" + attest == payload(ATTEST)
    assert payload(CANARY).startswith(b'kindward/canary/1\n{"a":"bka.example","n":3,"near":{"beach":96,"clinic":101},')
    assert payload(CANARY) == payload(replace(CANARY, signature=""))
    assert payload(CANARY) != payload(replace(CANARY, near={"beach": 97, "clinic": 101}))


def test_every_reason_can_be_written():
    assert list(REASONS) == [decode(encode(replace(REMOVE, reason=reason))).reason for reason in REASONS]


@pytest.mark.parametrize("record", [{"a": 1.5}, {"a": True}, {1: "a"}, {"a": None}, {"a": [{"b": 1.0}]}, {"a": b"x"}])
def test_what_has_no_single_form_is_not_written(record):
    with pytest.raises(TypeError):
        canonical.canonical(record)


def test_days_and_moments_are_read_in_one_form_only():
    assert (True, False, False, False) == (is_day(DAY), is_day("2026-W48-2"), is_day("2026-11-24 "), is_day("x"))
    assert "2026-11-24T08:30:00+00:00" == moment("2026-11-24T08:30:00Z").isoformat()
    assert (None, None) == (moment("2026-11-24T08:30:61Z"), moment("2026-11-24T08:30:0Z"))
