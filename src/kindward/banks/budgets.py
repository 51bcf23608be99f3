"""How often a list may match lawful pictures, and how often it did when that was measured: ``budget.json`` beside it.

It says something about the list as it was measured, so it names that version. It is no part of what the list vouches
for, and nothing that is looked up depends on it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from kindward.banks.manifest import write_durably, writing
from kindward.errors import TrustError

FILE = "budget.json"


@dataclass(frozen=True, slots=True)
class Budget:
    """What was measured and what is allowed; rates are shares of distinct lawful pictures that match falsely.

    ``found`` of ``pictures`` matched; ``bound`` is the one-sided upper bound at ``confidence``. ``date`` is a day, and
    ``bank_version`` the version that was measured.
    """

    allowed: float
    found: int
    pictures: int
    bound: float
    confidence: float
    date: str
    bank_version: str


def write_budget(bank: Path, budget: Budget) -> None:
    """Keep a budget beside its bank; the file appears only whole."""
    with writing(bank):
        write_durably(bank / FILE, (json.dumps(asdict(budget), indent=2, sort_keys=True) + "\n").encode())


def read_budget(bank: Path) -> Budget | None:
    """Read the budget of a bank; None if there is none. Raises: TrustError if the file holds something else."""
    try:
        text = (bank / FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as problem:
        raise _unreadable(bank) from problem
    try:
        held: dict[str, Any] = json.loads(text)
        budget = Budget(**held)
        if any(type(getattr(budget, each.name)).__name__ not in _kinds(str(each.type)) for each in fields(Budget)):
            raise _unreadable(bank)
    except (ValueError, TypeError, RecursionError) as problem:
        raise _unreadable(bank) from problem
    return budget


def _kinds(name: str) -> tuple[str, ...]:
    return ("int", "float") if name == "float" else (name,)


def _unreadable(bank: Path) -> TrustError:
    return TrustError(
        "budget_unreadable",
        "The file {path} is no budget.",
        "Measure it again with `kindward budget --write`.",
        path=bank / FILE,
    )
