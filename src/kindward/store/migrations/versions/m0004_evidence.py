"""Evidence under keys that can be destroyed, and the audit log of what was done with cases."""

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, LargeBinary, PrimaryKeyConstraint, String, Text

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of evidence and of the audit log."""
    op.create_table(
        "evidence_keys",
        Column("case", String(12), nullable=False),
        Column("wrapped", LargeBinary, nullable=False),
        Column("made_at", BigInteger, nullable=False),
        Column("keep_until", BigInteger, nullable=False),
        Column("order", Text, nullable=False),
        PrimaryKeyConstraint("case", name="pk_evidence_keys"),
    )
    op.create_index("ix_evidence_keys_keep_until", "evidence_keys", ["keep_until"])
    op.create_table(
        "evidence_items",
        Column("id", String(16), nullable=False),
        Column("case", String(12), nullable=False),
        Column("kind", String(16), nullable=False),
        Column("sealed_at", BigInteger, nullable=False),
        Column("size", BigInteger, nullable=False),
        Column("wrapped", LargeBinary, nullable=False),
        Column("held", LargeBinary, nullable=True),
        Column("in_file", Boolean, nullable=False),
        PrimaryKeyConstraint("id", name="pk_evidence_items"),
    )
    op.create_index("ix_evidence_items_case", "evidence_items", ["case"])
    op.create_table(
        "deeds",
        Column("place", BigInteger, nullable=False, autoincrement=False),
        Column("at", BigInteger, nullable=False),
        Column("case", String(12), nullable=False),
        Column("leaf", LargeBinary, nullable=False),
        PrimaryKeyConstraint("place", name="pk_deeds"),
    )
    op.create_index("ix_deeds_case", "deeds", ["case"])
    op.create_table(
        "deed_checkpoints",
        Column("size", BigInteger, nullable=False, autoincrement=False),
        Column("at", BigInteger, nullable=False),
        Column("note", Text, nullable=False),
        Column("edge", LargeBinary, nullable=False),
        Column("stamp", LargeBinary, nullable=True),
        PrimaryKeyConstraint("size", name="pk_deed_checkpoints"),
    )
