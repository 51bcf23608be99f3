"""The tables of evidence: wrapped keys of cases, and sealed items. Nothing here can be read without the master key."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection, delete, insert, select, update

from kindward.store.schema_evidence import evidence_items, evidence_keys


@dataclass(frozen=True, slots=True)
class Item:
    """One sealed item; ``held`` are its bytes, None if they lie in a file."""

    id: str
    case: str
    kind: str
    sealed_at: int
    size: int
    wrapped: bytes = field(repr=False)
    held: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class CaseKey:
    """The wrapped key of a case, and until when it must be kept."""

    case: str
    wrapped: bytes = field(repr=False)
    keep_until: int
    order: str


def key_of(connection: Connection, case: str) -> CaseKey | None:
    """Give the wrapped key of a case; None if there is none, or it was destroyed."""
    row = connection.execute(select(evidence_keys).where(evidence_keys.c.case == case)).one_or_none()
    return None if row is None else CaseKey(row.case, bytes(row.wrapped), row.keep_until, row.order)


def add_key(connection: Connection, case: str, wrapped: bytes, now: int) -> None:
    """Keep the wrapped key of a case."""
    connection.execute(insert(evidence_keys).values(case=case, wrapped=wrapped, made_at=now, keep_until=0, order=""))


def retain(connection: Connection, case: str, until: int, order: str) -> None:
    """Note that the key must be kept until a moment."""
    connection.execute(update(evidence_keys).where(evidence_keys.c.case == case).values(keep_until=until, order=order))


def add(connection: Connection, item: Item) -> None:
    """Keep a sealed item."""
    values = {name: getattr(item, name) for name in ("id", "case", "kind", "sealed_at", "size", "wrapped", "held")}
    connection.execute(insert(evidence_items).values(**values, in_file=item.held is None))


def item(connection: Connection, item_id: str) -> Item | None:
    """Give a sealed item."""
    row = connection.execute(select(evidence_items).where(evidence_items.c.id == item_id)).one_or_none()
    if row is None:
        return None
    held = None if row.in_file else bytes(row.held)
    return Item(row.id, row.case, row.kind, row.sealed_at, row.size, bytes(row.wrapped), held)


def items_of(connection: Connection, case: str) -> list[Item]:
    """List the items of a case, without their bytes."""
    columns = [column for column in evidence_items.c if column.name != "held"]
    asked = select(*columns).where(evidence_items.c.case == case)
    rows = connection.execute(asked.order_by(evidence_items.c.sealed_at, evidence_items.c.id)).all()
    return [Item(row.id, row.case, row.kind, row.sealed_at, row.size, bytes(row.wrapped)) for row in rows]


def destroy_key(connection: Connection, case: str) -> bool:
    """Overwrite and delete the wrapped key of a case; say whether there was one."""
    table = evidence_keys
    connection.execute(update(table).where(table.c.case == case).values(wrapped=b"\0" * 60))
    return bool(connection.execute(delete(table).where(table.c.case == case)).rowcount)


def forget_items(connection: Connection, case: str) -> None:
    """Delete the rows of a case's items; without their key nobody can read them anyway."""
    connection.execute(delete(evidence_items).where(evidence_items.c.case == case))


def forget_item(connection: Connection, item_id: str) -> None:
    """Delete the row of one item."""
    connection.execute(delete(evidence_items).where(evidence_items.c.id == item_id))


def without_key(connection: Connection) -> list[str]:
    """List cases whose key is gone and whose items are not, because a destruction was cut off."""
    asked = select(evidence_items.c.case).where(evidence_items.c.case.not_in(select(evidence_keys.c.case))).distinct()
    return list(connection.execute(asked).scalars())
