"""The one file that says which parts are the bank; replacing it is the only moment at which a bank changes.

It is written beside the old one, brought to the disk and renamed over it, so that after a crash there is the old bank
or the new one and nothing in between. Signed lists put their signature over ``content``, which depends on the entries
alone: two builders of the same entries get the same bytes and the same digest.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from kindward.errors import StateError, TrustError
from kindward.model import Trust

FORMAT = 2
"""Written by this version. Format 1 had neither lives of entries nor marks; its banks are read as they are, and become
format 2 when their parts are built anew."""
READABLE = (1, 2)
FILE = "manifest.json"
LOCK = "lock"
_MOST = 1 << 20


@dataclass(frozen=True, slots=True)
class Part:
    """One immutable file of a bank, named after its digest."""

    file: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """State of a bank when its parts were built.

    ``generation`` counts the builds in this folder; it names the journal that belongs to these parts. ``counts`` gives
    entries per kind. ``parts`` are keyed ``pdq.values``, ``pdq.entries``, ``md5.values`` and so on, those about ids
    ``lives.withdrawn`` and so on. ``mark`` says up to where the source was followed.
    """

    name: str
    created: str
    generation: int
    counts: Mapping[str, int]
    parts: Mapping[str, Part]
    trust: Trust = Trust.IMPORTED
    format: int = FORMAT
    notes: Mapping[str, str] = field(default_factory=dict)
    mark: Mapping[str, str] = field(default_factory=dict)

    @property
    def journal(self) -> str:
        """Give the name of the journal of changes since these parts were built."""
        return f"journal-{self.generation:06}"

    @property
    def content(self) -> str:
        """Give the digest of what the parts hold, independent of name, time and place."""
        rows = [f"{key} {part.sha256}" for key, part in sorted(self.parts.items())]
        return hashlib.sha256("\n".join((f"kindward bank {self.format}", *rows)).encode()).hexdigest()


def read_manifest(folder: Path) -> tuple[Manifest, tuple[int, int, int]]:
    """Read the manifest of a bank, and the stamp by which a later change is noticed.

    Raises: TrustError if there is no bank or its manifest cannot be understood.
    """
    try:
        with (folder / FILE).open("rb") as file:
            text, stamp = file.read(_MOST), _stamp(os.fstat(file.fileno()))
    except (FileNotFoundError, NotADirectoryError) as problem:
        raise _no_bank(folder) from problem
    except OSError as problem:
        raise unreadable(folder, problem) from problem
    return _parse(text, folder), stamp


def timestamp(now: datetime) -> str:
    """Write a moment as it stands in manifests, journals and states."""
    return now.strftime("%Y-%m-%dT%H:%M:%SZ")


def is_bank(folder: Path) -> bool:
    """Say whether there is a finished bank in a folder, without opening it."""
    return (Path(folder) / FILE).is_file()


def manifest_stamp(folder: Path) -> tuple[int, int, int]:
    """Look, cheaply, which manifest is in place now."""
    try:
        return _stamp(os.stat(folder / FILE))  # noqa: PTH116 - called before every check; Path.stat costs twice as much
    except OSError as problem:
        raise _no_bank(folder) from problem


def file_stamp(path: str | Path) -> tuple[int, int, int] | None:
    """Look, cheaply, which file is in place now; None if there is none."""
    try:
        return _stamp(os.stat(path))  # noqa: PTH116 - as above
    except OSError:
        return None


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Make these parts the bank, at once and for good."""
    record: dict[str, object] = {
        "format": manifest.format,
        "name": manifest.name,
        "trust": str(manifest.trust),
        "created": manifest.created,
        "generation": manifest.generation,
        "counts": dict(manifest.counts),
        "parts": {key: asdict(part) for key, part in manifest.parts.items()},
        "notes": dict(manifest.notes),
        "content": manifest.content,
    }
    if manifest.format > 1:
        record["mark"] = dict(manifest.mark)
    record["checksum"] = _checksum(record)
    write_durably(folder / FILE, (json.dumps(record, indent=2, sort_keys=True) + "\n").encode())


def write_durably(path: Path, data: bytes) -> None:
    """Replace a file so that a crash leaves the old or the new one."""
    unnamed = path.with_name(f".{path.name}.{os.getpid()}.new")
    with unnamed.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    unnamed.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Bring new names in a folder to the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Be the only writer of a bank, across threads and processes, until the block ends."""
    try:
        with (folder / LOCK).open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
    except OSError as problem:
        raise unwritable(folder, problem) from problem


def unwritable(folder: Path, problem: OSError) -> StateError:
    """Say that a bank cannot be changed or built in this place."""
    return StateError(
        "bank_not_writable",
        "The bank at {path} cannot be written: {problem}.",
        "Check the permissions of the folder and the free space; nothing was changed.",
        path=folder,
        problem=problem.strerror or problem,
    )


def unreadable(folder: Path, problem: OSError) -> TrustError:
    """Say that the files of a bank are not there or not for us."""
    return TrustError(
        "bank_unreadable",
        "The bank at {path} cannot be read: {problem}.",
        "Check the permissions; if a part is missing, copy the bank again from where it came or build it again.",
        path=folder,
        problem=problem.strerror or problem,
    )


def _parse(text: bytes, folder: Path) -> Manifest:
    try:
        record = json.loads(text)
        if record["format"] not in READABLE:
            raise _other_format(folder, record["format"])
        manifest = Manifest(
            name=str(record["name"]),
            created=str(record["created"]),
            generation=int(record["generation"]),
            counts={str(kind): int(count) for kind, count in record["counts"].items()},
            parts={key: Part(part["file"], part["size"], part["sha256"]) for key, part in record["parts"].items()},
            trust=Trust(record["trust"]),
            format=record["format"],
            notes=dict(record["notes"]),
            mark=dict(record.get("mark", {})),
        )
        sum_fits = record.pop("checksum") == _checksum(record) and record["content"] == manifest.content
        intact = sum_fits and all(part.file == Path(part.file).name for part in manifest.parts.values())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
        raise _damaged(folder) from problem
    if not intact:
        raise _damaged(folder)
    return manifest


def _checksum(record: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def _stamp(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_ino, status.st_size, status.st_mtime_ns


def _no_bank(folder: Path) -> TrustError:
    if not folder.exists():
        return TrustError(
            "bank_missing",
            "There is no bank at {path}.",
            "Check the path, or build one with `kindward bank build`.",
            path=folder,
        )
    if not folder.is_dir():
        return TrustError(
            "bank_not_a_folder",
            "{path} is a file, not a bank.",
            "A bank is a folder; build one from a list with `kindward bank build OUT --from {path}`.",
            path=folder,
        )
    return TrustError(
        "bank_not_a_bank",
        "The folder {path} is not a bank, or building it was not finished.",
        "Build the bank again with `kindward bank build`.",
        path=folder,
    )


def _damaged(folder: Path) -> TrustError:
    return TrustError(
        "bank_damaged",
        "The manifest of the bank at {path} is damaged.",
        "Build the bank again from its list, or copy it again from where it came.",
        path=folder,
    )


def _other_format(folder: Path, found: object) -> TrustError:
    return TrustError(
        "bank_other_format",
        "The bank at {path} has format {found}; this version reads format {known}.",
        "Build the bank again with this version.",
        path=folder,
        found=found,
        known=FORMAT,
    )
