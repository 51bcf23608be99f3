"""A feed is followed page by page, whatever happens on the way."""

import shutil

import pytest
from providers import Followed, Provider, record

from kindward.banks import Bank, build_bank
from kindward.errors import ContentError, RemoteError, StateError
from kindward.model import EntryState, Fingerprint, Trust
from kindward.subscription import rejects

EVENTS = (
    record(1),
    record(2, 12),
    {"bad": 3},
    record(4, kept=["AAEC"]),
    record(5),
    {"id": "e2", "gone": True},
    record(6),
    {"bad": 8},
    record(1, 11),
    record(7),
)


def test_the_first_update_brings_everything_there_is(follow):
    followed = follow(*EVENTS)
    contents = followed.contents()
    assert {"e1", "e4", "e5", "e6", "e7"} == {entry_id for entry_id, *_ in contents["entries"]}
    assert [("e2", "withdrawn", "deleted")] == contents["states"]
    assert [("e4", "pdna", "AAEC")] == contents["kept"]
    assert [(3, "fingerprint_unreadable"), (8, "fingerprint_unreadable")] == contents["rejected"]
    assert {"after": 10} == contents["checkpoint"]


def test_an_update_brings_only_what_is_new_and_tells_its_size(follow):
    followed = follow(*EVENTS)
    followed.provider.events += [record(20), {"id": "e5", "gone": True}, {"bad": 3}]
    report = followed.update()
    assert (1, 1, 1, 3) == (report.tally.put, report.tally.withdrawn, report.tally.rejected, report.tally.found)
    assert report.size > 100
    assert report.size == followed.state.last["bytes"]
    with Bank.open(followed.path) as bank:
        assert [] == bank.lookup([Fingerprint("pdq/1", bytes.fromhex(EVENTS[4]["values"][0]))])
        assert Trust.IMPORTED is bank.trust


def test_an_update_without_news_changes_nothing_but_its_time(follow):
    followed = follow(*EVENTS)
    before, version = followed.contents(), followed.update().version
    report = followed.update()
    assert before == followed.contents()
    assert version == report.version
    assert not report.changed
    assert "2026-11-24T08:00:40Z" == followed.state.updated
    assert "2026-11-24T08:00:00Z" == followed.state.changed


def test_pages_before_an_error_are_kept_and_the_rest_comes_later(follow, tmp_path):
    whole = follow(*EVENTS, name="whole")
    followed = follow(record(0))
    followed.provider.events[:] = [record(0), *EVENTS]
    whole.provider.events[:] = [*EVENTS, record(0)]
    whole.update()
    followed.provider.out_of_reach(after=2)
    with pytest.raises(RemoteError, match="cannot be reached"):
        followed.update()
    assert followed.state.checkpoint["after"] > 1
    followed.provider.fault = lambda _request: None
    followed.update()
    assert whole.contents()["entries"] == followed.contents()["entries"]
    assert whole.contents()["rejected"] == followed.contents()["rejected"]


def test_the_status_says_since_when_updates_fail(follow):
    followed = follow(*EVENTS)
    followed.provider.out_of_reach(after=0)
    for _ in range(3):
        with pytest.raises(RemoteError):
            followed.update()
    state = followed.state
    assert "2026-11-24T08:00:20Z" == state.failing_since
    assert 3 == state.failures
    assert "The host provider.test cannot be reached." == str(state.failure.error)
    assert isinstance(state.failure.error, RemoteError)
    assert "2026-11-24T08:00:00Z" == state.updated
    followed.provider.fault = lambda _request: None
    followed.update()
    assert ("", 0, None) == (followed.state.failing_since, followed.state.failures, followed.state.failure)


def test_killed_at_any_step_an_update_ends_like_one_that_was_not(follow, killer):
    followed, whole = follow(record(0), record(1)), follow(record(0), record(1), name="whole")
    kept = followed.path.with_name("kept")
    shutil.copytree(followed.path, kept)
    for one in (followed, whole):
        one.provider.events += EVENTS
    whole.update()
    event = 1
    while killer(followed.update, event):
        followed.update()
        assert whole.contents() == followed.contents(), event
        shutil.rmtree(followed.path)
        shutil.copytree(kept, followed.path)
        event += 1
    assert whole.contents() == followed.contents()
    assert event > 30


def test_a_source_that_fails_by_its_own_fault_is_told_without_what_it_stumbled_over(follow):
    followed = follow(*EVENTS)
    followed.provider.events.append({"id": "e9", "values": ["no hexadecimal digits"]})
    with pytest.raises(ContentError) as told:
        followed.update()
    assert "source_faulty" == told.value.code
    assert "(ValueError)" in str(told.value)
    assert "hexadecimal" not in str(told.value)


def test_a_fingerprint_that_no_bank_may_match_is_rejected_and_the_others_come_in(follow):
    followed = follow(record(1))
    followed.provider.events += [{"id": "empty", "values": ["00" * 32]}, record(2)]
    report = followed.update()
    assert 1 == report.tally.rejected
    assert {"fingerprint_empty": 1} == followed.state.rejected
    assert {"e1", "e2"} == {entry_id for entry_id, *_ in followed.contents()["entries"]}


def test_a_bank_whose_journal_lost_its_end_is_read_again_as_a_whole(follow):
    followed = follow(*EVENTS)
    before = followed.contents()
    journal = next(followed.path.glob("journal-*"))
    whole = journal.read_bytes()
    followed.provider.events += [record(30), {"id": "e7", "gone": True}]
    followed.update()
    after = followed.contents()
    journal.write_bytes(whole)
    report = followed.update()
    assert report.tally.repaired
    assert after["entries"] == followed.contents()["entries"]
    assert before["entries"] != after["entries"]
    assert not followed.update().tally.repaired


def test_a_bank_that_was_built_anew_loses_what_its_source_does_not_name(follow, made_entry):
    followed = follow(*EVENTS)
    before = followed.contents()["entries"]
    build_bank(followed.path, [made_entry("stranger", 99)], replace=True)
    assert followed.update().tally.repaired
    assert before == followed.contents()["entries"]
    assert ("stranger", "withdrawn", "gone_from_source") in followed.contents()["states"]


def test_what_a_provider_says_is_never_called_federated(follow):
    followed = follow(*EVENTS)
    before = followed.contents()["entries"]
    build_bank(followed.path, (), trust=Trust.FEDERATED, empty=True, replace=True)
    followed.update()
    assert before == followed.contents()["entries"]
    with Bank.open(followed.path) as bank:
        assert Trust.IMPORTED is bank.trust


def test_killed_while_everything_is_read_again_it_begins_again(follow, killer):
    followed = follow(*EVENTS)
    before = followed.contents()
    kept = followed.path.with_name("kept")
    shutil.copytree(followed.path, kept)
    for event in range(5, 60, 6):
        shutil.rmtree(followed.path)
        shutil.copytree(kept, followed.path)
        next(followed.path.glob("journal-*")).write_bytes(b"")
        killer(followed.update, event)
        followed.update()
        assert before["entries"] == followed.contents()["entries"]
        assert before["rejected"] == followed.contents()["rejected"]


def test_a_quarantine_outlives_what_the_source_says(follow):
    followed = follow(*EVENTS)
    with Bank.open(followed.path) as bank:
        bank.quarantine("e5", "a harmless picture", "reviewer")
    followed.provider.events.append(record(5, 55))
    followed.update()
    with Bank.open(followed.path) as bank:
        assert EntryState.QUARANTINED is bank.state("e5").state
        assert [] == bank.lookup([Fingerprint("pdq/1", bytes.fromhex(record(5, 55)["values"][1]))])


def test_only_so_many_rejected_records_are_kept_and_all_are_counted(follow, monkeypatch):
    monkeypatch.setattr(rejects, "KEPT", 4)
    followed = follow(*({"bad": number} for number in range(9)), record(1))
    assert {"fingerprint_unreadable": 9} == followed.state.rejected
    assert [0, 1, 2, 3] == [one.line for one in rejects.kept(followed.path)]


def test_a_damaged_state_is_told_in_a_sentence(follow):
    followed = follow(*EVENTS)
    (followed.path / "subscription" / "state.json").write_text('{"sequence": "many"}')
    with pytest.raises(StateError, match=r"state\.json") as told:
        followed.update()
    assert "subscription_damaged" == told.value.code


def test_two_updates_at_once_are_one(follow, tmp_path):
    followed = follow(*EVENTS)

    def during(_request):
        with pytest.raises(StateError) as told:
            Followed(followed.path, Provider()).update()
        assert "update_running" == told.value.code

    followed.provider.fault = during
    followed.update()
    assert 0 == followed.state.failures
