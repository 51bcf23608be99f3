"""Every stand-in by its name. A new one adds a line here: a module with a function ``sandbox(records)``."""

from __future__ import annotations

from importlib import import_module
from typing import Protocol

from starlette.types import ASGIApp

from kindward.sandbox.faults import Faults

PROVIDERS = {
    "centre": "kindward.sandbox.centre",
    "ncmec": "kindward.sandbox.ncmec",
    "stopncii": "kindward.sandbox.stopncii",
    "tat": "kindward.sandbox.tat",
    "threatexchange": "kindward.sandbox.threatexchange",
}


class Sandbox(Protocol):
    """One stand-in: ``app`` answers, ``faults`` says what goes wrong, ``hint`` tells a person how to be let in."""

    app: ASGIApp
    faults: Faults
    hint: str


def make(name: str, records: int) -> Sandbox:
    """Make the stand-in of a name with invented records. Raises: KeyError if there is none."""
    made: Sandbox = import_module(PROVIDERS[name]).sandbox(records)
    return made
