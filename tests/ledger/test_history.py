"""The rules of the log: one test for each way to break one, and the sentence that says so."""

from dataclasses import replace

import pytest
from made_logs import (
    BKA,
    KC,
    NCA,
    MadeLog,
    again,
    made_charter,
    refused,
    signed,
    told,
)

from kindward.ledger import history as rules
from kindward.ledger.history import NO_CANARIES, History
from kindward.ledger.leaves import decode, encode
from kindward.ledger.tree import Frontier, leaf_hash


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
    log.history = again(log.raw[:-1])
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
