"""Authorities publish a list together, as people type it."""

import json
import shutil
from hashlib import sha256

import pytest

from kindward.sandbox import running

ROOT = ("--root", "list/metadata/1.root.json")


def value(word):
    return sha256(f"entry {word}".encode()).hexdigest()


class Authorities:
    """Two authorities on one machine, each with its folder, and the folder that they share."""

    def __init__(self, kindward):
        self.kindward, self.folder = kindward, kindward.folder

    def found(self):
        """Make keys and found the list."""
        self("init", "de", "--name", "de-centre", "--jurisdiction", "DE")
        self("init", "fr", "--name", "fr-centre", "--jurisdiction", "FR")
        self.witness = self("witness", "witness.key", "--name", "witness.example").out.strip()
        (self.folder / "canaries.txt").write_text(f"{'ab' * 32} a protest\n")
        named = ("--list", "tested", "--with", "fr/card.json", "--witness", self.witness)
        self.founded = self("found", "de", "exchange", *named, "--canaries", "canaries.txt")

    def __call__(self, *arguments, status=0):
        answer = self.kindward("authority", *arguments)
        assert status == answer.status, answer
        return answer

    def write(self, *words, name="list.txt"):
        (self.folder / name).write_text("".join(f"{value(word)}\n" for word in words))
        return name

    def propose(self, *words, by="de"):
        return self("propose", by, "exchange", "--from", self.write(*words), "--category", "demo:a")

    def agree(self, *words):
        self.propose(*words)
        return self("confirm", "fr", "exchange", "--reviewed")

    def release(self):
        self("sign", "de", "exchange")
        self("sign", "fr", "exchange")
        return self("publish", "de", "exchange", "list", "--witness-key", "witness.key")

    def held(self, bank="bank"):
        record = self.kindward("bank", "show", bank, "--limit", "100", "-o", "jsonl").record
        return {one["value"] for one in record["shown"] if one["state"] == "active"}


@pytest.fixture(scope="module")
def founded(program, tmp_path_factory):
    """Found a list once; tests work on copies."""
    made = Authorities(program(tmp_path_factory.mktemp("founded")))
    made.found()
    return made


@pytest.fixture(scope="module")
def released(program, founded, tmp_path_factory):
    """Publish the first release once; tests work on copies."""
    folder = tmp_path_factory.mktemp("released") / "all"
    shutil.copytree(founded.folder, folder)
    made = Authorities(program(folder))
    made.agree("a", "b")
    made.release()
    return made


@pytest.fixture
def two(program, founded, tmp_path):
    """Give two authorities of a list without a release."""
    return Authorities(program(shutil.copytree(founded.folder, tmp_path / "all")))


@pytest.fixture
def published(program, released, tmp_path):
    """Give two authorities of a list with two entries, and the bank of a subscriber."""
    copy = Authorities(program(shutil.copytree(released.folder, tmp_path / "all")))
    assert 0 == copy.kindward("bank", "subscribe", "bank", "list", *ROOT).status
    return copy


def test_founding_says_who_signs_next(founded):
    assert "The list tested is founded by de-centre, fr-centre." in founded.founded.out


def test_the_first_signature_tells_the_terms_and_the_keys_to_compare(two):
    two.agree("a")
    said = two("sign", "fr", "exchange").out
    card = json.loads((two.folder / "de/card.json").read_bytes())

    assert "It founds the list tested: 2 of 2 authorities sign, 1 of 1 witnesses cosign." in said
    assert card["list"]["keyid"] in said
    assert "Still needed: de-centre." in said


def test_what_two_published_is_matched_by_a_subscriber(published):
    assert {value("a"), value("b")} == published.held()


def test_a_withdrawal_reaches_a_subscriber(published):
    record = published.kindward("bank", "show", "bank", "--limit", "9", "-o", "jsonl").record
    entry = next(one["entry"] for one in record["shown"] if one["value"] == value("a"))
    said = published("withdraw", "fr", "exchange", entry, "--reason", "not_illegal")
    published.release()
    updated = published.kindward("bank", "update", "bank")

    assert "1 withdrawal is stated." in said.out
    assert "1 withdrawn" in updated.out
    assert {value("b")} == published.held()


def test_a_list_goes_back_forwards(published):
    published.agree("c")
    published.release()
    published("revert", "de", "exchange", "--to", "1")
    said = published("revert", "fr", "exchange", "--to", "1")
    published.release()
    published.kindward("bank", "update", "bank")
    verified = published.kindward("verify", "release", "list", *ROOT)

    assert "1 change back to release 1 is stated." in said.out
    assert {value("a"), value("b")} == published.held()
    assert (0, True) == (verified.status, "3 added, 1 withdrawn, 2 active" in verified.out)


def test_keys_are_renewed_and_subscribers_follow(published):
    said = published("rotate", "fr", "exchange")
    published.agree("c")
    published.release()
    updated = published.kindward("bank", "update", "bank")

    assert "New keys are made. Each authority now runs: kindward authority sign HOME exchange" in said.out
    assert 0 == updated.status
    assert {value("a"), value("b"), value("c")} == published.held()


def test_a_root_is_kept_for_another_year(published):
    said = published("rotate", "de", "exchange", "--keep", "-o", "json")
    published("rotate", "de", "exchange", "--keep", "--online", status=64)

    assert {"home": "de", "online": False, "keep": True} == json.loads(said.out)


def test_a_subscriber_follows_a_medium_that_somebody_carries(published):
    shutil.move(published.folder / "list", published.folder / "medium")
    (published.folder / "list").mkdir()
    assert 77 == published.kindward("bank", "update", "bank").status
    shutil.rmtree(published.folder / "list")
    shutil.move(published.folder / "medium", published.folder / "list")

    assert 0 == published.kindward("bank", "update", "bank").status


def test_a_subscriber_follows_over_http(published):
    from starlette.applications import Starlette
    from starlette.routing import Mount
    from starlette.staticfiles import StaticFiles

    app = Starlette(routes=[Mount("/lists/one", StaticFiles(directory=published.folder / "list"))])
    with running(app) as url:
        said = published.kindward("bank", "subscribe", "web", f"{url}/lists/one", *ROOT)
        published.agree("c")
        published.release()
        updated = published.kindward("bank", "update", "web")

    assert (0, 0) == (said.status, updated.status)
    assert {value("a"), value("b"), value("c")} == published.held("web")


def test_a_flipped_byte_is_refused_with_a_sentence_and_nothing_changes(published):
    published.agree("c")
    published.release()
    for file in (published.folder / "list").rglob("*.kwc"):
        data = bytearray(file.read_bytes())
        data[-1] ^= 1
        file.write_bytes(data)
    answer = published.kindward("bank", "update", "bank")

    assert 77 == answer.status
    assert {value("a"), value("b")} == published.held()


def test_status_says_what_waits_and_for_whom(two):
    two.propose("a", "b")
    waiting = two("status", "exchange").out
    two("confirm", "fr", "exchange", "--reviewed")
    two("sign", "de", "exchange")
    signed = two("status", "exchange").out

    assert "de-centre-000001: 2 entries proposed by de-centre, 2 wait for a confirmation." in waiting
    assert "Nothing waits to be released." in waiting
    assert "The next release would add 2 and withdraw 0; it waits for: fr-centre." in signed


def test_a_release_is_begun_anew_on_demand(two):
    two.agree("a")
    two("sign", "de", "exchange")
    two.agree("b")
    said = two("sign", "fr", "exchange", "--anew")

    assert "Release 1 is signed: 2 added" in said.out


def test_only_what_the_own_list_holds_too_is_confirmed(two):
    two.propose("a", "b")
    own = two.write("b", "c", name="own.txt")
    said = two("confirm", "fr", "exchange", "--from", own)

    assert "1 entry is confirmed." in said.out
    assert "1 passed over: not in your own list." in said.out


def test_the_time_of_a_list_is_renewed(published):
    said = published("publish", "de", "exchange", "list", "--refresh")

    assert "Release 1 at list is fresh for another day" in said.out


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("init", "de", "--name", "de-centre", "--jurisdiction", "DE"), 75, "There already is something"),
        (("init", "x", "--name", "Bad Name", "--jurisdiction", "DE"), 78, "name"),
        (("init", "x", "--name", "x", "--jurisdiction", "Germany"), 78, ""),
        (("confirm", "fr", "exchange"), 78, "--reviewed"),
        (("confirm", "fr", "exchange", "--reviewed", "--proposal", "none"), 75, ""),
        (("withdraw", "fr", "exchange", "77", "--reason", "other"), 75, "77"),
        (("withdraw", "fr", "exchange", "77", "--reason", "because"), 78, "not_illegal"),
        (("sign", "exchange", "de"), 78, "HOME comes first"),
        (("sign", "de", "nowhere"), 78, "HOME comes first"),
        (("publish", "fr", "exchange", "list"), 75, ""),
        (("revert", "de", "exchange", "--to", "7"), 75, "7"),
        (("propose", "de", "exchange"), 64, "--from"),
        (("found", "de", "other", "--list", "x", "--with", "de/card.json"), 78, ""),
        (("found", "de", "exchange", "--list", "x", "--with", "fr/card.json"), 75, ""),
        (("found", "de", "other", "--list", "x", "--with", "missing.json"), 78, "missing.json"),
        (("init", "y", "--name", "y", "--jurisdiction", "DE", "--list-key", "moon:1"), 78, "moon"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(published, arguments, status, words):
    answer = published(*arguments, status=status)

    assert words in answer.err
    assert "Traceback" not in answer.err


def test_bad_records_are_counted_and_told(two):
    (two.folder / "bad.txt").write_text(f"{value('a')}\nnonsense\n")
    answer = two("propose", "de", "exchange", "--from", "bad.txt", "--category", "demo:a", status=65)

    assert "1 entry is proposed" in answer.out
    assert "2" in answer.err


def test_everything_is_told_to_machines_too(published):
    published.agree("c")
    signed = json.loads(published("sign", "de", "exchange", "-o", "json").out)
    published("sign", "fr", "exchange")
    said = json.loads(published("publish", "de", "exchange", "list", "--witness-key", "witness.key", "-o", "json").out)
    status = json.loads(published("status", "exchange", "-o", "json").out)

    assert (2, ["fr-centre"], []) == (signed["release"], signed["missing"], signed["fresh"])
    assert (2, True, ["witness.example"]) == (said["release"], said["new"], said["witnesses"])
    assert ("tested", 2, 3) == (status["list"], status["release"], status["active"])


def test_a_listed_entry_says_who_confirmed_it(published):
    record = published.kindward("bank", "show", "bank", "--limit", "9", "-o", "jsonl").record

    assert {("de-centre", "fr-centre")} == {tuple(one["confirmed_by"]) for one in record["shown"]}


def test_a_subscribed_list_is_not_changed_here_but_for_quarantine(published):
    record = published.kindward("bank", "show", "bank", "--limit", "9", "-o", "jsonl").record
    entry = record["shown"][0]["entry"]
    added = published.kindward("bank", "add", "bank", "--from", published.write("z"))
    withdrawn = published.kindward("bank", "withdraw", "bank", entry, "--reason", "x")
    doubted = published.kindward("bank", "quarantine", "bank", entry, "--reason", "wrong", "--by", "me")

    assert (75, 75, 0) == (added.status, withdrawn.status, doubted.status), (added, withdrawn, doubted)
    assert 1 == len(published.held())
