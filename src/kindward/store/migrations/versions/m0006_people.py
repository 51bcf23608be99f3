"""People who work in the console, and their logins."""

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Text,
    UniqueConstraint,
)

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of people and their logins."""
    op.create_table(
        "people",
        Column("id", String(32), nullable=False),
        Column("login", String(64), nullable=False),
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
        PrimaryKeyConstraint("id", name="pk_people"),
        UniqueConstraint("login", name="uq_people_login"),
    )
    op.create_table(
        "sessions",
        Column("token", LargeBinary(32), nullable=False),
        Column("person", String(32), nullable=False),
        Column("proof", String(43), nullable=False),
        Column("whole", Boolean, nullable=False),
        Column("began_at", BigInteger, nullable=False),
        Column("used_at", BigInteger, nullable=False),
        PrimaryKeyConstraint("token", name="pk_sessions"),
        ForeignKeyConstraint(["person"], ["people.id"], name="fk_sessions_person"),
    )
    op.create_index("ix_sessions_person", "sessions", ["person"])
    op.create_index("ix_sessions_used_at", "sessions", ["used_at"])
    op.create_table(
        "login_tries",
        Column("key", LargeBinary(32), nullable=False),
        Column("count", Integer, nullable=False),
        Column("until", BigInteger, nullable=False),
        PrimaryKeyConstraint("key", name="pk_login_tries"),
    )
