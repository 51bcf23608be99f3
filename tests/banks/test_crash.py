"""Killed at any moment, a writer leaves the old bank or the new one, and nothing in between."""

import os
import random
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from kindward.banks import Bank, Item, build_bank
from kindward.errors import StateError, TrustError

ADDING = """
    import sys
    from pathlib import Path
    from kindward.banks import Bank
    from kindward.model import Entry
    import hashlib

    bank = Bank.open(Path(sys.argv[1]))
    for number in range(10_000):
        bank.add([Entry(f"a{number}", "pdq/1", hashlib.sha256(f"entry {number + 1000}".encode()).digest())])
        if number % 3 == 2:
            bank.withdraw(f"a{number}", "test")
        print(number, flush=True)
        if number % 5 == 4:
            bank.compact()
"""
BUILDING = """
    import sys
    from pathlib import Path
    from kindward.banks import build_bank
    from kindward.model import Entry
    import hashlib

    def entries():
        for number in range(3_000):
            yield Entry(f"b{number}", "pdq/1", hashlib.sha256(f"entry {number + 5000}".encode()).digest())
        print("read", flush=True)

    while True:
        build_bank(Path(sys.argv[1]), entries(), replace=True)
        print("built", flush=True)
"""
TAKING = """
    import sys
    from pathlib import Path
    from kindward.banks import Bank, Item, Kept
    from kindward.banks import bank as module
    from kindward.model import Entry
    import hashlib

    module.COMPACT_AFTER = int(sys.argv[2])
    bank = Bank.open(Path(sys.argv[1]))

    def item(number):
        value = hashlib.sha256(f"entry {number + 1000}".encode()).digest()
        return Item(f"t{number}", (Entry("", "pdq/1", value),), (Kept("pdna", str(number)),))

    for step in range(10_000):
        gone = [Item(f"t{3 * (step - 1)}", reason="revert")] if step else []
        bank.take_over([*gone, *map(item, range(3 * step, 3 * step + 3))], mark={"step": str(step)})
        print(step, flush=True)
"""


def started(program, folder, *more):
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program), str(folder), *more],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ,
    )


def kill_after(process, lines, seconds):
    """Let the process print ``lines`` lines, then kill it a moment later; give what it printed in all."""
    printed = [process.stdout.readline() for _ in range(lines)]
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    printed += process.stdout.read().splitlines(keepends=True)
    process.stdout.close()
    process.wait()
    return [line.strip() for line in printed if line.endswith("\n")]


@pytest.mark.parametrize("run", range(4))
def test_a_writer_killed_while_adding_loses_nothing_it_had_confirmed(made, run):
    made.bank(*map(made.pdq, range(20))).close()
    printed = kill_after(started(ADDING, made.folder / "made"), 3, random.Random(run).uniform(0, 0.15))
    confirmed = int(printed[-1])
    bank = made.open()
    held = {entry.id for entry in bank.entries()}
    expected = {f"a{n}" for n in range(confirmed + 1) if n % 3 != 2} | {f"e{n}" for n in range(20)}
    assert expected <= held
    assert held <= expected | {f"a{confirmed + 1}", f"a{confirmed + 2}"}
    bank.verify()
    assert 1 == bank.add([made.pdq(500, id="after")])
    assert "after" in {entry.id for entry in made.open().entries()}


@pytest.mark.parametrize("limit", [1, 7, 1000], ids=["into parts", "compacting", "journal"])
@pytest.mark.parametrize("run", range(3))
def test_a_follower_killed_while_taking_over_is_exactly_where_its_mark_says(made, run, limit):
    build_bank(made.folder / "made", (), empty=True)
    process = started(TAKING, made.folder / "made", str(limit))
    confirmed = int(kill_after(process, 3, random.Random(run).uniform(0, 0.2))[-1])
    bank = made.open()
    step = int(bank.mark["step"])
    assert step in {confirmed, confirmed + 1}
    gone = {f"t{3 * one}" for one in range(step)}
    expected = {f"t{number}" for number in range(3 * step + 3)} - gone
    assert sorted(expected) == sorted(entry.id for entry in bank.entries())
    assert sorted(expected) == sorted(entry for entry, _ in bank.kept())
    assert sorted(gone) == sorted(life.id for life in bank.states())
    bank.verify()
    bank.take_over([Item("after", (made.pdq(1),))])
    assert "after" in {entry.id for entry in made.open().entries()}


@pytest.mark.parametrize("run", range(4))
def test_a_builder_killed_while_replacing_leaves_a_whole_bank(made, run):
    made.bank(*map(made.pdq, range(20))).close()
    kill_after(started(BUILDING, made.folder / "made"), 1, random.Random(run).uniform(0, 0.1))
    bank = made.open()
    bank.verify()
    assert bank.counts()["pdq/1"] in {20, 3000}
    build_bank(made.folder / "made", [made.pdq(1)], replace=True)
    assert 5 == len(list((made.folder / "made").iterdir()))


@pytest.mark.parametrize("run", range(3))
def test_a_first_build_that_is_killed_leaves_no_bank_or_a_whole_one(made, run):
    folder = made.folder / "made"
    kill_after(started(BUILDING, folder), 1, random.Random(run).uniform(0, 0.03))
    if (folder / "manifest.json").exists():
        made.open().verify()
    else:
        with pytest.raises(TrustError, match="is not a bank, or building it was not finished"):
            Bank.open(folder)
        build_bank(folder, [made.pdq(1)])
        assert 5 == len(list(folder.iterdir()))


@pytest.mark.parametrize("length", [1, 20, 60, -1])
def test_a_torn_last_line_of_the_journal_is_left_out_and_cut_off(made, length):
    bank = made.bank(made.pdq(1))
    bank.add([made.pdq(2)])
    journal = bank.path / "journal-000001"
    whole = journal.read_bytes()
    bank.add([made.pdq(3)])
    line = journal.read_bytes()[len(whole) :]
    journal.write_bytes(whole + line[:length])
    again = made.open()
    assert ["e1", "e2"] == [entry.id for entry in again.entries()]
    assert not again.refresh()
    again.add([made.pdq(4)])
    assert ["e1", "e2", "e4"] == [entry.id for entry in made.open().entries()]
    assert 2 == journal.read_bytes().count(b"\n")


def test_a_torn_line_longer_than_the_next_one_leaves_nothing_behind(made):
    bank = made.bank(made.pdq(1))
    bank.add([made.pdq(2, note="long " * 200)])
    journal = bank.path / "journal-000001"
    journal.write_bytes(journal.read_bytes()[:-1])
    made.open().add([made.pdq(3)])
    assert ["e1", "e3"] == [entry.id for entry in made.open().entries()]
    assert journal.read_bytes().endswith(b"}\n")


def test_a_line_that_was_lost_in_a_power_cut_is_forgotten_by_who_had_seen_it(made):
    bank = made.bank(made.pdq(1))
    other = made.open()
    journal = bank.path / "journal-000001"
    bank.add([made.pdq(2)])
    assert other.refresh()
    journal.write_bytes(b"")
    assert other.refresh()
    assert ["e1"] == [entry.id for entry in other.entries()]


def test_a_full_disk_is_said_so_and_changes_nothing(made, monkeypatch):
    bank = made.bank(made.pdq(1))

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("kindward.banks.journal.os.fsync", full)
    with pytest.raises(StateError, match="No space left on device") as told:
        bank.add([made.pdq(2)])
    assert "bank_not_writable" == told.value.code
    monkeypatch.undo()
    assert ["e1"] == [match.entry for match in bank.lookup([made.looks(1)])]


def test_a_bank_that_is_replaced_between_reading_its_manifest_and_its_parts_is_read_again(made, monkeypatch):
    made.bank(made.pdq(1))
    from kindward.banks import bank as module

    real, calls = module.read_manifest, []

    def replaced_meanwhile(folder):
        read = real(folder)
        calls.append(1)
        if len(calls) == 1:
            build_bank(folder, [made.pdq(2)], replace=True)
        return read

    monkeypatch.setattr(module, "read_manifest", replaced_meanwhile)
    assert ["e2"] == [entry.id for entry in made.open().entries()]
    assert 2 == len(calls)
