"""Prove that a bank finds what it must and nothing else, cheaply enough to do it at every change.

Known harmless values (canaries) must be found at distances 0 and 31 and not at 32; a sample of the bank's own entries
must be found under their own ids; strangers must not be found. This is what notices a list that is "present, size 1"
and never matches.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from kindward.banks import canaries
from kindward.banks.generation import Generation
from kindward.banks.kinds import KINDS, PDQ
from kindward.errors import TrustError
from kindward.locale import N_

SAMPLE = 8
"""Own entries of each kind that are looked up, and as many of the newest changes."""
RADIUS = 31
_LIMIT = 64


@dataclass(frozen=True, slots=True)
class Proof:
    """What was proven: how many canaries and own entries were found, how many strangers were not."""

    canaries: int
    own: int
    strangers: int
    seconds: float

    @property
    def found(self) -> int:
        """Give how many values were found as they must be."""
        return self.canaries + self.own


def prove(name: str, generation: Generation) -> Proof:
    """Look up canaries, own entries and strangers. Raises: TrustError that says which proof failed."""
    started = time.perf_counter()
    own = _prove_sample(name, generation)
    known = _prove_canaries(name, generation)
    unknown = _prove_strangers(name, generation)
    return Proof(known, own, unknown, time.perf_counter() - started)


def _prove_canaries(name: str, generation: Generation) -> int:
    values = [*canaries.planted(PDQ), *canaries.added()]
    _prove_near(name, generation, values, "canary_missed")
    found = len(values)
    for kind in generation.tables():
        if kind is not PDQ:
            for value in canaries.planted(kind):
                found += 1
                if not generation.knows(kind, value):
                    raise _failed(name, "canary_missed", kind.name, 0)
                if generation.held(kind, value):
                    raise _failed(name, "canary_occupied", kind.name, 0)
    return found


def _prove_near(name: str, generation: Generation, values: list[bytes], code: str) -> None:
    """Every value must be found at distances 0 and 31, and not at 32."""
    turns = range(len(values))
    queries = [canaries.flipped(values[turn], bits, turn) for bits in (0, RADIUS, RADIUS + 1) for turn in turns]
    seen: dict[int, dict[bytes, int]] = {}
    for near in generation.near(queries, RADIUS, _LIMIT):
        seen.setdefault(near.query, {})[near.value] = near.distance
    for query in range(len(queries)):
        bits, turn = (0, RADIUS, RADIUS + 1)[query // len(values)], query % len(values)
        found = seen.get(query, {})
        distance = found.get(values[turn])
        crowded = bits > 0 and len(found) >= _LIMIT
        if not crowded and distance != (bits if bits <= RADIUS else None):
            raise _failed(name, code, PDQ.name, bits)


def _prove_sample(name: str, generation: Generation) -> int:
    near: list[bytes] = []
    count = 0
    for kind, value, entries in generation.sample(SAMPLE):
        for entry in entries:
            count += 1
            if kind is PDQ:
                near.append(value)
            if not generation.knows(kind, value):
                raise _failed(name, "entry_missed", kind.name, 0)
            if entry not in generation.holding(entry.id):
                raise _failed(name, "entry_unfindable", kind.name, 0)
    if near:
        _prove_near(name, generation, near, "entry_missed")
    return count


def _prove_strangers(name: str, generation: Generation) -> int:
    strangers = canaries.strangers(PDQ)
    if generation.near(strangers, RADIUS, 1):
        raise _failed(name, "stranger_found", PDQ.name, RADIUS)
    count = len(strangers)
    for kind in KINDS:
        if kind is not PDQ:
            for value in canaries.strangers(kind):
                count += 1
                if generation.knows(kind, value):
                    raise _failed(name, "stranger_found", kind.name, 0)
    return count


_SENTENCES = {
    "canary_missed": N_(
        "The bank {bank} failed its proof: a known harmless {kind} value was not found at distance {distance}."
    ),
    "canary_occupied": N_("The bank {bank} failed its proof: a reserved {kind} value has entries."),
    "entry_missed": N_(
        "The bank {bank} failed its proof: one of its own {kind} entries was not found at distance {distance}."
    ),
    "entry_unfindable": N_(
        "The bank {bank} failed its proof: one of its own {kind} entries cannot be found by its id."
    ),
    "stranger_found": N_("The bank {bank} failed its proof: it finds a {kind} value that nobody put there."),
}


def _failed(name: str, code: str, kind: str, distance: int) -> TrustError:
    return TrustError(
        code,
        _SENTENCES[code],
        N_("Do not use this bank; run `kindward bank verify` and build it again from its list."),
        bank=name,
        kind=kind,
        distance=distance,
    )
