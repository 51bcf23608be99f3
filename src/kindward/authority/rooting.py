"""Sign a root that waits, after writing it anew oneself: nobody can slip in a key that its card does not show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from securesystemslib.signer import Key, Signature, Signer
from tuf.api.metadata import Metadata, Root, Targets

from kindward.authority import refusals
from kindward.authority.exchange import Exchange, metadata_in
from kindward.authority.founding import FILES_LAST, LASTS, drafted
from kindward.authority.home import LIST, ROOT, SNAPSHOT, TIMESTAMP, Card, Home, dump, read_json
from kindward.authority.statements import CLOCKS
from kindward.errors import ConfigError
from kindward.ledger.charter import AGREEING, FIELD, Charter
from kindward.ledger.names import holds

_KINDS: dict[str, type[Root | Targets]] = {"root": Root, "targets": Targets}


@dataclass(frozen=True, slots=True)
class Fresh:
    """A key that a waiting root brings in, to be compared by another way than the exchange: whose, which, its id."""

    authority: str
    role: str
    keyid: str


@dataclass(frozen=True, slots=True)
class SignedRoot:
    """A root that waits, with all signatures so far, and what goes with it.

    ``targets`` names who may sign the list; ``authorities`` are the published files, signed anew by the keys that count
    from then on, or None before the first release.
    """

    root: Metadata[Root]
    targets: Metadata[Targets]
    authorities: Metadata[Targets] | None


def sign_root(home: Home, exchange: Exchange, now: datetime) -> int:
    """Sign the root that waits, and give its version; 0 if none does or it is signed already. Raises: TrustError."""
    waiting = exchange.waiting_root()
    if waiting is None:
        return 0
    exchange.require_member(home)
    check(home, exchange, now)
    version = int(waiting.parent.name)
    done = exchange.path / "roots" / str(version) / f"{home.name}.json"
    if done.exists() and read_json(done).get("of") == _digest(waiting):
        return 0
    signers = [home.signer(ROOT)]
    if exchange.version(ROOT):
        # After a change the former key has to hand over to the new one.
        known = exchange.published("root", Root).signed
        publics = {known.keys[keyid].keyval["public"] for keyid in known.roles["root"].keyids}
        signers += home.former_signers(ROOT, publics)
    signatures: dict[str, list[dict[str, str]]] = {}
    for file, kind in _KINDS.items():
        data = metadata_in(waiting.with_name(f"{file}.json"), kind).signed_bytes
        signatures[file] = [entry(signer, data) for signer in signers]
    files = waiting.with_name("authorities.json")
    if files.exists():
        signatures["authorities"] = [entry(home.signer(LIST), metadata_in(files, Targets).signed_bytes)]
    exchange.put(f"roots/{version}/{home.name}.json", dump({**signatures, "of": _digest(waiting)}))
    return version


def entry(signer: Signer, data: bytes) -> dict[str, str]:
    """Sign, and give the signature as metadata hold it."""
    signature = signer.sign(data)
    return {"keyid": signature.keyid, "sig": signature.signature}


def attach(metadata: Metadata[Any], entries: Sequence[dict[str, str]]) -> None:
    """Add signatures to metadata."""
    for one in entries:
        metadata.signatures[one["keyid"]] = Signature(one["keyid"], one["sig"])


def _digest(waiting: Path) -> str:
    parts = [waiting, waiting.with_name("targets.json"), waiting.with_name("authorities.json")]
    return sha256(b"".join(part.read_bytes() for part in parts if part.exists())).hexdigest()


def check(home: Home, exchange: Exchange, now: datetime) -> None:
    """Write the waiting root anew from the cards and compare. Raises: TrustError ``root_other``."""
    waiting = _waiting(exchange)
    assert waiting is not None
    root, cards = waiting.root.signed, exchange.cards()
    try:
        charter = Charter.from_record(root.unrecognized_fields[FIELD])
        online = {role: root.keys[root.roles[role].keyids[0]] for role in (SNAPSHOT, TIMESTAMP)}
        versions = (exchange.version(ROOT) + 1, exchange.version("targets") + 1)
        threshold = root.roles["root"].threshold
        anew = drafted(charter, cards, online, threshold=threshold, versions=versions, expires=root.expires)
        holds([one.to_dict() for one in anew] == [root.to_dict(), waiting.targets.signed.to_dict()])
        named = replace(charter, authorities={name: card.authority for name, card in cards.items()})
        # By what is written: ids of keys are formed in more ways than one.
        holds(charter.record() == named.record())
        holds(cards[home.name].record() == home.card.record())
        holds(threshold >= AGREEING and root.expires <= now + LASTS + CLOCKS)
        _check_before(exchange, charter, threshold)
        _check_files(exchange, waiting.authorities, now)
    except (KeyError, ValueError, TypeError, IndexError) as problem:
        raise refusals.root_other() from problem


def _check_before(exchange: Exchange, charter: Charter, threshold: int) -> None:
    """Require that only keys change."""
    if not exchange.version(ROOT):
        return
    known = exchange.published("root", Root).signed
    before = Charter.from_record(known.unrecognized_fields[FIELD])
    holds(threshold == known.roles["root"].threshold)
    holds(replace(before, authorities=charter.authorities).record() == charter.record())
    holds(
        {name: each.jurisdiction for name, each in before.authorities.items()}
        == {name: each.jurisdiction for name, each in charter.authorities.items()}
    )


def _check_files(exchange: Exchange, files: Metadata[Targets] | None, now: datetime) -> None:
    """Require that the files stay the published ones."""
    published = exchange.targets()
    holds((files is None) == (published is None))
    if files is not None and published is not None:
        published.version, published.expires = files.signed.version, files.signed.expires
        holds(files.signed.version <= exchange.version("authorities") + 1)
        holds(files.signed.expires <= now + FILES_LAST + CLOCKS)
        holds(files.signed.to_dict() == published.to_dict())


def fresh_keys(exchange: Exchange) -> list[Fresh]:
    """Name the keys that the waiting root brings in; at the founding all of them."""
    if exchange.waiting_root() is None:
        return []
    known: set[str] = set()
    if exchange.version(ROOT):
        root = exchange.published("root", Root).signed
        charter = Charter.from_record(root.unrecognized_fields[FIELD])
        known = {each.key.keyval["public"] for each in charter.authorities.values()}
        known |= {key.keyval["public"] for key in root.keys.values()}
    found = [(name, role, key) for name, card in exchange.cards().items() for role, key in _keys(card)]
    return [Fresh(name, role, key.keyid) for name, role, key in found if key.keyval["public"] not in known]


def _keys(card: Card) -> list[tuple[str, Key]]:
    return [(LIST, card.list), (ROOT, card.root)]


def _waiting(exchange: Exchange) -> SignedRoot | None:
    waiting = exchange.waiting_root()
    if waiting is None:
        return None
    files = waiting.with_name("authorities.json")
    return SignedRoot(
        metadata_in(waiting, Root),
        metadata_in(waiting.with_name("targets.json"), Targets),
        metadata_in(files, Targets) if files.exists() else None,
    )


def signed_root(exchange: Exchange) -> SignedRoot | None:
    """Give the waiting root with its signatures; None if no root waits."""
    waiting, place = _waiting(exchange), exchange.waiting_root()
    if waiting is None or place is None:
        return None
    for name in exchange.cards():
        try:
            record = read_json(place.with_name(f"{name}.json"))
            if record.get("of") == _digest(place):
                attach(waiting.root, record["root"])
                attach(waiting.targets, record["targets"])
                if waiting.authorities is not None:
                    attach(waiting.authorities, record["authorities"])
        except (ConfigError, KeyError, TypeError):
            continue
    return waiting


def root_missing(exchange: Exchange) -> list[str]:
    """Name the authorities that have not signed the waiting root, as long as too few have; none if it is signed."""
    waiting = signed_root(exchange)
    if waiting is None or root_stands(exchange, waiting):
        return []
    return sorted(name for name, card in exchange.cards().items() if card.root.keyid not in waiting.root.signatures)


def root_stands(exchange: Exchange, waiting: SignedRoot) -> bool:
    """Say whether a root is signed by enough, also of those whom the root before it names."""
    try:
        return _stands(exchange, waiting)
    except ValueError:  # a description that delegates to nobody
        return False


def _stands(exchange: Exchange, waiting: SignedRoot) -> bool:
    root, targets, files = waiting.root, waiting.targets, waiting.authorities
    results = [
        root.signed.get_verification_result("root", root.signed_bytes, root.signatures),
        root.signed.get_verification_result("targets", targets.signed_bytes, targets.signatures),
    ]
    if files is not None:
        results.append(targets.signed.get_verification_result("authorities", files.signed_bytes, files.signatures))
        holders = {exchange.charter.holder(key) for key in results[-1].signed.values()}
        if not exchange.charter.agree(each.name for each in holders if each is not None):
            return False
    if exchange.version(ROOT):
        before = exchange.published("root", Root).signed
        results.append(before.get_verification_result("root", root.signed_bytes, root.signatures))
    return all(result.verified for result in results)
