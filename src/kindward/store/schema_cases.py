"""The tables of cases: what happened, which is only ever added to, and where each case stands, for quick questions."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, SmallInteger, String, Table, Text

from kindward.store.schema import metadata

cases = Table(
    "cases",
    metadata,
    Column("id", String(12), primary_key=True),
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
    Index("ix_cases_lane_deadline_id", "lane", "deadline", "id"),
    Index("ix_cases_effective_at", "effective_at"),
    Index("ix_cases_digest", "digest"),
    Index("ix_cases_account", "account"),
    Index("ix_cases_bank_entry", "bank", "entry"),
    Index("ix_cases_opened_at", "opened_at"),
    Index("ix_cases_state_deadline", "state", "deadline"),
    Index("ix_cases_leased_by", "leased_by"),
)
case_events = Table(
    "case_events",
    metadata,
    Column("case", String(12), ForeignKey("cases.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("by", String(32), nullable=False),
    Column("facts", Text, nullable=False),
    Index("ix_case_events_at", "at"),
    Index("ix_case_events_by_at", "by", "at"),
)
case_barred = Table(
    "case_barred",
    metadata,
    Column("case", String(12), ForeignKey("cases.id"), primary_key=True),
    Column("person", String(32), primary_key=True),
)
"""Who is not given a case: they handed it back, or have decided about it."""
tightenings = Table(
    "tightenings",
    metadata,
    Column("since", BigInteger, primary_key=True, autoincrement=False),
    Column("until", BigInteger, nullable=False),
    Column("distance", SmallInteger, nullable=False),
    Column("alarms", Integer, nullable=False),
    Column("capacity", Integer, nullable=False),
    Column("left_out", Integer, nullable=False),
)
"""When likenesses beyond a distance became no alarm, and how many that were."""
