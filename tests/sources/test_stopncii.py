"""StopNCII.org against its stand-in, over real HTTP: adults' pictures, and consent that can be withdrawn."""

import json
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kindward.banks import Rejected
from kindward.banks.items import Item, Kept
from kindward.banks.sources import Opinion, Response
from kindward.banks.sources.discovery import find
from kindward.banks.sources.stopncii import TOKEN_SECONDS, StopNciiSource, item_id_of, read_record
from kindward.errors import ConfigError, ContentError, RemoteError, StateError
from kindward.model import Decision, Entry, Match, Trust, View
from kindward.policy import load_policy
from kindward.sandbox import Fault, running
from kindward.sandbox.stopncii import FEEDBACK, FETCH, SUBSCRIPTION, Submitted, invented, sandbox
from kindward.transport import HttpLimits, HttpTransport

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
QUICK = HttpLimits(connect=5, read=5, total=10, tries=5, pause=0.001, patience=1)
SECRETS = {"subscription_key": SUBSCRIPTION, "fetch_key": FETCH}


class Provider:
    def __init__(self, listed, url, transport):
        self.listed, self.url, self.transport, self.now = listed, url, transport, NOW
        self.source = StopNciiSource({"url": f"{url}/v1/"}, SECRETS)
        self.state: dict[str, Item] = {}
        self.checkpoint = {}

    def update(self, pages=None):
        """Follow the source as a subscription does and keep the present state of every item."""
        taken = []
        for page in self.source.changes(self.checkpoint, self.transport, self.now):
            assert page.found == len(page.items) + len(page.rejected)
            self.state |= {item.id: item for item in page.items}
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

        def made(records=0):
            listed = sandbox(records)
            url = stack.enter_context(running(listed.app))
            return Provider(listed, url, stack.enter_context(HttpTransport(QUICK, sleep=lambda _: None)))

        yield made


def record(**fields):
    return {
        "signalType": "ImagePDQ",
        "hashValue": invented(1),
        "hashStatus": "Active",
        "lastModtimestamp": 5,
        "caseNumbers": {},
        "CSPFeedbacks": [],
        **fields,
    }


def test_the_source_is_found_by_its_name():
    assert StopNciiSource is find("stopncii")


def test_everything_is_read_page_by_page(make):
    provider = make(1_700)
    pages = provider.update()

    assert (1_700, [800, 800, 100]) == (len(provider.state), [page.found for page in pages])


def test_the_next_update_asks_only_for_what_is_new(make):
    provider = make(10)
    provider.update()
    provider.listed.put(Submitted("ImagePDQ", invented(99)))
    (page,) = provider.update()

    assert [item_id_of("ImagePDQ", invented(99))] == [item.id for item in page.items]


def test_the_time_moves_on_only_when_all_pages_were_read(make):
    provider = make(1_700)
    provider.update(pages=1)
    begun = dict(provider.checkpoint)
    provider.update()

    assert (10, True) == (begun["from"], bool(begun["token"]))
    assert ({"from": provider.listed.now + 1}, 1_700) == (dict(provider.checkpoint), len(provider.state))


def test_a_token_that_may_have_run_out_is_not_used_after_a_pause(make):
    provider = make(1_700)
    provider.update(pages=1)
    provider.listed.end_tokens()
    provider.now += timedelta(seconds=TOKEN_SECONDS + 1)
    provider.update()

    assert 1_700 == len(provider.state)


def test_entries_say_that_the_list_is_about_adults(make):
    provider = make()
    provider.listed.put(Submitted("ImagePDQ", invented(1), feedback=(("one", "Blocked"), ("two", "NotBlocked"))))
    provider.update()
    (item,) = provider.state.values()

    assert (
        Entry(
            item_id_of("ImagePDQ", invented(1)),
            "pdq/1",
            bytes.fromhex(invented(1)),
            source="stopncii",
            severity="stopncii:adult",
            positive=1,
            negative=1,
        ),
    ) == item.entries


@pytest.mark.parametrize(("signal", "others"), [("pdq/1", Decision.HOLD), ("digest/1", Decision.BLOCK)])
def test_the_shipped_policy_has_rows_of_its_own_for_adults(signal, others):
    """A match with an adult's picture is held on its own terms, whatever else the list's trust would lead to."""
    policy = load_policy()
    match = Match("adults", "e", signal, 0, 31, View(), Trust.IMPORTED, "stopncii", "stopncii:adult")

    assert Decision.HOLD == policy.of(match)
    assert others == policy.of(replace(match, severity="ncmec:A1", source="ncmec"))


def test_an_id_does_not_tell_the_fingerprint_and_is_the_same_in_any_spelling():
    assert invented(1) not in item_id_of("ImagePDQ", invented(1))
    assert item_id_of("ImagePDQ", invented(1)) == item_id_of("ImagePDQ", invented(1).upper())
    assert item_id_of("Text", "a") != item_id_of("Text", "A")


@pytest.mark.parametrize("kind", ["VideoTMK", "Text", "URL"])
def test_other_kinds_are_kept(kind):
    assert Item(item_id_of(kind, "some"), kept=(Kept(kind.lower(), "some"),)) == read_record(
        record(signalType=kind, hashValue="some"), 1
    )


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (None, "record_unreadable"),
        ([], "record_unreadable"),
        ({}, "fingerprint_nameless"),
        ({"signalType": "ImagePDQ"}, "fingerprint_missing"),
        (record(hashStatus="Perhaps"), "record_unreadable"),
        (record(hashStatus=None), "record_unreadable"),
        (record(signalType="ImageOther"), "record_unreadable"),
        (record(hashValue="zz"), "fingerprint_unreadable"),
        (record(hashValue="00" * 31), "fingerprint_wrong_length"),
        (record(hashValue="00" * 32), "fingerprint_empty"),
        (record(signalType="Text", hashValue="x" * ((1 << 19) + 1)), "fingerprint_unreadable"),
    ],
)
def test_a_record_of_another_form_is_rejected_with_its_reason(given, code):
    rejected = read_record(given, 7)

    assert isinstance(rejected, Rejected)
    assert (7, code) == (rejected.line, rejected.reason_code)


@pytest.mark.parametrize("told", [None, "x", [1, None, {"feedbackValue": 5}], {"feedbackValue": "Blocked"}])
def test_feedback_of_another_form_counts_nothing(told):
    (entry,) = read_record(record(CSPFeedbacks=told), 1).entries

    assert (0, 0) == (entry.positive, entry.negative)


def test_a_busy_failing_or_broken_off_provider_is_asked_again(make):
    provider = make(10)
    provider.listed.faults.add(
        Fault(status=429, headers={"retry-after": "1"}), Fault(status=500), Fault(truncated=True)
    )
    provider.update()

    assert 10 == len(provider.state)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"hashRecords": {}, "hasMoreRecords": false}',
        b'{"hashRecords": []}',
        b'{"hashRecords": [], "hasMoreRecords": "no"}',
        b'{"hashRecords": [], "hasMoreRecords": true}',
        json.dumps({"hashRecords": [], "hasMoreRecords": True, "nextPageToken": "x" * 5_000}).encode(),
        b"[" * 100_000,
    ],
)
def test_an_answer_of_another_form_is_an_error_and_the_place_is_kept(make, body):
    provider = make(1_000)
    provider.update(pages=1)
    before = provider.checkpoint
    provider.listed.faults.always = Fault(body=body)
    with pytest.raises(ContentError) as problem:
        provider.update()

    assert ("answer_unreadable", before) == (problem.value.code, provider.checkpoint)


def test_a_provider_that_sends_us_round_in_a_circle_is_left():
    body = json.dumps({"hashRecords": [], "hasMoreRecords": True, "nextPageToken": "again"}).encode()
    pages = StopNciiSource({}, SECRETS).changes({}, lambda _: Response(200, {}, body), NOW)
    next(pages)
    with pytest.raises(ContentError) as ended:
        next(pages)

    assert "answers_without_end" == ended.value.code


@pytest.mark.parametrize("name", ["subscription_key", "fetch_key"])
def test_a_wrong_key_is_told_and_not_repeated(make, name):
    provider = make(1)
    source = StopNciiSource({"url": f"{provider.url}/v1"}, {**SECRETS, name: "another-secret"})
    with pytest.raises(RemoteError) as refused:
        list(source.changes({}, provider.transport, NOW))

    assert "remote_refused" == refused.value.code
    assert "another-secret" not in f"{refused.value} {refused.value.hint} {refused.value.facts}"


@pytest.mark.parametrize(
    ("settings", "secrets", "code"),
    [
        ({}, {"fetch_key": "f"}, "source_setting_missing"),
        ({}, {"subscription_key": "s"}, "source_setting_missing"),
        ({"other": "x"}, SECRETS, "source_setting_unknown"),
    ],
)
def test_wrong_settings_are_told_before_anything_is_asked(settings, secrets, code):
    with pytest.raises(ConfigError) as wrong:
        StopNciiSource(settings, secrets)

    assert code == wrong.value.code


def test_without_its_key_no_feedback_is_told(make):
    with pytest.raises(StateError) as refused:
        make().source.tell(Opinion("x", "pdq/1", bytes(32), wrong=True), None)

    assert "feedback_unsupported" == refused.value.code


def test_the_keys_go_where_the_interface_wants_them():
    asked = []

    def transport(request):
        asked.append(request)
        return Response(200, {}, b'{"hashRecords": [], "hasMoreRecords": false}')

    source = StopNciiSource({}, {**SECRETS, "feedback_key": FEEDBACK})
    list(source.changes({}, transport, NOW))
    source.tell(Opinion("x", "pdq/1", bytes(32), wrong=False), transport)

    assert [
        ("GET", "https://api.stopncii.org/v1/FetchHashes?startTimestamp=10&pageSize=800", FETCH),
        ("POST", "https://api.stopncii.org/v1/SubmitFeedback", FEEDBACK),
    ] == [(one.method, one.url, one.headers["x-functions-key"]) for one in asked]
    assert {SUBSCRIPTION} == {one.headers["ocp-apim-subscription-key"] for one in asked}


def test_the_stand_in_answers_the_published_client_of_the_provider(make):
    """What the real client reads from the stand-in is what we read, so the stand-in speaks the protocol."""
    api = pytest.importorskip("threatexchange.exchanges.clients.stopncii.api", reason="threatexchange is missing")
    provider = make(10)
    provider.listed.set_status("ImagePDQ", invented(4), "Withdrawn")
    client = api.StopNCIIAPI(SUBSCRIPTION, FETCH, base_url_override=f"{provider.url}/v1")
    read = [one for page in client.fetch_hashes_iter() for one in page.hashRecords]
    provider.update()

    assert 10 == len(read)
    assert {item_id_of(one.signalType.value, one.hashValue) for one in read if one.hashStatus.value == "Active"} == set(
        provider.state
    )
