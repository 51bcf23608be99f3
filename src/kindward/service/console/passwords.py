"""Passwords, kept as Argon2id records (RFC 9106), and codes of a second factor (RFC 6238)."""

from __future__ import annotations

import base64
import hmac
import secrets
import struct
from functools import cache

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

MEMORY_KIB, PASSES, LANES = 19_456, 2, 1
"""The least that OWASP's Password Storage Cheat Sheet recommends for Argon2id."""
SHORTEST, LONGEST = 12, 200
STEP_SECONDS, DIGITS = 30, 6
SECRET_BYTES = 20
"""Bytes of the secret of a second factor (RFC 4226, section 4)."""


def sealed(password: str) -> str:
    """Make the record of a password."""
    made = Argon2id(salt=secrets.token_bytes(16), length=32, iterations=PASSES, lanes=LANES, memory_cost=MEMORY_KIB)
    return made.derive_phc_encoded(password.encode())


def opens(password: str, record: str) -> bool:
    """Say whether a password is that of a record; takes as long for no record as for a wrong password."""
    try:
        Argon2id.verify_phc_encoded(password.encode()[:LONGEST], record or _nobody())
    except InvalidKey:
        return False
    return bool(record)


@cache
def _nobody() -> str:
    return sealed(secrets.token_hex(16))


def new_secret() -> bytes:
    """Make the secret of a second factor."""
    return secrets.token_bytes(SECRET_BYTES)


def shown(secret: bytes) -> str:
    """Write a secret as programs for second factors take it: Base32 in groups of four."""
    text = base64.b32encode(secret).decode().rstrip("=")
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def code(secret: bytes, step: int, digits: int = DIGITS) -> str:
    """Give the code of a time step (RFC 6238, section 4; truncation: RFC 4226, section 5.3)."""
    digest = hmac.digest(secret, struct.pack(">Q", step), "sha1")
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4]) & 0x7FFF_FFFF
    return f"{number % 10**digits:0{digits}}"


def step_of(secret: bytes, told: str, now: int) -> int | None:
    """Give the time step whose code was told, at most one step off; None if it is no such code."""
    told = "".join(told.split())
    current = now // STEP_SECONDS
    near = (current, current - 1, current + 1)
    return next((step for step in near if hmac.compare_digest(code(secret, step), told)), None)
