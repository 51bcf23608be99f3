"""Write the parts of a bank, name them after their digests, and put them in force.

Only the last step, replacing the manifest, changes what the bank is. A writer that is killed leaves the old bank, or no
bank.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

import numpy as np

from kindward.banks import canaries
from kindward.banks.columnar import CHUNK, Gathered, Sorted
from kindward.banks.entries import derived_key, derived_keys, id_key, id_of
from kindward.banks.kinds import KINDS, PDQ, Kind
from kindward.banks.lives import RECORDS
from kindward.banks.manifest import FILE, LOCK, Manifest, Part, sync_folder, timestamp, write_manifest
from kindward.banks.records import GatheredRecords
from kindward.banks.sections import Array, SectionWriter, file_digest
from kindward.kernel import index
from kindward.model import Trust

_NOTHING: Mapping[str, str] = MappingProxyType({})

_PARTS = (*(kind.name for kind in KINDS), *RECORDS)
_OURS = ("journal-", f".{FILE}", *(f"{dots}{name}-" for name in _PARTS for dots in ("", ".", "..")))
_BESIDE = ("approval.json", "budget.json", "simulated.json", "subscription")
"""What may lie in the folder of a bank before it is built, and is never removed by building."""


def publish(
    out: Path,
    gathered: Mapping[Kind, Gathered],
    records: Mapping[str, GatheredRecords],
    *,
    name: str,
    generation: int,
    now: datetime,
    trust: Trust = Trust.IMPORTED,
    notes: Mapping[str, str] = _NOTHING,
    mark: Mapping[str, str] = _NOTHING,
) -> tuple[int, dict[str, int]]:
    """Write the parts of what was gathered and put them in force; give duplicates and counts per kind.

    The caller is the only writer. Parts that no manifest names any more are removed; processes that have them mapped
    keep them until they let go.
    """
    parts: dict[str, Part] = {}
    counts: dict[str, int] = {}
    duplicates = 0
    for kind in KINDS:
        column = gathered[kind]
        result = column.sort()
        if not len(result.order) and kind is not PDQ:
            continue
        duplicates += result.duplicates
        counts[kind.name] = len(result.order)
        values, starts = _with_canaries(kind, result)
        parts[f"{kind.name}.values"] = _write_values(out, kind, values)
        parts[f"{kind.name}.entries"] = _write_entries(out, kind, column, result, starts)
    for role, rows in records.items():
        part = _write_records(out, role, rows)
        parts |= {f"lives.{role}": part} if part else {}
    created = timestamp(now)
    manifest = Manifest(name, created, generation, counts, parts, trust, notes=notes, mark=mark)
    (out / manifest.journal).write_bytes(b"")
    sync_folder(out)
    write_manifest(out, manifest)
    remove_unnamed(out, manifest)
    return duplicates, counts


def remove_unnamed(out: Path, manifest: Manifest) -> None:
    """Remove what earlier or unfinished builds left behind."""
    kept = {part.file for part in manifest.parts.values()} | {manifest.journal, FILE, LOCK}
    for path in out.iterdir():
        if path.name not in kept and is_ours(path):
            path.unlink(missing_ok=True)


def is_ours(path: Path) -> bool:
    """Say whether a file can come from building a bank, finished or not."""
    return path.is_file() and (path.name == LOCK or path.name.startswith(_OURS))


def may_lie_here(path: Path) -> bool:
    """Say whether a file or folder may be where a bank is built: from building, or what belongs beside a bank."""
    return is_ours(path) or path.name.lstrip(".").startswith(_BESIDE)


def _with_canaries(kind: Kind, result: Sorted) -> tuple[Array, Array]:
    """Plant the canaries: slots among the values that have no entries."""
    planted = np.frombuffer(b"".join(sorted(canaries.planted(kind))), np.uint8).reshape(-1, kind.width)
    key = f"S{kind.width}"
    places = np.searchsorted(result.values.view(key).ravel(), np.ascontiguousarray(planted).view(key).ravel())
    starts = np.insert(result.starts, places, result.starts[places])
    return np.insert(result.values, places, planted, axis=0), starts


def _write_values(out: Path, kind: Kind, values: Array) -> Part:
    with _unnamed(out, kind.name) as path:
        if kind is PDQ:
            index.build(path, values)
        else:
            with path.open("wb") as file:
                writer = SectionWriter(file, {"values": ("|u1", values.size)})
                writer.write("values", (values[first : first + CHUNK] for first in range(0, len(values), CHUNK)))
        return _named(out, path, kind.name, "values")


def _write_entries(out: Path, kind: Kind, column: Gathered, result: Sorted, starts: Array) -> Part:
    count = len(result.order)
    ends = np.zeros(count, np.uint64)
    keys = np.empty(count, np.uint64)
    with _unnamed(out, kind.name) as path, tempfile.TemporaryFile(dir=out) as blob:
        first = 0
        owners = np.repeat(np.arange(len(result.values)), _sizes(result.starts))
        for lengths, rows in column.rows(result):
            last = first + len(lengths)
            ends[first:last] = blob.tell() + np.cumsum(lengths, dtype=np.uint64)
            blob.write(rows)
            keys[first:last] = _keys(kind, result.values[owners[first:last]], lengths, rows)
            first = last
        size = blob.tell()
        order = np.argsort(keys, kind="stable").astype(np.uint32)
        plan = {"starts": ("<u4", len(starts)), "keys": ("<u8", count), "rows": ("<u4", count)}
        if size:
            plan |= {"ends": ("<u8", count), "blob": ("|u1", size)}
        with path.open("wb") as file:
            writer = SectionWriter(file, plan)
            writer.write("starts", [starts])
            writer.write("keys", [keys[order]])
            writer.write("rows", [order])
            if size:
                writer.write("ends", [ends])
                blob.seek(0)
                writer.write("blob", iter(lambda: blob.read(1 << 20), b""))
        return _named(out, path, kind.name, "entries")


def _write_records(out: Path, role: str, records: GatheredRecords) -> Part | None:
    """Write what is known about ids; nothing if that is nothing, so that plain lists have no such part."""
    with _unnamed(out, role) as path:
        with path.open("wb") as file:
            rows = records.write(file)
        return _named(out, path, role, "records") if rows else None


def _sizes(starts: Array) -> Array:
    return (starts[1:] - starts[:-1]).astype(np.int64)


def _keys(kind: Kind, values: Array, lengths: Array, rows: bytes) -> Array | list[int]:
    joined, width, place = values.tobytes(), kind.width, 0
    if not rows:
        return derived_keys(kind, joined)
    found = []
    for number, length in enumerate(lengths.tolist()):
        entry_id = id_of(rows[place : place + length]) if length else ""
        value = joined[number * width : (number + 1) * width]
        found.append(id_key(entry_id) if entry_id else derived_key(kind, value))
        place += length
    return found


@contextmanager
def _unnamed(out: Path, name: str) -> Iterator[Path]:
    """Give a path for a part that has no name yet; what is left of it at the end is removed."""
    handle, unnamed = tempfile.mkstemp(prefix=f".{name}-", dir=out)
    os.close(handle)
    try:
        yield Path(unnamed)
    finally:
        Path(unnamed).unlink(missing_ok=True)


def _named(out: Path, path: Path, name: str, role: str) -> Part:
    """Name a finished part after its digest; from then on it never changes."""
    digest = file_digest(path)
    with path.open("rb") as file:
        os.fsync(file.fileno())
        size = os.fstat(file.fileno()).st_size
    # Processes have parts mapped: writing into one would change their answers, so it must be replaced.
    path.chmod(0o444)
    final = f"{name}-{role}-{digest[:16]}"
    path.replace(out / final)
    return Part(final, size, digest)
