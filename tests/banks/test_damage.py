"""A flipped byte anywhere in a bank is found: by opening it where a look-up needs that byte, by verifying it always."""

import json
import random
import struct
import zlib

import pytest

from kindward.banks import Bank, generation
from kindward.banks.sections import MAGIC
from kindward.errors import StateError, TrustError
from kindward.model import Fingerprint


@pytest.fixture
def bank(made):
    bank = made.bank(
        *(made.pdq(n, id=f"e{n}" if n % 2 else "", source="Centre", note=f"note {n}") for n in range(40)),
        *(made.digest(n, width, id="") for n in range(40) for width in (16, 20, 32)),
    )
    bank.add([made.pdq(100), made.digest(101)])
    bank.withdraw("e1", "wrong")
    bank.close()
    make_writable(bank.path)
    return bank.path


def make_writable(folder):
    for path in folder.iterdir():
        path.chmod(0o644)


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
    (bank / "manifest.json").write_text(json.dumps(record | {"format": 3}))
    with pytest.raises(TrustError, match="has format 3; this version reads format 2") as told:
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


def zeroed(made):
    """A bank of 3000 entries whose index lost 300 of them."""
    with made.bank(*map(made.pdq, range(3000))) as bank:
        part = next(bank.path.glob("pdq-values-*"))
    make_writable(bank.path)
    data = bytearray(part.read_bytes())
    data[60_000 : 60_000 + 300 * 32] = bytes(300 * 32)
    part.write_bytes(data)
    return bank.path


def test_lost_entries_are_noticed_when_the_bank_is_opened(made):
    with pytest.raises(TrustError, match=r"The part pdq-values-[0-9a-f]+ of the bank is damaged"):
        Bank.open(zeroed(made))


def test_a_bank_too_large_to_be_read_whole_never_says_that_it_was(made, monkeypatch):
    path = zeroed(made)
    monkeypatch.setattr(generation, "READ_WHOLE", 0)
    with Bank.open(path) as opened:
        assert not opened.verified
        with pytest.raises(TrustError, match="damaged"):
            opened.verify()


def test_parts_are_read_only_because_they_must_be_replaced_and_never_overwritten(made):
    with made.bank(made.pdq(1), made.digest(1)) as bank:
        assert {0o444} == {path.stat().st_mode & 0o777 for path in bank.path.glob("*-*-*")}
        assert 1 == bank.add([made.pdq(2)])
        bank.compact()
        assert {0o444} == {path.stat().st_mode & 0o777 for path in bank.path.glob("*-*-*")}


def test_a_bank_of_common_size_says_that_it_was_read_whole(made):
    assert made.bank(made.pdq(1)).verified


def test_a_journal_without_its_last_lines_is_an_earlier_state_with_another_version(bank):
    """Nothing but the version tells: this is as documented."""
    with Bank.open(bank) as whole:
        version = whole.version
    path = bank / "journal-000001"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    with Bank.open(bank) as earlier:
        assert version != earlier.version
        assert "e1" == earlier.entry("e1").id


@pytest.mark.parametrize("kind", ["pdq-entries", "md5-entries", "sha1-values", "pdq-values"])
def test_a_damaged_part_that_nobody_verified_costs_answers_but_never_more(made, bank, kind, monkeypatch):
    """Opening a large bank does not read everything; what a look-up then meets is answered or refused, nothing else."""
    monkeypatch.setattr(generation, "READ_WHOLE", 0)
    path = next(bank.glob(f"{kind}*"))
    whole, random_ = path.read_bytes(), random.Random(7)
    outcomes = set()
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(random_.choice([1, 4, 200])):
            data[random_.randrange(len(data))] = random_.randrange(256)
        path.write_bytes(data)
        outcomes.add(used(made))
    path.write_bytes(whole)
    assert outcomes <= {"answered", "TrustError", "StateError"}
    assert "TrustError" in outcomes
    assert "answered" == used(made)


def used(made):
    try:
        with Bank.open(made.folder / "made") as opened:
            for number in range(40):
                opened.lookup([made.looks(number, flips=number % 32)])
                opened.lookup([Fingerprint("digest/1", made.value(number, 20))])
            for entry in opened.entries(30, 20):
                opened.entry(entry.id)
            list(opened._generation.holding("e3"))
    except (TrustError, StateError) as refused:
        return type(refused).__name__
    return "answered"


@pytest.mark.parametrize(
    "head",
    [
        b"{}",
        b"[]",
        b'{"values":["|O",1,0]}',
        b'{"values":["|u1",-1,0]}',
        b'{"values":["|u1",1,-64]}',
        b'{"values":["|u1",999999999999,0]}',
        b'{"values":["<u4",4,0]}',
        b'{"values":["|u1",3,0]}',
        b'{"values":["|u1",1]}',
        b'{"values":3}',
        b"nonsense",
    ],
)
def test_a_part_with_a_forged_head_is_refused(tmp_path, head):
    from kindward.banks.digests import DigestTable
    from kindward.banks.entries import EntryTable
    from kindward.banks.kinds import MD5

    (tmp_path / "part").write_bytes(MAGIC + struct.pack("<II", len(head), zlib.crc32(head)) + head + bytes(100))
    for table in (DigestTable, EntryTable):
        with pytest.raises(TrustError, match="The part part of the bank is damaged"):
            table(tmp_path / "part", MD5)
