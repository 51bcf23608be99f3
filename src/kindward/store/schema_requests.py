"""The table of receipts: under which number somebody who told something finds the answer."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, LargeBinary, String, Table

from kindward.store.schema import metadata

receipts = Table(
    "receipts",
    metadata,
    Column("number", LargeBinary(32), primary_key=True),
    Column("case", String(12), nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("ix_receipts_at", "at"),
)
"""``number`` is a digest, so that whoever reads the table cannot ask in somebody's name."""
