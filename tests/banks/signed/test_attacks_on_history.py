"""Every way to slip something into the history of a list, or out of it, is refused and changes nothing."""

import io
import shutil

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from signed_lists import PublishedList, Subscriber, add_leaf, copied, entry, put_back

from kindward.banks.signed import chunks, client
from kindward.banks.signed.following import Follower
from kindward.banks.signed.rows import Closed
from kindward.errors import TrustError
from kindward.ledger.history import History
from kindward.ledger.keys import SigningKey
from kindward.ledger.leaves import Remove, encode

# Entries that are not what they should be


def test_an_entry_confirmed_by_one_authority_only_is_refused(published, following):
    published.add(entry("planted", authorities=("bka",)))
    published.release()

    assert "history_too_few" == following.refused()


def test_an_entry_confirmed_by_two_authorities_of_one_jurisdiction_is_refused(tmp_path):
    published = PublishedList(tmp_path / "published", jurisdictions=("DE", "FR", "DE"))
    published.add(entry("planted", authorities=("bka", "esafety")))
    published.release()

    assert "history_too_few" == Subscriber(tmp_path / "state", published).refused()


def test_an_entry_of_an_authority_that_the_charter_does_not_know_is_refused(published, following):
    published.add(entry("planted", authorities=("bka", "nobody")))
    published.told.clear()
    published.release()

    assert "history_unknown_authority" == following.refused()


@pytest.mark.parametrize(
    "change",
    [
        {"value": bytes(31) + b"\1"},
        {"id": "other"},
        {"category": "scheme:b"},
        {"jurisdiction": "FR"},
        {"expires": "2027-01-01"},
        {"source": "other"},
        {"seed": bytes(32)},
        {"authorities": ("bka", "esafety")},
        {"date": "2026-11-23"},
        {"signal": "digest/1"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_commitment_that_does_not_open_is_refused(published, following, change):
    published.add(entry("d"))
    published.rows[-1] = published.rows[-1]._replace(**change)
    published.release()

    assert "list_history_other" == following.refused()


def test_an_entry_in_force_that_is_not_told_is_refused(published, following):
    published.add(entry("d"))
    published.rows[-1] = Closed(add_leaf(entry("d")))
    published.release()

    assert "list_entry_withheld" == following.refused()


def test_an_entry_that_is_not_told_may_be_withdrawn(published, following):
    (place,) = published.add(entry("d"))
    published.rows[-1] = Closed(published.leaves[place])
    published.remove(place)
    published.release()
    following.update()

    assert str(place) not in following.entries


@pytest.mark.parametrize("field", ["active", "added", "removed", "number", "size"])
def test_a_count_that_lies_is_refused(published, following, field):
    published.add(entry("d"))
    published.release(**{field: 7})

    assert following.refused() in {"release_wrong", "list_incomplete"}


def test_a_release_with_another_root_is_refused(published, following):
    published.add(entry("d"))
    published.release(root=bytes(32))

    assert "list_history_other" == following.refused()


def test_a_withdrawn_entry_cannot_be_smuggled_back(published, following):
    published.remove(1)
    published.release()
    following.update()
    published.rows[1] = entry("b")
    published.add(entry("d"))
    published.release(base=True)
    late = Subscriber(following.folder.with_name("late"), published)
    late.update()
    following.update()

    assert "1" not in following.entries
    assert "1" not in late.entries
    assert "1" in late.withdrawn


def test_a_withdrawal_left_out_of_the_files_is_refused(published, following):
    published.remove(1)
    published.rows[-1] = published.rows[-2]
    published.release()

    assert following.refused() in {"list_history_other", "statement_uncalled"}


def test_a_withdrawal_by_one_authority_that_is_not_needed_is_refused(published, following):
    published.leaf(encode(Remove(0, "adult", ("esafety",), "2026-11-24")))
    published.told.update(["esafety"])
    published.release()

    assert "history_not_entitled" == following.refused()


def test_a_withdrawal_of_what_is_not_there_is_refused(published, following):
    published.remove(3)
    published.release()

    assert "history_not_active" == following.refused()


# The log


def test_another_log_of_the_same_size_is_refused(tmp_path, published, following):
    shutil.rmtree(following.folder)
    published.rows[0] = entry("other")
    published.leaves[0] = add_leaf(entry("other"))
    forked(published)

    assert "list_forked" == following.refused()


def forked(published):
    """Write the whole list anew from its first release, as authorities would who rewrite history together."""
    published.leaves, published.rows = published.leaves[:3], published.rows[:3]
    published.last, published.first, published.begun, published.files = None, 0, 0, {}
    published.told.update(["bka", "ofmin"])
    published.release()


def test_a_log_that_was_rewritten_under_a_subscriber_is_refused(published, following):
    (following.folder / "followed").unlink()
    published.rows[0], published.leaves[0] = entry("other"), add_leaf(entry("other"))
    forked(published)
    published.add(entry("d"))
    published.release()

    assert "list_forked" == following.refused()


def test_a_log_that_was_rewritten_under_a_state_is_refused_when_the_state_goes_on(published, following):
    published.rows[0], published.leaves[0] = entry("other"), add_leaf(entry("other"))
    forked(published)
    published.add(entry("d"))
    published.release()

    assert "list_history_other" == following.refused()


def test_a_checkpoint_without_enough_witnesses_is_refused(published, following):
    published.add(entry("d"))
    published.cosigning = []
    published.release()

    assert "checkpoint_unwitnessed" == following.refused()


def test_two_witnesses_are_two(tmp_path):
    published = PublishedList(tmp_path / "published", quorum=2)
    published.add(entry("a"))
    published.cosigning = [published.witnesses[0]] * 2
    published.release()

    assert "checkpoint_unwitnessed" == Subscriber(tmp_path / "state", published).refused()


def test_a_checkpoint_of_another_log_is_refused(published, following):
    published.add(entry("d"))
    published.release()
    published.write_checkpoint(log=SigningKey.of("log.example/other", Ed25519PrivateKey.generate()))

    assert "checkpoint_unsigned" == following.refused()


def test_a_checkpoint_with_another_root_is_refused(published, following):
    published.add(entry("d"))
    published.release()
    published.write_checkpoint([*published.leaves[:-1], b"other"])

    assert "list_forked" == following.refused()


def test_a_release_that_an_authority_did_not_attest_is_refused(published, following):
    published.add(entry("d"))
    size = len(published.leaves)
    published.release()
    kept = [raw for raw in published.leaves[size:] if b'"t":"attest"' not in raw]
    published.leaves[size:] = kept
    published.write_log()
    published.write_checkpoint()

    assert "list_statement_missing" == following.refused()


def test_a_log_that_is_ahead_of_its_release_is_followed_up_to_the_release(published, following):
    published.add(entry("d"))
    published.release()
    done = list(published.leaves)
    published.add(entry("e"))
    published.write_log()
    published.write_checkpoint()
    following.update()

    assert {"0", "1", "2", "8"} == set(following.entries)
    assert following.update().current
    published.release()
    following.update()
    assert {"0", "1", "2", "8", str(len(done))} == set(following.entries)


def test_a_log_that_is_ahead_must_still_hold_the_release(published, following):
    published.add(entry("d"))
    published.release()
    published.add(entry("e"))
    published.leaves[0] = add_leaf(entry("other"))
    published.write_log()
    published.write_checkpoint()

    assert "log_inconsistent" == following.refused()


def test_a_log_that_is_ahead_by_a_whole_release_is_followed_up_to_the_release(tmp_path, published, following):
    published.add(entry("d"))
    published.release()
    metadata = copied(published, tmp_path)
    published.release()
    put_back(published, metadata, "metadata")
    following.update()

    assert "2" == following.mark["release"]


def test_what_belongs_to_the_next_release_is_no_part_of_this_one(published, following):
    follower = Follower(History(published.charter), published.charter)
    follower.take(chunks.read(io.BytesIO(published.files["list/0-3.kwc"]), "a file"))

    with pytest.raises(TrustError) as refused:
        follower.finish(published.leaves[3], "", [published.leaves[3], add_leaf(entry("d"))])
    assert "release_incomplete" == refused.value.code


def test_statements_without_end_are_not_read(published, following, monkeypatch):
    monkeypatch.setattr(client, "MOST_TAIL", 3)
    published.add(entry("d"))
    published.release()

    assert "list_tail_too_long" == following.refused()
