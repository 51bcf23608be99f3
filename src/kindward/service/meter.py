"""Count the fingerprints that each token looks up, exactly and over all workers.

Whoever may ask without limit whether a fingerprint is known can alter a picture until it is not. So the count must
not be a count per process: it lives in one small file that all workers map, and every change is made under a lock.
"""

from __future__ import annotations

import fcntl
import math
import mmap
import os
import struct
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

WINDOW = 60
SECONDS = WINDOW + 1
"""Whole seconds that can touch one window: with one more than sixty, no window of 60 s ever exceeds the limit."""
SLOTS = 4096
"""Most tokens that can be counted in the same minute; beyond that, further tokens wait."""
_SLOT = struct.Struct(f"<QQ{SECONDS}I4x")


class Meter:
    """Grant or refuse a number of fingerprints to a token.

    Each slot of the file holds the token's identifier, the last second in which it asked, and the count of each of
    the last 61 seconds. The clock is the machine's monotonic one, which all processes share.
    """

    def __init__(self, file: Path, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_minute = per_minute
        self._clock = clock
        self._handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.ftruncate(self._handle, SLOTS * _SLOT.size)
        self._map = mmap.mmap(self._handle, SLOTS * _SLOT.size)

    @classmethod
    def private(cls, per_minute: int) -> Self:
        """Count for this process alone, where no supervisor gave a file to share."""
        handle, name = tempfile.mkstemp(prefix="kindward-meter-")
        os.close(handle)
        try:
            return cls(Path(name), per_minute)
        finally:
            Path(name).unlink()

    def take(self, token_id: str, count: int) -> int:
        """Count ``count`` fingerprints and give 0, or count nothing and give the seconds to wait."""
        key = int(token_id, 16) + 1
        second = int(self._clock()) + 1
        with self._locked():
            place = self._place(key, second)
            if place is None:
                return WINDOW
            held, last, *counts = _SLOT.unpack_from(self._map, place)
            counts = _aged(counts, second - last) if held == key else [0] * SECONDS
            wait = _wait(counts, count, self.per_minute)
            if wait == 0:
                counts[0] += count
                _SLOT.pack_into(self._map, place, key, second, *counts)
            return wait

    def close(self) -> None:
        """Give the file back."""
        self._map.close()
        os.close(self._handle)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        fcntl.flock(self._handle, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._handle, fcntl.LOCK_UN)

    def _place(self, key: int, second: int) -> int | None:
        """Find the token's slot, else a free one, else one whose minute is over."""
        free = None
        for step in range(SLOTS):
            place = (key + step) % SLOTS * _SLOT.size
            held, last = struct.unpack_from("<QQ", self._map, place)
            if held == key:
                return place
            if free is None and (held == 0 or second - last >= SECONDS):
                free = place
            if held == 0:
                break
        return free


def _aged(counts: list[int], seconds: int) -> list[int]:
    """Shift the counts, newest first, by so many seconds."""
    return ([0] * min(seconds, SECONDS) + counts)[:SECONDS]


def _wait(counts: list[int], wanted: int, limit: int) -> int:
    """Say after how many seconds ``wanted`` more will fit; 0 if they fit now."""
    excess = sum(counts) + wanted - limit
    if excess <= 0:
        return 0
    for age in range(SECONDS - 1, -1, -1):
        excess -= counts[age]
        if excess <= 0:
            return math.ceil(SECONDS - age)
    return WINDOW
