"""A flipped byte anywhere in a bank is found: by opening it where a look-up needs that byte, by verifying it always."""

import json
import random

import pytest

from kindward.banks import Bank
from kindward.errors import TrustError


@pytest.fixture
def bank(made):
    bank = made.bank(
        *(made.pdq(n, id=f"e{n}" if n % 2 else "", source="Centre", note=f"note {n}") for n in range(40)),
        *(made.digest(n, width, id="") for n in range(40) for width in (16, 20, 32)),
    )
    bank.add([made.pdq(100), made.digest(101)])
    bank.withdraw("e1", "wrong")
    bank.close()
    return bank.path


def flip(path, place):
    data = bytearray(path.read_bytes())
    data[place] ^= 1 << (place % 8)
    path.write_bytes(data)


def files(folder):
    return sorted(path for path in folder.iterdir() if path.name != "lock")


def is_refused(folder):
    try:
        with Bank.open(folder) as opened:
            opened.verify()
    except TrustError:
        return True
    return False


def test_a_whole_bank_is_verified(bank):
    with Bank.open(bank) as opened:
        verified = opened.verify()
    assert 8 == verified.parts
    assert sum(path.stat().st_size for path in bank.glob("*-*-*")) == verified.size
    assert verified.proof.found > 8


def test_a_flipped_byte_anywhere_is_found_by_verifying(bank):
    missed = []
    for path in files(bank):
        data = path.read_bytes()
        places = range(len(data)) if len(data) < 200 else random.Random(len(data)).sample(range(len(data)), 60)
        for place in {0, len(data) - 1, *places}:
            flip(path, place)
            if not is_refused(bank):
                missed.append((path.name, place))
            path.write_bytes(data)
    assert [] == missed
    assert not is_refused(bank)


def test_every_byte_of_the_manifest_counts(bank):
    path = bank / "manifest.json"
    data = path.read_bytes()
    missed = []
    for place in range(len(data)):
        flip(path, place)
        if not is_refused(bank):
            missed.append((place, data[max(0, place - 5) : place + 5]))
        path.write_bytes(data)
    assert [] == missed


def test_every_byte_of_the_journal_counts(bank):
    path = bank / "journal-000001"
    data = path.read_bytes()
    missed = []
    for place in range(len(data)):
        flip(path, place)
        if not is_refused(bank):
            missed.append((place, data[max(0, place - 5) : place + 5]))
        path.write_bytes(data)
    assert [] == missed


@pytest.mark.parametrize("kind", ["pdq-values", "pdq-entries", "md5-values", "md5-entries", "journal", "manifest"])
def test_a_missing_file_is_said_so(bank, kind):
    next(bank.glob(f"{kind}*")).unlink()
    with pytest.raises(TrustError) as told:
        Bank.open(bank)
    assert told.value.code in {"bank_incomplete", "bank_unreadable", "bank_not_a_bank"}


@pytest.mark.parametrize("kind", ["pdq-values", "pdq-entries", "md5-values", "md5-entries"])
@pytest.mark.parametrize("length", [0, 10, -1])
def test_a_cut_off_part_is_refused_when_the_bank_is_opened(bank, kind, length):
    path = next(bank.glob(f"{kind}*"))
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(TrustError, match="damaged"):
        Bank.open(bank)


def test_parts_of_two_banks_cannot_be_mixed(made, bank):
    other = made.bank(*map(made.pdq, range(41)), name="other").path
    for path in bank.glob("pdq-values-*"):
        path.write_bytes(next(other.glob("pdq-values-*")).read_bytes())
    with pytest.raises(TrustError):
        Bank.open(bank)


def test_a_bank_of_a_later_format_is_refused_with_both_numbers(bank):
    record = json.loads((bank / "manifest.json").read_text())
    (bank / "manifest.json").write_text(json.dumps(record | {"format": 2}))
    with pytest.raises(TrustError, match="has format 2; this version reads format 1") as told:
        Bank.open(bank)
    assert "bank_other_format" == told.value.code


def test_a_bank_damaged_while_it_is_open_is_refused_until_it_is_whole_again(made, bank):
    opened = made.open()
    assert opened.lookup([made.looks(3)])
    path = bank / "manifest.json"
    data = path.read_bytes()
    path.write_text("{")
    for _ in range(2):
        with pytest.raises(TrustError):
            opened.refresh()
        with pytest.raises(TrustError):
            opened.lookup([made.looks(3)])
    path.write_bytes(data)
    assert opened.refresh()
    assert opened.lookup([made.looks(3)])


def test_a_damaged_journal_names_its_line(bank):
    path = bank / "journal-000001"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[2])
    with pytest.raises(TrustError, match="Line 2 of the journal journal-000001"):
        Bank.open(bank)
