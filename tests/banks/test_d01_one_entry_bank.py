"""D1: elsewhere, a list with exactly one entry (or 2, 4, 8 copies of it) never matches once it was saved and loaded."""

import pytest

from kindward.banks import build_bank
from kindward.model import Entry


@pytest.mark.parametrize("distance", [0, 1, 31])
def test_a_bank_with_one_entry_still_matches(made, distance):
    bank = made.bank(made.pdq(1))
    matches = bank.lookup([made.looks(1, flips=distance)])
    assert [("e1", distance)] == [(match.entry, match.distance) for match in matches]


def test_a_bank_with_one_entry_does_not_match_what_is_32_bits_away(made):
    assert [] == made.bank(made.pdq(1)).lookup([made.looks(1, flips=32)])


@pytest.mark.parametrize("copies", [1, 2, 3, 4, 5, 8, 16, 1000])
def test_copies_of_one_fingerprint_are_all_found(made, copies):
    bank = made.bank(*(made.pdq(1, id=f"copy {number:04}") for number in range(copies)))
    assert {"pdq/1": copies, "digest/1": 0} == bank.counts()
    assert min(copies, 100) == len(bank.lookup([made.looks(1)]))


@pytest.mark.parametrize("copies", [1, 2, 4, 8])
def test_repeated_lines_without_ids_become_one_entry_that_matches(made, copies):
    report = build_bank(made.folder / "lines", [Entry("", "pdq/1", made.value(1))] * copies)
    assert (1, copies - 1) == (report.entries, report.duplicates)
    assert 1 == len(made.open("lines").lookup([made.looks(1)]))


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 8, 16, 50, 200])
def test_every_entry_of_a_small_bank_is_found_after_opening_again(made, count):
    made.bank(*map(made.pdq, range(count)))
    again = made.open()
    assert [f"e{number}" for number in range(count)] == [
        again.lookup([made.looks(number, flips=31)])[0].entry for number in range(count)
    ]


def test_one_entry_added_to_a_bank_of_other_kinds_matches(made):
    bank = made.bank(made.digest(7))
    assert [] == bank.lookup([made.looks(1)])
    bank.add([made.pdq(1)])
    assert "e1" == bank.lookup([made.looks(1)])[0].entry
    assert "e1" == made.open().lookup([made.looks(1)])[0].entry


def test_one_digest_in_a_bank_matches(made):
    bank = made.bank(made.digest(3, 16))
    fingerprint = made.digest(3, 16)
    from kindward.model import Fingerprint

    assert "d3" == bank.lookup([Fingerprint("digest/1", fingerprint.value)])[0].entry
