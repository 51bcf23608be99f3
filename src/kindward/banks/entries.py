"""What a bank knows about each value: its entries, found by slot or by id.

Values are kept sorted and unique; a slot is the rank of a value. Identical values are one slot with several entries,
because a list with 100,000 copies of one fingerprint must not cost more to search than a list with one. Canaries are
slots without entries, which is why they can never appear in a match, a count or a listing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from kindward.banks.kinds import Kind, derived_digest, derived_id, salt_of
from kindward.banks.sections import Array, damaged, open_sections
from kindward.model import Entry

SEPARATOR = "\x1f"
"""Stands between the fields of a row (unit separator, ASCII 31); no field may hold it."""
NAMES = "\x1e"
"""Stands between the names in one field (record separator, ASCII 30)."""
_FIRST_FIELDS = 4
_STEP = 1 << 16
_DERIVED = re.compile("[0-9a-f]{20}")


def printable(text: str) -> str:
    """Keep a field on one line, free of control characters and of bytes that are no text."""
    if text.isprintable():
        return text.strip()
    readable = text.encode("utf-8", "replace").decode()
    return " ".join("".join(letter if letter.isprintable() else " " for letter in readable).split())


def pack(entry: Entry, entry_id: str) -> bytes:
    """Write what an entry says beside its value as a row; empty if that is nothing, as in plain lists.

    Fields at the end that say nothing are left out, so that an entry with only the first four has the row it had in
    the first format.
    """
    fields = (entry_id, entry.source, entry.severity, entry.note)
    more = (entry.jurisdiction, entry.added, NAMES.join(entry.confirmed_by), entry.expires)
    if any(more) or entry.positive or entry.negative:
        votes = (str(entry.positive or ""), str(entry.negative or ""))
        return SEPARATOR.join((*fields, *more, *votes)).rstrip(SEPARATOR).encode()
    return SEPARATOR.join(fields).encode() if any(fields) else b""


def unpack(row: bytes, kind: Kind, value: bytes) -> Entry:
    """Read an entry back from its row and its value."""
    fields = row.decode("utf-8", "replace").split(SEPARATOR) if row else []
    entry_id, source, severity, note = (fields + [""] * 4)[:4]
    entry_id = entry_id or derived_id(kind, value)
    if len(fields) <= _FIRST_FIELDS:
        return Entry(entry_id, kind.signal, value, source, severity, note)
    jurisdiction, added, names, expires, positive, negative = (fields[_FIRST_FIELDS:] + [""] * 6)[:6]
    return Entry(
        entry_id,
        kind.signal,
        value,
        source,
        severity,
        note,
        jurisdiction,
        added,
        tuple(names.split(NAMES)) if names else (),
        expires,
        int(positive) if positive.isdecimal() else 0,
        int(negative) if negative.isdecimal() else 0,
    )


def id_of(row: bytes) -> str:
    """Give the id that stands in a row; empty if it is derived."""
    return row.partition(SEPARATOR.encode())[0].decode("utf-8", "replace")


def derived_key(kind: Kind, value: bytes) -> int:
    """Give the key of the id that is derived from a value, without writing the id."""
    return int.from_bytes(derived_digest(kind, value)[:8])


def derived_keys(kind: Kind, values: bytes) -> Array:
    """Give the keys of the ids that are derived from many values, joined."""
    salt, width, sha256 = salt_of(kind), kind.width, hashlib.sha256
    digests = [sha256(salt + values[at : at + width]).digest()[:8] for at in range(0, len(values), width)]
    return np.frombuffer(b"".join(digests), ">u8").astype(np.uint64)


def looks_derived(entry_id: str) -> bool:
    """Say whether an id has the form of those that are derived from a value."""
    return _DERIVED.fullmatch(entry_id) is not None


def id_key(entry_id: str) -> int:
    """Give the 64-bit key under which an id is found; derived ids carry it in their first 16 digits."""
    if looks_derived(entry_id):
        return int(entry_id[:16], 16)
    return int.from_bytes(hashlib.sha256(entry_id.encode()).digest()[:8])


class EntryTable:
    """The mapped entries of one kind.

    Sections: ``starts`` (slots + 1: first row of each slot), ``ends`` (rows: end of each row in ``blob``, absent if all
    rows are empty), ``blob``, ``keys`` (rows: sorted 64-bit keys of ids) and ``rows`` (rows: the row of each key).
    """

    def __init__(self, path: Path, kind: Kind) -> None:
        self.kind = kind
        sections = open_sections(path)
        if not {"starts", "keys", "rows"} <= sections.keys() or not len(sections["starts"]):
            raise damaged(path.name)
        self._starts, self._keys, self._rows = sections["starts"], sections["keys"], sections["rows"]
        self._ends, self._blob = sections.get("ends"), sections.get("blob")
        counts = {len(self._keys), len(self._rows), *([] if self._ends is None else [len(self._ends)])}
        if len(counts) > 1 or int(self._starts[-1]) != len(self._rows):
            raise damaged(path.name)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def slots(self) -> int:
        """Give the number of slots, canaries included."""
        return len(self._starts) - 1

    def rows(self, slot: int) -> range:
        """Give the rows of a slot; none for a canary."""
        first, last = self._starts[slot : slot + 2]
        return range(int(first), min(int(last), len(self)))

    def slot_of_row(self, row: int) -> int:
        """Give the slot to which a row belongs."""
        return max(0, int(np.searchsorted(self._starts, np.uint32(row), side="right")) - 1)

    def raw(self, row: int) -> bytes:
        """Give the packed fields of a row."""
        if self._ends is None or self._blob is None or not 0 <= row < len(self):
            return b""
        start = int(self._ends[row - 1]) if row else 0
        return self._blob[start : int(self._ends[row])].tobytes()

    def at(self, slot: int, value: bytes, most: int | None = None) -> list[Entry]:
        """Give the entries of a slot, whose value the caller has; with ``most``, only so many of them."""
        return [self.entry(row, value) for row in self.rows(slot)[:most]]

    def entry(self, row: int, value: bytes) -> Entry:
        """Give the entry of a row, whose value the caller has."""
        return unpack(self.raw(row), self.kind, value)

    def find(self, entry_id: str) -> list[int]:
        """Give the rows whose id may be this one; the caller compares the id itself."""
        key = np.uint64(id_key(entry_id))
        first, last = (int(np.searchsorted(self._keys, key, side=side)) for side in ("left", "right"))
        return [int(row) for row in self._rows[first:last] if row < len(self)]

    def occupied(self) -> Iterator[int]:
        """Give every slot that has entries, in order."""
        for first in range(0, self.slots, _STEP):
            piece = self._starts[first : first + _STEP + 1]
            yield from (first + int(rank) for rank in np.flatnonzero(piece[1:] > piece[:-1]))

    def columns(self) -> tuple[Array, Array | None, Array | None]:
        """Give ``starts``, ``ends`` and ``blob`` for compaction."""
        return self._starts, self._ends, self._blob

    def keys(self) -> tuple[Array, Array]:
        """Give the sorted keys of ids and the row of each."""
        return self._keys, self._rows
