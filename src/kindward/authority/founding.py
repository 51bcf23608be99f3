"""Found a list, and change who belongs to it: the root with its charter, and the delegation to the authorities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from tuf.api.metadata import DelegatedRole, Delegations, Metadata, Root, Targets

from kindward.authority import refusals
from kindward.authority.exchange import CANARIES, Exchange, read_canaries
from kindward.authority.home import LIST, LOG, ROOT, SNAPSHOT, TIMESTAMP, Card, Home, dump
from kindward.authority.statements import sign_again
from kindward.ledger.charter import AGREEING, FIELD, Charter

LASTS = timedelta(days=365)
"""How long a root is good; TUF clients refuse an older one."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the founders agree on beside who they are."""

    name: str
    threshold: int = AGREEING
    witnesses: tuple[str, ...] = ()
    quorum: int = 0
    parameters: tuple[tuple[str, int], ...] = (("pdq_distance", 31), ("pdq_quality", 50))


def found(
    home: Home, exchange: Exchange, others: Sequence[Card], terms: Terms, *, canaries: bytes, now: datetime
) -> None:
    """Write the first root, which then waits for the signatures of the others. Raises: ConfigError, StateError."""
    cards = {card.name: card for card in (home.card, *others)}
    if len(cards) < max(AGREEING, terms.threshold) or len({card.jurisdiction for card in cards.values()}) < AGREEING:
        raise refusals.too_few(max(AGREEING, terms.threshold), len(cards))
    if exchange.waiting_root() or exchange.version(ROOT):
        raise refusals.exists(exchange.path)
    read_canaries(canaries)
    online = home.make_online(f"{home.name}.{terms.name}")
    for card in cards.values():
        exchange.put_new(f"cards/{card.name}.json", dump(card.record()))
    exchange.put_new(CANARIES, canaries)
    exchange.put_new("online.json", dump({role: _described(online[role]) for role in (SNAPSHOT, TIMESTAMP)}))
    charter = Charter(
        terms.name,
        {name: card.authority for name, card in cards.items()},
        online[LOG],
        terms.witnesses,
        terms.quorum,
        dict(terms.parameters),
        sha256(canaries).hexdigest(),
    )
    Charter.from_record(charter.record())
    _wait(exchange, charter, cards, online, threshold=terms.threshold, now=now)


def _described(key: Any) -> dict[str, Any]:  # noqa: ANN401 - a key of securesystemslib
    return {"keyid": key.keyid, **key.to_dict()}


def _wait(
    exchange: Exchange,
    charter: Charter,
    cards: Mapping[str, Card],
    online: Mapping[str, Any],
    *,
    threshold: int,
    now: datetime,
) -> None:
    """Write the next root and the next delegation, unsigned."""
    version = exchange.version(ROOT) + 1
    root = Root(version=version, expires=_whole(now + LASTS), consistent_snapshot=True)
    for card in cards.values():
        root.add_key(card.root, "root")
        root.add_key(card.root, "targets")
    for role in (SNAPSHOT, TIMESTAMP):
        root.add_key(online[role], role)
    root.roles["root"].threshold = root.roles["targets"].threshold = threshold
    root.unrecognized_fields[FIELD] = charter.record()
    targets = Targets(version=exchange.version("targets") + 1, expires=_whole(now + LASTS))
    keys = {card.list.keyid: card.list for card in cards.values()}
    delegated = DelegatedRole("authorities", list(keys), threshold, terminating=True, paths=["list/*"])
    targets.delegations = Delegations(keys, {"authorities": delegated})
    exchange.put(f"roots/{version}/targets.json", Metadata(targets).to_bytes())
    published = exchange.targets()
    if published is not None:
        # The same files, to be signed anew by the keys that count from now on.
        published.version += 1
        exchange.put(f"roots/{version}/authorities.json", Metadata(published).to_bytes())
    exchange.put(f"roots/{version}/root.json", Metadata(root).to_bytes())


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def rotate(home: Home, exchange: Exchange, now: datetime, *, online: bool, uris: Mapping[str, str]) -> None:
    """Give this authority new keys, or the list new keys of its publisher, in a root that waits for signatures.

    The root must then be signed by as many authorities as before with the keys of before; the old keys of this
    authority are kept beside the new ones for that. Raises: TrustError, StateError.
    """
    exchange.require_member(home)
    exchange.forget_plan()
    before, charter, cards = exchange.root(), exchange.charter, exchange.cards()
    public: dict[str, Any] = {role: before.keys[before.roles[role].keyids[0]] for role in (SNAPSHOT, TIMESTAMP)}
    if online:
        public |= {role: home.renew(role) for role in (SNAPSHOT, TIMESTAMP)}
    else:
        for role in (ROOT, LIST):
            home.renew(role, uris.get(role, ""))
        cards[home.name] = home.card
        exchange.put(f"cards/{home.name}.json", dump(home.card.record()))
    authorities = {name: card.authority for name, card in cards.items() if name in charter.authorities}
    fresh = Charter(
        charter.name,
        authorities,
        charter.log,
        charter.witnesses,
        charter.quorum,
        charter.parameters,
        charter.canaries,
    )
    _wait(exchange, fresh, cards, public, threshold=before.roles["root"].threshold, now=now)
    if not online:
        sign_again(home, exchange)
