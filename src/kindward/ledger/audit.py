"""An outsider's examination of a list: what its public files prove, and what its authorities only attest.

Nothing but public files, a clock and, best of all, a first root from another source is needed; no entry is seen. Each
step yields findings as soon as they are proven; the first rule that does not hold ends the examination with a
TrustError.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from kindward.errors import TrustError
from kindward.ledger.charter import Charter
from kindward.ledger.history import NEAR, History
from kindward.ledger.leaves import LARGEST_LEAF, Add, Canary, Leaf, Release, decode
from kindward.ledger.note import LARGEST_NOTE, Checkpoint, Note, open_checkpoint, witnessed
from kindward.ledger.published import FIRST_ROOT, LARGEST_METADATA, Fetch, Published, needed, read_published
from kindward.ledger.tiles import CHECKPOINT, LARGEST_BUNDLE, TileReader
from kindward.ledger.tree import leaf_hash, verify_consistency, verify_inclusion
from kindward.locale import N_

RELEASE = "list/release.json"
CANARIES = "list/canaries.txt"
_LARGEST_CANARIES = 10_000_000

SENTENCES: Mapping[str, str] = {
    "roots": N_(
        "Each root is signed by enough holders of the root before it and of its own; the newest is number {version}."
    ),
    "metadata": N_(
        "Timestamp, snapshot, targets and the authorities' part are signed as the root demands, belong to one state of "
        "the list, and are valid until {expires}."
    ),
    "signers": N_("The present entries are signed by {names}: authorities of {jurisdictions}."),
    "checkpoint": N_("The log signed its length of {size} leaves and its root."),
    "witnesses": N_("{seen} of {known} witnesses saw the log only grow and cosigned it; {quorum} must."),
    "continued": N_("The log continues the one of {old} leaves that was seen before; nothing before was changed."),
    "rules": N_("All {size} leaves follow the rules of the log, and their root is the one that was signed."),
    "jurisdictions": N_(
        "Every one of the {added} entries ever added was confirmed by at least two authorities of two jurisdictions."
    ),
    "balance": N_("{added} added, {removed} withdrawn, {active} active: every release says what its leaves say."),
    "attested_leaves": N_("In the releases 1 to {releases} every authority named signed which leaves are its own."),
    "release": N_("The release {number} that is signed is leaf {index} of the log."),
    "files": N_("The digests of the files in the signed metadata ({count}) are those in the log."),
    "parameters": N_("Release {number} matches by the parameters of the charter: {parameters}."),
    "canaries": N_(
        "In release {number} {reporters} reported on all {count} canaries of the public list; the nearest entry is "
        "{nearest} bits off, which is more than {near}."
    ),
}
"""What can be proven."""

ATTESTED: Mapping[str, str] = {
    "content": N_(
        "That an entry shows what its category says: attested by the authorities that confirmed it; nobody outside "
        "can prove it."
    ),
    "rebuilt": N_(
        "That each authority built the files of the list itself from the entries and came to the same bytes: attested "
        "by its signature."
    ),
    "distances": N_(
        "That the distances to the canaries are right: attested by each authority that reported; to compute them one "
        "needs the list."
    ),
    "files_unread": N_(
        "That the files for subscribers hold the entries of the log: every subscriber checks it while following the "
        "list."
    ),
    "first_root": N_(
        "That the first root is the right one: it was taken from the list itself; compare its SHA-256 {digest} with "
        "what the authorities publish elsewhere."
    ),
    "no_witnesses": N_("That everybody is shown the same log: the charter demands no witness."),
    "no_canaries": N_(
        "That no lawful picture is among the entries: there is no report on canaries, or the public list of canaries "
        "is empty."
    ),
}
"""What can only be attested, or was not examined."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence with its facts; ``code`` is stable."""

    code: str
    template: str
    facts: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Reported:
    """The nearest distance an authority reported of one canary."""

    authority: str
    label: str
    distance: int


@dataclass(slots=True)
class Audit:
    """One examination. ``first`` is a first root from another source, ``since`` a checkpoint kept earlier (both bytes).

    Run ``everything()``; what it learnt stands in the fields afterwards.
    """

    fetch: Fetch
    now: datetime
    first: bytes | None = None
    since: bytes | None = None
    published: Published | None = None
    note: bytes = b""
    checkpoint: Checkpoint | None = None
    witnesses: dict[str, int] = field(default_factory=dict)
    history: History | None = None
    releases: list[Release] = field(default_factory=list)
    reported: list[Reported] = field(default_factory=list)
    _last_reported: int = 0

    def _fetch(self, path: str, most: int) -> bytes:
        return needed(self.fetch)(path, most)

    def everything(self) -> Iterator[Finding]:
        """Examine metadata, log, history, release and canaries. Raises: TrustError, and what ``fetch`` raises."""
        yield from self.examine_metadata()
        yield from self.examine_log()
        yield from self.examine_release()
        yield from self.examine_canaries()

    def attested(self) -> list[Finding]:
        """Say what is only attested; after ``everything()``."""
        codes = ["content", "rebuilt", "distances" if self.reported else "no_canaries", "files_unread"]
        found = [Finding(code, ATTESTED[code]) for code in codes]
        if not self._charter.quorum:
            found.append(Finding("no_witnesses", ATTESTED["no_witnesses"]))
        if self.first is None:
            digest = sha256(self._fetch(FIRST_ROOT, LARGEST_METADATA)).hexdigest()
            found.append(Finding("first_root", ATTESTED["first_root"], {"digest": digest}))
        return found

    @property
    def _charter(self) -> Charter:
        assert self.published is not None
        return self.published.charter

    def examine_metadata(self) -> Iterator[Finding]:
        """Check the TUF metadata from the first root on."""
        first = self.first if self.first is not None else self._fetch(FIRST_ROOT, LARGEST_METADATA)
        self.published = read_published(self.fetch, first, self.now)
        charter, signers = self._charter, self.published.signers
        yield _proven("roots", version=self.published.version)
        yield _proven("metadata", expires=self.published.expires.strftime("%Y-%m-%dT%H:%M:%SZ"))
        jurisdictions = ", ".join(sorted({charter.authorities[name].jurisdiction for name in signers}))
        yield _proven("signers", names=", ".join(signers), jurisdictions=jurisdictions)

    def examine_log(self) -> Iterator[Finding]:
        """Check the checkpoint, its witnesses, and every leaf of the log; needs the metadata."""
        charter = self._charter
        self.note = self._fetch(f"log/{CHECKPOINT}", LARGEST_NOTE)
        self.checkpoint = open_checkpoint(self.note, charter.log, charter.witnesses, charter.quorum)
        yield _proven("checkpoint", size=self.checkpoint.size)
        self.witnesses = witnessed(Note.parse(self.note), charter.witnesses)
        if charter.quorum:
            known = len(charter.witnesses)
            yield _proven("witnesses", seen=len(self.witnesses), known=known, quorum=charter.quorum)
        yield from self._continued(self.checkpoint)
        yield from self._examine_leaves(self.checkpoint)

    def _reader(self, size: int) -> TileReader:
        return TileReader(lambda path: self._fetch(f"log/{path}", LARGEST_BUNDLE), size)

    def _continued(self, checkpoint: Checkpoint) -> Iterator[Finding]:
        if self.since is None:
            return
        before = open_checkpoint(self.since, self._charter.log, (), 0)
        consistent = before.size <= checkpoint.size
        proof = self._reader(checkpoint.size).prove_consistency(before.size) if consistent else []
        verify_consistency(before.size, before.root, checkpoint.size, checkpoint.root, proof)
        yield _proven("continued", old=before.size)

    def _examine_leaves(self, checkpoint: Checkpoint) -> Iterator[Finding]:
        assert self.published is not None
        *former, newest = self.published.charters
        self.history = history = History(newest, *former)
        added = removed = 0
        for raw in self._reader(checkpoint.size).leaves():
            leaf = history.take(raw)
            if not isinstance(leaf, Add):
                self._note(leaf)
                if isinstance(leaf, Release):
                    added, removed = added + leaf.added, removed + leaf.removed
        if history.frontier.root() != checkpoint.root:
            raise TrustError(
                "log_other_root",
                N_("The leaves of the log do not have the root that was signed."),
                N_("Fetch the log again; if it stays so, do not use this list and tell its authorities."),
            )
        if not history.complete:
            raise TrustError(
                "log_unfinished",
                N_("The log ends in the middle of a release; what lacks is a statement of {names}."),
                N_("Fetch the log again; if it stays so, do not use this list and tell its authorities."),
                names=", ".join(history.missing) or "–",
            )
        yield _proven("rules", size=checkpoint.size)
        yield _proven("jurisdictions", added=added)
        yield _proven("balance", added=added, removed=removed, active=history.active)
        yield _proven("attested_leaves", releases=history.releases)

    def _note(self, leaf: Leaf) -> None:
        if isinstance(leaf, Release):
            self.releases.append(leaf)
        elif isinstance(leaf, Canary):
            if self.reported and self._last_reported != leaf.number:
                self.reported.clear()
            self._last_reported = leaf.number
            self.reported += (Reported(leaf.authority, label, distance) for label, distance in leaf.near.items())

    def examine_release(self) -> Iterator[Finding]:
        """Check that the release in the signed metadata is the one in the log; needs the log."""
        assert self.published is not None
        assert self.checkpoint is not None
        raw = self._target(RELEASE, LARGEST_LEAF)
        release = decode(raw)
        if not isinstance(release, Release) or release not in self.releases:
            raise TrustError(
                "release_not_logged",
                N_("The release in the signed metadata is not in the log."),
                N_("Do not use this list; tell its authorities and witnesses."),
            )
        proof = self._reader(self.checkpoint.size).prove_inclusion(release.size)
        verify_inclusion(leaf_hash(raw), release.size, self.checkpoint.size, proof, self.checkpoint.root)
        yield _proven("release", number=release.number, index=release.size)
        yield self._same_files(release)
        if release.parameters == self._charter.parameters_digest:
            told = ", ".join(f"{name} {value}" for name, value in sorted(self._charter.parameters.items()))
            yield _proven("parameters", number=release.number, parameters=told)

    def _same_files(self, release: Release) -> Finding:
        assert self.published is not None
        signed = {
            name: digest for name, (_, digest) in self.published.targets.items() if name not in {RELEASE, CANARIES}
        }
        named = {name: digest for name, digest in release.files.items() if name != CANARIES}
        other = sorted({name for name, digest in {*signed.items()} ^ {*named.items()}})
        if other:
            raise TrustError(
                "release_other_files",
                N_("The signed metadata and release {number} in the log do not name the same file {file}."),
                N_("Do not use this list; tell its authorities and witnesses."),
                number=release.number,
                file=other[0],
            )
        return _proven("files", count=len(signed))

    def _target(self, name: str, most: int) -> bytes:
        """Fetch a file of the list that the metadata describe."""
        assert self.published is not None
        length, digest = self.published.targets.get(name, (0, ""))
        folder, _, file = name.rpartition("/")
        raw = self._fetch(f"targets/{folder}/{digest}.{file}", min(length, most)) if digest else b""
        if len(raw) != length or sha256(raw).hexdigest() != digest:
            raise TrustError(
                "file_other_digest",
                N_("The file {file} of the list is missing or is not the one that was signed."),
                N_("Fetch it again; if it stays so, do not use this list and tell its authorities."),
                file=name,
            )
        return raw

    def examine_canaries(self) -> Iterator[Finding]:
        """Check that each authority reported on every canary of the public list; needs the log."""
        if not self.reported:
            return
        raw = self._target(CANARIES, _LARGEST_CANARIES)
        labels = canary_labels(raw)
        reporters = sorted({each.authority for each in self.reported})
        told = {(each.authority, each.label) for each in self.reported}
        if sha256(raw).hexdigest() != self._charter.canaries or told != {(a, b) for a in reporters for b in labels}:
            raise TrustError(
                "canaries_incomplete",
                N_("The reports on canaries do not cover exactly the public list of canaries of the charter."),
                N_("Ask the authorities for the missing reports; do not rely on this release until then."),
            )
        nearest = min(each.distance for each in self.reported)
        names = ", ".join(reporters)
        number = self._last_reported
        yield _proven("canaries", number=number, reporters=names, count=len(labels), nearest=nearest, near=NEAR)


def canary_labels(raw: bytes) -> Sequence[str]:
    """Read the labels of a public list of canaries: lines of 64 hexadecimal digits and a label, ``#`` for comments.

    Raises: TrustError ``canaries_unreadable``.
    """
    try:
        lines = [line.strip() for line in raw.decode().splitlines()]
        rows = [line.split(None, 1) for line in lines if line and not line.startswith("#")]
        labels = [label for value, label in rows if len(bytes.fromhex(value)) == 32]  # noqa: PLR2004 - bytes of a PDQ
        if len(labels) == len(rows) == len(set(labels)) > 0:
            return labels
    except ValueError:
        pass
    raise TrustError(
        "canaries_unreadable",
        N_("The public list of canaries cannot be understood."),
        N_("Ask the authorities of the list for it."),
    )


def _proven(code: str, **facts: Any) -> Finding:  # noqa: ANN401 - facts of any kind
    return Finding(code, SENTENCES[code], facts)
