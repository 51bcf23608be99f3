"""Sign what waits: the root if there is one, and the next release, after building it oneself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tuf.api.metadata import Metadata, TargetFile, Targets

from kindward.authority.building import Build
from kindward.authority.exchange import CANARIES, PUBLIC_CANARIES, RELEASE, Exchange
from kindward.authority.founding import FILES_LAST
from kindward.authority.home import LIST, Home, dump, read_json
from kindward.authority.planning import planned, resting_on
from kindward.authority.rooting import Fresh, entry, fresh_keys, root_missing, sign_root
from kindward.authority.statements import read, require_own
from kindward.errors import ConfigError, StateError, TrustError
from kindward.ledger.charter import FIELD
from kindward.ledger.history import NEAR
from kindward.ledger.leaves import Attest, Canary, decode, encode, payload
from kindward.ledger.names import holds, is_moment


@dataclass(frozen=True, slots=True)
class Signed:
    """What was signed: a root's version or 0, a release's number or 0, and whose signatures still lack.

    ``fresh`` are the keys that the root brings in.
    """

    root: int
    release: int
    build: Build | None
    missing: tuple[str, ...]
    fresh: tuple[Fresh, ...] = ()


def sign(home: Home, exchange: Exchange, now: datetime, *, anew: bool = False) -> Signed:
    """Sign whatever waits for this authority; ``anew`` lets go of a release that others began to sign.

    Raises: StateError if nothing waits, TrustError if it must not be signed.
    """
    exchange.require_member(home)
    if anew:
        exchange.forget_plan()
    root = sign_root(home, exchange, now)
    fresh = tuple(fresh_keys(exchange)) if root else ()
    try:
        plan, made = _sign_release(home, exchange, now)
    except StateError as nothing:
        if not root or nothing.code != "release_nothing_new":
            raise
        return Signed(root, 0, None, tuple(root_missing(exchange)), fresh)
    missing = {*root_missing(exchange), *release_missing(exchange, made, plan)}
    return Signed(root, made.release.number, made, tuple(sorted(missing)), fresh)


def _sign_release(home: Home, exchange: Exchange, now: datetime) -> tuple[dict[str, Any], Build]:
    require_own(home, exchange.charter.name, read(exchange))
    plan, made = planned(exchange, now)
    folder = f"releases/{made.release.number}"
    reports = made.canary_reports(home.name, exchange.charter, exchange.canaries)
    if home.name in answers(exchange, made, plan):
        # A key of a token signs differently each time, and what is in the log must stay.
        return plan, made
    signer = home.signer(LIST)
    answer: dict[str, object] = {
        "release": made.digest,
        "authorities": entry(signer, Metadata(described(exchange, made, plan)).signed_bytes),
    }
    if home.name in made.named:
        said: list[Attest | Canary] = [made.attestation(home.name), *reports]
        answer["stated"] = [
            encode(replace(one, signature=signer.sign(payload(one)).signature)).decode() for one in said
        ]
    for name, data in {**made.files, "release.json": made.raw}.items():
        exchange.put(f"{folder}/{name}", data)
    if not (exchange.path / folder / "plan.json").exists():
        exchange.put_new(f"{folder}/plan.json", dump(plan))
    exchange.put(f"{folder}/{home.name}.json", dump(answer))
    return plan, made


def described(exchange: Exchange, made: Build, plan: Mapping[str, Any]) -> Targets:
    """Describe the files of a release as TUF targets, the same for every signer."""
    holds(is_moment(plan["at"]) and isinstance(plan["version"], int))
    expires = datetime.strptime(plan["at"], "%Y-%m-%dT%H:%M:%S%z") + FILES_LAST
    signed = Targets(version=plan["version"], expires=expires)
    signed.unrecognized_fields[FIELD] = resting_on(plan["statements"])
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


def answers(exchange: Exchange, made: Build, plan: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Give what each authority signed of this very release; what is not signed rightly is not there."""
    folder = exchange.path / f"releases/{made.release.number}"
    data = Metadata(described(exchange, made, plan)).signed_bytes
    found = {}
    for name in sorted(exchange.charter.authorities):
        try:
            record = read_json(folder / f"{name}.json")
        except ConfigError:
            continue
        if _is_right(exchange, made, name, record, data):
            found[name] = record
    return found


def _is_right(exchange: Exchange, made: Build, name: str, record: Mapping[str, Any], data: bytes) -> bool:
    """Say whether an authority signed the description and stated all it has to; the log could not be mended later."""
    charter = exchange.charter
    try:
        holds(record["release"] == made.digest)
        holds(record["authorities"]["keyid"] == exchange.cards()[name].list.keyid)
        holds(charter.verify(name, data, record["authorities"]["sig"]))
        stated = [decode(text.encode()) for text in record.get("stated", [])]
        holds(bool(stated) == (name in made.named))
        near: dict[str, int] = {}
        for number, leaf in enumerate(stated):
            if isinstance(leaf, Attest):
                holds(number == 0 and replace(leaf, signature="") == made.attestation(name))
                holds(charter.signed(leaf))
            else:
                holds(number > 0 and isinstance(leaf, Canary))
                assert isinstance(leaf, Canary)
                holds((leaf.number, leaf.authority) == (made.release.number, name))
                holds(leaf.canaries == charter.canaries and near.keys().isdisjoint(leaf.near))
                holds(charter.signed(leaf))
                near |= leaf.near
        labels = {label for label, _ in exchange.canaries}
        holds(not stated or (near.keys() == labels and all(distance > NEAR for distance in near.values())))
    except (KeyError, ValueError, TypeError, AttributeError, TrustError):
        return False
    return True


def release_missing(exchange: Exchange, made: Build, plan: Mapping[str, Any]) -> list[str]:
    """Name the authorities whose signature a release still needs."""
    found = answers(exchange, made, plan)
    unattested = [name for name in made.named if name not in found]
    if len(found) >= exchange.root().roles["root"].threshold and exchange.charter.agree(found):
        return unattested
    return sorted({*unattested, *(name for name in exchange.charter.authorities if name not in found)})
