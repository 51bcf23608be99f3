"""Follow a signed list: nothing reaches the bank before every signature and every rule was checked.

The bank bears the release as its mark, written together with the items. What the list's client keeps is written after
the bank; a process that dies in between is given the same items once more. A bank whose mark is older than what was
brought into it before has lost the end of its journal: the client then gives the whole history again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from pathlib import Path

from kindward.banks import Bank
from kindward.errors import TrustError
from kindward.subscription.means import Counted, Means
from kindward.subscription.record import FOLDER, ROOT, damaged
from kindward.subscription.state import RELEASE, State
from kindward.subscription.tally import Tally

PLACE = "list"
"""Where the client of the list keeps what it has verified, below the folder of the subscription."""


class Follower:
    """One update of one bank from a signed list."""

    def __init__(self, path: Path, bank: Bank, state: State, means: Means, tally: Tally) -> None:
        self._path, self._bank, self._state, self._means, self._tally = path, bank, state, means, tally

    def follow(self, location: str, counted: Counted) -> None:
        """Take over everything published now.

        Raises: TrustError if anything about the list cannot be believed, RemoteError if it cannot be fetched; the bank
        is then as it was.
        """
        from kindward.banks.signed.client import SignedList

        folder, now, tally = self._path / FOLDER / PLACE, self._means.now(), self._tally
        folder.mkdir(exist_ok=True)
        mark = self._bank.mark
        tally.repaired = release_of(mark) < release_of(self._state.mark)
        news = SignedList(folder, self._root(), counted.fetch_from(location)).update(mark, now)
        if not news.current:
            taken = self._bank.take_over(news.items(), mark=news.mark, now=now)
            news.commit()
            tally.put, tally.withdrawn, tally.unchanged = taken.put, taken.withdrawn, taken.unchanged
            tally.found, tally.pages = taken.put + taken.withdrawn + taken.unchanged, 1
        self._state.sequence = news.release.number
        self._state.mark = dict(news.mark)
        self._state.expires = news.expires.astimezone(UTC).isoformat()

    def _root(self) -> bytes:
        try:
            return (self._path / FOLDER / ROOT).read_bytes()
        except OSError as problem:
            raise damaged(self._path, f"{FOLDER}/{ROOT}") from problem


def release_of(mark: Mapping[str, str]) -> int:
    """Give the number of the release that a mark names; 0 if it names none."""
    text = mark.get(RELEASE, "0")
    if not text.isdecimal():
        raise TrustError(
            "bank_mark_unreadable",
            "The mark of the bank names the release {release}, which is no number.",
            "Remove the bank and subscribe to the list again.",
            release=text,
        )
    return int(text)
