"""The parts of one build of a bank together with the changes made since: everything a look-up reads.

A generation is never exchanged piece by piece. Parts are mapped and immutable; changes are kept in plain dictionaries
that readers copy (one step of the interpreter) before they walk over them, so that threads may look up while one thread
applies changes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kindward.banks import canaries
from kindward.banks.changes import Change
from kindward.banks.columnar import merge
from kindward.banks.digests import DigestTable
from kindward.banks.entries import EntryTable
from kindward.banks.journal import Journal
from kindward.banks.kinds import KINDS, PDQ, Kind, kind_of
from kindward.banks.lives import RECORDS, Life, Lives
from kindward.banks.manifest import Manifest, Part
from kindward.banks.records import RecordTable
from kindward.banks.sections import Array, damaged, file_digest
from kindward.errors import TrustError
from kindward.kernel.index import Index
from kindward.model import Entry, EntryState

READ_WHOLE = 64_000_000
"""Bytes of parts up to which opening compares every part with its SHA-256 (some 40 ms); above, only a sample is proven.

64 MB hold about half a million entries. The digest of 1.3 GB (10 million) would make every start wait for a second.
"""


@dataclass(frozen=True, slots=True)
class Near:
    """A known value near a looked-up one: which look-up, how far, which value."""

    query: int
    distance: int
    value: bytes


class Generation:
    """One build of a bank, open. ``verified`` says that every byte of its parts was compared with its digest."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.manifest = manifest
        self.verified = sum(part.size for part in manifest.parts.values()) <= READ_WHOLE
        self._entries: dict[Kind, EntryTable] = {}
        self._digests: dict[Kind, DigestTable] = {}
        for kind in KINDS:
            if f"{kind.name}.entries" in manifest.parts:
                self._open(folder, kind)
        self.pdq = Index.open(_whole(folder, manifest.parts["pdq.values"]))
        self._check_sizes()
        tables = {role: _whole(folder, part) for role, part in _record_parts(manifest).items()}
        if self.verified:
            require_whole(folder, manifest)
        self.lives = Lives({role: RecordTable(path) for role, path in tables.items()})
        self.mark = dict(manifest.mark)
        self.changed: dict[Kind, dict[bytes, dict[str, Entry | None]]] = {kind: {} for kind in KINDS}
        self._changed_ids: dict[str, frozenset[tuple[Kind, bytes]]] = {}
        self.counts = dict(manifest.counts)
        self.last_change = manifest.created
        self._version = "", ""
        for canary in canaries.added():
            self.pdq.add(canary)
        for entry_id in self.lives.quarantined:
            self._show(entry_id)
        self.journal = Journal(folder / manifest.journal, manifest.content)

    def _open(self, folder: Path, kind: Kind) -> None:
        self._entries[kind] = EntryTable(_whole(folder, self.manifest.parts[f"{kind.name}.entries"]), kind)
        if kind is not PDQ:
            self._digests[kind] = DigestTable(_whole(folder, self.manifest.parts[f"{kind.name}.values"]), kind)

    def _check_sizes(self) -> None:
        for kind, table in self._entries.items():
            slots = self.pdq.size_base if kind is PDQ else len(self._digests[kind])
            if slots != table.slots or len(table) != self.manifest.counts.get(kind.name):
                raise damaged(self.manifest.parts[f"{kind.name}.entries"].file)

    @property
    def version(self) -> str:
        """Name the state: the day of the last change and a digest of all that is held."""
        head = self.journal.head
        if self._version[0] != head:
            state = hashlib.sha256(f"{self.manifest.content} {head}".encode()).hexdigest()
            self._version = head, f"{self.last_change[:10]}.{state[:12]}"
        return self._version[1]

    def close(self) -> None:
        """Let go of the journal; mapped parts go with the last look-up that uses them."""
        self.journal.close()

    # look-up

    def near(self, values: Sequence[bytes], distance: int, limit: int) -> list[Near]:
        """Find known PDQ values near the given ones, canaries included."""
        offsets, distances, slots = self.pdq.search_many(b"".join(values), distance, limit)
        if not len(slots):
            return []
        return [
            Near(query, int(distances[place]), self.pdq.hash(int(slots[place])))
            for query in range(len(values))
            for place in range(int(offsets[query]), int(offsets[query + 1]))
        ]

    def knows(self, kind: Kind, value: bytes) -> bool:
        """Say whether a digest is among the values, canaries included."""
        return self.slot(kind, value) >= 0 or value in self.changed[kind]

    def matching(self, kind: Kind, value: bytes, day: str, most: int | None = None) -> list[Entry]:
        """Give the entries that match exactly this value on a day, by id: neither quarantined nor expired."""
        found, quarantined = self.held(kind, value, most), self.lives.quarantined
        for entry in found:
            if entry.expires or entry.id in quarantined:
                break
        else:
            return found
        return [
            entry
            for entry in self.held(kind, value)
            if entry.id not in quarantined and (not entry.expires or entry.expires > day)
        ][:most]

    def held(self, kind: Kind, value: bytes, most: int | None = None) -> list[Entry]:
        """Give the entries that are not withdrawn for exactly this value, by id; with ``most``, only so many."""
        changes = self.changed[kind].get(value)
        if changes is None:
            return self._base(kind, value, most)
        merged = {entry.id: entry for entry in self._base(kind, value)} | changes
        return [entry for _, entry in sorted(merged.items()) if entry is not None][:most]

    def in_force(self, kind: Kind, value: bytes, entry_id: str) -> Entry | None:
        """Give the one entry with this value and id, if it is not withdrawn."""
        changes = self.changed[kind].get(value, {})
        if entry_id in changes:
            return changes[entry_id]
        slot = self.slot(kind, value)
        if slot < 0:
            return None
        table = self._entries[kind]
        held = (table.entry(row, value) for row in table.find(entry_id) if row in table.rows(slot))
        return next((entry for entry in held if entry.id == entry_id), None)

    def holding(self, entry_id: str) -> list[Entry]:
        """Give the entries with this id that are not withdrawn, one for each of the item's fingerprints."""
        places = dict.fromkeys(
            (kind, self._value(kind, table.slot_of_row(row)))
            for kind, table in self._entries.items()
            for row in table.find(entry_id)
        )
        places |= dict.fromkeys(sorted(self._changed_ids.get(entry_id, ()), key=lambda place: place[1]))
        held = (self.in_force(*place, entry_id) for place in places)
        return [entry for entry in held if entry is not None]

    def all(self) -> Iterator[Entry]:
        """Give every entry not withdrawn: those of the parts in their order, then added values in order of adding."""
        for kind, table in self._entries.items():
            for slot in table.occupied():
                yield from self.held(kind, self._value(kind, slot))
        for kind in KINDS:
            for value in list(self.changed[kind]):
                if not self._base(kind, value):
                    yield from self.held(kind, value)

    def sample(self, most: int) -> Iterator[tuple[Kind, bytes, list[Entry]]]:
        """Give values of each kind, spread over the parts and the newest changes, with an entry that must be found."""
        for kind, table in self._entries.items():
            step = max(1, len(table) // most)
            for row in range(0, len(table), step):
                value = self._value(kind, table.slot_of_row(row))
                yield kind, value, self.matching(kind, value, "", 1)
        for kind in KINDS:
            for value in list(self.changed[kind])[-most:]:
                yield kind, value, self.matching(kind, value, "", 1)

    # changes

    def apply(self, change: Change) -> None:
        """Make one line of the journal true."""
        self.last_change = change.at
        if change.entry is not None:
            self._add(change.entry)
        elif change.do == "take":
            self._take(change)
        elif change.do == "keep":
            self.lives.keep(change.id, change.items[0].kept)
        elif change.do == "withdraw":
            self._drop(change.id)
            self.lives.withdraw(Life(change.id, EntryState.WITHDRAWN, change.reason, change.at, change.deciders))
        else:
            state = EntryState.QUARANTINED if change.do == "quarantine" else EntryState.ACTIVE
            self._judge(Life(change.id, state, change.reason, change.at, change.deciders))

    def _add(self, entry: Entry) -> None:
        kind = kind_of(entry.signal, entry.value)
        if kind is not None:
            self._put(kind, entry)
            self.lives.revive(entry.id)

    def _take(self, change: Change) -> None:
        for item in change.items:
            self._drop(item.id, spare={(entry.signal, entry.value) for entry in item.entries})
            for entry in item.entries:
                self._add(entry)
            self.lives.keep(item.id, item.kept)
            if item.entries or item.kept:
                self.lives.revive(item.id)
            else:
                self.lives.withdraw(Life(item.id, EntryState.WITHDRAWN, item.reason, change.at, item.deciders))
        for entry_id, reason in change.doubts.items():
            if reason:
                self._judge(Life(entry_id, EntryState.QUARANTINED, reason, change.at))
            else:
                self.lives.forget(entry_id)
                self._show(entry_id)
        self.mark = self.mark if change.mark is None else dict(change.mark)

    def _drop(self, entry_id: str, spare: Collection[tuple[str, bytes]] = ()) -> None:
        """Take an item's entries out of force, but for those with the spared values."""
        for entry in self.holding(entry_id):
            kind = kind_of(entry.signal, entry.value)
            if kind is not None and (entry.signal, entry.value) not in spare:
                self._set(kind, entry.value, entry.id, None)
                self.counts[kind.name] -= 1

    def _judge(self, life: Life) -> None:
        self.lives.hold(life)
        self._show(life.id)

    def _show(self, entry_id: str) -> None:
        """Let the index find the looks of an item, or not, as its state says now."""
        for entry in self.holding(entry_id):
            if entry.signal == PDQ.signal:
                self._show_look(entry.value)

    def _show_look(self, value: bytes) -> None:
        if self.matching(PDQ, value, ""):
            self.pdq.add(value)
            return
        slot = self.pdq.slot_of(value)
        if slot is not None:
            self.pdq.withdraw(slot)

    def merged(self, entry: Entry) -> Entry | None:
        """Give what adding this entry would put in force; None if that changes nothing."""
        kind = kind_of(entry.signal, entry.value)
        known = self.in_force(kind, entry.value, entry.id) if kind else None
        both = merge(known, entry) if known else entry
        return None if both == known else both

    def _put(self, kind: Kind, entry: Entry) -> None:
        if self.in_force(kind, entry.value, entry.id) is None:
            self.counts[kind.name] = self.counts.get(kind.name, 0) + 1
        self._set(kind, entry.value, entry.id, entry)

    def _set(self, kind: Kind, value: bytes, entry_id: str, entry: Entry | None) -> None:
        self._changed_ids[entry_id] = self._changed_ids.get(entry_id, frozenset()) | {(kind, value)}
        if kind is PDQ and entry is not None and entry_id not in self.lives.quarantined:
            self.pdq.add(value)
        self.changed[kind].setdefault(value, {})[entry_id] = entry
        if kind is PDQ and (entry is None or entry_id in self.lives.quarantined):
            self._show_look(value)

    # parts

    def tables(self) -> Mapping[Kind, EntryTable]:
        """Give the mapped entries of each kind."""
        return self._entries

    def entry_at(self, table: EntryTable, row: int) -> Entry:
        """Give the entry of a row of the parts."""
        return table.entry(row, self._value(table.kind, table.slot_of_row(row)))

    def slot(self, kind: Kind, value: bytes) -> int:
        """Give the slot of a value in the parts, or -1."""
        if kind is PDQ:
            slot = self.pdq.slot_of(value)
            return slot if slot is not None and slot < self.pdq.size_base else -1
        return self._digests[kind].slot_of(value) if kind in self._digests else -1

    def values(self, kind: Kind, first: int, last: int) -> Array:
        """Give the values of a range of slots of the parts, one row each."""
        if kind is PDQ:
            joined = b"".join(map(self.pdq.hash, range(first, last)))
            return np.frombuffer(joined, np.uint8).reshape(-1, kind.width)
        return self._digests[kind].all()[first:last]

    def _value(self, kind: Kind, slot: int) -> bytes:
        return self.pdq.hash(slot) if kind is PDQ else self._digests[kind].value(slot)

    def _base(self, kind: Kind, value: bytes, most: int | None = None) -> list[Entry]:
        slot = self.slot(kind, value)
        return self._entries[kind].at(slot, value, most) if slot >= 0 else []


def _record_parts(manifest: Manifest) -> dict[str, Part]:
    return {role: manifest.parts[f"lives.{role}"] for role in RECORDS if f"lives.{role}" in manifest.parts}


def require_whole(folder: Path, manifest: Manifest) -> None:
    """Read every part and compare it with its digest. Raises: TrustError that names the part that is damaged."""
    for part in manifest.parts.values():
        if file_digest(folder / part.file) != part.sha256:
            raise damaged(part.file)


def _whole(folder: Path, part: Part) -> Path:
    path = folder / part.file
    try:
        size = path.stat().st_size
    except FileNotFoundError as problem:
        raise TrustError(
            "bank_incomplete",
            "The part {part} of the bank is missing.",
            "Build the bank again from its list, or copy it again from where it came.",
            part=part.file,
        ) from problem
    if size != part.size:
        raise damaged(part.file)
    return path
