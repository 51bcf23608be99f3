"""What people and the program did with cases, as leaves of the audit log.

A leaf holds pseudonyms, numbers and codes. What is personal stands in it only as a commitment: a hash over the record
and a secret salt that lies sealed with the case, so that destroying one key leaves a hash that says nothing. Each leaf
names the hash of the leaf before, so that a reader notices a gap without the tree; the tree is that of RFC 9162.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Any

from kindward.errors import TrustError
from kindward.ledger.canonical import canonical, read
from kindward.ledger.names import LARGEST, holds
from kindward.locale import N_

FIRST = "0" * 64
"""What the first leaf names as the one before it."""
PREFIX = b"kindward/deed/1\n"
LONGEST = 200
"""Characters of a text in a leaf: codes and pseudonyms need no more."""
MOST_FACTS = 32
SALT = 32
"""Bytes of the salt of a commitment."""


class DeedKind(StrEnum):
    """What can be done."""

    PARAMETERS = "parameters"
    """From here on cases are decided by these rules."""
    OPENED = "opened"
    VIEWED = "viewed"
    RULED = "ruled"
    UNDONE = "undone"
    SETTLED = "settled"
    INHERITED = "inherited"
    HELD = "held"
    RESUMED = "resumed"
    ESCALATED = "escalated"
    REPORTED = "reported"
    ACKNOWLEDGED = "acknowledged"
    REOPENED = "reopened"
    ERASED = "erased"
    SEALED = "sealed"
    """An item of evidence was sealed."""
    READ = "read"
    """An item of evidence was opened, by whom, why and for how long."""
    DESTROYED = "destroyed"
    """The key of a case was destroyed, and with it all that was sealed under it."""
    RETAINED = "retained"
    """An order of an authority forbids to destroy the evidence of a case until a day."""
    NOTIFIED = "notified"
    """The affected person was told."""
    TIGHTENED = "tightened"
    """Likenesses beyond a distance become no alarm for a time."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One leaf; ``at`` is in seconds since 1970, ``before`` the hash of the leaf before in hexadecimal digits."""

    do: DeedKind
    at: int
    by: str
    case: str = ""
    facts: Mapping[str, str | int] = field(default_factory=dict)
    sealed: str = ""
    before: str = FIRST


def write(deed: Deed) -> bytes:
    """Write a leaf in its one form. Raises: ValueError or TypeError for facts that have none."""
    record: dict[str, Any] = {"at": deed.at, "before": deed.before, "by": deed.by, "do": str(deed.do)}
    record |= {"case": deed.case} if deed.case else {}
    record |= {"facts": dict(deed.facts)} if deed.facts else {}
    record |= {"sealed": deed.sealed} if deed.sealed else {}
    raw = canonical(record)
    holds(_form(record))
    return raw


def parse(raw: bytes) -> Deed:
    """Read a leaf. Raises: TrustError ``deed_unreadable`` if it is not in its one form."""
    try:
        record = read(raw)
        holds(_form(record))
        return Deed(
            DeedKind(record["do"]),
            record["at"],
            record["by"],
            record.get("case", ""),
            record.get("facts", {}),
            record.get("sealed", ""),
            record["before"],
        )
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise TrustError(
            "deed_unreadable",
            N_("A leaf of the audit log is not in its one form."),
            N_("Do not rely on this log; it was changed, or was not written by kindward."),
        ) from problem


def _form(record: Mapping[str, Any]) -> bool:
    facts = record.get("facts", {})
    texts = [record["by"], record.get("case", ""), *facts, *(v for v in facts.values() if isinstance(v, str))]
    numbers = [record["at"], *(v for v in facts.values() if not isinstance(v, str))]
    known = {"at", "before", "by", "do", "case", "facts", "sealed"}
    return (
        record.keys() <= known
        and len(facts) <= MOST_FACTS
        and all(isinstance(text, str) and len(text) <= LONGEST and text.isprintable() for text in texts)
        and all(type(number) is int and abs(number) <= LARGEST for number in numbers)
        and all(_is_digest(record[name]) for name in ("before", "sealed") if name in record)
        and bool(record["by"])
    )


def _is_digest(text: object) -> bool:
    return isinstance(text, str) and len(text) == len(FIRST) and set(text) <= set("0123456789abcdef")


def link(raw: bytes) -> str:
    """Give what the next leaf names as the one before it."""
    return sha256(PREFIX + raw).hexdigest()


def commitment(record: bytes, salt: bytes) -> str:
    """Commit to a confidential record; without the salt nobody can try out what it may be.

    Raises: ValueError if the salt is too short to hide anything.
    """
    holds(len(salt) == SALT)
    return sha256(PREFIX + salt + sha256(record).digest()).hexdigest()
