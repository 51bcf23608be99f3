"""What became of items beside their entries: withdrawn and why, doubted and by whom, and what is only kept of them.

All of it outlives compaction. A withdrawal is forgotten when the item comes back; a local opinion (quarantined here, or
reinstated here by a human) stays until a human here changes it, whatever the source says meanwhile. An opinion without
deciders was formed by itself, from the votes of the source, and goes with its reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from kindward.banks.entries import NAMES, SEPARATOR, printable
from kindward.banks.items import Kept
from kindward.banks.records import GatheredRecords, RecordTable
from kindward.model import EntryState

WITHDRAWN, OPINIONS, KEPT = "withdrawn", "opinions", "kept"
RECORDS = (WITHDRAWN, OPINIONS, KEPT)
"""The parts that hold what stands here."""
NEGATIVE_VOTES = "negative_votes"
"""Reason: so many members of the source say that the item does not belong in the list."""
DOUBTED = "doubted_by_source"
"""Reason: the source itself has put the item in question."""


class Life(NamedTuple):
    """The state of an item that is not simply active: since when, why, and who decided it."""

    id: str
    state: EntryState
    reason: str
    at: str
    deciders: tuple[str, ...] = ()


class Lives:
    """The states of one generation: those of the parts and the changes since. Readers may ask while one thread writes.

    ``quarantined`` holds the items that do not match for now, by id.
    """

    def __init__(self, tables: Mapping[str, RecordTable]) -> None:
        self._tables = tables
        self._withdrawn: dict[str, Life | None] = {}
        self._kept: dict[str, tuple[Kept, ...]] = {}
        self.opinions: dict[str, Life] = {}
        if OPINIONS in tables:
            self.opinions = {found: unpack_life(found, row) for found, row in tables[OPINIONS].rows()}
        self.quarantined = {
            found: life for found, life in self.opinions.items() if life.state is EntryState.QUARANTINED
        }

    @property
    def is_plain(self) -> bool:
        """Say whether no item has a state or anything kept, as in plain lists."""
        return not (self._tables or self._withdrawn or self._kept or self.opinions)

    def table(self, role: str) -> RecordTable | None:
        """Give the mapped rows of one part, if there is one."""
        return self._tables.get(role)

    def withdrawal(self, entry_id: str) -> Life | None:
        """Say when and why an item was withdrawn; None if it is not."""
        if entry_id in self._withdrawn:
            return self._withdrawn[entry_id]
        row = self._tables[WITHDRAWN].find(entry_id) if WITHDRAWN in self._tables else None
        return None if row is None else unpack_life(entry_id, row)

    def kept(self, entry_id: str) -> tuple[Kept, ...]:
        """Give the fingerprints of an item that are only kept."""
        if entry_id in self._kept:
            return self._kept[entry_id]
        row = self._tables[KEPT].find(entry_id) if KEPT in self._tables else None
        return () if row is None else unpack_kept(row)

    def withdraw(self, life: Life) -> None:
        """Note a withdrawal."""
        self._withdrawn[life.id] = life

    def revive(self, entry_id: str) -> None:
        """Forget a withdrawal, because the item is in force again."""
        if self.withdrawal(entry_id) is not None:
            self._withdrawn[entry_id] = None

    def keep(self, entry_id: str, kept: tuple[Kept, ...]) -> None:
        """Note the fingerprints of an item that are only kept."""
        if kept != self.kept(entry_id):
            self._kept[entry_id] = kept

    def hold(self, life: Life) -> None:
        """Note an opinion: quarantined, or reinstated by a human."""
        self.opinions[life.id] = life
        if life.state is EntryState.QUARANTINED:
            self.quarantined[life.id] = life
        else:
            self.quarantined.pop(life.id, None)

    def forget(self, entry_id: str) -> None:
        """Drop an opinion."""
        self.opinions.pop(entry_id, None)
        self.quarantined.pop(entry_id, None)

    def all(self) -> Iterator[Life]:
        """Give the state of every item that is not active: quarantined ones, then withdrawn ones."""
        yield from [life for life in list(self.quarantined.values()) if self.withdrawal(life.id) is None]
        yield from self._all_withdrawn()

    def _all_withdrawn(self) -> Iterator[Life]:
        changed = dict(self._withdrawn)
        for found, row in self._rows(WITHDRAWN):
            if found not in changed:
                yield unpack_life(found, row)
        yield from [life for life in changed.values() if life is not None]

    def all_kept(self) -> Iterator[tuple[str, Kept]]:
        """Give every fingerprint that is only kept, with the id of its item."""
        changed = dict(self._kept)
        for found, row in self._rows(KEPT):
            if found not in changed:
                yield from ((found, kept) for kept in unpack_kept(row))
        for found, several in changed.items():
            yield from ((found, kept) for kept in several)

    def counts(self) -> dict[EntryState, int]:
        """Count the items in each state but active."""
        table, changed = self._tables.get(WITHDRAWN), dict(self._withdrawn)
        withdrawn = sum(life is not None for life in changed.values())
        if table is not None:
            withdrawn += len(table) - sum(table.find(entry_id) is not None for entry_id in changed)
        quarantined = sum(self.withdrawal(entry_id) is None for entry_id in list(self.quarantined))
        return {EntryState.QUARANTINED: quarantined, EntryState.WITHDRAWN: withdrawn}

    def gather(self, records: Mapping[str, GatheredRecords]) -> None:
        """Hand everything to the columns of a new build."""
        for name in (WITHDRAWN, KEPT):
            if name in self._tables:
                records[name].extend(self._tables[name])
        for entry_id, life in self._withdrawn.items():
            records[WITHDRAWN].add(entry_id, pack_life(life) if life else b"")
        for entry_id, kept in self._kept.items():
            records[KEPT].add(entry_id, pack_kept(kept))
        for entry_id, life in self.opinions.items():
            records[OPINIONS].add(entry_id, pack_life(life))

    def _rows(self, name: str) -> Iterator[tuple[str, bytes]]:
        return self._tables[name].rows() if name in self._tables else iter(())


def pack_life(life: Life) -> bytes:
    """Write a state as the row of its item."""
    return SEPARATOR.join((life.state, life.reason, life.at, NAMES.join(life.deciders))).encode()


def unpack_life(entry_id: str, row: bytes) -> Life:
    """Read a state back from the row of its item."""
    state, reason, at, names = (row.decode("utf-8", "replace").split(SEPARATOR) + [""] * 4)[:4]
    known = EntryState(state) if state in list(EntryState) else EntryState.QUARANTINED
    return Life(entry_id, known, reason, at, tuple(names.split(NAMES)) if names else ())


def pack_kept(kept: tuple[Kept, ...]) -> bytes:
    """Write the fingerprints that are only kept as the row of their item."""
    return SEPARATOR.join(f"{one.signal}{NAMES}{one.value}" for one in kept).encode()


def unpack_kept(row: bytes) -> tuple[Kept, ...]:
    """Read the fingerprints that are only kept back from the row of their item."""
    pairs = (pair.partition(NAMES) for pair in row.decode("utf-8", "replace").split(SEPARATOR) if pair)
    return tuple(Kept(signal, value) for signal, _, value in pairs)


def tidy_kept(kept: tuple[Kept, ...]) -> tuple[Kept, ...]:
    """Put the fingerprints that are only kept in order, without repetitions."""
    pairs = {(printable(one.signal), printable(one.value)) for one in kept}
    return tuple(Kept(*pair) for pair in sorted(pairs))
