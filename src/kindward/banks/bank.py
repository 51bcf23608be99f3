"""A bank: known entries in a folder, found by fingerprint, refused when it cannot be trusted."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self

from kindward.banks.canaries import refusal
from kindward.banks.columnar import merge
from kindward.banks.compaction import compact
from kindward.banks.entries import printable
from kindward.banks.generation import Generation, require_whole
from kindward.banks.journal import Change
from kindward.banks.kinds import KINDS, PDQ, derived_id, kind_of
from kindward.banks.manifest import manifest_stamp, read_manifest, unreadable, writing
from kindward.banks.proving import Proof, prove
from kindward.banks.rejected import Rejected
from kindward.errors import KindwardError, StateError, TrustError
from kindward.model import Entry, Fingerprint, Match, Trust

MATCHES_MOST = 100
"""So many matches of one content with one bank are told, best first; a flood of near-duplicates says nothing more."""
RADIUS_MOST = 31
"""PDQ distances beyond this are no matches, whatever the settings say ("PDQ & TMK + PDQF", Meta 2019)."""
COMPACT_AFTER = 20_000
"""Lines of the journal above which adding builds new parts."""
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

    def counts(self) -> dict[str, int]:
        """Give the number of entries in force for each signal."""
        counts = {kind.signal: 0 for kind in KINDS}
        for kind in KINDS:
            counts[kind.signal] += self._generation.counts.get(kind.name, 0)
        return counts

    def entries(self, limit: int | None = None, offset: int = 0) -> Iterator[Entry]:
        """Give the entries in force, in a stable order."""
        return islice(self._generation.all(), offset, None if limit is None else offset + limit)

    def entry(self, entry_id: str) -> Entry:
        """Give the entry with this id, the first one if the item has several fingerprints.

        Raises: StateError if no entry in force has it.
        """
        held = self._generation.holding(entry_id)
        if not held:
            raise self._unknown(entry_id)
        return held[0]

    # look-up

    def lookup(self, fingerprints: Sequence[Fingerprint], distance: int = RADIUS_MOST, quality: int = 0) -> list[Match]:
        """Find the entries near the fingerprints of one content: one match for each entry, best first.

        PDQ fingerprints count up to ``distance`` bits and from ``quality`` on; digests must be equal. Among views that
        are equally near the earlier one is named. Raises: TrustError if the bank is refused.
        """
        if self._refused:
            raise self._refused.with_traceback(None)
        generation, radius = self._generation, min(distance, RADIUS_MOST)
        best: dict[tuple[str, str], tuple[_Rank, Entry]] = {}
        for order, found, entry in self._found(generation, fingerprints, radius, quality):
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
        generation: Generation, fingerprints: Sequence[Fingerprint], radius: int, quality: int
    ) -> Iterator[tuple[int, int, Entry]]:
        """Give (place of the fingerprint, distance, entry) in no order."""
        looks: dict[bytes, int] = {}
        for order, one in enumerate(fingerprints):
            kind = kind_of(one.signal, one.value)
            if kind is PDQ:
                if one.quality is None or one.quality >= quality:
                    looks.setdefault(one.value, order)
            elif kind is not None:
                for entry in generation.active(kind, one.value, MATCHES_MOST):
                    yield order, 0, entry
        if looks and radius >= 0:
            orders, told = list(looks.values()), [0] * len(looks)
            for near in generation.near(list(looks), radius, MATCHES_MOST):
                for entry in generation.active(PDQ, near.value, MATCHES_MOST - told[near.query]):
                    told[near.query] += 1
                    yield orders[near.query], near.distance, entry

    # change

    def add(self, entries: Iterable[Entry | Rejected], *, now: datetime | None = None) -> int:
        """Add entries, on the disk and in force when this returns; give how many are new or say something new.

        Entries that the bank already holds are left as they are. A long journal is built into new parts. Raises:
        StateError for a bank that may not be changed here or an entry that no bank can hold.
        """
        # Taken before the bank is locked, because reading them may be slow or ask this very bank.
        wanted = [_checked(entry) for entry in entries if isinstance(entry, Entry)]
        with self._changing, writing(self.path):
            self._require_imported()
            self._follow()
            fresh: dict[tuple[str, bytes, str], Entry] = {}
            for entry in wanted:
                self._stage(entry, fresh)
            if fresh:
                at = _timestamp(now)
                self._generation.journal.append(Change("add", at, entry, entry.id) for entry in fresh.values())
                self._follow()
            if self._generation.journal.records > COMPACT_AFTER:
                self._compact(now)
        return len(fresh)

    def _stage(self, entry: Entry, fresh: dict[tuple[str, bytes, str], Entry]) -> None:
        key = (entry.signal, entry.value, entry.id)
        merged = self._generation.merged(merge(fresh[key], entry) if key in fresh else entry)
        if merged is not None:
            fresh[key] = merged

    def withdraw(self, entry_id: str, reason: str, *, now: datetime | None = None) -> None:
        """Take an item out of force, with all its fingerprints, until it is added again; note why.

        Raises: StateError if no entry in force has this id, no reason is given, or the bank may not be changed here.
        """
        reason = printable(reason)
        if not reason:
            raise StateError(
                "reason_missing", "A withdrawal needs a reason.", "Say in a few words why it is withdrawn."
            )
        with self._changing, writing(self.path):
            self._require_imported()
            self._follow()
            if not self._generation.holding(entry_id):
                raise self._unknown(entry_id)
            self._generation.journal.append([Change("withdraw", _timestamp(now), id=entry_id, reason=reason)])
            self._follow()

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
            raise StateError(
                "bank_subscribed",
                "The bank {bank} is a signed list and cannot be changed here.",
                "Report a wrong entry to the authority that publishes the list.",
                bank=self.name,
            )

    def _unknown(self, entry_id: str) -> StateError:
        return StateError(
            "entry_unknown",
            "The bank {bank} has no entry {entry} in force.",
            "`kindward bank show` lists the entries.",
            bank=self.name,
            entry=entry_id,
        )


def _checked(entry: Entry) -> Entry:
    kind = kind_of(entry.signal, entry.value)
    refused = refusal(kind, entry.value) if kind else "signal_unsupported"
    if kind is None or refused:
        reason = Rejected(0, refused, {"signal": entry.signal})
        raise StateError(refused, "The entry cannot be added: {reason}", "", reason=reason)
    return replace(
        entry,
        id=printable(entry.id) or derived_id(kind, entry.value),
        source=printable(entry.source),
        severity=printable(entry.severity),
        note=printable(entry.note),
    )


def _timestamp(now: datetime | None) -> str:
    return (now or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")
