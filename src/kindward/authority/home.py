"""An authority's own folder: its name, its keys, and the public card that the others need of it.

Two keys each: ``root`` signs who belongs to the list and is needed rarely; ``list`` signs what stands in it. A key is a
file that only its owner can read, or the address of a PKCS#11 token or a key service, as securesystemslib writes it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from securesystemslib.signer import SIGNER_FOR_URI_SCHEME, CryptoSigner, Key, Signer

from kindward.authority import refusals
from kindward.banks.manifest import write_durably
from kindward.ledger.charter import Authority
from kindward.ledger.keys import COSIGNATURE, ED25519, SigningKey, private_key_text
from kindward.ledger.names import JURISDICTION, NAME, holds

ROOT, LIST = "root", "list"
SNAPSHOT, TIMESTAMP, LOG = "snapshot", "timestamp", "log"
"""Keys of whoever publishes; they sign often and alone, and nothing that they sign makes an entry valid."""
FILE, CARD, SAID = "home.json", "card.json", "said.json"
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
        return cls.of(read_json(path), path)

    @classmethod
    def of(cls, record: Mapping[str, Any], path: Path) -> Card:
        """Read the record of a card that stands in a file. Raises: ConfigError."""
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
    """The folder of one authority.

    Its one file of record names the keys in use, the former ones and the card, so a crash never leaves a card that
    does not fit the keys. ``card.json`` is a copy to send.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not (path / FILE).is_file():
            raise refusals.no_home(path)
        self._record = read_json(path / FILE)
        try:
            self.card = Card.of(self._record["card"], path / FILE)
            holds(self._record["keys"].keys() == {ROOT, LIST} == self._record["former"].keys())
        except (KeyError, ValueError, AttributeError) as problem:
            raise refusals.unreadable(path / FILE) from problem

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
        record = {
            "card": card.record(),
            "keys": {role: _relative(uri, path) for role, uri in held.items()},
            "former": {ROOT: [], LIST: []},
        }
        write_durably(path / CARD, dump(card.record()))
        write_durably(path / FILE, dump(record))
        return cls(path)

    def signer(self, role: str) -> Signer:
        """Give what signs as ``root`` or ``list``. Raises: ConfigError if the key cannot be used."""
        key = self.card.root if role == ROOT else self.card.list
        return open_signer(_absolute(self._record["keys"][role], self.path), key)

    def former_signers(self, role: str, known: Collection[str]) -> Iterator[Signer]:
        """Give what signs with those former keys whose public parts are still known to somebody."""
        for uri in self._record["former"][role]:
            held = _absolute(uri, self.path)
            key = public_of(held)
            if key.keyval["public"] in known:
                yield open_signer(held, key)

    def renew(self, uris: Mapping[str, str]) -> None:
        """Take new keys, those of ``uris`` or new files; the old ones stay, because they have to hand over."""
        held = {role: uris.get(role) or _new_file(self._free(role)) for role in (ROOT, LIST)}
        keys = {role: key_record(public_of(uri)) for role, uri in held.items()}
        former = {role: [*self._record["former"][role], self._record["keys"][role]] for role in (ROOT, LIST)}
        present = {role: _relative(uri, self.path) for role, uri in held.items()}
        self._record = {"card": {**self.card.record(), **keys}, "keys": present, "former": former}
        write_durably(self.path / FILE, dump(self._record))
        write_durably(self.path / CARD, dump(self._record["card"]))
        self.card = Card.of(self._record["card"], self.path / FILE)

    def _free(self, role: str) -> Path:
        return next(free for n in range(2, 10_000) if not (free := self.path / f"{role}.{n}.pem").exists())

    # what this authority said last, so that nobody can take it out of the exchange unnoticed

    def said(self, name: str) -> tuple[int, str]:
        """Give number and digest of its last statement about a list; (0, "") before the first."""
        file = self.path / SAID
        number, digest = (read_json(file) if file.exists() else {}).get(name, (0, ""))
        return number, digest

    def remember(self, name: str, number: int, digest: str) -> None:
        """Note its last statement about a list."""
        file = self.path / SAID
        write_durably(file, dump({**(read_json(file) if file.exists() else {}), name: [number, digest]}))

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
        keys = {role: public_of(f"{_SCHEME}{self.path / role}.pem") for role in (SNAPSHOT, TIMESTAMP)}
        return {**keys, LOG: self.log_key().verifier.text}

    def renew_online(self) -> dict[str, Key]:
        """Make new keys that sign snapshots and timestamps, beside the old ones; give their public parts by role."""
        self.require_publisher()
        return {role: public_of(_new_file(self._free(role))) for role in (SNAPSHOT, TIMESTAMP)}

    def require_publisher(self) -> None:
        """Require the keys of a publisher. Raises: StateError."""
        if not (self.path / f"{TIMESTAMP}.pem").exists():
            raise refusals.no_publisher(self.name)

    def online(self, role: str, known: Collection[str]) -> Signer:
        """Give what signs snapshots or timestamps with one of the known keys, named by their public parts.

        After a change the published root says which key counts. Raises: StateError if this authority has none of them.
        """
        for file in sorted(self.path.glob(f"{role}*.pem")):
            uri = f"{_SCHEME}{file}"
            key = public_of(uri)
            if key.keyval["public"] in known:
                return open_signer(uri, key)
        raise refusals.no_publisher(self.name)

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
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as problem:
        raise refusals.pin_missing(name) from problem


def public_of(uri: str) -> Key:
    """Give the public part of a key by its address: from its file, its token or its service. Raises: ConfigError."""
    if uri.startswith(_SCHEME):
        return CryptoSigner(_private(Path(uri.removeprefix(_SCHEME)))).public_key
    scheme, _, place = uri.partition(":")
    if scheme == "hsm":
        found = re.fullmatch(r"(\d+)(?:\?label=(.+))?", place)
        if found is None:
            raise refusals.key_unusable("hsm", "hsm:KEYID?label=TOKEN")
        return _imported("hsm", int(found[1]), found[2] or None)
    return _imported(scheme, place)


def _imported(scheme: str, *place: object) -> Key:
    """Ask the signer of a scheme for its public key; what can go wrong there is up to the token or service."""
    try:
        key: Key = SIGNER_FOR_URI_SCHEME[scheme].import_(*place)[1]  # type: ignore[attr-defined] # most signers have it
    except Exception as problem:
        raise refusals.key_unusable(scheme, type(problem).__name__) from problem
    return key


def _private(path: Path) -> Ed25519PrivateKey:
    try:
        private = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as problem:
        raise refusals.key_unusable("file2", type(problem).__name__) from problem
    if not isinstance(private, Ed25519PrivateKey):
        raise refusals.key_unusable("file2", "Ed25519")
    return private


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
    except (OSError, ValueError, RecursionError) as problem:
        raise refusals.unreadable(path) from problem
    if not isinstance(record, dict):
        raise refusals.unreadable(path)
    return record
