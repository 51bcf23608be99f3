"""Follow a feed page by page: rejected records first, then the bank, then the checkpoint, each durable before the next.

A page that is taken twice changes nothing the second time, and its rejected records are written to the same file again,
so it does not matter where a process is killed. The bank bears the number of the last step as its mark. A bank whose
mark is behind has lost the end of its journal, or was built anew: then everything is read again from the beginning, and
what the source does not name any more is withdrawn.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

import numpy as np

from kindward.banks import Bank
from kindward.banks.canaries import refusal
from kindward.banks.entries import id_key
from kindward.banks.items import Item
from kindward.banks.kinds import kind_of
from kindward.banks.rejected import Rejected
from kindward.banks.sources import Page, Source
from kindward.subscription import rejects
from kindward.subscription.means import Counted, Means
from kindward.subscription.state import STEP, State
from kindward.subscription.tally import Tally

GONE = "gone_from_source"
"""Reason of a withdrawal: the source gave its whole list, and the item is not in it."""
_BATCH = 5_000


class Feed:
    """One update of one bank from its source."""

    def __init__(self, path: Path, bank: Bank, state: State, means: Means, tally: Tally) -> None:
        self._path, self._bank, self._state, self._means, self._tally = path, bank, state, means, tally
        self._named = array("Q")
        self._counted: Counter[str] = Counter()
        self._first = state.sequence + 1

    def follow(self, source: Source, transport: Counted) -> None:
        """Take over everything the source has to say now.

        Raises: what the source raises; all pages before are kept. StateError if the bank cannot be written.
        """
        state = self._state
        if state.whole or int(self._bank.mark.get(STEP, "0")) < state.sequence:
            state.whole, state.checkpoint = True, {}
            self._tally.repaired = True
            state.write(self._path)
        whole = False
        for page in source.changes(state.checkpoint, transport, self._means.now()):
            self._take(page)
            whole = page.whole
        if state.whole and not whole:
            self._withdraw_unnamed(state.sequence)
            self._finish_whole()
            state.write(self._path)

    def _take(self, page: Page) -> None:
        state, tally = self._state, self._tally
        items, rejected = page.items, (*page.rejected, *_unfit(page.items))
        self._named.extend(id_key(item.id) for item in items if item.entries or item.kept)
        tally.found += page.found
        if not (items or rejected or page.whole):
            # A source that only looked further has brought no step, and the bank need not be written.
            if dict(page.checkpoint) != state.checkpoint:
                state.checkpoint = dict(page.checkpoint)
                state.write(self._path)
            return
        sequence = state.sequence + 1
        kept = rejected[: max(0, rejects.KEPT - state.rejected_kept)]
        rejects.keep(self._path, sequence, kept)
        self._bring(items, sequence)
        if page.whole:
            self._withdraw_unnamed(sequence)
        counted = Counter(one.reason_code for one in rejected)
        self._counted += counted
        state.rejected = dict(Counter(state.rejected) + counted)
        state.rejected_kept += len(kept)
        state.sequence, state.checkpoint = sequence, dict(page.checkpoint)
        if page.whole:
            self._finish_whole()
        state.mark = dict(self._bank.mark)
        state.write(self._path)
        tally.reject(rejected)
        tally.pages += 1

    def _bring(self, items: Iterable[Item], sequence: int) -> None:
        taken = self._bank.take_over(
            items, mark={STEP: str(sequence)}, now=self._means.now(), negative_votes=self._means.negative_votes
        )
        self._tally.put += taken.put
        self._tally.withdrawn += taken.withdrawn
        self._tally.unchanged += taken.unchanged

    def _withdraw_unnamed(self, sequence: int) -> None:
        gone = list(dict.fromkeys(self._gone()))
        for first in range(0, len(gone), _BATCH):
            self._bring([Item(entry_id, reason=GONE) for entry_id in gone[first : first + _BATCH]], sequence)

    def _gone(self) -> Iterator[str]:
        """Give the ids of the bank that no page named; compared by their 64-bit keys, because ids may be millions."""
        named = np.unique(np.frombuffer(self._named, np.uint64))
        kept = (entry_id for entry_id, _ in self._bank.kept())
        known = chain((entry.id for entry in self._bank.entries()), kept)
        while some := list(islice(known, _BATCH)):
            keys = np.array(list(map(id_key, some)), np.uint64)
            places = np.searchsorted(named, keys)
            found = np.append(named, np.uint64(0))[places] == keys
            yield from (some[place] for place in np.flatnonzero(~found | (places == len(named))))

    def _finish_whole(self) -> None:
        """Let what was rejected before this pass go, for the pass has read everything."""
        rejects.forget_before(self._path, self._first)
        self._state.rejected = dict(self._counted)
        self._state.rejected_kept = min(self._state.rejected_kept, self._counted.total())
        self._state.whole = False


def _unfit(items: Iterable[Item]) -> Iterator[Rejected]:
    """Tell the fingerprints that no bank may match; the bank itself keeps them, but they find nothing."""
    for item in items:
        for entry in item.entries:
            kind = kind_of(entry.signal, entry.value)
            if code := refusal(kind, entry.value) if kind else "signal_unsupported":
                yield Rejected(0, code, {"signal": entry.signal})
