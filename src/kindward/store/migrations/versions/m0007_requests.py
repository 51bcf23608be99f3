"""Receipts of those who told something."""

from alembic import op
from sqlalchemy import BigInteger, Column, LargeBinary, PrimaryKeyConstraint, String

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of receipts."""
    op.create_table(
        "receipts",
        Column("number", LargeBinary(32), nullable=False),
        Column("case", String(12), nullable=False),
        Column("at", BigInteger, nullable=False),
        PrimaryKeyConstraint("number", name="pk_receipts"),
    )
    op.create_index("ix_receipts_at", "receipts", ["at"])
