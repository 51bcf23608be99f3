"""One part of a bank: a file of named arrays that is written once and mapped by every process.

Layout: eight bytes of magic, length and CRC-32 of a head (two little-endian 32-bit words), the head (JSON: name →
[dtype, count, offset]), then the arrays, each on a multiple of 64 bytes. The same arrays give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import struct
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from kindward.errors import TrustError

Array = npt.NDArray[Any]
MAGIC = b"KWPART1\n"
_PROLOGUE = struct.Struct("<8sII")
_ALIGN = 64
_DTYPES = ("|u1", "<u4", "<u8")


class SectionWriter:
    """Write the arrays of a part one after the other, in chunks, into a file that is not yet named.

    ``plan`` gives name → (dtype, count) in the order in which the arrays are written.
    """

    def __init__(self, file: BinaryIO, plan: Mapping[str, tuple[str, int]]) -> None:
        self._file = file
        self._places: dict[str, tuple[int, int]] = {}
        head = self._head(plan)
        file.write(_PROLOGUE.pack(MAGIC, len(head), zlib.crc32(head)) + head)

    def _head(self, plan: Mapping[str, tuple[str, int]]) -> bytes:
        # Offsets are counted from the end of the head, so that their digits do not change its length.
        offset, rows = 0, {}
        for name, (dtype, count) in plan.items():
            rows[name] = [dtype, count, offset]
            self._places[name] = (offset, offset + count * np.dtype(dtype).itemsize)
            offset = _aligned(self._places[name][1])
        head = json.dumps(rows, separators=(",", ":")).encode()
        head += b" " * (_aligned(_PROLOGUE.size + len(head)) - _PROLOGUE.size - len(head))
        self._base = _PROLOGUE.size + len(head)
        return head

    def write(self, name: str, chunks: Iterable[Array | bytes]) -> None:
        """Write one array from its chunks; the plan says how many bytes they must have together."""
        start, end = (self._base + place for place in self._places[name])
        self._file.write(b"\0" * (start - self._file.tell()))
        for chunk in chunks:
            self._file.write(chunk if isinstance(chunk, bytes) else np.ascontiguousarray(chunk).data)
        if self._file.tell() != end:
            raise AssertionError(f"section {name} has another size than planned")


def open_sections(path: Path) -> dict[str, Array]:
    """Map a part and give its arrays, read-only; nothing is copied and the page cache is shared by all processes.

    Raises: TrustError if the file is no part or is shorter than its head says.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size < _PROLOGUE.size:
            raise damaged(path.name)
        image = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    magic, length, checksum = _PROLOGUE.unpack_from(image, 0)
    head = image[_PROLOGUE.size : _PROLOGUE.size + length]
    if magic != MAGIC or len(head) != length or zlib.crc32(head) != checksum:
        raise damaged(path.name)
    try:
        return {name: _array(image, _PROLOGUE.size + length, *row) for name, row in json.loads(head).items()}
    except (ValueError, TypeError, AttributeError, RecursionError) as problem:
        raise damaged(path.name) from problem


def _array(image: mmap.mmap, base: int, dtype: str, count: int, offset: int) -> Array:
    if dtype not in _DTYPES or count < 0 or offset < 0:
        raise ValueError("this is no section of ours")
    return np.frombuffer(image, dtype, count, base + offset)


def file_digest(path: Path) -> str:
    """Give the SHA-256 of a file in lower-case hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _aligned(offset: int) -> int:
    return -(-offset // _ALIGN) * _ALIGN


def damaged(part: str) -> TrustError:
    """Say that a part is not what the manifest says."""
    return TrustError(
        "bank_damaged",
        "The part {part} of the bank is damaged.",
        "Build the bank again from its list, or copy it again from where it came.",
        part=part,
    )
