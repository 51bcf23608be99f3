"""Publish small signed lists into a folder, right ones and, by turning a screw, wrong ones."""

import io
import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from kindward.banks.signed import chunks
from kindward.banks.signed.client import SignedList
from kindward.banks.signed.openings import commitment, salt
from kindward.banks.signed.rows import Closed, Opened
from kindward.errors import RemoteError, TrustError
from kindward.ledger.charter import FIELD, Charter
from kindward.ledger.keys import COSIGNATURE, SigningKey
from kindward.ledger.leaves import Add, Attest, Canary, Release, Remove, encode, payload
from kindward.ledger.note import Checkpoint, sign_checkpoint
from kindward.ledger.tiles import TileReader, no_log, written
from kindward.ledger.tree import Frontier, leaf_hash

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
AUTHORITIES = ("bka", "ofmin", "esafety")
CANARIES = "c" * 64
LOG = "log.example/list"


def fetch_from(folder):
    """Give the files of a publication in a folder, as a transport does."""

    def fetch(path, most):
        file = folder / path
        if not file.is_file():
            raise RemoteError("remote_missing", "There is no file {path}.", path=path, status=404)
        data = file.read_bytes()
        if len(data) > most:
            raise RemoteError("remote_too_large", "{path} is too large.", path=path)
        yield data[:1000]
        yield data[1000:]

    return fetch


def entry(word, *, authorities=("bka", "ofmin"), signal="pdq/1", **fields):
    """Make an entry out of a word; everything can be said otherwise."""
    width = fields.pop("width", 32)
    fields = {
        "id": f"{word}",
        "value": (sha256(f"value {word}".encode()).digest())[:width],
        "category": "scheme:a",
        "jurisdiction": "DE",
        "expires": "",
        "source": "bka",
        "seed": sha256(f"seed {word}".encode()).digest(),
        "date": "2026-11-24",
        **fields,
    }
    return Opened(signal=signal, authorities=tuple(sorted(authorities)), **fields)


def add_leaf(row):
    """Give the leaf of an opened row, by the slow and plain way."""
    made = commitment(row.opening, salt(row.seed, row.signal, row.value))
    return encode(Add(made, row.category, row.authorities, row.date))


class PublishedList:
    """A list in a folder. Every attribute may be changed before the next ``release``."""

    def __init__(self, folder, *, witnesses=2, quorum=1, jurisdictions=("DE", "FR", "AU")):
        self.folder, self.name, self.now, self.lasts = folder, "tested", NOW, timedelta(days=1)
        self.jurisdictions = dict(zip(AUTHORITIES, jurisdictions, strict=True))
        self.keys = {name: CryptoSigner.generate_ed25519() for name in AUTHORITIES}
        self.online = {role: CryptoSigner.generate_ed25519() for role in ("snapshot", "timestamp")}
        self.offline = {role: [CryptoSigner.generate_ed25519() for _ in range(3)] for role in ("root", "targets")}
        self.log = SigningKey.of(LOG, Ed25519PrivateKey.generate())
        kinds = [f"witness{number}.example" for number in range(witnesses)]
        self.witnesses = [SigningKey.of(name, Ed25519PrivateKey.generate(), COSIGNATURE) for name in kinds]
        self.quorum, self.cosigning = quorum, list(self.witnesses)
        self.delegates = list(AUTHORITIES)
        self.signing = ["bka", "ofmin"]
        self.versions = Counter()
        self.leaves, self.rows, self.files = [], [], {}
        self.begun, self.told, self.last, self.first = 0, Counter(), None, 0
        self.threshold, self.parameters = 2, {"pdq_distance": 31, "pdq_quality": 50}
        self.rotate()

    @property
    def charter(self):
        authorities = {
            name: {"jurisdiction": self.jurisdictions[name], "key": key.public_key.to_dict()}
            for name, key in self.keys.items()
        }
        record = {"list": self.name, "authorities": authorities, "log": self.log.verifier.text}
        record |= {"witnesses": [key.verifier.text for key in self.witnesses], "quorum": self.quorum}
        return Charter.from_record(record | {"parameters": self.parameters, "canaries": CANARIES})

    def rotate(self, *, charter=None, signers=None, **changes):
        """Write the next root; ``signers`` are those of the root role, by default the first two of now and before."""
        before = getattr(self, "_root_keys", self.offline["root"])
        self._root_keys = list(self.offline["root"])
        root = Root(version=self._next("root"), expires=self.now + timedelta(days=365), consistent_snapshot=True)
        for role, keys in (*self.offline.items(), *((role, [key]) for role, key in self.online.items())):
            for key in keys:
                root.add_key(key.public_key, role)
            root.roles[role].threshold = min(len(keys), 2)
        root.unrecognized_fields[FIELD] = (charter or self.charter.record()) | changes
        signed = self._write(f"{root.version}.root.json", root, signers or [*before[:2], *self._root_keys[:2]])
        self.root = signed if root.version == 1 else self.root
        self._top()
        return signed

    def add(self, *rows):
        """Add entries; give the places of their leaves."""
        places = list(range(len(self.leaves), len(self.leaves) + len(rows)))
        for row in rows:
            self.leaves.append(add_leaf(row))
            self.rows.append(row)
            self.told.update(row.authorities)
        return places

    def remove(self, index, reason="not_illegal", deciders=("bka", "ofmin")):
        """Withdraw an entry."""
        self.leaf(encode(Remove(index, reason, tuple(sorted(deciders)), "2026-11-24")))
        self.told.update(deciders)

    def leaf(self, raw):
        """Append a leaf as it is."""
        self.leaves.append(raw)
        self.rows.append(Closed(raw))

    def release(self, *, base=None, **changes):
        """Publish; ``changes`` are what the release says otherwise, ``base`` says whether everything is told again."""
        begin, size = self.begun, len(self.leaves)
        own = [raw for raw in self.leaves[begin:] if raw.startswith(b'{"a":')]
        if begin == 0 or not base:
            self.tell(self.first, size)
        if begin and base is not False:
            self.tell(0, size)
        self.first = size
        release = self._released(own, **changes)
        self.last = release
        self.leaf(encode(release))
        for name in sorted(self.told):
            mine = [raw for raw in own if f'"{name}"'.encode() in raw.partition(b"]")[0]]
            self.state(Attest(release.number, name, len(mine), self.root_of(mine)))
        for name in sorted(self.told):
            self.state(Canary(release.number, name, CANARIES, {"protest": 80}))
        self.told.clear()
        self.begun = len(self.leaves)
        self.write_log()
        self.write_checkpoint()
        self.sign()
        return release

    def _released(self, own, **changes):
        adds = sum(b'"t":"add"' in raw for raw in own)
        active = sum(b'"t":"add"' in raw for raw in self.leaves) - sum(b'"t":"remove"' in raw for raw in self.leaves)
        fields = {
            "number": self.last.number + 1 if self.last else 1,
            "size": len(self.leaves),
            "root": self.root_of(self.leaves),
            "active": active,
            "added": adds,
            "removed": len(own) - adds,
            "files": {name: sha256(data).hexdigest() for name, data in self.files.items()},
            "parameters": self.charter.parameters_digest,
            "date": self.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        return Release(**fields | changes)

    def state(self, statement):
        """Append a statement, signed by the authority it names."""
        signature = self.keys[statement.authority].sign(payload(statement)).signature
        self.leaf(encode(type(statement)(*(getattr(statement, slot) for slot in statement.__slots__[:-1]), signature)))

    def tell(self, start, end, rows=None):
        """Write a file of history."""
        stream = io.BytesIO()
        chunks.write(stream, start, end, self.rows[start:end] if rows is None else rows)
        self.files[f"list/{start}-{end}.kwc"] = stream.getvalue()

    def root_of(self, leaves):
        """Give the root of a tree of leaves."""
        tree = Frontier()
        tree.extend(map(leaf_hash, leaves))
        return tree.root()

    def write_log(self, leaves=None):
        """Write the whole log anew."""
        for path, data in written(TileReader(no_log, 0), leaves or self.leaves).items():
            self._put(f"log/{path}", data)

    def write_checkpoint(self, leaves=None, log=None):
        """Sign the end of the log, and let the witnesses cosign it."""
        leaves = self.leaves if leaves is None else leaves
        note = sign_checkpoint(Checkpoint(LOG, len(leaves), self.root_of(leaves)), log or self.log)
        at = int(self.now.timestamp())
        note = note.signed_too([witness.sign(note.text, at) for witness in self.cosigning])
        self._put("log/checkpoint", note.write().encode())

    def sign(self, *, expires=None, without="", hashed="sha256", length=0):
        """Sign the files as they are: authorities, snapshot, timestamp."""
        targets = {"list/release.json": encode(self.last), **self.files}
        until = self.now + (expires or self.lasts)
        signed = Targets(version=self._next("authorities"), expires=until)
        targets.pop(without, None)
        for name, data in targets.items():
            signed.targets[name] = TargetFile.from_data(name, data, [hashed])
            signed.targets[name].length = length or len(data)
            folder, _, file = name.rpartition("/")
            self._put(f"targets/{folder}/{sha256(data).hexdigest()}.{file}", data)
        self._write(f"{signed.version}.authorities.json", signed, [self.keys[name] for name in self.signing])
        self.sign_online(expires=expires)

    def sign_online(self, *, expires=None, signers=None):
        """Sign snapshot and timestamp."""
        until = self.now + (expires or self.lasts)
        names = ("targets", "authorities")
        snapshot = Snapshot(version=self._next("snapshot"), expires=until)
        snapshot.meta = {f"{name}.json": MetaFile(version=self.versions[name]) for name in names}
        keys = {**self.online, **(signers or {})}
        data = self._write(f"{snapshot.version}.snapshot.json", snapshot, [keys["snapshot"]])
        timestamp = Timestamp(version=self._next("timestamp"), expires=until)
        timestamp.snapshot_meta = MetaFile(snapshot.version, len(data), {"sha256": sha256(data).hexdigest()})
        self._write("timestamp.json", timestamp, [keys["timestamp"]])

    def _top(self, **role):
        targets = Targets(version=self._next("targets"), expires=self.now + timedelta(days=365))
        keys = {self.keys[name].public_key.keyid: self.keys[name].public_key for name in self.delegates}
        delegated = {"threshold": self.threshold, "terminating": True, "paths": ["list/*"], **role}
        role = DelegatedRole("authorities", list(keys), **delegated)
        targets.delegations = Delegations(keys, {"authorities": role})
        self._write(f"{targets.version}.targets.json", targets, self.offline["targets"][:2])

    def _next(self, role):
        self.versions[role] += 1
        return self.versions[role]

    def _write(self, name, signed, signers):
        metadata = Metadata(signed)
        for signer in signers:
            metadata.sign(signer, append=True)
        data = metadata.to_bytes()
        self._put(f"metadata/{name}", data)
        return data

    def _put(self, path, data):
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)


class Subscriber:
    """Follow a list as a bank would: apply items, note the mark, commit."""

    def __init__(self, folder, published):
        self.published, self.folder, self.fetch = published, folder, fetch_from(published.folder)
        self.root, self.mark, self.entries, self.withdrawn, self.fetched = published.root, None, {}, {}, []

    def update(self, now=NOW, *, commit=True):
        """Update once; give what the update told."""
        self.fetched.clear()
        told = SignedList(self.folder, self.root, self._fetched).update(self.mark, now)
        for item in told.items():
            (self.entries.update if item.entries else self.withdrawn.update)({item.id: item})
            if not item.entries:
                self.entries.pop(item.id, None)
        self.mark = dict(told.mark)
        if commit:
            told.commit()
        return told

    def refused(self, now=NOW):
        """Give the code with which an update is refused; nothing may have changed."""
        before = (dict(self.entries), dict(self.withdrawn), self.mark)
        with pytest.raises(TrustError) as refused:
            self.update(now)
        assert before == (self.entries, self.withdrawn, self.mark)
        assert refused.value.sentence
        assert refused.value.hint
        assert "None" not in refused.value.sentence + refused.value.hint
        assert "()" not in refused.value.sentence
        return refused.value.code

    def _fetched(self, path, most):
        self.fetched.append(path)
        return self.fetch(path, most)


def copied(published, tmp_path, name="copy"):
    copy = tmp_path / name
    shutil.copytree(published.folder, copy)
    return copy


def put_back(published, copy, *parts):
    for part in parts:
        source = copy / part
        if source.is_dir():
            shutil.rmtree(published.folder / part)
            shutil.copytree(source, published.folder / part)
        else:
            shutil.copy(source, published.folder / part)
