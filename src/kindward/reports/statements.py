"""Statements of reasons for the transparency database (Digital Services Act): what was decided, nothing personal.

Source of names, enumerations and lengths: the database's documentation of its interface and the checks of its published
code. The database is public, so every text is searched for what could lead to a person, and refused if it is found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from kindward.reports import refusals
from kindward.reports.countries import MEMBER_STATES
from kindward.reports.personal import holds_personal

AUTHORITY = "dsa"
AT_ONCE = 100
"""Most statements in one request."""
CATEGORY = "STATEMENT_CATEGORY_PROTECTION_OF_MINORS"
_PUID = re.compile(r"[A-Za-z0-9_-]{1,500}", re.ASCII)
_LANGUAGE = re.compile(r"[A-Z]{2}", re.ASCII)
_FIRST = date(2000, 1, 1)
_LAST = date(2038, 1, 1)
_AREA = MEMBER_STATES | {"IS", "LI", "NO"}
"""The European Economic Area, whose countries a statement can name."""


class Visibility(StrEnum):
    """What became of the content."""

    REMOVED = "DECISION_VISIBILITY_CONTENT_REMOVED"
    DISABLED = "DECISION_VISIBILITY_CONTENT_DISABLED"
    RESTRICTED = "DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED"
    LABELLED = "DECISION_VISIBILITY_CONTENT_LABELLED"


class Provision(StrEnum):
    """What became of the service for the user."""

    PARTLY_SUSPENDED = "DECISION_PROVISION_PARTIAL_SUSPENSION"
    SUSPENDED = "DECISION_PROVISION_TOTAL_SUSPENSION"
    PARTLY_ENDED = "DECISION_PROVISION_PARTIAL_TERMINATION"
    ENDED = "DECISION_PROVISION_TOTAL_TERMINATION"


class AccountDecision(StrEnum):
    """What became of the account."""

    SUSPENDED = "DECISION_ACCOUNT_SUSPENDED"
    TERMINATED = "DECISION_ACCOUNT_TERMINATED"


class ContentType(StrEnum):
    """What the content was."""

    AUDIO = "CONTENT_TYPE_AUDIO"
    IMAGE = "CONTENT_TYPE_IMAGE"
    SYNTHETIC = "CONTENT_TYPE_SYNTHETIC_MEDIA"
    TEXT = "CONTENT_TYPE_TEXT"
    VIDEO = "CONTENT_TYPE_VIDEO"


class Source(StrEnum):
    """How the provider came to know."""

    NOTICE = "SOURCE_ARTICLE_16"
    TRUSTED_FLAGGER = "SOURCE_TRUSTED_FLAGGER"
    OTHER_NOTICE = "SOURCE_TYPE_OTHER_NOTIFICATION"
    VOLUNTARY = "SOURCE_VOLUNTARY"


class Automation(StrEnum):
    """How much of the decision a program took; a confirmed case is never decided by one alone."""

    PARTLY = "AUTOMATED_DECISION_PARTIALLY"
    NOT = "AUTOMATED_DECISION_NOT_AUTOMATED"


class Keyword(StrEnum):
    """What it was about, within the protection of minors."""

    MATERIAL = "KEYWORD_CHILD_SEXUAL_ABUSE_MATERIAL"
    SYNTHETIC_MATERIAL = "KEYWORD_CHILD_SEXUAL_ABUSE_MATERIAL_DEEPFAKE"
    GROOMING = "KEYWORD_GROOMING_SEXUAL_ENTICEMENT_MINORS"
    AGE_LIMITS = "KEYWORD_AGE_SPECIFIC_RESTRICTIONS_MINORS"


@dataclass(frozen=True, slots=True)
class Illegal:
    """The ground, where the content is against the law: which provision, and why."""

    law: str
    explanation: str


@dataclass(frozen=True, slots=True)
class Incompatible:
    """The ground, where the content is against the terms: which one, and why."""

    term: str
    explanation: str
    also_illegal: bool | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of reasons. ``puid`` is our own number for it and must lead to nobody.

    Days are dates; ``until`` is the end of a suspension, if it has one. At least one of ``visibility``, ``provision``
    and ``account`` is given.
    """

    puid: str
    ground: Illegal | Incompatible
    facts: str
    content: tuple[ContentType, ...]
    content_day: date
    decided_day: date
    source: Source
    detected_by_program: bool
    automation: Automation
    visibility: tuple[Visibility, ...] = ()
    provision: Provision | None = None
    account: AccountDecision | None = None
    until: date | None = None
    keywords: tuple[Keyword, ...] = ()
    territory: tuple[str, ...] = ()
    language: str = ""
    reference_url: str = field(default="")


def statement(given: Statement, forbidden: Iterable[str] = ()) -> dict[str, Any]:
    """Write a statement as the interface takes it.

    ``forbidden`` are words that must stand in none of its texts, such as names of the account in question. Raises:
    ContentError ``report_field_wrong``, ``statement_personal``.
    """
    _hold(given)
    record: dict[str, Any] = {
        "decision_visibility": list(given.visibility),
        "decision_provision": given.provision,
        "decision_account": given.account,
        **_ground(given.ground),
        "decision_ground_reference_url": given.reference_url,
        "content_type": list(given.content),
        "category": CATEGORY,
        "category_specification": list(given.keywords),
        "territorial_scope": sorted(given.territory),
        "content_language": given.language,
        "content_date": given.content_day.isoformat(),
        "application_date": given.decided_day.isoformat(),
        "end_date_account_restriction": _end(given.until, given.account is AccountDecision.SUSPENDED),
        "end_date_service_restriction": _end(given.until, given.provision is not None),
        "decision_facts": given.facts,
        "source_type": given.source,
        "automated_detection": "Yes" if given.detected_by_program else "No",
        "automated_decision": given.automation,
        "puid": given.puid,
    }
    said = {name: value for name, value in record.items() if value}
    _guard(said, tuple(forbidden))
    return said


def batches(statements: list[dict[str, Any]]) -> list[dict[str, list[dict[str, Any]]]]:
    """Put statements into requests of at most a hundred."""
    starts = range(0, len(statements), AT_ONCE)
    return [{"statements": statements[start : start + AT_ONCE]} for start in starts]


def _ground(ground: Illegal | Incompatible) -> dict[str, str]:
    if isinstance(ground, Illegal):
        return {
            "decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT",
            "illegal_content_legal_ground": ground.law,
            "illegal_content_explanation": ground.explanation,
        }
    also = {None: "", True: "Yes", False: "No"}[ground.also_illegal]
    return {
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "incompatible_content_ground": ground.term,
        "incompatible_content_explanation": ground.explanation,
        "incompatible_content_illegal": also,
    }


def _end(until: date | None, applies: bool) -> str:  # noqa: FBT001 - a fact, no switch
    return until.isoformat() if until is not None and applies else ""


def _hold(given: Statement) -> None:
    """Hold a statement against lengths and forms. Raises: ContentError ``report_field_wrong``."""
    ground = given.ground
    named = ground.law if isinstance(ground, Illegal) else ground.term
    _text("ground", named, 500)
    _text("explanation", ground.explanation, 2000)
    _text("decision_facts", given.facts, 5000)
    _must(_PUID.fullmatch(given.puid) is not None, "puid", "letters, digits, - and _, at most 500")
    _must(bool(given.visibility or given.provision or given.account), "decision", "at least one decision")
    _must(bool(given.content), "content_type", "at least one")
    _must(set(given.territory) <= _AREA, "territorial_scope", "codes of countries of the European Economic Area")
    _must(not given.language or _LANGUAGE.fullmatch(given.language) is not None, "content_language", "two capitals")
    _must(len(given.reference_url) <= _URL_LONGEST, "decision_ground_reference_url", "at most 500 characters")
    for day in (given.content_day, given.decided_day, given.until or given.decided_day):
        _must(_FIRST <= day <= _LAST, "date", "a day from 2000 to 2038")
    _must(given.until is None or given.until >= given.decided_day, "end_date", "not before the decision")


_URL_LONGEST = 500


def _text(name: str, text: str, longest: int) -> None:
    _must(bool(text.strip()) and len(text) <= longest, name, f"a text of at most {longest} characters")


def _must(holds: bool, name: str, rule: str) -> None:  # noqa: FBT001 - a fact, no switch
    if not holds:
        raise refusals.field_wrong(name, rule)


_FREE = (
    "illegal_content_legal_ground",
    "illegal_content_explanation",
    "incompatible_content_ground",
    "incompatible_content_explanation",
    "decision_facts",
    "decision_ground_reference_url",
    "puid",
)
"""Fields whose text is free, so that something personal could slip in."""


def _guard(record: dict[str, Any], forbidden: tuple[str, ...]) -> None:
    for name in _FREE:
        if name in record and holds_personal(record[name], forbidden):
            raise refusals.personal(name)
