"""A log as files: tiles of hashes and bundles of leaves, which never change once they are full.

The n-th tile of level l holds up to 256 hashes, each that of 256**l leaves. A proof for any size can be made of them,
so a log can be served from a folder, a mirror or a disk, and needs no program of its own. Source: C2SP tlog-tiles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from kindward.errors import KindwardError, TrustError
from kindward.ledger.leaves import LARGEST_LEAF
from kindward.ledger.tree import (
    HASH,
    Frontier,
    folded,
    full_subtrees,
    leaf_hash,
    paired,
    prove_consistency,
    prove_inclusion,
)
from kindward.locale import N_

WIDTH = 256
"""Hashes in a full tile, leaves in a full bundle."""
CHECKPOINT = "checkpoint"
_LEVELS = 8
"""Powers of two from one level of tiles to the next."""
_KEPT = 64
"""Tiles that a reader keeps; a proof in a log of ten million leaves needs five."""
LARGEST_BUNDLE = WIDTH * (LARGEST_LEAF + 2)
"""Bytes of the largest file of a log."""

Fetch = Callable[[str], bytes]


def tile_path(level: int | None, number: int, width: int = WIDTH) -> str:
    """Name a tile, or a bundle of leaves (``level`` None), as ``tile/0/x001/234`` or ``tile/entries/000.p/5``."""
    digits = f"{number:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    place = "/".join([*(f"x{part}" for part in parts[:-1]), parts[-1]])
    kind = "entries" if level is None else str(level)
    return f"tile/{kind}/{place}" + (f".p/{width}" if width < WIDTH else "")


class TileReader:
    """Read a log of ``size`` leaves from its files; ``fetch`` gives the bytes of a path below the log.

    Nothing read here is proven by itself: compare ``root()`` with a checkpoint, or verify a proof against it.
    """

    def __init__(self, fetch: Fetch, size: int) -> None:
        self._fetch = fetch
        self.size = size
        self._tile = lru_cache(_KEPT)(self._read_tile)

    def leaves(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Give the leaves from ``start`` to before ``end``. Raises: TrustError ``tile_unreadable``."""
        end = self.size if end is None else end
        for number in range(start // WIDTH, -(-end // WIDTH)):
            first = number * WIDTH
            bundle = self._read_bundle(number)
            yield from bundle[max(0, start - first) : end - first]

    def subtree(self, start: int, end: int) -> bytes:
        """Give the Merkle tree hash of a range of leaves that a proof can name."""
        return folded([self._full_subtree(*span) for span in full_subtrees(start, end)])

    def root(self) -> bytes:
        """Give the root of the tree."""
        return self.subtree(0, self.size)

    def frontier(self) -> Frontier:
        """Give the right edge of the tree."""
        return Frontier(self.size, [self._full_subtree(*span) for span in full_subtrees(0, self.size)])

    def prove_inclusion(self, index: int) -> list[bytes]:
        """Prove that leaf ``index`` is in the tree."""
        return prove_inclusion(index, self.size, self.subtree)

    def prove_consistency(self, old: int) -> list[bytes]:
        """Prove that the tree began with the tree of ``old`` leaves."""
        return prove_consistency(old, self.size, self.subtree)

    def partial(self, level: int) -> list[bytes]:
        """Give the hashes of the last tile of a level if it is not full, else none."""
        width = self._count(level) % WIDTH
        return list(self._tile(level, self._count(level) // WIDTH)) if width else []

    def partial_leaves(self) -> list[bytes]:
        """Give the leaves of the last bundle if it is not full, else none."""
        return list(self.leaves(self.size - self.size % WIDTH))

    def _count(self, level: int) -> int:
        return self.size >> (_LEVELS * level)

    def _full_subtree(self, start: int, end: int) -> bytes:
        height = (end - start).bit_length() - 1
        level = height // _LEVELS
        first, last = start >> (_LEVELS * level), end >> (_LEVELS * level)
        row = self._tile(level, first // WIDTH)[first % WIDTH :][: last - first]
        while len(row) > 1:
            row = tuple(paired(row))
        return row[0]

    def _read_tile(self, level: int, number: int) -> tuple[bytes, ...]:
        width = min(WIDTH, self._count(level) - number * WIDTH)
        path, data = self._read(level, number, width)
        row = tuple(data[at : at + HASH] for at in range(0, len(data), HASH))
        if len(data) % HASH or len(row) < width:
            raise _unreadable(path)
        return row[:width]

    def _read_bundle(self, number: int) -> list[bytes]:
        width = min(WIDTH, self.size - number * WIDTH)
        path, data = self._read(None, number, width)
        leaves, at = [], 0
        while at < len(data):
            end = at + 2 + int.from_bytes(data[at : at + 2])
            leaves.append(data[at + 2 : end])
            at = end
        if at != len(data) or not width <= len(leaves) <= WIDTH:
            raise _unreadable(path)
        return leaves[:width]

    def _read(self, level: int | None, number: int, width: int) -> tuple[str, bytes]:
        """Fetch a file; a log may have removed one that is not full once the full one was there."""
        path = tile_path(level, number, width)
        try:
            return path, self._fetch(path)
        except (KindwardError, OSError, KeyError):
            if width == WIDTH:
                raise
            return tile_path(level, number), self._fetch(tile_path(level, number))


def appended(reader: TileReader, leaves: Iterable[bytes]) -> Iterator[tuple[str, bytes]]:
    """Say which files to write to append leaves to a log, as paths and bytes.

    Full files come as they fill, so that a log of any length takes little memory; those that are not full come last.
    Every file can be written before the new checkpoint, because none of an older checkpoint changes.
    """
    size = reader.size
    levels = [reader.partial(level) for level in range(max(1, -(-size.bit_length() // _LEVELS)))]
    numbers = [reader.size >> (_LEVELS * (level + 1)) for level in range(len(levels))]
    bundle = [_framed(leaf) for leaf in reader.partial_leaves()]
    touched = 0
    for leaf in leaves:
        bundle.append(_framed(leaf))
        levels[0].append(leaf_hash(leaf))
        touched = max(touched, 1)
        if len(bundle) == WIDTH:
            yield tile_path(None, numbers[0]), b"".join(bundle)
            bundle.clear()
            level = 0
            while len(levels[level]) == WIDTH:
                yield tile_path(level, numbers[level]), b"".join(levels[level])
                numbers[level] += 1
                if level + 1 == len(levels):
                    levels.append([])
                    numbers.append(0)
                levels[level + 1].append(_row_hash(levels[level]))
                levels[level].clear()
                level += 1
                touched = max(touched, level + 1)
    if bundle and touched:
        yield tile_path(None, numbers[0], len(bundle)), b"".join(bundle)
    for level in range(touched):
        if levels[level]:
            yield tile_path(level, numbers[level], len(levels[level])), b"".join(levels[level])


def written(reader: TileReader, leaves: Iterable[bytes]) -> dict[str, bytes]:
    """Give all files to write to append leaves to a log at once; see ``appended`` for many leaves."""
    return dict(appended(reader, leaves))


def no_log(path: str) -> bytes:
    """Fetch nothing: what a reader of an empty log is handed."""
    raise KeyError(path)


def _row_hash(row: list[bytes]) -> bytes:
    while len(row) > 1:
        row = paired(row)
    return row[0]


def _framed(leaf: bytes) -> bytes:
    return len(leaf).to_bytes(2) + leaf


def _unreadable(path: str) -> TrustError:
    return TrustError(
        "tile_unreadable",
        N_("The file {path} of the log has the wrong length or form."),
        N_("Fetch it again; if it stays so, do not use this list and tell its authorities."),
        path=path,
    )
