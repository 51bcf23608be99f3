"""The tables as they stand after the newest migration.

Times are whole seconds since 1970 in UTC, because SQLite has no type for a time with its zone and both databases
then compare them alike.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, LargeBinary, MetaData, String, Table, Text

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
"""Fixed names for constraints, so that a later migration can drop them on either database."""

NEWEST = "0007"
"""The newest migration; a test holds it against the files."""
metadata = MetaData(naming_convention=NAMES)

version = Table("alembic_version", MetaData(), Column("version_num", String(32), nullable=False))
"""Where the migrations note how far they came; their own table, so it is not part of ``metadata``."""
tokens = Table(
    "tokens",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("label", String(64), nullable=False),
    Column("secret_sha256", LargeBinary(32), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=True),
    Column("revoked_at", BigInteger, nullable=True),
    CheckConstraint("role IN ('checker', 'operator')", name="role"),
)
tallies = Table(
    "tallies",
    metadata,
    Column("account", LargeBinary(32), primary_key=True),
    Column("bank", Text, primary_key=True),
    Column("entry", Text, primary_key=True),
    Column("hit", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Index("ix_tallies_expires_at", "expires_at"),
)
reaches = Table(
    "reaches",
    metadata,
    Column("bank", Text, primary_key=True),
    Column("entry", Text, primary_key=True),
    Column("account", LargeBinary(32), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Index("ix_reaches_at", "at"),
)
