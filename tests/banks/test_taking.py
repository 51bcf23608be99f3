"""A bank takes over the present state of items: exactly, once, and all of it or nothing."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from kindward.banks import Bank, Item, Kept, build_bank
from kindward.errors import StateError
from kindward.model import Entry, EntryState, Trust

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(params=[Trust.IMPORTED, Trust.FEDERATED], ids=str)
def bank(request, made):
    """Give an empty bank of either trust, as one that follows a source begins."""
    build_bank(made.folder / "made", (), trust=request.param, empty=True)
    opened = made.open()
    assert request.param == opened.trust
    return opened


@pytest.fixture(params=["journal", "parts"])
def big(request, monkeypatch):
    """Take over through the journal, and directly into new parts."""
    if request.param == "parts":
        monkeypatch.setattr("kindward.banks.bank.COMPACT_AFTER", 0)
    return request.param


def found(bank, *fingerprints):
    return [match.entry for match in bank.lookup(fingerprints)]


def item(made, number, *, kept=(), **fields):
    return Item(f"i{number}", (made.pdq(number, id="", **fields),), kept)


def test_one_item_taken_over_matches_within_31_bits_and_not_beyond(made, bank, big):
    taken = bank.take_over([item(made, 1)], mark={"release": "1"}, now=NOW)
    assert (1, 0, 0) == (taken.put, taken.withdrawn, taken.unchanged)
    for opened in (bank, made.open()):
        assert ["i1"] == found(opened, made.looks(1))
        assert ["i1"] == found(opened, made.looks(1, flips=31))
        assert [] == found(opened, made.looks(1, flips=32))
        assert {"release": "1"} == opened.mark
    assert bank.trust == bank.lookup([made.looks(1)])[0].trust


def test_the_same_again_changes_nothing(made, bank):
    items = [item(made, 1, kept=(Kept("pdna", "ab"),)), Item("gone", reason="wrong_category", deciders=("DE",))]
    bank.take_over(items, mark={"n": "1"}, now=NOW)
    before = bank.version
    taken = bank.take_over(items, mark={"n": "1"})
    assert (0, 0, 2) == (taken.put, taken.withdrawn, taken.unchanged)
    assert before == bank.version


def test_a_new_mark_alone_is_kept(made, bank):
    bank.take_over([item(made, 1)], mark={"n": "1"})
    bank.take_over([], mark={"n": "2"})
    assert {"n": "2"} == made.open().mark
    bank.compact()
    assert {"n": "2"} == made.open().mark
    bank.take_over([item(made, 2)])
    assert {"n": "2"} == made.open().mark


def test_a_mark_may_be_asked_for_once_all_items_were_read(made, bank, big):
    read = []

    def items():
        for number in range(3):
            read.append(number)
            yield item(made, number)

    bank.take_over(items(), mark=lambda: {"read": str(len(read))})
    assert {"read": "3"} == bank.mark


def test_entries_that_an_item_no_longer_has_are_dropped(made, bank, big):
    bank.take_over([Item("i", (made.pdq(1), made.pdq(2), made.digest(3, 16))), item(made, 9)])
    bank.take_over([Item("i", (made.pdq(2), made.pdq(4)))])
    assert [] == found(bank, made.looks(1))
    assert ["i"] == found(bank, made.looks(2))
    assert ["i"] == found(bank, made.looks(4))
    assert ["i9"] == found(bank, made.looks(9))
    assert {"pdq/1": 3, "digest/1": 0} == bank.counts()
    assert {"pdq/1": 3, "digest/1": 0} == made.open().counts()


def test_an_item_without_anything_is_withdrawn_with_reason_and_deciders(made, bank, big):
    bank.take_over([item(made, 1), item(made, 2)])
    taken = bank.take_over([Item("i1", reason="not_illegal", deciders=("FR", "DE"))], now=NOW)
    assert (0, 1) == (taken.put, taken.withdrawn)
    for opened in (bank, made.open()):
        assert [] == found(opened, made.looks(1))
        assert [("i1", EntryState.WITHDRAWN, "not_illegal", "2026-11-24T12:00:00Z", ("DE", "FR"))] == list(
            opened.states()
        )
        assert {EntryState.QUARANTINED: 0, EntryState.WITHDRAWN: 1} == opened.state_counts()


def test_a_withdrawal_without_a_reason_is_the_sources(made, bank):
    bank.take_over([item(made, 1)])
    bank.take_over([Item("i1")])
    assert "withdrawn_by_source" == bank.state("i1").reason


def test_a_withdrawal_said_again_keeps_its_day(made, bank, big):
    gone = Item("i1", reason="duplicate")
    bank.take_over([gone], now=NOW)
    bank.take_over([gone, item(made, 2)], now=NOW.replace(year=2027))
    assert "2026-11-24T12:00:00Z" == bank.state("i1").at


def test_an_item_that_comes_back_is_withdrawn_no_more(made, bank, big):
    bank.take_over([Item("i1")])
    bank.take_over([item(made, 1)])
    assert [] == list(bank.states())
    assert bank.state("i1") is None
    bank.compact()
    assert [] == list(made.open().states())
    assert ["i1"] == found(made.open(), made.looks(1))


def test_of_an_item_named_twice_the_last_one_holds(made, bank, big):
    first = Item("i", (made.pdq(1), made.pdq(2)), (Kept("pdna", "old"),))
    bank.take_over([first, item(made, 5), Item("i", (made.pdq(2),)), Item("j"), Item("j", (made.pdq(7),))])
    assert ["i"] == found(bank, made.looks(2))
    assert [] == found(bank, made.looks(1))
    assert ["j"] == found(bank, made.looks(7))
    assert ((), []) == (bank.kept_of("i"), list(bank.states()))
    bank.take_over([Item("k", (made.pdq(8),)), Item("k")])
    assert [] == found(bank, made.looks(8))
    assert EntryState.WITHDRAWN == bank.state("k").state


def test_fingerprints_of_other_kinds_are_kept_counted_and_listed(made, bank, big):
    kept = (Kept("pdna", "cc"), Kept("tmk_pdqf", "https://x/1"), Kept("pdna", "cc"))
    bank.take_over([item(made, 1, kept=kept), Item("only", kept=(Kept("pdna", "dd"),))])
    for _ in range(2):
        opened = made.open()
        expected = {("i1", "pdna", "cc"), ("i1", "tmk_pdqf", "https://x/1"), ("only", "pdna", "dd")}
        assert expected == {(entry, one.signal, one.value) for entry, one in opened.kept()}
        assert {"pdna": 2, "tmk_pdqf": 1} == opened.kept_counts()
        assert opened.state("only") is None
        bank.compact()
    bank.take_over([Item("only", kept=(Kept("pdna", "ee"),)), item(made, 1)])
    for _ in range(2):
        assert [("only", Kept("pdna", "ee"))] == list(made.open().kept())
        bank.compact()


def test_a_fingerprint_that_no_bank_may_match_is_kept_and_told(made, bank, big):
    empty = Entry("", "pdq/1", bytes(32))
    taken = bank.take_over([Item("i", (empty, made.pdq(1))), Item("j", (empty,)), Item("k", (Entry("", "x/1", b"1"),))])
    assert ["fingerprint_empty", "fingerprint_empty", "signal_unsupported"] == [
        one.reason_code for one in taken.rejected
    ]
    assert {("i", "pdq"), ("j", "pdq"), ("k", "x/1")} == {(entry, one.signal) for entry, one in bank.kept()}
    assert ["i"] == found(bank, made.looks(1))


def test_all_fields_of_an_entry_come_back_from_journal_and_parts(made, bank, big):
    full = Entry(
        "i",
        "pdq/1",
        made.value(1),
        "S",
        "x:1",
        "n",
        "DE",
        "2026-11-01",
        ("A", "B"),
        "2099-01-01",
        4,
        2,
    )
    bank.take_over([Item("i", (full, replace(full, signal="digest/1", value=made.value(1, 20), expires="")))])
    for _ in range(2):
        opened = made.open()
        assert [full] == [entry for entry in opened.holding("i") if entry.signal == "pdq/1"]
        assert ["", "2099-01-01"] == sorted(entry.expires for entry in opened.holding("i"))
        bank.compact()


def test_fields_are_freed_of_what_a_row_cannot_hold(made, bank):
    dirty = made.pdq(
        1,
        jurisdiction="D\x1fE",
        expires="2027-01-01T00:00:00Z",
        added="soon",
        confirmed_by=("B\n", "A", ""),
        negative=-1,
    )
    bank.take_over([Item(" i\x1e ", (dirty,))])
    bank.compact()
    entry = made.open().entry("i")
    assert ("D E", "2027-01-01", "", ("A", "B"), 0) == (
        entry.jurisdiction,
        entry.expires,
        entry.added,
        entry.confirmed_by,
        entry.negative,
    )


def test_one_call_is_one_line_so_that_a_torn_one_is_nothing(made, bank):
    bank.take_over([item(made, 1)], mark={"n": "1"})
    journal = bank.path / "journal-000001"
    whole = journal.read_bytes()
    bank.take_over([item(made, number) for number in range(2, 50)], mark={"n": "2"})
    assert 2 == journal.read_bytes().count(b"\n")
    journal.write_bytes(journal.read_bytes()[:-2])
    again = made.open()
    assert ({"pdq/1": 1, "digest/1": 0}, {"n": "1"}) == (again.counts(), again.mark)
    journal.write_bytes(whole)
    assert {"n": "1"} == made.open().mark


def test_what_a_failing_source_gave_until_then_changes_nothing(made, bank, big):
    def items():
        yield item(made, 1)
        yield item(made, 2)
        raise RuntimeError("the source is gone")

    before = bank.version
    with pytest.raises(RuntimeError, match="the source is gone"):
        bank.take_over(items())
    assert before == made.open().version
    assert {"journal-000001", "lock", "manifest.json"} == {
        path.name for path in bank.path.iterdir() if not path.name.startswith("pdq-")
    }


def test_many_items_over_a_changed_bank_leave_the_others_as_they_were(made, monkeypatch):
    build_bank(made.folder / "made", (), empty=True)
    bank = made.open()
    bank.take_over([item(made, number, kept=(Kept("pdna", str(number)),)) for number in range(20)])
    bank.take_over([Item("i3", reason="revert"), item(made, 4, note="changed")])
    bank.quarantine("i5", "looks wrong", "Anna")
    monkeypatch.setattr("kindward.banks.bank.COMPACT_AFTER", 5)
    bank.take_over([item(made, number, note="new") for number in range(10, 30)], mark={"n": "3"})
    again = made.open()
    notes = {entry.id: entry.note for entry in again.entries()}
    assert {f"i{n}": "new" for n in range(10, 30)} | {f"i{n}": "" for n in range(10) if n not in {3, 4}} | {
        "i4": "changed"
    } == notes
    assert {f"i{n}" for n in range(10) if n not in {3, 4}} == {entry for entry, _ in again.kept()}
    assert {("i3", "withdrawn"), ("i5", "quarantined")} == {(life.id, life.state) for life in again.states()}
    assert {"n": "3"} == again.mark
    again.verify()


def test_a_bank_of_the_first_format_is_opened_and_becomes_the_second_when_it_is_built_anew(made):
    import shutil

    bank = made.bank(made.pdq(1, source="S"))
    record = json.loads((bank.path / "manifest.json").read_text())
    del record["mark"], record["checksum"]
    rows = [f"{key} {part['sha256']}" for key, part in sorted(record["parts"].items())]
    content = hashlib.sha256("\n".join(("kindward bank 1", *rows)).encode()).hexdigest()
    record |= {"format": 1, "content": content}
    record["checksum"] = hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()
    shutil.copytree(bank.path, made.folder / "old")
    (made.folder / "old" / "manifest.json").write_text(json.dumps(record))
    old = made.open("old")
    assert ("S", {}) == (old.entry("e1").source, old.mark)
    old.take_over([item(made, 2)], mark={"n": "1"})
    assert {"n": "1"} == made.open("old").mark
    old.compact()
    assert 2 == json.loads((old.path / "manifest.json").read_text())["format"]
    assert ["e1", "i2"] == sorted(entry.id for entry in made.open("old").entries())


def test_a_signed_list_is_changed_by_its_source_only(made):
    build_bank(made.folder / "made", [item(made, 1)], trust=Trust.FEDERATED, mark={"n": "1"})
    bank = made.open()
    for change in (lambda: bank.add([made.pdq(2)]), lambda: bank.withdraw("i1", "x")):
        with pytest.raises(StateError) as told:
            change()
        assert "bank_subscribed" == told.value.code
    bank.compact()
    again = made.open()
    assert (Trust.FEDERATED, {"n": "1"}, ["i1"]) == (again.trust, again.mark, found(again, made.looks(1)))


def test_items_can_be_built_into_a_bank_together_with_entries(made):
    records = [made.pdq(1), Item("i", (made.pdq(2),), (Kept("pdna", "a"),)), Item("i", (made.pdq(3),)), Item("w")]
    report = build_bank(made.folder / "made", records)
    bank = made.open()
    assert (2, ["e1", "i"]) == (report.entries, sorted(entry.id for entry in bank.entries()))
    assert [] == found(bank, made.looks(2))
    assert (EntryState.WITHDRAWN, []) == (bank.state("w").state, list(bank.kept()))


def test_a_plain_list_has_no_part_for_lives(made):
    bank = made.bank(made.pdq(1), made.digest(2))
    assert {"pdq.values", "pdq.entries", "sha256.values", "sha256.entries"} == set(
        json.loads((bank.path / "manifest.json").read_text())["parts"]
    )


def test_an_empty_bank_is_refused_unless_it_follows_something(made):
    with pytest.raises(StateError) as told:
        build_bank(made.folder / "none", ())
    assert "bank_empty" == told.value.code
    build_bank(made.folder / "none", (), empty=True)
    with Bank.open(made.folder / "none") as bank:
        assert [] == found(bank, made.looks(1))
        bank.verify()


def test_kept_fingerprints_of_added_items_are_kept_too(made):
    bank = made.bank(made.pdq(1))
    assert 1 == bank.add([Item("i", (made.pdq(2, id=""),), (Kept("pdna", "a"),))])
    bank.add([Item("i", (), (Kept("pdna", "b"),))])
    assert (Kept("pdna", "a"), Kept("pdna", "b")) == made.open().kept_of("i")


def test_entries_that_their_source_calls_withdrawn_are_none(made, bank, big):
    gone = made.pdq(1, state=EntryState.WITHDRAWN)
    bank.take_over([Item("i", (gone, made.pdq(2))), Item("j", (gone,))], mark={"n": "1"})
    assert ([], ["i"]) == (found(bank, made.looks(1)), found(bank, made.looks(2)))
    assert EntryState.WITHDRAWN == bank.state("j").state
    bank.take_over([Item("j", reason="revert")])
    assert ("revert", {"n": "1"}) == (bank.state("j").reason, made.open().mark)


def test_a_journal_is_as_long_as_the_items_in_it(made, bank, monkeypatch):
    monkeypatch.setattr("kindward.banks.bank.COMPACT_AFTER", 10)
    bank.take_over([item(made, number) for number in range(6)])
    assert (bank.path / "journal-000001").exists()
    bank.take_over([item(made, number) for number in range(6, 12)])
    assert 0 == (bank.path / "journal-000002").stat().st_size


def test_ids_with_the_same_key_are_told_apart(made, bank, monkeypatch):
    monkeypatch.setattr("kindward.banks.records.id_key", lambda _: 7)
    bank.take_over([Item(name, reason=f"r{name}") for name in "abc"])
    bank.compact()
    bank.take_over([Item("b", (made.pdq(1),))])
    bank.compact()
    assert {"a": "ra", "c": "rc"} == {life.id: life.reason for life in made.open().states()}
    assert ("rc", None) == (made.open().state("c").reason, made.open().state("b"))
