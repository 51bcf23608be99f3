"""The operator's signature on a bank: who answers for it that its matches have consequences.

``approval.json`` lies in the folder of the bank. It covers either the present state, so that everything added later,
and also a journal that was cut off, needs a new one; or a named feed with its settings, whatever it brings. Ed25519
(RFC 8032) over canonical JSON: keys sorted, no spaces, ASCII.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kindward.banks.manifest import timestamp, unwritable, write_durably
from kindward.banks.simulation import lift
from kindward.errors import ConfigError, StateError

if TYPE_CHECKING:
    from kindward.banks.bank import Bank

FILE = "approval.json"
SUBSCRIPTION = "subscription.json"
NOT_SIGNED = "not_signed"
"""Reason: no operator whose key is configured has signed this bank."""
CHANGED = "changed_since_signed"
"""Reason: the bank or its feed is another than the one that was signed."""
Scope = Literal["state", "feed"]
Keys = Mapping[str, Ed25519PublicKey]
"""Operators' public keys by their names: the SHA-256 of the 32 bytes."""
_PREFIX = b"kindward/approval/1\n"
_MOST = 1 << 16


@dataclass(frozen=True, slots=True)
class Approval:
    """What an operator signed.

    ``content`` and ``head`` name the state: the digests of the parts and of the journal. For a feed ``source`` names
    it and ``feed`` is the SHA-256 of what is followed.
    """

    bank: str
    scope: Scope
    source: str
    feed: str
    content: str
    head: str
    at: str
    key: str
    signature: str = ""

    @property
    def payload(self) -> bytes:
        """Give the bytes that are signed."""
        record = asdict(self)
        del record["signature"]
        return _PREFIX + _canonical(record)


def approve(bank: Bank, key: bytes, *, scope: Scope = "state", now: datetime | None = None) -> Approval:
    """Sign a bank with an operator's private key (PEM), and take it out of simulation.

    Raises: ConfigError if the key is none, StateError if the bank follows no feed that could be signed, or cannot be
    written.
    """
    signer = _private(key)
    with bank.alone():
        source, feed = followed(bank.path)
        if scope == "feed" and not source:
            raise StateError(
                "feed_missing",
                "The bank {bank} follows no feed, so only its present state can be signed.",
                "Leave out --feed.",
                bank=bank.name,
            )
        state = scope == "state"
        unsigned = Approval(
            bank.name,
            scope,
            "" if state else source,
            "" if state else feed,
            bank.content if state else "",
            bank.head if state else "",
            timestamp(now or datetime.now(UTC)),
            key_name(signer.public_key()),
        )
        record = asdict(unsigned) | {"signature": signer.sign(unsigned.payload).hex()}
        write_durably(bank.path / FILE, (json.dumps(record, indent=2, sort_keys=True) + "\n").encode())
        lift(bank.path)
    bank.refresh()
    return Approval(**record)


def check(bank: Bank, operators: Keys) -> Approval | None:
    """Give the approval of a bank if it is by one of these operators and fits the bank as it is now."""
    found = read(bank.path)
    if found is None or not _is_signed(found, operators):
        return None
    return found if fits(found, bank.path, bank.name, bank.content, bank.heads) else None


def refusal(folder: Path, name: str, content: str, heads: Collection[str], operators: Keys) -> str:
    """Say why an imported bank in this state has no consequences; empty if an operator answers for it."""
    found = read(folder)
    if found is None or not _is_signed(found, operators):
        return NOT_SIGNED
    return "" if fits(found, folder, name, content, heads) else CHANGED


def fits(approval: Approval, folder: Path, name: str, content: str, heads: Collection[str]) -> bool:
    """Say whether an approval is about this bank and this state of it, or the feed that it follows.

    ``heads`` are the digests of the state and of those before it since which entries were only taken out of force: to
    quarantine one entry must not silence the whole bank.
    """
    if approval.bank != name:
        return False
    if approval.scope == "feed":
        return bool(approval.source) and (approval.source, approval.feed) == followed(folder)
    return approval.content == content and approval.head in heads


def read(folder: Path) -> Approval | None:
    """Read the approval of a bank without judging it; None if there is none that can be read."""
    try:
        with (folder / FILE).open("rb") as file:
            record = json.loads(file.read(_MOST))
        approval = Approval(**record)
    except (OSError, ValueError, TypeError, RecursionError):
        return None
    return approval if set(map(type, record.values())) == {str} else None


def followed(folder: Path) -> tuple[str, str]:
    """Give the feed that a bank follows, and the digest of all that says which one it is; empty without a feed."""
    try:
        record = json.loads((folder / SUBSCRIPTION).read_bytes())
        source, settings = str(record["source"]), dict(record.get("settings", {}))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return "", ""
    digest = hashlib.sha256(_canonical({"source": source, "settings": settings})).hexdigest()
    return (source, digest) if source else ("", "")


def new_key(path: Path) -> str:
    """Make an operator's key: the private one at ``path``, the public one beside it (``.pub``); give its name.

    Raises: StateError if there already is a file, or none can be written.
    """
    signer = Ed25519PrivateKey.generate()
    secret = signer.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = signer.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    for file, data, mode in ((path, secret, 0o600), (public_path(path), public, 0o644)):
        try:
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        except FileExistsError as problem:
            raise StateError(
                "key_exists", "There already is a file at {path}.", "Give the path of a new file.", path=file
            ) from problem
        except OSError as problem:
            raise unwritable(file, problem) from problem
        with os.fdopen(handle, "wb") as out:
            out.write(data)
    return key_name(signer.public_key())


def public_path(path: Path) -> Path:
    """Say where the public key of a private one lies."""
    return path.with_name(f"{path.name}.pub")


def operator_keys(paths: Iterable[str | Path]) -> dict[str, Ed25519PublicKey]:
    """Read operators' public keys (PEM). Raises: ConfigError for a file that is none."""
    keys = {}
    for path in paths:
        try:
            key = serialization.load_pem_public_key(Path(path).read_bytes())
        except (OSError, ValueError, UnsupportedAlgorithm) as problem:
            raise _no_key(path) from problem
        if not isinstance(key, Ed25519PublicKey):
            raise _no_key(path)
        keys[key_name(key)] = key
    return keys


def key_name(key: Ed25519PublicKey) -> str:
    """Name a public key: the SHA-256 of its 32 bytes."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()


def _private(pem: bytes) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as problem:
        raise _no_private_key() from problem
    if not isinstance(key, Ed25519PrivateKey):
        raise _no_private_key()
    return key


def _is_signed(approval: Approval, operators: Keys) -> bool:
    key = operators.get(approval.key)
    if key is None:
        return False
    try:
        key.verify(bytes.fromhex(approval.signature), approval.payload)
    except (InvalidSignature, ValueError):
        return False
    return True


def _canonical(record: Mapping[str, Any]) -> bytes:
    return json.dumps(record, sort_keys=True, separators=(",", ":")).encode()


def _no_key(path: str | Path) -> ConfigError:
    return ConfigError(
        "operator_key_unreadable",
        "{path} is no operator's public key.",
        "`kindward bank sign --new-key FILE` makes a key and writes the public one to FILE.pub.",
        path=path,
    )


def _no_private_key() -> ConfigError:
    return ConfigError(
        "operator_key_wrong",
        "This is no operator's private key, or it has a password.",
        "`kindward bank sign --new-key FILE` makes one.",
    )
