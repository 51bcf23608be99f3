"""Entries have lives: quarantined, reinstated, expired, withdrawn; humans here stand above the votes of a source."""

from datetime import UTC, datetime

import pytest

from kindward.banks import Item, Kept, build_bank
from kindward.errors import StateError
from kindward.model import EntryState, Trust

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def found(bank, *fingerprints, **options):
    return [match.entry for match in bank.lookup(fingerprints, **options)]


def states(bank):
    return {life.id: (str(life.state), life.reason, life.deciders) for life in bank.states()}


@pytest.fixture(params=[Trust.IMPORTED, Trust.FEDERATED], ids=str)
def bank(request, made):
    """Give a bank of three items: one look, one digest, and a look that two items share."""
    shared = [Item("one", (made.pdq(3),)), Item("two", (made.pdq(3), made.digest(4, 16)))]
    build_bank(made.folder / "made", [Item("look", (made.pdq(1),)), *shared], trust=request.param)
    return made.open()


def test_a_quarantined_entry_matches_no_longer_and_a_reinstated_one_does(made, bank):
    other = made.open()
    bank.quarantine("look", "a landscape", "Anna", now=NOW)
    assert other.refresh()
    for opened in (bank, other, made.open()):
        assert [] == found(opened, made.looks(1))
        assert {"look": ("quarantined", "a landscape", ("Anna",))} == states(opened)
        assert {"pdq/1": 2, "digest/1": 1} == opened.counts()
        assert EntryState.QUARANTINED == opened.entry("look").state
        opened.verify()
    bank.reinstate("look", "it is right", "Ben")
    assert other.refresh()
    for opened in (bank, other, made.open()):
        assert ["look"] == found(opened, made.looks(1, flips=31))
        assert {} == states(opened)
        assert EntryState.ACTIVE == opened.entry("look").state
        assert {"pdq/1": 3, "digest/1": 1} == opened.counts()


def test_of_two_items_with_one_look_only_the_quarantined_one_is_silent(made, bank):
    bank.quarantine("two", "x", "Anna")
    for opened in (bank, made.open()):
        assert ["one"] == found(opened, made.looks(3))
        assert [] == opened.lookup([made.looks(3)], day="")[1:]
    bank.quarantine("one", "x", "Anna")
    bank.compact()
    for opened in (bank, made.open()):
        assert [] == found(opened, made.looks(3))
    bank.reinstate("two", "y", "Anna")
    for opened in (bank, made.open()):
        assert ["two"] == found(opened, made.looks(3))


def test_a_quarantine_outlives_compaction_updates_and_even_a_withdrawal(made, bank):
    bank.quarantine("look", "x", "Anna")
    bank.compact()
    bank.take_over([Item("look", (made.pdq(1), made.pdq(7)))])
    assert [] == found(bank, made.looks(1), made.looks(7))
    bank.take_over([Item("look", reason="revert")])
    assert {"look": ("withdrawn", "revert", ())} == states(bank)
    bank.compact()
    bank.take_over([Item("look", (made.pdq(1),))])
    for opened in (bank, made.open()):
        assert [] == found(opened, made.looks(1))
        assert {"look": ("quarantined", "x", ("Anna",))} == states(opened)


def test_votes_against_an_item_quarantine_it_and_their_change_frees_it(made, bank):
    def voted(votes):
        return [Item("look", (made.pdq(1, negative=votes),))]

    bank.take_over(voted(2), negative_votes=3)
    assert ["look"] == found(bank, made.looks(1))
    bank.take_over(voted(3), negative_votes=3)
    assert [] == found(bank, made.looks(1))
    assert {"look": ("quarantined", "negative_votes", ())} == states(bank)
    bank.compact()
    assert [] == found(made.open(), made.looks(1))
    assert 1 == bank.take_over(voted(3), negative_votes=3).unchanged
    bank.take_over(voted(2), negative_votes=3)
    for opened in (bank, made.open()):
        assert (["look"], {}) == (found(opened, made.looks(1)), states(opened))


def test_votes_do_nothing_where_nobody_asks_for_them(made, bank):
    bank.take_over([Item("look", (made.pdq(1, negative=99),))])
    assert ["look"] == found(bank, made.looks(1))


def test_what_a_human_reinstated_is_not_quarantined_by_votes_again(made, bank, monkeypatch):
    voted = [Item("look", (made.pdq(1, negative=5),))]
    bank.take_over(voted, negative_votes=3)
    bank.reinstate("look", "it is right", "Anna")
    bank.compact()
    bank.take_over([*voted, Item("new", (made.pdq(8),))], negative_votes=3)
    assert ["look"] == found(bank, made.looks(1))
    monkeypatch.setattr("kindward.banks.bank.COMPACT_AFTER", 0)
    bank.take_over(voted, negative_votes=3)
    assert ["look"] == found(made.open(), made.looks(1))
    assert EntryState.ACTIVE == bank.state("look").state


def test_votes_count_when_many_items_are_built_into_parts_at_once(made, bank, monkeypatch):
    monkeypatch.setattr("kindward.banks.bank.COMPACT_AFTER", 0)
    voted = [Item("look", (made.pdq(1, negative=5),)), Item("one", (made.pdq(3, negative=5),))]
    bank.take_over(voted, negative_votes=5)
    assert [] == found(made.open(), made.looks(1))
    bank.take_over([Item("look", (made.pdq(1, negative=4),))], negative_votes=5)
    assert (["look"], ["two"]) == (found(bank, made.looks(1)), found(bank, made.looks(3)))


def test_an_item_that_its_source_doubts_is_quarantined(made, bank):
    bank.take_over([Item("look", (made.pdq(1, state=EntryState.QUARANTINED),))])
    assert {"look": ("quarantined", "doubted_by_source", ())} == states(bank)
    bank.take_over([Item("look", (made.pdq(1),))])
    assert ["look"] == found(bank, made.looks(1))


def test_an_entry_matches_no_more_from_the_day_on_which_it_expires(made, bank):
    bank.take_over([Item("look", (made.pdq(1, expires="2026-12-01"), made.digest(5, expires="2026-12-02")))])
    digest = made.digest(5)
    from kindward.model import Fingerprint

    exact = Fingerprint("digest/1", digest.value)
    assert ["look"] == found(bank, made.looks(1), day="2026-11-30")
    assert [] == found(bank, made.looks(1), day="2026-12-01")
    assert ["look"] == found(bank, exact, day="2026-12-01")
    assert [] == found(bank, exact, day="2026-12-02")
    assert "2026-12-01" == bank.entry("look").expires


def test_an_expired_entry_is_not_found_today(made, bank):
    bank.take_over(
        [Item("look", (made.pdq(1, expires="2001-01-01"),)), Item("x", (made.pdq(9, expires="2999-01-01"),))]
    )
    assert (["x"], []) == (found(bank, made.looks(9)), found(bank, made.looks(1)))
    bank.verify()


@pytest.mark.parametrize("reason_and_name", [("", "Anna"), ("x", " ")])
def test_an_opinion_needs_a_reason_and_a_name(made, bank, reason_and_name):
    for say in (bank.quarantine, bank.reinstate):
        with pytest.raises(StateError) as told:
            say("look", *reason_and_name)
        assert "decider_missing" == told.value.code


def test_only_what_is_there_is_quarantined_and_only_what_is_quarantined_reinstated(made, bank):
    with pytest.raises(StateError) as told:
        bank.quarantine("nobody", "x", "Anna")
    assert "entry_unknown" == told.value.code
    with pytest.raises(StateError) as told:
        bank.reinstate("look", "x", "Anna")
    assert "entry_not_quarantined" == told.value.code
    bank.take_over([Item("kept", kept=(Kept("pdna", "a"),))])
    bank.quarantine("kept", "x", "Anna")
    assert EntryState.QUARANTINED == bank.state("kept").state


def test_a_withdrawal_outlives_compaction_and_adding_again_tells_it(made):
    bank = made.bank(made.pdq(1), made.pdq(2))
    bank.withdraw("e1", "not illegal", deciders=("Anna", "Ben"), now=NOW)
    bank.compact()
    again = made.open()
    assert {"e1": ("withdrawn", "not illegal", ("Anna", "Ben"))} == states(again)
    told = []
    again.add([made.pdq(1), made.pdq(3)], again=told.append)
    assert [("e1", "2026-11-24T12:00:00Z", "not illegal")] == [(life.id, life.at, life.reason) for life in told]
    again.add([made.pdq(1)], again=told.append)
    assert 1 == len(told)
    assert {} == states(made.open())
    again.compact()
    assert {} == states(made.open())


def test_states_are_listed_in_pieces(made):
    bank = made.bank(*map(made.pdq, range(9)))
    for number in range(6):
        bank.withdraw(f"e{number}", "x")
        if number == 3:
            bank.compact()
    assert 6 == bank.state_counts()[EntryState.WITHDRAWN]
    assert 6 == len({life.id for life in bank.states()})
    assert [life.id for life in bank.states()][2:4] == [life.id for life in bank.states(2, 2)]
    bank.add([made.pdq(0)])
    bank.quarantine("e0", "x", "Anna")
    assert {EntryState.QUARANTINED: 1, EntryState.WITHDRAWN: 5} == bank.state_counts()


def test_a_flood_of_quarantined_looks_hides_no_other(made):
    near = [made.pdq(0, id=f"near{number}") for number in range(150)]
    bank = made.bank(*near, made.pdq(0, id="zz"))
    for number in range(150):
        bank.quarantine(f"near{number}", "x", "Anna")
    assert ["zz"] == found(bank, made.looks(0, flips=3))
