"""Say something about entries: propose them, confirm those of others, withdraw, go back to what a release held."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from kindward.authority import refusals
from kindward.authority.building import commitment_of
from kindward.authority.exchange import Exchange
from kindward.authority.home import Home
from kindward.authority.opinions import Entry as Judged
from kindward.authority.opinions import Key, Name, gathered, history, in_force, key_of, ranges
from kindward.authority.statements import CONFIRM, PROPOSE, WITHDRAW, Statement, read, say
from kindward.banks.kinds import derived_id, kind_of
from kindward.banks.signed.openings import SEED_BYTES
from kindward.banks.signed.rows import Opened
from kindward.ledger.leaves import Add, Release, Remove, decode
from kindward.ledger.names import REASONS, is_category
from kindward.model import Entry


@dataclass(frozen=True, slots=True)
class About:
    """What is said of all entries of a proposal that do not say it themselves."""

    category: str = ""
    jurisdiction: str = ""
    expires: str = ""
    source: str = ""


@dataclass(slots=True)
class Said:
    """What came of a statement: its name, how many entries it is about, which were passed over and why."""

    name: str
    count: int
    passed_over: dict[str, int] = field(default_factory=dict)


def propose(home: Home, exchange: Exchange, entries: Iterable[Entry], about: About, now: datetime) -> Said:
    """Propose entries under a seed of their own; every other authority may confirm them.

    Entries that this authority has proposed or confirmed already are passed over. Raises: ConfigError for a category
    that is none, StateError if nothing is left.
    """
    exchange.require_member(home)
    known = gathered(read(exchange))
    mine = {key for key, entry in known.items() if home.name in entry.confirmed}
    seed = secrets.token_bytes(SEED_BYTES)
    rows: dict[Key, Opened] = {}
    passed = 0
    for entry in entries:
        row = _row(home, entry, about, seed, now)
        key = key_of(row)
        if key in mine or key in rows:
            passed += 1
        else:
            rows[key] = row
    if not rows:
        raise refusals.nothing_proposed()
    held = [rows[key] for key in sorted(rows)]
    one = say(home, exchange, PROPOSE, now, rows=held)
    return Said(one.name, len(held), {"known": passed} if passed else {})


def _row(home: Home, entry: Entry, about: About, seed: bytes, now: datetime) -> Opened:
    kind = kind_of(entry.signal, entry.value)
    assert kind is not None
    category = entry.severity or about.category
    if not is_category(category):
        raise refusals.category_missing()
    return Opened(
        id=entry.id or derived_id(kind, entry.value),
        signal=entry.signal,
        value=entry.value,
        category=category,
        jurisdiction=entry.jurisdiction or about.jurisdiction or home.card.jurisdiction,
        expires=entry.expires or about.expires,
        source=entry.source or about.source or home.name,
        seed=seed,
        authorities=(home.name,),
        date=now.strftime("%Y-%m-%d"),
    )


def confirm(
    home: Home, exchange: Exchange, proposal: str, now: datetime, *, own: Iterable[Entry] | None = None
) -> Said:
    """Confirm a proposal of another authority: all of it, or only what this authority's own list holds.

    ``proposal`` is its name or a beginning of it; empty for all that wait. Raises: StateError.
    """
    exchange.require_member(home)
    found = [one for one in read(exchange) if one.do == PROPOSE and one.name.startswith(proposal)]
    if not found:
        raise refusals.proposal_unknown(proposal)
    waiting = [one for one in found if one.authority != home.name]
    if not waiting:
        raise refusals.own_proposal()
    values = None if own is None else {(entry.signal, entry.value) for entry in own}
    known = gathered(read(exchange))
    said = Said("", 0)
    for one in waiting:
        places = list(_places(home, one, known, values, said))
        if places:
            said.name = say(home, exchange, CONFIRM, now, proposal=one.digest, places=ranges(places)).name
            said.count += len(places)
    if not said.count:
        raise refusals.nothing_confirmed()
    return said


def _places(
    home: Home, one: Statement, known: dict[Key, Judged], values: set[tuple[str, bytes]] | None, said: Said
) -> Iterator[int]:
    for place, row in enumerate(one.rows()):
        entry = known[key_of(row)]
        if values is not None and (row.signal, row.value) not in values:
            said.passed_over["not_own"] = said.passed_over.get("not_own", 0) + 1
        elif home.name in entry.confirmed or home.name in entry.withdrawn:
            said.passed_over["known"] = said.passed_over.get("known", 0) + 1
        else:
            yield place


def withdraw(home: Home, exchange: Exchange, entries: Iterable[str], reason: str, now: datetime) -> Said:
    """Withdraw entries by their ids, or take back one's confirmation.

    An id is the proposer's own, or the number under which subscribers know the entry: the place of its leaf in the log.
    Raises: ConfigError, StateError.
    """
    if reason not in REASONS:
        raise refusals.reason_wrong(", ".join(sorted(REASONS)))
    exchange.require_member(home)
    ids: dict[str, set[Name]] = {}
    for key in gathered(read(exchange)):
        ids.setdefault(key[0], set()).add(key[:3])
    places = {str(one.index): key[:3] for key, one in in_force(exchange).standing.items()}
    wanted: set[Name] = set()
    for entry in entries:
        meant = ids.get(entry, set()) | ({places[entry]} if entry in places else set())
        if not meant:
            raise refusals.entry_unknown(entry)
        if len(meant) > 1:
            raise refusals.entry_ambiguous(entry)
        wanted |= meant
    return _withdraw(home, exchange, wanted, reason, now)


def _withdraw(home: Home, exchange: Exchange, wanted: Iterable[Name], reason: str, now: datetime) -> Said:
    named = [[entry, signal, value.hex()] for entry, signal, value in sorted(wanted)]
    return Said(say(home, exchange, WITHDRAW, now, entries=named, reason=reason).name, len(named))


def revert(home: Home, exchange: Exchange, release: int, now: datetime) -> list[Said]:
    """Say all that leads from the present release to what an earlier one held; each authority says it for itself.

    What was added since is withdrawn, what was withdrawn since is confirmed again. Raises: StateError.
    """
    then = _held_by(exchange, release)
    standing = in_force(exchange).standing
    said = []
    added = {key[:3] for key in standing.keys() - then.keys()}
    if added:
        said.append(_withdraw(home, exchange, added, "revert", now))
    lost = then.keys() - standing.keys()
    for one in [one for one in read(exchange) if one.do == PROPOSE] if lost else ():
        places = [place for place, row in enumerate(one.rows()) if key_of(row) in lost]
        if places:
            told = say(home, exchange, CONFIRM, now, proposal=one.digest, places=ranges(places))
            said.append(Said(told.name, len(places)))
            lost = lost - {key_of(row) for row in one.rows()}
    if not said:
        raise refusals.nothing_new()
    return said


def _held_by(exchange: Exchange, release: int) -> dict[Key, int]:
    """Give the entries that an earlier release held. Raises: StateError if there was none."""
    held: dict[Key, int] = {}
    places: dict[int, Key] = {}
    proposed: dict[bytes, Key] = {}
    for one in read(exchange):
        if one.do == PROPOSE:
            proposed |= {commitment_of(row): key_of(row) for row in one.rows()}
    for index, row in history(exchange):
        if isinstance(row, Opened):
            places[index] = key_of(row)
            held[key_of(row)] = index
            continue
        leaf = decode(row.leaf)
        if isinstance(leaf, Remove):
            if held.get(places[leaf.index]) == leaf.index:
                del held[places[leaf.index]]
        elif isinstance(leaf, Add):
            places[index] = proposed[leaf.commitment]
            held[places[index]] = index
        elif isinstance(leaf, Release) and leaf.number == release:
            return held
    last = exchange.release()
    if last is not None and last.number == release:
        return held
    raise refusals.release_unknown(release)
