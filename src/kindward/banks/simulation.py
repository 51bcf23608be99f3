"""Banks in simulation by themselves: their matches are told and counted, and decide nothing.

A bank whose rate of matches exceeded its budget gets ``simulated.json`` in its folder. An operator's new signature
takes it out of simulation again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from kindward.banks.manifest import manifest_stamp, timestamp, write_durably, writing

FILE = "simulated.json"
OVER_BUDGET = "over_budget"
"""Reason: the measured rate of matches of harmless pictures exceeds the budget of the bank."""
DAMAGED = "simulation_unreadable"
"""Reason: why this bank is in simulation cannot be read; it stays there until an operator signs it."""
_MOST = 1 << 16


@dataclass(frozen=True, slots=True)
class Simulation:
    """Why a bank decides nothing for now: a code, the numbers behind it, and since when."""

    reason: str
    facts: Mapping[str, float | str] = field(default_factory=lambda: MappingProxyType({}))
    at: str = ""


def simulate(
    folder: Path, reason: str, facts: Mapping[str, float | str] = MappingProxyType({}), *, now: datetime | None = None
) -> Simulation:
    """Put a bank into simulation; running services take it over as they take over changes of its entries.

    Raises: TrustError if there is no bank, StateError if it cannot be written.
    """
    folder = Path(folder)
    manifest_stamp(folder)
    told = Simulation(reason, dict(facts), timestamp(now or datetime.now(UTC)))
    record = {"reason": told.reason, "facts": dict(told.facts), "at": told.at}
    with writing(folder):
        write_durably(folder / FILE, (json.dumps(record, indent=2, sort_keys=True) + "\n").encode())
    return told


def simulation(folder: Path) -> Simulation | None:
    """Say why a bank is in simulation; None if it is not put there. What cannot be read keeps it there."""
    try:
        with (Path(folder) / FILE).open("rb") as file:
            record = json.loads(file.read(_MOST))
        return Simulation(str(record["reason"]) or DAMAGED, dict(record["facts"]), str(record["at"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return Simulation(DAMAGED)


def lift(folder: Path) -> None:
    """Take a bank out of simulation; the caller holds its lock and an operator's word."""
    (Path(folder) / FILE).unlink(missing_ok=True)
