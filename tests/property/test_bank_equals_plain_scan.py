"""Whatever happens to a bank, in any order, it finds what a dictionary and a plain scan find."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from kindward.banks import Bank, build_bank
from kindward.errors import StateError
from kindward.model import Entry, Fingerprint

# Few values, near each other, so that matches, ties and repetitions are common.
BASE = bytes(range(1, 33))


def near(bits: frozenset[int]) -> bytes:
    number = int.from_bytes(BASE)
    for bit in bits:
        number ^= 1 << bit
    return number.to_bytes(32)


pdq_values = st.frozensets(st.integers(0, 255), max_size=24).map(near)
digest_values = st.integers(0, 5).flatmap(lambda n: st.sampled_from([16, 20, 32]).map(lambda w: bytes([n + 1]) * w))
ids = st.sampled_from(["a", "b", "c", "d", "item 1"])
sources = st.sampled_from(["", "S", "T"])
entries = st.one_of(
    st.builds(Entry, ids, st.just("pdq/1"), pdq_values, sources),
    st.builds(Entry, ids, st.just("digest/1"), digest_values, sources),
)


def union(one: str, other: str) -> str:
    return " | ".join(sorted({*one.split(" | "), *other.split(" | ")} - {""}))


class BankMachine(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.known: dict[tuple[str, bytes, str], str] = {}
        self.asked: list[bytes] = [BASE]

    def teardown(self):
        for bank in (getattr(self, "bank", None), getattr(self, "other", None)):
            if bank is not None:
                bank.close()
        shutil.rmtree(self.folder)

    def remember(self, entry: Entry) -> None:
        key = (entry.signal, entry.value, entry.id)
        self.known[key] = union(self.known.get(key, ""), entry.source)
        self.asked.append(entry.value)

    @initialize(first=st.lists(entries, min_size=1, max_size=12))
    def build(self, first):
        build_bank(self.folder / "bank", first)
        for entry in first:
            self.remember(entry)
        self.bank, self.other = Bank.open(self.folder / "bank"), Bank.open(self.folder / "bank")

    @rule(some=st.lists(entries, max_size=6))
    def add(self, some):
        self.bank.add(some)
        for entry in some:
            self.remember(entry)

    @rule(entry_id=ids)
    def withdraw(self, entry_id):
        mine = [key for key in self.known if key[2] == entry_id]
        try:
            self.bank.withdraw(entry_id, "test")
            assert mine
        except StateError:
            assert not mine
        for key in mine:
            del self.known[key]

    @rule()
    def compact(self):
        self.bank.compact()

    @rule()
    def open_again(self):
        self.bank.close()
        self.bank = Bank.open(self.folder / "bank")

    @rule()
    def change_places(self):
        self.other.refresh()
        self.bank, self.other = self.other, self.bank

    @precondition(lambda self: getattr(self, "bank", None) is not None)
    @rule(cut=st.integers(1, 400), data=st.data())
    def killed_while_adding(self, cut, data):
        """Add and cut the journal at any byte of the new line, as a killed writer leaves it."""
        fresh = Entry("cut", "pdq/1", near(frozenset({cut % 256, 3})), "S")
        journal = self.bank.path / self.bank._generation.manifest.journal
        before = journal.stat().st_size
        if not self.bank.add([fresh]):
            return
        line = journal.stat().st_size - before
        kept = data.draw(st.integers(0, line))
        with journal.open("r+b") as file:
            file.truncate(before + kept)
        if kept == line:
            self.remember(fresh)
        self.bank.close()
        self.bank = Bank.open(self.folder / "bank")
        self.other.close()
        self.other = Bank.open(self.folder / "bank")

    @invariant()
    def finds_what_a_plain_scan_finds(self):
        if not hasattr(self, "bank"):
            return
        for query in {*self.asked[-4:], near(frozenset({1, 2, 3}))}:
            fingerprint = Fingerprint("pdq/1" if len(query) == 32 and query[0] != query[1] else "digest/1", query)
            assert self.scanned(fingerprint) == [
                (match.distance, match.entry, match.source) for match in self.bank.lookup([fingerprint])
            ]

    @invariant()
    def counts_and_lists_what_is_in_force(self):
        if not hasattr(self, "bank"):
            return
        listed = {(entry.signal, entry.value, entry.id): entry.source for entry in self.bank.entries()}
        assert self.known == listed
        assert len(self.known) == sum(self.bank.counts().values())

    def scanned(self, fingerprint: Fingerprint) -> list[tuple[int, str, str]]:
        """Compare with every entry that is known; of one item with several fingerprints the nearest counts."""
        query, found = int.from_bytes(fingerprint.value), {}
        for (signal, value, entry_id), source in self.known.items():
            if signal != fingerprint.signal or len(value) != len(fingerprint.value):
                continue
            distance = (query ^ int.from_bytes(value)).bit_count()
            if distance <= (31 if signal == "pdq/1" else 0):
                found.setdefault(entry_id, []).append((distance, value, source))
        nearest = {entry_id: min(near)[::2] for entry_id, near in found.items()}
        return sorted((distance, entry_id, source) for entry_id, (distance, source) in nearest.items())


BankMachine.TestCase.settings = settings(
    max_examples=30, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestBankEqualsPlainScan = BankMachine.TestCase
