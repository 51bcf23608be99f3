"""An authority's own folder: its name, its keys, and the public card that the others need of it.

Two keys each: ``root`` signs who belongs to the list and is needed rarely; ``list`` signs what stands in it. A key is a
file that only its owner can read, or the address of a PKCS#11 token or a key service, as securesystemslib writes it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.signer import CryptoSigner, Key, Signer

from kindward.authority import refusals
from kindward.banks.manifest import write_durably
from kindward.ledger.charter import Authority
from kindward.ledger.keys import COSIGNATURE, ED25519, SigningKey, private_key_text
from kindward.ledger.names import JURISDICTION, NAME, holds

ROOT, LIST = "root", "list"
SNAPSHOT, TIMESTAMP, LOG = "snapshot", "timestamp", "log"
"""Keys of whoever publishes; they sign often and alone, and nothing that they sign makes an entry valid."""
FILE, CARD = "home.json", "card.json"
_SCHEME = "file2:"


@dataclass(frozen=True, slots=True)
class Card:
    """What others need to know of an authority."""

    name: str
    jurisdiction: str
    root: Key
    list: Key

    @classmethod
    def read(cls, path: Path) -> Card:
        """Read a card. Raises: ConfigError."""
        record = read_json(path)
        try:
            holds(NAME.fullmatch(record["name"]) and JURISDICTION.fullmatch(record["jurisdiction"]))
            keys = [key_from(record[role]) for role in (ROOT, LIST)]
        except (KeyError, ValueError, TypeError, AttributeError) as problem:
            raise refusals.unreadable(path) from problem
        return cls(record["name"], record["jurisdiction"], *keys)

    def record(self) -> dict[str, Any]:
        """Write the card."""
        keys = {ROOT: key_record(self.root), LIST: key_record(self.list)}
        return {"name": self.name, "jurisdiction": self.jurisdiction, **keys}

    @property
    def authority(self) -> Authority:
        """Give what the charter says of this authority."""
        return Authority(self.name, self.jurisdiction, self.list)


class Home:
    """The folder of one authority."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._record = read_json(path / FILE)
        self.card = Card.read(path / CARD)

    @property
    def name(self) -> str:
        """Give the authority's name."""
        return self.card.name

    @classmethod
    def make(cls, path: Path, name: str, jurisdiction: str, uris: Mapping[str, str]) -> Home:
        """Make the folder and the keys that ``uris`` does not give. Raises: ConfigError, StateError."""
        if not NAME.fullmatch(name) or not JURISDICTION.fullmatch(jurisdiction):
            raise refusals.name_wrong()
        if (path / FILE).exists():
            raise refusals.exists(path)
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o700)
        held = {role: uris.get(role) or _new_file(path / f"{role}.pem") for role in (ROOT, LIST)}
        keys = {role: public_of(uri) for role, uri in held.items()}
        card = Card(name, jurisdiction, keys[ROOT], keys[LIST])
        write_durably(path / CARD, dump(card.record()))
        write_durably(path / FILE, dump({"keys": {role: _relative(uri, path) for role, uri in held.items()}}))
        return cls(path)

    def signer(self, role: str) -> Signer:
        """Give what signs as ``root`` or ``list``. Raises: ConfigError if the key cannot be used."""
        key = self.card.root if role == ROOT else self.card.list
        return open_signer(_absolute(self._record["keys"][role], self.path), key)

    def renew(self, role: str, uri: str = "") -> Key:
        """Replace a key by a new one, and keep the old one beside it; give the new public key."""
        file = self.path / f"{role}.pem"
        if file.exists():
            file.rename(next(free for n in range(1, 10_000) if not (free := self.path / f"{role}.{n}.pem").exists()))
        held = uri or _new_file(file)
        key = public_of(held)
        write_durably(self.path / CARD, dump({**self.card.record(), role: key_record(key)}))
        self._record["keys"][role] = _relative(held, self.path)
        write_durably(self.path / FILE, dump(self._record))
        self.card = Card.read(self.path / CARD)
        return key

    # what only a publisher has

    def make_online(self, origin: str) -> dict[str, Any]:
        """Make the keys of a publisher if there are none; give their public parts by role."""
        for role in (SNAPSHOT, TIMESTAMP):
            if not (self.path / f"{role}.pem").exists():
                _new_file(self.path / f"{role}.pem")
        if not (self.path / f"{LOG}.key").exists():
            _write_secret(
                self.path / f"{LOG}.key", private_key_text(origin, Ed25519PrivateKey.generate(), ED25519).encode()
            )
        keys = {role: self.online(role).public_key for role in (SNAPSHOT, TIMESTAMP)}
        return {**keys, LOG: self.log_key().verifier.text}

    def online(self, role: str) -> Signer:
        """Give what signs snapshots or timestamps. Raises: StateError if this authority does not publish."""
        file = self.path / f"{role}.pem"
        if not file.exists():
            raise refusals.no_publisher(self.name)
        uri = f"{_SCHEME}{file}"
        return open_signer(uri, public_of(uri))

    def log_key(self) -> SigningKey:
        """Give what signs checkpoints of the log. Raises: StateError if this authority does not publish."""
        file = self.path / f"{LOG}.key"
        if not file.exists():
            raise refusals.no_publisher(self.name)
        return SigningKey.parse(file.read_text(encoding="ascii").strip())


def make_witness(path: Path, name: str) -> str:
    """Make the key of a witness in a file, for trying out; give the verifier key. Raises: StateError."""
    if path.exists():
        raise refusals.exists(path)
    private = Ed25519PrivateKey.generate()
    key = SigningKey.of(name, private, COSIGNATURE)
    _write_secret(path, private_key_text(name, private, COSIGNATURE).encode())
    return key.verifier.text


def open_signer(uri: str, key: Key) -> Signer:
    """Open a key by its address: a file, ``hsm:…`` or one of a key service. Raises: ConfigError."""
    try:
        return Signer.from_priv_key_uri(uri, key, _pin)
    except Exception as problem:
        raise refusals.key_unusable(uri.partition(":")[0], type(problem).__name__) from problem


def _pin(name: str) -> str:
    """Give a token's PIN from the file that the environment names; a PIN is never asked for or told."""
    file = os.environ.get("KINDWARD_PIN_FILE", "")
    if not file:
        raise refusals.pin_missing(name)
    return Path(file).read_text(encoding="utf-8").strip()


def public_of(uri: str) -> Key:
    """Give the public part of a key by its address."""
    if uri.startswith(_SCHEME):
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        private = load_pem_private_key(Path(uri.removeprefix(_SCHEME)).read_bytes(), None)
        assert isinstance(private, Ed25519PrivateKey)
        return CryptoSigner(private).public_key
    if uri.startswith("hsm:"):
        from securesystemslib.signer import HSMSigner

        found = re.fullmatch(r"hsm:(\d+)(?:\?label=(.+))?", uri)
        if found is None:
            raise refusals.key_unusable("hsm", "hsm:KEYID?label=TOKEN")
        _, key = HSMSigner.import_(int(found[1]), found[2] or None)
        return key
    raise refusals.key_unusable(uri.partition(":")[0], "import")


def _new_file(path: Path) -> str:
    _write_secret(path, CryptoSigner.generate_ed25519().private_bytes)
    return f"{_SCHEME}{path.resolve()}"


def _write_secret(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)


def _relative(uri: str, home: Path) -> str:
    inside = f"{_SCHEME}{home.resolve()}/"
    return f"{_SCHEME}{uri.removeprefix(inside)}" if uri.startswith(inside) else uri


def _absolute(uri: str, home: Path) -> str:
    if not uri.startswith(_SCHEME):
        return uri
    return f"{_SCHEME}{home.resolve() / uri.removeprefix(_SCHEME)}"


def key_record(key: Key) -> dict[str, Any]:
    """Write a public key with its id."""
    return {"keyid": key.keyid, **key.to_dict()}


def key_from(record: Mapping[str, Any]) -> Key:
    """Read it back. Raises: KeyError, ValueError, TypeError."""
    described = {name: value for name, value in record.items() if name != "keyid"}
    return Key.from_dict(str(record["keyid"]), described)


def dump(record: object) -> bytes:
    """Write a record as people can read it."""
    return (json.dumps(record, indent=1, sort_keys=True) + "\n").encode()


def read_json(path: Path) -> dict[str, Any]:
    """Read a record. Raises: ConfigError if it is not there or is none."""
    try:
        record = json.loads(path.read_bytes())
    except (OSError, ValueError) as problem:
        raise refusals.unreadable(path) from problem
    if not isinstance(record, dict):
        raise refusals.unreadable(path)
    return record
