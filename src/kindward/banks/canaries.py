"""Known harmless values that must be found, and strangers that must not be.

Every number here follows from a published seed, so that anybody can recompute them. A canary is no picture: its bits
are those of a SHA-256 over a sentence. Two such values are about 128 of 256 bits apart; that one comes within 31 bits
of a given other has a chance of about 10⁻³⁷ (sum of the binomial coefficients 256 over 0..31, divided by 2²⁵⁶).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache, lru_cache

from kindward.banks.kinds import KINDS, PDQ, Kind

PLANTED = 8
"""Canaries in each built part."""
ADDED = 2
"""Canaries in the delta of added PDQ fingerprints."""
STRANGERS = 8
"""Values that no bank may know."""


@cache
def planted(kind: Kind) -> tuple[bytes, ...]:
    """Give the canaries that every built part of this kind holds."""
    return tuple(_value("canary", kind, number) for number in range(PLANTED))


@cache
def added() -> tuple[bytes, ...]:
    """Give the PDQ canaries that are added to the delta when a bank is opened."""
    return tuple(_value("added canary", PDQ, number) for number in range(ADDED))


@cache
def strangers(kind: Kind) -> tuple[bytes, ...]:
    """Give values that must not be found in any bank."""
    return tuple(_value("stranger", kind, number) for number in range(STRANGERS))


@lru_cache(1024)
def flipped(value: bytes, bits: int, turn: int = 0) -> bytes:
    """Turn over ``bits`` of the 256 bits of a PDQ value.

    They are spread so that every one of 16 bands of 16 bits gets at most two (31 bits: one band gets one), which is
    the hardest case for an index that relies on some band being nearly intact. ``turn`` varies the places.
    """
    number = int.from_bytes(value)
    for step in range(bits):
        band, half = step % 16, step // 16
        number ^= 1 << (16 * ((band + turn) % 16) + (5 * turn + 8 * half) % 16)
    return number.to_bytes(len(value))


def _value(role: str, kind: Kind, number: int) -> bytes:
    return hashlib.sha256(f"kindward {role} {number} for {kind.name}".encode()).digest()[: kind.width]


def _refused(kind: Kind) -> dict[bytes, str]:
    reserved = (*planted(kind), *strangers(kind), *(added() if kind is PDQ else ()))
    of_nothing = b"" if kind is PDQ else hashlib.new(kind.name, b"", usedforsecurity=False).digest()
    return dict.fromkeys(reserved, "canary_reserved") | dict.fromkeys(
        (bytes(kind.width), of_nothing), "fingerprint_empty"
    )


REFUSED: Mapping[Kind, Mapping[bytes, str]] = {kind: _refused(kind) for kind in KINDS}
"""Values that may not become entries, with the code of the reason: those above, and what stands for nothing at all.

Tools give the all-zero PDQ for a file they cannot decode, and lists hold the digest of the empty file by accident.
"""
