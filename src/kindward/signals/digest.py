"""Digests of the bytes: they find the very same file and nothing else.

Lists of known material often carry only MD5 or SHA-1. Both are broken against an attacker who makes two files with one
digest, which does not matter here: such a file would only match a list more often. Computing MD5 of a picture costs far
more than looking it up, so only the kinds that a loaded bank holds are computed.
"""

from __future__ import annotations

import hashlib
from typing import Literal

from kindward.model import Content, Fingerprint

Kind = Literal["sha256", "sha1", "md5"]

NAME = "digest/1"
KINDS: frozenset[str] = frozenset({"sha256", "sha1", "md5"})
_ORDER: tuple[Kind, ...] = ("sha256", "sha1", "md5")


def fingerprints(data: bytes | bytearray | memoryview, kinds: frozenset[str] = KINDS) -> tuple[Fingerprint, ...]:
    """Digest the bytes with each of ``kinds``, strongest first; the length of a value tells which it is.

    Raises:
        ValueError: for a kind that is not SHA-256, SHA-1 or MD5.
    """
    if not kinds <= KINDS:
        raise ValueError(f"digests are {', '.join(_ORDER)}; not {', '.join(sorted(kinds - KINDS))}")
    return tuple(
        Fingerprint(NAME, hashlib.new(kind, data, usedforsecurity=False).digest()) for kind in _ORDER if kind in kinds
    )


class DigestSignal:
    """The bytes themselves as a signal: SHA-256, SHA-1 and MD5."""

    name = NAME
    kinds = frozenset({"*/*"})

    def examples(self) -> tuple[tuple[Content, Fingerprint], ...]:
        """Give the three-letter message of RFC 1321 and FIPS 180 with its SHA-256."""
        known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        return ((Content(b"abc"), Fingerprint(NAME, bytes.fromhex(known))),)

    def fingerprint(self, content: Content) -> tuple[Fingerprint, ...]:
        """Digest the content's bytes with all three."""
        return fingerprints(content.data)
