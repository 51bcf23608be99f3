"""From what was handed over to the facts of a report: strict, within limits, and nothing of it in an error."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offices import PERSON, PROVIDER

from kindward.errors import ConfigError, ContentError
from kindward.reports.building import Added, Known, Piece, built, read_added, read_handed, read_provider
from kindward.reports.facts import IncidentKind, MeasureKind, Origin
from kindward.reports.files import Look
from kindward.reports.moments import Moment
from kindward.reports.occasions import Chat

NOW = 1_790_000_000
MARKER = "marker-77ef"


def handed(**changes):
    return read_handed(json.dumps({**PERSON, **changes}).encode())


def report(known=None, told=None, added=None):
    provider, basis = read_provider(PROVIDER)
    known = known or Known("0123456789ab", NOW, "http", (Look("1" * 16, entire=True),))
    pieces = [Piece.of("1" * 16, b"bytes")]
    return built(known, told, added or Added(), pieces, provider=provider, basis=basis, now=NOW + 60)


def test_what_was_handed_over_stands_in_the_report():
    made = report(told=handed(), added=read_added(b'{"measures": [{"kind": "removed"}], "elsewhere": []}'))

    assert "user-4711" == made.reported[0].account.identifier
    assert (50_123, Moment(1_789_884_000, 120)) == (
        made.reported[0].account.ips[0].port,
        made.reported[0].account.ips[0].at,
    )
    assert (Chat("Example Messenger"),) == made.occasions
    assert ("image/png", 5) == (made.files[0].media_type, made.files[0].size)
    assert ((MeasureKind.REMOVED,), ()) == (tuple(one.kind for one in made.measures), made.elsewhere)
    assert made.incident.at == made.files[0].uploaded_at


def test_without_a_record_the_report_names_nobody_and_says_so_of_nothing():
    made = report()

    assert ((), None, Moment(NOW)) == (made.reported, made.elsewhere, made.incident.at)


@pytest.mark.parametrize(
    ("source", "origin"),
    [
        ("http", Origin.OWN_INITIATIVE),
        ("notice:child", Origin.USER_NOTICE),
        ("notice:anonymous", Origin.USER_NOTICE),
        ("notice:partner", Origin.TRUSTED_PARTNER),
    ],
)
def test_how_it_became_known_follows_from_what_brought_the_case(source, origin):
    assert origin == report(Known("0123456789ab", NOW, source)).origin


def test_a_time_without_a_zone_is_said_to_have_none():
    told = handed(uploaded_at="2026-09-20T08:00:00")

    assert Moment(1_789_891_200, None) == told.uploaded_at


@pytest.mark.parametrize(
    ("record", "place"),
    [
        ({"account": None}, "record.account"),
        ({"account": {}, "occasions": [{"place": MARKER}]}, "record.occasions[0].place"),
        ({"account": {}, "occasions": [{"client": "x"}]}, "record.occasions[0].place"),
        ({"account": {}, "occasions": {}}, "record.occasions"),
        ({"account": {}, "public": "yes"}, "record.public"),
        ({"account": {"earlier_reports": [True]}}, "record.account.earlier_reports[0]"),
        ({"account": {"bio": "x" * 20_001}}, "record.account.bio"),
        ({"account": {"display_names": ["x"] * 1_001}}, "record.account.display_names"),
        ({"account": {"ips": [{"address": "x", "act": MARKER}]}}, "record.account.ips[0].act"),
        ({"account": {}, "uploaded_at": "1969-01-01"}, "record.uploaded_at"),
        ({"account": {}, "uploaded_at": 5}, "record.uploaded_at"),
        ({"account": {}, "recipients": [{}]}, "record.recipients[0].account"),
    ],
)
def test_a_wrong_field_is_named_by_its_place_and_never_repeated(record, place):
    with pytest.raises(ContentError) as refused:
        read_handed(json.dumps(record).encode())

    assert ("record_field_wrong", place) == (refused.value.code, refused.value.facts["place"])
    assert MARKER not in str(refused.value) + refused.value.hint


@pytest.mark.parametrize("data", [b"", b"[]", b"7", b"\xff", b"{" * 60_000, b" " * 70_000, b"[" * 60_000])
def test_what_is_no_record_is_refused(data):
    with pytest.raises(ContentError) as refused:
        read_handed(data)

    assert "record_field_wrong" == refused.value.code


NAMES = st.sampled_from(["account", "person", "ips", "at", "x"])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


@given(ANYTHING)
def test_any_json_is_read_or_refused(value):
    try:
        read_handed(json.dumps(value).encode())
    except ContentError as refused:
        assert "record_field_wrong" == refused.code  # noqa: PT017 - most records are refused, and that is right


@pytest.mark.parametrize(
    "change", [{"name": 7}, {"service": "post"}, {"unknown": "x"}, {"basis": {}}, {"basis": "x"}, {"contact": []}]
)
def test_settings_that_do_not_say_who_reports_are_refused(change):
    with pytest.raises(ConfigError) as refused:
        read_provider({**PROVIDER, **change})

    assert "provider_wrong" == refused.value.code


def test_what_people_add_has_a_kind_by_default():
    assert IncidentKind.KNOWN == read_added(b"{}").kind
    with pytest.raises(ContentError):
        read_added(b'{"kind": "guessed"}')
