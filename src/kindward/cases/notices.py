"""What a person tells by their own choice: a child, a user, a partner organisation.

A notice is text; it never asks for a picture, because nobody should have to keep or send one. It can be anonymous
where child abuse is told (DSA, Article 16(2)(c)). Whoever told gets a receipt at once and an answer later, under a
number that only they know.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from kindward.cases.case import Case, CaseKind
from kindward.cases.rules import Rules
from kindward.errors import StateError
from kindward.locale import N_

LONGEST = 10_000
"""Characters of a notice; more is asked to be told in a second one."""
LONGEST_PLACE = 2_000


class Teller(StrEnum):
    """Who tells, as far as they say."""

    CHILD = "child"
    USER = "user"
    PARTNER = "partner"
    """An organisation that is trusted with notices (DSA, Article 22); its notices go first."""
    ANONYMOUS = "anonymous"


class Concern(StrEnum):
    """What it is about, in the words of the form."""

    PICTURES = "pictures"
    GROOMING = "grooming"
    THREAT = "threat"
    MEETING = "meeting"
    DEPICTED = "depicted"
    """Somebody is shown in material and wants it to be gone."""
    OTHER = "other"


URGENT = frozenset({Concern.THREAT, Concern.MEETING})
"""Concerns in which a child may be in danger now, so they go first and no budget delays them."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What a person told. ``text``, ``place`` and ``reply_to`` are personal and kept only sealed."""

    teller: Teller
    concern: Concern
    text: str = field(repr=False)
    place: str = field(default="", repr=False)
    """Where to look: a name, a room, an address on the platform."""
    reply_to: str = field(default="", repr=False)
    language: str = "en"


def checked(notice: Notice) -> Notice:
    """Give the notice with its texts trimmed. Raises: StateError if it says nothing or too much."""
    text, place, reply_to = notice.text.strip(), notice.place.strip(), notice.reply_to.strip()
    if not text and not place:
        raise StateError(
            "notice_empty",
            N_("The notice says nothing yet."),
            N_("A few words are enough: what happened, and where."),
        )
    if len(text) > LONGEST or len(place) > LONGEST_PLACE or len(reply_to) > LONGEST_PLACE:
        raise StateError(
            "notice_long",
            N_("The notice is longer than {longest} characters."),
            N_("Tell the most important things first; the rest can follow in a second notice."),
            longest=LONGEST,
        )
    return Notice(notice.teller, notice.concern, text, place, reply_to, notice.language)


def noticed(notice: Notice, case_id: str, now: int, *, rules: Rules) -> Case:
    """Give the case that a notice begins."""
    return Case(
        id=case_id,
        kind=CaseKind.NOTICE,
        opened_at=now,
        deadline=now + rules.deadline_seconds,
        source=f"notice:{notice.teller}",
        urgent=str(notice.concern) if notice.concern in URGENT else "",
    )
