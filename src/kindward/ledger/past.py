"""The form in which a history is kept between releases: a line about it, then two bytes per leaf, compressed."""

from __future__ import annotations

import sys
import zlib
from array import array
from dataclasses import dataclass
from typing import Any

from kindward.errors import TrustError
from kindward.ledger import canonical
from kindward.ledger.leaves import Release, decode, encode
from kindward.ledger.tree import HASH
from kindward.locale import N_

_MAGIC = b"kindward history 1\n"
_LONGEST_LINE = 1 << 26
_LEVEL = 1
Group = tuple[tuple[str, ...], str]


@dataclass(frozen=True, slots=True)
class Past:
    """A history between two releases: the edge of its tree, the groups, each leaf's group, the last release."""

    size: int
    nodes: tuple[bytes, ...]
    groups: tuple[Group, ...]
    group_of: array[int]
    last: Release | None


def packed(past: Past) -> bytes:
    """Write a history that is between two releases."""
    line = {
        "size": past.size,
        "nodes": [node.hex() for node in past.nodes],
        "groups": [[list(names), category] for names, category in past.groups],
        "last": encode(past.last).decode() if past.last else "",
    }
    body = zlib.compress(_little(past.group_of).tobytes(), _LEVEL)
    head = canonical.canonical(line)
    return b"".join([_MAGIC, zlib.crc32(head + body).to_bytes(4), head, b"\n", body])


def unpacked(state: bytes) -> Past:
    """Read a history. Raises: TrustError ``history_state_unreadable``."""
    try:
        return _read(state)
    except (ValueError, KeyError, TypeError, TrustError, zlib.error):
        raise TrustError(
            "history_state_unreadable",
            N_("What was kept of the list's history is damaged."),
            N_("Remove it and follow the list again from its beginning."),
        ) from None


def _read(state: bytes) -> Past:
    checked = state[len(_MAGIC) + 4 :]
    end = checked.index(b"\n", 0, _LONGEST_LINE)
    head, body = checked[:end], memoryview(checked)[end + 1 :]
    if not state.startswith(_MAGIC) or state[len(_MAGIC) :][:4] != zlib.crc32(body, zlib.crc32(head)).to_bytes(4):
        raise ValueError("damaged")
    line: dict[str, Any] = canonical.read(head)
    size = line["size"]
    nodes = tuple(bytes.fromhex(node) for node in line["nodes"])
    groups = tuple((tuple(names), category) for names, category in line["groups"])
    unfolded = zlib.decompressobj()
    numbers = array("H", unfolded.decompress(body, 2 * size + 1))
    if len(numbers) != size or not unfolded.eof or unfolded.unused_data:
        raise ValueError("another number of leaves")
    if len(nodes) != size.bit_count() or any(len(node) != HASH for node in nodes) or groups[:1] != (((), ""),):
        raise ValueError("not a history")
    numbers = _little(numbers)
    if max(numbers, default=0) >= len(groups):
        raise ValueError("a leaf of an unknown group")
    last = decode(line["last"].encode()) if line["last"] else None
    if last is not None and not isinstance(last, Release):
        raise ValueError("no release")
    return Past(size, nodes, groups, numbers, last)


def _little(numbers: array[int]) -> array[int]:
    if sys.byteorder == "big":
        numbers = numbers[:]
        numbers.byteswap()
    return numbers
