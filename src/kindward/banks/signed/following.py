"""Follow the history of a signed list from its files, and give nothing of it before all of it is proven.

A file is read twice. The first time every leaf of the log is rebuilt from the rows and taken by the same state machine
that outsiders use (``ledger.history``); the release, the checkpoint and the witnesses must then agree on the root of
what was rebuilt. Only after that the rows are read again and become items. So a changed fingerprint, a row left out or
an entry that one authority slipped in is noticed before anything is in force, and ten million rows need no memory.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from kindward.banks.canaries import refusal, refused
from kindward.banks.entries import printable
from kindward.banks.items import Item
from kindward.banks.kinds import KINDS, Kind
from kindward.banks.signed.chunks import Chunk, Run
from kindward.banks.signed.refusals import distrusted
from kindward.errors import TrustError
from kindward.ledger.charter import Charter
from kindward.ledger.history import History
from kindward.ledger.leaves import Add, Release, Remove, decode
from kindward.ledger.names import is_day
from kindward.ledger.note import open_checkpoint
from kindward.ledger.tree import verify_consistency
from kindward.model import Entry

UNUSABLE = "entry_unusable"
"""Why a confirmed entry is not matched here: no bank holds such a value, or its day of expiry is none."""


FEW = 16
Prove = Callable[[int], Sequence[bytes]]


@dataclass(frozen=True, slots=True)
class Seen:
    """A state of the log that was proven before: whoever shows another root at this size shows us another log."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Followed:
    """What is proven: the release, the state to go on from, and the log as far as it goes."""

    release: Release
    state: bytes

    size: int
    root: bytes

    @property
    def mark(self) -> Mapping[str, str]:
        """Give what the bank notes with the items."""
        return mark_of(self.release)


def mark_of(release: Release) -> Mapping[str, str]:
    """Name a release by its number and the tree it stands for."""
    return {"release": str(release.number), "size": str(release.size), "root": release.root.hex()}


class Follower:
    """Take the files of a list in order, finish, and only then give items.

    ``history`` may have been resumed; rows that it already has are skipped. ``charter`` is the newest, whose witnesses
    must have seen the end of the log. ``seen`` are states proven earlier, which matter if the history begins anew.
    """

    def __init__(self, history: History, charter: Charter, seen: Sequence[Seen] = ()) -> None:
        self._history, self._charter = history, charter
        self._begun = history.size
        self._seen = sorted((one for one in seen if one.size > history.size), key=lambda one: one.size)
        self._sealed = array("Q")
        self._finished = False

    def take(self, chunk: Chunk) -> None:
        """Take the rows of a file that follow what is known.

        Raises: TrustError for a gap (``chunk_gap``), for a row that breaks a rule of the log, and for another history
        than the one known (``list_forked``).
        """
        if not chunk.start <= self._history.size < chunk.end:
            raise distrusted("chunk_gap", start=chunk.start, end=chunk.end, size=self._history.size)
        for run in chunk.runs():
            known = self._history.size - run.first
            if known < run.count:
                self._take_run(run, max(known, 0))

    def _take_run(self, run: Run, known: int) -> None:
        leaves = iter(islice(run.leaves(), known, None))
        rest = run.count - known
        while rest:
            step = min(rest, self._seen[0].size - self._history.size) if self._seen else rest
            self._take_leaves(islice(leaves, step), told=run.shape.is_opened)
            rest -= step
            self._compare()

    def _take_leaves(self, leaves: Iterable[bytes], *, told: bool) -> None:
        take = self._history.take
        if told:
            for leaf in leaves:
                take(leaf)
            return
        for leaf in leaves:
            if isinstance(take(leaf), Add):
                self._sealed.append(self._history.size - 1)

    def _compare(self) -> None:
        while self._seen and self._seen[0].size == self._history.size:
            if self._history.frontier.root() != self._seen.pop(0).root:
                raise distrusted("list_forked", size=self._history.size)

    def finish(self, release: bytes, checkpoint: str, tail: Sequence[bytes], prove: Prove | None = None) -> Followed:
        """Prove what was taken: against the release, the leaves after it, and the checkpoint with its witnesses.

        ``release`` are the bytes of ``list/release.json``; ``tail`` the leaves of the log that follow the release's
        size and belong to it. The log may have gone on since: then ``prove`` gives the proof that the tree of so many
        leaves begins the one of the checkpoint. Raises: TrustError ``release_unreadable``, ``list_incomplete``,
        ``list_history_other``, ``list_mixed``, ``list_statement_missing``, ``list_entry_withheld``, ``list_forked``
        and those of the ledger.
        """
        told = read_release(release)
        self._check_release(told)
        self._take_tail(release, tail)
        withheld = next(filter(self._history.is_active, self._sealed), None)
        if withheld is not None:
            raise distrusted("list_entry_withheld", index=withheld)
        self._check_checkpoint(checkpoint, prove)
        self._finished = True
        return Followed(told, self._history.state(), self._history.size, self._history.frontier.root())

    def _check_release(self, told: Release) -> None:
        if told.size != self._history.size:
            raise distrusted("list_incomplete", size=self._history.size, end=told.size)
        if told.root != self._history.frontier.root():
            raise distrusted("list_history_other", size=told.size)

    def _take_tail(self, release: bytes, tail: Sequence[bytes]) -> None:
        if not tail or tail[0] != release:
            raise distrusted("list_mixed", what="log/tile/entries")
        for leaf in tail:
            # What belongs to the next release is not yet told to subscribers.
            if isinstance(self._history.take(leaf), Add | Remove):
                raise distrusted("list_mixed", what="log/tile/entries")
            self._compare()
        if not self._history.complete:
            missing = ", ".join(self._history.missing)
            raise distrusted("list_statement_missing", authority=missing)

    def _check_checkpoint(self, checkpoint: str, prove: Prove | None) -> None:
        charter, size, root = self._charter, self._history.size, self._history.frontier.root()
        opened = open_checkpoint(checkpoint, charter.log, charter.witnesses, charter.quorum)
        if opened.size < size or self._seen:
            raise distrusted("list_mixed", what="log/checkpoint")
        if opened.size > size:
            verify_consistency(size, root, opened.size, opened.root, prove(size) if prove else ())
        elif opened.root != root:
            raise distrusted("list_forked", size=size)

    def items(self, chunk: Chunk) -> Iterator[Item]:
        """Give what a file changes, in the order of the log; an entry's item is named after its place in the log.

        Entries withdrawn meanwhile are given as withdrawn only. Raises: RuntimeError before ``finish``, because
        nothing is in force before it is proven.
        """
        if not self._finished:
            raise RuntimeError("nothing is proven yet")
        for run in chunk.runs():
            skipped = max(self._begun - run.first, 0)
            if skipped < run.count:
                yield from self._entries(run, skipped) if run.shape.is_opened else _withdrawals(run, skipped)

    def _entries(self, run: Run, skipped: int) -> Iterator[Item]:
        kind, shape = KINDS[run.shape.form], run.shape
        unusable = _unusable(kind, run.values) if _is_usable(shape.expires) else [True] * run.count
        source, severity, place = map(printable, (shape.source, shape.category, shape.jurisdiction))
        day, by, expires = shape.date, shape.authorities, shape.expires
        for row in range(skipped, run.count):
            index = run.first + row
            if not self._history.is_active(index):
                continue
            name = str(index)
            if unusable[row]:
                yield Item(name, reason=UNUSABLE)
            else:
                value, note = run.values[row], printable(run.ids[row])
                entry = Entry(name, kind.signal, value, source, severity, note, place, day, by, expires)
                yield Item(name, (entry,))


def read_release(data: bytes) -> Release:
    """Read ``list/release.json``. Raises: TrustError ``release_unreadable``."""
    try:
        release = decode(data)
    except TrustError:
        release = None
    if not isinstance(release, Release):
        raise distrusted("release_unreadable") from None
    return release


def _withdrawals(run: Run, skipped: int) -> Iterator[Item]:
    for leaf in islice(run.leaves(), skipped, None):
        known = decode(leaf)
        if isinstance(known, Remove):
            yield Item(str(known.index), reason=known.reason, deciders=known.authorities)


def _unusable(kind: Kind, values: list[bytes]) -> list[bool]:
    """Say of each value whether no bank can hold it; a few are quicker looked at one by one."""
    if len(values) < FEW:
        return [bool(refusal(kind, value)) for value in values]
    told: list[bool] = refused(kind, np.frombuffer(b"".join(values), np.uint8).reshape(-1, kind.width)).tolist()
    return told


def _is_usable(expires: str) -> bool:
    return not expires or is_day(expires)
