"""Entries written as lists: what kindward reads back, what others read."""

import csv
import hashlib
import io

import pytest

from kindward.banks import read_list
from kindward.banks.formats.writing import FORMS, Origin, write_list
from kindward.model import Entry, EntryState, Trust

ORIGIN = Origin("known", "2026-11-24.abc", Trust.IMPORTED)
TODAY = "2026-11-24"


def value(number, width=32):
    return hashlib.sha256(f"exported {number}".encode()).digest()[:width]


def entries():
    return [
        Entry(
            "1", "pdq/1", value(1), "Centre A", "iwf:A", 'a "note", with commas', "DE", "2026-01-02", (), "2027-01-01"
        ),
        Entry("2", "pdq/1", value(2), "S", "threatexchange:DISPUTED", "tags=b a", positive=3, negative=1),
        Entry("3", "digest/1", value(3, 16), "A | B", "threatexchange:POSITIVE_CLASS", "tags=x,y"),
        Entry("4", "digest/1", value(4, 20)),
        Entry("5", "digest/1", value(5)),
    ]


def written(form, what=None, origin=ORIGIN):
    stream = io.StringIO(newline="")
    counted = write_list(entries() if what is None else what, form, stream, origin, TODAY)
    return stream.getvalue(), counted


def read(text):
    return list(read_list(io.StringIO(text, newline="")))


def test_our_own_csv_read_back_gives_the_same_entries():
    text, counted = written("csv")
    assert (5, entries()) == (counted.entries, read(text))


def test_the_csv_says_that_an_imported_list_is_imported_and_never_passes_trust_on():
    federated = [Entry("1", "pdq/1", value(1), confirmed_by=("A", "B"))]
    text, _ = written("csv", federated, Origin("signed", "1", Trust.FEDERATED))
    (row,) = csv.DictReader(io.StringIO(text))
    assert ("federated", "A B") == (row["trust"], row["confirmed_by"])
    assert {"imported"} == {row["trust"] for row in csv.DictReader(io.StringIO(written("csv")[0]))}
    assert [Entry("1", "pdq/1", value(1))] == read(text)


def test_the_columns_of_others_with_the_same_names_stay_in_the_note():
    text = f"value,expires,added,positive,jurisdiction\n{value(1).hex()},next year,long ago,some,the moon\n"
    (entry,) = read(text)
    assert ("", "", 0, "") == (entry.expires, entry.added, entry.positive, entry.jurisdiction)
    assert "expires=next year; added=long ago; positive=some; jurisdiction=the moon" == entry.note


def test_a_plain_list_read_back_gives_the_same_fingerprints():
    text, counted = written("plain")
    assert (5, sorted((one.signal, one.value) for one in entries())) == (
        counted.entries,
        sorted((one.signal, one.value) for one in read(text)),
    )
    assert text.startswith("# imported bank known, version 2026-11-24.abc\n")


@pytest.mark.parametrize("form", FORMS)
def test_what_does_not_match_is_left_out_and_counted(form):
    gone = [
        Entry("1", "pdq/1", value(1), expires=TODAY),
        Entry("2", "pdq/1", value(2), state=EntryState.QUARANTINED),
        Entry("3", "pdq/1", value(3), expires="2026-11-25"),
    ]
    text, counted = written(form, gone)
    assert (1, 2) == (counted.entries, counted.not_in_force)
    assert [value(3)] == [entry.value for entry in read(text)]


@pytest.mark.parametrize("form", ["tx-text", "tx-csv"])
def test_kinds_that_the_form_has_no_name_for_are_counted(form):
    _, counted = written(form)
    assert (4, {"sha1": 1}) == (counted.entries, counted.unknown_kinds)


def test_the_csv_of_threatexchange_has_a_row_for_each_source_with_its_category_and_tags():
    rows = list(csv.reader(io.StringIO(written("tx-csv")[0], newline="")))
    assert [
        ["signal_type", "signal_str", "collab", "category", "tags"],
        ["pdq", value(1).hex(), "Centre A", "POSITIVE_CLASS", ""],
        ["pdq", value(2).hex(), "S", "DISPUTED", "a b"],
        ["video_md5", value(3, 16).hex(), "A", "POSITIVE_CLASS", "x y"],
        ["video_md5", value(3, 16).hex(), "B", "POSITIVE_CLASS", "x y"],
        ["video_sha256", value(5).hex(), "known", "POSITIVE_CLASS", ""],
    ] == rows


def test_a_category_in_another_scheme_is_no_category_of_threatexchange():
    told = [Entry("1", "pdq/1", value(1), severity="iwf:A with spaces | threatexchange:INVESTIGATION_SEED")]
    assert ",INVESTIGATION_SEED," in written("tx-csv", told)[0]


def test_sources_that_disagree_about_the_category_are_told_as_disputed():
    both = [Entry("1", "pdq/1", value(1), severity="threatexchange:INVESTIGATION_SEED | threatexchange:POSITIVE_CLASS")]
    assert ",DISPUTED," in written("tx-csv", both)[0]


def test_the_plain_form_is_written_to_the_letter():
    text, _ = written("plain")
    assert [
        "# imported bank known, version 2026-11-24.abc",
        value(1).hex(),
        value(2).hex(),
        value(3, 16).hex(),
        value(4, 20).hex(),
        f"sha256 {value(5).hex()}",
        "",
    ] == text.split("\n")


def test_the_text_of_threatexchange_is_written_to_the_letter():
    text, _ = written("tx-text")
    assert [
        f"pdq {value(1).hex()}",
        f"pdq {value(2).hex()}",
        f"video_md5 {value(3, 16).hex()}",
        f"video_sha256 {value(5).hex()}",
        "",
    ] == text.split("\n")


def test_the_csv_is_written_to_the_letter():
    text, _ = written("csv", entries()[:2])
    assert [
        "id,signal,value,source,severity,note,jurisdiction,added,expires,positive,negative,confirmed_by,trust",
        f'1,pdq,{value(1).hex()},Centre A,iwf:A,"a ""note"", with commas",DE,2026-01-02,2027-01-01,,,,imported',
        f"2,pdq,{value(2).hex()},S,threatexchange:DISPUTED,tags=b a,,,,3,1,,imported",
        "",
    ] == text.split("\n")


def test_tags_are_found_wherever_they_stand_in_a_note():
    notes = ["seen twice; tags=b,a", "tags=c | tags=d | other", "x=1; tags=", "hashtags=no", "tags=e;f"]
    told = [Entry(str(n), "pdq/1", value(n), note=note) for n, note in enumerate(notes)]
    rows = list(csv.reader(io.StringIO(written("tx-csv", told)[0], newline="")))
    assert ["a b", "c d", "", "", "e"] == [row[-1] for row in rows[1:]]


def test_an_entry_of_a_kind_that_no_bank_knows_is_counted_by_its_signal():
    _, counted = written("csv", [Entry("1", "video/1", bytes(8)), Entry("2", "video/1", bytes(8))])
    assert (0, {"video/1": 2}) == (counted.entries, counted.unknown_kinds)
