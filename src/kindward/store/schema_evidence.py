"""The tables of evidence and of the audit log."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, LargeBinary, String, Table, Text

from kindward.store.schema import metadata

evidence_keys = Table(
    "evidence_keys",
    metadata,
    Column("case", String(12), primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("keep_until", BigInteger, nullable=False),
    Column("order", Text, nullable=False),
    Index("ix_evidence_keys_keep_until", "keep_until"),
)
evidence_items = Table(
    "evidence_items",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("case", String(12), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("sealed_at", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("held", LargeBinary, nullable=True),
    Column("in_file", Boolean, nullable=False),
    Index("ix_evidence_items_case", "case"),
)
deeds = Table(
    "deeds",
    metadata,
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("case", String(12), nullable=False),
    Column("leaf", LargeBinary, nullable=False),
    Index("ix_deeds_case", "case"),
)
deed_checkpoints = Table(
    "deed_checkpoints",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    Column("edge", LargeBinary, nullable=False),
    Column("stamp", LargeBinary, nullable=True),
)
