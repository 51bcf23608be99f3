"""Cases: what happened to each of them, where each stands, and who is not given it."""

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Text,
)

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of cases."""
    op.create_table(
        "cases",
        Column("id", String(12), nullable=False),
        Column("kind", String(16), nullable=False),
        Column("state", String(16), nullable=False),
        Column("lane", SmallInteger, nullable=True),
        Column("opened_at", BigInteger, nullable=False),
        Column("deadline", BigInteger, nullable=False),
        Column("number", Integer, nullable=False),
        Column("severe", Boolean, nullable=False),
        Column("escalated", Boolean, nullable=False),
        Column("leased_by", String(32), nullable=False),
        Column("lease_until", BigInteger, nullable=False),
        Column("effective_at", BigInteger, nullable=True),
        Column("bank", Text, nullable=False),
        Column("entry", Text, nullable=False),
        Column("distance", SmallInteger, nullable=False),
        Column("fixed", Boolean, nullable=False),
        Column("digest", String(64), nullable=False),
        Column("account", String(64), nullable=False),
        Column("erased", Boolean, nullable=False),
        PrimaryKeyConstraint("id", name="pk_cases"),
    )
    for columns in (
        ["lane", "deadline", "id"],
        ["effective_at"],
        ["digest"],
        ["account"],
        ["bank", "entry"],
        ["opened_at"],
        ["state", "deadline"],
        ["leased_by"],
    ):
        op.create_index(f"ix_cases_{'_'.join(columns)}", "cases", columns)
    op.create_table(
        "case_events",
        Column("case", String(12), nullable=False),
        Column("number", Integer, nullable=False),
        Column("kind", String(16), nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("by", String(32), nullable=False),
        Column("facts", Text, nullable=False),
        PrimaryKeyConstraint("case", "number", name="pk_case_events"),
        ForeignKeyConstraint(["case"], ["cases.id"], name="fk_case_events_case"),
    )
    op.create_index("ix_case_events_at", "case_events", ["at"])
    op.create_index("ix_case_events_by_at", "case_events", ["by", "at"])
    op.create_table(
        "case_barred",
        Column("case", String(12), nullable=False),
        Column("person", String(32), nullable=False),
        PrimaryKeyConstraint("case", "person", name="pk_case_barred"),
        ForeignKeyConstraint(["case"], ["cases.id"], name="fk_case_barred_case"),
    )
