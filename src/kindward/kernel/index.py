"""An exact index of 256-bit hashes: everything within a Hamming distance of a query, best first.

A bank is asked at every picture somebody sends, so the answer must take microseconds and must never be wrong: the
result equals a comparison with every entry, always. One file holds the frozen base. It is mapped, not loaded, so that
it opens at once and all processes share it; what is added or withdrawn later lives in memory beside it and counts
from the very next query.

How it works: a hash within 31 bits of the query has, among its 16 bands of 16 bits, one with at most one differing
bit, and from some such band on every chain of neighbours differs by little (the pigeonring principle: Qin and Xiao,
"Pigeonring: a principle for faster thresholded similarity search", VLDB 12(1), 2018). So 272 buckets are read, and
beside each entry in a bucket lies the next band, which rules out all but one of several hundred.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from kindward.errors import TrustError
from kindward.kernel import _index
from kindward.locale import N_

MACHINES = ("portable", "avx2", "avx512")
LAYOUTS = ("plain", "octets", "lines", "runs")
RADIUS_BANDED = 31

_DAMAGE = {
    "foreign": ("index_foreign", N_("{path} is not an index file."), N_("Build the bank again from its source.")),
    "version": (
        "index_version",
        N_("{path} was written by another version of kindward."),
        N_("Build the bank again with this version."),
    ),
    "damaged": ("index_damaged", N_("{path} is truncated or damaged."), N_("Build the bank again from its source.")),
}


def machines() -> tuple[str, ...]:
    """Name the machine paths that this build has and this processor can run, plain C first."""
    return tuple(name for number, name in enumerate(MACHINES) if _index.machine_available(number))


def build(
    path: str | os.PathLike[str],
    hashes: NDArray[np.uint8],
    *,
    layout: str | None = None,
    progress: Callable[[float], object] | None = None,
) -> int:
    """Write the index file for a set of hashes and return how many different ones there are.

    ``hashes`` has shape (N, 32), in any order and with any repetitions, up to 4 294 967 294 different ones. The slot
    of a hash is its rank in bytewise order, so that the same set always gives the same file, byte for byte.
    ``layout`` is for tests and benchmarks; without it the number of entries decides. ``progress`` gets the part done,
    0 to 1. The file appears under its name only when it is whole and on the disk.

    Raises:
        ValueError: for another shape or type, an unknown layout, or more entries than the layout holds.
        OSError: if the file cannot be written.
    """
    if hashes.dtype != np.uint8 or hashes.ndim != 2 or hashes.shape[1] != 32:  # noqa: PLR2004 - bytes of a hash
        raise ValueError(f"hashes must be unsigned bytes of shape (N, 32), not {hashes.dtype} {hashes.shape}")
    number = -1 if layout is None else _number(LAYOUTS, layout, "layout")
    target = Path(path)
    unfinished = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        file = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        try:
            count = _index.build(file, np.ascontiguousarray(hashes), number, progress)
            os.fsync(file)
        finally:
            os.close(file)
        unfinished.replace(target)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    _keep_name(target.parent)
    return count


class Index(_index.Index):
    """Search a built index, add to it and withdraw from it; one object serves many threads.

    Slots 0 to ``size_base`` - 1 are entries of the file, later ones were added since it was opened. ``len(index)``
    counts the entries that can be found: those of the file and the added ones without the withdrawn ones. Additions
    and withdrawals are seen by the very next query of any thread and are forgotten when the index is closed.
    """

    @classmethod
    def open(cls, path: str | os.PathLike[str], *, verify: bool = False, machine: str | None = None) -> Self:
        """Map an index file, whatever its size, in well under a millisecond.

        Only the header is read and checked; a damaged body can give wrong answers but never a crash. ``verify``
        reads everything and compares checksums, which finds damage but not forgery. ``machine`` is for tests.
        A file must be replaced by renaming, never rewritten in place, while it is open somewhere.

        Raises:
            TrustError: if the file is no index, of another version, truncated or damaged.
            OSError: if it cannot be read.
        """
        number = _index.machine_best() if machine is None else _number(MACHINES, machine, "machine")
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            index = cls(file, number)
            if verify:
                index.verify()
        except ValueError as error:
            if str(error) not in _DAMAGE:
                raise
            raise TrustError(*_DAMAGE[str(error)], path=os.fspath(path)) from None
        finally:
            os.close(file)
        return index

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def scan(
    hashes: NDArray[np.uint8], query: bytes, radius: int, limit: int = 1000, *, machine: str | None = None
) -> list[tuple[int, int]]:
    """Compare the query with every hash and give (distance, position) of those within the radius, best first.

    The plain scan: what the index must equal, and the fastest way for a radius over 31 or a list used once.
    ``hashes`` has shape (N, 32).
    """
    number = _index.machine_best() if machine is None else _number(MACHINES, machine, "machine")
    return _index.scan(np.ascontiguousarray(hashes), query, radius, limit, number)


def _number(names: tuple[str, ...], name: str, kind: str) -> int:
    if name not in names:
        raise ValueError(f"unknown {kind} {name!r}; known are {', '.join(names)}")
    return names.index(name)


def _keep_name(folder: Path) -> None:
    """Make the new name survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
