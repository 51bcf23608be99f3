"""What reviewers say: in force here at once, told to the source once it hears."""

from __future__ import annotations

import pytest
from providers import Followed, Provider, record, value

from kindward.banks import Bank
from kindward.errors import RemoteError, StateError
from kindward.model import EntryState, Fingerprint
from kindward.subscription import opinions, reviewing
from kindward.subscription.record import Subscription


def say(followed, entry_id="e1", *, wrong=True, reason="a harmless picture"):
    return reviewing.give_opinion(followed.path, entry_id, wrong=wrong, reason=reason, by="anna", means=followed.means)


def found(followed, number):
    with Bank.open(followed.path) as bank:
        return [match.entry for match in bank.lookup([Fingerprint("pdq/1", value(number))])]


def test_a_wrong_entry_matches_no_longer_and_waits_to_be_told(follow):
    followed = follow(record(1), record(2))
    assert ["e1"] == found(followed, 1)
    heard = say(followed)
    assert (True, True) == (heard.quarantined, heard.queued)
    assert ([], ["e2"]) == (found(followed, 1), found(followed, 2))
    assert 1 == reviewing.waiting(followed.path)
    with Bank.open(followed.path) as bank:
        life = bank.state("e1")
        assert (EntryState.QUARANTINED, "a harmless picture", ("anna",)) == (life.state, life.reason, life.deciders)


def test_the_next_update_tells_the_source_and_empties_the_queue(follow):
    followed = follow(record(1), record(2))
    say(followed)
    assert 1 == followed.update().sent
    assert [("e1", "a harmless picture")] == followed.provider.heard
    assert 0 == reviewing.waiting(followed.path)
    assert 0 == followed.update().sent
    assert [] == found(followed, 1)


def test_every_fingerprint_of_a_wrong_item_is_told(follow):
    followed = follow(record(1, 11, 12))
    say(followed)
    assert 3 == reviewing.waiting(followed.path)


def test_the_same_opinion_twice_is_told_once(follow):
    followed = follow(record(1))
    assert say(followed).queued
    assert not say(followed).queued
    assert 1 == reviewing.waiting(followed.path)


def test_a_right_entry_goes_on_matching(follow):
    followed = follow(record(1))
    assert not say(followed, wrong=False, reason="").quarantined
    assert ["e1"] == found(followed, 1)
    assert 1 == followed.update().sent


def test_what_the_source_cannot_hear_now_it_hears_later(follow):
    followed = follow(record(1), record(2))
    say(followed)
    say(followed, "e2")

    def deaf(request):
        if request.method == "POST":
            raise RemoteError("remote_unreachable", "The host cannot be reached.", "")

    followed.provider.fault = deaf
    report = followed.update()
    assert (0, "remote_unreachable") == (report.sent, report.unsent.code)
    assert 2 == reviewing.waiting(followed.path)
    followed.provider.fault = lambda _request: None
    assert 2 == followed.update().sent


def test_what_the_source_refuses_does_not_hold_up_the_others(follow):
    followed = follow(record(1), record(2))
    say(followed)
    say(followed, "e2")

    def refusing(request):
        if request.url.endswith("/e1"):
            raise RemoteError("remote_failed", "The host says no.", "")

    followed.provider.fault = refusing
    assert 1 == followed.update().sent
    assert [("e2", "a harmless picture")] == followed.provider.heard
    assert 1 == reviewing.waiting(followed.path)


def test_a_source_that_takes_no_feedback_is_not_asked_again_and_again(tmp_path):
    (tmp_path / "list.txt").write_text(value(1).hex())
    followed = Followed(tmp_path / "bank", Provider())
    followed.subscribe(Subscription(source="file", settings={"path": str(tmp_path / "list.txt")}))
    with Bank.open(followed.path) as bank:
        entry_id = next(bank.entries()).id
    say(followed, entry_id)
    assert "feedback_unsupported" == followed.update().unsent.code
    assert followed.update().unsent is None
    assert ["feedback_unsupported"] == [one.failure.code for _, one in opinions.queued(followed.path)]
    assert "feedback_unsupported" == reviewing.send_opinions(followed.path, followed.means)[1].code
    assert [] == found(followed, 1)


def test_sending_now_tells_everything_that_waits(follow):
    followed = follow(record(1))
    say(followed)
    assert (1, None) == reviewing.send_opinions(followed.path, followed.means)
    assert [("e1", "a harmless picture")] == followed.provider.heard


def test_an_opinion_needs_an_entry_a_reason_and_a_subscription(follow, tmp_path):
    followed = follow(record(1))
    with pytest.raises(StateError) as told:
        say(followed, "e9")
    assert "entry_unknown" == told.value.code
    with pytest.raises(StateError) as told:
        say(followed, reason="")
    assert "reason_missing" == told.value.code
    assert 0 == reviewing.waiting(followed.path)
    with pytest.raises(StateError) as told:
        say(Followed(tmp_path / "nothing", Provider()))
    assert "not_subscribed" == told.value.code


def test_killed_at_any_step_no_opinion_is_lost(follow, killer):
    followed = follow(record(1))
    event = 1
    while killer(lambda: say(followed), event):
        say(followed)
        assert 1 == reviewing.waiting(followed.path)
        assert [] == found(followed, 1)
        with Bank.open(followed.path) as bank:
            bank.reinstate("e1", "once more", "anna")
        next(iter(opinions.queued(followed.path)))[0].unlink()
        event += 1
    assert event > 8
