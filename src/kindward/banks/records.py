"""What is known about ids beside their entries: one row for each id, sorted, in a mapped file.

Withdrawals with their reasons, local opinions and fingerprints that are only kept can be as many as the entries, so
they are looked up where they lie, like those. Rows stand in the order of a 64-bit key of the id, then of the id.
"""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

import numpy as np

from kindward.banks.columnar import CHUNK, mapped, pieces, runs
from kindward.banks.entries import SEPARATOR, id_key
from kindward.banks.sections import Array, SectionWriter, damaged, open_sections

_SEPARATOR = SEPARATOR.encode()


class RecordTable:
    """The mapped rows of one part; sections ``keys`` (rows: sorted keys of ids), ``ends`` (rows) and ``blob``."""

    def __init__(self, path: Path) -> None:
        sections = open_sections(path)
        if not {"keys", "ends", "blob"} <= sections.keys():
            raise damaged(path.name)
        self._keys, self._ends, self._blob = sections["keys"], sections["ends"], sections["blob"]
        if len(self._keys) != len(self._ends) or (len(self._ends) and int(self._ends[-1]) != len(self._blob)):
            raise damaged(path.name)

    def __len__(self) -> int:
        return len(self._keys)

    def find(self, entry_id: str) -> bytes | None:
        """Give what is known about an id; None if nothing is."""
        key, wanted = np.uint64(id_key(entry_id)), entry_id.encode()
        for row in range(int(np.searchsorted(self._keys, key)), len(self)):
            if self._keys[row] != key:
                break
            found, _, payload = self._raw(row).partition(_SEPARATOR)
            if found == wanted:
                return payload
        return None

    def rows(self) -> Iterator[tuple[str, bytes]]:
        """Give every id with what is known about it."""
        for row in range(len(self)):
            found, _, payload = self._raw(row).partition(_SEPARATOR)
            yield found.decode("utf-8", "replace"), payload

    def id_at(self, row: int) -> str:
        """Give the id of a row."""
        return self._raw(row).partition(_SEPARATOR)[0].decode("utf-8", "replace")

    def columns(self) -> tuple[Array, Array, Array]:
        """Give keys, lengths of rows, and the rows joined, for compaction."""
        return self._keys, np.diff(self._ends, prepend=np.uint64(0)).astype(np.uint32), self._blob

    def _raw(self, row: int) -> bytes:
        start = int(self._ends[row - 1]) if row else 0
        return self._blob[start : int(self._ends[row])].tobytes()


class GatheredRecords:
    """Rows in the order in which they came; of several about one id the last one holds."""

    def __init__(self, folder: Path) -> None:
        self._rows: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - lives as long as this object
        self._keys, self._lengths = array("Q"), array("I")
        self._empty: set[int] = set()
        self._left_out: set[int] = set()

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, entry_id: str, payload: bytes) -> None:
        """Take what is known about an id from now on; without ``payload``, nothing."""
        if not payload:
            self._empty.add(len(self._keys))
        row = entry_id.encode() + _SEPARATOR + payload
        self._keys.append(id_key(entry_id))
        self._lengths.append(len(row))
        self._rows.write(row)

    def extend(self, table: RecordTable, dropped: Array | None = None) -> None:
        """Take all rows of a part but those that are dropped."""
        keys, lengths, blob = table.columns()
        first = len(self)
        self._keys.frombytes(np.ascontiguousarray(keys).tobytes())
        self._lengths.frombytes(lengths.astype("=u4").tobytes())
        self._rows.write(np.ascontiguousarray(blob).data)
        if dropped is not None:
            self.drop(first + row for row in np.flatnonzero(dropped).tolist())

    def drop(self, rows: Iterable[int]) -> None:
        """Leave out rows, as if they had not been taken."""
        self._left_out.update(rows)

    def write(self, file: BinaryIO) -> int:
        """Write the part; give how many rows it has. The same rows give the same bytes."""
        lengths = np.frombuffer(self._lengths, np.uint32)
        starts = np.cumsum(lengths, dtype=np.uint64) - lengths
        keys, blob = np.frombuffer(self._keys, np.uint64), mapped(self._rows)
        order = self._order(keys, starts, blob)
        sizes = lengths[order]
        plan = {"keys": ("<u8", len(order)), "ends": ("<u8", len(order)), "blob": ("|u1", int(sizes.sum()))}
        writer = SectionWriter(file, plan)
        writer.write("keys", [keys[order]])
        writer.write("ends", [np.cumsum(sizes, dtype=np.uint64)])
        chosen = (order[first : first + CHUNK] for first in range(0, len(order), CHUNK))
        writer.write("blob", (pieces(blob, starts[rows], lengths[rows]) for rows in chosen))
        return len(order)

    def close(self) -> None:
        """Let go of the unnamed file."""
        self._rows.close()

    def _order(self, keys: Array, starts: Array, blob: Array) -> Array:
        order = np.argsort(keys, kind="stable")
        dropped = np.zeros(len(keys), bool)
        dropped[[*self._empty, *self._left_out]] = True
        for first, last in runs(keys[order]):
            rows = order[first:last].tolist()
            newest = {self._id(row, starts, blob): row for row in rows if row not in self._left_out}
            kept = [newest[entry_id] for entry_id in sorted(newest)]
            others = [row for row in rows if row not in kept]
            dropped[others] = True
            order[first:last] = [*kept, *others]
        return order[~dropped[order]]

    def _id(self, row: int, starts: Array, blob: Array) -> bytes:
        start = int(starts[row])
        return blob[start : start + self._lengths[row]].tobytes().partition(_SEPARATOR)[0]


@contextmanager
def gathering_records(folder: Path, names: Iterable[str]) -> Iterator[dict[str, GatheredRecords]]:
    """Give an empty column for each name, whose unnamed files lie in ``folder`` until the block ends."""
    columns = {name: GatheredRecords(folder) for name in names}
    try:
        yield columns
    finally:
        for column in columns.values():
            column.close()
