"""Reports that wait to be sent, and when alarms were tightened."""

from alembic import op
from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Text,
)

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of the outbox and of tightenings."""
    op.create_table(
        "outbox",
        Column("id", String(16), nullable=False),
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
        PrimaryKeyConstraint("id", name="pk_outbox"),
    )
    op.create_index("ix_outbox_case", "outbox", ["case"])
    op.create_index("ix_outbox_state_next_at", "outbox", ["state", "next_at"])
    op.create_table(
        "outbox_steps",
        Column("report", String(16), nullable=False),
        Column("step", String(32), nullable=False),
        Column("value", Text, nullable=False),
        PrimaryKeyConstraint("report", "step", name="pk_outbox_steps"),
        ForeignKeyConstraint(["report"], ["outbox.id"], name="fk_outbox_steps_report"),
    )
    op.create_table(
        "tightenings",
        Column("since", BigInteger, nullable=False, autoincrement=False),
        Column("until", BigInteger, nullable=False),
        Column("distance", SmallInteger, nullable=False),
        Column("alarms", Integer, nullable=False),
        Column("capacity", Integer, nullable=False),
        Column("left_out", Integer, nullable=False),
        PrimaryKeyConstraint("since", name="pk_tightenings"),
    )
