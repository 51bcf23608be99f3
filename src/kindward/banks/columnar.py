"""Gather any number of entries in bounded memory and put them into the order of a bank.

Values and rows go to unnamed files; in memory stay, for each entry, 8 bytes of sort key and 8 bytes of order (and the
values of one kind while its part is written: 32 bytes each). Order is by value, then by id, whatever the order of the
list, so that the same entries always give the same bytes.
"""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import numpy as np

from kindward.banks.entries import looks_derived, pack, unpack
from kindward.banks.kinds import KINDS, Kind, derived_id
from kindward.banks.sections import Array
from kindward.model import Entry

CHUNK = 1 << 17
_JOINED = " | "


@dataclass(frozen=True, slots=True)
class Sorted:
    """The entries of one kind in final order.

    ``values`` (slots, width): unique values; ``starts`` (slots + 1): first row of each slot; ``order`` (rows): which
    gathered row stands there; ``merged``: rows that replace gathered ones because several entries became one.
    """

    values: Array
    starts: Array
    order: Array
    merged: dict[int, bytes]
    duplicates: int


class Gathered:
    """All entries of one kind, in the order in which they came."""

    def __init__(self, kind: Kind, folder: Path) -> None:
        self.kind = kind
        self._values: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - lives as long as this object
        self._rows: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - the same
        self._lengths = array("I")
        self._dropped: Array | None = None

    def __len__(self) -> int:
        return len(self._lengths)

    def add(self, entry: Entry) -> None:
        """Take one entry; an id that can be derived from the value is not stored."""
        row = self._packed(entry)
        self._values.write(entry.value)
        self._rows.write(row)
        self._lengths.append(len(row))

    def add_block(self, values: Array, source: str) -> None:
        """Take many entries that say nothing but their values (n, width) and their common source."""
        row = pack(Entry("", self.kind.signal, b"", source), "")
        self.extend(values, np.full(len(values), len(row), np.uint32), np.frombuffer(row * len(values), np.uint8))

    def extend(self, values: Array, lengths: Array, rows: Array) -> None:
        """Take many entries at once: values (n, width), lengths (n) of the packed rows, and these rows joined."""
        self._values.write(np.ascontiguousarray(values).data)
        self._rows.write(np.ascontiguousarray(rows).data)
        self._lengths.frombytes(lengths.astype("=u4").tobytes())

    def drop(self, dropped: Array) -> None:
        """Leave out the rows taken so far that ``dropped`` (n, of bool) names."""
        self._dropped = dropped

    def first(self, most: int) -> Array:
        """Give the first values, one row each."""
        return self._all_values()[:most]

    def sort(self) -> Sorted:
        """Put all entries in order and make one of those that are the same item with the same value."""
        values = self._all_values()
        keys = np.ascontiguousarray(values[:, :8]).view(">u8").ravel().astype(np.uint64)
        order = np.argsort(keys, kind="stable")
        if self._dropped is not None:
            dropped = np.zeros(len(keys), bool)
            dropped[: len(self._dropped)] = self._dropped
            order = order[~dropped[order]]
        keys = keys[order]
        merged: dict[int, bytes] = {}
        duplicates = 0
        for first, last in runs(keys):
            rows, replaced = self._in_order(order[first:last], values)
            merged |= replaced
            duplicates += last - first - len(rows)
            order[first:last] = rows + [-1] * (last - first - len(rows))
        del keys
        if duplicates:
            order = order[order >= 0]
        unique, starts = _slots(values, order)
        return Sorted(unique, starts, order, merged, duplicates)

    def rows(self, result: Sorted) -> Iterator[tuple[Array, bytes]]:
        """Give, chunk by chunk, the lengths of the rows in final order and the rows themselves, joined."""
        lengths = np.frombuffer(self._lengths, np.uint32)
        ends = np.cumsum(lengths, dtype=np.uint64)
        blob = mapped(self._rows)
        for first in range(0, len(result.order), CHUNK):
            chosen = result.order[first : first + CHUNK]
            found = pieces(blob, ends[chosen] - lengths[chosen], lengths[chosen])
            if result.merged:
                yield _with_merged(found, chosen, lengths[chosen], result.merged)
            else:
                yield lengths[chosen], found.tobytes()

    def close(self) -> None:
        """Let go of the unnamed files."""
        self._values.close()
        self._rows.close()

    def _all_values(self) -> Array:
        return mapped(self._values).reshape(len(self), self.kind.width)

    def _row(self, number: int) -> bytes:
        length = self._lengths[number]
        start = self._starts_of_rows()[number]
        self._rows.seek(int(start))
        return self._rows.read(length)

    def _starts_of_rows(self) -> Array:
        if not hasattr(self, "_row_starts"):
            lengths = np.frombuffer(self._lengths, np.uint32)
            self._row_starts = np.cumsum(lengths, dtype=np.uint64) - lengths
        return self._row_starts

    def _in_order(self, numbers: Array, values: Array) -> tuple[list[int], dict[int, bytes]]:
        """Order the few rows that share a sort key, and merge those with the same value and id."""
        found: dict[tuple[bytes, str], tuple[int, Entry]] = {}
        replaced: dict[int, bytes] = {}
        for number in map(int, numbers):
            value = values[number].tobytes()
            entry = unpack(self._row(number), self.kind, value)
            key = (value, entry.id)
            if key in found:
                kept, known = found[key]
                both = merge(known, entry)
                found[key] = kept, both
                replaced[kept] = self._packed(both)
            else:
                found[key] = number, entry
        return [found[key][0] for key in sorted(found)], replaced

    def _packed(self, entry: Entry) -> bytes:
        if not entry.id:
            return pack(entry, "")
        derived = looks_derived(entry.id) and entry.id == derived_id(self.kind, entry.value)
        return pack(entry, "" if derived else entry.id)


@contextmanager
def gathering(folder: Path) -> Iterator[dict[Kind, Gathered]]:
    """Give an empty column for each kind of value, whose unnamed files lie in ``folder`` until the block ends."""
    columns = {kind: Gathered(kind, folder) for kind in KINDS}
    try:
        yield columns
    finally:
        for column in columns.values():
            column.close()


def merge(one: Entry, other: Entry) -> Entry:
    """Make one entry of two that name the same item with the same value; nothing either says is lost.

    Associative, commutative and idempotent, so that the order of a list does not matter.
    """
    return replace(
        one,
        source=_union(one.source, other.source),
        severity=_union(one.severity, other.severity),
        note=_union(one.note, other.note),
        jurisdiction=_union(one.jurisdiction, other.jurisdiction),
        added=min(filter(None, (one.added, other.added)), default=""),
        confirmed_by=tuple(sorted({*one.confirmed_by, *other.confirmed_by})),
        # An entry that one of them never lets expire does not.
        expires=max(one.expires, other.expires) if one.expires and other.expires else "",
        positive=max(one.positive, other.positive),
        negative=max(one.negative, other.negative),
    )


def _union(one: str, other: str) -> str:
    if one == other:
        return one
    return _JOINED.join(sorted({*one.split(_JOINED), *other.split(_JOINED)} - {""}))


def mapped(file: IO[bytes]) -> Array:
    """Give the bytes of an unnamed file."""
    file.flush()
    file.seek(0, 2)
    return np.memmap(file, np.uint8, "r") if file.tell() else np.empty(0, np.uint8)


def runs(keys: Array) -> Iterator[tuple[int, int]]:
    """Give the first and last place of every run of at least two equal keys."""
    same = np.concatenate(([False], keys[1:] == keys[:-1], [False]))
    firsts = np.flatnonzero(~same[:-1] & same[1:])
    lasts = np.flatnonzero(same[:-1] & ~same[1:])
    for first, last in zip(firsts, lasts, strict=True):
        yield int(first), int(last) + 1


def _slots(values: Array, order: Array) -> tuple[Array, Array]:
    """Take the values in order without repetitions, and where the rows of each begin."""
    unique = np.empty((len(order), values.shape[1]), np.uint8)
    fresh = np.ones(len(order) + 1, bool)
    for first in range(0, len(order), CHUNK):
        chosen = slice(first, min(first + CHUNK, len(order)))
        unique[chosen] = values[order[chosen]]
    for first in range(1, len(order), CHUNK):
        last = min(first + CHUNK, len(order))
        fresh[first:last] = (unique[first:last] != unique[first - 1 : last - 1]).any(axis=1)
    starts = np.flatnonzero(fresh).astype(np.uint32)
    return (unique if len(starts) == len(order) + 1 else unique[fresh[:-1]]), starts


def pieces(blob: Array, starts: Array, lengths: Array) -> Array:
    """Take pieces of a blob, joined."""
    total = int(lengths.sum())
    if not total:
        return np.empty(0, np.uint8)
    ends = np.cumsum(lengths, dtype=np.int64)
    places = np.arange(total, dtype=np.int64) + np.repeat(starts.astype(np.int64) - (ends - lengths), lengths)
    return np.asarray(blob[places])


def _with_merged(old: Array, chosen: Array, lengths: Array, merged: dict[int, bytes]) -> tuple[Array, bytes]:
    ends = np.cumsum(lengths, dtype=np.int64)
    replaced = [place for place, number in enumerate(chosen.tolist()) if number in merged]
    new_lengths, joined, done = lengths.copy(), [], 0
    for place in replaced:
        row = merged[int(chosen[place])]
        joined += [old[done : int(ends[place]) - int(lengths[place])].tobytes(), row]
        done, new_lengths[place] = int(ends[place]), len(row)
    joined.append(old[done:].tobytes())
    return new_lengths, b"".join(joined)
