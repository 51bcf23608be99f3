"""The key of the audit log: made once, read from a file that only the service may read, used when it is time."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kindward.errors import ConfigError, TrustError
from kindward.ledger.keys import SigningKey, is_key_name, private_key_text
from kindward.locale import N_
from kindward.store import deeds
from kindward.store.database import Store

_MODE = 0o600


def make_audit_key(file: Path, name: str) -> str:
    """Make a key in a new file and give its verifier key. Raises: ConfigError."""
    if not is_key_name(name):
        raise ConfigError(
            "audit_name_wrong",
            N_("The name {name} cannot be that of a log: it holds a space or a plus sign, or is empty."),
            N_("Take a name such as a domain."),
            name=name,
        )
    private = Ed25519PrivateKey.generate()
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _MODE)
    except OSError as problem:
        raise _unusable(file, problem.strerror or "") from problem
    with os.fdopen(handle, "w", encoding="utf-8") as opened:
        opened.write(private_key_text(name, private) + "\n")
    return SigningKey.of(name, private).verifier.text


def read_audit_key(file: Path) -> SigningKey:
    """Read the key of the audit log. Raises: ConfigError if others may read it or it is none."""
    try:
        if file.stat().st_mode & 0o077:
            raise _unusable(file, "others may read it")
        return SigningKey.parse(file.read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError, TrustError) as problem:
        raise _unusable(file, getattr(problem, "strerror", "") or "it holds no key") from problem


def sign_if_due(store: Store, key: SigningKey, now: int, pause: int) -> bool:
    """Sign the audit log if it grew and so many seconds have passed; say whether it was signed."""
    with store.read() as connection:
        last_at, size = deeds.last_signed(connection)
        if deeds.size(connection) == size or now - last_at < pause:
            return False
    with store.write() as connection:
        deeds.checkpoint(connection, key, now)
    return True


def _unusable(file: Path, why: str) -> ConfigError:
    return ConfigError(
        "audit_key_unusable",
        N_("The key of the audit log in {path} cannot be used: {why}."),
        N_("Check cases.audit_key_file; `kindward console init` makes a key."),
        path=file,
        why=why,
    )
