"""Keep up with a signed list: from a folder, over HTTPS or from a medium that somebody carried, alike.

An update first verifies everything and only then gives items. It fetches what is new: as long as nothing changed, a
timestamp of a few hundred bytes. Whoever applies the items says ``commit`` afterwards; if the process dies before, the
next update gives the same items again, and applying them twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest, sha256
from pathlib import Path

from tuf.api.metadata import TargetFile

from kindward.banks.items import Item
from kindward.banks.signed import chunks
from kindward.banks.signed.following import Followed, Follower, Seen, read_release
from kindward.banks.signed.kept import KeptState
from kindward.banks.signed.metadata import Fetch, MissingError, Trusted, pieces, refreshed, whole
from kindward.banks.signed.refusals import distrusted
from kindward.banks.signed.route import NAMED, route
from kindward.errors import TrustError
from kindward.ledger.history import History
from kindward.ledger.leaves import LARGEST_LEAF, Attest, Canary, Release, decode
from kindward.ledger.note import LARGEST_NOTE, open_checkpoint
from kindward.ledger.tiles import LARGEST_BUNDLE, TileReader

RELEASE = "list/release.json"
MOST_TAIL = 4096
"""Most leaves after a release: its own, and statements of at most 64 authorities, each in several parts."""
MOST_FILE = 8_000_000_000
"""Bytes of the longest file of history that is fetched: about 180 million entries."""
TRIES = 3
PASSING = frozenset({"list_mixed", "list_file_missing", "list_incomplete", "checkpoint_unwitnessed"})
"""What is also seen when the publication is being replaced while we read it; so we look again before we say it."""


@dataclass(frozen=True, slots=True)
class Update:
    """A release that is proven.

    ``current`` says that the bank holds it already and there is nothing to apply. ``expires`` is when the signatures
    run out. ``mark`` is what the bank notes together with the items.
    """

    current: bool
    release: Release
    expires: datetime
    mark: Mapping[str, str]
    _work: _Work | None = None

    def items(self) -> Iterator[Item]:
        """Give what changed, in the order of the log; nothing if the bank is current."""
        if self._work is not None:
            yield from self._work.items()

    def commit(self) -> None:
        """Keep the state to go on from, now that the items are safely in the bank."""
        if self._work is not None:
            self._work.commit()


class SignedList:
    """Follow one list. ``folder`` is where its state is kept, ``root`` the root file that the operator was handed.

    The root must be the one under which the list began, because every leaf of its log is checked under the charter of
    its time. ``fetch`` gives files of the publication; see ``metadata.Fetch``. One process at a time may update.
    """

    def __init__(self, folder: Path, root: bytes, fetch: Fetch) -> None:
        self._folder, self._root, self._fetch = folder, root, fetch

    def update(self, mark: Mapping[str, str] | None, now: datetime) -> Update:
        """Fetch and verify what is new since the bank noted ``mark``; ``now`` is aware.

        Raises: TrustError with a code for each way in which the list cannot be believed; RemoteError if it cannot be
        fetched. In either case nothing may be applied and the next update begins from the same state.
        """
        for left in reversed(range(TRIES)):
            try:
                return self._update(mark or {}, now)
            except TrustError as problem:
                if not left or problem.code not in PASSING:
                    raise
        raise AssertionError

    def _update(self, mark: Mapping[str, str], now: datetime) -> Update:
        trusted = refreshed(self._folder / "metadata", self._root, self._fetch, now)
        kept = KeptState.read(self._folder)
        digest = _digest(RELEASE, trusted.targets.get(RELEASE))
        if kept is not None and kept.digest == digest and kept.mark == mark:
            return Update(True, kept.release, trusted.expires, kept.mark)  # noqa: FBT003 - the field is named above
        data = self._whole(RELEASE, trusted.targets[RELEASE])
        release = read_release(data)
        _check_newer(release, kept, mark)
        work = _Work(self._folder, self._fetch, trusted)
        followed = work.verify(kept, mark, release, data)
        return Update(False, release, trusted.expires, followed.mark, work)  # noqa: FBT003 - as above

    def _whole(self, name: str, target: TargetFile) -> bytes:
        data = _present(self._fetch, target_path(name, target), min(target.length, LARGEST_LEAF))
        if sha256(data).hexdigest() != target.hashes["sha256"]:
            raise distrusted("list_damaged", what=name)
        return data


class _Work:
    """One update from files to items."""

    def __init__(self, folder: Path, fetch: Fetch, trusted: Trusted) -> None:
        self._folder, self._fetch, self._trusted = folder, fetch, trusted
        self._files: list[tuple[str, Path]] = []
        self._follower: Follower | None = None
        self._next: KeptState | None = None

    def verify(self, kept: KeptState | None, mark: Mapping[str, str], release: Release, data: bytes) -> Followed:
        """Prove a release from what is kept, or from the beginning if the bank does not hold what is kept."""
        _check_files(release, self._trusted.targets)
        text = _present(self._fetch, "log/checkpoint", LARGEST_NOTE).decode(errors="replace")
        charter = self._trusted.charter
        checkpoint = open_checkpoint(text, charter.log, charter.witnesses, charter.quorum)
        reader = TileReader(lambda path: _present(self._fetch, f"log/{path}", LARGEST_BUNDLE), checkpoint.size)
        tail = self._tail(reader, release.size)
        history = self._history(kept, mark)
        follower = Follower(history, charter, _seen(kept, mark))
        for name in route(
            {name: file.length for name, file in self._trusted.targets.items()}, history.size, release.size
        ):
            path = self._file(name, self._trusted.targets[name])
            self._files.append((name, path))
            with path.open("rb") as stream:
                follower.take(chunks.read(stream, name))
        followed = follower.finish(data, text, tail, reader.prove_consistency)
        self._follower = follower
        version = self._trusted.first + len(self._trusted.charters) - 1
        self._next = KeptState(sha256(data).hexdigest(), version, followed.size, followed.root, release, followed.state)
        return followed

    def _history(self, kept: KeptState | None, mark: Mapping[str, str]) -> History:
        *former, charter = self._trusted.charters
        # A bank that lags behind the state, such as one from a backup, would lack what lies between.
        if kept is None or int(mark.get("size", -1)) < kept.release.size:
            return History(charter, *former)
        since = max(kept.version - self._trusted.first, 0)
        return History.resume(charter, kept.state, *former[since:])

    def _tail(self, reader: TileReader, start: int) -> list[bytes]:
        """Read the leaves of a release that stand after what it released; the log may have gone on behind them."""
        tail: list[bytes] = []
        for raw in reader.leaves(start) if start < reader.size else ():
            if not isinstance(decode(raw), Attest | Canary if tail else Release):
                break
            tail.append(raw)
            if len(tail) > MOST_TAIL:
                raise distrusted("list_tail_too_long", most=MOST_TAIL)
        return tail

    def _file(self, name: str, target: TargetFile) -> Path:
        """Fetch a file to its place; one that is there already from an interrupted update is only compared."""
        digest = _digest(name, target)
        place = self._folder / "files" / digest
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.is_file() and _hashed(place) == digest:
            return place
        if target.length > MOST_FILE:
            raise distrusted("list_too_large", what=name, most=MOST_FILE)
        hashed, torn = sha256(), place.with_suffix(".part")
        try:
            with torn.open("wb") as file:
                for piece in pieces(self._fetch, target_path(name, target), target.length):
                    hashed.update(piece)
                    file.write(piece)
        except MissingError as problem:
            raise distrusted("list_file_missing", what=name) from problem
        if hashed.hexdigest() != digest:
            torn.unlink()
            raise distrusted("list_damaged", what=name)
        return torn.replace(place)

    def items(self) -> Iterator[Item]:
        """Give what the files change."""
        assert self._follower is not None
        for name, path in self._files:
            with path.open("rb") as stream:
                yield from self._follower.items(chunks.read(stream, name))

    def commit(self) -> None:
        """Keep the state and let go of the files."""
        assert self._next is not None
        self._next.write(self._folder)
        for file in (self._folder / "files").glob("*"):
            file.unlink()


def target_path(name: str, target: TargetFile) -> str:
    """Say where the publication keeps a file: under its digest, so that old and new ones lie side by side."""
    folder, _, file = name.rpartition("/")
    return f"targets/{folder}/{target.hashes['sha256']}.{file}"


def _present(fetch: Fetch, path: str, most: int) -> bytes:
    try:
        return whole(fetch, path, most)
    except MissingError as problem:
        raise distrusted("list_file_missing", what=path) from problem


def _digest(name: str, target: TargetFile | None) -> str:
    digest = target.hashes.get("sha256") if target else None
    if digest is None:
        raise distrusted("list_delegation_wrong", what=name)
    return digest


def _hashed(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _check_newer(release: Release, kept: KeptState | None, mark: Mapping[str, str]) -> None:
    known = max(kept.release.size if kept else 0, int(mark.get("size", 0)))
    if release.size < known:
        raise distrusted("list_rollback", what=RELEASE)


def _check_files(release: Release, targets: Mapping[str, TargetFile]) -> None:
    """Compare the files of history that TUF's metadata name with those that the release in the public log names."""
    named = {name: digest for name, digest in release.files.items() if NAMED.fullmatch(name)}
    if named != {name: _digest(name, file) for name, file in targets.items() if NAMED.fullmatch(name)}:
        raise distrusted("list_mixed", what=RELEASE)


def _seen(kept: KeptState | None, mark: Mapping[str, str]) -> list[Seen]:
    seen = [Seen(kept.release.size, kept.release.root), Seen(kept.size, kept.root)] if kept else []
    return [*seen, Seen(int(mark["size"]), bytes.fromhex(mark["root"]))] if mark else seen
