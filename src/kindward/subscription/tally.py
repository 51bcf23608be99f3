"""What one update did, counted while it runs."""

from __future__ import annotations

from dataclasses import dataclass, field

from kindward.banks.rejected import Rejected

SHOWN = 1_000
"""So many rejected records of one update are handed to whoever asked for it; all are counted and kept."""


@dataclass(slots=True)
class Tally:
    """Count items by what became of them, records found and rejected, and steps.

    ``repaired`` says that the bank had fallen behind its subscription and everything was read again.
    """

    put: int = 0
    withdrawn: int = 0
    unchanged: int = 0
    found: int = 0
    rejected: int = 0
    pages: int = 0
    repaired: bool = False
    shown: list[Rejected] = field(default_factory=list)

    def reject(self, rejected: tuple[Rejected, ...]) -> None:
        """Count records that were not understood."""
        self.rejected += len(rejected)
        self.shown += rejected[: SHOWN - len(self.shown)]

    def numbers(self, size: int) -> dict[str, int]:
        """Give the numbers that status tells of the last update, with the bytes it moved."""
        return {
            "put": self.put,
            "withdrawn": self.withdrawn,
            "unchanged": self.unchanged,
            "found": self.found,
            "rejected": self.rejected,
            "pages": self.pages,
            "bytes": size,
        }
