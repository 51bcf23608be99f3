"""Publish what is signed: files first, then the log, then descriptions, and last the two that readers ask for first.

Everything but the end of the log and the timestamp has a name of its own and is never changed, so a reader sees the old
release or the new one; whoever is killed on the way runs it again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from securesystemslib.signer import Signature as TufSignature
from tuf.api.metadata import Metadata, MetaFile, Snapshot, Targets, Timestamp

from kindward.authority import refusals
from kindward.authority.building import Build, built_before
from kindward.authority.exchange import CANARIES, PUBLIC_CANARIES, RELEASE, Exchange, checkpoint_of, mirror
from kindward.authority.home import SNAPSHOT, TIMESTAMP, Home, read_json
from kindward.authority.signing import (
    answers,
    described,
    release_missing,
    root_missing,
    root_stands,
    signed_root,
)
from kindward.ledger.keys import Signature, SigningKey
from kindward.ledger.leaves import decode
from kindward.ledger.note import Checkpoint, Note, sign_checkpoint, witnessed
from kindward.ledger.tiles import appended
from kindward.ledger.tree import EMPTY, Frontier, leaf_hash

SNAPSHOT_LASTS = timedelta(days=7)
TIMESTAMP_LASTS = timedelta(days=1)
"""How long subscribers believe that nothing newer exists: so long could somebody hold a withdrawal back."""
Cosigner = Callable[[Note, Checkpoint], Sequence[Signature]]
"""Ask one witness for its cosignature of a checkpoint; the second argument is the one published before."""


@dataclass(frozen=True, slots=True)
class Published:
    """What was published: the release in force, the size of the log, the witnesses that cosigned it."""

    release: int
    size: int
    witnesses: tuple[str, ...]
    fresh: bool


def publish(
    home: Home, exchange: Exchange, to: Path, cosigners: Sequence[Cosigner], now: datetime, *, refresh: bool = False
) -> Published:
    """Publish the signed release into the exchange and copy the publication to ``to``; renew the timestamp in any case.

    With ``refresh`` a release that waits is left waiting. Raises: StateError if signatures or witnesses lack.
    """
    home.online(TIMESTAMP)
    waiting = signed_root(exchange)
    if waiting is not None and not refresh:
        if not root_stands(exchange, waiting):
            raise refusals.unsigned("root", ", ".join(root_missing(exchange)))
        for role, metadata in (("targets", waiting.targets), ("authorities", waiting.authorities)):
            if metadata is not None:
                exchange.put(f"list/metadata/{metadata.signed.version}.{role}.json", metadata.to_bytes())
        exchange.put(f"list/metadata/{waiting.root.signed.version}.root.json", waiting.root.to_bytes())
    fresh = not refresh and _publish_release(home, exchange, cosigners, new_root=waiting is not None)
    release, checkpoint = exchange.release(), exchange.checkpoint()
    if release is None or checkpoint is None:
        raise refusals.nothing_new()
    note = Note.parse((exchange.path / checkpoint_of(release.number)).read_bytes())
    exchange.put("list/log/checkpoint", note.write().encode())
    _sign_online(home, exchange, now)
    mirror(exchange.list, to)
    return Published(release.number, checkpoint.size, tuple(witnessed(note, exchange.charter.witnesses)), fresh)


def _publish_release(home: Home, exchange: Exchange, cosigners: Sequence[Cosigner], *, new_root: bool) -> bool:
    last = exchange.release()
    number = last.number + 1 if last else 1
    if not (exchange.path / f"releases/{number}/plan.json").exists():
        if new_root and last is not None:
            return False
        raise refusals.nothing_new()
    folder = exchange.path / f"releases/{number}"
    plan, made = read_json(folder / "plan.json"), built_before(exchange, folder)
    if made.digest != plan["release"]:
        raise refusals.statement_wrong("release.json")
    missing = release_missing(exchange, made)
    if missing:
        raise refusals.unsigned(f"release {made.release.number}", ", ".join(missing))
    leaves = [*made.leaves(), *_tail(exchange, made)]
    checkpoint = _log(home, exchange, leaves, cosigners)
    canaries = (exchange.path / CANARIES).read_bytes()
    for name, data in {**made.files, PUBLIC_CANARIES: canaries, RELEASE: made.raw}.items():
        part, _, file = name.rpartition("/")
        exchange.put(f"list/targets/{part}/{sha256(data).hexdigest()}.{file}", data)
    signed: Metadata[Targets] = Metadata(described(exchange, made, plan))
    for record in answers(exchange, made).values():
        _attach(signed, record["authorities"])
    exchange.put(checkpoint_of(number), checkpoint.write().encode())
    exchange.put(f"list/metadata/{plan['version']}.authorities.json", signed.to_bytes())
    return True


def _attach(metadata: Metadata[Any], one: dict[str, str]) -> None:
    metadata.signatures[one["keyid"]] = TufSignature(one["keyid"], one["sig"])


def _tail(exchange: Exchange, made: Build) -> list[bytes]:
    """Give the leaves after those of the entries: the release, and what each authority states, in order of names."""
    stated = {name: record.get("stated", []) for name, record in sorted(answers(exchange, made).items())}
    raws = [text.encode() for name in made.named for text in stated[name]]
    ordered = sorted(raws, key=lambda raw: type(decode(raw)).__name__)
    return [made.raw, *ordered]


def _log(home: Home, exchange: Exchange, leaves: Sequence[bytes], cosigners: Sequence[Cosigner]) -> Note:
    """Append to the log and let the witnesses cosign its end. Raises: StateError if too few do."""
    before = exchange.checkpoint() or Checkpoint(home.log_key().verifier.name, 0, EMPTY)
    reader = exchange.log(before.size)
    tree = reader.frontier() if before.size else Frontier()
    for path, data in appended(reader, leaves):
        exchange.put_soon(f"list/log/{path}", data)
    tree.extend(map(leaf_hash, leaves))
    note = sign_checkpoint(Checkpoint(before.origin, tree.size, tree.root()), home.log_key())
    for cosigner in cosigners:
        note = note.signed_too(cosigner(note, before))
    quorum, seen = exchange.charter.quorum, witnessed(note, exchange.charter.witnesses)
    if len(seen) < quorum:
        raise refusals.unwitnessed(len(seen), quorum)
    return note


def cosigned_by(key: SigningKey, now: datetime) -> Cosigner:
    """Let a witness whose key lies here cosign, for trying out."""
    return lambda note, _: [key.sign(note.text, int(now.timestamp()))]


def _sign_online(home: Home, exchange: Exchange, now: datetime) -> None:
    now = now.replace(microsecond=0)
    metadata = exchange.list / "metadata"
    roles = ("targets", "authorities")
    described_now = {f"{role}.json": MetaFile(version=exchange.version(role)) for role in roles}
    snapshot = Snapshot(version=exchange.version("snapshot") + 1, expires=now + SNAPSHOT_LASTS)
    snapshot.meta = described_now
    data = _signed(Metadata(snapshot), home, SNAPSHOT)
    exchange.put(f"list/metadata/{snapshot.version}.snapshot.json", data)
    file = metadata / "timestamp.json"
    version = int(read_json(file)["signed"]["version"]) + 1 if file.exists() else 1
    timestamp = Timestamp(version=version, expires=now + TIMESTAMP_LASTS)
    timestamp.snapshot_meta = MetaFile(snapshot.version, len(data), {"sha256": sha256(data).hexdigest()})
    exchange.put("list/metadata/timestamp.json", _signed(Metadata(timestamp), home, TIMESTAMP))


def _signed(metadata: Metadata[Any], home: Home, role: str) -> bytes:
    metadata.sign(home.online(role))
    return metadata.to_bytes()
