"""A bank: known entries in a folder, found by fingerprint, refused when it cannot be trusted."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from kindward.banks import approval, refusals, simulation
from kindward.banks.changes import Change
from kindward.banks.columnar import merge
from kindward.banks.compaction import compact, take_in
from kindward.banks.entries import printable
from kindward.banks.generation import Generation, require_whole
from kindward.banks.holdings import Holdings
from kindward.banks.intake import intake
from kindward.banks.items import Item
from kindward.banks.kinds import KINDS, PDQ, kind_of
from kindward.banks.lives import Life, tidy_kept
from kindward.banks.manifest import file_stamp, manifest_stamp, read_manifest, timestamp, unreadable, writing
from kindward.banks.proving import Proof, prove
from kindward.banks.rejected import Rejected
from kindward.banks.taking import Mark, Taken, difference, expanded
from kindward.errors import KindwardError, TrustError
from kindward.model import Entry, Fingerprint, Match, Trust

MATCHES_MOST = 100
"""So many matches of one content with one bank are told, best first; a flood of near-duplicates says nothing more."""
RADIUS_MOST = 31
"""PDQ distances beyond this are no matches, whatever the settings say ("PDQ & TMK + PDQF", Meta 2019)."""
COMPACT_AFTER = 20_000
"""Changed items in the journal above which new parts are built; for larger banks an eighth of the entries."""
_COMPACT_AFTER_MOST = 100_000
"""Changes are kept in the memory of every process, about a kilobyte each."""
_WORDS = (approval.FILE, simulation.FILE, approval.SUBSCRIPTION)
"""Files beside the entries that say whether the bank decides."""
_DAY_SECONDS = 86_400
_Rank = tuple[int, int, str, bytes]
"""By what matches are put in order: distance, place of the fingerprint, id, value."""
_DIGESTS = tuple(kind for kind in KINDS if kind is not PDQ)


@dataclass(frozen=True, slots=True)
class Verified:
    """What a full verification read and proved."""

    parts: int
    size: int
    proof: Proof


class Bank(Holdings):
    """An open bank. Any number of threads may look up while others change or refresh it.

    ``path`` is its folder. Other processes' changes are seen after ``refresh``.
    """

    def __init__(self, path: Path, operators: approval.Keys | None = None) -> None:
        self.path = Path(path)
        self._operators = operators
        self._changing = threading.RLock()
        self._refused: KindwardError | None = None
        self._simulated = ""
        self._words: tuple[object, ...] = ()
        self._word_paths = tuple(os.fspath(self.path / name) for name in _WORDS)
        self._generation, self._stamp = self._load()
        try:
            self._catch_up(fresh=True)
        except BaseException:
            self._generation.close()
            raise

    @classmethod
    def open(cls, path: Path | str, *, operators: approval.Keys | None = None) -> Self:
        """Open a bank and let it prove itself.

        With ``operators``, an imported bank that none of them signed is in simulation; without, nobody needs to.

        A bank of up to 64 MB is read whole and compared with its digests; in a larger one damage can go unnoticed until
        ``verify``, and ``verified`` says so.

        Raises: TrustError if there is no bank, or it is damaged, or it does not find what it must.
        """
        return cls(Path(path), operators)

    # what it is

    @property
    def trust(self) -> Trust:
        """Give where the bank's authority comes from."""
        return self._generation.manifest.trust

    @property
    def version(self) -> str:
        """Name the state of the bank: the day of its last change and a digest of all it holds."""
        return self._generation.version

    @property
    def content(self) -> str:
        """Give the digest of what the parts hold; two builders of the same entries get the same."""
        return self._generation.manifest.content

    @property
    def head(self) -> str:
        """Give the digest of the parts and all changes since."""
        return self._generation.journal.head

    @property
    def heads(self) -> tuple[str, ...]:
        """Give ``head``, after those of earlier states since which entries were only taken out of force."""
        return tuple(self._generation.journal.heads)

    @property
    def simulated(self) -> str:
        """Say by a code why the matches of this bank are told and decide nothing; empty if they decide."""
        return self._simulated

    @property
    def verified(self) -> bool:
        """Say whether opening compared every byte of the parts with its digest; that of a large bank proves a sample.

        ``verify`` reads a bank of any size.
        """
        return self._generation.verified

    @property
    def digest_kinds(self) -> frozenset[str]:
        """Name the digests worth computing for this bank: ``sha256``, ``sha1``, ``md5``."""
        return frozenset(kind.name for kind in _DIGESTS if self._generation.counts.get(kind.name))

    # look-up

    def lookup(
        self, fingerprints: Sequence[Fingerprint], distance: int = RADIUS_MOST, quality: int = 0, *, day: str = ""
    ) -> list[Match]:
        """Find the entries near the fingerprints of one content: one match for each entry, best first.

        PDQ fingerprints count up to ``distance`` bits and from ``quality`` on; digests must be equal. Among views that
        are equally near the earlier one is named. Entries that are quarantined, or expired on ``day`` (by default
        today, in UTC), are not found. Raises: TrustError if the bank is refused.
        """
        if self._refused:
            raise self._refused.with_traceback(None)
        generation, radius, day = self._generation, min(distance, RADIUS_MOST), day or _today()
        best: dict[tuple[str, str], tuple[_Rank, Entry]] = {}
        for order, found, entry in self._found(generation, fingerprints, radius, quality, day):
            rank, key = (found, order, entry.id, entry.value), (entry.signal, entry.id)
            if key not in best or rank < best[key][0]:
                best[key] = rank, entry
        ranked = sorted(best.values(), key=lambda one: one[0])[:MATCHES_MOST]
        return [self._match(entry, rank[0], radius, fingerprints[rank[1]]) for rank, entry in ranked]

    def _match(self, entry: Entry, distance: int, radius: int, fingerprint: Fingerprint) -> Match:
        return Match(
            self.name,
            entry.id,
            entry.signal,
            distance,
            radius if entry.signal == PDQ.signal else 0,
            fingerprint.view,
            self.trust,
            entry.source,
            entry.severity,
        )

    @staticmethod
    def _found(
        generation: Generation, fingerprints: Sequence[Fingerprint], radius: int, quality: int, day: str
    ) -> Iterator[tuple[int, int, Entry]]:
        """Give (place of the fingerprint, distance, entry) in no order."""
        looks: dict[bytes, int] = {}
        for order, one in enumerate(fingerprints):
            kind = kind_of(one.signal, one.value)
            if kind is PDQ:
                if one.quality is None or one.quality >= quality:
                    looks.setdefault(one.value, order)
            elif kind is not None:
                for entry in generation.matching(kind, one.value, day, MATCHES_MOST):
                    yield order, 0, entry
        if looks and radius >= 0:
            orders, told = list(looks.values()), [0] * len(looks)
            for near in generation.near(list(looks), radius, MATCHES_MOST):
                for entry in generation.matching(PDQ, near.value, day, MATCHES_MOST - told[near.query]):
                    told[near.query] += 1
                    yield orders[near.query], near.distance, entry

    # change

    def add(
        self,
        entries: Iterable[Entry | Item | Rejected],
        *,
        again: Callable[[Life], object] | None = None,
        now: datetime | None = None,
    ) -> int:
        """Add entries, on the disk and in force when this returns; give how many are new or say something new.

        Entries that the bank already holds are left as they are. ``again`` is told of every item that was withdrawn
        before, once it is back. A long journal is built into new parts. Raises: StateError for a bank that may not be
        changed here or an entry that no bank can hold.
        """
        # Taken before the bank is locked, because reading them may be slow or ask this very bank.
        wanted, kept = expanded(entries)
        with self.alone():
            self._require_imported()
            fresh: dict[tuple[str, bytes, str], Entry] = {}
            for entry in wanted:
                self._stage(entry, fresh)
            found = map(self._generation.lives.withdrawal, dict.fromkeys(entry.id for entry in fresh.values()))
            back = [life for life in found if life is not None]
            at = _timestamp(now)
            changes = [Change("add", at, entry, entry.id) for entry in fresh.values()]
            changes += [Change("keep", at, id=item.id, items=(item,)) for item in self._still_to_keep(kept)]
            self._append(changes, now)
        if again:
            for life in back:
                again(life)
        return len(fresh)

    def _still_to_keep(self, items: Iterable[Item]) -> Iterator[Item]:
        for item in items:
            known = self._generation.lives.kept(item.id)
            both = tidy_kept((*known, *item.kept))
            if both != known:
                yield Item(item.id, kept=both)

    def _stage(self, entry: Entry, fresh: dict[tuple[str, bytes, str], Entry]) -> None:
        key = (entry.signal, entry.value, entry.id)
        merged = self._generation.merged(merge(fresh[key], entry) if key in fresh else entry)
        if merged is not None:
            fresh[key] = merged

    def withdraw(
        self, entry_id: str, reason: str, *, deciders: tuple[str, ...] = (), now: datetime | None = None
    ) -> None:
        """Take an item out of force, with all its fingerprints, until it is added again; note why.

        Raises: StateError if no entry in force has this id, no reason is given, or the bank may not be changed here.
        """
        reason = printable(reason)
        if not reason:
            raise refusals.no_reason()
        with self.alone():
            self._require_imported()
            if not self._generation.holding(entry_id):
                raise refusals.unknown(self.name, entry_id)
            self._append([Change("withdraw", _timestamp(now), id=entry_id, reason=reason, deciders=deciders)], now)

    def quarantine(self, entry_id: str, reason: str, by: str, *, now: datetime | None = None) -> None:
        """Take an item out of force here until it is reinstated here, whatever its source says meanwhile; note why.

        This is for an entry that is doubted, on signed lists too. Raises: StateError if the item is withdrawn or
        unknown, or it is not said why and by whom.
        """
        self._judge("quarantine", entry_id, reason, by, now)

    def reinstate(self, entry_id: str, reason: str, by: str, *, now: datetime | None = None) -> None:
        """Put a quarantined item back in force, whatever its source's votes say meanwhile; note why.

        Raises: StateError if the item is not quarantined, or it is not said why and by whom.
        """
        self._judge("reinstate", entry_id, reason, by, now)

    def _judge(
        self, do: Literal["quarantine", "reinstate"], entry_id: str, reason: str, by: str, now: datetime | None
    ) -> None:
        reason, by = printable(reason), printable(by)
        if not (reason and by):
            raise refusals.no_decider()
        with self.alone():
            lives = self._generation.lives
            if do == "reinstate" and entry_id not in lives.quarantined:
                raise refusals.not_quarantined(self.name, entry_id)
            if do == "quarantine" and not (self._generation.holding(entry_id) or lives.kept(entry_id)):
                raise refusals.unknown(self.name, entry_id)
            self._append([Change(do, _timestamp(now), id=entry_id, reason=reason, deciders=(by,))], now)

    def take_over(
        self, items: Iterable[Item], *, mark: Mark = None, negative_votes: int = 0, now: datetime | None = None
    ) -> Taken:
        """Make each item in the bank exactly what is given here, and note up to where its source was followed.

        All of it is on the disk and in force when this returns, or nothing is. Entries of an item that are not given
        are dropped; an item without any is withdrawn. Taking over the same again changes nothing. What a human here has
        quarantined or reinstated stays so; ``negative_votes`` against an item (0: never) quarantine it by themselves.
        Only who follows a source calls this. Raises: StateError if the bank cannot be written.
        """
        # Taken before the bank is locked, because reading them may be slow.
        stream = iter(items)
        first = list(islice(stream, COMPACT_AFTER + 1))
        if len(first) > COMPACT_AFTER:
            return self._take_in(chain(first, stream), mark, negative_votes, now)
        where = mark() if callable(mark) else mark
        with self.alone():
            change, taken = difference(self._generation, first, negative_votes, where, _timestamp(now))
            self._append([change] if change else [], now)
        return taken

    def _take_in(self, items: Iterable[Item], mark: Mark, negative_votes: int, now: datetime | None) -> Taken:
        """Build so many items into new parts at once."""
        with intake(self.path, negative_votes) as taken:
            taken.add(items)
            where = mark() if callable(mark) else mark
            with self.alone():
                if self._generation.journal.records:
                    self._compact(now)
                moment = now or datetime.now(UTC)
                result = take_in(self.path, self._generation, taken, moment, where)
                self._follow()
        return result

    def _append(self, changes: list[Change], now: datetime | None) -> None:
        """Write changes, make them true here, and build new parts if the journal has become long."""
        generation = self._generation
        if changes:
            generation.journal.append(changes)
            self._follow()
        entries = sum(generation.manifest.counts.values())
        if generation.journal.records > max(COMPACT_AFTER, min(entries // 8, _COMPACT_AFTER_MOST)):
            self._compact(now)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Look at the newest state and keep every other writer out until the block ends."""
        with self._changing, writing(self.path):
            self._follow()
            yield

    def compact(self, *, now: datetime | None = None) -> None:
        """Build new parts of what is in force; look-ups in other threads and processes go on meanwhile."""
        with self.alone():
            self._compact(now)

    def _compact(self, now: datetime | None) -> None:
        compact(self.path, self._generation, now or datetime.now(UTC))
        self._follow()

    def refresh(self) -> bool:
        """Take over what other processes changed; say whether anything did.

        Costs a few system calls when nothing changed. Raises: TrustError if the bank cannot be trusted any more; it is
        then refused until a later refresh succeeds.
        """
        if not self._refused and self._is_current():
            return False
        with self._changing:
            return self._follow()

    def _is_current(self) -> bool:
        journal = self._generation.journal
        try:
            return (
                manifest_stamp(self.path) == self._stamp
                and journal.length() == journal.seen
                and self._word_stamps() == self._words
            )
        except (KindwardError, OSError, ValueError):
            # The journal was closed meanwhile because its parts were replaced.
            return False

    def _follow(self) -> bool:
        try:
            fresh = bool(self._refused) or manifest_stamp(self.path) != self._stamp or self._has_shrunk()
            if fresh:
                old = self._generation
                self._generation, self._stamp = self._load()
                old.close()
            changed = self._catch_up(fresh=fresh)
        except KindwardError as problem:
            self._refused = problem
            raise
        self._refused = None
        return changed

    def _has_shrunk(self) -> bool:
        return self._generation.journal.length() < self._generation.journal.size

    def _catch_up(self, *, fresh: bool) -> bool:
        generation = self._generation
        changes = generation.journal.read()
        for change in changes:
            generation.apply(change)
        if changes or fresh:
            prove(generation.manifest.name, generation)
        was = self._simulated
        self._weigh()
        return bool(changes) or fresh or self._simulated != was

    def _weigh(self) -> None:
        """Find out whether the matches of the bank decide, from what operators and the budget say."""
        self._words = self._word_stamps()
        told = simulation.simulation(self.path)
        if told is not None:
            self._simulated = told.reason
        elif self._operators is None or self.trust is Trust.FEDERATED:
            self._simulated = ""
        else:
            self._simulated = approval.refusal(self.path, self.name, self.content, self.heads, self._operators)

    def _word_stamps(self) -> tuple[object, ...]:
        # Most banks have none of them, and an exception costs more than asking first.
        return tuple(os.access(path, os.F_OK) and file_stamp(path) for path in self._word_paths)

    def _load(self) -> tuple[Generation, tuple[int, int, int]]:
        """Open the parts that the manifest names; when they were replaced meanwhile, those of the new one."""
        manifest, stamp = read_manifest(self.path)
        try:
            return Generation(self.path, manifest), stamp
        except (TrustError, OSError) as problem:
            if manifest_stamp(self.path) != stamp:
                return self._load()
            if isinstance(problem, OSError):
                raise unreadable(self.path, problem) from problem
            raise

    # trust

    def prove(self) -> Proof:
        """Let the bank prove itself. Raises: TrustError that says which proof failed."""
        return prove(self.name, self._generation)

    def verify(self) -> Verified:
        """Read the bank anew as it lies there: every part against its digest, every line of the journal, and the proof.

        Raises: TrustError that names the part that is damaged or the proof that failed.
        """
        with Bank.open(self.path) as anew:
            manifest = anew._generation.manifest  # noqa: SLF001 - another object of this very class
            parts = manifest.parts
            if not anew.verified:
                require_whole(self.path, manifest)
            return Verified(len(parts), sum(part.size for part in parts.values()), anew.prove())

    def close(self) -> None:
        """Let go of the files."""
        self._generation.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _require_imported(self) -> None:
        if self.trust is not Trust.IMPORTED:
            raise refusals.subscribed(self.name)


def _today() -> str:
    return _day(int(time.time()) // _DAY_SECONDS)


@lru_cache(2)
def _day(number: int) -> str:
    """Write a day, counted from 1970; cached, because every look-up asks for it."""
    return time.strftime("%Y-%m-%d", time.gmtime(number * _DAY_SECONDS))


def _timestamp(now: datetime | None) -> str:
    return timestamp(now or datetime.now(UTC))
