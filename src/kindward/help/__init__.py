"""Whom to call: help services as data, found by country, language and who asks.

The data names its sources and the day on which each line was read there. A line that nobody has read yet is shown as
such, because a wrong number is worse than none.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files

EVERYWHERE = "*"
AGES = timedelta(days=183)
"""After half a year a line has to be read again where it came from."""


class Audience(StrEnum):
    """Who asks for help."""

    CHILD = "child"
    OWN_THOUGHTS = "own_thoughts"
    """Somebody who worries about their own thoughts or acts."""
    RELATIVE = "relative"
    VICTIM = "victim"
    REVIEWER = "reviewer"
    REPORT = "report"
    """Somebody who wants to tell a hotline about content."""


@dataclass(frozen=True, slots=True)
class Service:
    """One service. ``what`` and ``hours`` are texts by language, ``checked`` is None if nobody read the line yet."""

    id: str
    country: str
    audience: tuple[Audience, ...]
    name: str
    languages: tuple[str, ...]
    what: Mapping[str, str]
    contact: tuple[str, ...]
    cost: str
    hours: Mapping[str, str]
    source: str
    checked: date | None

    def is_old(self, today: date) -> bool:
        """Say whether the line has to be read again; one that was never read is old."""
        return self.checked is None or today - self.checked > AGES


@cache
def directory() -> tuple[Service, ...]:
    """Read all services, in the order of the data."""
    text = files("kindward.help").joinpath("directory.toml").read_text(encoding="utf-8")
    return tuple(
        Service(
            id=row["id"],
            country=row["country"],
            audience=tuple(map(Audience, row["audience"])),
            name=row["name"],
            languages=tuple(row["languages"]),
            what=row["what"],
            contact=tuple(row["contact"]),
            cost=row["cost"],
            hours=row.get("hours", {}),
            source=row.get("source", ""),
            checked=row.get("checked"),
        )
        for row in tomllib.loads(text)["service"]
    )


def find(country: str, audience: Audience | None = None, language: str = "") -> list[Service]:
    """Give the services for a country and an audience, its own before those for everywhere.

    Within each, those in the language asked for come first; the others follow, because help in another language is
    still help. Checked lines come before unchecked ones.
    """
    country = country.upper()
    fitting = [
        one
        for one in directory()
        if one.country in {country, EVERYWHERE} and (audience is None or audience in one.audience)
    ]

    def order(one: Service) -> tuple[bool, bool, bool]:
        """Sort what fits better before the rest; the order of the data stays otherwise."""
        return (one.country == EVERYWHERE, bool(language) and language not in one.languages, one.checked is None)

    return sorted(fitting, key=order)


def countries() -> tuple[str, ...]:
    """List the countries that have services of their own."""
    return tuple(sorted({one.country for one in directory()} - {EVERYWHERE}))
