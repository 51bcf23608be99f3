"""A subscriber keeps up with a list, fetches only what is new, and loses nothing when it is interrupted."""

from datetime import timedelta

import pytest
from signed_lists import NOW, PublishedList, Subscriber, entry

from kindward.banks.signed import client
from kindward.banks.signed.client import SignedList
from kindward.errors import RemoteError, TrustError


def names(subscriber):
    return {item.entries[0].note for item in subscriber.entries.values()}


def test_the_first_update_gives_every_entry_with_what_is_known_of_it(subscriber):
    told = subscriber.update()
    first = subscriber.entries["0"].entries[0]

    assert not told.current
    assert {"a", "b", "c"} == names(subscriber)
    assert ("0", "0", "pdq/1", entry("a").value, "bka", "scheme:a") == (
        subscriber.entries["0"].id,
        first.id,
        first.signal,
        first.value,
        first.source,
        first.severity,
    )
    assert ("DE", "2026-11-24", ("bka", "ofmin"), "", "a") == (
        first.jurisdiction,
        first.added,
        first.confirmed_by,
        first.expires,
        first.note,
    )


def test_the_mark_names_the_release_and_the_log_it_stands_for(published, subscriber):
    told = subscriber.update()

    assert {"release": "1", "size": "3", "root": published.last.root.hex()} == told.mark
    assert (1, 3, 3) == (told.release.number, told.release.size, told.release.active)
    assert NOW + timedelta(days=1) == told.expires


def test_an_update_without_news_fetches_a_timestamp_and_nothing_else(subscriber):
    subscriber.update()
    told = subscriber.update()

    assert told.current
    assert [] == list(told.items())
    assert ["metadata/2.root.json", "metadata/timestamp.json"] == subscriber.fetched
    assert 1 == told.release.number


def test_a_list_that_was_only_signed_anew_is_current_and_lasts_longer(published, subscriber):
    subscriber.update()
    published.now += timedelta(hours=6)
    published.sign_online()
    told = subscriber.update()

    assert told.current
    assert NOW + timedelta(days=1) == told.expires
    assert not any("kwc" in path or "log" in path for path in subscriber.fetched)


def test_a_change_moves_only_the_change(published, subscriber):
    subscriber.update()
    published.add(entry("d"))
    published.remove(1, "adult")
    published.release()
    told = subscriber.update()

    assert not told.current
    assert {"a", "c", "d"} == names(subscriber)
    assert ("1", (), "adult", ("bka", "ofmin")) == (
        subscriber.withdrawn["1"].id,
        subscriber.withdrawn["1"].entries,
        subscriber.withdrawn["1"].reason,
        subscriber.withdrawn["1"].deciders,
    )
    files = [path for path in subscriber.fetched if path.endswith(".kwc")]
    assert [True] == [path.endswith(".3-10.kwc") for path in files]


def test_several_releases_that_were_missed_are_caught_up_with_in_one_update(published, subscriber):
    subscriber.update()
    for name in "def":
        published.add(entry(name))
        published.release(base=False)
    subscriber.update()

    assert set("abcdef") == names(subscriber)
    assert 3 == sum(path.endswith(".kwc") for path in subscriber.fetched)


def test_a_new_subscriber_of_an_old_list_takes_the_base_and_learns_the_withdrawals(tmp_path, published):
    published.remove(0)
    published.release()
    published.add(entry("d"))
    published.remove(1)
    published.release()
    subscriber = Subscriber(tmp_path / "late", published)
    subscriber.update()

    assert {"c", "d"} == names(subscriber)
    assert {"0", "1"} == set(subscriber.withdrawn)
    assert 1 == sum(path.endswith(".kwc") for path in subscriber.fetched)


def test_a_release_without_changes_is_followed_too(published, subscriber):
    subscriber.update()
    published.release()
    told = subscriber.update()

    assert (2, False) == (told.release.number, told.current)
    assert {"a", "b", "c"} == names(subscriber)
    assert subscriber.update().current


def test_an_update_that_was_not_committed_is_given_once_more(published, subscriber):
    subscriber.update(commit=False)
    subscriber.entries.clear()
    subscriber.mark = None
    subscriber.update()

    assert {"a", "b", "c"} == names(subscriber)
    published.add(entry("d"))
    published.release()
    subscriber.update(commit=False)
    subscriber.update(commit=False)
    assert {"a", "b", "c", "d"} == names(subscriber)
    subscriber.update()
    assert subscriber.update().current


def test_a_file_that_was_fetched_before_an_interruption_is_not_fetched_again(subscriber):
    subscriber.update(commit=False)
    subscriber.mark = None
    subscriber.update()

    assert not any(path.endswith(".kwc") for path in subscriber.fetched)
    assert [] == list((subscriber.folder / "files").iterdir())


def test_a_torn_file_of_an_interrupted_update_is_fetched_again(subscriber):
    subscriber.update(commit=False)
    (file,) = (subscriber.folder / "files").iterdir()
    file.write_bytes(file.read_bytes()[:-1])
    subscriber.mark = None
    subscriber.update()

    assert 1 == sum(path.endswith(".kwc") for path in subscriber.fetched)
    assert {"a", "b", "c"} == names(subscriber)


def test_a_bank_that_came_back_from_a_backup_gets_everything_again(published, subscriber):
    subscriber.update()
    old = subscriber.mark
    published.add(entry("d"))
    published.release()
    subscriber.update()
    subscriber.mark = old
    subscriber.entries.clear()
    subscriber.update()

    assert {"a", "b", "c", "d"} == names(subscriber)


def test_a_bank_without_a_mark_gets_everything_again(subscriber):
    subscriber.update()
    subscriber.entries.clear()
    subscriber.mark = None
    told = subscriber.update()

    assert not told.current
    assert {"a", "b", "c"} == names(subscriber)


@pytest.mark.parametrize("damage", [b"", b"kindward followed 1\n{}\n", b"nonsense\n\n"])
def test_a_state_that_cannot_be_read_begins_anew(subscriber, damage):
    subscriber.update()
    (subscriber.folder / "followed").write_bytes(damage)
    subscriber.entries.clear()
    subscriber.update()

    assert {"a", "b", "c"} == names(subscriber)


def test_digests_are_followed_like_pictures(tmp_path):
    published = PublishedList(tmp_path / "published")
    widths = {"sha256": 32, "sha1": 20, "md5": 16}
    published.add(*(entry(name, signal="digest/1", width=width) for name, width in widths.items()))
    published.release()
    subscriber = Subscriber(tmp_path / "state", published)
    subscriber.update()
    found = {item.entries[0].note: item.entries[0] for item in subscriber.entries.values()}

    assert widths == {name: len(one.value) for name, one in found.items()}
    assert {"digest/1"} == {one.signal for one in found.values()}


def test_an_entry_that_no_bank_can_hold_is_told_as_unusable_and_stops_nothing(tmp_path):
    published = PublishedList(tmp_path / "published")
    published.add(entry("a", value=bytes(32)), entry("b", expires="tomorrow"), entry("c"))
    published.release()
    subscriber = Subscriber(tmp_path / "state", published)
    subscriber.update()

    assert {"c"} == names(subscriber)
    assert {"0": "entry_unusable", "1": "entry_unusable"} == {
        name: item.reason for name, item in subscriber.withdrawn.items()
    }


def test_texts_of_entries_are_made_fit_to_be_shown(tmp_path):
    published = PublishedList(tmp_path / "published")
    published.add(entry("a", id="one\x1b[31m two", source="b\nka", jurisdiction="D\tE"))
    published.release()
    subscriber = Subscriber(tmp_path / "state", published)
    subscriber.update()
    (found,) = (item.entries[0] for item in subscriber.entries.values())

    assert ("one [31m two", "b ka", "D E") == (found.note, found.source, found.jurisdiction)


def test_the_charter_may_change_and_old_entries_stay_good_under_the_old_one(tmp_path, published, subscriber):
    subscriber.update()
    published.add(entry("d", authorities=("bka", "esafety")))
    published.release(base=False)
    gone = published.keys.pop("esafety")
    published.delegates.remove("esafety")
    published.rotate()
    published.add(entry("e"))
    published.release(base=False)
    late = Subscriber(tmp_path / "late", published)
    late.update()
    subscriber.update()

    assert gone is not None
    assert set("abcde") == names(subscriber) == names(late)
    assert "metadata/2.root.json" in subscriber.fetched


def test_what_is_not_committed_is_not_given_before_it_is_verified(published, subscriber):
    published.write_checkpoint(published.leaves[:3])

    assert "list_mixed" == subscriber.refused()
    assert not subscriber.entries
    published.write_checkpoint()
    subscriber.update()
    assert {"a", "b", "c"} == names(subscriber)


def test_a_publication_that_is_replaced_while_we_read_is_read_again(published, subscriber):
    tries = []
    right = subscriber.fetch

    def replaced(path, most):
        if path.endswith(".kwc") and not tries:
            tries.append(path)
            published.add(entry("d"))
            published.release()
            (published.folder / path).unlink()
        return right(path, most)

    subscriber.fetch = replaced
    subscriber.update()

    assert {"a", "b", "c", "d"} == names(subscriber)
    assert 1 == len(tries)


def test_a_host_that_cannot_be_reached_is_no_question_of_trust(subscriber):
    def unreachable(_path, _most):
        raise RemoteError("remote_unreachable", "The host cannot be reached.")

    subscriber.fetch = unreachable
    with pytest.raises(RemoteError):
        subscriber.update()


def test_it_is_tried_three_times_before_a_mixture_is_called_one(published, subscriber):
    published.write_checkpoint(published.leaves[:3])
    subscriber.refused()

    assert client.TRIES == subscriber.fetched.count("log/checkpoint") == 3


def test_other_refusals_are_told_at_once(published, subscriber):
    published.cosigning = []
    published.write_checkpoint()
    published.quorum = 0
    subscriber.root = b"{}"

    assert "list_root_unusable" == subscriber.refused()
    assert [] == subscriber.fetched


def test_nothing_can_be_had_from_a_follower_that_has_not_finished(tmp_path, published):
    told = SignedList(tmp_path / "state", published.root, Subscriber(tmp_path, published).fetch).update(None, NOW)
    told._work._follower._finished = False

    with pytest.raises(RuntimeError):
        list(told.items())


def test_errors_of_a_list_survive_translation(published, subscriber):
    published.write_checkpoint(published.leaves[:3])
    with pytest.raises(TrustError) as refused:
        subscriber.update()

    assert "Parts of the list come from different states of it (log/tile/entries)." == refused.value.sentence
