"""Seal and open one item: AES-256-GCM, with everything that says what it is bound to it.

Who swaps two sealed items, or puts one under another case, gets an error and no content.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kindward.evidence import refusals
from kindward.evidence.keys import KEY, NONCE


@dataclass(frozen=True, slots=True)
class Sealed:
    """An item as it is kept: its own key wrapped by that of the case, and its bytes."""

    wrapped: bytes = field(repr=False)
    data: bytes = field(repr=False)


def new_key() -> bytes:
    """Give a fresh key."""
    return secrets.token_bytes(KEY)


def bound(case: str, item: str, kind: str) -> bytes:
    """Say what an item is, so that it can be opened as nothing else."""
    return f"kindward/evidence/1\n{case}\n{item}\n{kind}".encode()


def seal(data: bytes, case_key: bytes, context: bytes) -> Sealed:
    """Seal bytes under a key of their own, and that under the key of the case."""
    key, own, inner = new_key(), secrets.token_bytes(NONCE), secrets.token_bytes(NONCE)
    return Sealed(own + AESGCM(case_key).encrypt(own, key, context), inner + AESGCM(key).encrypt(inner, data, context))


def open_sealed(sealed: Sealed, case_key: bytes, context: bytes, item: str) -> bytes:
    """Give the bytes. Raises: TrustError if anything about them was changed."""
    try:
        key = AESGCM(case_key).decrypt(sealed.wrapped[:NONCE], sealed.wrapped[NONCE:], context)
        return AESGCM(key).decrypt(sealed.data[:NONCE], sealed.data[NONCE:], context)
    except (InvalidTag, ValueError) as problem:
        raise refusals.damaged(item) from problem
