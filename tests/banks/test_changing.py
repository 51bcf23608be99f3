import threading
import time

import pytest

from kindward.banks import Bank
from kindward.errors import StateError, TrustError
from kindward.model import Entry, Fingerprint


def found(bank, *fingerprints):
    return [match.entry for match in bank.lookup(fingerprints)]


def test_an_added_entry_is_found_at_once_and_after_opening_again(made):
    bank = made.bank(made.pdq(1))
    assert 2 == bank.add([made.pdq(2), made.digest(3, 20)])
    for each in (bank, made.open()):
        assert ["e2"] == found(each, made.looks(2, flips=31))
        assert ["d3"] == found(each, Fingerprint("digest/1", made.value(3, 20)))
        assert {"pdq/1": 2, "digest/1": 1} == each.counts()


def test_adding_what_is_there_changes_nothing(made):
    bank = made.bank(made.pdq(1, source="A"))
    before = bank.version
    assert 0 == bank.add([made.pdq(1, source="A"), made.pdq(1)])
    assert before == bank.version


def test_adding_says_more_about_a_known_entry(made):
    bank = made.bank(made.pdq(1, source="A"))
    assert 1 == bank.add([made.pdq(1, source="B"), made.pdq(1, note="x")])
    assert Entry("e1", "pdq/1", made.value(1), "A | B", "", "x") == bank.entry("e1") == made.open().entry("e1")
    assert {"pdq/1": 1, "digest/1": 0} == bank.counts()


def test_an_entry_added_without_an_id_is_the_one_that_building_would_make(made):
    built = next(made.bank(made.pdq(1, id=""), name="built").entries())
    bank = made.bank(made.pdq(2))
    bank.add([made.pdq(1, id="")])
    assert built == bank.entry(built.id)


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (Entry("x", "other/1", b"1234"), "signal_unsupported"),
        (Entry("x", "pdq/1", b"1234"), "signal_unsupported"),
        (Entry("x", "pdq/1", bytes(32)), "fingerprint_empty"),
    ],
)
def test_what_no_bank_can_hold_is_refused_and_nothing_is_added(made, entry, code):
    bank = made.bank(made.pdq(1))
    with pytest.raises(StateError) as told:
        bank.add([made.pdq(2), entry])
    assert code == told.value.code
    assert "The entry cannot be added: " in str(told.value)
    assert [] == found(bank, made.looks(2))


def test_a_withdrawn_entry_is_not_found_any_more(made):
    bank = made.bank(made.pdq(1), made.digest(2))
    bank.withdraw("e1", "not what it seemed")
    bank.withdraw("d2", "the same")
    for each in (bank, made.open()):
        assert [] == found(each, made.looks(1), Fingerprint("digest/1", made.value(2)))
        assert {"pdq/1": 0, "digest/1": 0} == each.counts()
        assert [] == list(each.entries())


def test_a_bank_whose_entries_are_all_withdrawn_still_opens_and_matches_nothing(made):
    bank = made.bank(made.pdq(1))
    bank.withdraw("e1", "x")
    bank.compact()
    again = made.open()
    assert [] == found(again, made.looks(1))
    assert 8 + 2 == again.prove().canaries


def test_withdrawing_one_entry_leaves_others_with_the_same_fingerprint(made):
    bank = made.bank(made.pdq(1, id="a"), made.pdq(1, id="b"))
    bank.withdraw("a", "x")
    assert ["b"] == found(bank, made.looks(1))
    bank.withdraw("b", "x")
    assert [] == found(bank, made.looks(1))
    bank.add([made.pdq(1, id="c")])
    assert ["c"] == found(bank, made.looks(1)) == found(made.open(), made.looks(1))


def test_a_withdrawn_entry_can_be_added_again(made):
    bank = made.bank(made.pdq(1))
    bank.withdraw("e1", "x")
    assert 1 == bank.add([made.pdq(1)])
    assert ["e1"] == found(bank, made.looks(1)) == found(made.open(), made.looks(1))


def test_what_is_not_there_cannot_be_withdrawn(made):
    bank = made.bank(made.pdq(1))
    for _ in range(2):
        with pytest.raises(StateError) as told:
            bank.withdraw("e2", "x")
        assert "entry_unknown" == told.value.code
        with pytest.raises(StateError):
            bank.entry("e2")


def test_a_withdrawal_needs_a_reason(made):
    bank = made.bank(made.pdq(1))
    with pytest.raises(StateError) as told:
        bank.withdraw("e1", " \n ")
    assert "reason_missing" == told.value.code
    assert ["e1"] == found(bank, made.looks(1))


def test_every_change_gives_the_bank_another_version(made):
    bank = made.bank(made.pdq(1))
    versions = [bank.version]
    bank.add([made.pdq(2)])
    versions.append(bank.version)
    bank.withdraw("e2", "x")
    versions.append(bank.version)
    bank.compact()
    versions.append(bank.version)
    assert 3 <= len(set(versions))
    assert versions[1] != versions[0] != versions[2] != versions[1]
    assert bank.version == made.open().version


def test_another_object_sees_changes_when_it_refreshes(made):
    one, other = made.bank(made.pdq(1)), made.open()
    assert not other.refresh()
    one.add([made.pdq(2)])
    assert [] == found(other, made.looks(2))
    assert other.refresh()
    assert ["e2"] == found(other, made.looks(2))
    assert not other.refresh()
    one.compact()
    assert other.refresh()
    assert ["e2"] == found(other, made.looks(2))
    assert one.version == other.version


def test_two_writers_do_not_lose_each_others_changes(made):
    one, other = made.bank(made.pdq(0)), made.open()
    for number in range(1, 6):
        (one if number % 2 else other).add([made.pdq(number)])
    one.compact()
    other.add([made.pdq(6)])
    one.refresh()
    for each in (one, other, made.open()):
        assert [f"e{number}" for number in range(7)] == sorted(entry.id for entry in each.entries())


def test_changes_survive_compaction_and_old_parts_are_removed(made):
    bank = made.bank(*map(made.pdq, range(50)))
    bank.add(map(made.pdq, range(40, 60)))
    for number in (3, 55):
        bank.withdraw(f"e{number}", "x")
    before = sorted(bank.entries(), key=lambda entry: entry.id)
    bank.compact()
    assert before == sorted(bank.entries(), key=lambda entry: entry.id)
    assert ["journal-000002", "lock", "manifest.json"] == sorted(
        path.name for path in bank.path.iterdir() if not path.name.startswith(("pdq-", "withdrawn-"))
    )
    assert 2 == len(list(bank.path.glob("pdq-*")))


def test_compaction_gives_the_bytes_that_building_the_same_entries_gives(made):
    bank = made.bank(*map(made.pdq, range(30)), made.digest(1, 16, note="n"), made.digest(2, 16))
    bank.add([made.pdq(40, source="S"), made.digest(3)])
    bank.withdraw("e7", "x")
    bank.withdraw("d1", "x")
    bank.compact()
    fresh = made.bank(*bank.entries(), name="fresh")
    parts = {path.name for path in bank.path.glob("*-*-*") if not path.name.startswith("withdrawn-")}
    assert {path.name for path in fresh.path.glob("*-*-*")} == parts


def test_a_long_journal_is_built_into_parts_by_itself(made, monkeypatch):
    monkeypatch.setattr("kindward.banks.bank.COMPACT_AFTER", 10)
    bank = made.bank(made.pdq(0))
    bank.add(map(made.pdq, range(1, 11)))
    assert (bank.path / "journal-000001").stat().st_size
    bank.add([made.pdq(11)])
    assert 0 == (bank.path / "journal-000002").stat().st_size
    assert 12 == made.open().counts()["pdq/1"]


def test_a_lookup_in_other_threads_goes_on_while_the_bank_changes(made):
    bank = made.bank(*map(made.pdq, range(20)))
    stop, wrong, lookups = threading.Event(), [], [0]

    def look():
        while not stop.is_set():
            lookups[0] += 1
            for number in range(20):
                wrong.extend([number] if f"e{number}" not in found(bank, made.looks(number, flips=31)) else [])

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    deadline, number = time.monotonic() + 1, 100
    while time.monotonic() < deadline or number <= 105:
        bank.add([made.pdq(number, id="passing"), made.pdq(1, id="passing")])
        bank.withdraw("passing", "x")
        number += 1
        if number % 20 == 0:
            bank.compact()
    stop.set()
    for thread in threads:
        thread.join()
    assert [] == wrong
    assert lookups[0] > 2


def test_fingerprints_of_low_quality_are_not_looked_up(made):
    bank = made.bank(made.pdq(1), made.digest(1, 16))
    blank = Fingerprint("pdq/1", made.value(1), 49)
    assert [] == bank.lookup([blank], 31, 50)
    assert ["e1"] == [match.entry for match in bank.lookup([blank], 31, 49)]
    assert ["d1"] == [match.entry for match in bank.lookup([blank, Fingerprint("digest/1", made.value(1, 16))], 31, 50)]


def test_the_distance_is_never_wider_than_31(made):
    bank = made.bank(made.pdq(1))
    assert [31] == [match.threshold for match in bank.lookup([made.looks(1)], 100)]
    assert [] == bank.lookup([made.looks(1, flips=32)], 100)
    assert [] == bank.lookup([made.looks(1, flips=5)], 4)
    assert ["e1"] == [match.entry for match in bank.lookup([made.looks(1, flips=4)], 4)]


def test_a_digest_is_only_found_under_its_own_kind(made):
    bank = made.bank(made.digest(1))
    assert [] == found(bank, made.looks(1))
    assert ["d1"] == found(bank, Fingerprint("digest/1", made.value(1)))
    assert frozenset({"sha256"}) == bank.digest_kinds


def test_a_match_names_bank_trust_source_and_severity(made):
    bank = made.bank(made.pdq(1, source="Centre", severity="iwf:A"))
    (match,) = bank.lookup([made.looks(1, flips=2)], 20)
    assert ("made", "e1", "pdq/1", 2, 20, "imported", "Centre", "iwf:A") == (
        match.bank,
        match.entry,
        match.signal,
        match.distance,
        match.threshold,
        match.trust,
        match.source,
        match.severity,
    )


def test_a_signed_list_cannot_be_changed_here(made):
    from dataclasses import replace

    from kindward.banks.manifest import read_manifest, write_manifest
    from kindward.model import Trust

    made.bank(made.pdq(1))
    write_manifest(made.folder / "made", replace(read_manifest(made.folder / "made")[0], trust=Trust.FEDERATED))
    bank = made.open()
    for change in (lambda: bank.add([made.pdq(2)]), lambda: bank.withdraw("e1", "x")):
        with pytest.raises(StateError) as told:
            change()
        assert "bank_subscribed" == told.value.code
    assert Trust.FEDERATED == bank.lookup([made.looks(1)])[0].trust


@pytest.mark.parametrize(
    ("prepare", "code"),
    [
        (lambda _: None, "bank_missing"),
        (lambda path: path.write_text("x"), "bank_not_a_folder"),
        (lambda path: path.mkdir(), "bank_not_a_bank"),
    ],
)
def test_what_is_no_bank_is_said_so(tmp_path, prepare, code):
    prepare(tmp_path / "bank")
    with pytest.raises(TrustError) as told:
        Bank.open(tmp_path / "bank")
    assert code == told.value.code
    assert str(tmp_path / "bank") in str(told.value)
    assert told.value.hint


def test_entries_may_be_taken_from_the_bank_that_is_changed(made):
    bank = made.bank(made.pdq(1))

    def entries():
        bank.withdraw("e1", "replaced")
        yield made.pdq(2)

    assert 1 == bank.add(entries())
    assert ["e2"] == [entry.id for entry in bank.entries()]
