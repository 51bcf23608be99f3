"""Killed at any moment, whoever signs or publishes runs it again; the log never forks and nothing is lost."""

import shutil

import pytest
from ceremonies import DE, FR, Ceremony, words_of
from providers import Killer

from kindward.errors import KindwardError


@pytest.fixture
def waiting(tmp_path):
    """Found a list with one release, and let a second one wait to be published."""
    ceremony = Ceremony(tmp_path)
    ceremony.agree("a", "b")
    ceremony.release()
    ceremony.agree("c")
    ceremony.withdraw(FR, "a")
    ceremony.sign()
    ceremony.tick()
    return ceremony


def copied(ceremony, tmp_path):
    """Keep everything as it is, to begin again from there."""
    kept = tmp_path.parent / f"{tmp_path.name}-kept"
    shutil.copytree(tmp_path, kept)

    def put_back():
        shutil.rmtree(tmp_path)
        shutil.copytree(kept, tmp_path)

    return put_back


def test_a_publisher_that_is_killed_anywhere_goes_on(waiting, tmp_path):
    put_back = copied(waiting, tmp_path)
    before = waiting.subscriber("before")
    before.update(waiting.now)
    killed, turn = 0, 1
    kill = Killer(tmp_path)
    while kill(waiting.publish, turn):
        killed += 1
        follower = waiting.subscriber(f"while-{turn}")
        follower.update(waiting.now)
        assert words_of(follower) in ({"a", "b"}, {"b", "c"})
        waiting.publish()
        for subscriber in (follower, waiting.subscriber(f"after-{turn}")):
            subscriber.update(waiting.now)
            assert {"b", "c"} == words_of(subscriber)
        waiting.audit()
        put_back()
        turn += 7
    assert killed > 5


def test_a_signer_that_is_killed_anywhere_goes_on(waiting, tmp_path):
    waiting.publish()
    waiting.agree("d")
    put_back = copied(waiting, tmp_path)
    killed, turn = 0, 1
    kill = Killer(tmp_path)
    while kill(lambda: waiting.sign(DE), turn):
        killed += 1
        waiting.sign()
        waiting.publish()
        subscriber = waiting.subscriber(f"after-{turn}")
        subscriber.update(waiting.now)
        assert {"b", "c", "d"} == words_of(subscriber)
        put_back()
        turn += 5
    assert killed > 2


def test_a_statement_that_was_cut_off_is_said_again(waiting, tmp_path):
    put_back = copied(waiting, tmp_path)
    kill, turn, killed = Killer(tmp_path), 1, 0
    while kill(lambda: waiting.propose(DE, "later"), turn):
        killed += 1
        try:
            waiting.propose(DE, "later")
        except KindwardError as refused:
            assert refused.code == "proposal_empty"  # noqa: PT017 - it was said before it was cut off
        put_back()
        turn += 2
    assert killed > 2


def test_a_log_that_was_signed_and_not_published_binds_its_publisher(waiting):
    """After the publisher signed a length of the log, another log of that length would be a fork."""
    with pytest.raises(KindwardError) as refused:
        waiting.publish(cosigners=[])
    assert "release_unwitnessed" == refused.value.code
    with pytest.raises(KindwardError) as bound:
        waiting.rotate(DE)
    assert "release_in_log" == bound.value.code
    waiting.publish()
