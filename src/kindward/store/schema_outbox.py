"""The tables of the outbox: reports on their way, and how far each came."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text

from kindward.store.schema import metadata

outbox = Table(
    "outbox",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("case", String(12), nullable=False),
    Column("authority", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("item", String(16), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_at", BigInteger, nullable=False),
    Column("leased_by", String(32), nullable=False),
    Column("lease_until", BigInteger, nullable=False),
    Column("problem", String(64), nullable=False),
    Column("reference", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("ix_outbox_case", "case"),
    Index("ix_outbox_state_next_at", "state", "next_at"),
)
outbox_steps = Table(
    "outbox_steps",
    metadata,
    Column("report", String(16), ForeignKey("outbox.id"), primary_key=True),
    Column("step", String(32), primary_key=True),
    Column("value", Text, nullable=False),
)
