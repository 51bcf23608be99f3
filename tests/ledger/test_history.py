"""The rules of the log: one test for each way to break one, and the sentence that says so."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_logs import BKA, DAY, KC, NCA, MadeLog, charter_record, flipped, made_charter, public_key, signed

from kindward.errors import StateError, TrustError
from kindward.ledger import history as rules
from kindward.ledger.charter import Charter
from kindward.ledger.history import NO_CANARIES, History
from kindward.ledger.leaves import Add, Remove, decode, encode
from kindward.ledger.tree import Frontier, leaf_hash


@pytest.fixture
def log():
    """A log of one whole release of three entries."""
    made = MadeLog()
    made.add(2)
    made.add(1, category="B2")
    made.release({"list/0-3.kwc": "a" * 64})
    return made


def refused(log, leaf):
    """The error a leaf meets; the history must be as it was before."""
    before = (log.history.size, log.history.active, log.history.frontier.root(), log.history.missing, log.history.last)
    with pytest.raises(TrustError) as met:
        log.history.take(leaf if isinstance(leaf, bytes) else encode(leaf))
    after = (log.history.size, log.history.active, log.history.frontier.root(), log.history.missing, log.history.last)
    assert before == after
    return met.value


def told(error):
    assert "tell its authorities" in error.hint
    return error.code, error.facts["index"], error.sentence


def test_a_whole_release_is_complete(log):
    assert (8, 3, 1, True, ()) == (
        log.history.size,
        log.history.active,
        log.history.releases,
        log.history.complete,
        log.history.missing,
    )
    assert log.history.last == decode(log.raw[3])
    frontier = Frontier()
    frontier.extend(map(leaf_hash, log.raw))
    assert frontier.root() == log.history.frontier.root()


def test_an_empty_history_is_complete_and_knows_nothing():
    history = History(made_charter())

    assert (0, 0, 0, True, None, {}) == (
        history.size,
        history.active,
        history.releases,
        history.complete,
        history.last,
        history.counts(),
    )
    assert not history.is_active(0)


def test_who_confirmed_what_is_known_while_it_is_active(log):
    assert [True, True, True, False, False] == [log.history.is_active(index) for index in (0, 1, 2, 3, -1)]
    assert ((BKA, NCA), "A1") == (log.history.names(0), log.history.category(0))
    assert ((BKA, NCA), "B2") == (log.history.names(2), log.history.category(2))
    assert ((), "") == (log.history.names(3), log.history.category(3))
    assert {((BKA, NCA), "A1"): 2, ((BKA, NCA), "B2"): 1} == log.history.counts()
    log.remove(0)
    assert ((), "", 2) == (log.history.names(0), log.history.category(0), log.history.active)
    assert {((BKA, NCA), "A1"): 1, ((BKA, NCA), "B2"): 1} == log.history.counts()


def test_the_leaf_is_given_back(log):
    add = log.an_add(9)

    assert add == log.history.take(encode(add))
    assert add is log.history.take(encode(add), add)


@pytest.mark.parametrize("names", [(BKA,), (KC,)])
def test_an_entry_of_one_authority_is_refused(log, names):
    assert ("history_too_few", 8) == told(refused(log, log.an_add(9, names)))[:2]


def test_an_entry_of_two_authorities_of_one_jurisdiction_is_refused():
    log = MadeLog(made_charter({BKA: "DE", "lka.example": "DE", NCA: "GB"}))
    log.add()

    code, index, sentence = told(refused(log, log.an_add(9, (BKA, "lka.example"))))
    assert ("history_too_few", 1) == (code, index)
    assert (
        "Leaf 1 breaks a rule: an entry needs two authorities of two jurisdictions, it has bka.example, lka.example."
        == sentence
    )


@pytest.mark.parametrize("number", [0, 1])
def test_an_entry_of_a_stranger_is_refused(log, number):
    log.add(number)

    code, index, sentence = told(refused(log, log.an_add(9, (BKA, NCA, "stranger.example"))))
    assert ("history_unknown_authority", 8 + number) == (code, index)
    assert "it names stranger.example, which is no authority" in sentence


@pytest.mark.parametrize(
    ("names", "deciders"),
    [
        ((BKA, NCA), (BKA,)),
        ((BKA, NCA), (NCA,)),
        ((BKA, NCA), (BKA, NCA)),
        ((BKA, NCA), (KC, NCA)),
        ((BKA, KC, NCA), (BKA, NCA)),
        ((BKA, KC, NCA), (BKA, KC, NCA)),
    ],
)
def test_those_without_whom_an_entry_would_not_stand_may_withdraw_it(names, deciders):
    log = MadeLog()
    log.add(2, names)
    log.remove(0, deciders)

    assert (1, False, True) == (log.history.active, log.history.is_active(0), log.history.is_active(1))


@pytest.mark.parametrize(
    ("names", "deciders"), [((BKA, NCA), (KC,)), ((BKA, KC, NCA), (BKA,)), ((BKA, KC, NCA), (NCA,))]
)
def test_one_alone_may_not_withdraw_an_entry_that_stands_without_it(names, deciders):
    log = MadeLog()
    log.add(2, names)

    code, index, sentence = told(refused(log, log.a_remove(1, deciders)))
    assert ("history_not_entitled", 2) == (code, index)
    assert f"Leaf 2 breaks a rule: {deciders[0]} alone may not withdraw leaf 1." == sentence


def test_a_stranger_may_not_withdraw_anything(log):
    assert "history_unknown_authority" == refused(log, log.a_remove(0, (BKA, "stranger.example"))).code


@pytest.mark.parametrize("index", [3, 8, 9, 1000])
def test_what_is_no_entry_cannot_be_withdrawn(log, index):
    code, at, sentence = told(refused(log, log.a_remove(index)))
    assert ("history_not_active", 8) == (code, at)
    assert f"it withdraws leaf {index}, which is no active entry" in sentence


def test_nothing_is_withdrawn_twice(log):
    log.remove(0)

    assert ("history_not_active", 9) == told(refused(log, log.a_remove(0)))[:2]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", 3),
        ("number", 1),
        ("size", 10),
        ("root", bytes(32)),
        ("active", 5),
        ("active", 3),
        ("added", 1),
        ("removed", 1),
        ("parameters", "0" * 64),
    ],
)
def test_a_release_that_says_something_wrong_is_refused(log, field, value):
    log.add(3)
    log.remove(0)
    log.remove(1)
    log.put(log.a_release())
    log.history = _again(log.raw[:-1])
    right = decode(log.raw.pop())
    said = value.hex() if isinstance(value, bytes) else value
    true = getattr(right, field)

    code, index, sentence = told(refused(log, replace(right, **{field: value})))
    assert ("release_wrong", 13) == (code, index)
    assert (
        f"Leaf 13 breaks a rule: release {value if field == 'number' else 2} says {field} {said}, but it is "
        in sentence
    )
    assert sentence.endswith(f"{true.hex() if isinstance(true, bytes) else true}.")
    assert (2, 4, 3, 2) == (right.number, right.active, right.added, right.removed)
    log.put(right)


def _again(raw, charter=None):
    history = History(charter or made_charter())
    for each in raw:
        history.take(each)
    return history


def test_a_release_dated_before_the_last_is_refused(log):
    log.add()

    code, index, sentence = told(refused(log, log.a_release(date="2026-11-24T11:59:59Z")))
    assert ("release_earlier", 9) == (code, index)
    assert "release 2 is dated before" in sentence
    log.put(log.a_release(date="2026-11-24T12:00:00Z"))


def test_a_release_without_changes_lacks_nothing(log):
    log.put(log.a_release())

    assert (True, 2, 3) == (log.history.complete, log.history.releases, log.history.active)
    log.add()
    log.release()
    assert (True, 3, 4) == (log.history.complete, log.history.releases, log.history.active)


def test_a_release_waits_for_the_statements_of_everybody_it_names(log):
    log.add(1, (BKA, NCA))
    log.add(1, (KC, NCA))
    assert (False, (BKA, KC, NCA)) == (log.history.complete, log.history.missing)
    log.put(log.a_release())
    assert (False, (BKA, KC, NCA)) == (log.history.complete, log.history.missing)
    for name in (BKA, KC, NCA):
        log.put(log.an_attest(name))
    assert (False, (BKA, KC, NCA)) == (log.history.complete, log.history.missing)
    log.put(log.a_canary(BKA))
    log.put(log.a_canary(NCA))
    assert (False, (KC,)) == (log.history.complete, log.history.missing)
    log.put(log.a_canary(KC))
    assert (True, ()) == (log.history.complete, log.history.missing)


@pytest.mark.parametrize("leaf", ["add", "remove", "release"])
def test_nothing_new_begins_while_a_release_lacks_a_statement(log, leaf):
    log.add()
    log.put(log.a_release())
    log.put(log.an_attest(BKA))
    log.put(log.a_canary(BKA))
    begins = {"add": log.an_add(9), "remove": log.a_remove(0), "release": log.a_release()}[leaf]

    code, index, sentence = told(refused(log, begins))
    assert ("release_incomplete", 12) == (code, index)
    assert "Leaf 12 begins a new release, but release 2 lacks a statement of nca.example." == sentence


def test_a_report_on_canaries_may_come_in_parts_and_all_must_report_on_the_same(log):
    log.add()
    log.put(log.a_release())
    for name in (BKA, NCA):
        log.put(log.an_attest(name))
    log.put(log.a_canary(BKA, {"beach": 100}))
    log.put(log.a_canary(NCA, {"beach": 100}))
    assert log.history.complete
    log.put(log.a_canary(BKA, {"clinic": 32}))
    assert (False, (NCA,)) == (log.history.complete, log.history.missing)
    log.put(log.a_canary(NCA, {"clinic": 77}))
    assert log.history.complete


def _open(log):
    log.add()
    log.put(log.a_release())
    return log


@pytest.mark.parametrize(
    ("leaf", "code"),
    [
        (lambda log: log.an_attest(BKA, number=1), "statement_elsewhere"),
        (lambda log: log.an_attest(BKA, number=3), "statement_elsewhere"),
        (lambda log: log.a_canary(BKA, number=1), "statement_elsewhere"),
        (lambda log: log.an_attest(KC), "statement_uncalled"),
        (lambda log: log.a_canary(KC), "statement_uncalled"),
        (lambda log: log.an_attest("stranger.example"), "statement_uncalled"),
        (lambda log: signed(log.an_attest(BKA), by=NCA), "statement_forged"),
        (lambda log: replace(log.an_attest(BKA), signature=log.an_attest(NCA).signature), "statement_forged"),
        (lambda log: replace(log.a_canary(BKA), near={"beach": 200}), "statement_forged"),
        (lambda log: log.an_attest(BKA, count=2), "attestation_wrong"),
        (lambda log: log.an_attest(BKA, count=0), "attestation_wrong"),
        (lambda log: log.an_attest(BKA, root=bytes(32)), "attestation_wrong"),
        (lambda log: log.a_canary(BKA, canaries="0" * 64), "canary_report_wrong"),
        (lambda log: log.a_canary(BKA, {}), "canary_report_wrong"),
        (lambda log: log.a_canary(BKA, {"beach": 31}), "canary_near"),
        (lambda log: log.a_canary(BKA, {"beach": 90, "clinic": 0}), "canary_near"),
    ],
)
def test_a_wrong_statement_is_refused(log, leaf, code):
    _open(log)

    found, index, sentence = told(refused(log, leaf(log)))
    assert (code, 10) == (found, index)
    assert sentence.startswith("Leaf 10 breaks a rule: ")


def test_a_wrong_statement_is_named(log):
    _open(log)

    assert "statement on release 1 does not" in refused(log, log.an_attest(BKA, number=1)).sentence
    assert "kc.example states something on a release" in refused(log, log.an_attest(KC)).sentence
    assert "not one of bka.example" in refused(log, signed(log.an_attest(BKA), by=NCA)).sentence
    assert "bka.example attests other leaves" in refused(log, log.an_attest(BKA, count=2)).sentence
    assert "bka.example reports on other canaries" in refused(log, log.a_canary(BKA, canaries="0" * 64)).sentence
    assert (
        "an entry is only 31 bits from the lawful canary beach"
        in refused(log, log.a_canary(BKA, {"beach": 31})).sentence
    )


def test_statements_come_once(log):
    _open(log)
    log.put(log.an_attest(BKA))
    log.put(log.a_canary(BKA, {"beach": 32}))

    assert "attestation_wrong" == refused(log, log.an_attest(BKA)).code
    assert "canary_report_wrong" == refused(log, log.a_canary(BKA, {"beach": 40, "clinic": 50})).code


def test_statements_stand_behind_their_release(log):
    early = MadeLog()
    assert "statement_elsewhere" == refused(early, encode(signed(replace(log.an_attest(BKA), number=0)))).code
    log.add()
    assert "statement_elsewhere" == refused(log, log.an_attest(BKA)).code
    assert "statement_elsewhere" == refused(log, log.a_canary(BKA)).code


def test_on_an_empty_list_of_canaries_a_report_says_nothing():
    log = MadeLog(made_charter(canaries=NO_CANARIES))
    log.add()
    log.put(log.a_release())
    for name in (BKA, NCA):
        log.put(log.an_attest(name))
    log.put(log.a_canary(BKA, {}))
    assert (False, (NCA,)) == (log.history.complete, log.history.missing)
    assert "canary_report_wrong" == refused(log, log.a_canary(BKA, {})).code
    log.put(log.a_canary(NCA, {}))

    assert log.history.complete


def test_an_authority_attests_what_it_withdrew(log):
    added = log.add(1, (BKA, KC))[0]
    log.release()
    log.remove(added, (KC,))
    log.release()

    assert [True] == [b'"t":"remove"' in raw for raw in log.own(KC)]
    assert (True, 3) == (log.history.complete, log.history.active)


def test_too_many_groups_are_refused(log, monkeypatch):
    monkeypatch.setattr(rules, "_GROUPS", 3)
    log.add(1, category="C3")

    code, index, sentence = told(refused(log, log.an_add(9, category="D4")))
    assert ("history_too_many_groups", 9) == (code, index)
    assert "too many groups" in sentence
    log.add(1, category="A1")


@pytest.mark.parametrize("pending", [1, 2, 3, 4096])
def test_the_tree_is_the_same_however_many_leaves_wait(monkeypatch, pending):
    monkeypatch.setattr(rules, "_PENDING", pending)
    monkeypatch.setattr("kindward.ledger.opened._PENDING", pending)
    log = MadeLog()
    log.add(20)
    log.add(5, (KC, NCA))
    log.release()
    frontier = Frontier()
    frontier.extend(map(leaf_hash, log.raw))

    assert frontier.root() == log.history.frontier.root()
    assert log.history.complete


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
    log.history = _again([])
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
        _again(log.raw).frontier.root(),
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
        history = _again(log.raw)

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
        found = _again(raw).frontier.root()
    except TrustError:
        return
    assert log.history.frontier.root() != found


def test_entries_and_withdrawals_may_be_of_any_day(log):
    log.put(Add(bytes(32), "A1", (BKA, NCA), "2020-02-29"))
    log.put(Remove(0, "other", (BKA,), DAY))

    assert 3 == log.history.active
