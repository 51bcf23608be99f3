"""Publish what is signed: files first, then the log, then descriptions, and last the two that readers ask for first.

Everything but the end of the log and the timestamp has a name of its own and is never changed, so a reader sees the old
release or the new one; whoever is killed on the way runs it again.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, Targets, Timestamp

from kindward.authority import refusals
from kindward.authority.building import Build, built_before
from kindward.authority.exchange import (
    CANARIES,
    PUBLIC_CANARIES,
    RELEASE,
    Exchange,
    checkpoint_of,
    logged_of,
    metadata_in,
    mirror,
)
from kindward.authority.home import SNAPSHOT, TIMESTAMP, Home, read_json
from kindward.authority.planning import following
from kindward.authority.rooting import attach, root_missing, root_stands, signed_root
from kindward.authority.signing import answers, described, release_missing
from kindward.errors import KindwardError, RemoteError, TrustError
from kindward.ledger.keys import Signature, SigningKey
from kindward.ledger.leaves import decode
from kindward.ledger.names import holds
from kindward.ledger.note import Checkpoint, Note, sign_checkpoint, witnessed
from kindward.ledger.tiles import TileReader, appended
from kindward.ledger.tree import EMPTY, Frontier, leaf_hash

SNAPSHOT_LASTS = timedelta(days=7)
TIMESTAMP_LASTS = timedelta(days=1)
"""How long subscribers believe that nothing newer exists: so long could somebody hold a withdrawal back."""
Cosigner = Callable[[Note, Checkpoint, TileReader], Sequence[Signature]]
"""Ask one witness for its cosignature of a checkpoint, given the one published before and the log of the new one."""


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
    home.require_publisher()
    exchange.require_member(home)
    if not refresh:
        _publish_root(exchange)
    fresh = not refresh and _publish_release(home, exchange, cosigners)
    release, checkpoint = exchange.release(), exchange.checkpoint()
    if release is None or checkpoint is None:
        raise refusals.nothing_new()
    note = Note.parse((exchange.path / checkpoint_of(release.number)).read_bytes())
    exchange.put("list/log/checkpoint", note.write().encode())
    _sign_online(home, exchange, now)
    mirror(exchange.list, to)
    return Published(release.number, checkpoint.size, tuple(witnessed(note, exchange.charter.witnesses)), fresh)


def _publish_root(exchange: Exchange) -> None:
    waiting = signed_root(exchange)
    if waiting is None:
        return
    if not root_stands(exchange, waiting):
        raise refusals.unsigned("root", ", ".join(root_missing(exchange)))
    for role, metadata in (("targets", waiting.targets), ("authorities", waiting.authorities)):
        if metadata is not None:
            exchange.put(f"list/metadata/{metadata.signed.version}.{role}.json", metadata.to_bytes())
    exchange.put(f"list/metadata/{waiting.root.signed.version}.root.json", waiting.root.to_bytes())


def _publish_release(home: Home, exchange: Exchange, cosigners: Sequence[Cosigner]) -> bool:
    """Publish the release that is signed; say whether one was. Before the first one there must be one."""
    number = following(exchange)
    folder = exchange.path / f"releases/{number}"
    if not (folder / "plan.json").exists():
        return False
    try:
        plan, made = read_json(folder / "plan.json"), built_before(exchange, folder)
        holds(made.digest == plan["release"])
        missing = release_missing(exchange, made, plan)
        if missing:
            raise refusals.unsigned(f"release {made.release.number}", ", ".join(missing))
        signed: Metadata[Targets] = Metadata(described(exchange, made, plan))
        signatures = answers(exchange, made, plan)
    except (KeyError, ValueError, TypeError, AssertionError) as problem:
        raise refusals.plan_wrong() from problem
    attach(signed, [record["authorities"] for record in signatures.values()])
    top = exchange.published("targets", Targets).signed
    try:
        holds(top.get_verification_result("authorities", signed.signed_bytes, signed.signatures).verified)
    except ValueError as problem:
        raise refusals.plan_wrong() from problem
    checkpoint = _log(home, exchange, number, [*made.leaves(), *_tail(made, signatures)], cosigners)
    canaries = (exchange.path / CANARIES).read_bytes()
    for name, data in {**made.files, PUBLIC_CANARIES: canaries, RELEASE: made.raw}.items():
        part, _, file = name.rpartition("/")
        exchange.put(f"list/targets/{part}/{sha256(data).hexdigest()}.{file}", data)
    exchange.put(checkpoint_of(number), checkpoint.write().encode())
    exchange.put(f"list/metadata/{plan['version']}.authorities.json", signed.to_bytes())
    return True


def _tail(made: Build, signatures: Mapping[str, Mapping[str, Any]]) -> list[bytes]:
    """Give the leaves after those of the entries: the release, and what each authority states, in order of names."""
    raws = [text.encode() for name in made.named for text in signatures[name]["stated"]]
    ordered = sorted(raws, key=lambda raw: type(decode(raw)).__name__)
    return [made.raw, *ordered]


def _log(home: Home, exchange: Exchange, number: int, leaves: Sequence[bytes], cosigners: Sequence[Cosigner]) -> Note:
    """Append to the log once enough witnesses cosigned its new end. Raises: StateError if too few do."""
    before = exchange.checkpoint() or Checkpoint(home.log_key().verifier.name, 0, EMPTY)
    reader = exchange.log(before.size)
    tree = reader.frontier() if before.size else Frontier()
    staged = exchange.path / f"releases/{number}/log"
    shutil.rmtree(staged, ignore_errors=True)
    for path, data in appended(reader, leaves):
        exchange.put_soon(f"releases/{number}/log/{path}", data)
    tree.extend(map(leaf_hash, leaves))
    note = sign_checkpoint(Checkpoint(before.origin, tree.size, tree.root()), home.log_key())
    exchange.put(logged_of(number), note.write().encode())
    note = _cosigned(exchange, note, before, staged, cosigners)
    os.sync()
    for file in sorted(path for path in staged.rglob("*") if path.is_file()):
        place = exchange.list / "log" / file.relative_to(staged)
        place.parent.mkdir(parents=True, exist_ok=True)
        file.replace(place)
    return note


def _cosigned(exchange: Exchange, note: Note, before: Checkpoint, staged: Path, cosigners: Sequence[Cosigner]) -> Note:
    """Ask the witnesses; one that fails does not stop the others."""
    size = Checkpoint.parse(note.text).size
    known = exchange.list / "log"
    log = TileReader(lambda path: ((staged if (staged / path).exists() else known) / path).read_bytes(), size)
    failed: list[KindwardError] = []
    for cosigner in cosigners:
        try:
            note = note.signed_too(cosigner(note, before, log))
        except (RemoteError, TrustError) as problem:
            failed.append(problem)
    quorum, seen = exchange.charter.quorum, witnessed(note, exchange.charter.witnesses)
    if len(seen) < quorum:
        raise refusals.unwitnessed(len(seen), quorum) from (failed[0] if failed else None)
    return note


def cosigned_by(key: SigningKey, now: datetime) -> Cosigner:
    """Let a witness whose key lies here cosign, for trying out."""
    return lambda note, *_: [key.sign(note.text, int(now.timestamp()))]


def _sign_online(home: Home, exchange: Exchange, now: datetime) -> None:
    now = now.replace(microsecond=0)
    metadata = exchange.list / "metadata"
    roles = ("targets", "authorities")
    described_now = {f"{role}.json": MetaFile(version=exchange.version(role)) for role in roles}
    snapshot = Snapshot(version=exchange.version("snapshot") + 1, expires=now + SNAPSHOT_LASTS)
    snapshot.meta = described_now
    data = _signed(Metadata(snapshot), home, exchange, SNAPSHOT)
    exchange.put(f"list/metadata/{snapshot.version}.snapshot.json", data)
    file = metadata / "timestamp.json"
    version = metadata_in(file, Timestamp).signed.version + 1 if file.exists() else 1
    timestamp = Timestamp(version=version, expires=now + TIMESTAMP_LASTS)
    timestamp.snapshot_meta = MetaFile(snapshot.version, len(data), {"sha256": sha256(data).hexdigest()})
    exchange.put("list/metadata/timestamp.json", _signed(Metadata(timestamp), home, exchange, TIMESTAMP))


def _signed(metadata: Metadata[Any], home: Home, exchange: Exchange, role: str) -> bytes:
    root = exchange.published("root", Root).signed
    known = {root.keys[keyid].keyval["public"] for keyid in root.roles[role].keyids}
    metadata.sign(home.online(role, known))
    return metadata.to_bytes()
