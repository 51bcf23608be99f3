"""NCMEC Hash Sharing against its stand-in, over real HTTP."""

from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kindward.banks.items import Item, Kept
from kindward.banks.sources import Opinion
from kindward.banks.sources.discovery import find
from kindward.banks.sources.ncmec import PAGING_SECONDS, NcmecSource
from kindward.banks.sources.ncmec_entries import read_record, records_in
from kindward.banks.sources.ncmec_places import ENVIRONMENTS
from kindward.banks.sources.ncmec_xml import feedback, read_answer
from kindward.errors import ConfigError, ContentError, RemoteError, StateError
from kindward.model import Entry
from kindward.sandbox import Fault, running
from kindward.sandbox.ncmec import OURS, PASSWORD, USER, Listed, invented, sandbox
from kindward.sandbox.ncmec_votes import reasons_of
from kindward.transport import HttpLimits, HttpTransport

QUICK = HttpLimits(connect=5, read=5, total=10, tries=5, pause=0.001, patience=1)
SECRETS = {"user": USER, "password": PASSWORD}


class Provider:
    def __init__(self, listed, url, transport):
        self.listed, self.url, self.transport = listed, url, transport
        self.source = NcmecSource({"url": f"{url}/"}, SECRETS)
        self.state: dict[str, Item] = {}
        self.checkpoint = {}

    @property
    def now(self):
        return datetime.fromtimestamp(self.listed.now + 1, UTC)

    def update(self, pages=None, source=None):
        """Follow the source as a subscription does and keep the present state of every item."""
        taken = []
        for page in (source or self.source).changes(self.checkpoint, self.transport, self.now):
            assert page.found == len(page.items) + len(page.rejected)
            self.state |= {item.id: item for item in page.items}
            taken.append(page)
            self.checkpoint = page.checkpoint
            if len(taken) == pages:
                break
        self.state = {item_id: item for item_id, item in self.state.items() if item.entries or item.kept}
        return taken

    def recently(self):
        """Know everything before the records of the stand-in, so that they all come in one window."""
        self.checkpoint = {"until": 1_700_000_000}
        return self

    def asked(self, path="/v2/entries"):
        return [request for request in self.listed.faults.requests if request.startswith(f"GET {path}")]


@pytest.fixture
def make():
    """Give a maker of a provider with invented records, served over HTTP."""
    with ExitStack() as stack:

        def made(records=0, *, page=1000):
            listed = sandbox(records)
            listed.page = page
            url = stack.enter_context(running(listed.app))
            return Provider(listed, url, stack.enter_context(HttpTransport(QUICK, sleep=lambda _: None)))

        yield made


def test_the_source_is_found_by_its_name():
    assert NcmecSource is find("ncmec")


@pytest.mark.parametrize("page", [1, 7, 1000])
def test_everything_is_read_page_by_page(make, page):
    provider = make(30, page=page)
    pages = provider.update()

    assert {f"42-entry{number}" for number in range(1, 31)} == set(provider.state)
    assert 30 == sum(one.found for one in pages)


def test_every_fingerprint_of_a_record_is_kept_or_matched(make):
    provider = make()
    listed = {
        "md5": invented(1, 16),
        "sha1": invented(1, 20).upper(),
        "pdq": invented(1),
        "pdna": "AbC+/=",
        "netclean": "xyz",
        "videntifier": "/v2/entries/1/fingerprints/VIDENTIFIER",
        "tmk-pdqf": "/v2/entries/1/fingerprints/TMK_PDQF",
        "ssvh-pdna": "/v2/entries/1/fingerprints/SSVH_PDNA",
        "ssvh-safer-hash": "/v2/entries/1/fingerprints/SSVH_SAFER_HASH",
    }
    provider.listed.put(Listed("one", listed))
    provider.update()
    item = provider.state["42-one"]
    common = Entry(
        "42-one", "", b"", source="ncmec:Example Member", severity="ncmec:A1", note="image", added="2023-11-14"
    )

    assert (
        replace(common, signal="digest/1", value=bytes.fromhex(invented(1, 16))),
        replace(common, signal="digest/1", value=bytes.fromhex(invented(1, 20))),
        replace(common, signal="pdq/1", value=bytes.fromhex(invented(1))),
    ) == item.entries
    assert {
        Kept("pdna", "AbC+/="),
        Kept("netclean", "xyz"),
        Kept("videntifier", listed["videntifier"]),
        Kept("tmk_pdqf", listed["tmk-pdqf"]),
        Kept("ssvh_pdna", listed["ssvh-pdna"]),
        Kept("ssvh_safer_hash", listed["ssvh-safer-hash"]),
    } == set(item.kept)


def test_tombstones_withdraw_pictures_and_films(make):
    provider = make(6)
    provider.update()
    provider.listed.delete("entry1")
    provider.listed.delete("entry3")
    pages = provider.update()
    gone = {item for page in pages for item in page.items if not item.entries and not item.kept}

    assert {Item(f"42-entry{n}", reason="withdrawn_by_source") for n in (1, 3)} == gone
    assert {"42-entry1", "42-entry3"}.isdisjoint(provider.state)


def test_only_a_window_that_was_read_to_its_end_moves_the_checkpoint(make):
    """Pages are not in the order of time, so the latest time on a page says nothing about what is still to come."""
    provider = make(9, page=3).recently()
    provider.update(pages=1)

    assert (True, True) == (provider.checkpoint["until"] < provider.listed.now, bool(provider.checkpoint["next"]))
    provider.update()
    assert {"until": provider.listed.now + 1} == dict(provider.checkpoint)


def test_an_update_that_was_cut_off_goes_on_with_the_next_page(make):
    provider = make(10, page=3).recently()
    provider.update(pages=2)
    before = len(provider.asked())
    provider.update()

    assert 10 == len(provider.state)
    assert before + 2 == len(provider.asked())


def test_a_page_whose_address_ran_out_lets_the_window_be_read_anew(make):
    provider = make(10, page=3).recently()
    provider.update(pages=2)
    provider.listed.end_pages()
    provider.update()

    assert 10 == len(provider.state)


def test_after_twelve_hours_the_address_of_a_page_is_not_even_tried(make):
    provider = make(10, page=3).recently()
    provider.update(pages=2)
    provider.listed.now += PAGING_SECONDS
    before = len(provider.asked())
    provider.update(pages=1)

    assert "start=" not in provider.asked()[before]


def test_the_next_update_asks_only_for_what_is_new(make):
    provider = make(10)
    provider.update()
    provider.listed.now += 3_600
    provider.update()
    provider.listed.now += 3_600
    provider.listed.put(Listed("new", {"pdq": invented(99)}))
    (page,) = provider.update()

    assert ["42-new"] == [item.id for item in page.items]


def test_an_older_record_that_comes_after_a_newer_one_does_not_undo_it(make):
    """Nothing says that a record comes once: an update and a tombstone of one record may stand in any order."""
    who = "<member id='42'>M</member><timestamp>2023-11-{}T00:00:00Z</timestamp><id>x</id>"
    digest = f"<fingerprints><md5>{invented(1, 16)}</md5></fingerprints>"
    old = f"<image>{who.format(14)}{digest}</image>"
    gone = f"<deletedImage>{who.format(15)}</deletedImage>"
    for records in ((gone, old), (old, gone)):
        provider = make().recently()
        body = "".join(records)
        xml = f'<queryResult xmlns="https://hashsharing.ncmec.org/hashsharing/v2"><images>{body}</images></queryResult>'
        provider.listed.faults.add(*[Fault(body=xml.encode(), path="entries")])
        provider.update()
        assert "42-x" not in provider.state


def test_members_that_were_not_chosen_are_counted_and_not_matched(make):
    provider = make().recently()
    provider.listed.put(Listed("one", {"pdq": invented(1)}))
    provider.listed.put(Listed("two", {"pdq": invented(2)}, member="43"))
    (page,) = provider.update(source=NcmecSource({"url": provider.url, "members": "42, 7"}, SECRETS))

    assert (["42-one"], ["member_not_chosen"]) == (
        [item.id for item in page.items],
        [one.reason_code for one in page.rejected],
    )


@pytest.mark.parametrize(
    ("prints", "code"),
    [
        ({"pdq": "zz"}, "fingerprint_unreadable"),
        ({"pdq": "00" * 31}, "fingerprint_wrong_length"),
        ({"pdq": "00" * 32}, "fingerprint_empty"),
        ({}, "fingerprint_missing"),
    ],
)
def test_a_bad_record_is_rejected_with_its_reason_beside_good_ones(make, prints, code):
    provider = make(2).recently()
    provider.listed.put(Listed("bad", prints))
    (page,) = provider.update()

    assert ([code], 2) == ([one.reason_code for one in page.rejected], len(page.items))


ASKED = '<queryResult xmlns="https://hashsharing.ncmec.org/hashsharing/v2"><images>{}</images></queryResult>'
IMAGE = '<image><member id="42">M</member><timestamp>2026-11-24T08:00:00Z</timestamp><id>one</id>{}</image>'


def one_record(inside):
    answer = read_answer(ASKED.format(IMAGE.format(inside)).encode(), "queryResult")
    return read_record(next(records_in(answer)), 7)


@pytest.mark.parametrize("vote", ["<somethingElse/>", "<affirmativeFeedback/>", '<negativeFeedback type=""/>'])
def test_a_record_whose_votes_cannot_be_assigned_is_rejected_as_a_whole(vote):
    prints = f"<fingerprints><pdq>{invented(1)}</pdq></fingerprints><feedback>{vote}</feedback>"
    found = one_record(prints)

    assert ("42", "2026-11-24T08:00:00", None) == (found.member, found.changed, found.item)
    assert [(7, "record_unreadable")] == [(one.line, one.reason_code) for one in found.rejected]


def test_a_fingerprint_without_a_name_of_this_interface_is_rejected_beside_the_others():
    prints = f'<fingerprints><pdq>{invented(1)}</pdq><x:md5 xmlns:x="urn:x">{invented(1, 16)}</x:md5></fingerprints>'
    found = one_record(prints)

    assert [(7, "fingerprint_nameless")] == [(one.line, one.reason_code) for one in found.rejected]
    assert 1 == len(found.item.entries)


def test_a_bad_fingerprint_does_not_take_the_good_ones_of_its_record_with_it(make):
    provider = make().recently()
    provider.listed.put(Listed("mixed", {"pdq": "zz", "md5": invented(1, 16)}))
    (page,) = provider.update()

    assert (2, 1, 1) == (page.found, len(page.items), len(page.rejected))
    assert ["digest/1"] == [entry.signal for entry in provider.state["42-mixed"].entries]


def test_a_busy_failing_or_broken_off_provider_is_asked_again(make):
    provider = make(10, page=3)
    provider.listed.faults.add(
        Fault(status=429, headers={"retry-after": "1"}, path="entries"), Fault(status=500), Fault(truncated=True)
    )
    provider.update()

    assert 10 == len(provider.state)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b'{"json": true}',
        b"<queryResult/>",
        b'<!DOCTYPE q [<!ENTITY a "b">]><queryResult xmlns="https://hashsharing.ncmec.org/hashsharing/v2">&a;</queryResult>',
        b'<q xmlns="https://hashsharing.ncmec.org/hashsharing/v2">' + b"<a>" * 50 + b"</a>" * 50 + b"</q>",
    ],
)
def test_an_answer_of_another_form_is_an_error_and_the_place_is_kept(make, body):
    provider = make(10, page=3)
    provider.update(pages=1)
    before = provider.checkpoint
    provider.listed.faults.always = Fault(body=body, path="entries")
    with pytest.raises(ContentError) as problem:
        provider.update()

    assert ("answer_unreadable", before) == (problem.value.code, provider.checkpoint)


def test_a_provider_that_sends_us_round_in_a_circle_is_left(make):
    provider = make(1).recently()
    xml = (
        '<queryResult xmlns="https://hashsharing.ncmec.org/hashsharing/v2"><paging><next>/v2/entries?from='
        "2020-01-01T00:00:00Z&amp;to=2020-01-02T00:00:00Z</next></paging></queryResult>"
    )
    provider.listed.faults.always = Fault(body=xml.encode(), path="entries")
    with pytest.raises(ContentError) as ended:
        provider.update()

    assert "answers_without_end" == ended.value.code


def test_a_next_page_elsewhere_is_never_asked_for(make):
    provider = make(1)
    xml = (
        '<queryResult xmlns="https://hashsharing.ncmec.org/hashsharing/v2"><paging><next>https://elsewhere.test/x?y'
        "</next></paging></queryResult>"
    )
    provider.listed.faults.always = Fault(body=xml.encode(), path="entries")
    with pytest.raises(ContentError) as refused:
        provider.update()

    assert "answer_unreadable" == refused.value.code


def test_a_wrong_password_is_told_and_not_repeated(make):
    provider = make(1)
    with pytest.raises(RemoteError) as refused:
        provider.update(source=NcmecSource({"url": provider.url}, {"user": USER, "password": "another-secret"}))

    assert "remote_refused" == refused.value.code
    assert "another-secret" not in f"{refused.value} {refused.value.hint} {refused.value.facts}"


@pytest.mark.parametrize(
    ("settings", "secrets", "code"),
    [
        ({}, SECRETS, "source_setting_wrong"),
        ({"environment": "industry", "url": "https://x.test"}, SECRETS, "source_setting_wrong"),
        ({"environment": "moon"}, SECRETS, "source_setting_wrong"),
        ({"environment": "industry", "members": "a"}, SECRETS, "source_setting_wrong"),
        ({"environment": "industry", "other": "a"}, SECRETS, "source_setting_unknown"),
        ({"environment": "industry"}, {"user": "u"}, "source_setting_missing"),
        ({"environment": "industry"}, {"user": "u:v", "password": "p"}, "source_setting_wrong"),
    ],
)
def test_wrong_settings_are_told_before_anything_is_asked(settings, secrets, code):
    with pytest.raises(ConfigError) as wrong:
        NcmecSource(settings, secrets)

    assert code == wrong.value.code


def test_every_list_has_a_test_twin():
    assert 14 == len(ENVIRONMENTS)
    assert {name for name in ENVIRONMENTS if not name.startswith("test-")} == {
        name.removeprefix("test-") for name in ENVIRONMENTS if name.startswith("test-")
    }
    assert len(set(ENVIRONMENTS.values())) == len(ENVIRONMENTS)


def test_a_vote_against_an_entry_names_the_reason_that_the_provider_knows(make):
    provider = make()
    provider.listed.put(Listed("one", {"pdq": invented(1)}))
    opinion = Opinion("42-one", "pdq/1", bytes.fromhex(invented(1)), wrong=True, reason="not child abuse")
    provider.source.tell(opinion, provider.transport)
    (guid,) = [guid for guid, name in reasons_of("PDQ").items() if name == "Not child abuse"]

    assert [("42", "one", "PDQ", guid)] == provider.listed.told
    assert (("PDQ", OURS, "Not child abuse"),) == provider.listed.records["42", "one"].votes.given


def test_a_vote_in_favour_needs_no_reason(make):
    provider = make()
    provider.listed.put(Listed("a/b c", {"md5": invented(1, 16)}))
    provider.source.tell(
        Opinion("42-a/b c", "digest/1", bytes.fromhex(invented(1, 16)), wrong=False), provider.transport
    )

    assert [("42", "a/b c", "MD5", "")] == provider.listed.told


def test_a_vote_is_written_as_published():
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<feedbackSubmission xmlns="https://hashsharing.ncmec.org/hashsharing/v2">'

    assert f"{head}<affirmative/></feedbackSubmission>" == feedback("").decode()
    reasons = "<negative><reasonIds><guid>a&amp;b</guid></reasonIds></negative>"
    assert f"{head}{reasons}</feedbackSubmission>" == feedback("a&b").decode()


def test_the_only_reason_there_is_needs_no_name(make):
    provider = make()
    provider.listed.put(Listed("one", {"sha1": invented(1, 20)}))
    opinion = Opinion("42-one", "digest/1", bytes.fromhex(invented(1, 20)), wrong=True, reason="it is a cat")
    provider.source.tell(opinion, provider.transport)

    assert [("42", "one", "SHA1", *reasons_of("SHA1"))] == provider.listed.told


def test_a_reason_that_the_provider_does_not_know_is_refused_with_those_it_knows(make):
    provider = make()
    provider.listed.put(Listed("one", {"pdq": invented(1)}))
    opinion = Opinion("42-one", "pdq/1", bytes.fromhex(invented(1)), wrong=True, reason="I like it")
    with pytest.raises(StateError) as refused:
        provider.source.tell(opinion, provider.transport)

    assert "feedback_reason_unknown" == refused.value.code
    assert "Not child abuse; Wrong classification; Duplicate" in refused.value.hint
    assert [] == provider.listed.told


@pytest.mark.parametrize(
    ("item", "signal", "value"),
    [
        ("one", "pdq/1", bytes(32)),
        ("42-one", "digest/1", bytes(32)),
        ("42-one", "video/1", bytes(5)),
        ("x-1", "pdq/1", bytes(32)),
    ],
)
def test_what_the_provider_has_no_vote_for_is_refused(make, item, signal, value):
    with pytest.raises(StateError) as refused:
        make().source.tell(Opinion(item, signal, value, wrong=True, reason="r"), None)

    assert "feedback_unsupported" == refused.value.code


def test_a_clock_that_runs_ahead_does_not_skip_what_is_still_to_come(make):
    """The window ends at the earlier one of both clocks."""
    provider = make(3)
    ahead = provider.now + timedelta(days=2)
    for page in provider.source.changes({}, provider.transport, ahead):
        provider.checkpoint = page.checkpoint
    provider.listed.put(Listed("late", {"pdq": invented(50)}))
    provider.update()

    assert "42-late" in provider.state


def test_a_checkpoint_from_the_future_is_read_from_the_beginning(make):
    provider = make(3)
    provider.checkpoint = {"until": provider.listed.now + 10**7}
    provider.update()

    assert 3 == len(provider.state)


def test_what_is_asked_is_what_the_published_client_asks(make):
    provider = make(3)
    provider.update()

    assert ["GET /v2/status"] == provider.asked("/v2/status")
    assert "GET /v2/entries?from=1970-01-01T00%3A00%3A00Z&to=2010-01-01T00%3A00%3A00Z" == provider.asked()[0]


def test_the_stand_in_answers_the_published_client_of_the_provider(make, monkeypatch):
    """What the real client reads from the stand-in is what we read, so the stand-in speaks the protocol."""
    api = pytest.importorskip("threatexchange.exchanges.clients.ncmec.hash_api", reason="threatexchange is missing")
    provider = make(10, page=4)
    provider.listed.delete("entry4")
    client = api.NCMECHashAPI(USER, PASSWORD, api.NCMECEnvironment.test_Industry)
    monkeypatch.setattr(client, "_base_url", provider.url)
    read = [
        update
        for page in client.get_entries_iter(end_timestamp=provider.listed.now + 86_400)
        for update in page.updates
    ]
    provider.update()

    assert (OURS, "Demo Messenger") == (str(client.status().esp_id), client.status().esp_name)
    assert {f"{one.member_id}-{one.id}" for one in read if not one.deleted} == set(provider.state)
    assert ["entry4"] == [one.id for one in read if one.deleted]
    client.submit_upvote(42, "entry1", api.FingerprintType.pdq)
    assert [("42", "entry1", "PDQ", "")] == provider.listed.told
