"""The keys of signed notes: verifier keys as texts, and signing keys that sign or cosign.

A verifier key reads ``name+keyid+base64(type || public key)``; the name is that of a log or of a witness. Two types are
known: 1, plain Ed25519 over the text of a note, and 4, Ed25519 over a text with a time, as witnesses cosign. Sources:
C2SP signed-note (verifier keys, key IDs) and tlog-cosignature; private keys have the form of Go's
``golang.org/x/mod/sumdb/note``.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kindward.errors import TrustError
from kindward.ledger.names import holds
from kindward.locale import N_

ED25519 = 1
"""Type of a key that signs the text of a note (C2SP signed-note)."""
COSIGNATURE = 4
"""Type of a key that cosigns a checkpoint with the time (C2SP tlog-cosignature)."""
NAME_LENGTH = 253
_SIGNATURE = 64
_TIME = 8
_PRIVATE = "PRIVATE+KEY+"
_LATEST = 2**63 - 1


def is_key_name(name: str) -> bool:
    """Say whether a text can name a key: no spaces, no plus, nothing that cannot be printed."""
    return 0 < len(name) <= NAME_LENGTH and name.isprintable() and "+" not in name and not any(map(str.isspace, name))


def base64(text: str) -> bytes:
    """Read standard base64 that is written in its one form. Raises: ValueError."""
    data = b64decode(text, validate=True)
    if b64encode(data).decode() != text:
        raise ValueError("not in its one form")
    return data


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line of a note: the name and the ID of the key, and what it made."""

    name: str
    key_id: bytes
    made: bytes = field(repr=False)

    @property
    def line(self) -> str:
        """Write the line with its end."""
        return f"— {self.name} {b64encode(self.key_id + self.made).decode()}\n"


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with the name of its holder; ``kind`` is ``ED25519`` or ``COSIGNATURE``."""

    name: str
    kind: int
    public: bytes

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Read a verifier key. Raises: TrustError ``note_key_unreadable``."""
        try:
            name, key_id, encoded = text.split("+", 2)
            data = base64(encoded)
            key = cls(name, data[0], data[1:])
            holds(key.kind in {ED25519, COSIGNATURE} and is_key_name(name) and key.key_id.hex() == key_id)
            Ed25519PublicKey.from_public_bytes(key.public)
        except (ValueError, IndexError):
            raise unreadable_key() from None
        return key

    @property
    def key_id(self) -> bytes:
        """Give the four bytes that stand for name, kind and key in a signature line."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    @property
    def text(self) -> str:
        """Write the verifier key."""
        return f"{self.name}+{self.key_id.hex()}+{b64encode(bytes([self.kind]) + self.public).decode()}"

    def made(self, signature: Signature) -> bool:
        """Say whether a signature line names this key; whether it is right is another question."""
        return (signature.name, signature.key_id) == (self.name, self.key_id)

    def verify(self, text: str, signature: Signature) -> int | None:
        """Give the time of a right signature over a note's text, 0 for a kind without time; None if it is wrong."""
        made, at, signed = signature.made, 0, text
        if self.kind == COSIGNATURE:
            at, made = int.from_bytes(made[:_TIME]), made[_TIME:]
            signed = cosigned(text, at)
        if len(made) != _SIGNATURE or at > _LATEST:
            return None
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(made, signed.encode())
        except InvalidSignature:
            return None
        return at


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key that signs notes (``ED25519``) or cosigns checkpoints (``COSIGNATURE``) under a name.

    ``signs`` turns bytes into an Ed25519 signature, so that a key in a token or a service can stand behind it.
    """

    verifier: VerifierKey
    signs: Callable[[bytes], bytes] = field(repr=False)

    @classmethod
    def of(cls, name: str, private: Ed25519PrivateKey, kind: int = ED25519) -> SigningKey:
        """Name a private key."""
        return cls(VerifierKey(name, kind, private.public_key().public_bytes_raw()), private.sign)

    @classmethod
    def parse(cls, text: str) -> SigningKey:
        """Read a private key as Go writes it. Raises: TrustError ``note_key_unreadable``."""
        try:
            name, key_id, encoded = text.removeprefix(_PRIVATE).split("+", 2)
            data = base64(encoded)
            key = cls.of(name, Ed25519PrivateKey.from_private_bytes(data[1:]), data[0])
            holds(text.startswith(_PRIVATE) and key.verifier.key_id.hex() == key_id)
            holds(key.verifier.kind in {ED25519, COSIGNATURE} and is_key_name(name))
        except (ValueError, IndexError):
            raise unreadable_key() from None
        return key

    def sign(self, text: str, at: int = 0) -> Signature:
        """Sign the text of a note, or cosign it at a time (seconds since 1970)."""
        if self.verifier.kind == COSIGNATURE:
            made = at.to_bytes(_TIME) + self.signs(cosigned(text, at).encode())
        else:
            made = self.signs(text.encode())
        return Signature(self.verifier.name, self.verifier.key_id, made)


def private_key_text(name: str, private: Ed25519PrivateKey, kind: int = ED25519) -> str:
    """Write a private key as ``SigningKey.parse`` reads it."""
    key_id = SigningKey.of(name, private, kind).verifier.key_id.hex()
    return f"{_PRIVATE}{name}+{key_id}+{b64encode(bytes([kind]) + private.private_bytes_raw()).decode()}"


def cosigned(text: str, at: int) -> str:
    """Give what a witness signs: a fixed line, the time, the text of the note (C2SP tlog-cosignature)."""
    return f"cosignature/v1\ntime {at}\n{text}"


def unreadable_key() -> TrustError:
    """Make the error for a key that cannot be used."""
    return TrustError(
        "note_key_unreadable",
        N_("The key of a log or of a witness is not a verifier key of Ed25519."),
        N_("Write it as name+keyid+key, as its holder published it."),
    )
