"""Known harmless values that must be found, and strangers that must not be.

Every number here follows from a published seed, so that anybody can recompute them. A canary is no picture: its bits
are those of a SHA-256 over a sentence. Two such values are about 128 of 256 bits apart; that one comes within 31 bits
of a given other has a chance of about 10⁻³⁷ (sum of the binomial coefficients 256 over 0..31, divided by 2²⁵⁶).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache, lru_cache

import numpy as np

from kindward.banks.kinds import KINDS, PDQ, Kind
from kindward.banks.sections import Array
from kindward.kernel import index

PLANTED = 8
"""Canaries in each built part."""
ADDED = 2
"""Canaries in the delta of added PDQ fingerprints."""
STRANGERS = 8
"""Values that no bank may know."""
RESERVED_WITHIN = 62
"""No PDQ entry may be so near a reserved value: twice the widest distance of a match (31), so that nothing found within
31 bits of a reserved value, or of one turned over in 31 bits, can be an entry. By chance nothing is: below 10⁻¹⁴.
"""


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
    of_nothing = b"" if kind is PDQ else hashlib.new(kind.name, b"", usedforsecurity=False).digest()
    return dict.fromkeys(_reserved(kind), "canary_reserved") | dict.fromkeys(
        (bytes(kind.width), b"\xff" * kind.width, of_nothing), "fingerprint_empty"
    )


@cache
def _reserved(kind: Kind) -> tuple[bytes, ...]:
    return (*planted(kind), *strangers(kind), *(added() if kind is PDQ else ()))


_REFUSED: Mapping[Kind, Mapping[bytes, str]] = {kind: _refused(kind) for kind in KINDS}
_RESERVED_NUMBERS = tuple(map(int.from_bytes, _reserved(PDQ)))


def refusal(kind: Kind, value: bytes) -> str:
    """Give the code of the reason why a value may not become an entry; empty if it may.

    Refused are the values above, for PDQ also what is near them, and what stands for nothing at all: tools give the
    all-zero PDQ for a file they cannot decode, and lists hold the digest of the empty file by accident. An entry near
    a stranger would be found where nothing may be, and its bank would fail every proof from then on.
    """
    refused = _REFUSED[kind].get(value, "")
    if not refused and kind is PDQ:
        number = int.from_bytes(value)
        if any((number ^ reserved).bit_count() <= RESERVED_WITHIN for reserved in _RESERVED_NUMBERS):
            return "canary_reserved"
    return refused


def refused(kind: Kind, values: Array) -> Array:
    """Say of each row of ``values`` (n, width) whether ``refusal`` would give a reason; (n,) of bool."""
    rows = np.ascontiguousarray(values)
    found = np.isin(rows.view(f"S{kind.width}").ravel(), np.array(list(_REFUSED[kind]), f"S{kind.width}"))
    if kind is PDQ and len(rows):
        for reserved in _reserved(PDQ):
            for _, row in index.scan(rows, reserved, RESERVED_WITHIN, len(rows)):
                found[row] = True
    return found
