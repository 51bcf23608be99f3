"""What is in an open bank, and what became of its items; nothing here changes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice

from kindward.banks import refusals
from kindward.banks.generation import Generation
from kindward.banks.items import Kept
from kindward.banks.kinds import KINDS
from kindward.banks.lives import Life
from kindward.model import Entry, EntryState


class Holdings:
    """Entries, states and kept fingerprints of the generation that is open."""

    _generation: Generation

    @property
    def name(self) -> str:
        """Give the name under which matches are told."""
        return self._generation.manifest.name

    @property
    def mark(self) -> Mapping[str, str]:
        """Say up to where the source was followed, as the last ``take_over`` said."""
        return dict(self._generation.mark)

    def counts(self) -> dict[str, int]:
        """Give the number of entries for each signal that are neither withdrawn nor quarantined."""
        generation = self._generation
        counts = {kind.signal: 0 for kind in KINDS}
        for kind in KINDS:
            counts[kind.signal] += generation.counts.get(kind.name, 0)
        for entry_id in list(generation.lives.quarantined):
            for entry in generation.holding(entry_id):
                counts[entry.signal] -= 1
        return counts

    def entries(self, limit: int | None = None, offset: int = 0) -> Iterator[Entry]:
        """Give the entries that are not withdrawn, in a stable order; ``state`` tells the quarantined ones."""
        held = islice(self._generation.all(), offset, None if limit is None else offset + limit)
        return map(self._with_state, held)

    def entry(self, entry_id: str) -> Entry:
        """Give the entry with this id, the first one if the item has several fingerprints.

        Raises: StateError if it is withdrawn or was never there.
        """
        held = self.holding(entry_id)
        if not held:
            raise refusals.unknown(self.name, entry_id)
        return held[0]

    def holding(self, entry_id: str) -> list[Entry]:
        """Give all entries of an item, one for each of its fingerprints; none if it is withdrawn or unknown."""
        return [self._with_state(entry) for entry in self._generation.holding(entry_id)]

    def _with_state(self, entry: Entry) -> Entry:
        if entry.id in self._generation.lives.quarantined:
            return replace(entry, state=EntryState.QUARANTINED)
        return entry

    # what became of its items

    def states(self, limit: int | None = None, offset: int = 0) -> Iterator[Life]:
        """Give every item that is quarantined or withdrawn, with the reason, the time and who decided it."""
        return islice(self._generation.lives.all(), offset, None if limit is None else offset + limit)

    def state(self, entry_id: str) -> Life | None:
        """Say what is known about the state of an item: withdrawn, quarantined, or reinstated here; None if nothing."""
        lives = self._generation.lives
        return lives.withdrawal(entry_id) or lives.opinions.get(entry_id)

    def state_counts(self) -> dict[EntryState, int]:
        """Count the items that are quarantined and those that are withdrawn."""
        return self._generation.lives.counts()

    def kept(self, limit: int | None = None, offset: int = 0) -> Iterator[tuple[str, Kept]]:
        """Give the fingerprints that are not matched but kept as their source gave them, with their items' ids."""
        return islice(self._generation.lives.all_kept(), offset, None if limit is None else offset + limit)

    def kept_of(self, entry_id: str) -> tuple[Kept, ...]:
        """Give the fingerprints of one item that are not matched but kept."""
        return self._generation.lives.kept(entry_id)

    def kept_counts(self) -> dict[str, int]:
        """Count the fingerprints that are kept, by the name their source gives their kind; reads all of them."""
        return dict(sorted(Counter(kept.signal for _, kept in self.kept()).items()))
