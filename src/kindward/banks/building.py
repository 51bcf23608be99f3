"""Build a bank from entries: sort, prove harmless, write parts named after their digests, and put them in force.

Everything is written into the folder first; only the last step, replacing the manifest, changes what the bank is. A
build that is killed leaves the old bank, or no bank.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import numpy as np

from kindward.banks import canaries
from kindward.banks.blocks import Block
from kindward.banks.canaries import REFUSED
from kindward.banks.columnar import CHUNK, Gathered, Sorted, gathering
from kindward.banks.doubts import Doubt, doubt_looks
from kindward.banks.entries import derived_key, derived_keys, id_key, id_of, printable
from kindward.banks.kinds import KINDS, PDQ, Kind, kind_of
from kindward.banks.manifest import FILE, LOCK, Manifest, Part, sync_folder, unwritable, write_manifest, writing
from kindward.banks.rejected import Rejected
from kindward.banks.sections import Array, SectionWriter, file_digest
from kindward.errors import StateError
from kindward.kernel import index
from kindward.model import Entry

Progress = Callable[[int], object]
REJECTED_KEPT = 10_000
"""So many rejected lines are kept with their reasons; all are counted."""
_REPORT_EVERY = 4096
_JUDGED = 4096
"""So many values are looked at to judge what a list is."""
_OURS = ("journal-", f".{FILE}", *(f"{dots}{kind.name}-" for kind in KINDS for dots in ("", ".", "..")))


@dataclass(slots=True)
class BuildReport:
    """What became of the lines of a list.

    ``entries`` are in the bank, ``duplicates`` became one with another entry, ``rejected`` (the first 10,000, in order)
    were left out; ``reasons`` counts all of those by their code. ``doubts`` say that the list may be something else.
    """

    entries: int = 0
    duplicates: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    counts: dict[str, int] = field(default_factory=dict)
    doubts: list[Doubt] = field(default_factory=list)

    @property
    def rejected_total(self) -> int:
        """Give how many lines were left out."""
        return self.reasons.total()

    def reject(self, rejected: Rejected) -> None:
        """Note a line that was left out."""
        self.reasons[rejected.reason_code] += 1
        if len(self.rejected) < REJECTED_KEPT:
            self.rejected.append(rejected)


def build_bank(
    out: Path,
    records: Iterable[Entry | Block | Rejected],
    *,
    name: str = "",
    progress: Progress | None = None,
    replace: bool = False,
    now: datetime | None = None,
) -> BuildReport:
    """Build an imported bank in the folder ``out`` and report what became of each record.

    ``name`` is by default that of the folder. ``progress`` gets the number of records taken so far. Raises: StateError
    if there already is a bank and ``replace`` is not set, if the folder holds something else, or if not a single
    record is usable.
    """
    out = Path(out)
    _require_room(out, replace=replace)
    new = not out.exists()
    try:
        out.mkdir(parents=True, exist_ok=True)
        return _build(
            out,
            records,
            name=printable(name) or printable(out.resolve().name) or "bank",
            progress=progress,
            replace=replace,
            now=now or datetime.now(UTC),
        )
    except BaseException as problem:
        if new and not (out / FILE).exists():
            shutil.rmtree(out, ignore_errors=True)
        if isinstance(problem, OSError):
            raise unwritable(out, problem) from problem
        raise


def _build(
    out: Path,
    records: Iterable[Entry | Block | Rejected],
    *,
    name: str,
    progress: Progress | None,
    replace: bool,
    now: datetime,
) -> BuildReport:
    report = BuildReport()
    with gathering(out) as gathered:
        _gather(records, gathered, report, progress)
        if not any(len(column) for column in gathered.values()):
            raise _nothing_usable(report)
        doubt = doubt_looks(gathered[PDQ].first(_JUDGED))
        report.doubts += [doubt] if doubt else []
        with writing(out):
            _require_room(out, replace=replace)
            report.duplicates, report.counts = publish(
                out, gathered, name=name, generation=_last_generation(out) + 1, now=now
            )
    report.entries = sum(report.counts.values())
    return report


def _last_generation(out: Path) -> int:
    """Give the number of the newest build; found by its journal, because a damaged bank may be replaced too."""
    numbers = [path.name.removeprefix("journal-") for path in out.glob("journal-*")]
    return max((int(number) for number in numbers if number.isdecimal()), default=0)


def publish(
    out: Path,
    gathered: Mapping[Kind, Gathered],
    *,
    name: str,
    generation: int,
    now: datetime,
    notes: Mapping[str, str] = MappingProxyType({}),
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
        if not len(column) and kind is not PDQ:
            continue
        result = column.sort()
        duplicates += result.duplicates
        counts[kind.name] = len(result.order)
        values, starts = _with_canaries(kind, result)
        parts[f"{kind.name}.values"] = _write_values(out, kind, values)
        parts[f"{kind.name}.entries"] = _write_entries(out, kind, column, result, starts)
    manifest = Manifest(name, now.strftime("%Y-%m-%dT%H:%M:%SZ"), generation, counts, parts, notes=notes)
    (out / manifest.journal).write_bytes(b"")
    sync_folder(out)
    write_manifest(out, manifest)
    remove_unnamed(out, manifest)
    return duplicates, counts


def remove_unnamed(out: Path, manifest: Manifest) -> None:
    """Remove what earlier or unfinished builds left behind."""
    kept = {part.file for part in manifest.parts.values()} | {manifest.journal, FILE, LOCK}
    for path in out.iterdir():
        if path.name not in kept and _is_ours(path):
            path.unlink(missing_ok=True)


def _is_ours(path: Path) -> bool:
    """Say whether a file can come from building a bank, finished or not."""
    return path.is_file() and (path.name == LOCK or path.name.startswith(_OURS))


def _gather(
    records: Iterable[Entry | Block | Rejected],
    gathered: Mapping[Kind, Gathered],
    report: BuildReport,
    progress: Progress | None,
) -> None:
    number, told = 0, 0
    for record in records:
        number += len(record) if isinstance(record, Block) else 1
        if isinstance(record, Block):
            gathered[record.kind].add_block(record.values, record.source)
        elif isinstance(record, Rejected):
            report.reject(record)
        else:
            kind = kind_of(record.signal, record.value)
            refused = REFUSED[kind].get(record.value) if kind else "signal_unsupported"
            if kind and not refused:
                gathered[kind].add(record)
            else:
                report.reject(Rejected(0, refused or "", {"signal": record.signal}))
        if progress and number - told >= _REPORT_EVERY:
            told = number
            progress(number)


def _with_canaries(kind: Kind, result: Sorted) -> tuple[Array, Array]:
    """Plant the canaries: slots among the values that have no entries."""
    planted = np.frombuffer(b"".join(sorted(canaries.planted(kind))), np.uint8).reshape(-1, kind.width)
    key = f"S{kind.width}"
    places = np.searchsorted(result.values.view(key).ravel(), np.ascontiguousarray(planted).view(key).ravel())
    starts = np.insert(result.starts, places, result.starts[places])
    return np.insert(result.values, places, planted, axis=0), starts


def _write_values(out: Path, kind: Kind, values: Array) -> Part:
    with _unnamed(out, kind) as path:
        if kind is PDQ:
            index.build(path, values)
        else:
            with path.open("wb") as file:
                writer = SectionWriter(file, {"values": ("|u1", values.size)})
                writer.write("values", (values[first : first + CHUNK] for first in range(0, len(values), CHUNK)))
        return _named(out, path, kind, "values")


def _write_entries(out: Path, kind: Kind, column: Gathered, result: Sorted, starts: Array) -> Part:
    count = len(result.order)
    ends = np.zeros(count, np.uint64)
    keys = np.empty(count, np.uint64)
    with _unnamed(out, kind) as path, tempfile.TemporaryFile(dir=out) as blob:
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
        return _named(out, path, kind, "entries")


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
def _unnamed(out: Path, kind: Kind) -> Iterator[Path]:
    """Give a path for a part that has no name yet; what is left of it at the end is removed."""
    handle, name = tempfile.mkstemp(prefix=f".{kind.name}-", dir=out)
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _named(out: Path, path: Path, kind: Kind, role: str) -> Part:
    """Name a finished part after its digest; from then on it never changes."""
    digest = file_digest(path)
    with path.open("rb") as file:
        os.fsync(file.fileno())
        size = os.fstat(file.fileno()).st_size
    path.chmod(0o644)
    name = f"{kind.name}-{role}-{digest[:16]}"
    path.replace(out / name)
    return Part(name, size, digest)


def _require_room(out: Path, *, replace: bool) -> None:
    if (out / FILE).exists():
        if not replace:
            raise StateError(
                "bank_exists",
                "There already is a bank at {path}.",
                "Add --replace to build it anew, or use `kindward bank add` to add to it.",
                path=out,
            )
    elif out.exists() and (not out.is_dir() or not all(map(_is_ours, out.iterdir()))):
        raise StateError(
            "bank_folder_not_empty",
            "{path} already exists and is not a bank.",
            "Give the path of a new folder.",
            path=out,
        )


def _nothing_usable(report: BuildReport) -> StateError:
    if not report.rejected:
        return StateError(
            "bank_empty",
            "The list is empty; a bank needs at least one fingerprint.",
            "Give one fingerprint in a line, for example `pdq` and 64 hexadecimal digits.",
        )
    first = report.rejected[0]
    return StateError(
        "bank_nothing_usable",
        "None of the {count} lines of the list could be used; line {line}: {reason}",
        "Give one fingerprint in a line, or a CSV with a header that names the columns.",
        count=report.rejected_total,
        line=first.line,
        reason=first,
    )
