"""Build the next release from the statements: the leaves, the files, the description; the same bytes for everybody."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from json import dumps
from pathlib import Path

import numpy as np

from kindward.authority import refusals
from kindward.authority.exchange import PUBLIC_CANARIES, Exchange
from kindward.authority.opinions import difference, gathered, history, in_force, removed_place
from kindward.authority.statements import Statement
from kindward.banks.kinds import PDQ
from kindward.banks.signed import chunks
from kindward.banks.signed.openings import commitment, salt
from kindward.banks.signed.rows import Closed, Opened
from kindward.kernel.index import scan
from kindward.ledger.charter import Charter
from kindward.ledger.history import NEAR
from kindward.ledger.leaves import Add, Attest, Canary, Release, Remove, decode, encode
from kindward.ledger.tree import Frontier, leaf_hash

BASE_SHARE = 4
"""All is told anew when what was told since the last time is as large as a fourth of it."""
FARTHEST = 256
_ROOM = 64_000
"""Bytes for the labels of canaries in one leaf of at most 65,535."""


@dataclass(frozen=True, slots=True)
class Build:
    """The next release before anybody signed it.

    ``files`` are the new files of history by name; ``begin`` is the size of the log before this release, from where on
    the file ``changes`` holds its own leaves. ``values`` gives the PDQ values that are in force after it.
    """

    release: Release
    begin: int
    changes: str
    files: dict[str, bytes]
    values: Callable[[], bytes]

    @property
    def raw(self) -> bytes:
        """Give the description as it is published and as it stands in the log."""
        return encode(self.release)

    @property
    def digest(self) -> str:
        """Give the digest of the description, which names the digests of everything else."""
        return sha256(self.raw).hexdigest()

    def leaves(self, name: str = "") -> Iterator[bytes]:
        """Give the ADD and REMOVE leaves of this release in order; with ``name``, those that name an authority."""
        for run in chunks.read(BytesIO(self.files[self.changes]), self.changes).runs():
            if run.first >= self.begin and (not name or name in run.shape.authorities):
                yield from run.leaves()

    @property
    def named(self) -> list[str]:
        """Name the authorities that have to attest their leaves."""
        runs = chunks.read(BytesIO(self.files[self.changes]), self.changes).runs()
        return sorted({name for run in runs if run.first >= self.begin for name in run.shape.authorities})

    def attestation(self, name: str) -> Attest:
        """Say which leaves are an authority's own; not yet signed."""
        tree = Frontier()
        tree.extend(map(leaf_hash, self.leaves(name)))
        return Attest(self.release.number, name, tree.size, tree.root())

    def canary_reports(self, name: str, charter: Charter, canaries: Sequence[tuple[str, bytes]]) -> list[Canary]:
        """Say how near the nearest entry is to each lawful canary; not yet signed. Raises: TrustError.

        A leaf of the log has limited room, so a long list takes several.
        """
        values = np.frombuffer(self.values(), np.uint8).reshape(-1, PDQ.width)
        near: dict[str, int] = {}
        for label, canary in canaries:
            found = scan(values, canary, FARTHEST, 1) if len(values) else []
            near[label] = found[0][0] if found else FARTHEST
            if near[label] <= NEAR:
                raise refusals.canary_near(label, near[label])
        parts: list[dict[str, int]] = [{}]
        room = _ROOM
        for label, distance in near.items():
            room -= len(dumps(label)) + len(":256,")
            if room < 0:
                parts.append({})
                room = _ROOM - len(dumps(label))
            parts[-1][label] = distance
        return [Canary(self.release.number, name, charter.canaries, part) for part in parts]


def build(exchange: Exchange, statements: Sequence[Statement], at: str, taken: Sequence[str] = ()) -> Build:
    """Build the next release; ``at`` is its moment, on which all signers agree.

    ``taken`` are the digests of the statements that the published release rests on. Raises: StateError if nothing is
    new.
    """
    charter, last, end = exchange.charter, exchange.release(), exchange.checkpoint()
    entries = gathered(statements, frozenset(taken))
    present = in_force(exchange, entries)
    changed = difference(charter, entries, present.standing)
    del entries
    if not changed.adds and not changed.removes:
        raise refusals.nothing_new()
    told, logged = last.size if last else 0, end.size if end else 0
    size = logged + len(changed.adds) + len(changed.removes)
    removes = [Closed(encode(Remove(index, reason, names, day))) for index, names, reason, day in changed.removes]
    tail = [Closed(raw) for raw in exchange.log(logged).leaves(told, logged)]
    fresh: list[Opened | Closed] = [*tail, *changed.adds, *removes]
    gone = {index for index, *_ in changed.removes}
    name = f"list/{told}-{size}.kwc"
    files, digests = _files(exchange, name, fresh, gone)
    changes = chunks.read(BytesIO(files[name]), name)
    tree = exchange.log(logged).frontier() if logged else Frontier()
    tree.extend(leaf_hash(raw) for run in changes.runs() if run.first >= logged for raw in run.leaves())
    release = Release(
        number=last.number + 1 if last else 1,
        size=size,
        root=tree.root(),
        active=(last.active if last else 0) + len(changed.adds) - len(changed.removes),
        added=len(changed.adds),
        removed=len(changed.removes),
        files=digests,
        parameters=charter.parameters_digest,
        date=at,
    )
    return Build(release, logged, name, files, lambda: present.pdq(gone, changed.adds))


def built_before(exchange: Exchange, folder: Path) -> Build:
    """Take a release as its signers left it in the exchange. Raises: TrustError if a file is not the signed one."""
    leaf = decode((folder / "release.json").read_bytes())
    end = exchange.checkpoint()
    assert isinstance(leaf, Release)
    files = {}
    for name, digest in leaf.files.items():
        if name.endswith(".kwc") and (folder / name).exists():
            files[name] = (folder / name).read_bytes()
            if sha256(files[name]).hexdigest() != digest:
                raise refusals.statement_wrong(name)
    last = exchange.release()
    name = f"list/{last.size if last else 0}-{leaf.size}.kwc"
    if name not in files:
        raise refusals.statement_wrong(name)
    return Build(leaf, end.size if end else 0, name, files, bytes)


def _files(
    exchange: Exchange, name: str, fresh: Sequence[Opened | Closed], removed: set[int]
) -> tuple[dict[str, bytes], dict[str, str]]:
    """Write the new files of history, and give the digests of all that are published from then on."""
    targets = exchange.targets()
    kept = {
        name: (target.hashes["sha256"], target.length)
        for name, target in (targets.targets if targets else {}).items()
        if name.endswith(".kwc")
    }
    begin, size = _range(name)
    made = {name: _written(begin, size, fresh)}
    bases = [name for name in kept if _range(name)[0] == 0]
    if bases:
        base = max(bases, key=lambda name: _range(name)[1])
        end = _range(base)[1]
        since = sum(length for name, (_, length) in kept.items() if _range(name)[0] >= end)
        if (since + len(made[name])) * BASE_SHARE > kept[base][1]:
            made[f"list/0-{size}.kwc"] = _written(0, size, _anew(exchange, fresh, removed))
            # Who follows has the former base; what was told before it is told by the new one.
            kept = {name: held for name, held in kept.items() if name == base or _range(name)[0] >= end}
    digests = {PUBLIC_CANARIES: exchange.charter.canaries} | {name: digest for name, (digest, _) in kept.items()}
    return made, digests | {name: sha256(data).hexdigest() for name, data in made.items()}


def _anew(exchange: Exchange, fresh: Iterable[Opened | Closed], removed: set[int]) -> Iterator[Opened | Closed]:
    """Give the whole history; an entry that was withdrawn is told no more, only its leaf."""
    places = (removed_place(row) for _, row in history(exchange) if isinstance(row, Closed))
    gone = removed | {place for place in places if place is not None}
    for index, row in history(exchange):
        yield Closed(add_leaf(row)) if isinstance(row, Opened) and index in gone else row
    yield from fresh


def add_leaf(row: Opened) -> bytes:
    """Give the leaf of an opened row."""
    return encode(Add(commitment_of(row), row.category, row.authorities, row.date))


def commitment_of(row: Opened) -> bytes:
    """Give what stands in the public log for an entry."""
    return commitment(row.opening, salt(row.seed, row.signal, row.value))


def _written(begin: int, end: int, rows: Iterable[Opened | Closed]) -> bytes:
    stream = BytesIO()
    chunks.write(stream, begin, end, rows)
    return stream.getvalue()


def _range(name: str) -> tuple[int, int]:
    first, _, last = Path(name).stem.partition("-")
    return int(first), int(last)
