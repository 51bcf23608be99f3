"""What all statements together say of each entry: who confirms it, who wants it withdrawn.

An authority's last word about an entry counts. The same statements always give the same result, in any process.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

import numpy as np

from kindward.authority.exchange import Exchange
from kindward.authority.statements import CONFIRM, PROPOSE, WITHDRAW, Statement
from kindward.banks.kinds import PDQ
from kindward.banks.signed.rows import Closed, Opened
from kindward.ledger import leaves
from kindward.ledger.charter import Charter

Key = tuple[str, str, bytes, str, str, str]
"""An entry: its id, signal and value, and what is confirmed of it: category, jurisdiction, last day."""
Name = tuple[str, str, bytes]
"""What a withdrawal names, whatever was said of it: id, signal and value."""
_NOBODY: Mapping[str, str] = MappingProxyType({})


@dataclass(slots=True)
class Entry:
    """One entry, how it was first proposed, and everybody's last word.

    ``confirmed`` and ``withdrawn`` are authorities; of a withdrawal the reason is kept. ``day`` is that of the newest
    word about it. Sets are shared among entries, because a list has millions of entries and few different sets.
    """

    row: Opened
    confirmed: frozenset[str] = frozenset()
    withdrawn: Mapping[str, str] = field(default_factory=lambda: _NOBODY)
    day: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """An entry that is in force: the place of its leaf, and who confirmed it there."""

    index: int
    authorities: tuple[str, ...]


def key_of(row: Opened) -> Key:
    """Give the key of a row."""
    return row.id, row.signal, row.value, row.category, row.jurisdiction, row.expires


def gathered(statements: Sequence[Statement], taken: Collection[str] = ()) -> dict[Key, Entry]:
    """Go through all statements in order, and tell of the entries that those not in ``taken`` (digests) speak of.

    Raises: TrustError if rows are not those that were signed.
    """
    wanted = _spoken_of(statements, taken) if taken else None
    entries: dict[Key, Entry] = {}
    proposed: dict[str, dict[int, Key]] = {}
    named: dict[Name, list[Key]] = {}
    for one in statements:
        if one.do == PROPOSE:
            places = proposed[one.digest] = {}
            for place, row in enumerate(one.rows()):
                key = key_of(row)
                if wanted is not None and key not in wanted:
                    continue
                if key not in entries:
                    entries[key] = Entry(row)
                    named.setdefault(key[:3], []).append(key)
                places[place] = key
    # What one authority says does not change what another said, so only the order of each one's own words counts.
    for one in statements:
        if one.do == WITHDRAW:
            for key in (key for name in _withdrawn(one) for key in named.get(name, ())):
                _withdraw(entries[key], one)
        else:
            told = proposed[one.digest].values() if one.do == PROPOSE else _confirmed(proposed, one)
            for key in told:
                _confirm(entries[key], one)
    return entries


def _confirmed(proposed: Mapping[str, Mapping[int, Key]], one: Statement) -> Iterator[Key]:
    return _chosen(proposed.get(one.body["proposal"], {}), one.body["places"])


def _withdrawn(one: Statement) -> Iterator[Name]:
    return ((entry, signal, bytes.fromhex(value)) for entry, signal, value in one.body["entries"])


def _spoken_of(statements: Sequence[Statement], taken: Collection[str]) -> set[Key]:
    """Find the entries that the statements which are not yet taken speak of; all others are as they were."""
    fresh = [one for one in statements if one.digest not in taken]
    withdrawn = {name for one in fresh if one.do == WITHDRAW for name in _withdrawn(one)}
    confirmed: dict[str, list[list[int]]] = {}
    for one in fresh:
        if one.do == CONFIRM:
            confirmed.setdefault(one.body["proposal"], []).extend(one.body["places"])
    keys: set[Key] = set()
    for one in statements:
        if one.do != PROPOSE:
            continue
        places = confirmed.get(one.digest, [])
        if one.digest not in taken:
            keys.update(map(key_of, one.rows()))
        elif places or withdrawn:
            for place, row in enumerate(one.rows()):
                if row[:3] in withdrawn or any(first <= place <= last for first, last in places):
                    keys.add(key_of(row))
    return keys


def _chosen(held: Mapping[int, Key], places: Iterable[tuple[int, int]]) -> Iterator[Key]:
    """Give what is held at ranges of places, whichever is shorter to go through."""
    for first, last in places:
        if last - first < len(held):
            yield from (held[place] for place in range(first, last + 1) if place in held)
        else:
            yield from (key for place, key in held.items() if first <= place <= last)


def _withdraw(entry: Entry, one: Statement) -> None:
    entry.confirmed = _without(entry.confirmed, one.authority)
    entry.withdrawn = {**entry.withdrawn, one.authority: one.body["reason"]}
    entry.day = max(entry.day, one.day)


def _confirm(entry: Entry, one: Statement) -> None:
    if one.authority in entry.withdrawn:
        entry.withdrawn = {name: reason for name, reason in entry.withdrawn.items() if name != one.authority}
    if one.authority not in entry.confirmed:
        entry.confirmed = _with(entry.confirmed, one.authority)
        entry.day = max(entry.day, one.day)


@lru_cache(1024)
def _with(names: frozenset[str], name: str) -> frozenset[str]:
    return names | {name}


@lru_cache(1024)
def _without(names: frozenset[str], name: str) -> frozenset[str]:
    return names - {name}


@dataclass(frozen=True, slots=True)
class InForce:
    """The entries that the published release holds: those that were asked for, and the PDQ values of all.

    ``values`` are as many as ``places``, the places of their leaves; those of ``gone`` were withdrawn since.
    """

    standing: dict[Key, Standing]
    rows: dict[Key, Opened]
    values: bytearray
    places: array[int]
    gone: frozenset[int]

    def pdq(self, removed: Iterable[int], added: Iterable[Opened]) -> bytes:
        """Give the PDQ values that are in force after a release, one after the other."""
        held = np.frombuffer(bytes(self.values), np.uint8).reshape(-1, PDQ.width)
        away = np.array(sorted({*self.gone, *removed}), np.uint64)
        kept = held[~np.isin(np.array(self.places, np.uint64), away)]
        return kept.tobytes() + b"".join(row.value for row in added if row.signal == PDQ.signal)


def in_force(exchange: Exchange, wanted: Collection[Key] | None = None) -> InForce:
    """Go through the published history; with ``wanted``, tell only of those entries."""
    standing: dict[Key, Standing] = {}
    rows: dict[Key, Opened] = {}
    held: dict[int, Key] = {}
    values, places, gone = bytearray(), array("Q"), set()
    for index, row in history(exchange):
        if isinstance(row, Opened):
            if row.signal == PDQ.signal:
                values += row.value
                places.append(index)
            key = key_of(row)
            if wanted is None or key in wanted:
                standing[key], held[index], rows[key] = Standing(index, row.authorities), key, row
        elif (removed := removed_place(row)) is not None:
            gone.add(removed)
            lost = held.pop(removed, None)
            if lost is not None and standing[lost].index == removed:
                del standing[lost], rows[lost]
    return InForce(standing, rows, values, places, frozenset(gone))


def removed_place(row: Closed) -> int | None:
    """Give the place of the leaf that a leaf withdraws; None if it is another leaf."""
    if b'"t":"remove"' not in row.leaf:
        return None
    leaf = leaves.decode(row.leaf)
    return leaf.index if isinstance(leaf, leaves.Remove) else None


def history(exchange: Exchange) -> Iterator[tuple[int, Opened | Closed]]:
    """Give all rows of the published history with their places."""
    for first, chunk in exchange.chunks():
        yield from enumerate(chunk.rows(), first)


@dataclass(frozen=True, slots=True)
class Difference:
    """What the next release changes: rows to add, and (place, deciders, reason, day) to remove, in order of leaves."""

    adds: list[Opened]
    removes: list[tuple[int, tuple[str, ...], str, str]]


def difference(charter: Charter, entries: dict[Key, Entry], standing: dict[Key, Standing]) -> Difference:
    """Compare what is agreed on with what is in force."""
    adds: list[Opened] = []
    removes: list[tuple[int, tuple[str, ...], str, str]] = []
    agree = lru_cache(1024)(charter.agree)
    members = lru_cache(1024)(lambda names: tuple(sorted(name for name in names if name in charter.authorities)))
    for key, entry in entries.items():
        now = standing.get(key)
        if now is None:
            if agree(entry.confirmed) and not charter.agree(entry.withdrawn):
                adds.append(entry.row._replace(authorities=members(entry.confirmed), date=entry.day))
        elif entry.withdrawn:
            deciders = members(frozenset(entry.withdrawn))
            left = frozenset(now.authorities) - set(deciders)
            if deciders and (not agree(left) or agree(deciders)):
                removes.append((now.index, deciders, entry.withdrawn[deciders[0]], entry.day))
                if agree(entry.confirmed) and not agree(deciders):
                    # Others have confirmed it since its leaf was written, so it goes on under their names.
                    adds.append(entry.row._replace(authorities=members(entry.confirmed), date=entry.day))
    # Entries of one kind stand together, which keeps the files small.
    adds.sort(key=lambda row: (row.signal, *row[3:], row.id, row.value))
    return Difference(adds, sorted(removes))


def ranges(places: Iterable[int]) -> list[list[int]]:
    """Write places as ranges of first and last."""
    found: list[list[int]] = []
    for place in places:
        if found and found[-1][1] + 1 == place:
            found[-1][1] = place
        else:
            found.append([place, place])
    return found
