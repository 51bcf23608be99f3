"""The rules of the log while charters change, and a history that is kept and goes on later."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_logs import (
    BKA,
    DAY,
    KC,
    NCA,
    MadeLog,
    again,
    charter_record,
    flipped,
    made_charter,
    public_key,
    refused,
    signed,
)

from kindward.errors import StateError, TrustError
from kindward.ledger.charter import Charter
from kindward.ledger.history import History
from kindward.ledger.leaves import Add, Remove

# Charters change.


def _rotated(**fields):
    """A charter in which NCA has a new key and other parameters hold."""
    record = charter_record(parameters={"pdq_distance": 31, "pdq_quality": 60})
    record["authorities"][NCA]["key"] = public_key("new nca").to_dict()
    return Charter.from_record(record | fields)


def _two_charters():
    log = MadeLog()
    log.add(2)
    log.release()
    old, new = log.charter, _rotated()
    log.history = again([])
    history = History(new, old)
    for raw in log.raw:
        history.take(raw)
    log.history = history
    return log, old, new


def test_a_log_may_go_on_under_a_later_charter():
    log, old, new = _two_charters()
    assert log.history.charter is old
    log.add()
    log.put(log.a_release(parameters=new.parameters_digest))
    assert log.history.charter is new
    log.put(log.an_attest(BKA))
    log.put(signed(log.an_attest(NCA), by="new nca"))


def test_a_log_never_goes_back_to_an_earlier_charter():
    log, old, new = _two_charters()
    log.put(log.a_release(parameters=new.parameters_digest))

    assert log.history.charter is new
    assert "release_wrong" == refused(log, log.a_release(parameters=old.parameters_digest)).code


def test_a_leaf_that_no_charter_allows_moves_nothing():
    log, old, _ = _two_charters()

    assert "history_too_few" == refused(log, log.an_add(9, (BKA,))).code
    assert log.history.charter is old
    log.put(log.a_release())


def test_who_agreed_is_asked_anew_under_a_later_charter():
    record = charter_record({BKA: "DE", KC: "NL"}, parameters={"pdq_distance": 31, "pdq_quality": 60})
    log = MadeLog()
    log.add(2)
    log.release()
    history = History(Charter.from_record(record), log.charter)
    for raw in log.raw:
        history.take(raw)
    log.history = history
    log.put(log.a_release(parameters=Charter.from_record(record).parameters_digest))

    log.add(1, (BKA, KC))
    assert "history_unknown_authority" == refused(log, log.an_add(9)).code


# Going on later.

GROUPS = [(BKA, NCA), (KC, NCA), (BKA, KC, NCA)]


def test_a_history_goes_on_from_its_state(log):
    log.remove(0)
    log.release()
    history = History.resume(log.charter, log.history.state())

    assert (log.history.size, log.history.active, log.history.last, log.history.counts()) == (
        history.size,
        history.active,
        history.last,
        history.counts(),
    )
    assert log.history.state() == history.state()
    log.history = history
    log.add(2, category="C3")
    log.add(1, category="A1")
    log.remove(1)
    log.release()
    assert (4, 3, log.history.frontier.root()) == (
        log.history.active,
        log.history.releases,
        again(log.raw).frontier.root(),
    )


def test_a_history_goes_on_under_charters_that_came_since(log):
    new = _rotated()
    history = History.resume(new, log.history.state(), log.charter)
    log.history = history
    log.add()
    log.release()

    assert history.charter is log.charter
    log.put(log.a_release(parameters=new.parameters_digest))
    assert history.charter is new


def test_the_state_of_nothing_can_be_kept():
    history = History.resume(made_charter(), History(made_charter()).state())

    assert (0, None) == (history.size, history.last)


@pytest.mark.parametrize("leaf", ["add", "release"])
def test_the_state_is_kept_between_releases_only(log, leaf):
    log.add()
    if leaf == "release":
        log.put(log.a_release())

    with pytest.raises(StateError, match="in the middle of a release") as refused:
        log.history.state()
    assert "history_open" == refused.value.code
    assert "whole" in refused.value.hint


@settings(deadline=None)
@given(st.integers(0, 10_000))
def test_a_state_with_a_flipped_bit_is_refused(seed):
    log = MadeLog()
    log.add(2)
    log.release()
    with pytest.raises(TrustError) as refused:
        History.resume(log.charter, flipped(log.history.state(), seed=seed))
    assert "history_state_unreadable" == refused.value.code
    assert "follow the list again" in refused.value.hint


def test_a_state_that_was_cut_is_refused(log):
    state = log.history.state()
    for length in range(len(state)):
        with pytest.raises(TrustError, match="damaged"):
            History.resume(log.charter, state[:length])


@settings(deadline=None, max_examples=30)
@given(st.data())
def test_any_right_history_is_taken_and_counted_as_a_plain_list_would(data):
    log, active = MadeLog(), {}
    for _ in range(data.draw(st.integers(1, 3))):
        for names, category, count in data.draw(
            st.lists(
                st.tuples(st.sampled_from(GROUPS), st.sampled_from("ABC"), st.integers(1, 9)),
                max_size=3,
            )
        ):
            active |= dict.fromkeys(log.add(count, names, category), (names, category))
        for index in data.draw(st.lists(st.sampled_from(sorted(active)), max_size=3, unique=True)) if active else []:
            log.remove(index)
            del active[index]
        log.release()
        history = again(log.raw)

        assert len(active) == log.history.active == history.active
        found = [index for index in range(history.size) if history.is_active(index)]
        assert active == {index: (history.names(index), history.category(index)) for index in found}
        assert len(active) == sum(history.counts().values())
        assert history.state() == log.history.state()


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 100_000))
def test_a_log_with_one_bit_turned_over_is_refused_or_has_another_root(seed):
    log = MadeLog()
    log.add(3)
    log.remove(0)
    log.release()
    raw = list(log.raw)
    at = seed % len(raw)
    raw[at] = flipped(raw[at], seed=seed)
    try:
        found = again(raw).frontier.root()
    except TrustError:
        return
    assert log.history.frontier.root() != found


def test_entries_and_withdrawals_may_be_of_any_day(log):
    log.put(Add(bytes(32), "A1", (BKA, NCA), "2020-02-29"))
    log.put(Remove(0, "other", (BKA,), DAY))

    assert 3 == log.history.active
