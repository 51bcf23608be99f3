"""Take over so many items at once that new parts are built at once, in bounded memory and without a journal.

The items go to unnamed files as they come; the bank is locked only when all are there. In memory stay, beside what
building needs, 24 bytes for each item, by which an item that is named again, or that the bank already holds, is found.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from kindward.banks.columnar import Gathered, gathering
from kindward.banks.entries import id_key
from kindward.banks.items import Item
from kindward.banks.kinds import KINDS, Kind, kind_of
from kindward.banks.lives import KEPT, OPINIONS, RECORDS, WITHDRAWN, Life, Lives, pack_kept, pack_life
from kindward.banks.records import GatheredRecords, gathering_records
from kindward.banks.sections import Array
from kindward.banks.taking import Taken, Tidier
from kindward.model import Entry, EntryState

_DIGEST = 16
_NO_ITEM = 0xFFFFFFFF
"""Stands for a row that came without an item."""


class Intake:
    """Items on their way into new parts; of an item named twice the last one holds."""

    def __init__(
        self, columns: Mapping[Kind, Gathered], records: Mapping[str, GatheredRecords], negative_votes: int
    ) -> None:
        self.columns, self.records = columns, records
        self._tidier = Tidier(negative_votes)
        self._count = 0
        self._keys, self._digests = array("Q"), bytearray()
        self._items_of_rows = {kind: array("I") for kind in KINDS}
        self._items_of_kept = array("I")
        self._withdrawals: dict[str, Item] = {}
        self._doubts: dict[str, str] = {}

    def add(self, items: Iterable[Item]) -> None:
        """Take items."""
        for raw in items:
            item = self._tidier.tidied(raw)
            self._note(item.id, self._tidier.doubt(raw))
            for entry in item.entries:
                kind = kind_of(entry.signal, entry.value)
                if kind is not None:
                    self._add(kind, entry)
            if item.kept:
                self.records[KEPT].add(item.id, pack_kept(item.kept))
                self._items_of_kept.append(self._count)
            if not (item.entries or item.kept):
                self._withdrawals[item.id] = item
            self._keys.append(id_key(item.id))
            self._digests += _digest(item.id)
            self._count += 1

    def _add(self, kind: Kind, entry: Entry) -> None:
        items, others = self._items_of_rows[kind], len(self.columns[kind]) - len(self._items_of_rows[kind])
        if others:
            items.extend(array("I", [_NO_ITEM]) * others)
        self.columns[kind].add(entry)
        items.append(self._count)

    def _note(self, entry_id: str, doubt: str) -> None:
        if self._withdrawals:
            self._withdrawals.pop(entry_id, None)
        if doubt:
            self._doubts[entry_id] = doubt
        elif self._doubts:
            self._doubts.pop(entry_id, None)

    def settle(self) -> Taken:
        """Leave out what a later item replaced; give what is left."""
        replaced = self._replaced()
        if replaced.any():
            for kind, items in self._items_of_rows.items():
                self.columns[kind].drop(_of_these(items, replaced))
            self.records[KEPT].drop(np.flatnonzero(_of_these(self._items_of_kept, replaced)).tolist())
        gone = len(self._withdrawals)
        return Taken(self._count - int(replaced.sum()) - gone, gone, 0, tuple(self._tidier.rejected))

    def _replaced(self) -> Array:
        pairs = np.frombuffer(bytes(self._digests), np.uint64).reshape(-1, 2)
        order = np.lexsort((pairs[:, 1], pairs[:, 0]))
        same = (pairs[order[1:]] == pairs[order[:-1]]).all(axis=1)
        replaced = np.zeros(self._count, bool)
        replaced[order[:-1][same]] = True
        return replaced

    def names(self, keys: Array, id_at: Callable[[int], str]) -> Array:
        """Say of each of these keys whether an item that was taken has it; ``id_at`` gives the id of a key's place."""
        likely = np.isin(keys, np.frombuffer(self._keys, np.uint64))
        digests = [_digest(id_at(place)) for place in np.flatnonzero(likely).tolist()]
        mine = np.frombuffer(bytes(self._digests), f"S{_DIGEST}")
        likely[likely] = np.isin(np.array(digests, f"S{_DIGEST}"), mine)
        return likely

    def judge(self, lives: Lives | None, at: str) -> None:
        """Write the withdrawals and opinions of the new state: those taken, and those of ``lives`` that still hold."""
        lives = lives or Lives({})
        for entry_id, item in self._withdrawals.items():
            old = lives.withdrawal(entry_id)
            known = old is not None and (old.reason, old.deciders) == (item.reason, item.deciders)
            life = old if known else None
            life = life or Life(entry_id, EntryState.WITHDRAWN, item.reason, at, item.deciders)
            self.records[WITHDRAWN].add(entry_id, pack_life(life))
        opinions = dict(lives.opinions)
        automatic = [entry_id for entry_id, life in opinions.items() if not life.deciders]
        keys = np.fromiter(map(id_key, automatic), np.uint64, len(automatic))
        for entry_id, named in zip(automatic, self.names(keys, automatic.__getitem__).tolist(), strict=True):
            if named and self._doubts.get(entry_id) != opinions[entry_id].reason:
                del opinions[entry_id]
        for entry_id, reason in self._doubts.items():
            opinions.setdefault(entry_id, Life(entry_id, EntryState.QUARANTINED, reason, at))
        for entry_id, life in opinions.items():
            self.records[OPINIONS].add(entry_id, pack_life(life))


@contextmanager
def intake(folder: Path, negative_votes: int) -> Iterator[Intake]:
    """Give an empty intake whose unnamed files lie in ``folder`` until the block ends."""
    with gathering(folder) as columns, gathering_records(folder, RECORDS) as records:
        yield Intake(columns, records, negative_votes)


def _of_these(items: array[int], chosen: Array) -> Array:
    """Say of each row whether its item is among those chosen."""
    numbers = np.frombuffer(items, np.uint32)
    return np.append(chosen, np.zeros(1, bool))[np.minimum(numbers, len(chosen))]


def _digest(entry_id: str) -> bytes:
    return hashlib.blake2b(entry_id.encode(), digest_size=_DIGEST).digest()
