"""Who may do what: one table, which a test walks route by route and role by role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What somebody is here for. An operator never sees content; nobody is an operator and anything else."""

    REVIEWER = "reviewer"
    LEAD = "lead"
    REPORTER = "reporter"
    AUDITOR = "auditor"
    OPERATOR = "operator"


class Act(StrEnum):
    """One thing that can be done in the console."""

    OWN = "own"
    """One's own page: language, pause, game, whom to talk to."""
    TAKE = "take"
    LOOK = "look"
    DECIDE = "decide"
    LEAD = "lead"
    """See what is held, resume it, see what tightens and what is overdue."""
    ADD = "add"
    """Add what a report needs."""
    RELEASE = "release"
    REOPEN = "reopen"
    HISTORY = "history"
    """Read what happened to a case, by pseudonyms."""
    HEALTH = "health"
    """See whether everything runs; counts, no cases."""
    PEOPLE = "people"
    """See who works here, and lock somebody out."""


_R, _L, _P, _A, _O = Role.REVIEWER, Role.LEAD, Role.REPORTER, Role.AUDITOR, Role.OPERATOR
MATRIX: Mapping[Act, frozenset[Role]] = {
    Act.OWN: frozenset(Role),
    Act.TAKE: frozenset({_R, _L}),
    Act.LOOK: frozenset({_R, _L}),
    Act.DECIDE: frozenset({_R, _L}),
    Act.LEAD: frozenset({_L}),
    Act.ADD: frozenset({_L, _P}),
    Act.RELEASE: frozenset({_P}),
    Act.REOPEN: frozenset({_L}),
    Act.HISTORY: frozenset({_L, _P, _A}),
    Act.HEALTH: frozenset({_L, _A, _O}),
    Act.PEOPLE: frozenset({_O}),
}


@dataclass(frozen=True, slots=True)
class Person:
    """Who is logged in: a pseudonym, what they are here for, their language, and whether they may open content."""

    id: str
    roles: frozenset[Role]
    language: str = "en"
    may_look: bool = True


def may(person: Person, act: Act) -> bool:
    """Say whether a person may do something."""
    return not person.roles.isdisjoint(MATRIX[act])


def fit_together(roles: frozenset[Role]) -> bool:
    """Say whether one person may have all of these roles: who runs the machine never decides or looks."""
    return bool(roles) and (Role.OPERATOR not in roles or len(roles) == 1)
