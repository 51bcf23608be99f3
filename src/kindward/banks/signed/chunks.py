"""The files of a signed list: the history of a list from one size of its log to another, row by row.

A file holds no leaf that can be rebuilt: of an opened row it keeps the fingerprint, its name, and a reference to what
many rows share, about 45 bytes in all. The same rows give the same bytes on every machine; so the authorities compare
and sign digests. That is why nothing is compressed: two libraries that speak the same format (zlib, zlib-ng) give
different bytes for the same input. It also means that no small file can swell into a large one.

The file: a magic line, the first and the last size as 8 bytes each, then blocks of up to 65,536 rows, each as length
and number of rows (4 bytes each, little-endian) and a MessagePack array. Nothing follows the last block.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Annotated, BinaryIO, NoReturn, TypeVar

import msgspec

from kindward.banks.kinds import KINDS, Kind, kind_of
from kindward.banks.signed.openings import SEED_BYTES
from kindward.banks.signed.refusals import distrusted
from kindward.banks.signed.rows import (
    OPENED,
    RAW,
    REMOVED,
    SEALED,
    Closed,
    Opened,
    Shape,
    remove_leaf,
    sealed_leaf,
)
from kindward.ledger import leaves
from kindward.ledger.leaves import LARGEST_LEAF, NAMED
from kindward.ledger.tree import HASH

MAGIC = b"kindward history 1\n"
ROWS = 65_536
"""Rows of a block."""
WEIGHT = 4_000_000
"""A block is closed with the row that makes its texts and bytes as long as this, however few rows it has."""
BLOCK_BYTES = 16_000_000
"""No block may be longer: twice its weight and the longest row leave room for references."""
MOST_LEAVES = 1 << 40
TEXT = 300

_RANGE = struct.Struct("<QQ")
_FRAME = struct.Struct("<II")
_HEX = re.compile("(?:[0-9a-f]{2})+")
_WIDTHS = (*(kind.width for kind in KINDS), HASH, 0, 0)

_Cell = TypeVar("_Cell")
_Ref = Annotated[int, msgspec.Meta(ge=0, lt=ROWS * 8)]
_Text = Annotated[str, msgspec.Meta(max_length=TEXT)]
_Names = Annotated[list[_Text], msgspec.Meta(max_length=NAMED)]


class _Body(msgspec.Struct, array_like=True, forbid_unknown_fields=True, frozen=True):
    """A block as it is written: tables in the order of first use, then the columns."""

    seeds: bytes
    authorities: Annotated[list[_Names], msgspec.Meta(max_length=ROWS)]
    texts: Annotated[list[_Text], msgspec.Meta(max_length=ROWS * 8)]
    shapes: Annotated[list[tuple[_Ref, _Ref, _Ref, _Ref, _Ref, _Ref, _Ref, _Ref, _Ref]], msgspec.Meta(max_length=ROWS)]
    runs: Annotated[list[_Ref], msgspec.Meta(max_length=2 * ROWS)]
    values: bytes
    packed: bytes
    ids: Annotated[list[_Text], msgspec.Meta(max_length=ROWS)]
    removed: Annotated[list[Annotated[int, msgspec.Meta(ge=0, lt=MOST_LEAVES)]], msgspec.Meta(max_length=ROWS)]
    raws: Annotated[list[Annotated[bytes, msgspec.Meta(max_length=LARGEST_LEAF)]], msgspec.Meta(max_length=ROWS)]


_DECODER = msgspec.msgpack.Decoder(_Body)
_ENCODER = msgspec.msgpack.Encoder()


class Run:
    """Rows of one shape that follow each other.

    ``first`` is the index of the first one's leaf. ``values`` are fingerprints or commitments, ``ids`` the names of
    opened rows, ``leaves`` what is in the log: rebuilt for opened rows each time it is asked for.
    """

    __slots__ = ("closed", "count", "first", "ids", "shape", "values")

    def __init__(self, shape: Shape, first: int, values: list[bytes], ids: list[str], closed: list[bytes]) -> None:
        self.shape, self.first, self.values, self.ids, self.closed = shape, first, values, ids, closed
        self.count = len(values) if shape.is_opened else len(closed)

    def leaves(self) -> Iterable[bytes]:
        """Give the leaves of the rows."""
        return self.shape.leaves(self.values, self.ids) if self.shape.is_opened else self.closed

    def rows(self) -> Iterator[Opened | Closed]:
        """Give the rows one by one, as they were written."""
        shape = self.shape
        if not shape.is_opened:
            yield from map(Closed, self.closed)
            return
        signal = KINDS[shape.form].signal
        shared = (shape.category, shape.jurisdiction, shape.expires, shape.source)
        for value, name in zip(self.values, self.ids, strict=True):
            yield Opened(name, signal, value, *shared, shape.seed, shape.authorities, shape.date)


class Chunk:
    """A file of history that is being read; ``start`` and ``end`` are sizes of the log."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self._stream, self._name, self._block = stream, name, 0
        if self._exactly(len(MAGIC)) != MAGIC:
            self._refuse("chunk_unreadable")
        self.start, self.end = _RANGE.unpack(self._exactly(_RANGE.size))
        if not self.start <= self.end < MOST_LEAVES:
            self._damaged()

    def runs(self) -> Iterator[Run]:
        """Read the rows, run by run, block by block; the stream is at its end afterwards.

        Raises: TrustError ``chunk_truncated``, ``chunk_damaged``, ``chunk_too_long`` or ``chunk_count_wrong``.
        """
        at = self.start
        while at < self.end:
            self._block += 1
            length, count = _FRAME.unpack(self._exactly(_FRAME.size))
            if length > BLOCK_BYTES or not 0 < count <= ROWS:
                self._damaged()
            if at + count > self.end:
                self._refuse("chunk_count_wrong")
            yield from self._understood(self._exactly(length), at, count)
            at += count
        if self._stream.read(1):
            self._refuse("chunk_too_long")

    def rows(self) -> Iterator[Opened | Closed]:
        """Read the rows one by one."""
        for run in self.runs():
            yield from run.rows()

    def _understood(self, data: bytes, at: int, count: int) -> Iterator[Run]:
        try:
            body = _DECODER.decode(data)
            shapes = _shapes(body)
            runs = list(_runs(body, shapes, at))
        except (msgspec.DecodeError, IndexError, ValueError):
            self._damaged()
        if count != sum(run.count for run in runs):
            self._refuse("chunk_count_wrong")
        yield from runs

    def _exactly(self, size: int) -> bytes:
        data = self._stream.read(size)
        if len(data) != size:
            self._refuse("chunk_truncated")
        return data

    def _damaged(self) -> NoReturn:
        self._refuse("chunk_damaged")

    def _refuse(self, code: str) -> NoReturn:
        raise distrusted(code, name=self._name, block=self._block) from None


def read(stream: BinaryIO, name: str) -> Chunk:
    """Begin to read a file of history; ``name`` is how errors call it.

    Raises: TrustError ``chunk_unreadable``, ``chunk_truncated`` or ``chunk_damaged``.
    """
    return Chunk(stream, name)


def write(stream: BinaryIO, start: int, end: int, rows: Iterable[Opened | Closed]) -> None:
    """Write the history between two sizes of the log, in bounded memory.

    Raises: ValueError for rows that no log has or that are not as many as the sizes say.
    """
    if not 0 <= start <= end < MOST_LEAVES:
        raise ValueError(f"no such sizes: {start} to {end}")
    stream.write(MAGIC + _RANGE.pack(start, end))
    block, written = _Block(), start
    for row in rows:
        block.add(row)
        if block.rows == ROWS or block.weight >= WEIGHT:
            written += block.rows
            block.write(stream)
            block = _Block()
    written += block.rows
    if block.rows:
        block.write(stream)
    if written != end:
        raise ValueError(f"{written - start} rows instead of {end - start}")


class _Block:
    """Rows on their way into a file."""

    def __init__(self) -> None:
        self.rows = self.weight = 0
        self._seeds: dict[bytes, int] = {}
        self._authorities: dict[tuple[str, ...], int] = {}
        self._texts: dict[str, int] = {}
        self._shapes: dict[tuple[int, ...], int] = {}
        self._runs: list[int] = []
        self._values: list[bytes] = []
        self._packed: list[bytes] = []
        self._ids: list[str] = []
        self._removed: list[int] = []
        self._raws: list[bytes] = []
        self._last: tuple[Shape, int] | None = None

    def add(self, row: Opened | Closed) -> None:
        """Take one row."""
        self.rows += 1
        if isinstance(row, Opened):
            self._open(row)
        else:
            self._close(row.leaf)

    def write(self, stream: BinaryIO) -> None:
        """Write the block."""
        tables = [list(table) for table in (self._authorities, self._texts, self._shapes)]
        values, packed = b"".join(self._values), b"".join(self._packed)
        body = (b"".join(self._seeds), *tables, self._runs, values, packed, self._ids, self._removed, self._raws)
        data = _ENCODER.encode(body)
        stream.write(_FRAME.pack(len(data), self.rows) + data)

    def _open(self, row: Opened) -> None:
        kind = kind_of(row.signal, row.value)
        if kind is None or len(row.seed) != SEED_BYTES:
            raise ValueError("no list holds such an entry")
        hexadecimal = bytes.fromhex(row.id) if _HEX.fullmatch(row.id) else b""
        if hexadecimal:
            self._packed.append(hexadecimal)
        else:
            self._ids.append(_fitting(row.id))
        self._run(Shape(_FORMS[kind], row.seed, row.authorities, row.date, *row[3:7]), len(hexadecimal))
        self._values.append(row.value)
        self.weight += len(row.value) + len(row.id)

    def _close(self, leaf: bytes) -> None:
        if len(leaf) > LARGEST_LEAF:
            raise ValueError("no log holds such a leaf")
        shape, value = _taken_apart(leaf)
        self._run(shape, 0)
        if isinstance(value, int):
            self._removed.append(value)
            return
        (self._raws if shape.form == RAW else self._values).append(value)
        self.weight += len(value)

    def _run(self, shape: Shape, packed: int) -> None:
        if (shape, packed) == self._last:
            self._runs[-1] += 1
            return
        self._last = shape, packed
        texts = (shape.date, shape.category, shape.jurisdiction, shape.expires, shape.source)
        self.weight += sum(map(len, (*texts, *shape.authorities, shape.seed)))
        refs = (
            shape.form,
            packed,
            _ref(self._seeds, shape.seed) if shape.is_opened else 0,
            _ref(self._authorities, shape.authorities),
            *(_ref(self._texts, _fitting(text)) for text in texts),
        )
        self._runs += (_ref(self._shapes, refs), 1)


_FORMS: dict[Kind, int] = {kind: form for form, kind in enumerate(KINDS)}


def _ref(table: dict[_Cell, int], value: _Cell) -> int:
    return table.setdefault(value, len(table))


def _fitting(text: str) -> str:
    if len(text) > TEXT:
        raise ValueError("a text is too long for a list")
    return text


def _taken_apart(leaf: bytes) -> tuple[Shape, bytes | int]:
    """Find the parts from which a closed leaf is rebuilt to the very same bytes."""
    match leaves.decode(leaf):
        case leaves.Add(commitment, category, authorities, date):
            return Shape(SEALED, b"", authorities, date, category), commitment
        case leaves.Remove(index, reason, authorities, date):
            return Shape(REMOVED, b"", authorities, date, reason), index
    return Shape(RAW), leaf


def _next(column: Iterator[_Cell], count: int) -> list[_Cell]:
    found = list(islice(column, count))
    if len(found) != count:
        raise ValueError
    return found


def _shapes(body: _Body) -> list[tuple[Shape, int]]:
    """Give the shapes of a block, each with the bytes of its packed names."""
    if len(body.seeds) % SEED_BYTES:
        raise ValueError
    seeds = _cut(body.seeds, SEED_BYTES, len(body.seeds) // SEED_BYTES, 0)
    authorities = [tuple(names) for names in body.authorities]
    shapes = []
    for form, packed, seed, names, *texts in body.shapes:
        if form > RAW or packed > TEXT:
            raise ValueError
        known = seeds[seed] if form < OPENED else b""
        shapes.append((Shape(form, known, authorities[names], *(body.texts[text] for text in texts)), packed))
    return shapes


def _runs(body: _Body, shapes: list[tuple[Shape, int]], at: int) -> Iterator[Run]:
    valued = named = 0
    ids, removed, raws = iter(body.ids), iter(body.removed), iter(body.raws)
    for number, count in zip(body.runs[::2], body.runs[1::2], strict=True):
        shape, packed = shapes[number]
        width = _WIDTHS[shape.form]
        values = _cut(body.values, width, count, valued)
        valued += width * count
        names: list[str] = []
        closed: list[bytes] = []
        if shape.is_opened:
            names = [name.hex() for name in _cut(body.packed, packed, count, named)] if packed else _next(ids, count)
            named += packed * count
        elif shape.form == SEALED:
            closed = [sealed_leaf(shape, commitment) for commitment in values]
        elif shape.form == REMOVED:
            closed = [remove_leaf(shape, index) for index in _next(removed, count)]
        else:
            closed = _next(raws, count)
        yield Run(shape, at, values, names, closed)
        at += count
    rest = (len(body.values) - valued, len(body.packed) - named, *(len(list(left)) for left in (ids, removed, raws)))
    if any(rest):
        raise ValueError


def _cut(column: bytes, width: int, count: int, at: int) -> list[bytes]:
    end = at + width * count
    if end > len(column):
        raise ValueError
    return [column[place : place + width] for place in range(at, end, width)] if width else []
