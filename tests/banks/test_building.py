import random

import pytest

from kindward.banks import Bank, Rejected, build_bank, is_bank
from kindward.banks.manifest import read_manifest
from kindward.errors import StateError
from kindward.model import Entry


def parts(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name not in {"manifest.json", "lock"}}


def many(made, count=500):
    entries = [made.pdq(n, id="" if n % 3 else f"e{n}", source="S" * (n % 4)) for n in range(count)]
    entries += [made.digest(n, width, id="", note=f"n{n % 7}") for n in range(count) for width in (16, 20, 32)]
    return entries + [made.pdq(5, id=f"copy {n}") for n in range(20)]


def test_the_same_entries_in_any_order_give_the_same_bytes(made):
    entries = many(made)
    build_bank(made.folder / "one", entries)
    random.Random(4).shuffle(entries)
    build_bank(made.folder / "two", [*entries, *entries[:100]])
    assert parts(made.folder / "one") == parts(made.folder / "two")
    contents = {read_manifest(made.folder / name)[0].content for name in ("one", "two")}
    assert 1 == len(contents)


def test_what_was_built_can_be_listed_again(made):
    entries = many(made)
    bank = made.bank(*entries)
    listed = {(entry.signal, entry.value, entry.source, entry.note) for entry in bank.entries()}
    assert {(entry.signal, entry.value, entry.source, entry.note) for entry in entries} == listed
    assert len(entries) == sum(bank.counts().values()) == len(list(bank.entries()))
    assert all(entry.id for entry in bank.entries())


def test_entries_can_be_listed_in_pages(made):
    bank = made.bank(*map(made.pdq, range(25)))
    whole = list(bank.entries())
    assert whole == [*bank.entries(10), *bank.entries(10, 10), *bank.entries(10, 20)]
    assert [] == list(bank.entries(10, 30))


def test_every_entry_is_found_by_its_id(made):
    bank = made.bank(*many(made))
    for entry in bank.entries():
        assert entry.id == bank.entry(entry.id).id


def test_an_entry_without_an_id_gets_one_that_is_not_its_fingerprint(made):
    (entry,) = made.bank(made.pdq(1, id="")).entries()
    assert 20 == len(entry.id)
    assert entry.id not in entry.value.hex()
    assert entry.id == next(made.bank(made.pdq(1, id=""), name="other").entries()).id


def test_what_two_lines_say_about_one_entry_is_kept(made):
    report = build_bank(
        made.folder / "made", [made.pdq(1, source="B", note="x"), made.pdq(1, source="A", severity="s:1")]
    )
    assert (1, 1) == (report.entries, report.duplicates)
    assert Entry("e1", "pdq/1", made.value(1), "A | B", "s:1", "x") == made.open().entry("e1")


def test_an_item_may_have_several_fingerprints_under_one_id(made):
    bank = made.bank(made.pdq(1, id="item"), made.digest(1, 16, id="item"), made.digest(1, 20, id="item"))
    assert {"pdq/1": 1, "digest/1": 2} == bank.counts()
    bank.withdraw("item", "all of it")
    assert {"pdq/1": 0, "digest/1": 0} == bank.counts()


def test_a_bank_has_the_name_of_its_folder_or_the_one_it_is_given(made):
    assert "made" == made.bank(made.pdq(1)).name
    build_bank(made.folder / "x", [made.pdq(1)], name="Known\nmaterial")
    assert "Known material" == made.open("x").name


def test_a_bank_is_never_replaced_unasked(made):
    made.bank(made.pdq(1))
    with pytest.raises(StateError) as told:
        build_bank(made.folder / "made", [made.pdq(2)])
    assert "bank_exists" == told.value.code
    assert ["e1"] == [entry.id for entry in made.open().entries()]


def test_a_bank_can_be_replaced_while_it_is_open(made):
    bank = made.bank(made.pdq(1))
    before = bank.version
    build_bank(made.folder / "made", [made.pdq(2)], replace=True)
    assert "e1" == bank.lookup([made.looks(1)])[0].entry
    assert bank.refresh()
    assert [] == bank.lookup([made.looks(1)])
    assert "e2" == bank.lookup([made.looks(2)])[0].entry
    assert before != bank.version
    assert 5 == len(list((made.folder / "made").iterdir()))


def test_a_damaged_bank_can_be_replaced(made):
    made.bank(made.pdq(1))
    (made.folder / "made" / "manifest.json").write_text("{")
    build_bank(made.folder / "made", [made.pdq(2)], replace=True)
    assert ["e2"] == [entry.id for entry in made.open().entries()]


def test_a_folder_with_other_things_is_left_alone(made):
    (made.folder / "made").mkdir()
    (made.folder / "made" / "letter.txt").write_text("dear")
    with pytest.raises(StateError) as told:
        build_bank(made.folder / "made", [made.pdq(1)])
    assert "bank_folder_not_empty" == told.value.code
    assert ["letter.txt"] == [path.name for path in (made.folder / "made").iterdir()]


def test_a_file_is_never_overwritten_by_a_bank(made):
    (made.folder / "made").write_text("dear")
    with pytest.raises(StateError) as told:
        build_bank(made.folder / "made", [made.pdq(1)])
    assert "bank_folder_not_empty" == told.value.code


def test_an_empty_list_builds_nothing_and_says_so(made):
    with pytest.raises(StateError) as told:
        build_bank(made.folder / "made", [])
    assert "bank_empty" == told.value.code
    assert not (made.folder / "made").exists()


def test_a_list_that_breaks_off_builds_nothing(made):
    def broken():
        yield made.pdq(1)
        raise RuntimeError("the list broke off")

    with pytest.raises(RuntimeError):
        build_bank(made.folder / "made", broken())
    assert not (made.folder / "made").exists()


def test_a_place_that_cannot_be_written_is_said_so(made):
    (made.folder / "file").write_text("")
    with pytest.raises(StateError) as told:
        build_bank(made.folder / "file" / "bank", [made.pdq(1)])
    assert "bank_not_writable" == told.value.code


def test_entries_that_no_bank_can_hold_are_counted_and_kept(made):
    report = build_bank(
        made.folder / "made", [made.pdq(1), Entry("x", "other/1", b"1234"), Entry("y", "pdq/1", bytes(32))]
    )
    assert ["signal_unsupported", "fingerprint_empty"] == [rejected.reason_code for rejected in report.rejected]
    assert {"signal_unsupported": 1, "fingerprint_empty": 1} == dict(report.reasons)
    assert 2 == report.rejected_total
    assert "other/1" in report.rejected[0].sentence


def test_all_rejected_lines_are_counted_although_not_all_are_kept(made, monkeypatch):
    monkeypatch.setattr("kindward.banks.building.REJECTED_KEPT", 3)
    report = build_bank(made.folder / "made", [made.pdq(1), *[Entry("x", "other/1", b"1234")] * 5])
    assert (3, 5) == (len(report.rejected), report.rejected_total)


def test_progress_is_told_while_a_long_list_is_read(made):
    told = []
    build_bank(made.folder / "made", (made.pdq(n) for n in range(10_000)), progress=told.append)
    assert [4096, 8192] == told


def test_a_bank_is_told_from_a_folder_without_opening_it(made):
    made.bank(made.pdq(1))
    assert is_bank(made.folder / "made")
    assert not is_bank(made.folder)


def test_entries_stay_apart_in_a_bank_larger_than_one_chunk(made, monkeypatch):
    monkeypatch.setattr("kindward.banks.columnar.CHUNK", 7)
    monkeypatch.setattr("kindward.banks.parts.CHUNK", 7)
    monkeypatch.setattr("kindward.banks.compaction.CHUNK", 7)
    monkeypatch.setattr("kindward.banks.entries._STEP", 7)
    entries = many(made, 60)
    bank = made.bank(*entries)
    bank.withdraw("copy 3", "x")
    bank.add([made.pdq(1000)])
    bank.compact()
    expected = {(e.signal, e.value, e.source, e.note) for e in entries if e.id != "copy 3"} | {
        ("pdq/1", made.value(1000), "", "")
    }
    assert expected == {(entry.signal, entry.value, entry.source, entry.note) for entry in bank.entries()}
    assert {"pdq/1": 60 + 20, "digest/1": 180} == bank.counts()
    with Bank.open(bank.path) as again:
        assert bank.version == again.version


def test_a_bank_that_somebody_else_built_meanwhile_is_not_replaced(made):
    def entries():
        made.bank(made.pdq(1))
        yield made.pdq(2)

    with pytest.raises(StateError) as told:
        build_bank(made.folder / "made", entries())
    assert "bank_exists" == told.value.code
    assert ["e1"] == [entry.id for entry in made.open().entries()]


def test_a_list_without_one_usable_line_names_its_first_bad_line(made):
    lines = [Rejected(3, "canary_reserved", {}), Rejected(9, "canary_reserved", {})]

    with pytest.raises(StateError) as caught:
        build_bank(made.folder / "none", lines)

    assert "bank_nothing_usable" == caught.value.code
    assert (2, 3) == (caught.value.facts["count"], caught.value.facts["line"])
    assert str(lines[0]) in str(caught.value)
