"""Build the parts of a bank anew from its old parts and the changes since, without unpacking what did not change."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np

from kindward.banks.columnar import CHUNK, Gathered, gathering, pieces
from kindward.banks.generation import Generation
from kindward.banks.kinds import KINDS, Kind
from kindward.banks.parts import publish
from kindward.banks.sections import Array


def compact(folder: Path, generation: Generation, now: datetime) -> None:
    """Put a new build in force that holds what is in force now. The caller is the only writer."""
    with gathering(folder) as gathered:
        for kind in KINDS:
            _unchanged(generation, kind, gathered[kind])
            for value in generation.changed[kind]:
                for entry in generation.active(kind, value):
                    gathered[kind].add(entry)
        manifest = generation.manifest
        publish(
            folder,
            gathered,
            name=manifest.name,
            generation=manifest.generation + 1,
            now=now,
            notes=manifest.notes,
        )


def _unchanged(generation: Generation, kind: Kind, column: Gathered) -> None:
    """Take over the rows of all slots that no change touches."""
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
        column.extend(generation.values(kind, first, last)[slots - first], *_rows(rows, ends, blob))


def _rows(rows: Array, ends: Array | None, blob: Array | None) -> tuple[Array, Array]:
    """Give the lengths of packed rows and the rows themselves, joined."""
    if ends is None or blob is None:
        return np.zeros(len(rows), np.uint32), np.empty(0, np.uint8)
    last = ends[rows].astype(np.int64)
    first = np.where(rows > 0, ends[np.maximum(rows, 1) - 1].astype(np.int64), 0)
    return (last - first).astype(np.uint32), pieces(blob, first, last - first)
