"""Receipts of those who told something: a number that only they know leads to the case."""

from __future__ import annotations

import hashlib
import secrets

from sqlalchemy import Connection, delete, insert, select

from kindward.store.schema_requests import receipts

GROUPS, DIGITS = 5, 4
"""A number is so many groups of so many letters and digits: 95 bits."""
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without letters and digits that are mistaken for each other when read aloud or written down."""


def new_receipt(connection: Connection, case: str, now: int) -> str:
    """Make a number that leads to a case, and keep its digest."""
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(DIGITS)) for _ in range(GROUPS))
    number = "-".join(groups)
    connection.execute(insert(receipts).values(number=_digest(number), case=case, at=now))
    return number


def case_of(connection: Connection, number: str) -> str | None:
    """Give the case to which a number leads, however it was typed; None if to none."""
    asked = select(receipts.c.case).where(receipts.c.number == _digest(number))
    return connection.execute(asked).scalar_one_or_none()


def forget_receipts(connection: Connection, before: int) -> int:
    """Delete the numbers that are older than a moment."""
    return connection.execute(delete(receipts).where(receipts.c.at < before)).rowcount


def _digest(number: str) -> bytes:
    plain = "".join(sign for sign in number.upper() if sign in ALPHABET)
    return hashlib.sha256(b"kindward/receipt/1\n" + plain.encode()).digest()
