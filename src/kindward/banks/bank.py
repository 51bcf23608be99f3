"""A bank: known entries in a folder, found by fingerprint, refused when it cannot be trusted."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from kindward.banks import refusals
from kindward.banks.changes import Change
from kindward.banks.columnar import merge
from kindward.banks.compaction import compact, take_in
from kindward.banks.entries import printable
from kindward.banks.generation import Generation, require_whole
from kindward.banks.intake import intake
from kindward.banks.items import Item, Kept
from kindward.banks.kinds import KINDS, PDQ, kind_of
from kindward.banks.lives import Life
from kindward.banks.manifest import manifest_stamp, read_manifest, timestamp, unreadable, writing
from kindward.banks.proving import Proof, prove
from kindward.banks.rejected import Rejected
from kindward.banks.taking import Mark, Taken, checked, difference
from kindward.errors import KindwardError, TrustError
from kindward.model import Entry, EntryState, Fingerprint, Match, Trust

MATCHES_MOST = 100
"""So many matches of one content with one bank are told, best first; a flood of near-duplicates says nothing more."""
RADIUS_MOST = 31
"""PDQ distances beyond this are no matches, whatever the settings say ("PDQ & TMK + PDQF", Meta 2019)."""
COMPACT_AFTER = 20_000
"""Changed items in the journal above which new parts are built; for larger banks an eighth of the entries."""
_COMPACT_AFTER_MOST = 100_000
"""Changes are kept in the memory of every process, about a kilobyte each."""
_Rank = tuple[int, int, str, bytes]
"""By what matches are put in order: distance, place of the fingerprint, id, value."""
_DIGESTS = tuple(kind for kind in KINDS if kind is not PDQ)


@dataclass(frozen=True, slots=True)
class Verified:
    """What a full verification read and proved."""

    parts: int
    size: int
    proof: Proof


class Bank:
    """An open bank. Any number of threads may look up while others change or refresh it.

    ``path`` is its folder. Other processes' changes are seen after ``refresh``.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self._changing = threading.RLock()
        self._refused: KindwardError | None = None
        self._generation, self._stamp = self._load()
        try:
            self._catch_up(fresh=True)
        except BaseException:
            self._generation.close()
            raise

    @classmethod
    def open(cls, path: Path | str) -> Self:
        """Open a bank and let it prove itself.

        A bank of up to 64 MB is read whole and compared with its digests; in a larger one damage can go unnoticed until
        ``verify``, and ``verified`` says so.

        Raises: TrustError if there is no bank, or it is damaged, or it does not find what it must.
        """
        return cls(Path(path))

    # what it is

    @property
    def name(self) -> str:
        """Give the name under which matches are told."""
        return self._generation.manifest.name

    @property
    def trust(self) -> Trust:
        """Give where the bank's authority comes from."""
        return self._generation.manifest.trust

    @property
    def version(self) -> str:
        """Name the state of the bank: the day of its last change and a digest of all it holds."""
        return self._generation.version

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
        entries: Iterable[Entry | Rejected],
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
        wanted = [checked(entry) for entry in entries if isinstance(entry, Entry)]
        with self._changing, writing(self.path):
            self._require_imported()
            self._follow()
            fresh: dict[tuple[str, bytes, str], Entry] = {}
            for entry in wanted:
                self._stage(entry, fresh)
            found = map(self._generation.lives.withdrawal, dict.fromkeys(entry.id for entry in fresh.values()))
            back = [life for life in found if life is not None]
            self._append([Change("add", _timestamp(now), entry, entry.id) for entry in fresh.values()], now)
        if again:
            for life in back:
                again(life)
        return len(fresh)

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
        with self._changing, writing(self.path):
            self._require_imported()
            self._follow()
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
        with self._changing, writing(self.path):
            self._follow()
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
        with self._changing, writing(self.path):
            self._follow()
            change, taken = difference(self._generation, first, negative_votes, where, _timestamp(now))
            self._append([change] if change else [], now)
        return taken

    def _take_in(self, items: Iterable[Item], mark: Mark, negative_votes: int, now: datetime | None) -> Taken:
        """Build so many items into new parts at once."""
        with intake(self.path, negative_votes) as taken:
            taken.add(items)
            where = mark() if callable(mark) else mark
            with self._changing, writing(self.path):
                self._follow()
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

    def compact(self, *, now: datetime | None = None) -> None:
        """Build new parts of what is in force; look-ups in other threads and processes go on meanwhile."""
        with self._changing, writing(self.path):
            self._follow()
            self._compact(now)

    def _compact(self, now: datetime | None) -> None:
        compact(self.path, self._generation, now or datetime.now(UTC))
        self._follow()

    def refresh(self) -> bool:
        """Take over what other processes changed; say whether anything did.

        Costs two system calls when nothing changed. Raises: TrustError if the bank cannot be trusted any more; it is
        then refused until a later refresh succeeds.
        """
        if not self._refused and self._is_current():
            return False
        with self._changing:
            return self._follow()

    def _is_current(self) -> bool:
        journal = self._generation.journal
        try:
            return manifest_stamp(self.path) == self._stamp and journal.length() == journal.seen
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
        return bool(changes) or fresh

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
    return time.strftime("%Y-%m-%d", time.gmtime())


def _timestamp(now: datetime | None) -> str:
    return timestamp(now or datetime.now(UTC))
