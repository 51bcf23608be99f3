"""Access tokens: who may use the service, and as what."""

from alembic import op
from sqlalchemy import BigInteger, CheckConstraint, Column, LargeBinary, PrimaryKeyConstraint, String

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of tokens; only the SHA-256 of each secret is kept."""
    op.create_table(
        "tokens",
        Column("id", String(16), nullable=False),
        Column("role", String(16), nullable=False),
        Column("label", String(64), nullable=False),
        Column("secret_sha256", LargeBinary(32), nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("expires_at", BigInteger, nullable=True),
        Column("revoked_at", BigInteger, nullable=True),
        PrimaryKeyConstraint("id", name="pk_tokens"),
        CheckConstraint("role IN ('checker', 'operator')", name="ck_tokens_role"),
    )
