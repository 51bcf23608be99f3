"""Which country gets a report (Digital Services Act, Article 18(2); proposal COM(2022) 209, Article 48).

The states in which it happened, or in which those concerned live; where none of them is known, the state in which the
provider is established or represented, or Europol.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kindward.reports.countries import MEMBER_STATES
from kindward.reports.facts import States


class Because(StrEnum):
    """Why a report goes where it goes."""

    VICTIM = "victim"
    OFFENCE = "offence"
    SUSPECT = "suspect"
    ESTABLISHMENT = "establishment"
    NOTHING_KNOWN = "nothing_known"


@dataclass(frozen=True, slots=True)
class Route:
    """Where a report goes: to these member states, or to Europol. ``elsewhere`` are states outside the Union."""

    states: tuple[str, ...]
    europol: bool
    because: Because
    elsewhere: tuple[str, ...] = ()


def route(known: States, establishment: str = "") -> Route:
    """Choose the states, those of a child first, because there somebody can be protected."""
    named = dict.fromkeys((*known.victim, *known.offence, *known.suspect))
    inside = tuple(state for state in named if state in MEMBER_STATES)
    outside = tuple(state for state in named if state not in MEMBER_STATES)
    if inside:
        return Route(inside, europol=False, because=_because(inside[0], known), elsewhere=outside)
    if establishment in MEMBER_STATES:
        return Route((establishment,), europol=False, because=Because.ESTABLISHMENT, elsewhere=outside)
    return Route((), europol=True, because=Because.NOTHING_KNOWN, elsewhere=outside)


def _because(first: str, known: States) -> Because:
    if first in known.victim:
        return Because.VICTIM
    return Because.OFFENCE if first in known.offence else Because.SUSPECT
