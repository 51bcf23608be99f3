"""What is remembered of matches of an account within an epoch, and of accounts of an entry within a day."""

from alembic import op
from sqlalchemy import BigInteger, Column, LargeBinary, PrimaryKeyConstraint, Text

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of tallies and reaches; accounts stand in them only as keyed digests."""
    op.create_table(
        "tallies",
        Column("account", LargeBinary(32), nullable=False),
        Column("bank", Text, nullable=False),
        Column("entry", Text, nullable=False),
        Column("hit", BigInteger, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("expires_at", BigInteger, nullable=False),
        PrimaryKeyConstraint("account", "bank", "entry", name="pk_tallies"),
    )
    op.create_index("ix_tallies_expires_at", "tallies", ["expires_at"])
    op.create_table(
        "reaches",
        Column("bank", Text, nullable=False),
        Column("entry", Text, nullable=False),
        Column("account", LargeBinary(32), nullable=False),
        Column("at", BigInteger, nullable=False),
        PrimaryKeyConstraint("bank", "entry", "account", name="pk_reaches"),
    )
    op.create_index("ix_reaches_at", "reaches", ["at"])
