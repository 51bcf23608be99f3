"""What all statements together say of each entry: who confirms it, who wants it withdrawn.

An authority's last word about an entry counts. The same statements always give the same result, in any process.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from kindward.authority.exchange import Exchange
from kindward.authority.statements import CONFIRM, PROPOSE, WITHDRAW, Statement
from kindward.banks.signed.rows import Closed, Opened
from kindward.ledger import leaves
from kindward.ledger.charter import Charter

Key = tuple[str, str, bytes]
"""An entry: its id, signal and value."""


@dataclass(slots=True)
class Entry:
    """One entry, how it was first proposed, and everybody's last word.

    ``confirmed`` and ``withdrawn`` are authorities; of a withdrawal the reason is kept. ``day`` is that of the newest
    word about it.
    """

    row: Opened
    confirmed: set[str] = field(default_factory=set)
    withdrawn: dict[str, str] = field(default_factory=dict)
    day: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """An entry that is in force: the place of its leaf, and who confirmed it there."""

    index: int
    authorities: tuple[str, ...]


def key_of(row: Opened) -> Key:
    """Give the key of a row."""
    return row.id, row.signal, row.value


def gathered(statements: Iterable[Statement]) -> dict[Key, Entry]:
    """Go through all statements in order. Raises: TrustError if rows are not those that were signed."""
    entries: dict[Key, Entry] = {}
    proposed: dict[str, list[Key]] = {}
    ids: dict[str, list[Key]] = {}
    for one in statements:
        if one.do == PROPOSE:
            keys = proposed[one.digest] = []
            for row in one.rows():
                key = key_of(row)
                if key not in entries:
                    entries[key] = Entry(row)
                    ids.setdefault(row.id, []).append(key)
                keys.append(key)
                _confirm(entries[key], one)
        elif one.do == CONFIRM:
            keys = proposed.get(one.body["proposal"], [])
            for first, last in one.body["places"]:
                for key in keys[first : last + 1]:
                    _confirm(entries[key], one)
        elif one.do == WITHDRAW:
            for key in (key for entry_id in one.body["entries"] for key in ids.get(entry_id, ())):
                _withdraw(entries[key], one)
    return entries


def _withdraw(entry: Entry, one: Statement) -> None:
    entry.confirmed.discard(one.authority)
    entry.withdrawn[one.authority] = one.body["reason"]
    entry.day = one.at[:10]


def _confirm(entry: Entry, one: Statement) -> None:
    entry.withdrawn.pop(one.authority, None)
    if one.authority not in entry.confirmed:
        entry.confirmed.add(one.authority)
        entry.day = one.at[:10]


def in_force(exchange: Exchange) -> tuple[dict[Key, Standing], dict[Key, Opened]]:
    """Give the entries that the published release holds, with the places of their leaves, and their rows."""
    standing: dict[Key, Standing] = {}
    rows: dict[Key, Opened] = {}
    places: dict[int, Key] = {}
    for index, row in history(exchange):
        if isinstance(row, Opened):
            key = key_of(row)
            standing[key], places[index], rows[key] = Standing(index, row.authorities), key, row
        elif b'"t":"remove"' in row.leaf:
            leaf = leaves.decode(row.leaf)
            assert isinstance(leaf, leaves.Remove)
            gone = places.pop(leaf.index, None)
            if gone is not None:
                del standing[gone], rows[gone]
    return standing, rows


def history(exchange: Exchange) -> Iterator[tuple[int, Opened | Closed]]:
    """Give all rows of the published history with their places."""
    for first, chunk in exchange.chunks():
        yield from enumerate(chunk.rows(), first)


@dataclass(frozen=True, slots=True)
class Difference:
    """What the next release changes: rows to add, and (place, deciders, reason, day) to remove, in order of leaves."""

    adds: list[Opened]
    removes: list[tuple[int, tuple[str, ...], str, str]]
    gone: frozenset[Key]


def difference(charter: Charter, entries: dict[Key, Entry], standing: dict[Key, Standing]) -> Difference:
    """Compare what is agreed on with what is in force."""
    adds: list[Opened] = []
    removes: list[tuple[int, tuple[str, ...], str, str]] = []
    gone: list[Key] = []
    for key, entry in entries.items():
        now = standing.get(key)
        if now is None:
            if charter.agree(entry.confirmed) and not charter.agree(entry.withdrawn):
                names = tuple(sorted(name for name in entry.confirmed if name in charter.authorities))
                adds.append(entry.row._replace(authorities=names, date=entry.day))
        elif entry.withdrawn:
            deciders = tuple(sorted(name for name in entry.withdrawn if name in charter.authorities))
            left = set(now.authorities) - set(deciders)
            if deciders and (not charter.agree(left) or charter.agree(deciders)):
                removes.append((now.index, deciders, entry.withdrawn[deciders[0]], entry.day))
                gone.append(key)
    return Difference(sorted(adds, key=key_of), sorted(removes), frozenset(gone))


def ranges(places: Iterable[int]) -> list[list[int]]:
    """Write places as ranges of first and last."""
    found: list[list[int]] = []
    for place in places:
        if found and found[-1][1] + 1 == place:
            found[-1][1] = place
        else:
            found.append([place, place])
    return found
