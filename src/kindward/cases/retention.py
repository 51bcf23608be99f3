"""How long evidence is kept: dated rules of a jurisdiction, as data, and the one function that applies them.

What was not confirmed is erased when the decision takes effect. This is about the rest: what was confirmed or reported.
An order of an authority keeps it longer; that is looked after where evidence is destroyed.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from kindward.cases.case import Case, CaseState
from kindward.cases.events import Event, EventKind
from kindward.errors import ConfigError
from kindward.locale import N_

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Retention:
    """The rule of one jurisdiction. Evidence goes so many days after the opening, or after the report; 0 for never."""

    name: str
    since: date
    review_by: date
    source: str
    days_after_opening: int = 0
    days_after_report: int = 0

    @property
    def least(self) -> int:
        """Give for how many days nothing can be due."""
        return self.days_after_opening or self.days_after_report


@cache
def rules() -> dict[str, Retention]:
    """Read the rules that are shipped."""
    text = files("kindward.cases").joinpath("retention.toml").read_text(encoding="utf-8")
    return {
        name: Retention(
            name,
            row["from"],
            row["review_by"],
            row["source"],
            row.get("days_after_opening", 0),
            row.get("days_after_report", 0),
        )
        for name, row in tomllib.loads(text).items()
    }


def rule(name: str) -> Retention:
    """Give a rule by its name. Raises: ConfigError ``retention_unknown``."""
    known = rules()
    if name not in known:
        raise ConfigError(
            "retention_unknown",
            N_("There is no rule {name} for keeping evidence; there are: {known}."),
            N_("Set cases.retention to one of them."),
            name=name,
            known=", ".join(known),
        )
    return known[name]


def due_at(case: Case, history: list[Event], retention: Retention) -> int | None:
    """Give when the evidence of a case is to be destroyed, in seconds since 1970; None while that is open.

    Nothing is destroyed while somebody still has to decide, or while a report is on its way.
    """
    if case.waits or case.erased or case.pending is not None or case.state is CaseState.DISMISSED:
        return None
    if retention.days_after_opening:
        return case.opened_at + retention.days_after_opening * DAY
    reported = [event.at for event in history if event.kind is EventKind.REPORTED]
    return max(reported) + retention.days_after_report * DAY if reported else None
