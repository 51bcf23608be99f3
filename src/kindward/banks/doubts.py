"""Say aloud what a list probably is not, when its own numbers say so.

A bare line of 64 digits is read as PDQ. If it is a SHA-256 instead, the bank would be whole, proven, and would never
match anything. The two can be told apart: PDQ sets the bits of the coefficients above their median, so 128 of 256 bits
("PDQ & TMK + PDQF", Meta 2019, section on hashing; a few less when coefficients are equal), while of the values of a
digest only one in twenty has exactly 128 (binomial coefficient 256 over 128, divided by 2²⁵⁶: 0.0498).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kindward.banks.sections import Array
from kindward.locale import N_

_LEAST = 8
_SHARE = 0.5
_HALF = 128


@dataclass(frozen=True, slots=True)
class Doubt:
    """A sentence for the person who built the bank; ``facts`` fill the template."""

    code: str
    template: str
    facts: Mapping[str, object]

    def __str__(self) -> str:
        return self.template.format(**self.facts)


def doubt_looks(values: Array) -> Doubt | None:
    """Judge whether values (n, 32) that were read as PDQ can be; None if so, or if there are too few to tell."""
    if len(values) < _LEAST:
        return None
    balanced = np.bitwise_count(values).sum(axis=1, dtype=np.int64) == _HALF
    if balanced.mean() >= _SHARE:
        return None
    return Doubt(
        "looks_like_sha256",
        N_(
            "The values that were read as PDQ do not look like PDQ: {share} % of them have as many ones as zeros, and "
            "nearly all should. If they are SHA-256, write sha256 before each and build the bank again."
        ),
        {"share": round(100 * float(balanced.mean()))},
    )
