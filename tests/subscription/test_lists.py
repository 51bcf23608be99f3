"""A signed list is followed release by release, and is never believed more than it proves."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest
from providers import Followed, Provider
from signed_lists import NOW, PublishedList, entry, fetch_from

from kindward.banks import Bank, build_bank
from kindward.errors import ConfigError, StateError, TrustError
from kindward.model import EntryState, Fingerprint, Trust
from kindward.subscription.record import Subscription
from kindward.subscription.standing import standing


@pytest.fixture
def published(tmp_path):
    """A list with three entries, and its root file."""
    made = PublishedList(tmp_path / "published")
    made.add(entry("a"), entry("b"), entry("c"))
    made.release()
    (tmp_path / "root.json").write_bytes(made.root)
    return made


@pytest.fixture
def follow_list(tmp_path, published):
    """Give a function that subscribes to the list."""

    def start(name="bank", root="root.json"):
        followed = Followed(tmp_path / name, Provider(), lambda _place: fetch_from(published.folder))
        followed.subscribe(Subscription(list="https://lists.test/one"), root=tmp_path / root)
        return followed

    return start


def found(followed, seed):
    with Bank.open(followed.path) as bank:
        return [match.entry for match in bank.lookup([Fingerprint("pdq/1", entry(seed).value)])]


def held(followed):
    with Bank.open(followed.path) as bank:
        states = sorted((life.id, str(life.state), life.reason) for life in bank.states())
        return sorted((one.id, one.value) for one in bank.entries()), states, dict(bank.mark)


def test_a_subscriber_matches_what_the_authorities_published(follow_list):
    followed = follow_list()
    assert ["0"] == found(followed, "a")
    assert [] == found(followed, "z")
    with Bank.open(followed.path) as bank:
        assert Trust.FEDERATED is bank.trust
        assert "1" == bank.mark["release"]
    assert 1 == standing(followed.path).release


def test_what_is_published_and_withdrawn_later_is_taken_over(follow_list, published):
    followed = follow_list()
    published.add(entry("d"))
    published.remove(0, reason="wrong_category")
    published.release()
    report = followed.update()
    assert (1, 1) == (report.tally.put, report.tally.withdrawn)
    assert ([], 1) == (found(followed, "a"), len(found(followed, "d")))
    with Bank.open(followed.path) as bank:
        life = bank.state("0")
        assert (EntryState.WITHDRAWN, "wrong_category", ("bka", "ofmin")) == (life.state, life.reason, life.deciders)


def test_an_update_without_a_new_release_moves_little(follow_list):
    followed = follow_list()
    report = followed.update()
    assert not report.changed
    assert report.size < 20_000


def test_a_local_quarantine_outlives_releases(follow_list, published):
    followed = follow_list()
    with Bank.open(followed.path) as bank:
        bank.quarantine("1", "a harmless picture", "reviewer")
    published.add(entry("d"))
    published.release()
    followed.update()
    assert [] == found(followed, "b")


def test_a_list_whose_signatures_ran_out_is_refused_and_the_bank_goes_on_matching(follow_list):
    followed = follow_list()
    stands = standing(followed.path)
    assert NOW + timedelta(days=1) == stands.expires
    assert not stands.is_stale(NOW)
    followed.now = NOW + timedelta(days=2)
    with pytest.raises(TrustError):
        followed.update()
    assert ["0"] == found(followed, "a")
    assert standing(followed.path).is_stale(followed.now)
    assert standing(followed.path).failures


def test_a_flipped_byte_leaves_the_bank_as_it_was(follow_list, published):
    followed = follow_list()
    before = held(followed)
    published.add(entry("d"))
    published.release()
    newest = max((published.folder / "targets" / "list").glob("*.kwc"), key=lambda file: file.stat().st_mtime_ns)
    damaged = bytearray(newest.read_bytes())
    damaged[-1] ^= 1
    for file in (published.folder / "targets" / "list").glob("*.kwc"):
        file.write_bytes(bytes(damaged) if file == newest else file.read_bytes()[:-1] + b"\0")
    with pytest.raises(TrustError):
        followed.update()
    assert before == held(followed)


def test_another_lists_root_is_refused_and_leaves_nothing_behind(follow_list, tmp_path):
    (tmp_path / "other.json").write_bytes(PublishedList(tmp_path / "other").root)
    with pytest.raises(TrustError):
        follow_list(root="other.json")
    assert not (tmp_path / "bank").exists()


def test_a_root_that_is_no_root_is_refused(follow_list, tmp_path):
    (tmp_path / "no.json").write_text("{}")
    with pytest.raises(TrustError):
        follow_list(root="no.json")
    assert not (tmp_path / "bank").exists()


def test_a_list_without_a_root_is_not_followed(follow_list, tmp_path):
    with pytest.raises(ConfigError) as told:
        Followed(tmp_path / "bank", Provider()).subscribe(Subscription(list="https://lists.test/one"))
    assert "root_missing" == told.value.code
    with pytest.raises(ConfigError) as told:
        follow_list(root="absent.json")
    assert "root_unreadable" == told.value.code


def test_entries_of_a_signed_list_cannot_be_added_or_withdrawn_here(follow_list):
    followed = follow_list()
    with Bank.open(followed.path) as bank:
        for change in (lambda: bank.withdraw("0", "mine"), lambda: bank.add([next(bank.entries())])):
            with pytest.raises(StateError) as told:
                change()
            assert "bank_subscribed" == told.value.code


def test_a_bank_that_was_built_anew_is_federated_again_after_an_update(follow_list, made_entry):
    followed = follow_list()
    before = held(followed)
    build_bank(followed.path, [made_entry("mine", 1)], replace=True)
    assert followed.update().tally.repaired
    assert before == held(followed)
    with Bank.open(followed.path) as bank:
        assert Trust.FEDERATED is bank.trust


def test_killed_at_any_step_an_update_ends_like_one_that_was_not(follow_list, published, killer):
    followed, whole = follow_list(), follow_list(name="whole")
    kept = followed.path.with_name("kept")
    shutil.copytree(followed.path, kept)
    published.add(entry("d"), entry("e"))
    published.remove(1)
    published.release()
    whole.update()
    event = 1
    while killer(followed.update, event):
        followed.update()
        assert held(whole) == held(followed), event
        assert not followed.update().changed
        shutil.rmtree(followed.path)
        shutil.copytree(kept, followed.path)
        event += 1
    assert held(whole) == held(followed)
    assert event > 30


def test_a_bank_whose_journal_lost_its_end_gets_the_whole_history_again(follow_list, published):
    followed = follow_list()
    journal = next(followed.path.glob("journal-*"))
    whole = journal.read_bytes()
    published.remove(0)
    published.add(entry("d"))
    published.release()
    followed.update()
    after = held(followed)
    journal.write_bytes(whole)
    assert ["0"] == found(followed, "a")
    with Bank.open(followed.path) as bank:
        assert standing(followed.path).is_stale(followed.now, bank.mark)
    assert followed.update().tally.repaired
    assert after == held(followed)
    with Bank.open(followed.path) as bank:
        assert not standing(followed.path).is_stale(followed.now, bank.mark)
