"""Updating again and again: each bank by itself, with longer pauses while something fails."""

from __future__ import annotations

import threading

import pytest
from processes import until

from kindward.errors import ContentError, RemoteError, StateError
from kindward.subscription.rounds import LONGEST_PAUSE, Rounds, pause


class Updates:
    """Count the updates of each bank, and fail as told."""

    def __init__(self, **faults):
        self.done, self.told, self.faults = {}, [], faults
        self.rounds = Rounds(self.update, lambda path, outcome, wait: self.told.append((path, outcome, wait)), 0.01)

    def update(self, path):
        self.done[path] = self.done.get(path, 0) + 1
        if path in self.faults:
            raise self.faults[path]
        return path

    def run(self, paths, condition):
        thread = threading.Thread(target=self.rounds.run, args=(paths,))
        thread.start()
        held = until(condition)
        self.rounds.stop()
        thread.join(10)
        return held and not thread.is_alive()


@pytest.fixture
def place(tmp_path):
    return lambda name: tmp_path / name


def test_every_bank_is_updated_again_and_again(place):
    one, two = place("one"), place("two")
    updates = Updates()
    assert updates.run(lambda: [one, two], lambda: min(updates.done.get(path, 0) for path in (one, two)) > 3)


def test_a_slow_bank_holds_up_no_other(place):
    slow, quick = place("slow"), place("quick")
    updates, going_on = Updates(), threading.Event()
    real = updates.update
    updates.rounds = Rounds(lambda path: going_on.wait(20) if path == slow else real(path), lambda *_: None, 0.01)

    def condition():
        seen = updates.done.get(quick, 0) > 3
        if seen:
            going_on.set()
        return seen

    assert updates.run(lambda: [slow, quick], condition)
    assert slow not in updates.done


def test_an_error_is_told_and_the_pause_grows(place):
    updates = Updates()
    updates.faults[place("one")] = RemoteError("remote_unreachable", "No answer.", "")
    assert updates.run(lambda: [place("one")], lambda: len(updates.told) >= 4)
    assert [0.02, 0.04, 0.08, 0.16] == [wait for *_, wait in updates.told[:4]]
    assert {"remote_unreachable"} == {outcome.code for _, outcome, _ in updates.told}


def test_somebody_elses_update_is_no_failure(place):
    updates = Updates()
    updates.faults[place("one")] = StateError("update_running", "Running.", "")
    assert updates.run(lambda: [place("one")], lambda: len(updates.told) >= 3)
    assert {0.01} == {wait for *_, wait in updates.told}


def test_a_fault_of_our_own_is_told_without_its_text_and_the_others_go_on(place):
    updates = Updates()
    updates.faults[place("one")] = ValueError("the bytes of a content")
    assert updates.run(lambda: [place("one"), place("two")], lambda: updates.done.get(place("two"), 0) > 3)
    told = next(outcome for path, outcome, _ in updates.told if path == place("one"))
    assert isinstance(told, ContentError)
    assert "content" not in str(told)


def test_a_bank_that_begins_to_follow_joins(place, monkeypatch):
    monkeypatch.setattr("kindward.subscription.rounds.LOOK_SECONDS", 0.01)
    updates, paths = Updates(), [place("one")]

    def condition():
        paths[:] = [place("one"), place("two")]
        return updates.done.get(place("two"), 0) > 1

    assert updates.run(lambda: list(paths), condition)


def test_a_subscription_may_ask_for_a_pause_of_its_own(place, tmp_path):
    from kindward.subscription import record

    path = place("one")
    path.mkdir()
    record.write(path, record.Subscription(source="file", every=77.0))
    updates = Updates()
    assert updates.run(lambda: [path], lambda: updates.told)
    assert 77.0 == updates.told[0][2]


@pytest.mark.parametrize(
    ("every", "failures", "expected"),
    [(20, 0, 20), (20, 1, 40), (20, 3, 160), (20, 4, LONGEST_PAUSE), (20, 900, LONGEST_PAUSE), (3600, 5, 3600)],
)
def test_the_pause_grows_to_a_limit(every, failures, expected):
    assert expected == pause(every, failures)
