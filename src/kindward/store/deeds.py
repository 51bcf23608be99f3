"""The table of the audit log: leaves in a chain, without gaps also when many write, and its signed checkpoints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection, func, insert, select

from kindward.ledger.deeds import FIRST, Deed, link, parse, write
from kindward.ledger.keys import SigningKey
from kindward.ledger.note import Checkpoint, Note, sign_checkpoint
from kindward.ledger.tiles import CHECKPOINT, TileReader, appended, no_log
from kindward.ledger.tree import HASH, Frontier, leaf_hash
from kindward.store.schema_evidence import deed_checkpoints, deeds

WRITE_LOCK = 0x64656564
"""Key of the PostgreSQL advisory lock under which leaves are appended one after the other (the letters ``deed``)."""
AT_ONCE = 1_000
"""Leaves that are read at once."""


def append(connection: Connection, deed: Deed) -> int:
    """Append a leaf in the caller's transaction, so that it stands if and only if what it tells does; give its place.

    Time never goes back in the log: a clock that is behind gets the time of the leaf before.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITE_LOCK})")
    last = connection.execute(select(deeds).order_by(deeds.c.place.desc()).limit(1)).one_or_none()
    place = 0 if last is None else int(last.place) + 1
    before = FIRST if last is None else link(bytes(last.leaf))
    told = replace(deed, before=before, at=max(deed.at, 0 if last is None else int(last.at)))
    connection.execute(insert(deeds).values(place=place, at=told.at, case=told.case, leaf=write(told)))
    return place


def leaves(connection: Connection, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """Give the leaves from a place on, in their order."""
    place = start
    while end is None or place < end:
        asked = select(deeds.c.leaf).where(deeds.c.place >= place).order_by(deeds.c.place)
        most = AT_ONCE if end is None else min(AT_ONCE, end - place)
        rows = connection.execute(asked.limit(most)).scalars().all()
        if not rows:
            return
        yield from map(bytes, rows)
        place += len(rows)


def of_case(connection: Connection, case: str) -> list[Deed]:
    """List what was done with one case."""
    asked = select(deeds.c.leaf).where(deeds.c.case == case).order_by(deeds.c.place)
    return [parse(bytes(leaf)) for leaf in connection.execute(asked).scalars()]


def size(connection: Connection) -> int:
    """Count the leaves."""
    return int(connection.execute(select(func.count()).select_from(deeds)).scalar_one())


def last_signed(connection: Connection) -> tuple[int, int]:
    """Give when the log was signed last, and how long it was then; zeros if never."""
    asked = select(deed_checkpoints.c.at, deed_checkpoints.c.size).order_by(deed_checkpoints.c.size.desc()).limit(1)
    row = connection.execute(asked).one_or_none()
    return (0, 0) if row is None else (int(row[0]), int(row[1]))


def checkpoint(connection: Connection, key: SigningKey, now: int) -> Note:
    """Sign the present length and root of the log; the same one again if nothing was added."""
    last = connection.execute(select(deed_checkpoints).order_by(deed_checkpoints.c.size.desc()).limit(1)).one_or_none()
    tree = Frontier() if last is None else _edge(int(last.size), bytes(last.edge))
    tree.extend(map(leaf_hash, leaves(connection, tree.size)))
    if last is not None and tree.size == last.size:
        return Note.parse(last.note)
    note = sign_checkpoint(Checkpoint(key.verifier.name, tree.size, tree.root()), key)
    edge = b"".join(tree.nodes)
    connection.execute(insert(deed_checkpoints).values(size=tree.size, at=now, note=note.write(), edge=edge))
    return note


def export(connection: Connection, folder: Path) -> int:
    """Write the log as files up to its last checkpoint, for whoever examines it; give the number of leaves.

    Only what is new is written: full tiles never change.
    """
    last = connection.execute(select(deed_checkpoints).order_by(deed_checkpoints.c.size.desc()).limit(1)).one_or_none()
    if last is None:
        return 0
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    known = folder / CHECKPOINT
    held = Checkpoint.parse(Note.parse(known.read_bytes()).text).size if known.exists() else 0
    reader = TileReader((lambda path: (folder / path).read_bytes()) if held else no_log, held)
    for path, data in list(appended(reader, leaves(connection, held, int(last.size)))):
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    known.write_text(last.note, encoding="utf-8")
    return int(last.size)


def _edge(width: int, nodes: bytes) -> Frontier:
    return Frontier(width, [nodes[at : at + HASH] for at in range(0, len(nodes), HASH)])
