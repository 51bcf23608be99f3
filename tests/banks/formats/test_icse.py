"""ICSE lists: an item in a row, and whether it is baseline material."""

import io

import pytest

from kindward.banks import Rejected, read_list
from kindward.banks.items import Item, Kept
from kindward.banks.kinds import MD5, derived_id
from kindward.model import Entry


def number(item):
    """The source's own number of an item."""
    return item.id.rpartition("-")[0]


def row(written, number, **fields):
    return {
        "MD5": written.digest(number).hex().upper(),
        "SHA1": written.digest(number, 20).hex().upper(),
        "PhotoDNA": written.photodna(number),
        "Image ID": number,
        "Baseline": "True",
    } | fields


def test_a_row_is_an_item_with_all_its_fingerprints(written, read):
    said = {"severity": "icse:baseline", "note": "IsDistributed Series", "jurisdiction": "baseline", "source": "ICSE"}
    told = read(
        written.icse(row(written, 9, **{"Is distributed": "1", "Victim identified": "no", "Series name": "Private"})),
        origin="ICSE",
    )
    item_id = "9-" + derived_id(MD5, written.digest(9))[:8]
    assert [
        Item(
            item_id,
            (
                Entry(item_id, "digest/1", written.digest(9), **said),
                Entry(item_id, "digest/1", written.digest(9, 20), **said),
            ),
            (Kept("photodna", written.photodna(9)),),
        )
    ] == told
    assert "Private" not in repr(told)


@pytest.mark.parametrize(
    ("word", "severity", "jurisdiction"),
    [
        ("True", "icse:baseline", "baseline"),
        ("YES", "icse:baseline", "baseline"),
        ("1", "icse:baseline", "baseline"),
        ("false", "icse:not_baseline", ""),
        ("No", "icse:not_baseline", ""),
        ("", "icse:not_baseline", ""),
    ],
)
def test_baseline_is_kept_apart_from_what_is_illegal_somewhere(written, read, word, severity, jurisdiction):
    (item,) = read(written.icse(row(written, 1, Baseline=word)))
    assert {(severity, jurisdiction)} == {(entry.severity, entry.jurisdiction) for entry in item.entries}


def test_a_baseline_that_cannot_be_read_is_told(written, read):
    assert [Rejected(2, "baseline_unreadable")] == read(written.icse(row(written, 1, Baseline="perhaps")))


def test_d8_large_and_small_letters_are_the_same_fingerprint(written, read):
    (large,) = read(written.icse(row(written, 1)))
    (small,) = read(written.icse(row(written, 1, MD5=written.digest(1).hex(), SHA1=written.digest(1, 20).hex())))
    assert large == small


def test_the_columns_may_stand_in_any_order(written):
    names = list(reversed(written.icse_header.split(";")))
    cells = row(written, 1)
    text = ";".join(names) + "\n" + ";".join(str(cells.get(name, "")) for name in names) + "\n"
    (item,) = read_list(io.StringIO(text))
    assert ("1", 2, 1) == (number(item), len(item.entries), len(item.kept))


def test_every_row_is_an_item_or_a_rejection(written, read):
    told = read(
        written.icse(
            row(written, 1),
            row(written, 2, MD5="zz", SHA1="", PhotoDNA=""),
            row(written, 3, MD5="", SHA1="", PhotoDNA=""),
            row(written, 4, SHA1="short"),
            row(written, 5, MD5="", SHA1=""),
        )
        + "one;two\r\n"
    )
    assert ["1", "4", "5"] == [number(one) for one in told if isinstance(one, Item)]
    assert [
        Rejected(3, "fingerprint_unreadable"),
        Rejected(4, "fingerprint_missing"),
        Rejected(5, "fingerprint_unreadable"),
        Rejected(7, "columns_too_few", {"found": 2, "expected": 12}),
    ] == [one for one in told if isinstance(one, Rejected)]


def test_a_row_that_is_only_kept_is_an_item_too(written, read):
    (item,) = read(written.icse(row(written, 5, MD5="", SHA1="")))
    assert ((), 1) == (item.entries, len(item.kept))


def test_every_unreadable_fingerprint_of_a_row_is_told_with_its_line(written, read):
    item, *rejected = read(written.icse(row(written, 1, SHA1="zz", PhotoDNA="short")))
    assert ("1", 1, ()) == (number(item), len(item.entries), item.kept)
    assert [Rejected(2, "fingerprint_unreadable"), Rejected(2, "photodna_unreadable")] == rejected


def test_one_kept_fingerprint_beside_an_unreadable_one_is_an_item(written, read):
    item, rejected = read(written.icse(row(written, 1, MD5="zz", SHA1="")))
    assert ((), 1, 2) == (item.entries, len(item.kept), rejected.line)


def test_a_list_with_only_the_columns_that_matter_is_known_as_well():
    names = "MD5;SHA1;PhotoDNA;Image ID;Victim identified;Series name;Baseline"
    (item,) = read_list(io.StringIO(f"{names}\n{'ab' * 16};;;7;1;;0\n"))
    assert ("VictimIdentified", "icse:not_baseline") == (item.entries[0].note, item.entries[0].severity)
