"""The Merkle tree of a log: its root, and short proofs that a leaf is in it and that it only ever grew.

A tree over n leaves is written as ranges: ``(start, end)`` stands for the Merkle tree hash of the leaves from start to
before end. A proof is a list of such hashes, so whoever can give the hash of a range (``Subtree``) can prove anything,
be it from memory or from tiles. Source: RFC 9162, section 2.1; the same tree as RFC 6962.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import islice

from kindward.errors import TrustError
from kindward.locale import N_

HASH = 32
"""Bytes of a hash (SHA-256)."""
EMPTY = sha256().digest()
"""Root of a tree without leaves (RFC 9162, section 2.1.1)."""
_AT_ONCE = 1 << 16

Range = tuple[int, int]
Subtree = Callable[[int, int], bytes]


def leaf_hash(data: bytes) -> bytes:
    """Hash one leaf; the leading zero byte keeps leaves and inner nodes apart (RFC 9162, section 2.1.1)."""
    return sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two neighbouring nodes into the one above them (RFC 9162, section 2.1.1)."""
    return sha256(b"\1" + left + right).digest()


class Frontier:
    """The right edge of a growing tree: all that is needed to append leaves and to know the root.

    ``nodes`` are the hashes of the full subtrees that make up the tree, widest first, one for each bit that is set in
    ``size``. Raises: ValueError if ``nodes`` do not fit ``size``.
    """

    __slots__ = ("_nodes", "_size")

    def __init__(self, size: int = 0, nodes: Sequence[bytes] = ()) -> None:
        if size < 0 or len(nodes) != size.bit_count() or any(len(node) != HASH for node in nodes):
            raise ValueError("the nodes do not fit the size")
        self._size = size
        self._nodes = list(nodes)

    @property
    def size(self) -> int:
        """Give the number of leaves."""
        return self._size

    @property
    def nodes(self) -> tuple[bytes, ...]:
        """Give the hashes of the full subtrees, widest first."""
        return tuple(self._nodes)

    def append(self, hashed: bytes) -> None:
        """Append one leaf, given as its ``leaf_hash``."""
        size = self._size
        while size & 1:
            hashed = node_hash(self._nodes.pop(), hashed)
            size >>= 1
        self._nodes.append(hashed)
        self._size += 1

    def extend(self, hashes: Iterable[bytes]) -> None:
        """Append many leaves, given as their hashes; rows are hashed whole, which takes half the time of ``append``."""
        remaining = iter(hashes)
        while row := list(islice(remaining, _AT_ONCE)):
            self._extend(row)

    def _extend(self, row: list[bytes]) -> None:
        size, below = self._size, []
        self._size += len(row)
        while row:
            if size & 1:
                row.insert(0, self._nodes.pop())
            if len(row) & 1:
                below.append(row.pop())
            row = paired(row)
            size >>= 1
        self._nodes += reversed(below)

    def root(self) -> bytes:
        """Give the root of the tree."""
        return folded(self._nodes)

    def copy(self) -> Frontier:
        """Give an edge that grows on its own from here."""
        return Frontier(self._size, self._nodes)


def paired(row: Sequence[bytes]) -> list[bytes]:
    """Hash a row of an even number of neighbours into the row above it."""
    each = iter(row)
    return [sha256(b"\1" + left + right).digest() for left, right in zip(each, each, strict=True)]


def folded(nodes: Sequence[bytes]) -> bytes:
    """Give the root above full subtrees that stand widest first; ``EMPTY`` if there are none."""
    if not nodes:
        return EMPTY
    root = nodes[-1]
    for node in reversed(nodes[:-1]):
        root = node_hash(node, root)
    return root


def full_subtrees(start: int, end: int) -> Iterator[Range]:
    """Split a range into the full subtrees it is made of, widest first.

    ``start`` must be a multiple of the smallest power of two that is not below ``end - start``, as in every proof.
    """
    while start < end:
        width = 1 << ((end - start).bit_length() - 1)
        yield start, start + width
        start += width


def _split(width: int) -> int:
    """Give the largest power of two below ``width`` (k in RFC 9162, section 2.1.1)."""
    return 1 << ((width - 1).bit_length() - 1)


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """Say which ranges prove that leaf ``index`` is in the tree of ``size`` leaves (RFC 9162, section 2.1.3.1)."""
    if not 0 <= index < size:
        raise ValueError("there is no such leaf")
    start, end, ranges = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    return ranges[::-1]


def consistency_ranges(old: int, size: int) -> list[Range]:
    """Say which ranges prove that the tree of ``old`` leaves begins the one of ``size`` (RFC 9162, section 2.1.4.1)."""
    if not 0 <= old <= size:
        raise ValueError("the older tree is larger")
    if old in {0, size}:
        return []
    start, end, ranges, whole = 0, size, [], True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start, whole = middle, False
    return [*([] if whole else [(start, end)]), *ranges[::-1]]


def prove_inclusion(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """Prove that leaf ``index`` is in the tree of ``size`` leaves, with hashes that ``subtree`` gives."""
    return [subtree(*span) for span in inclusion_ranges(index, size)]


def prove_consistency(old: int, size: int, subtree: Subtree) -> list[bytes]:
    """Prove that the tree of ``old`` leaves is the beginning of the tree of ``size``; empty for ``old`` 0 or equal."""
    return [subtree(*span) for span in consistency_ranges(old, size)]


def verify_inclusion(hashed: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that the leaf with this ``leaf_hash`` stands at ``index`` (RFC 9162, section 2.1.3.2).

    Raises: TrustError ``inclusion_unproven``.
    """
    unproven = TrustError(
        "inclusion_unproven",
        N_("It is not proven that leaf {index} is in the log of {size} leaves."),
        N_("Do not rely on this leaf; fetch the log and its proof again, and tell others if it stays so."),
        index=index,
        size=size,
    )
    if not 0 <= index < size:
        raise unproven
    at, last = index, size - 1
    for node in proof:
        if last == 0:
            raise unproven
        if at & 1 or at == last:
            hashed = node_hash(node, hashed)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            hashed = node_hash(hashed, node)
        at, last = at >> 1, last >> 1
    if last or hashed != root:
        raise unproven


def verify_consistency(old: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> None:
    """Check that the tree of ``size`` leaves begins with the tree of ``old`` leaves (RFC 9162, section 2.1.4.2).

    Raises: TrustError ``log_inconsistent``: history was rewritten, or the proof is wrong.
    """
    if not _is_consistent(old, old_root, size, root, list(proof)):
        raise TrustError(
            "log_inconsistent",
            N_("The log of {size} leaves is not proven to be a continuation of the log of {old} leaves known before."),
            N_("Do not use this list; keep both checkpoints and show them to the authorities and the witnesses."),
            old=old,
            size=size,
        )


def _is_consistent(old: int, old_root: bytes, size: int, root: bytes, proof: list[bytes]) -> bool:
    if not 0 <= old <= size:
        return False
    if old == 0:
        return not proof and old_root == EMPTY
    if old == size:
        return not proof and old_root == root
    if old & (old - 1) == 0:
        proof = [old_root, *proof]
    if not proof:
        return False
    return _both_roots(old, size, proof) == (old_root, root)


def _both_roots(old: int, size: int, proof: list[bytes]) -> tuple[bytes, bytes]:
    """Rebuild both roots from a proof; ``EMPTY`` ones, which belong to no such trees, if it has a wrong length."""
    at, last = old - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    before = after = proof[0]
    for node in proof[1:]:
        if last == 0:
            return EMPTY, EMPTY
        if at & 1 or at == last:
            before, after = node_hash(node, before), node_hash(node, after)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            after = node_hash(after, node)
        at, last = at >> 1, last >> 1
    return (EMPTY, EMPTY) if last else (before, after)
