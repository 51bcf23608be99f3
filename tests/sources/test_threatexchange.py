"""Meta ThreatExchange against its stand-in, over real HTTP."""

from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kindward.banks import Rejected
from kindward.banks.items import Item, Kept
from kindward.banks.sources import Opinion, Request
from kindward.banks.sources.discovery import find
from kindward.banks.sources.threatexchange import REMEMBERED, ThreatExchangeSource
from kindward.banks.sources.threatexchange_updates import read_update
from kindward.errors import ConfigError, ContentError, RemoteError, StateError
from kindward.model import Entry
from kindward.sandbox import Fault, running
from kindward.sandbox.threatexchange import GROUP, TOKEN, VERSION, Descriptor, Indicator, invented, sandbox
from kindward.transport import HttpLimits, HttpTransport

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
QUICK = HttpLimits(connect=5, read=5, total=10, tries=5, pause=0.001, patience=1)


class Noting:
    """Carry requests as the real transport does and keep them for a look."""

    def __init__(self, transport):
        self._transport = transport
        self.requests: list[Request] = []

    def __call__(self, request):
        self.requests.append(request)
        return self._transport(request)


class Provider:
    def __init__(self, group, url, transport):
        self.group, self.url, self.transport = group, url, transport
        self.source = ThreatExchangeSource({"privacy_group": GROUP, "url": f"{url}/{VERSION}/"}, {"token": TOKEN})
        self.state: dict[str, Item] = {}
        self.checkpoint = {}

    def update(self, pages=None, now=NOW):
        """Follow the source as a subscription does and keep the present state of every item."""
        taken = []
        for page in self.source.changes(self.checkpoint, self.transport, now):
            assert page.found == len(page.items) + len(page.rejected)
            if page.whole:
                named = {item.id for one in [*taken, page] for item in one.items}
                self.state = {item_id: item for item_id, item in self.state.items() if item_id in named}
            for item in page.items:
                self.state[item.id] = item
            taken.append(page)
            self.checkpoint = page.checkpoint
            if len(taken) == pages:
                break
        self.state = {item_id: item for item_id, item in self.state.items() if item.entries or item.kept}
        return taken


@pytest.fixture
def make():
    """Give a maker of a provider with invented records, served over HTTP."""
    with ExitStack() as stack:

        def made(records=0, *, page=1000):
            group = sandbox(records)
            group.page_most = page
            url = stack.enter_context(running(group.app))
            transport = stack.enter_context(HttpTransport(QUICK, sleep=lambda _: None))
            return Provider(group, url, Noting(transport))

        yield made


def put(group, number, *descriptors, kind="HASH_PDQ", value=None):
    said = descriptors or (Descriptor(str(800 + number)),)
    group.put(Indicator(str(number), kind, value or invented(number), 0, tuple(said)))


def test_the_source_is_found_by_its_name():
    assert ThreatExchangeSource is find("threatexchange")


@pytest.mark.parametrize("page", [1, 7, 100])
def test_everything_is_read_page_by_page_and_nothing_twice(make, page):
    provider = make(40, page=page)
    pages = provider.update()
    assert ({str(number) for number in range(1, 41)}, 40) == (set(provider.state), sum(one.found for one in pages))
    assert -(-40 // page) == len(pages)


def test_the_next_update_asks_only_for_what_is_new(make):
    provider = make(10)
    provider.update()
    put(provider.group, 99)
    (page,) = provider.update()
    # The newest change known is told again, because others may have happened in the same second.
    assert ["10", "99"] == [item.id for item in page.items]
    assert "99" in provider.state


def test_a_record_from_the_future_does_not_hide_what_comes_after_it(make):
    provider = make()
    provider.group.now = int(NOW.timestamp()) + 10_000_000
    put(provider.group, 1)
    provider.update()
    provider.group.now = int(NOW.timestamp()) + 60
    put(provider.group, 2)
    provider.update()
    assert {"1", "2"} == set(provider.state)


def test_a_deleted_record_withdraws_its_item(make):
    provider = make(5)
    provider.update()
    provider.group.delete("3")
    (page,) = provider.update()
    assert Item("3", reason="withdrawn_by_source") == page.items[-1]
    assert "3" not in provider.state


def test_a_record_that_shows_no_descriptor_any_more_is_withdrawn(make):
    provider = make(5)
    provider.update()
    provider.group.put(Indicator("3", "HASH_PDQ", invented(3), 0, ()))
    provider.update()
    assert "3" not in provider.state


def test_an_update_that_was_cut_off_goes_on_with_the_next_page(make):
    provider = make(10, page=3)
    provider.update(pages=2)
    read = len(provider.transport.requests)
    provider.update()
    assert {str(number) for number in range(1, 11)} == set(provider.state)
    assert 2 == len(provider.transport.requests) - read


def test_a_place_that_has_run_out_is_read_again_from_the_last_time_known(make):
    provider = make(10, page=3)
    provider.update(pages=2)
    provider.group.expire_cursors()
    provider.update()
    assert {str(number) for number in range(1, 11)} == set(provider.state)


def test_after_85_days_everything_is_read_as_a_whole_because_withdrawals_are_forgotten(make):
    provider = make(6, page=2)
    provider.update()
    provider.group.delete("2")
    provider.group.now += 91 * 86_400
    put(provider.group, 50)
    pages = provider.update(now=NOW + timedelta(seconds=REMEMBERED + 1))
    assert [False, False, True] == [page.whole for page in pages]
    assert {"1", "3", "4", "5", "6", "50"} == set(provider.state)


def test_a_whole_pass_that_was_cut_off_begins_anew(make):
    provider = make(6, page=2)
    provider.update()
    before, later = provider.checkpoint, NOW + timedelta(days=100)
    provider.update(pages=2, now=later)
    assert before == provider.checkpoint
    assert provider.update(now=later)[-1].whole
    assert not provider.update(now=later)[-1].whole


def test_the_token_stands_in_no_address_and_in_no_checkpoint(make):
    provider = make(10, page=3)
    provider.update(pages=2)
    assert "next" in provider.checkpoint
    provider.update()
    told = [request.url for request in provider.transport.requests] + provider.group.faults.requests
    secret = TOKEN.partition("|")[2]
    assert not [
        text for text in (*told, repr(provider.checkpoint), repr(provider.transport.requests)) if secret in text
    ]
    assert {f"Bearer {TOKEN}"} == {request.headers["authorization"] for request in provider.transport.requests}


def test_a_next_page_on_another_host_is_asked_for_at_ours(make):
    provider = make(4)
    real = provider.transport

    def bent(request):
        response = real(request)
        if "after=" in request.url:
            return response
        address = b"https://elsewhere.example/x?after=1.2&access_token=t"
        body = response.body.replace(b'"paging":{', b'"paging":{"next":"%b",' % address)
        return replace(response, body=body)

    provider.transport = bent
    provider.update()
    assert {provider.url} == {"/".join(request.url.split("/")[:3]) for request in real.requests}


def test_a_provider_that_sends_us_in_a_circle_is_left(make):
    provider = make(4, page=2)
    real, answers = provider.transport, []

    def circling(request):
        answers.append(real(request))
        return answers[0]

    provider.transport = circling
    with pytest.raises(ContentError) as ended:
        provider.update()
    assert ("answers_without_end", 2) == (ended.value.code, len(answers))


def test_votes_are_counted_by_member_and_reactions_count_for_those_who_described_nothing(make):
    provider = make()
    put(
        provider.group,
        1,
        Descriptor("1", "11", "MALICIOUS", ("b", "a c"), {"HELPFUL": ("13", "11"), "DISAGREE_WITH_TAGS": ("14",)}),
        Descriptor("2", "12", "MALICIOUS", ("a",), {"DISAGREE_WITH_TAGS": ("14", "12"), "SAW_THIS_TOO": ("15",)}),
        Descriptor("3", "12", "MALICIOUS"),
    )
    provider.update()
    assert (
        Entry(
            "1",
            "pdq/1",
            bytes.fromhex(invented(1)),
            source="threatexchange",
            severity="threatexchange:DISPUTED",
            note="tags=a a_c b",
            positive=3,
            negative=1,
        ),
    ) == provider.state["1"].entries


@pytest.mark.parametrize(
    ("statuses", "category", "votes"),
    [
        (["MALICIOUS"], "POSITIVE_CLASS", (1, 0)),
        (["MALICIOUS", "MALICIOUS"], "POSITIVE_CLASS", (2, 0)),
        (["SUSPICIOUS"], "INVESTIGATION_SEED", (0, 0)),
        (["UNKNOWN", "MALICIOUS"], "POSITIVE_CLASS", (1, 0)),
        (["UNKNOWN", "NON_MALICIOUS"], "DISPUTED", (0, 1)),
        (["MALICIOUS", "NON_MALICIOUS"], "DISPUTED", (1, 1)),
    ],
)
def test_the_severity_is_the_one_that_the_exported_lists_of_the_same_tool_have(make, statuses, category, votes):
    provider = make()
    put(provider.group, 1, *(Descriptor(str(n), str(n), status) for n, status in enumerate(statuses, 1)))
    provider.update()
    (entry,) = provider.state["1"].entries
    assert (f"threatexchange:{category}", votes) == (entry.severity, (entry.positive, entry.negative))


def test_an_item_that_all_members_call_harmless_is_withdrawn(make):
    provider = make()
    put(provider.group, 1)
    provider.update()
    assert "1" in provider.state
    put(provider.group, 1, Descriptor("1", "11", "NON_MALICIOUS"), Descriptor("2", "12", "NON_MALICIOUS"))
    pages = provider.update()
    assert Item("1", reason="opinion_negative", deciders=("11", "12")) == pages[-1].items[-1]
    assert {} == provider.state


@pytest.mark.parametrize(
    ("kind", "width"),
    [
        ("HASH_PDQ", 32),
        ("HASH_MD5", 16),
        ("HASH_VIDEO_MD5", 16),
        ("HASH_SHA1", 20),
        ("HASH_SHA256", 32),
        ("HASH_VIDEO_SHA256", 32),
    ],
)
@pytest.mark.parametrize("change", [str.lower, str.upper])
def test_d8_every_kind_is_matched_in_large_and_small_letters(make, kind, width, change):
    provider = make()
    put(provider.group, 1, kind=kind, value=change(invented(1, width)))
    provider.update()
    (entry,) = provider.state["1"].entries
    assert ("pdq/1" if kind == "HASH_PDQ" else "digest/1", bytes.fromhex(invented(1, width))) == (
        entry.signal,
        entry.value,
    )


@pytest.mark.parametrize("kind", ["HASH_TMK", "HASH_PHOTODNA", "HASH_VPDQ", "HASH_NEW_KIND"])
def test_fingerprints_of_other_kinds_are_kept(make, kind):
    provider = make()
    put(provider.group, 1, kind=kind, value="AbC+/=")
    provider.update()
    assert Item("1", (), (Kept(kind.removeprefix("HASH_").lower(), "AbC+/="),)) == provider.state["1"]


def test_what_is_no_fingerprint_of_a_picture_or_a_film_is_counted_and_left_out(make):
    provider = make()
    put(provider.group, 1, kind="URI", value="https://example.org/")
    put(provider.group, 2, kind="HASH_TEXT_TLSH", value="T1")
    put(provider.group, 3, kind="HASH_PDQ", value="zz")
    put(provider.group, 4, kind="HASH_MD5", value="00" * 16)
    put(provider.group, 5)
    (page,) = provider.update()
    assert [
        Rejected(1, "signal_unsupported", {"signal": "uri"}),
        Rejected(2, "signal_unsupported", {"signal": "hash_text_tlsh"}),
        Rejected(3, "fingerprint_unreadable"),
        Rejected(4, "fingerprint_empty"),
    ] == list(page.rejected)
    assert (5, ["5"]) == (page.found, [item.id for item in page.items])


@pytest.mark.parametrize(
    "record",
    [
        None,
        5,
        [],
        {},
        {"id": ""},
        {"id": {}},
        {"id": "9" * 201},
        {"id": "1", "should_delete": "perhaps"},
        {"id": "1", "descriptors": {"data": [{"owner": {"id": "1"}}]}},
        {"id": "1", "type": "HASH_PDQ", "descriptors": [{"owner": {"id": "1"}}]},
    ],
)
def test_a_record_of_another_form_is_rejected(record):
    assert isinstance(read_update(record, 7), Rejected)


@pytest.mark.parametrize("descriptors", [None, [], {}, {"data": None}, {"data": [{}, 5, {"owner": {}}, {"owner": 5}]}])
def test_a_record_without_a_visible_owner_is_withdrawn(descriptors):
    record = {"id": "1", "type": "HASH_PDQ", "indicator": invented(1), "descriptors": descriptors}
    assert Item("1", reason="withdrawn_by_source") == read_update(record, 1)


def test_a_busy_or_failing_provider_is_asked_again(make):
    provider = make(10, page=3)
    provider.group.faults.add(Fault(status=429, headers={"retry-after": "1"}), Fault(status=500), Fault(truncated=True))
    provider.update()
    assert 10 == len(provider.state)


@pytest.mark.parametrize(
    ("fault", "error", "code"),
    [
        (Fault(status=403), RemoteError, "remote_refused"),
        (Fault(status=404), RemoteError, "remote_failed"),
        (Fault(body=b"<html>"), ContentError, "answer_unreadable"),
        (Fault(body=b'{"data": 5}'), ContentError, "answer_unreadable"),
        (Fault(body=b"[]"), ContentError, "answer_unreadable"),
        (Fault(body=b"[" * 100_000), ContentError, "answer_unreadable"),
    ],
)
def test_what_the_provider_cannot_mean_is_an_error_and_the_place_is_kept(make, fault, error, code):
    provider = make(10, page=3)
    provider.update(pages=1)
    before = provider.checkpoint
    provider.group.faults.always = fault
    with pytest.raises(error) as problem:
        provider.update()
    assert (code, before) == (problem.value.code, provider.checkpoint)
    provider.group.faults.clear()
    provider.update()
    assert 10 == len(provider.state)


def test_a_wrong_token_is_told_and_not_repeated(make):
    provider = make(1)
    source = ThreatExchangeSource({"privacy_group": GROUP, "url": f"{provider.url}/{VERSION}"}, {"token": "1|another"})
    with pytest.raises(RemoteError) as refused:
        list(source.changes({}, provider.transport, NOW))
    assert ("remote_refused", False) == (refused.value.code, "another" in f"{refused.value} {refused.value.hint}")


@pytest.mark.parametrize(
    ("settings", "secrets", "code"),
    [
        ({}, {"token": "t"}, "source_setting_missing"),
        ({"privacy_group": "1"}, {}, "source_setting_missing"),
        ({"privacy_group": "1", "group": "1"}, {"token": "t"}, "source_setting_unknown"),
        ({"privacy_group": "1"}, {"token": "t", "password": "p"}, "source_setting_unknown"),
        ({"privacy_group": "me/../1"}, {"token": "t"}, "source_setting_wrong"),
        ({"privacy_group": "1"}, {"token": "a\nb"}, "source_setting_wrong"),
    ],
)
def test_wrong_settings_are_told_before_anything_is_asked(settings, secrets, code):
    with pytest.raises(ConfigError) as wrong:
        ThreatExchangeSource(settings, secrets)
    assert code == wrong.value.code


@pytest.mark.parametrize(("wrong", "word"), [(True, "DISAGREE_WITH_TAGS"), (False, "HELPFUL")])
def test_an_opinion_becomes_a_reaction_to_every_descriptor(make, wrong, word):
    provider = make()
    put(provider.group, 1, Descriptor("21", "11"), Descriptor("22", "12"))
    provider.source.tell(Opinion("1", "pdq/1", bytes(32), wrong, "a cat"), provider.transport)
    assert [("21", word), ("22", word)] == provider.group.reactions
    assert [
        f"GET /{VERSION}/1?fields=descriptors%7Bid%2Cowner%7Bid%7D%7D",
        f"POST /{VERSION}/21",
        f"POST /{VERSION}/22",
    ] == provider.group.faults.requests


def test_an_item_of_which_nothing_is_shown_cannot_be_told_about(make):
    provider = make()
    put(provider.group, 1)
    provider.group.records["1"] = replace(provider.group.records["1"], descriptors=())
    with pytest.raises(StateError) as refused:
        provider.source.tell(Opinion("1", "pdq/1", bytes(32), wrong=True), provider.transport)
    assert (
        "feedback_item_unknown",
        "The source threatexchange does not know the item 1 any more.",
        "Nothing is left to report; it is withdrawn with the next update.",
    ) == (refused.value.code, refused.value.sentence, refused.value.hint)


@pytest.mark.parametrize("item", ["7", "../secret", "1?fields=x", ""])
def test_an_opinion_about_an_item_that_is_gone_is_told_as_such(make, item):
    provider = make(0)
    with pytest.raises((StateError, RemoteError)):
        provider.source.tell(Opinion(item, "pdq/1", bytes(32), wrong=True), provider.transport)
    assert all("secret" not in request.url for request in provider.transport.requests)


@pytest.mark.parametrize(
    "checkpoint",
    [{}, {"since": "x"}, {"since": -1}, {"since": None, "next": 5, "newest": True}, {"since": [], "at": {}}],
)
def test_a_checkpoint_of_another_form_is_the_beginning(make, checkpoint):
    provider = make(3)
    provider.checkpoint = checkpoint
    provider.update()
    assert {"1", "2", "3"} == set(provider.state)


def test_the_stand_in_answers_the_published_client_of_the_provider(make, monkeypatch):
    """What the real client reads from the stand-in is what we read, so the stand-in speaks the protocol."""
    api = pytest.importorskip(
        "threatexchange.exchanges.clients.fb_threatexchange.api", reason="threatexchange is not installed"
    )
    from threatexchange.exchanges.clients.fb_threatexchange.threat_updates import ThreatUpdateJSON
    from threatexchange.exchanges.impl.fb_threatexchange_api import FBThreatExchangeIndicatorRecord

    provider = make(12, page=5)
    provider.group.delete("4")
    put(provider.group, 5, Descriptor("1", "11", "NON_MALICIOUS"))
    client = api.ThreatExchangeAPI(TOKEN, endpoint_override=f"{provider.url}/{VERSION}")
    updates = [
        update
        for batch in client.get_threat_updates(
            int(GROUP),
            page_size=5,
            fields=FBThreatExchangeIndicatorRecord.te_threat_updates_fields(),
            decode_fn=ThreatUpdateJSON,
        )
        for update in batch
    ]
    read = {str(update.id): FBThreatExchangeIndicatorRecord.from_threatexchange_json(1, update) for update in updates}
    provider.update()
    assert set(provider.state) | {"4", "5"} == set(read)
    assert (None, "NEGATIVE_CLASS") == (read["4"], read["5"].opinions[0].category.name)
