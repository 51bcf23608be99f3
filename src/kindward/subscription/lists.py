"""Follow a signed list: nothing reaches the bank before every signature and every rule was checked."""

from __future__ import annotations

from pathlib import Path

from kindward.banks import Bank
from kindward.errors import StateError
from kindward.subscription.means import Counted, Means
from kindward.subscription.state import State
from kindward.subscription.tally import Tally


class Follower:
    """One update of one bank from a signed list."""

    def __init__(self, path: Path, bank: Bank, state: State, means: Means, tally: Tally) -> None:
        self._path, self._bank, self._state, self._means, self._tally = path, bank, state, means, tally

    def follow(self, location: str, counted: Counted) -> None:
        """Take over everything published now. Raises: TrustError, RemoteError."""
        raise StateError("list_unsupported", "Signed lists are not followed yet.", "", location=location)
