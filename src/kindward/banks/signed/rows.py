"""The rows of a history: a leaf of the log that is opened to subscribers, or one that stays closed."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted
from typing import NamedTuple

from kindward.banks.kinds import KINDS
from kindward.banks.signed.openings import ENTRY_PREFIX, SALT_BYTES, SALT_PREFIX, Opening
from kindward.ledger.canonical import canonical

OPENED = len(KINDS)
"""Forms below this number are opened rows; the number is the place of their kind in ``KINDS``."""
SEALED, REMOVED, RAW = OPENED, OPENED + 1, OPENED + 2
"""Closed rows: an ADD whose entry is not told, a REMOVE, and any other leaf as it stands in the log."""


class Opened(NamedTuple):
    """An ADD leaf and the entry behind it. ``authorities`` are sorted; ``date`` is the day of the leaf."""

    id: str
    signal: str
    value: bytes
    category: str
    jurisdiction: str
    expires: str
    source: str
    seed: bytes
    authorities: tuple[str, ...]
    date: str

    @property
    def opening(self) -> Opening:
        """Give the entry alone."""
        return Opening(*self[:7])


class Closed(NamedTuple):
    """A leaf as it stands in the log."""

    leaf: bytes


@dataclass(frozen=True, slots=True)
class Shape:
    """What many rows of a block have in common: everything but fingerprint and name.

    ``form`` is the kind of an opened row or ``SEALED``, ``REMOVED``, ``RAW``. For ``REMOVED`` the ``category`` is the
    reason and the ``authorities`` are those who decided.
    """

    form: int
    seed: bytes = b""
    authorities: tuple[str, ...] = ()
    date: str = ""
    category: str = ""
    jurisdiction: str = ""
    expires: str = ""
    source: str = ""

    @property
    def is_opened(self) -> bool:
        """Say whether the rows tell their entries."""
        return self.form < OPENED

    def leaves(self, values: list[bytes], ids: list[str]) -> Iterator[bytes]:
        """Rebuild the ADD leaves of opened rows from nothing but what the rows tell.

        This is the innermost loop of a first update (millions of rows), so all that rows share is made once.
        """
        signal = KINDS[self.form].signal
        salting = hashlib.sha256(SALT_PREFIX + self.seed + signal.encode()).copy
        head, middle, tail = _entry_frame(signal, self.category, self.jurisdiction, self.expires, self.source)
        before, after = add_frame(self.authorities, self.date, self.category)
        sha256, encoded = hashlib.sha256, urlsafe_b64encode
        for value, name in zip(values, ids, strict=True):
            salted = salting()
            salted.update(value)
            entry = b"%b%b%b%b%b" % (head, quoted(name).encode(), middle, value.hex().encode(), tail)
            commitment = sha256(ENTRY_PREFIX + salted.digest()[:SALT_BYTES] + entry).digest()
            yield before + encoded(commitment)[:-1] + after


@lru_cache(4096)
def _entry_frame(
    signal: str, category: str, jurisdiction: str, expires: str, source: str
) -> tuple[bytes, bytes, bytes]:
    """Give the three parts of an opened entry between which its name and its value stand."""
    middle = canonical({"j": jurisdiction, "k": category, "o": source})[1:-1]
    return b'{"g":%b,"i":' % canonical(signal), b',%b,"v":"' % middle, b'","x":%b}' % canonical(expires)


@lru_cache(4096)
def add_frame(authorities: tuple[str, ...], date: str, category: str) -> tuple[bytes, bytes]:
    """Give an ADD leaf in two parts, between which the commitment stands."""
    record = {"a": authorities, "c": "", "d": date, "k": category, "t": "add"}
    leaf = canonical(record)
    # The commitment stands after the authorities, whose names could hold these very signs.
    at = len(canonical(authorities)) + len('{"a":,"c":"')
    return leaf[:at], leaf[at:]


def sealed_leaf(shape: Shape, commitment: bytes) -> bytes:
    """Rebuild an ADD leaf whose entry is not told."""
    before, after = add_frame(shape.authorities, shape.date, shape.category)
    return before + urlsafe_b64encode(commitment)[:-1] + after


def remove_leaf(shape: Shape, index: int) -> bytes:
    """Rebuild a REMOVE leaf."""
    return canonical({"a": shape.authorities, "d": shape.date, "i": index, "r": shape.category, "t": "remove"})
