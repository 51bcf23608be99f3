"""Build the parts of a bank anew from its old parts and the changes since, without unpacking what did not change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import numpy as np

from kindward.banks.columnar import CHUNK, Gathered, gathering, pieces
from kindward.banks.entries import EntryTable
from kindward.banks.generation import Generation
from kindward.banks.intake import Intake
from kindward.banks.kinds import KINDS, Kind
from kindward.banks.lives import KEPT, RECORDS, WITHDRAWN
from kindward.banks.manifest import timestamp
from kindward.banks.parts import publish
from kindward.banks.records import GatheredRecords, gathering_records
from kindward.banks.sections import Array
from kindward.banks.taking import Taken


def compact(folder: Path, generation: Generation, now: datetime) -> None:
    """Put a new build in force that holds what is in force now. The caller is the only writer."""
    with gathering(folder) as gathered, gathering_records(folder, RECORDS) as records:
        for kind in KINDS:
            _unchanged(generation, kind, gathered[kind])
            for value in generation.changed[kind]:
                for entry in generation.held(kind, value):
                    gathered[kind].add(entry)
        generation.lives.gather(records)
        _publish(folder, generation, (gathered, records), now, generation.mark)


def take_in(
    folder: Path, generation: Generation, taken: Intake, now: datetime, mark: Mapping[str, str] | None
) -> Taken:
    """Put a new build in force that holds the items taken, and of the old parts all items that are not among them.

    The caller is the only writer, and there are no changes since the old parts were built.
    """
    result = taken.settle()
    for kind, table in generation.tables().items():
        _unchanged(generation, kind, taken.columns[kind], _named(generation, table, taken))
    for role in (WITHDRAWN, KEPT):
        rows = generation.lives.table(role)
        if rows is not None:
            keys, _, _ = rows.columns()
            taken.records[role].extend(rows, taken.names(keys, rows.id_at))
    taken.judge(generation.lives, timestamp(now))
    _publish(folder, generation, (taken.columns, taken.records), now, generation.mark if mark is None else mark)
    return result


def _publish(
    folder: Path,
    generation: Generation,
    columns: tuple[Mapping[Kind, Gathered], Mapping[str, GatheredRecords]],
    now: datetime,
    mark: Mapping[str, str],
) -> None:
    manifest = generation.manifest
    publish(
        folder,
        *columns,
        name=manifest.name,
        generation=manifest.generation + 1,
        now=now,
        trust=manifest.trust,
        notes=manifest.notes,
        mark=mark,
    )


def _named(generation: Generation, table: EntryTable, taken: Intake) -> Array:
    """Say of each row whether its item is among those taken."""
    keys, rows = table.keys()
    named = np.zeros(len(table), bool)
    named[rows] = taken.names(keys, lambda place: generation.entry_at(table, int(rows[place])).id)
    return named


def _unchanged(generation: Generation, kind: Kind, column: Gathered, dropped: Array | None = None) -> None:
    """Take over the rows of all slots that no change touches, but for those that are dropped."""
    table = generation.tables().get(kind)
    if table is None:
        return
    starts, ends, blob = table.columns()
    touched = np.zeros(table.slots, bool)
    for value in generation.changed[kind]:
        slot = generation.slot(kind, value)
        if slot >= 0:
            touched[slot] = True
    for first in range(0, table.slots, CHUNK):
        last = min(first + CHUNK, table.slots)
        kept = np.flatnonzero(~touched[first:last]) + first
        sizes = (starts[kept + 1] - starts[kept]).astype(np.int64)
        slots = np.repeat(kept, sizes)
        rows = np.arange(len(slots)) + np.repeat(starts[kept].astype(np.int64) - (np.cumsum(sizes) - sizes), sizes)
        if dropped is not None:
            slots, rows = slots[~dropped[rows]], rows[~dropped[rows]]
        column.extend(generation.values(kind, first, last)[slots - first], *_rows(rows, ends, blob))


def _rows(rows: Array, ends: Array | None, blob: Array | None) -> tuple[Array, Array]:
    """Give the lengths of packed rows and the rows themselves, joined."""
    if ends is None or blob is None:
        return np.zeros(len(rows), np.uint32), np.empty(0, np.uint8)
    last = ends[rows].astype(np.int64)
    first = np.where(rows > 0, ends[np.maximum(rows, 1) - 1].astype(np.int64), 0)
    return (last - first).astype(np.uint32), pieces(blob, first, last - first)
