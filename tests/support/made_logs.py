"""Logs and published lists in memory, made as their authorities make them; no value here stands for a picture."""

import hashlib
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.signer import CryptoSigner, SSlibKey
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Role,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from kindward.errors import TrustError
from kindward.ledger.charter import Charter
from kindward.ledger.history import History
from kindward.ledger.keys import COSIGNATURE, SigningKey
from kindward.ledger.leaves import Add, Attest, Canary, Release, Remove, encode, payload
from kindward.ledger.note import Checkpoint, sign_checkpoint
from kindward.ledger.tiles import TileReader, written
from kindward.ledger.tree import EMPTY, Frontier, leaf_hash, node_hash

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = "2026-11-24"
BKA, NCA, KC = "bka.example", "nca.example", "kc.example"
JURISDICTIONS = {BKA: "DE", NCA: "GB", KC: "NL"}
CANARIES = b"# lawful pictures\n" + b"".join(
    hashlib.sha256(label).hexdigest().encode() + b" " + label + b"\n" for label in (b"beach", b"clinic", b"painting")
)


def private_key(name):
    """The same key for the same name every time."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())


def public_key(name):
    """The key of a name as TUF holds it."""
    return SSlibKey.from_crypto(private_key(name).public_key())


def log_key(name="list.example/log"):
    return SigningKey.of(name, private_key(name))


def witness_key(number):
    return SigningKey.of(f"witness.example/{number}", private_key(f"witness {number}"), COSIGNATURE)


def charter_record(jurisdictions=None, witnesses=2, quorum=1, **fields):
    """A charter as it stands in a root."""
    authorities = {
        name: {"jurisdiction": jurisdiction, "key": public_key(name).to_dict()}
        for name, jurisdiction in (jurisdictions or JURISDICTIONS).items()
    }
    return {
        "list": "made",
        "authorities": authorities,
        "log": log_key().verifier.text,
        "witnesses": [witness_key(number).verifier.text for number in range(witnesses)],
        "quorum": quorum,
        "parameters": {"pdq_distance": 31, "pdq_quality": 50},
        "canaries": hashlib.sha256(CANARIES).hexdigest(),
    } | fields


def made_charter(*arguments, **fields):
    """A charter of three authorities of three jurisdictions."""
    return Charter.from_record(charter_record(*arguments, **fields))


def signed(statement, by=None):
    """A statement with its signature."""
    return replace(statement, signature=private_key(by or statement.authority).sign(payload(statement)).hex())


def flipped(data, at=None, seed=0):
    """The bytes with one bit turned over."""
    chance = random.Random(seed)
    changed = bytearray(data)
    changed[chance.randrange(len(data)) if at is None else at] ^= 1 << chance.randrange(8)
    return bytes(changed)


def plain_root(hashes):
    """The definition of RFC 9162, section 2.1.1."""
    if not hashes:
        return EMPTY
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return node_hash(plain_root(hashes[:k]), plain_root(hashes[k:]))


def _kind(raw):
    return next(kind for kind in ("add", "remove", "release", "attest", "canary") if b'"t":"%s"' % kind.encode() in raw)


class MadeLog:
    """A log whose leaves follow the rules, with the means to make leaves that break them."""

    def __init__(self, charter=None):
        self.charter = charter or made_charter()
        self.history = History(self.charter)
        self.raw = []

    def put(self, leaf):
        raw = leaf if isinstance(leaf, bytes) else encode(leaf)
        self.history.take(raw)
        self.raw.append(raw)
        return len(self.raw) - 1

    @staticmethod
    def an_add(number=0, names=(BKA, NCA), category="A1"):
        return Add(hashlib.sha256(b"%d" % number).digest(), category, tuple(sorted(names)), DAY)

    def add(self, count=1, names=(BKA, NCA), category="A1"):
        return [self.put(self.an_add(len(self.raw), names, category)) for _ in range(count)]

    @staticmethod
    def a_remove(index, names=(BKA, NCA), reason="not_illegal"):
        return Remove(index, reason, tuple(sorted(names)), DAY)

    def remove(self, index, names=(BKA, NCA), reason="not_illegal"):
        return self.put(self.a_remove(index, names, reason))

    def _since_release(self, back=0):
        """The leaves between the last releases: those not yet released (0), those of the last release (1)."""
        ends = [-1, *(at for at, raw in enumerate(self.raw) if _kind(raw) == "release"), len(self.raw)]
        between = self.raw[ends[-2 - back] + 1 : ends[-1 - back]]
        return [raw for raw in between if _kind(raw) in {"add", "remove"}]

    def a_release(self, files=None, **fields):
        kinds = [_kind(raw) for raw in self._since_release()]
        release = Release(
            number=self.history.releases + 1,
            size=self.history.size,
            root=self.history.frontier.root(),
            active=self.history.active,
            added=kinds.count("add"),
            removed=kinds.count("remove"),
            files=files or {},
            parameters=self.history.charter.parameters_digest,
            date="2026-11-24T12:00:00Z",
        )
        return replace(release, **fields)

    def own(self, name):
        """The leaves of the last release that name an authority."""
        return [raw for raw in self._since_release(1) if b'"%s"' % name.encode() in raw]

    def an_attest(self, name, **fields):
        own = Frontier()
        own.extend(leaf_hash(raw) for raw in self.own(name))
        return signed(replace(Attest(self.history.releases, name, own.size, own.root()), **fields))

    def a_canary(self, name, near=None, **fields):
        near = {"beach": 101, "clinic": 96, "painting": 110} if near is None else near
        return signed(replace(Canary(self.history.releases, name, self.charter.canaries, near), **fields))

    def release(self, files=None, near=None, **fields):
        """Release what was added and removed, with every statement."""
        index = self.put(self.a_release(files, **fields))
        named = [name for name in self.charter.authorities if self.own(name)]
        for name in named:
            self.put(self.an_attest(name))
        for name in named:
            self.put(self.a_canary(name, near))
        return index


class MadeList(MadeLog):
    """A whole published list: ``files`` by path, as a folder or a host would hold them."""

    def __init__(self, record=None):
        self.record = record or charter_record()
        super().__init__(Charter.from_record(self.record))
        self.files, self.roots, self.version, self.size = {}, [], 0, 0
        self.public = {"list/canaries.txt": CANARIES}
        self.rotate()

    def fetch(self, path, most):
        data = self.files[path]
        assert len(data) <= most
        return data

    def write(self, folder):
        for path, data in self.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
        return folder

    def rotate(
        self,
        record=None,
        *,
        signers=("root 1", "root 2"),
        holders=("root 1", "root 2"),
        days=365,
        version=None,
        online="online",
    ):
        """Sign a new root."""
        self.record = record or self.record
        root = Root(
            version=version or len(self.roots) + 1,
            expires=NOW + timedelta(days=days),
            consistent_snapshot=True,
            unrecognized_fields={"x-kindward": self.record},
        )
        for role, names in {"root": holders, "targets": ("root 1",), "snapshot": [online]}.items():
            for name in names:
                root.add_key(public_key(name), role)
        root.add_key(public_key(online), "timestamp")
        root.roles["root"] = Role(root.roles["root"].keyids, 2)
        self.roots.append(root)
        return self.sign(f"metadata/{len(self.roots)}.root.json", root, *signers)

    def sign(self, path, part, *names):
        metadata = Metadata(part)
        for name in names:
            metadata.sign(CryptoSigner(private_key(name), public_key(name)), append=True)
        self.files[path] = metadata.to_bytes()
        return self.files[path]

    def publish(self, **options):
        """Release, and write log and metadata."""
        self.public[f"list/0-{self.history.size}.kwc"] = b"confidential %d" % self.history.size
        files = {name: hashlib.sha256(data).hexdigest() for name, data in self.public.items() if name.endswith("kwc")}
        index = self.release(files)
        self.public["list/release.json"] = self.raw[index]
        self.write_log()
        self.write_metadata(**options)
        return index

    def write_log(self, witnesses=(0, 1), key=None):
        reader = TileReader(lambda path: self.files[f"log/{path}"], self.size)
        self.files |= {f"log/{path}": data for path, data in written(reader, self.raw[self.size :]).items()}
        self.size = len(self.raw)
        self.write_checkpoint(Checkpoint("list.example/log", self.size, self.history.frontier.root()), witnesses, key)

    def write_checkpoint(self, checkpoint, witnesses=(0, 1), key=None):
        note = sign_checkpoint(checkpoint, key or log_key())
        at = int(NOW.timestamp())
        note = note.signed_too(witness_key(number).sign(note.text, at) for number in witnesses)
        self.files["log/checkpoint"] = note.write().encode()

    def write_metadata(
        self,
        *,
        signers=(BKA, NCA),
        holders=(BKA, NCA),
        online="online",
        top="root 1",
        days=30,
        role=None,
        expiring=None,
        named=None,
    ):
        """Sign the parts below the root; the options make each of them wrong."""
        self.version += 1
        until = dict.fromkeys(("targets", "authorities", "snapshot", "timestamp"), NOW + timedelta(days=days))
        until |= {expiring: NOW} if expiring else {}
        entries = Targets(version=self.version, expires=until["authorities"])
        for name, data in self.public.items():
            entries.targets[name] = TargetFile.from_data(name, data, ["sha256"])
            if not name.endswith("kwc"):
                digest = hashlib.sha256(data).hexdigest()
                self.files[f"targets/list/{digest}.{name.removeprefix('list/')}"] = data
        keys = {public_key(name).keyid: public_key(name) for name in holders}
        fields = {"name": "authorities", "threshold": 2, "terminating": True, "paths": ["list/*"]} | (role or {})
        delegated = DelegatedRole(keyids=sorted(keys), **fields)
        delegations = Delegations(keys, {delegated.name: delegated})
        targets = Targets(version=self.version, expires=until["targets"], delegations=delegations)
        self.sign(f"metadata/{self.version}.targets.json", targets, top)
        self.sign(f"metadata/{self.version}.authorities.json", entries, *signers)
        meta = {f"{name}.json": MetaFile(self.version) for name in ("targets", "authorities")} | (named or {})
        snapshot = Snapshot(version=self.version, expires=until["snapshot"], meta=meta)
        raw = self.sign(f"metadata/{self.version}.snapshot.json", snapshot, online)
        meta = MetaFile.from_data(self.version, raw, ["sha256"])
        stamp = Timestamp(version=self.version, expires=until["timestamp"], snapshot_meta=meta)
        self.sign("metadata/timestamp.json", stamp, online)


def refused(log, leaf):
    """The error a leaf meets; the history must be as it was before."""
    before = (log.history.size, log.history.active, log.history.frontier.root(), log.history.missing, log.history.last)
    with pytest.raises(TrustError) as met:
        log.history.take(leaf if isinstance(leaf, bytes) else encode(leaf))
    after = (log.history.size, log.history.active, log.history.frontier.root(), log.history.missing, log.history.last)
    assert before == after
    return met.value


def told(error):
    assert "tell its authorities" in error.hint
    return error.code, error.facts["index"], error.sentence


def again(raw, charter=None):
    history = History(charter or made_charter())
    for each in raw:
        history.take(each)
    return history
