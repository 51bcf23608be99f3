"""From a confirmed case to the facts of its report: what was handed over, what reviewers added, what the log shows.

An operator hands over what is known of an account with the alarm, as a record that is sealed at once. Nothing is
looked up later, so a report says what was known when the alarm was raised.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kindward.errors import ConfigError
from kindward.locale import N_
from kindward.reports.facts import (
    CaseReport,
    Elsewhere,
    Incident,
    IncidentKind,
    IncidentTopic,
    LegalBasis,
    Measure,
    Message,
    Origin,
    Police,
    Provider,
    ReportMark,
    States,
    Urgency,
)
from kindward.reports.files import File, FileMark, Look
from kindward.reports.moments import Moment
from kindward.reports.occasions import Occasion
from kindward.reports.people import Account, IpEvent, Person, Recipient, Reported, Victim
from kindward.reports.reading import read, wrong

LARGEST = 64 * 1024
"""Bytes of a record that is handed over."""


@dataclass(frozen=True, slots=True)
class Handed:
    """What an operator knows when an alarm is raised: whose account it is, and how the content came."""

    account: Account
    person: Person | None = None
    recipients: tuple[Recipient, ...] = ()
    occasions: tuple[Occasion, ...] = field(default=(), repr=False)
    messages: tuple[Message, ...] = field(default=(), repr=False)
    uploaded_at: Moment | None = None
    upload_ip: IpEvent | None = field(default=None, repr=False)
    name: str = field(default="", repr=False)
    media_type: str = ""
    location: str = field(default="", repr=False)
    public: bool | None = None
    states: States = field(default_factory=States)


@dataclass(frozen=True, slots=True)
class Added:
    """What people add before a report is released; ``elsewhere`` is None while nobody has said anything about it."""

    kind: IncidentKind = IncidentKind.KNOWN
    topic: IncidentTopic | None = None
    marks: frozenset[ReportMark] = frozenset()
    file_marks: frozenset[FileMark] = frozenset()
    urgency: Urgency | None = None
    elsewhere: tuple[Elsewhere, ...] | None = None
    measures: tuple[Measure, ...] = ()
    victims: tuple[Victim, ...] = ()
    police: Police | None = None
    note: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Known:
    """What the case itself tells: its number, when it began, what brought it, and who looked at what."""

    case: str
    opened_at: int
    source: str = ""
    looks: tuple[Look, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """An item of content: its name in the vault, its size and digests."""

    item: str
    size: int
    sha256: str = field(repr=False)
    md5: str = field(repr=False)

    @classmethod
    def of(cls, item: str, data: bytes | memoryview) -> Piece:
        """Take the digests of an item."""
        md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
        return cls(item, len(data), hashlib.sha256(data).hexdigest(), md5)


def read_handed(data: bytes) -> Handed:
    """Read what was handed over with an alarm. Raises: ContentError ``record_field_wrong``."""
    return read(Handed, _loaded(data), "record")


def read_added(data: bytes) -> Added:
    """Read what people added. Raises: ContentError ``record_field_wrong``."""
    return read(Added, _loaded(data), "record")


def read_provider(settings: Mapping[str, object]) -> tuple[Provider, LegalBasis | None]:
    """Read who reports, and on what ground, from the table of the settings. Raises: ConfigError."""
    try:
        basis = settings.get("basis")
        rest = {name: value for name, value in settings.items() if name != "basis"}
        return read(Provider, rest, "provider"), None if basis is None else read(LegalBasis, basis, "provider.basis")
    except Exception as problem:
        facts = getattr(problem, "facts", {})
        raise ConfigError(
            "provider_wrong",
            N_("The settings of reports do not say who reports: {place} should be {expected}."),
            N_("Give the table [provider] with at least name, email and service."),
            place=facts.get("place", "provider"),
            expected=facts.get("expected", "a table"),
        ) from problem


def built(
    known: Known,
    handed: Handed | None,
    added: Added,
    pieces: Sequence[Piece],
    *,
    provider: Provider,
    basis: LegalBasis | None,
    now: int,
) -> CaseReport:
    """Put the facts of a report together; what the view log does not show did not happen."""
    about = handed or Handed(Account())
    return CaseReport(
        case=known.case,
        composed_at=now,
        provider=provider,
        incident=Incident(added.kind, about.uploaded_at or Moment(known.opened_at), added.topic, added.marks),
        origin=_origin(known.source),
        basis=basis,
        occasions=about.occasions,
        reported=(Reported(about.account, about.person),) if handed else (),
        recipients=about.recipients,
        victims=added.victims,
        files=tuple(_file(piece, about, added) for piece in pieces),
        messages=about.messages,
        looks=known.looks,
        urgency=added.urgency,
        elsewhere=added.elsewhere,
        measures=added.measures,
        police=added.police,
        states=about.states,
        note=added.note,
    )


def _origin(source: str) -> Origin:
    teller = source.removeprefix("notice:")
    if teller == source:
        return Origin.OWN_INITIATIVE
    return Origin.TRUSTED_PARTNER if teller == "partner" else Origin.USER_NOTICE


def _file(piece: Piece, handed: Handed, added: Added) -> File:
    return File(
        item=piece.item,
        sha256=piece.sha256,
        md5=piece.md5,
        size=piece.size,
        media_type=handed.media_type,
        original_name=handed.name,
        uploaded_at=handed.uploaded_at,
        location=handed.location,
        public=handed.public,
        marks=added.file_marks,
        ip=handed.upload_ip,
    )


def _loaded(data: bytes) -> object:
    if len(data) > LARGEST:
        raise wrong("record", f"at most {LARGEST} bytes")
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise wrong("record", "JSON in UTF-8") from None
