"""The plain scan in NumPy: what every layout and machine path of the index must equal."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def distances(hashes: NDArray[np.uint8], query: bytes) -> NDArray[np.int64]:
    """Count the differing bits between the query and each of the (N, 32) hashes."""
    different = np.bitwise_xor(hashes, np.frombuffer(query, dtype=np.uint8))
    counted: NDArray[np.int64] = np.bitwise_count(different).sum(axis=1, dtype=np.int64)
    return counted


def search(
    hashes: NDArray[np.uint8],
    query: bytes,
    radius: int,
    limit: int = 1000,
    *,
    withdrawn: frozenset[int] = frozenset(),
) -> list[tuple[int, int]]:
    """Give (distance, slot) of every hash within the radius that is not withdrawn, best first, at most ``limit``."""
    found = distances(hashes, query)
    near = [(int(found[slot]), int(slot)) for slot in np.flatnonzero(found <= radius) if int(slot) not in withdrawn]
    return sorted(near)[:limit]
