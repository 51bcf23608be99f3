"""The kinds of fingerprint a bank can hold, and the id of an entry that came without one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """Name one kind of value: the signal it belongs to and its width in bytes.

    There is one object for each kind; they are compared as such, because they are asked for at every entry.
    """

    name: str
    signal: str
    width: int


PDQ = Kind("pdq", "pdq/1", 32)
SHA256 = Kind("sha256", "digest/1", 32)
SHA1 = Kind("sha1", "digest/1", 20)
MD5 = Kind("md5", "digest/1", 16)
KINDS = (PDQ, SHA256, SHA1, MD5)
"""Every kind, in the order in which parts and entries are listed."""

SIGNALS = ("pdq/1", "digest/1")
NAMED = {kind.name: kind for kind in KINDS}
_SALT = {kind.name: b"kindward entry/%b/" % kind.name.encode() for kind in KINDS}
_BY_SHAPE = {(kind.signal, kind.width): kind for kind in KINDS}


def kind_of(signal: str, value: bytes) -> Kind | None:
    """Find the kind of a value; None if no bank can hold it."""
    return _BY_SHAPE.get((signal, len(value)))


def derived_id(kind: Kind, value: bytes) -> str:
    """Give an entry without id a stable one: 20 hexadecimal digits of a SHA-256 over kind and value.

    It must not be the fingerprint itself, because ids stand in verdicts and logs, and a PDQ fingerprint lets its
    reader recognise the picture. 80 bits keep two of 100 million entries apart (chance of one clash below 10⁻⁸).
    """
    return derived_digest(kind, value)[:10].hex()


def derived_digest(kind: Kind, value: bytes) -> bytes:
    """Give the SHA-256 whose first ten bytes are a derived id."""
    return hashlib.sha256(salt_of(kind) + value).digest()


def salt_of(kind: Kind) -> bytes:
    """Give what stands before a value when an id is derived from it."""
    return _SALT[kind.name]
