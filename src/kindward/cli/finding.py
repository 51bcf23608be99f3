"""What an examination of ``kindward doctor`` found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kindward.errors import KindwardError


class State(StrEnum):
    """How an examination ended."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. ``problem`` carries the sentence and the advice, also where all is well."""

    part: str
    state: State
    problem: KindwardError


def fine(part: str, sentence: str, **facts: object) -> Finding:
    """Say that all is well."""
    return Finding(part, State.OK, KindwardError("ok", sentence, "", **facts))
