"""Take over the present state of items from their source: what is new is written, what is known stays untouched."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from kindward.banks.canaries import refusal
from kindward.banks.changes import Change
from kindward.banks.columnar import merge
from kindward.banks.entries import printable
from kindward.banks.generation import Generation
from kindward.banks.items import Item, Kept
from kindward.banks.kinds import derived_id, kind_of
from kindward.banks.lives import DOUBTED, NEGATIVE_VOTES, Life, tidy_kept
from kindward.banks.rejected import Rejected
from kindward.errors import StateError
from kindward.locale import N_
from kindward.model import Entry, EntryState

Mark = Mapping[str, str] | Callable[[], Mapping[str, str]] | None
"""Where a source goes on; a callable is asked once all items were read."""
BY_SOURCE = "withdrawn_by_source"
REJECTED_KEPT = 1_000
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_REFUSALS = {
    "fingerprint_empty": N_(
        "The entry cannot be added: its fingerprint stands for no picture or file; it would match every empty one."
    ),
    "canary_reserved": N_("The entry cannot be added: its fingerprint is reserved for proving that a bank works."),
    "signal_unsupported": N_(
        "The entry cannot be added: fingerprints of the kind {signal} cannot be matched by this version."
    ),
}


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of the items: put in force or changed, withdrawn, or just as they were.

    When so many are taken over that new parts are built, those that were there before count as put. ``rejected`` (the
    first 1,000) are fingerprints that no bank may match, such as that of an empty picture; they are kept instead.
    """

    put: int = 0
    withdrawn: int = 0
    unchanged: int = 0
    rejected: tuple[Rejected, ...] = ()


def checked(entry: Entry) -> Entry:
    """Make an entry one that a bank can hold. Raises: StateError if none can."""
    kind = kind_of(entry.signal, entry.value)
    refused = refusal(kind, entry.value) if kind else "signal_unsupported"
    if kind is None or refused:
        raise StateError(refused, _REFUSALS[refused], "", signal=entry.signal)
    return tidied(entry, printable(entry.id) or derived_id(kind, entry.value))


def expanded(records: Iterable[Entry | Item | Rejected]) -> tuple[list[Entry], list[Item]]:
    """Give the entries among records and inside items, checked, and what items only keep. Raises: StateError."""
    entries, kept = list[Entry](), list[Item]()
    for record in records:
        if isinstance(record, Entry):
            entries.append(checked(record))
        elif isinstance(record, Item):
            entries += [checked(replace(entry, id=record.id)) for entry in record.entries]
            kept += [Item(printable(record.id), kept=record.kept)] if record.kept else []
    return entries, kept


def tidied(entry: Entry, entry_id: str) -> Entry:
    """Free the fields of an entry of what no row can hold; its state is that of its item and stands elsewhere."""
    return Entry(
        entry_id,
        entry.signal,
        entry.value,
        printable(entry.source),
        printable(entry.severity),
        printable(entry.note),
        printable(entry.jurisdiction),
        _day(entry.added),
        tuple(sorted({printable(name) for name in entry.confirmed_by} - {""})),
        _day(entry.expires),
        max(0, entry.positive),
        max(0, entry.negative),
    )


def _day(text: str) -> str:
    return text[:10] if _DAY.match(text) else ""


class Tidier:
    """Make items ones that a bank can hold, and note what it may not match."""

    def __init__(self, negative_votes: int) -> None:
        self._negative_votes = negative_votes
        self.rejected: list[Rejected] = []

    def tidied(self, item: Item) -> Item:
        """Give the item with its entries checked and merged; what may not be matched is kept."""
        entry_id, kept = printable(item.id), list(item.kept)
        entries: dict[tuple[str, bytes], Entry] = {}
        for entry in item.entries:
            kind = kind_of(entry.signal, entry.value)
            refused = refusal(kind, entry.value) if kind else "signal_unsupported"
            if refused:
                kept.append(Kept(kind.name if kind else entry.signal, entry.value.hex()))
                self._reject(refused, entry.signal)
            elif entry.state is not EntryState.WITHDRAWN:
                key, tidy = (entry.signal, entry.value), tidied(entry, entry_id)
                entries[key] = merge(entries[key], tidy) if key in entries else tidy
        gone = not (entries or kept)
        return Item(
            entry_id,
            tuple(entries.values()),
            tidy_kept(tuple(kept)) if kept else (),
            (printable(item.reason) or BY_SOURCE) if gone else "",
            tuple(sorted(map(printable, item.deciders))) if gone else (),
        )

    def doubt(self, item: Item) -> str:
        """Say why an item is doubted by its source; empty if it is not."""
        if any(entry.state is EntryState.QUARANTINED for entry in item.entries):
            return DOUBTED
        most = max((entry.negative for entry in item.entries), default=0)
        return NEGATIVE_VOTES if 0 < self._negative_votes <= most else ""

    def _reject(self, code: str, signal: str) -> None:
        if len(self.rejected) < REJECTED_KEPT:
            self.rejected.append(Rejected(0, code, {"signal": signal}))


def difference(
    generation: Generation, items: Iterable[Item], negative_votes: int, mark: Mapping[str, str] | None, at: str
) -> tuple[Change | None, Taken]:
    """Say in one change what is new about these items; None if nothing is. Of an item named twice the last holds."""
    tidier, news, doubts = Tidier(negative_votes), list[Item](), dict[str, str]()
    unchanged = 0
    for raw in {printable(item.id): item for item in items}.values():
        item, doubt = tidier.tidied(raw), tidier.doubt(raw)
        if _is_judged_anew(generation.lives.opinions.get(item.id), doubt):
            doubts[item.id] = doubt
        if is_known(generation, item):
            unchanged += 1
        else:
            news.append(item)
    put = sum(bool(item.entries or item.kept) for item in news)
    taken = Taken(put, len(news) - put, unchanged, tuple(tidier.rejected))
    fresh_mark = mark if mark is not None and dict(mark) != generation.mark else None
    if not news and not doubts and fresh_mark is None:
        return None, taken
    return Change("take", at, items=tuple(news), doubts=doubts, mark=fresh_mark), taken


def is_known(generation: Generation, item: Item) -> bool:
    """Say whether an item is in force exactly as it is given here."""
    held = {(entry.signal, entry.value): entry for entry in generation.holding(item.id)}
    if held != {(entry.signal, entry.value): entry for entry in item.entries}:
        return False
    if item.kept != generation.lives.kept(item.id):
        return False
    life = generation.lives.withdrawal(item.id)
    if item.entries or item.kept:
        return life is None
    return life is not None and (life.reason, life.deciders) == (item.reason, item.deciders)


def _is_judged_anew(opinion: Life | None, doubt: str) -> bool:
    """Say whether the votes of the source change what is held of an item; a human's opinion here stands above them."""
    if opinion is None:
        return bool(doubt)
    return not opinion.deciders and opinion.reason != doubt
