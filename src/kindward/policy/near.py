"""Which pictures are one picture: groups of PDQ fingerprints that lie near each other.

Two photographs of one scene, or a picture and its recompressed copy, match or do not match together. Counting them as
two would make a measured rate look surer than it is, and would let one picture sent twice look like two.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kindward.kernel import index

NEAR = 31
"""Bits within which two PDQ fingerprints are of one picture ("PDQ & TMK + PDQF", Meta 2019)."""
_NEIGHBOURS = 1000


def distance(one: bytes, other: bytes) -> int:
    """Count the bits in which two fingerprints differ."""
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_count()


def groups(values: Sequence[bytes], folder: Path) -> list[int]:
    """Give each fingerprint the number of its group, the position of the group's first member.

    A group is a chain: members follow each other within ``NEAR`` bits. ``folder`` is for a file that is only needed
    meanwhile. Each is asked for in an exact index, so a million pictures take minutes and not weeks.
    """
    if not values:
        return []
    hashes: NDArray[np.uint8] = np.frombuffer(b"".join(values), np.uint8).reshape(len(values), 32)
    slots: NDArray[np.uint8]
    slots, places = np.unique(hashes, axis=0, return_inverse=True)
    index.build(folder / "groups", slots)
    root = list(range(len(slots)))
    with index.Index.open(folder / "groups") as known:
        for slot in range(len(slots)):
            for _distance, near in known.search(slots[slot].tobytes(), NEAR, _NEIGHBOURS):
                _join(root, slot, near)
    first: dict[int, int] = {}
    return [
        first.setdefault(_root(root, int(slot)), position) for position, slot in enumerate(places.reshape(-1).tolist())
    ]


def _root(root: list[int], slot: int) -> int:
    while root[slot] != slot:
        root[slot] = root[root[slot]]
        slot = root[slot]
    return slot


def _join(root: list[int], one: int, other: int) -> None:
    root[_root(root, one)] = _root(root, other)
