"""What a list publishes as TUF metadata, checked from the first root on without keeping anything.

A subscriber uses a client that remembers what it saw. An outsider has only the public files and a clock: the chain of
roots, then timestamp, snapshot, targets and the authorities' part, each signed as the one above demands, none expired,
all of one state. Source: TUF specification 1.0, sections 5.3 to 5.6; the rule of two jurisdictions is our own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from securesystemslib.exceptions import VerificationError
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, Targets, Timestamp

from kindward.errors import KindwardError, TrustError
from kindward.ledger.charter import FIELD, Charter
from kindward.locale import N_

AUTHORITIES = "authorities"
"""The delegated role whose signatures stand for the entries."""
LIST = "list/*"
"""What that role may speak for."""
FIRST_ROOT = "metadata/1.root.json"
LARGEST_METADATA = 5_000_000
_MOST_ROOTS = 1024
_GONE = frozenset({404, 410})

Fetch = Callable[[str, int], bytes]
"""Give a file of the list by its path, of at most so many bytes."""
_S = TypeVar("_S", Root, Timestamp, Snapshot, Targets)


@dataclass(frozen=True, slots=True)
class Published:
    """The metadata of a list, proven to belong together.

    ``charters`` are those of all roots, oldest first; ``signers`` the authorities that signed the entries' part;
    ``targets`` gives length and SHA-256 of each file of the list; ``expires`` is the earliest moment at which a part
    runs out.
    """

    charters: tuple[Charter, ...]
    version: int
    signers: tuple[str, ...]
    targets: Mapping[str, tuple[int, str]]
    expires: datetime

    @property
    def charter(self) -> Charter:
        """Give the charter of the newest root."""
        return self.charters[-1]


def missing(error: Exception) -> bool:
    """Say whether a fetch failed because there is no such file."""
    return isinstance(error, KeyError | FileNotFoundError) or (
        isinstance(error, KindwardError) and error.facts.get("status") in _GONE
    )


def needed(fetch: Fetch) -> Fetch:
    """Fetch files that must be there. The function raises TrustError ``published_missing`` if one is not."""

    def fetched(path: str, most: int) -> bytes:
        """Fetch a file, or say that the list lacks it."""
        try:
            return fetch(path, most)
        except (KindwardError, KeyError, FileNotFoundError) as problem:
            if not missing(problem):
                raise
            raise TrustError(
                "published_missing",
                N_("The list lacks the file {path}, without which it cannot be proven."),
                N_("Fetch the list again, whole; if it stays so, tell its authorities."),
                path=path,
            ) from problem

    return fetched


def read_published(fetch: Fetch, first: bytes, now: datetime) -> Published:
    """Check the metadata of a list from its first root (bytes) on, at a moment in UTC.

    Raises: TrustError with the part that is wrong (``published_*`` and those of the charter); what ``fetch`` raises.
    """
    root, charters = _roots(fetch, first)
    _check_time("root", root, now)
    fetch = needed(fetch)
    timestamp = _signed("timestamp", fetch("metadata/timestamp.json", LARGEST_METADATA), Timestamp, root).signed
    snapshot = _named(fetch, "snapshot", Snapshot, root, timestamp.snapshot_meta).signed
    targets = _named(fetch, "targets", Targets, root, snapshot.meta.get("targets.json")).signed
    _check_delegation(targets)
    metadata = _named(fetch, AUTHORITIES, Targets, targets, snapshot.meta.get(f"{AUTHORITIES}.json"))
    entries = metadata.signed
    for name, part in (("timestamp", timestamp), ("snapshot", snapshot), ("targets", targets), (AUTHORITIES, entries)):
        _check_time(name, part, now)
    return Published(
        charters,
        root.version,
        _signers(targets, metadata, charters[-1]),
        {name: (file.length, file.hashes.get("sha256", "")) for name, file in entries.targets.items()},
        min(part.expires for part in (root, timestamp, snapshot, targets, entries)),
    )


def _roots(fetch: Fetch, first: bytes) -> tuple[Root, tuple[Charter, ...]]:
    root = _signed("root", first, Root, None).signed
    charters = [_charter(root)]
    while len(charters) < _MOST_ROOTS:
        try:
            raw = fetch(f"metadata/{root.version + 1}.root.json", LARGEST_METADATA)
        except (KindwardError, KeyError, FileNotFoundError) as problem:
            if missing(problem):
                break
            raise
        _signed("root", raw, Root, root)
        following = _signed("root", raw, Root, None).signed
        if following.version != root.version + 1:
            raise _mixed("root")
        root = following
        charters.append(_charter(root))
    return root, tuple(charters)


def _charter(root: Root) -> Charter:
    return Charter.from_record(root.unrecognized_fields.get(FIELD))


def _signed(name: str, raw: bytes, kind: type[_S], by: Root | Targets | None) -> Metadata[_S]:
    """Read a part that ``by`` demands signatures for; a root that is checked by None signs itself."""
    try:
        return _verified(name, raw, kind, by)
    except (RepositoryError, VerificationError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise TrustError(
            "published_unsigned",
            N_("The {part} metadata of the list is damaged or has too few valid signatures."),
            N_("Do not use this list from here; fetch it from another place and tell its authorities."),
            part=name,
        ) from problem


def _verified(name: str, raw: bytes, kind: type[_S], by: Root | Targets | None) -> Metadata[_S]:
    part: Metadata[_S] = Metadata.from_bytes(raw)
    if not isinstance(part.signed, kind):
        raise TypeError("another part")
    above = by or part.signed
    if not isinstance(above, Root | Targets):
        raise TypeError("a part that signs for no other")
    above.verify_delegate(name, part.signed_bytes, part.signatures)
    return part


def _named(fetch: Fetch, name: str, kind: type[_S], by: Root | Targets, meta: MetaFile | None) -> Metadata[_S]:
    """Fetch a part in the version that the part before it names."""
    if meta is None:
        raise _mixed(name)
    raw = fetch(f"metadata/{meta.version}.{name}.json", LARGEST_METADATA)
    try:
        meta.verify_length_and_hashes(raw)
    except RepositoryError as problem:
        raise _mixed(name) from problem
    part = _signed(name, raw, kind, by)
    if part.signed.version != meta.version:
        raise _mixed(name)
    return part


def _mixed(name: str) -> TrustError:
    return TrustError(
        "published_mixed",
        N_("The {part} metadata is not of the same state of the list as the rest."),
        N_("Fetch the list again; if it stays so, do not use it and tell its authorities."),
        part=name,
    )


def _check_time(name: str, part: Root | Timestamp | Snapshot | Targets, now: datetime) -> None:
    if part.is_expired(now):
        raise TrustError(
            "published_expired",
            N_("The {part} metadata of the list ran out on {when}; newer entries or withdrawals may be kept back."),
            N_("Fetch the list again; if it stays so, ask its authorities whether they still publish."),
            part=name,
            when=part.expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
        )


def _check_delegation(targets: Targets) -> None:
    roles = targets.delegations.roles if targets.delegations else None
    role = (roles or {}).get(AUTHORITIES)
    if role is None or not role.terminating or role.paths != [LIST] or next(iter(roles or {})) != AUTHORITIES:
        raise TrustError(
            "published_delegation",
            N_("The list's targets do not leave {paths} to its authorities alone."),
            N_("Do not use this list; ask its authorities for the right root file."),
            paths=LIST,
        )


def _signers(targets: Targets, entries: Metadata[Targets], charter: Charter) -> tuple[str, ...]:
    """Name the authorities that signed the entries' part. Raises: TrustError if these do not suffice."""
    result = targets.get_verification_result(AUTHORITIES, entries.signed_bytes, entries.signatures)
    holders = [holder.name for key in result.signed.values() if (holder := charter.holder(key)) is not None]
    if not charter.agree(holders):
        raise TrustError(
            "published_one_sided",
            N_("The list is signed by {names}; two authorities of two jurisdictions must sign."),
            N_("Do not use this list; an entry in it may be the work of one authority alone."),
            names=", ".join(sorted(set(holders))) or "–",
        )
    return tuple(sorted(set(holders)))
