"""Read INTERPOL ICSE lists: CSV with semicolons, one item in a row, and whether it is baseline material.

Baseline material is illegal nearly everywhere; what is not is illegal somewhere, and the list does not say where.
"""

from __future__ import annotations

from collections.abc import Iterator

from kindward.banks.entries import printable
from kindward.banks.formats.fields import fingerprint, item_of, photodna, yes
from kindward.banks.items import Item, Kept
from kindward.banks.kinds import MD5, SHA1
from kindward.banks.rejected import Rejected
from kindward.model import Entry

COLUMNS = frozenset({"md5", "sha1", "photodna", "image id", "victim identified", "series name", "baseline"})
"""By these names an ICSE list is known; the order of the columns does not matter."""
_NOTED = {
    "is distributed": "IsDistributed",
    "offender identified": "OffenderIdentified",
    "victim identified": "VictimIdentified",
}


def is_icse(names: tuple[str, ...]) -> bool:
    """Say whether these names of columns, in lower case, are those of an ICSE list."""
    return set(names) >= COLUMNS


def read_icse_row(names: tuple[str, ...], row: list[str], line: int, origin: str) -> Iterator[Item | Rejected]:
    """Read one row: an item, a rejection, or both if only one of its fingerprints is unreadable."""
    cells = {name: cell.strip() for name, cell in zip(names, row, strict=True)}
    baseline = yes(cells["baseline"])
    if baseline is None:
        yield Rejected(line, "baseline_unreadable")
        return
    entries: list[Entry] = []
    kept: list[Kept] = []
    rejected: list[Rejected] = []
    for kind in (MD5, SHA1):
        value = fingerprint(kind, cells[kind.name], line) if cells[kind.name] else None
        if isinstance(value, Rejected):
            rejected.append(value)
        elif value is not None:
            entries.append(_entry(kind.signal, value, cells, baseline=baseline, origin=origin))
    told = photodna(cells["photodna"], line) if cells["photodna"] else None
    if isinstance(told, Rejected):
        rejected.append(told)
    elif told is not None:
        kept.append(told)
    if entries or kept or not rejected:
        yield item_of(cells["image id"], entries, kept, line)
    yield from rejected


def _entry(signal: str, value: bytes, cells: dict[str, str], *, baseline: bool, origin: str) -> Entry:
    said = [word for name, word in _NOTED.items() if yes(cells.get(name, ""))]
    return Entry(
        "",
        signal,
        value,
        source=printable(origin),
        severity="icse:baseline" if baseline else "icse:not_baseline",
        note=" ".join([*said, *(["Series"] if cells["series name"] else [])]),
        jurisdiction="baseline" if baseline else "",
    )
