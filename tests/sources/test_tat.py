"""Tech Against Terrorism against its stand-in, over real HTTP."""

import json
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest

from kindward.banks import Rejected
from kindward.banks.items import Item, Kept
from kindward.banks.sources import Opinion, Response
from kindward.banks.sources.discovery import find
from kindward.banks.sources.tat import TatSource, read_record
from kindward.errors import ConfigError, ContentError, RemoteError, StateError
from kindward.model import Entry
from kindward.sandbox import Fault, running
from kindward.sandbox.tat import PASSWORD, USER, Listed, invented, sandbox
from kindward.transport import HttpLimits, HttpTransport

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
QUICK = HttpLimits(connect=5, read=5, total=10, tries=5, pause=0.001, patience=1)


class Provider:
    def __init__(self, listed, url, transport):
        self.listed, self.url, self.transport = listed, url, transport
        self.source = TatSource({"username": USER, "url": f"{url}/"}, {"password": PASSWORD})
        self.state: dict[str, Item] = {}
        self.checkpoint = {}

    def update(self, pages=None):
        """Follow the source as a subscription does and keep the present state of every item."""
        taken = []
        for page in self.source.changes(self.checkpoint, self.transport, NOW):
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

        def made(records=0, *, page=100):
            listed = sandbox(records)
            listed.page = page
            url = stack.enter_context(running(listed.app))
            return Provider(listed, url, stack.enter_context(HttpTransport(QUICK, sleep=lambda _: None)))

        yield made


def test_the_source_is_found_by_its_name():
    assert TatSource is find("tat")


@pytest.mark.parametrize("page", [1, 7, 100])
def test_everything_is_read_page_by_page(make, page):
    provider = make(30, page=page)
    pages = provider.update()
    assert ({str(number) for number in range(1, 31)}, 30) == (set(provider.state), sum(one.found for one in pages))
    assert -(-30 // page) == len(pages)


def test_the_next_update_asks_only_for_what_is_new(make):
    provider = make(10)
    provider.update()
    provider.listed.put(Listed(99, invented(99)))
    (page,) = provider.update()
    assert ["99"] == [item.id for item in page.items]
    (empty,) = provider.update()
    assert (0, page.checkpoint) == (empty.found, empty.checkpoint)


def test_a_deleted_record_withdraws_its_item(make):
    provider = make(5)
    provider.update()
    provider.listed.delete(3)
    (page,) = provider.update()
    assert (Item("3", reason="withdrawn_by_source"),) == page.items
    assert "3" not in provider.state


def test_records_that_change_while_pages_are_read_are_not_left_out(make):
    """Counting records would leave one out for each that moves to the end meanwhile."""
    provider = make(9, page=3)
    pages = iter(provider.source.changes({}, provider.transport, NOW))
    read = [item.id for item in next(pages).items]
    provider.listed.delete(1)
    provider.listed.delete(2)
    read += [item.id for page in pages for item in page.items]
    assert ["1", "2", "3", "4", "5", "6", "7", "8", "9", "1", "2"] == read


def test_an_update_that_was_cut_off_goes_on_with_the_next_page(make):
    provider = make(10, page=3)
    provider.update(pages=2)
    first = provider.update()[0]
    assert ["7", "8", "9"] == [item.id for item in first.items]
    assert 10 == len(provider.state)


def test_a_pass_that_ran_out_is_renewed(make):
    provider = make(9, page=3)
    pages = iter(provider.source.changes({}, provider.transport, NOW))
    next(pages)
    provider.listed.end_passes()
    assert 6 == sum(page.found for page in pages)
    assert 2 == sum(request.startswith("POST") for request in provider.listed.faults.requests)


def test_a_provider_that_refuses_even_a_new_pass_is_told(make):
    provider = make(9)
    provider.listed.faults.always = Fault(status=403, path="hash-list")
    with pytest.raises(RemoteError) as refused:
        provider.update()
    assert "remote_refused" == refused.value.code


def test_entries_say_that_the_list_is_about_something_else_than_child_abuse(make):
    provider = make()
    provider.listed.put(Listed(1, invented(1), ideology="far-right", file_type="png"))
    provider.update()
    assert (
        Entry(
            "1",
            "pdq/1",
            bytes.fromhex(invented(1)),
            source="tat",
            severity="tat:far-right",
            note="png",
            added="2023-11-14",
        ),
    ) == provider.state["1"].entries


@pytest.mark.parametrize(
    ("algorithm", "width"),
    [("PDQ", 32), ("pdq", 32), ("MD5", 16), ("SHA1", 20), ("SHA-1", 20), ("SHA256", 32), ("sha-256", 32)],
)
@pytest.mark.parametrize("change", [str.lower, str.upper])
def test_d8_every_kind_is_matched_in_large_and_small_letters(make, algorithm, width, change):
    provider = make()
    provider.listed.put(Listed(1, change(invented(1, width)), algorithm))
    provider.update()
    assert bytes.fromhex(invented(1, width)) == provider.state["1"].entries[0].value


def test_fingerprints_of_other_kinds_are_kept(make):
    provider = make()
    provider.listed.put(Listed(1, "AbC+/=", "TMK"))
    provider.update()
    assert Item("1", (), (Kept("tmk", "AbC+/="),)) == provider.state["1"]


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (None, "record_unreadable"),
        ([], "record_unreadable"),
        ({}, "record_without_id"),
        ({"id": None}, "record_without_id"),
        ({"id": 1, "deleted": "perhaps"}, "record_unreadable"),
        ({"id": 1}, "fingerprint_nameless"),
        ({"id": 1, "algorithm": "PDQ"}, "fingerprint_unreadable"),
        ({"id": 1, "algorithm": "PDQ", "hash_digest": "00" * 31}, "fingerprint_wrong_length"),
        ({"id": 1, "algorithm": "PDQ", "hash_digest": "00" * 32}, "fingerprint_empty"),
        ({"id": 1, "algorithm": "TMK"}, "fingerprint_missing"),
        ({"id": 1, "algorithm": "TMK", "hash_digest": "x" * 70_000}, "fingerprint_unreadable"),
    ],
)
def test_a_record_of_another_form_is_rejected_with_its_reason(record, code):
    rejected = read_record(record, 7)
    assert (7, code) == (rejected.line, rejected.reason_code)
    assert isinstance(rejected, Rejected)


def test_bad_records_are_counted_beside_the_good_ones(make):
    provider = make()
    for number, digest in enumerate([invented(1), "zz", invented(3), ""], 1):
        provider.listed.put(Listed(number, digest))
    (page,) = provider.update()
    assert (4, ["1", "3"], [2, 4]) == (
        page.found,
        [item.id for item in page.items],
        [one.line for one in page.rejected],
    )


def test_a_busy_or_failing_provider_is_asked_again(make):
    provider = make(10, page=3)
    provider.listed.faults.add(
        Fault(status=429, headers={"retry-after": "1"}, path="hash-list"), Fault(status=500), Fault(truncated=True)
    )
    provider.update()
    assert 10 == len(provider.state)


@pytest.mark.parametrize("body", [b"<html>", b'{"results": {}}', b"[]", b"", b'{"results": []', b"[" * 100_000])
def test_an_answer_of_another_form_is_an_error_and_the_place_is_kept(make, body):
    provider = make(10, page=3)
    provider.update(pages=1)
    before = provider.checkpoint
    provider.listed.faults.always = Fault(body=body, path="hash-list")
    with pytest.raises(ContentError) as problem:
        provider.update()
    assert ("answer_unreadable", before) == (problem.value.code, provider.checkpoint)


@pytest.mark.parametrize("body", [b"{}", b'{"token": ""}', b'{"token": 5}', b'{"token": "a\\nb"}'])
def test_a_pass_of_another_form_is_an_error(make, body):
    provider = make(1)
    provider.listed.faults.always = Fault(body=body, path="token-auth")
    with pytest.raises(ContentError):
        provider.update()


def test_a_provider_that_does_not_move_on_is_left(make):
    provider = make(1)
    provider.listed.faults.always = Fault(body=b'{"results": [], "next": "limit=1", "checkpoint": "5,5"}', path="hash")
    with pytest.raises(ContentError) as ended:
        provider.update()
    assert ("answers_without_end", {"after": "5,5"}) == (ended.value.code, provider.checkpoint)


def test_a_wrong_password_is_told_and_not_repeated(make):
    provider = make(1)
    source = TatSource({"username": USER, "url": provider.url}, {"password": "another"})
    with pytest.raises(RemoteError) as refused:
        list(source.changes({}, provider.transport, NOW))
    assert "another" not in f"{refused.value} {refused.value.hint}"


@pytest.mark.parametrize(
    ("settings", "secrets", "code"),
    [
        ({}, {"password": "p"}, "source_setting_missing"),
        ({"username": "u"}, {}, "source_setting_missing"),
        ({"username": "u", "ideology": "x"}, {"password": "p"}, "source_setting_unknown"),
    ],
)
def test_wrong_settings_are_told_before_anything_is_asked(settings, secrets, code):
    with pytest.raises(ConfigError) as wrong:
        TatSource(settings, secrets)
    assert code == wrong.value.code


def test_feedback_is_refused_because_the_interface_takes_none(make):
    provider = make()
    with pytest.raises(StateError) as refused:
        provider.source.tell(Opinion("1", "pdq/1", bytes(32), wrong=True), provider.transport)
    assert ("feedback_unsupported", "The source tat takes no feedback.", "Tell whoever makes the list.") == (
        refused.value.code,
        refused.value.sentence,
        refused.value.hint,
    )


def test_what_is_asked_is_what_the_published_client_asks(make):
    provider = make(3, page=2)
    provider.update()
    assert [
        "POST /token-auth/tcap/",
        "GET /api/hash-list/v2/all?order=asc&after=",
        "GET /api/hash-list/v2/all?order=asc&after=1700000002%2C2",
    ] == provider.listed.faults.requests


def test_a_kept_fingerprint_has_a_greatest_length():
    record = {"id": 1, "algorithm": "TMK", "hash_digest": "x" * 65_536}
    assert (Kept("tmk", "x" * 65_536),) == read_record(record, 1).kept
    assert Rejected(1, "fingerprint_unreadable") == read_record(record | {"hash_digest": "x" * 65_537}, 1)


@pytest.mark.parametrize("place", ["\ud800", "ü", "5," * 101])
def test_a_place_that_no_address_can_hold_is_refused(place):
    answer = {"results": [], "next": None, "checkpoint": place, "token": "t"}
    source = TatSource({"username": USER}, {"password": PASSWORD})
    with pytest.raises(ContentError):
        list(source.changes({}, lambda _: Response(200, {}, json.dumps(answer).encode()), NOW))


def test_the_longest_place_and_id_are_taken():
    place = "5" * 200
    answer = {"results": [{"id": "7" * 200, "deleted": True}], "next": None, "checkpoint": place, "token": "t"}
    source = TatSource({"username": USER}, {"password": PASSWORD})
    (page,) = source.changes({}, lambda _: Response(200, {}, json.dumps(answer).encode()), NOW)
    assert ({"after": place}, (Item("7" * 200, reason="withdrawn_by_source"),)) == (page.checkpoint, page.items)
    assert Rejected(1, "record_without_id") == read_record({"id": "7" * 201}, 1)


def test_the_address_is_that_of_the_platform_unless_another_is_given():
    asked = []

    def transport(request):
        asked.append(request)
        return Response(200, {}, b'{"token": "t", "results": []}')

    list(TatSource({"username": "u"}, {"password": "p"}).changes({}, transport, NOW))
    assert [
        ("POST", "https://app.terrorismanalytics.org/token-auth/tcap/"),
        ("GET", "https://app.terrorismanalytics.org/api/hash-list/v2/all?order=asc&after="),
    ] == [(request.method, request.url) for request in asked]
    assert b"username=u&password=p&resend=False" == asked[0].body
    assert {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"} == asked[0].headers
    assert {"authorization": "Bearer t", "accept": "application/json"} == asked[1].headers


@pytest.mark.parametrize(
    ("given", "severity", "added"),
    [
        ({"ideology": "islamist", "created_on": "2024-02-03T04:05:06Z"}, "tat:islamist", "2024-02-03"),
        ({"ideology": None, "created_on": 5}, "tat:unknown", ""),
        ({"created_on": "yesterday 2024-02-03"}, "tat:unknown", ""),
    ],
)
def test_what_a_record_does_not_say_is_not_made_up(given, severity, added):
    record = {"id": 1, "algorithm": "PDQ", "hash_digest": invented(1)} | given
    (entry,) = read_record(record, 1).entries
    assert (severity, added, "") == (entry.severity, entry.added, entry.note)


def test_the_stand_in_answers_the_published_client_of_the_provider(make, monkeypatch):
    """What the real client reads from the stand-in is what we read, so the stand-in speaks the protocol."""
    api = pytest.importorskip(
        "threatexchange.exchanges.clients.techagainstterrorism.api", reason="threatexchange is not installed"
    )
    provider = make(10, page=4)
    provider.listed.delete(4)
    monkeypatch.setattr(api.TATHashListAPI, "BASE_URL", f"{provider.url}/")
    client = api.TATHashListAPI(USER, PASSWORD)
    read = [record for page in client.fetch_hashes_iter() for record in page.results]
    provider.update()
    assert {record.id for record in read if not record.deleted} == set(map(int, provider.state))
    assert [4] == [record.id for record in read if record.deleted]
