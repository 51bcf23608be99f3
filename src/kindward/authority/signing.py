"""Sign what waits: the root if there is one, and the next release, after building it oneself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from securesystemslib.signer import Signature, Signer
from tuf.api.metadata import Metadata, Root, TargetFile, Targets

from kindward.authority import refusals
from kindward.authority.building import Build, build
from kindward.authority.exchange import CANARIES, PUBLIC_CANARIES, RELEASE, Exchange
from kindward.authority.home import LIST, ROOT, Home, dump, open_signer, public_of, read_json
from kindward.authority.statements import Statement, moment, read
from kindward.errors import StateError
from kindward.ledger.leaves import encode, payload

LASTS = timedelta(days=90)
"""How long the authorities' description of the files is good."""

_OURS = ("plan", "release")
"""Files beside the answers of authorities, none of which may have such a name."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What was signed: a root's version or 0, a release's number or 0, and whose signatures still lack."""

    root: int
    release: int
    build: Build | None
    missing: tuple[str, ...]


def sign(home: Home, exchange: Exchange, now: datetime) -> Signed:
    """Sign whatever waits for this authority.

    Raises: StateError if nothing does, TrustError if it must not be signed.
    """
    root = _sign_root(home, exchange)
    try:
        made = _sign_release(home, exchange, now)
    except StateError as nothing:
        if not root or nothing.code != "release_nothing_new":
            raise
        return Signed(root, 0, None, tuple(root_missing(exchange)))
    return Signed(root, made.release.number, made, tuple(release_missing(exchange, made)))


# the root


def _sign_root(home: Home, exchange: Exchange) -> int:
    waiting = exchange.waiting_root()
    if waiting is None:
        return 0
    exchange.require_member(home)
    version = int(waiting.parent.name)
    done = exchange.path / "roots" / str(version) / f"{home.name}.json"
    if done.exists() and read_json(done).get("of") == _digest(waiting):
        return 0
    signatures: dict[str, list[dict[str, str]]] = {}
    for file in ("root", "targets"):
        data = Metadata.from_file(str(waiting.with_name(f"{file}.json"))).signed_bytes
        signatures[file] = [_entry(signer, data) for signer in _root_signers(home, exchange)]
    files = waiting.with_name("authorities.json")
    if files.exists():
        signatures["authorities"] = [_entry(home.signer(LIST), Metadata.from_file(str(files)).signed_bytes)]
    exchange.put(f"roots/{version}/{home.name}.json", dump({**signatures, "of": _digest(waiting)}))
    return version


def _digest(path: Path) -> str:
    return sha256(path.read_bytes() + path.with_name("targets.json").read_bytes()).hexdigest()


def _root_signers(home: Home, exchange: Exchange) -> Iterator[Signer]:
    """Give the present key, and after a change also the former one, which the published root still knows."""
    yield home.signer(ROOT)
    if exchange.version(ROOT):
        known = exchange.published("root", Root).signed
        former = {known.keys[keyid].keyval["public"]: known.keys[keyid] for keyid in known.roles["root"].keyids}
        for file in sorted(home.path.glob("root.*.pem")):
            uri = f"file2:{file.resolve()}"
            key = public_of(uri)
            if key.keyval["public"] in former:
                yield open_signer(uri, key)


def _entry(signer: Signer, data: bytes) -> dict[str, str]:
    signature = signer.sign(data)
    return {"keyid": signature.keyid, "sig": signature.signature}


@dataclass(frozen=True, slots=True)
class SignedRoot:
    """A root that waits, with all signatures so far, and what goes with it.

    ``targets`` names who may sign the list; ``authorities`` are the published files, signed anew by the keys that count
    from then on, or None before the first release.
    """

    root: Metadata[Root]
    targets: Metadata[Targets]
    authorities: Metadata[Targets] | None


def signed_root(exchange: Exchange) -> SignedRoot | None:
    """Give the waiting root; None if no root waits."""
    waiting = exchange.waiting_root()
    if waiting is None:
        return None
    found: dict[str, Metadata[Any]] = {
        name: Metadata.from_file(str(file))
        for name in ("root", "targets", "authorities")
        if (file := waiting.with_name(f"{name}.json")).exists()
    }
    for file in sorted(waiting.parent.glob("*.json")):
        record = read_json(file)
        if record.get("of") == _digest(waiting):
            for name, metadata in found.items():
                _attach(metadata, record[name])
    return SignedRoot(found["root"], found["targets"], found.get("authorities"))


def _attach(metadata: Metadata[Any], entries: Sequence[dict[str, str]]) -> None:
    for one in entries:
        metadata.signatures[one["keyid"]] = Signature(one["keyid"], one["sig"])


def root_missing(exchange: Exchange) -> list[str]:
    """Name the authorities that have not signed the waiting root, as long as too few have; none if it is signed."""
    waiting = signed_root(exchange)
    if waiting is None or root_stands(exchange, waiting):
        return []
    return sorted(name for name, card in exchange.cards().items() if card.root.keyid not in waiting.root.signatures)


def root_stands(exchange: Exchange, waiting: SignedRoot) -> bool:
    """Say whether a root is signed by enough, also of those whom the root before it names."""
    root, targets, files = waiting.root, waiting.targets, waiting.authorities
    results = [
        root.signed.get_verification_result("root", root.signed_bytes, root.signatures),
        root.signed.get_verification_result("targets", targets.signed_bytes, targets.signatures),
    ]
    if files is not None:
        results.append(targets.signed.get_verification_result("authorities", files.signed_bytes, files.signatures))
    if exchange.version(ROOT):
        before = exchange.published("root", Root).signed
        results.append(before.get_verification_result("root", root.signed_bytes, root.signatures))
    return all(result.verified for result in results)


# the release


def _sign_release(home: Home, exchange: Exchange, now: datetime) -> Build:
    exchange.require_member(home)
    plan, made = planned(exchange, now)
    folder = f"releases/{made.release.number}"
    signed = described(exchange, made, plan)
    answer: dict[str, object] = {
        "release": made.digest,
        "authorities": _entry(home.signer(LIST), Metadata(signed).signed_bytes),
    }
    if home.name in made.named:
        report = made.canary_report(home.name, exchange.charter, exchange.canaries)
        signer = home.signer(LIST)
        stated = [
            encode(replace(one, signature=signer.sign(payload(one)).signature)).decode()
            for one in (made.attestation(home.name), report)
        ]
        answer["stated"] = stated
    else:
        made.canary_report(home.name, exchange.charter, exchange.canaries)
    for name, data in {**made.files, "release.json": made.raw}.items():
        exchange.put(f"{folder}/{name}", data)
    if not (exchange.path / folder / "plan.json").exists():
        exchange.put_new(f"{folder}/plan.json", dump(plan))
    exchange.put(f"{folder}/{home.name}.json", dump(answer))
    return made


def planned(exchange: Exchange, now: datetime) -> tuple[dict[str, Any], Build]:
    """Build the release that is being signed, or begin a new one. Raises: TrustError if builds differ, StateError."""
    last = exchange.release()
    number = last.number + 1 if last else 1
    file = exchange.path / f"releases/{number}/plan.json"
    statements = read(exchange)
    if not file.exists():
        made = build(exchange, statements, moment(now), taken(exchange))
        begun: dict[str, Any] = {
            "at": moment(now),
            "statements": [one.digest for one in statements],
            "release": made.digest,
            "version": exchange.version("authorities") + 1,
        }
        return begun, made
    plan: dict[str, Any] = read_json(file)
    made = build(exchange, _chosen(statements, plan["statements"], file), plan["at"], taken(exchange))
    if made.digest != plan["release"]:
        raise refusals.other_build("the first signer")
    return plan, made


def taken(exchange: Exchange) -> list[str]:
    """Give the digests of the statements that the published release rests on."""
    last = exchange.release()
    if last is None:
        return []
    digests: list[str] = read_json(exchange.path / f"releases/{last.number}/plan.json")["statements"]
    return digests


def _chosen(statements: Sequence[Statement], digests: Sequence[str], file: Path) -> list[Statement]:
    by_digest = {one.digest: one for one in statements}
    if not by_digest.keys() >= set(digests):
        raise refusals.statement_gap(file.name)
    return [by_digest[digest] for digest in digests]


def described(exchange: Exchange, made: Build, plan: dict[str, Any]) -> Targets:
    """Describe the files of a release as TUF targets, the same for every signer."""
    expires = datetime.strptime(plan["at"], "%Y-%m-%dT%H:%M:%S%z") + LASTS
    signed = Targets(version=plan["version"], expires=expires)
    published = exchange.targets()
    for name in made.release.files:
        if name == PUBLIC_CANARIES:
            signed.targets[name] = TargetFile.from_data(name, (exchange.path / CANARIES).read_bytes(), ["sha256"])
        elif name in made.files:
            signed.targets[name] = TargetFile.from_data(name, made.files[name], ["sha256"])
        elif published is not None:
            signed.targets[name] = published.targets[name]
    signed.targets[RELEASE] = TargetFile.from_data(RELEASE, made.raw, ["sha256"])
    return signed


def answers(exchange: Exchange, made: Build) -> dict[str, dict[str, Any]]:
    """Give what each authority signed of this very release."""
    folder = exchange.path / f"releases/{made.release.number}"
    found = {file.stem: read_json(file) for file in sorted(folder.glob("*.json")) if file.stem not in _OURS}
    return {name: record for name, record in found.items() if record.get("release") == made.digest}


def release_missing(exchange: Exchange, made: Build) -> list[str]:
    """Name the authorities whose signature a release still needs."""
    found = answers(exchange, made)
    unattested = [name for name in made.named if "stated" not in found.get(name, {})]
    root = exchange.root()
    threshold = root.roles["root"].threshold
    if len(found) >= threshold and exchange.charter.agree(found):
        return unattested
    return sorted({*unattested, *(name for name in exchange.charter.authorities if name not in found)})
