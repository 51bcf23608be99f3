"""The facts of one report, complete for every authority: the union of the EU form and of NCMEC's report.

One model with several ways to write it, because the two ask nearly the same and a human should be asked once only.
Values stay in memory and in sealed evidence; nothing personal stands in a ``repr``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from kindward.reports.files import File, Look
from kindward.reports.moments import Moment
from kindward.reports.occasions import Occasion
from kindward.reports.people import Address, Person, Recipient, Reported, Victim


class IncidentKind(StrEnum):
    """What the EU form asks first (Article 13(1)(e)): known material, new material, or solicitation of a child."""

    KNOWN = "known"
    NEW = "new"
    SOLICITATION = "solicitation"


class IncidentTopic(StrEnum):
    """What NCMEC asks first; by default it follows from the kind."""

    MATERIAL = "material"
    TRAFFICKING = "trafficking"
    TOURISM = "tourism"
    MOLESTATION = "molestation"
    DOMAIN_NAME = "domain_name"
    MISLEADING_WORDS = "misleading_words"
    ENTICEMENT = "enticement"
    UNSOLICITED = "unsolicited"


class ReportMark(StrEnum):
    """What a reviewer noted of the whole."""

    EXTORTION = "extortion"
    SOLICITED_MATERIAL = "solicited_material"
    BETWEEN_MINORS = "between_minors"
    SPAM = "spam"
    SADISTIC_GROUP = "sadistic_group"


class ServiceKind(StrEnum):
    """What kind of service it is (Annex III, field 7)."""

    HOSTING = "hosting"
    MESSAGING = "messaging"
    GAME_CHAT = "game_chat"
    EMAIL = "email"
    SOCIAL_NETWORK = "social_network"
    OTHER = "other"


class Origin(StrEnum):
    """How the provider came to know (Annex III, field 8)."""

    ORDER = "order"
    OWN_INITIATIVE = "own_initiative"
    USER_NOTICE = "user_notice"
    HOTLINE = "hotline"
    TRUSTED_PARTNER = "trusted_partner"
    AUTHORITY = "authority"
    OTHER = "other"


class MeasureKind(StrEnum):
    """What the provider did, or decided not to do (Annex III, fields 10 and 11)."""

    REMOVED = "removed"
    DISABLED = "disabled"
    LEFT = "left"
    """The content was left in place, for example because an authority asked for it."""
    ACCOUNT_WARNED = "account_warned"
    ACCOUNT_SUSPENDED = "account_suspended"
    ACCOUNT_CLOSED = "account_closed"
    ACCOUNT_LEFT = "account_left"


@dataclass(frozen=True, slots=True)
class Provider:
    """Who reports. ``email`` is where the authority asks back; ``establishment`` is the ISO code of the country."""

    name: str
    email: str
    service: ServiceKind
    product: str = ""
    phone: str = ""
    address: Address | None = None
    contact: Person | None = None
    representative: Person | None = None
    """The legal representative in the Union, for a provider from elsewhere."""
    establishment: str = ""
    statement: str = ""
    """What the provider tells with every report: how to serve legal process, how long data are kept."""
    terms: str = ""
    legal_url: str = ""


@dataclass(frozen=True, slots=True)
class Incident:
    """What happened, and when."""

    kind: IncidentKind
    at: Moment
    topic: IncidentTopic | None = None
    marks: frozenset[ReportMark] = frozenset()
    about_time: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Message:
    """A text that belongs to the case; ``sender`` is the service's identifier of who wrote it."""

    text: str = field(repr=False)
    at: Moment | None = None
    sender: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Urgency:
    """A child may be in danger now, and why we think so. Nobody reads a report at once: call 112 or 110 as well."""

    reason: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another body that has a report about the same; ``country`` is an ISO code."""

    body: str
    reference: str = ""
    country: str = ""
    at: Moment | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """Something the provider did, with its moment."""

    kind: MeasureKind
    at: Moment | None = None


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """On what ground the data were looked at and are sent: the provision, and the profile that allowed it."""

    provision: str
    profile: str = ""


@dataclass(frozen=True, slots=True)
class Police:
    """A police authority that knows of it already or asked for it."""

    agency: str
    case_number: str = field(default="", repr=False)
    officer: Person | None = field(default=None, repr=False)
    reported: bool | None = None
    served_at_home: bool | None = None
    served_from_abroad: bool | None = None
    country: str = ""


@dataclass(frozen=True, slots=True)
class States:
    """Which member states are concerned, as ISO codes: where it happened, where who lives."""

    offence: tuple[str, ...] = ()
    suspect: tuple[str, ...] = ()
    victim: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseReport:
    """Everything an authority may ask about one confirmed case.

    ``elsewhere`` is None while nobody has said whether it was reported elsewhere too; empty means that it was not.
    ``looks`` is the view log of the case. ``viral`` asks for one report about many accounts that pass on the same file
    without ill will. ``composed_at`` is in seconds since 1970.
    """

    case: str
    composed_at: int
    provider: Provider
    incident: Incident
    origin: Origin
    basis: LegalBasis | None = None
    occasions: tuple[Occasion, ...] = ()
    reported: tuple[Reported, ...] = ()
    recipients: tuple[Recipient, ...] = ()
    victims: tuple[Victim, ...] = ()
    files: tuple[File, ...] = ()
    messages: tuple[Message, ...] = ()
    looks: tuple[Look, ...] = ()
    urgency: Urgency | None = None
    elsewhere: tuple[Elsewhere, ...] | None = None
    measures: tuple[Measure, ...] = ()
    police: Police | None = None
    states: States = States()
    note: str = field(default="", repr=False)
    viral: bool = False
