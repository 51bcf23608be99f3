"""The tables of people who work in the console, and of their logins."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from kindward.store.schema import metadata

people = Table(
    "people",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("login", String(64), nullable=False, unique=True),
    Column("roles", Text, nullable=False),
    Column("language", String(8), nullable=False),
    Column("password", Text, nullable=False),
    Column("factor", LargeBinary, nullable=True),
    Column("factor_step", BigInteger, nullable=False),
    Column("ground", Text, nullable=False),
    Column("ground_until", BigInteger, nullable=False),
    Column("trained_at", BigInteger, nullable=False),
    Column("vetted_at", BigInteger, nullable=False),
    Column("locked", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
sessions = Table(
    "sessions",
    metadata,
    Column("token", LargeBinary(32), primary_key=True),
    Column("person", String(32), ForeignKey("people.id"), nullable=False),
    Column("proof", String(43), nullable=False),
    Column("whole", Boolean, nullable=False),
    Column("began_at", BigInteger, nullable=False),
    Column("used_at", BigInteger, nullable=False),
    Index("ix_sessions_person", "person"),
    Index("ix_sessions_used_at", "used_at"),
)
login_tries = Table(
    "login_tries",
    metadata,
    Column("key", LargeBinary(32), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("until", BigInteger, nullable=False),
)
