"""Sorted digests of one kind in a mapped file; a look-up is a binary search."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kindward.banks.kinds import Kind
from kindward.banks.sections import Array, damaged, open_sections


class DigestTable:
    """The mapped digests of one kind, ascending and unique; a slot is a rank."""

    def __init__(self, path: Path, kind: Kind) -> None:
        self.kind = kind
        # NumPy compares byte strings as memcmp does; the zero bytes it ignores at the end cannot confuse two values
        # of one width.
        values = open_sections(path).get("values")
        if values is None or values.dtype != np.uint8 or len(values) % kind.width:
            raise damaged(path.name)
        self._values: Array = values.view(f"S{kind.width}")

    def __len__(self) -> int:
        return len(self._values)

    def slot_of(self, value: bytes) -> int:
        """Give the slot of a digest, or -1."""
        rank = int(np.searchsorted(self._values, np.array([value], self._values.dtype))[0])
        return rank if rank < len(self) and self.value(rank) == value else -1

    def value(self, slot: int) -> bytes:
        """Give the digest of a slot."""
        return self._values[slot : slot + 1].tobytes()

    def all(self) -> Array:
        """Give all digests as bytes, one row each."""
        return self._values.view(np.uint8).reshape(len(self), self.kind.width)
