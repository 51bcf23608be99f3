"""Read long plain lists many lines at a time; the line-by-line reader stands beside it and says the same.

Nearly all lines of a long list have one of few shapes. Those are found and decoded with NumPy, some fifty times faster
than one by one; every other line, and every other kind of file, goes to ``read_list``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from kindward.banks.canaries import refused
from kindward.banks.items import Item
from kindward.banks.kinds import KINDS, MD5, PDQ, SHA1, Kind
from kindward.banks.lists import LINE_MOST, is_plain, read_line, read_list
from kindward.banks.rejected import Rejected
from kindward.banks.sections import Array
from kindward.model import Entry

_CHUNK = 1 << 22
_SHAPES = (*((b"", kind) for kind in (PDQ, SHA1, MD5)), *((kind.name.encode() + b" ", kind) for kind in KINDS))
_NIBBLE = np.full(256, 255, np.uint8)
for _digit in range(16):
    _NIBBLE[[ord(f"{_digit:x}"), ord(f"{_digit:X}")]] = _digit
_NOT_HEX = 255
_LINE_FEED, _RETURN = 10, 13


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Many entries of one kind that say nothing but their value: ``values`` (n, width) and their common source."""

    kind: Kind
    values: Array
    source: str = ""

    def __len__(self) -> int:
        return len(self.values)


def read_blocks(source: Path, *, origin: str = "") -> Iterator[Block | Entry | Item | Rejected]:
    """Read a list as ``read_list`` does, giving the plain lines of each stretch as blocks, before its other lines.

    Raises: ContentError as ``read_list``.
    """
    if not is_plain(source):
        yield from read_list(source, origin=origin)
        return
    with source.open("rb") as file:
        file.seek(3 if file.read(3) == b"\xef\xbb\xbf" else 0)
        number = 0
        for lines in _stretches(file):
            yield from _decoded(lines, number, origin)
            number += lines.count(b"\n")


def _stretches(file: BinaryIO) -> Iterator[bytes]:
    """Give whole lines, some megabytes at a time; of a line that is far too long only a mark."""
    rest, skipping = b"", False
    while chunk := file.read(_CHUNK):
        data = rest + chunk
        if skipping:
            end = data.find(b"\n")
            if end < 0:
                continue
            data, skipping = b"\0" + data[end:], False
        whole, newline, rest = data.rpartition(b"\n")
        if newline:
            yield whole + newline
        if len(rest) > LINE_MOST:
            rest, skipping = b"", True
    if rest or skipping:
        yield (b"\0" if skipping else rest) + b"\n"


def _decoded(lines: bytes, number: int, origin: str) -> Iterator[Block | Entry | Rejected]:
    text = np.frombuffer(lines, np.uint8)
    ends = np.flatnonzero(text == _LINE_FEED)
    starts = np.concatenate(([0], ends[:-1] + 1))
    sizes = ends - starts
    sizes -= (sizes > 0) & (text[ends - 1] == _RETURN)
    others = np.ones(len(starts), bool)
    for prefix, kind in _SHAPES:
        chosen = np.flatnonzero(sizes == len(prefix) + 2 * kind.width)
        chosen = chosen[_has_prefix(text, starts[chosen], prefix)]
        if len(chosen):
            values, good = _values(text, starts[chosen] + len(prefix), kind)
            others[chosen[good]] = False
            yield Block(kind, values[good], origin)
    for place in np.flatnonzero(others).tolist():
        line = "\0"
        if sizes[place] < LINE_MOST:
            line = lines[starts[place] : ends[place]].decode("utf-8", "surrogateescape")
        yield from read_line(line, number + place + 1, origin)


def _has_prefix(text: Array, starts: Array, prefix: bytes) -> Array:
    found = np.ones(len(starts), bool)
    for offset, letter in enumerate(prefix):
        found &= text[starts + offset] == letter
    return found


def _values(text: Array, starts: Array, kind: Kind) -> tuple[Array, Array]:
    """Decode the digits at these places; also say which are digits, and of a value that may become an entry."""
    nibbles = _NIBBLE[text[starts[:, None] + np.arange(2 * kind.width)]]
    good = (nibbles != _NOT_HEX).all(axis=1)
    values = nibbles[:, ::2] << 4 | nibbles[:, 1::2]
    return values, good & ~refused(kind, values)
