"""Found a list, and change who belongs to it: the root with its charter, and the delegation to the authorities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from tuf.api.metadata import DelegatedRole, Delegations, Metadata, Root, Targets

from kindward.authority import refusals
from kindward.authority.exchange import CANARIES, Exchange, read_canaries
from kindward.authority.home import LOG, ROOT, SNAPSHOT, TIMESTAMP, Card, Home, dump
from kindward.authority.statements import sign_again
from kindward.ledger.charter import AGREEING, FIELD, Charter

LASTS = timedelta(days=365)
"""How long a root is good; TUF clients refuse an older one."""
FILES_LAST = timedelta(days=90)
"""How long the authorities' description of the files is good."""


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
    if len(cards) <= len(others):
        raise refusals.card_twice()
    if len(cards) < max(AGREEING, terms.threshold) or len({card.jurisdiction for card in cards.values()}) < AGREEING:
        raise refusals.too_few(max(AGREEING, terms.threshold), len(cards))
    if exchange.waiting_root() or exchange.version(ROOT):
        raise refusals.exists(exchange.path)
    read_canaries(canaries)
    online = home.make_online(f"{home.name}.{terms.name}")
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
    for card in cards.values():
        exchange.put_new(f"cards/{card.name}.json", dump(card.record()))
    exchange.put_new(CANARIES, canaries)
    _wait(exchange, charter, cards, online, threshold=terms.threshold, now=now)


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
    version, expires = exchange.version(ROOT) + 1, _whole(now + LASTS)
    root, targets = drafted(
        charter,
        cards,
        online,
        threshold=threshold,
        versions=(version, exchange.version("targets") + 1),
        expires=expires,
    )
    exchange.put(f"roots/{version}/targets.json", Metadata(targets).to_bytes())
    published = exchange.targets()
    if published is not None:
        # The same files, to be signed anew by the keys that count from now on.
        published.version += 1
        published.expires = _whole(now + FILES_LAST)
        exchange.put(f"roots/{version}/authorities.json", Metadata(published).to_bytes())
    exchange.put(f"roots/{version}/root.json", Metadata(root).to_bytes())


def drafted(
    charter: Charter,
    cards: Mapping[str, Card],
    online: Mapping[str, Any],
    *,
    threshold: int,
    versions: tuple[int, int],
    expires: datetime,
) -> tuple[Root, Targets]:
    """Write a root and a delegation as they have to be; whoever signs them writes them anew and compares."""
    root = Root(version=versions[0], expires=expires, consistent_snapshot=True)
    for _, card in sorted(cards.items()):
        root.add_key(card.root, "root")
        root.add_key(card.root, "targets")
    for role in (SNAPSHOT, TIMESTAMP):
        root.add_key(online[role], role)
    root.roles["root"].threshold = root.roles["targets"].threshold = threshold
    root.unrecognized_fields[FIELD] = charter.record()
    targets = Targets(version=versions[1], expires=expires)
    keys = {card.list.keyid: card.list for _, card in sorted(cards.items())}
    delegated = DelegatedRole("authorities", list(keys), threshold, terminating=True, paths=["list/*"])
    targets.delegations = Delegations(keys, {"authorities": delegated})
    return root, targets


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def rotate(
    home: Home, exchange: Exchange, now: datetime, *, online: bool = False, keep: bool = False, uris: Mapping[str, str]
) -> None:
    """Give this authority new keys, or the list new keys of its publisher, in a root that waits for signatures.

    With ``keep`` nobody gets new keys; root and descriptions are only good for longer. The root must be signed by as
    many authorities as before with the keys of before; the old keys of this authority are kept beside the new ones for
    that. Raises: TrustError, StateError.
    """
    exchange.require_member(home)
    exchange.forget_plan()
    before, charter, cards = exchange.root(), exchange.charter, exchange.cards()
    public: dict[str, Any] = {role: before.keys[before.roles[role].keyids[0]] for role in (SNAPSHOT, TIMESTAMP)}
    if online:
        public |= home.renew_online()
    elif not keep:
        home.renew(uris)
        cards[home.name] = home.card
        exchange.put(f"cards/{home.name}.json", dump(home.card.record()))
    authorities = {name: card.authority for name, card in cards.items() if name in charter.authorities}
    fresh = replace(charter, authorities=authorities)
    _wait(exchange, fresh, cards, public, threshold=before.roles["root"].threshold, now=now)
    if not online and not keep:
        sign_again(home, exchange)
