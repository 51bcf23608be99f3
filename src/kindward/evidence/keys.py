"""The master key: a file that only the service reads, or whatever else can wrap and unwrap the key of a case."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kindward.evidence import refusals

KEY = 32
"""Bytes of every key: AES with 256 bits."""
NONCE = 12
"""Bytes of a nonce (NIST SP 800-38D, section 8.2.1); a fresh one for every use of a key."""
MODE = 0o600


class MasterKey(Protocol):
    """Wrap the keys of cases. The key itself never leaves what implements this, be it a file, a token or a service.

    ``context`` says what is wrapped; the same must be given to unwrap. Raises: TrustError if the wrapped key is another
    one or was changed, ConfigError or RemoteError if the master key cannot be used.
    """

    def wrap(self, key: bytes, context: bytes) -> bytes:
        """Encrypt a key."""
        ...

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Decrypt it again."""
        ...


class FileKey:
    """A master key in a file of 32 bytes, which nobody but its owner may read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._key = _read(path)

    @classmethod
    def make(cls, path: Path) -> FileKey:
        """Make a new key in a new file. Raises: ConfigError if there is a file already."""
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
        except OSError as problem:
            raise refusals.key_unusable(path, problem.strerror) from problem
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(KEY))
        return cls(path)

    def wrap(self, key: bytes, context: bytes) -> bytes:
        """Encrypt a key."""
        nonce = secrets.token_bytes(NONCE)
        return nonce + AESGCM(self._key).encrypt(nonce, key, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Decrypt it again."""
        try:
            return AESGCM(self._key).decrypt(wrapped[:NONCE], wrapped[NONCE:], context)
        except (InvalidTag, ValueError) as problem:
            raise refusals.damaged(context.decode("utf-8", "replace")) from problem


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_mode & 0o077:
            raise refusals.key_unusable(path, "others may read it")
        key = path.read_bytes()
    except OSError as problem:
        raise refusals.key_unusable(path, problem.strerror) from problem
    if len(key) != KEY:
        raise refusals.key_unusable(path, f"it has not {KEY} bytes")
    return key
