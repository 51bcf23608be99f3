"""Meta ThreatExchange without a network: what is asked, which place is kept, and where it ends."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from kindward.banks import Rejected
from kindward.banks.items import Kept
from kindward.banks.sources import Opinion, Response
from kindward.banks.sources.threatexchange import REMEMBERED, ThreatExchangeSource
from kindward.banks.sources.threatexchange_updates import read_update
from kindward.errors import ConfigError, ContentError, StateError

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def answering(*answers):
    """Answer each request with the next of these, and keep what was asked."""
    asked, coming = [], iter(answers)

    def transport(request):
        asked.append(request)
        return Response(200, {}, json.dumps(next(coming)).encode())

    transport.asked = asked
    return transport


def test_the_address_is_that_of_the_provider_unless_another_is_given():
    source = ThreatExchangeSource({"privacy_group": "7"}, {"token": "1|t"})
    transport = answering({"data": []})
    (page,) = source.changes({"since": 50, "at": int(NOW.timestamp())}, transport, NOW)
    (request,) = transport.asked
    fields = "id,indicator,type,last_updated,should_delete,descriptors{id,owner{id},status,tags,reactions}"
    query = urlencode({"start_time": "50", "limit": "500", "fields": fields})
    assert ("GET", f"https://graph.facebook.com/v26.0/7/threat_updates/?{query}") == (request.method, request.url)
    assert {"authorization": "Bearer 1|t", "accept": "application/json"} == request.headers
    assert {"since": 50, "at": int(NOW.timestamp()), "next": "", "newest": 0} == page.checkpoint


def test_the_checkpoints_within_and_after_an_update_say_where_it_is():
    source = ThreatExchangeSource({"privacy_group": "7"}, {"token": "1|t"})
    following = {"next": "https://graph.facebook.com/v26.0/7/threat_updates/?after=x&access_token=1%7Ct&b="}
    pages = source.changes(
        {},
        answering(
            {"data": [{"last_updated": "90"}, {"last_updated": 70}, 5], "paging": following},
            {"data": [{"last_updated": 80}], "paging": {}},
        ),
        NOW,
    )
    at = int(NOW.timestamp())
    assert [
        {"since": 0, "at": at, "next": "after=x&b=", "newest": 90},
        {"since": 90, "at": at, "next": "", "newest": 0},
    ] == [page.checkpoint for page in pages]


def test_the_checkpoint_of_a_whole_pass_is_that_of_its_newest_change():
    source = ThreatExchangeSource({"privacy_group": "7"}, {"token": "1|t"})
    later = NOW + timedelta(seconds=REMEMBERED + 1)
    old = {"since": 5, "at": int(NOW.timestamp())}
    following = {"next": "https://graph.facebook.com/?after=x"}
    transport = answering({"data": [{"last_updated": 90}], "paging": following}, {"data": [{"last_updated": 80}]})
    first, second = source.changes(old, transport, later)
    assert (old, False) == (first.checkpoint, first.whole)
    assert ({"since": 90, "at": int(later.timestamp()), "next": "", "newest": 0}, True) == (
        second.checkpoint,
        second.whole,
    )
    assert "start_time" not in transport.asked[0].url


def test_exactly_85_days_are_not_too_long():
    source = ThreatExchangeSource({"privacy_group": "7"}, {"token": "1|t"})
    later = NOW + timedelta(seconds=REMEMBERED)
    (page,) = source.changes({"since": 5, "at": int(NOW.timestamp())}, answering({"data": []}), later)
    assert not page.whole


def test_a_query_that_never_ends_is_refused():
    source = ThreatExchangeSource({"privacy_group": "7"}, {"token": "1|t"})
    endless = {"data": [], "paging": {"next": "https://graph.facebook.com/?after=" + "x" * 8_000}}
    with pytest.raises(ContentError):
        list(source.changes({}, answering(endless), NOW))


@pytest.mark.parametrize("paging", [None, [], {"next": None}, {"next": ""}, {"next": 5}, {"next": "no query"}])
def test_without_a_next_page_the_update_is_done(paging):
    source = ThreatExchangeSource({"privacy_group": "7"}, {"token": "1|t"})
    (page,) = source.changes({}, answering({"data": [], "paging": paging}), NOW)
    assert not page.checkpoint["next"]


@pytest.mark.parametrize("descriptor", ["x", "1/../2", "٣", "", None])
def test_a_descriptor_whose_id_is_no_number_is_asked_nothing(descriptor):
    source = ThreatExchangeSource({"privacy_group": "7"}, {"token": "1|t"})
    transport = answering({"descriptors": {"data": [{"id": descriptor}]}})
    with pytest.raises(StateError):
        source.tell(Opinion("1", "pdq/1", bytes(32), wrong=True), transport)
    assert 1 == len(transport.asked)


@pytest.mark.parametrize(
    ("settings", "secret", "hint"),
    [
        ({"privacy_group": "٣"}, "t", "It must be the number of a privacy group."),
        ({"privacy_group": "1" * 21}, "t", "It must be the number of a privacy group."),
        ({"privacy_group": "1"}, "tökén", "It must be an access token in one line."),
    ],
)
def test_what_a_setting_must_be_is_told(settings, secret, hint):
    with pytest.raises(ConfigError) as wrong:
        ThreatExchangeSource(settings, {"token": secret})
    assert hint == wrong.value.hint


def test_the_longest_kept_fingerprint_and_id_are_taken():
    said = {"descriptors": [{"owner": {"id": "1"}}]}
    record = {"id": "7" * 200, "type": "HASH_TMK", "indicator": "x" * 65_536} | said
    assert (Kept("tmk", "x" * 65_536),) == read_update(record, 1).kept
    assert Rejected(1, "fingerprint_unreadable") == read_update(record | {"indicator": "x" * 65_537}, 1)
    assert Rejected(1, "fingerprint_missing") == read_update(record | {"indicator": ""}, 1)
    assert Rejected(1, "record_without_id") == read_update(record | {"id": "7" * 201}, 1)


def test_the_name_of_a_kind_that_is_left_out_is_told_in_short():
    record = {"id": "7", "type": "URI" * 50, "indicator": "x", "descriptors": [{"owner": {"id": "1"}}]}
    assert Rejected(3, "signal_unsupported", {"signal": ("uri" * 50)[:40]}) == read_update(record, 3)


def test_a_reaction_is_sent_as_a_form():
    source = ThreatExchangeSource({"privacy_group": "7"}, {"token": "1|t"})
    transport = answering({"descriptors": {"data": [{"id": "21"}]}}, {"success": True})
    source.tell(Opinion("1", "pdq/1", bytes(32), wrong=True), transport)
    sent = transport.asked[1]
    assert ("POST", "https://graph.facebook.com/v26.0/21", b"reactions=DISAGREE_WITH_TAGS") == (
        sent.method,
        sent.url,
        sent.body,
    )
    assert {
        "authorization": "Bearer 1|t",
        "accept": "application/json",
        "content-type": "application/x-www-form-urlencoded",
    } == sent.headers


def test_an_item_whose_number_is_written_in_other_digits_is_asked_nothing():
    source, transport = ThreatExchangeSource({"privacy_group": "7"}, {"token": "1|t"}), answering()
    with pytest.raises(StateError):
        source.tell(Opinion("٣", "pdq/1", bytes(32), wrong=True), transport)
    assert [] == transport.asked
