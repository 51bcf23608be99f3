"""What the signed metadata of a list say, verified by TUF and by the rules that TUF cannot express.

TUF (python-tuf) protects against rollback, freeze, mixtures, and keys that are fewer than agreed. It counts keys, not
institutions: that those who sign the entries are two authorities of two jurisdictions, and that no key is counted for
two, follows only from the charter, which stands in the root and is checked here. Source: TUF specification 1.0.34,
section 5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from tuf.api.exceptions import DownloadError, DownloadHTTPError, RepositoryError
from tuf.api.metadata import DelegatedRole, Metadata, Root, TargetFile, Targets
from tuf.ngclient import FetcherInterface, Updater, UpdaterConfig

from kindward.banks.signed.plainly import explained
from kindward.banks.signed.refusals import distrusted
from kindward.errors import RemoteError
from kindward.ledger.charter import AGREEING, FIELD, Authority, Charter

Fetch = Callable[[str, int], Iterator[bytes]]
"""Give a file of the publication, piece by piece, of at most so many bytes; paths are relative, with ``/``."""

ROLE = "authorities"
PATHS = ["list/*"]
LIMITS = UpdaterConfig(
    max_root_rotations=64,
    max_delegations=4,
    root_max_length=512_000,
    timestamp_max_length=16_384,
    snapshot_max_length=64_000,
    targets_max_length=4_000_000,
)
"""Most bytes of each kind of metadata, and most roots that may follow each other in one update."""
_NOT_THERE = frozenset({404, 410})


@dataclass(frozen=True, slots=True)
class Trusted:
    """What is proven: the charters since the operator's root, oldest first, and the files that the authorities signed.

    ``first`` is the version of the root with the first charter. ``expires`` is when the first of the signatures runs
    out; from then on the list may be frozen by somebody.
    """

    charters: tuple[Charter, ...]
    first: int
    targets: Mapping[str, TargetFile]
    expires: datetime

    @property
    def charter(self) -> Charter:
        """Give the charter in force."""
        return self.charters[-1]


def refreshed(folder: Path, root: bytes, fetch: Fetch, now: datetime) -> Trusted:
    """Bring the metadata in ``folder`` up to date and verify them; ``root`` is the file the operator was handed.

    Raises: TrustError with a code of its own for each way to be deceived; RemoteError if nothing can be fetched.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for torn in folder.glob("tmp*"):
        torn.unlink()
    fetcher = ListFetcher(fetch)
    try:
        updater = _Updater(str(folder), "metadata/", fetcher=fetcher, config=LIMITS, bootstrap=root)
    except RepositoryError as problem:
        raise distrusted("list_root_unusable") from problem
    first = updater.root.version
    try:
        authorities = updater.follow(now)
    except (DownloadError, RepositoryError) as problem:
        raise explained(problem, fetcher.last) from problem
    charters = _charters(folder, first, updater.root.version)
    _check_signers(updater.targets, (folder / f"{ROLE}.json").read_bytes(), charters[-1])
    return Trusted(charters, first, authorities.targets, updater.expires())


class ListFetcher(FetcherInterface):
    """Hand python-tuf what ``fetch`` gives, and keep in mind which file it was."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch_file = fetch
        self.last: tuple[str, bytes] = ("", b"")

    def _fetch(self, url: str) -> Iterator[bytes]:
        return pieces(self._fetch_file, url, LIMITS.targets_max_length)

    def download_bytes(self, url: str, max_length: int) -> bytes:
        """Fetch a file of metadata whole."""
        self.last = (url, b"")
        try:
            data = whole(self._fetch_file, url, max_length)
        except MissingError as missing:
            raise DownloadHTTPError(url, 404) from missing
        self.last = (url, data)
        return data


class MissingError(Exception):
    """There is no such file."""


def whole(fetch: Fetch, path: str, most: int) -> bytes:
    """Fetch a file whole. Raises: TrustError ``list_too_large``, RemoteError."""
    return b"".join(pieces(fetch, path, most))


def pieces(fetch: Fetch, path: str, most: int) -> Iterator[bytes]:
    """Fetch a file piece by piece, whatever ``fetch`` thinks of limits."""
    read = 0
    try:
        for piece in fetch(path, most):
            read += len(piece)
            if read > most:
                raise distrusted("list_too_large", what=path, most=most)
            yield piece
    except RemoteError as problem:
        if problem.code == "remote_too_large":
            raise distrusted("list_too_large", what=path, most=most) from problem
        if problem.facts.get("status") in _NOT_THERE:
            raise MissingError(path) from problem
        raise


class _Updater(Updater):
    """Open the parts of python-tuf's client that it keeps to itself: the time, and the metadata as a whole."""

    @property
    def root(self) -> Root:
        """Give the root in force."""
        return self._trusted_set.root

    @property
    def targets(self) -> Targets:
        """Give the top-level targets."""
        return self._trusted_set.targets

    def follow(self, now: datetime) -> Targets:
        """Refresh everything at a moment; give what the authorities signed."""
        self._trusted_set.reference_time = now.astimezone(UTC)
        self.refresh()
        if ROLE not in self._delegated():
            raise distrusted("list_delegation_wrong", what=ROLE)
        return self._load_targets(ROLE, Targets.type)

    def _delegated(self) -> Mapping[str, DelegatedRole]:
        delegations = self.targets.delegations
        return (delegations.roles if delegations else None) or {}

    def expires(self) -> datetime:
        """Say when the first signature runs out."""
        known = self._trusted_set
        return min(
            signed.expires for signed in (known.root, known.timestamp, known.snapshot, known.targets, known[ROLE])
        )


def _charters(folder: Path, first: int, last: int) -> tuple[Charter, ...]:
    """Read the charters of a chain of roots that TUF has verified, and check what must not change silently."""
    charters = []
    for version in range(first, last + 1):
        signed = Metadata[Root].from_file(str(folder / "root_history" / f"{version}.root.json")).signed
        charters.append(Charter.from_record(signed.unrecognized_fields.get(FIELD)))
    newest = charters[-1]
    for former in charters:
        if former.name != newest.name:
            raise distrusted("list_name_other", expected=former.name, found=newest.name)
    if not newest.quorum and (newest.witnesses or any(former.quorum for former in charters)):
        raise distrusted("list_quorum_lost")
    return tuple(charters)


def _check_signers(targets: Targets, data: bytes, charter: Charter) -> None:
    """Check the delegation to the authorities and that two of two jurisdictions really signed."""
    assert targets.delegations is not None
    role = cast("DelegatedRole", targets.get_delegated_role(ROLE))
    if role.paths != PATHS or not role.terminating or role.threshold < AGREEING:
        raise distrusted("list_delegation_wrong", what=ROLE)
    holders = {keyid: _holder(charter, targets, keyid) for keyid in role.keyids}
    names = [holder.name for holder in holders.values()]
    twice = next((name for name in names if names.count(name) > 1), "")
    if twice:
        raise distrusted("list_same_authority", authority=twice)
    signed = Metadata[Targets].from_bytes(data)
    result = targets.get_verification_result(ROLE, signed.signed_bytes, signed.signatures)
    signers = sorted(holders[keyid].name for keyid in result.signed)
    if not charter.agree(signers):
        raise distrusted("list_too_few_authorities", names=", ".join(signers))


def _holder(charter: Charter, targets: Targets, keyid: str) -> Authority:
    try:
        holder = charter.holder(targets.get_key(keyid))
    except ValueError:
        holder = None
    if holder is None:
        raise distrusted("list_key_foreign")
    return holder
