"""A case as it stands after some of its events: frozen values without behaviour of their own."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from kindward.model import Match, Versions

KINDWARD = "kindward"
"""Who acts when nobody does: the program itself, for example when a decision takes effect."""


class CaseKind(StrEnum):
    """What began a case; nothing else can begin one about a person."""

    MATCH = "match"
    """A content matched an entry of a bank."""
    NOTICE = "notice"
    """A person told something by their own choice."""


class CaseState(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    IN_REVIEW = "in_review"
    HELD = "held"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    REPORTED = "reported"
    ACKNOWLEDGED = "acknowledged"


WAITING = frozenset({CaseState.OPEN, CaseState.IN_REVIEW, CaseState.HELD})
"""States in which somebody still has to decide."""


class Ruling(StrEnum):
    """What a human decided about a case, or about sending its report."""

    CONFIRM = "confirm"
    DISMISS = "dismiss"
    RELEASE = "release"
    """Send the report of a confirmed case to an authority."""


@dataclass(frozen=True, slots=True)
class Lease:
    """One person has the case until a moment, so that nobody else sees it meanwhile."""

    by: str
    until: int


@dataclass(frozen=True, slots=True)
class Pending:
    """A decision that takes effect at a moment unless it is undone before."""

    by: str
    ruling: Ruling
    effective_at: int
    reason: str = ""
    authority: str = ""
    """Where the report goes, for a release."""


@dataclass(frozen=True, slots=True)
class Ruled:
    """A decision that took effect."""

    by: str
    ruling: Ruling
    at: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Viewing:
    """Somebody opened an item of the case for a time; what a report says about viewing rests on this alone."""

    by: str
    item: str
    at: int
    seconds: int
    entire: bool = False
    """True if the whole item was shown, not only a small or grey version of it."""


@dataclass(frozen=True, slots=True)
class Case:
    """What a human looks at.

    ``digest`` is the SHA-256 of the content in hexadecimal digits, ``account`` a keyed digest of whose it is; both are
    empty where there is none, and both are forgotten when the case is erased. People are pseudonyms. ``severe`` says
    that looking at the content costs a reviewer much, ``urgent`` holds a code if a child may be in danger now.
    ``number`` counts the events so far; ``round`` is 1, and one more with every time that the case is reopened.
    """

    id: str
    kind: CaseKind
    opened_at: int
    deadline: int
    digest: str = field(default="", repr=False)
    account: str = field(default="", repr=False)
    matches: tuple[Match, ...] = ()
    versions: Versions | None = None
    source: str = ""
    """Which door, or who by role, brought the case."""
    severe: bool = False
    urgent: str = ""
    state: CaseState = CaseState.OPEN
    round: int = 1
    number: int = 1
    lease: Lease | None = None
    pending: Pending | None = None
    rulings: tuple[Ruled, ...] = ()
    declined: frozenset[str] = frozenset()
    """Who handed the case back; they are not asked again."""
    decided_before: frozenset[str] = frozenset()
    """Who decided in earlier rounds; an appeal is never decided by them."""
    viewings: tuple[Viewing, ...] = ()
    held_for: str = ""
    escalated: bool = False
    inherited_from: str = ""
    authority: str = ""
    reference: str = ""
    erased: bool = False

    @property
    def waits(self) -> bool:
        """Say whether somebody still has to decide."""
        return self.state in WAITING

    @property
    def exact(self) -> bool:
        """Say whether the bytes themselves are known, so that no likeness has to be judged."""
        return any(match.signal.startswith("digest/") for match in self.matches)

    @property
    def viewed(self) -> bool:
        """Say whether anybody looked at the whole of an item."""
        return any(viewing.entire for viewing in self.viewings)

    def leased_by(self, now: int) -> str:
        """Give who has the case now; empty if nobody."""
        return self.lease.by if self.lease is not None and now < self.lease.until else ""
