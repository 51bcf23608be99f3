"""What people ask and authorities order: receipts, complaints, requests of those depicted, orders to remove."""

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
