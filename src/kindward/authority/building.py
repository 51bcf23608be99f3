"""Build the next release from the statements: the leaves, the files, the description; the same bytes for everybody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import numpy as np

from kindward.authority import refusals
from kindward.authority.exchange import PUBLIC_CANARIES, Exchange
from kindward.authority.opinions import Key, difference, gathered, history, in_force
from kindward.authority.statements import Statement
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
CANARIES_IN_A_LEAF = 500
"""So many labels of up to 100 characters fit into one leaf of the log."""


@dataclass(frozen=True, slots=True)
class Build:
    """The next release before anybody signed it.

    ``leaves`` are its own ADD and REMOVE leaves with the authorities that each names; ``files`` are the new files of
    history by name.
    """

    release: Release
    leaves: Sequence[tuple[bytes, tuple[str, ...]]]
    files: dict[str, bytes]
    values: bytes

    @property
    def raw(self) -> bytes:
        """Give the description as it is published and as it stands in the log."""
        return encode(self.release)

    @property
    def digest(self) -> str:
        """Give the digest of the description, which names the digests of everything else."""
        return sha256(self.raw).hexdigest()

    @property
    def named(self) -> list[str]:
        """Name the authorities that have to attest their leaves."""
        return sorted({name for _, names in self.leaves for name in names})

    def attestation(self, name: str) -> Attest:
        """Say which leaves are an authority's own; not yet signed."""
        own = [raw for raw, names in self.leaves if name in names]
        tree = Frontier()
        tree.extend(map(leaf_hash, own))
        return Attest(self.release.number, name, len(own), tree.root())

    def canary_report(self, name: str, charter: Charter, canaries: Sequence[tuple[str, bytes]]) -> Canary:
        """Say how near the nearest entry is to each lawful canary; not yet signed. Raises: TrustError."""
        values = np.frombuffer(self.values, np.uint8).reshape(-1, 32)
        near: dict[str, int] = {}
        for label, canary in canaries:
            found = scan(values, canary, FARTHEST, 1) if len(values) else []
            near[label] = found[0][0] if found else FARTHEST
            if near[label] <= NEAR:
                raise refusals.canary_near(label, near[label])
        return Canary(self.release.number, name, charter.canaries, near)


def build(exchange: Exchange, statements: Sequence[Statement], at: str) -> Build:
    """Build the next release; ``at`` is its moment, on which all signers agree.

    Raises: StateError if nothing is new.
    """
    charter = exchange.charter
    standing, rows = in_force(exchange)
    changed = difference(charter, gathered(statements), standing)
    last = exchange.release()
    if not changed.adds and not changed.removes:
        raise refusals.nothing_new()
    own = [(add_leaf(row), row.authorities) for row in changed.adds]
    own += [(encode(Remove(index, reason, names, day)), names) for index, names, reason, day in changed.removes]
    begin = last.size if last else 0
    end = exchange.checkpoint()
    logged = end.size if end else 0
    told = [Closed(raw) for raw in exchange.log(logged).leaves(begin, logged)]
    fresh: list[Opened | Closed] = [*told, *changed.adds, *(Closed(raw) for raw, _ in own[len(changed.adds) :])]
    size = logged + len(own)
    tree = exchange.log(logged).frontier() if logged else Frontier()
    tree.extend(leaf_hash(raw) for raw, _ in own)
    files = _files(exchange, fresh, begin, size, {index for index, *_ in changed.removes})
    active = len(standing) + len(changed.adds) - len(changed.removes)
    release = Release(
        number=last.number + 1 if last else 1,
        size=size,
        root=tree.root(),
        active=active,
        added=len(changed.adds),
        removed=len(changed.removes),
        files=files.digests,
        parameters=charter.parameters_digest,
        date=at,
    )
    return Build(release, own, files.fresh, _values(rows, changed.gone, changed.adds))


@dataclass(frozen=True, slots=True)
class _Files:
    fresh: dict[str, bytes]
    digests: dict[str, str]


def _files(exchange: Exchange, fresh: Sequence[Opened | Closed], begin: int, size: int, removed: set[int]) -> _Files:
    """Write the new files of history, and say which of the published ones stay."""
    targets = exchange.targets()
    kept = {
        name: (target.hashes["sha256"], target.length)
        for name, target in (targets.targets if targets else {}).items()
        if name.endswith(".kwc")
    }
    made = {f"list/{begin}-{size}.kwc": _written(begin, size, fresh)}
    bases = [name for name in kept if name.startswith("list/0-")]
    if bases:
        base = max(bases, key=_end)
        since = sum(length for name, (_, length) in kept.items() if _start(name) >= _end(base))
        if (since + len(next(iter(made.values())))) * BASE_SHARE > kept[base][1]:
            made[f"list/0-{size}.kwc"] = _written(0, size, _anew(exchange, fresh, removed))
            # Who follows has the former base; what was told before it is told by the new one.
            kept = {name: held for name, held in kept.items() if name == base or _start(name) >= _end(base)}
    digests = {PUBLIC_CANARIES: exchange.charter.canaries} | {name: digest for name, (digest, _) in kept.items()}
    return _Files(made, digests | {name: sha256(data).hexdigest() for name, data in made.items()})


def _anew(exchange: Exchange, fresh: Iterable[Opened | Closed], removed: set[int]) -> Iterator[Opened | Closed]:
    """Give the whole history; an entry that was withdrawn is told no more, only its leaf."""
    gone = set(removed)
    for _, row in history(exchange):
        if isinstance(row, Closed) and b'"t":"remove"' in row.leaf:
            leaf = decode(row.leaf)
            assert isinstance(leaf, Remove)
            gone.add(leaf.index)
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


def _values(rows: dict[Key, Opened], gone: frozenset[Key], adds: Iterable[Opened]) -> bytes:
    """Give the PDQ values that will be in force."""
    kept = [row.value for key, row in rows.items() if key not in gone and row.signal == "pdq/1"]
    return b"".join([*kept, *(row.value for row in adds if row.signal == "pdq/1")])


def _start(name: str) -> int:
    return int(Path(name).stem.partition("-")[0])


def _end(name: str) -> int:
    return int(Path(name).stem.partition("-")[2])
