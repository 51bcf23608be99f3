"""The follower says which size, place or file is wrong, and gives each entry once all is proven."""

import io

import pytest
from signed_lists import CANARIES, PublishedList, add_leaf, entry

from kindward.banks.signed import chunks
from kindward.banks.signed.following import FEW, Follower, Seen, mark_of, read_release
from kindward.banks.signed.rows import Closed
from kindward.errors import TrustError
from kindward.ledger.history import History
from kindward.ledger.leaves import Canary, encode
from kindward.ledger.tiles import TileReader

ROOT = bytes(32)


@pytest.fixture
def many(tmp_path):
    """Publish a release of many entries that share everything but fingerprint and name."""
    published = PublishedList(tmp_path / "published")
    rows = [entry(str(n), seed=b"s" * 32) for n in range(3 * FEW)]
    rows[FEW + 3] = rows[FEW + 3]._replace(value=b"\xff" * 32)
    published.add(*rows)
    published.release()
    return published


def chunk(published, name=None):
    return chunks.read(io.BytesIO(published.files[name or next(iter(published.files))]), name or "a file")


def taken(published, *, seen=(), history=None):
    follower = Follower(history or History(published.charter), published.charter, seen)
    follower.take(chunk(published))
    return follower


def finished(published, follower, **changes):
    size = published.last.size
    given = {
        "release": encode(published.last),
        "checkpoint": (published.folder / "log" / "checkpoint").read_text(),
        "tail": published.leaves[size : published.begun],
        **changes,
    }
    return follower.finish(**given)


def refused(act, code, **facts):
    with pytest.raises(TrustError) as refused:
        act()
    assert (code, facts) == (refused.value.code, refused.value.facts)
    assert all(str(fact) in refused.value.sentence for fact in facts.values())


def test_many_entries_that_share_everything_are_given_one_by_one(many):
    follower = taken(many)
    followed = finished(many, follower)
    items = list(follower.items(chunk(many)))

    assert [str(n) for n in range(3 * FEW)] == [item.id for item in items]
    assert [str(FEW + 3)] == [item.id for item in items if not item.entries]
    assert "entry_unusable" == items[FEW + 3].reason
    assert [many.rows[n].value for n in range(3 * FEW) if n != FEW + 3] == [
        item.entries[0].value for item in items if item.entries
    ]
    assert (many.last, len(many.leaves), many.root_of(many.leaves)) == (followed.release, followed.size, followed.root)
    assert mark_of(many.last) == followed.mark


def test_a_run_of_which_a_part_is_known_is_taken_from_there_on(many):
    history = History(many.charter)
    for leaf in many.leaves[:FEW]:
        history.take(leaf)
    follower = taken(many, history=history)
    finished(many, follower)

    assert [str(n) for n in range(FEW, 3 * FEW)] == [item.id for item in follower.items(chunk(many))]


def test_states_seen_before_are_compared_where_they_were_seen(many):
    right = [
        Seen(size, many.root_of(many.leaves[:size])) for size in (5, 1, FEW, 3 * FEW, 3 * FEW + 1, len(many.leaves))
    ]
    finished(many, taken(many, seen=right))

    for one in right[:4]:
        refused(lambda one=one: taken(many, seen=[*right, Seen(one.size, ROOT)]), "list_forked", size=one.size)
    for one in right[4:]:
        follower = taken(many, seen=[*right, Seen(one.size, ROOT)])
        refused(lambda follower=follower: finished(many, follower), "list_forked", size=one.size)


def test_a_state_that_is_known_already_is_not_waited_for(many):
    history = History(many.charter)
    for leaf in many.leaves[:FEW]:
        history.take(leaf)

    assert finished(many, taken(many, history=history, seen=[Seen(FEW, ROOT), Seen(0, ROOT)]))


def test_a_log_shorter_than_one_seen_before_is_a_mixture(many):
    follower = taken(many, seen=[Seen(len(many.leaves) + 1, ROOT)])

    refused(lambda: finished(many, follower), "list_mixed", what="log/checkpoint")


def test_files_must_follow_each_other(many):
    size = 3 * FEW
    follower = Follower(History(many.charter), many.charter)
    many.tell(5, size)

    refused(lambda: follower.take(chunk(many, f"list/5-{size}.kwc")), "chunk_gap", start=5, end=size, size=0)
    follower.take(chunk(many))
    refused(lambda: follower.take(chunk(many)), "chunk_gap", start=0, end=size, size=size)


def test_the_release_must_end_where_the_files_end(many):
    short = Follower(History(many.charter), many.charter)

    refused(lambda: finished(many, short), "list_incomplete", size=0, end=3 * FEW)


def test_a_release_must_be_one(many):
    for data in (b"", b"{}", many.leaves[0], b"\xff"):
        refused(lambda data=data: read_release(data), "release_unreadable")
        refused(lambda data=data: finished(many, taken(many), release=data), "release_unreadable")


def test_the_leaves_after_the_release_begin_with_it(many):
    right = many.leaves[many.last.size :]

    for tail in ([], right[1:], [right[1], right[0]], [*right, add_leaf(entry("next"))]):
        follower = taken(many)
        refused(lambda f=follower, t=tail: finished(many, f, tail=t), "list_mixed", what="log/tile/entries")


def test_what_was_not_stated_is_named(many):
    right = many.leaves[many.last.size :]
    follower = taken(many)

    refused(lambda: finished(many, follower, tail=right[:2]), "list_statement_missing", authority="bka, ofmin")


def test_an_entry_that_is_not_told_is_named_by_its_place(many):
    rows = list(many.rows[: 3 * FEW])
    rows[7] = Closed(add_leaf(rows[7]))
    stream = io.BytesIO()
    chunks.write(stream, 0, len(rows), rows)
    stream.seek(0)
    follower = Follower(History(many.charter), many.charter)
    follower.take(chunks.read(stream, "a file"))

    refused(lambda: finished(many, follower), "list_entry_withheld", index=7)


def test_a_checkpoint_behind_the_release_is_a_mixture(many):
    many.write_checkpoint(many.leaves[:-1])

    refused(lambda: finished(many, taken(many)), "list_mixed", what="log/checkpoint")


def test_a_checkpoint_with_another_root_is_a_fork(many):
    many.write_checkpoint([*many.leaves[:-1], b"x"])

    refused(lambda: finished(many, taken(many)), "list_forked", size=len(many.leaves))


def test_a_checkpoint_ahead_needs_a_proof(many):
    size = len(many.leaves)
    many.add(entry("next"))
    many.write_log()
    many.write_checkpoint()
    reader = TileReader(lambda path: (many.folder / "log" / path).read_bytes(), len(many.leaves))
    facts = {"old": size, "size": size + 1}

    refused(lambda: finished(many, taken(many)), "log_inconsistent", **facts)
    refused(lambda: finished(many, taken(many), prove=lambda _: [ROOT]), "log_inconsistent", **facts)
    assert finished(many, taken(many), prove=reader.prove_consistency)


def test_a_report_on_canaries_may_stand_in_several_leaves(tmp_path):
    published = PublishedList(tmp_path / "published")
    published.add(entry("a"))
    published.release()
    for name in ("bka", "ofmin"):
        published.state(Canary(1, name, CANARIES, {"more": 90}))
    published.begun = len(published.leaves)
    published.write_checkpoint()

    assert finished(published, taken(published))


def test_history_that_was_followed_can_be_gone_on_with(many):
    followed = finished(many, taken(many))
    known = History.resume(many.charter, followed.state)

    assert (len(many.leaves), 3 * FEW, 1) == (known.size, known.active, known.releases)
