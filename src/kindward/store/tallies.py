"""Which entries an account matched in this epoch, and how many accounts an entry matched in this window.

Accounts come in as keyed digests that only the service can make and that differ from epoch to epoch and from entry to
entry, so that rows of one account cannot be joined across them. A row is made only by a match; there is none for
accounts without one. Everything has an end after which it is deleted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, select, update

from kindward.store import schema

if TYPE_CHECKING:
    from kindward.store.database import Store

EntryName = tuple[str, str]
"""Bank and entry."""
MOST = 200
"""Entries that are remembered of one account in one epoch; more would say nothing more."""
WRITE_LOCK = 0x74616C6C
"""Key of the PostgreSQL advisory lock under which matches are noted one after the other (the letters ``tall``)."""


@dataclass(frozen=True, slots=True)
class Tallied:
    """One content of the account that matched, as far as it is remembered."""

    at: int
    entries: frozenset[EntryName]


@dataclass(frozen=True, slots=True)
class Noted:
    """What one content that matched adds; ``account`` is a digest of 32 bytes, ``expires_at`` the end of its epoch.

    ``reached`` gives for each entry the digest of the account under that entry.
    """

    account: bytes = field(repr=False)
    expires_at: int
    entries: Collection[EntryName] = ()
    reached: Mapping[EntryName, bytes] = field(default_factory=dict, repr=False)


class Tallies:
    """The tables of tallies and reaches. Times are whole seconds since 1970."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def note(self, noted: Noted, *, now: int, window: int) -> tuple[list[Tallied], dict[EntryName, int]]:
        """Note one content that matched; give all of the account in this epoch, and the accounts of each entry.

        Accounts are counted whose last match was less than ``window`` seconds ago. All happens at once: of two
        requests at the same time the later one sees what the earlier one noted. Raises: RemoteError if the database
        does not answer.
        """
        with self._store.write() as connection:
            _one_at_a_time(connection)
            held = _tally(connection, noted, now) if noted.entries else []
            reached = {name: _reach(connection, name, account, now, window) for name, account in noted.reached.items()}
        return held, reached

    def forget(self, *, now: int, window: int) -> int:
        """Delete what is past its time; give how many rows that were."""
        tallies, reaches = schema.tallies, schema.reaches
        with self._store.write() as connection:
            gone = connection.execute(delete(tallies).where(tallies.c.expires_at <= now)).rowcount
            return gone + connection.execute(delete(reaches).where(reaches.c.at <= now - window)).rowcount

    def forget_reach(self, name: EntryName) -> None:
        """Delete what is remembered of accounts that an entry matched, because it was frozen."""
        with self._store.write() as connection:
            connection.execute(delete(schema.reaches).where(_named(schema.reaches.c, name)))


def _one_at_a_time(connection: Connection) -> None:
    # SQLite has taken its only write lock already; matches are rare enough to stand in one line.
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITE_LOCK})")


def _tally(connection: Connection, noted: Noted, now: int) -> list[Tallied]:
    table = schema.tallies
    mine = and_(table.c.account == noted.account, table.c.expires_at > now)
    held = {(row.bank, row.entry): row for row in connection.execute(select(table).where(mine)).all()}
    fresh = [name for name in dict.fromkeys(noted.entries) if name not in held][: MOST - len(held)]
    # An entry that comes with one already known is of the same picture, so it joins that one.
    known = min((held[name] for name in noted.entries if name in held), key=lambda row: row.hit, default=None)
    hit = known.hit if known else 1 + max((row.hit for row in held.values()), default=0)
    at = known.at if known else now
    if fresh:
        rows = [
            {
                "account": noted.account,
                "bank": bank,
                "entry": entry,
                "hit": hit,
                "at": at,
                "expires_at": noted.expires_at,
            }
            for bank, entry in fresh
        ]
        connection.execute(delete(table).where(table.c.account == noted.account, table.c.expires_at <= now))
        connection.execute(insert(table), rows)
    return _tallied(connection.execute(select(table).where(mine)).all())


def _tallied(rows: Collection[Row[tuple[object, ...]]]) -> list[Tallied]:
    entries: dict[int, set[EntryName]] = defaultdict(set)
    times: dict[int, int] = {}
    for row in rows:
        entries[row.hit].add((row.bank, row.entry))
        times[row.hit] = row.at
    return [Tallied(times[hit], frozenset(entries[hit])) for hit in sorted(entries)]


def _reach(connection: Connection, name: EntryName, account: bytes, now: int, window: int) -> int:
    table = schema.reaches
    bank, entry = name
    here = _named(table.c, name)
    seen = connection.execute(update(table).where(here, table.c.account == account).values(at=now))
    if not seen.rowcount:
        connection.execute(insert(table).values(bank=bank, entry=entry, account=account, at=now))
    counted = select(func.count()).select_from(table).where(here, table.c.at > now - window)
    return int(connection.execute(counted).scalar_one())


def _named(columns: object, name: EntryName) -> ColumnElement[bool]:
    bank, entry = name
    return and_(columns.bank == bank, columns.entry == entry)  # type: ignore[attr-defined] # columns are attributes by name
