"""The folder that the authorities of a list share: proposals and statements in, signatures in, publication out.

It may lie on a share or travel on media: every file is written once under a name of its own, by one authority. What is
in it is confidential, because proposals hold fingerprints and the seeds of their commitments.

    cards/NAME.json          the authorities
    canaries.txt             lawful pictures that must stay far from every entry: fingerprint, label
    statements/NAME-N.json   what an authority said, signed; NAME-N.kwc the rows of a proposal
    roots/V/                 a root that waits for signatures
    releases/N/              a release that waits for signatures
    list/                    the publication as it stands
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from tuf.api.metadata import Metadata, Root, Targets, Timestamp
from tuf.api.serialization import DeserializationError, SerializationError

from kindward.authority import refusals
from kindward.authority.home import Card, Home
from kindward.banks.kinds import PDQ
from kindward.banks.manifest import write_durably
from kindward.banks.signed import chunks
from kindward.banks.signed.chunks import Chunk
from kindward.ledger.charter import FIELD, Charter
from kindward.ledger.leaves import Release, decode, is_label
from kindward.ledger.note import Checkpoint, Note
from kindward.ledger.tiles import TileReader, no_log

CANARIES = "canaries.txt"
PUBLIC_CANARIES = "list/canaries.txt"
"""Under this name the canaries are published, so that outsiders see what the authorities report on."""
RELEASE = "list/release.json"
_CHECKPOINT, _TIMESTAMP = "log/checkpoint", "metadata/timestamp.json"
"""What readers ask for first, and so what is replaced last."""


class Exchange:
    """Read and write the shared folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.list = path / "list"

    def put(self, name: str, data: bytes) -> Path:
        """Write a file below the folder, whole or not at all."""
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        write_durably(file, data)
        return file

    def put_soon(self, name: str, data: bytes) -> None:
        """Write one of many files, whole or not at all; ``os.sync`` brings them all to the disk at once."""
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        unnamed = file.with_name(f".{file.name}.new")
        unnamed.write_bytes(data)
        unnamed.replace(file)

    def put_new(self, name: str, data: bytes) -> Path:
        """Write a file that must not be there yet. Raises: StateError."""
        if (self.path / name).exists():
            raise refusals.exists(self.path / name)
        return self.put(name, data)

    # who belongs to it

    def cards(self) -> dict[str, Card]:
        """Give the cards of all authorities by name."""
        cards = map(Card.read, sorted((self.path / "cards").glob("*.json")))
        return {card.name: card for card in cards}

    @property
    def charter(self) -> Charter:
        """Give the charter that is next in force: of the root that waits, else of the published one."""
        return Charter.from_record(self.root().unrecognized_fields[FIELD])

    def root(self) -> Root:
        """Give the newest root, signed by enough or not. Raises: ConfigError if the list was not founded."""
        waiting = self.waiting_root()
        if waiting is None and not self.version("root"):
            raise refusals.no_exchange(self.path)
        found = (metadata_in(waiting, Root) if waiting else self.published("root", Root)).signed
        assert isinstance(found, Root)
        return found

    def waiting_root(self) -> Path | None:
        """Give the file of the root that waits for signatures; None if none does."""
        waiting = sorted((self.path / "roots").glob("*/root.json"), key=lambda file: int(file.parent.name))
        if not waiting or int(waiting[-1].parent.name) <= self.version("root"):
            return None
        return waiting[-1]

    def require_member(self, home: Home) -> None:
        """Require that this authority belongs to the list, with this key. Raises: TrustError."""
        known = self.charter.authorities.get(home.name)
        if known is None or known.key.keyval != home.card.list.keyval:
            raise refusals.stranger(home.name)

    # what is published

    def version(self, role: str) -> int:
        """Give the newest published version of a role's metadata; 0 if there is none."""
        found = (self.list / "metadata").glob(f"*.{role}.json")
        return max((int(file.name.partition(".")[0]) for file in found), default=0)

    def published(self, role: str, kind: type[Root | Targets]) -> Metadata[Any]:
        """Give the newest published metadata of a role. Raises: ConfigError if there is none."""
        return metadata_in(self.list / "metadata" / f"{self.version(role)}.{role}.json", kind)

    def targets(self) -> Targets | None:
        """Give the published description of the list's files; None before the first release."""
        return self.published("authorities", Targets).signed if self.version("authorities") else None

    def release(self) -> Release | None:
        """Give the release that is published; None before the first."""
        targets = self.targets()
        if targets is None:
            return None
        leaf = decode(self._target(RELEASE, targets).read_bytes())
        assert isinstance(leaf, Release)
        return leaf

    def forget_plan(self) -> None:
        """Let go of a release that is being signed, because its signatures would no longer count."""
        release = self.release()
        number = release.number + 1 if release else 1
        if (self.path / logged_of(number)).exists():
            raise refusals.in_log(number)
        shutil.rmtree(self.path / f"releases/{number}", ignore_errors=True)

    def checkpoint(self) -> Checkpoint | None:
        """Give the end of the log that belongs to the published release; None before the first."""
        release = self.release()
        if release is None:
            return None
        return Checkpoint.parse(Note.parse((self.path / checkpoint_of(release.number)).read_bytes()).text)

    def sizes(self) -> list[int]:
        """Give the sizes that the log had, the newest first."""
        notes = (self.path / "releases").glob("*/checkpoint")
        return sorted((Checkpoint.parse(Note.parse(note.read_bytes()).text).size for note in notes), reverse=True)

    def log(self, size: int) -> TileReader:
        """Read the published log up to a size."""
        return TileReader(lambda path: (self.list / "log" / path).read_bytes() if size else no_log(path), size)

    def chunks(self) -> Iterator[tuple[int, Chunk]]:
        """Open the files of history that lead to the published release, in order, each with its first leaf."""
        targets = self.targets()
        names = [name for name in (targets.targets if targets else ()) if name.endswith(".kwc")]
        ranges = sorted((int(first), int(last), name) for name in names for first, last in [_range(name)])
        # The last base holds everything up to its end; only what follows it is needed.
        base = max((one for one in ranges if one[0] == 0), default=None, key=lambda one: one[1])
        if base is None or targets is None:
            return
        for first, _, name in [base, *(one for one in ranges if one[0] >= base[1])]:
            with self._target(name, targets).open("rb") as stream:
                yield first, chunks.read(stream, name)

    def _target(self, name: str, targets: Targets) -> Path:
        folder, _, file = name.rpartition("/")
        return self.list / "targets" / folder / f"{targets.targets[name].hashes['sha256']}.{file}"

    @cached_property
    def canaries(self) -> list[tuple[str, bytes]]:
        """Give the lawful canaries: label and PDQ value. Raises: TrustError if they are not those of the charter."""
        data = (self.path / CANARIES).read_bytes()
        if sha256(data).hexdigest() != self.charter.canaries:
            raise refusals.canaries_other()
        return read_canaries(data)


def metadata_in(file: Path, kind: type[Root | Targets | Timestamp]) -> Metadata[Any]:
    """Read metadata of a kind. Raises: ConfigError if the file is not there or holds no such metadata."""
    try:
        found: Metadata[Any] = Metadata.from_bytes(file.read_bytes())
        _ = found.signed_bytes  # what cannot be written again was not written by TUF
    except (OSError, DeserializationError, SerializationError, RecursionError) as problem:
        raise refusals.unreadable(file) from problem
    if not isinstance(found.signed, kind):
        raise refusals.unreadable(file)
    return found


def logged_of(number: int) -> str:
    """Say where the note lies by which the publisher bound itself: a second log of that length would be a fork."""
    return f"releases/{number}/logged"


def checkpoint_of(number: int) -> str:
    """Say where the cosigned checkpoint of a release lies."""
    return f"releases/{number}/checkpoint"


def read_canaries(data: bytes) -> list[tuple[str, bytes]]:
    """Read a list of canaries: a PDQ fingerprint and a label on each line. Raises: ConfigError."""
    found = []
    for line in data.decode("utf-8", "replace").splitlines():
        value, _, label = line.strip().partition(" ")
        if not value or value.startswith("#"):
            continue
        try:
            found.append((label.strip(), bytes.fromhex(value)))
        except ValueError as problem:
            raise refusals.unreadable(Path(CANARIES)) from problem
        if len(found[-1][1]) != PDQ.width or not is_label(found[-1][0]):
            raise refusals.unreadable(Path(CANARIES))
    if len({label for label, _ in found}) < len(found):
        # A report names each canary by its label, so two of one label would be one.
        raise refusals.unreadable(Path(CANARIES))
    return found


def _range(name: str) -> tuple[str, str]:
    first, _, last = name.removeprefix("list/").removesuffix(".kwc").partition("-")
    return first, last


def mirror(source: Path, target: Path) -> None:
    """Copy a publication so that a reader at any moment sees the old or the new one; the timestamp comes last."""
    os.sync()
    there = Exchange(target)
    files = sorted(path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file())
    # A new root changes whose signatures count, so it comes with what is signed anew.
    roots = [file for file in files if file.endswith(".root.json") and not (target / file).is_file()]
    last = [_CHECKPOINT, *roots, _TIMESTAMP]
    for file in files:
        known = target / file
        if file in last or Path(file).name.startswith("."):
            continue
        if not known.is_file() or known.stat().st_size != (source / file).stat().st_size:
            there.put_soon(file, (source / file).read_bytes())
    os.sync()
    for file in last:
        there.put(file, (source / file).read_bytes())
