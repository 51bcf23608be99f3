"""Where subscriptions stand, as every worker of a service reads it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from providers import record

from kindward import open_checker
from kindward.errors import StateError
from kindward.model import BANK_STALE, Fingerprint
from kindward.subscription import standing as module
from kindward.subscription.standing import Standings, standing

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def expire(followed, at):
    state = followed.state
    state.expires = at
    state.write(followed.path)


def test_a_standing_is_read_again_only_when_it_changed(follow, monkeypatch):
    followed = follow(record(1))
    standings = Standings([followed.path])
    assert 1 == standings.look()[followed.path].release
    real, reads = module.standing, []
    monkeypatch.setattr(module, "standing", lambda path: reads.append(path) or real(path))
    standings.look()
    assert [] == reads
    followed.provider.events.append(record(2))
    followed.update()
    assert 2 == standings.look()[followed.path].release
    assert [followed.path] == reads


def test_a_bank_that_follows_nothing_has_no_standing(follow, tmp_path):
    assert {} == Standings([tmp_path / "nothing"]).look()
    with pytest.raises(StateError) as told:
        standing(tmp_path / "nothing")
    assert "not_subscribed" == told.value.code


def test_a_standing_that_cannot_be_read_now_stays_as_it_was(follow):
    followed = follow(record(1))
    standings = Standings([followed.path])
    standings.look()
    (followed.path / "subscription" / "state.json").write_text("torn")
    assert 1 == standings.look()[followed.path].release


@pytest.mark.parametrize(("seconds", "stale"), [(-1, False), (0, True), (1, True)])
def test_a_list_is_stale_from_the_moment_its_signature_runs_out(follow, seconds, stale):
    followed = follow(record(1))
    expire(followed, NOW.isoformat())
    assert stale is standing(followed.path).is_stale(NOW + timedelta(seconds=seconds))


def test_a_feed_has_no_signature_that_could_run_out(follow):
    followed = follow(record(1))
    assert not standing(followed.path).is_stale(NOW + timedelta(days=4000))


def test_a_moment_that_is_none_never_makes_stale(follow):
    followed = follow(record(1))
    expire(followed, "soon")
    assert standing(followed.path).expires is None


@pytest.mark.parametrize(("step", "stale"), [("0", True), ("1", False), ("2", False), ("no number", True)])
def test_a_bank_with_an_older_mark_than_its_subscription_lacks_something(follow, step, stale):
    followed = follow(record(1))
    assert stale is standing(followed.path).is_stale(NOW, {"step": step})


def test_a_verdict_notes_that_a_bank_may_lack_newer_changes(follow):
    followed = follow(record(1))
    known = Fingerprint("pdq/1", bytes.fromhex(record(1)["values"][0]))
    with open_checker(followed.path, settings=None) as checker:
        assert BANK_STALE not in checker.match([known]).notes
        expire(followed, "2026-01-01T00:00:00+00:00")
        checker.refresh()
        verdict = checker.match([known])
        assert BANK_STALE in verdict.notes
        assert ["e1"] == [match.entry for match in verdict.matches]
        assert [("bank", True)] == [(name, stale) for name, _, stale in checker.standings()]
