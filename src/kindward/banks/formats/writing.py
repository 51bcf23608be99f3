"""Write the entries of a bank as lists that other tools, and kindward itself, read back.

``plain``: a fingerprint per line. ``csv``: every field. ``tx-text``: what the ``local_file`` of ``threatexchange``
reads. ``tx-csv``: what ``tx dataset -P --csv`` prints.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TextIO

from kindward.banks.kinds import MD5, PDQ, SHA256, Kind, kind_of
from kindward.model import Entry, EntryState, Trust

FORMS = ("plain", "csv", "tx-text", "tx-csv")
CSV_COLUMNS = (
    "id",
    "signal",
    "value",
    "source",
    "severity",
    "note",
    "jurisdiction",
    "added",
    "expires",
    "positive",
    "negative",
    "confirmed_by",
    "trust",
)
TX_COLUMNS = ("signal_type", "signal_str", "collab", "category", "tags")
_TX_NAMES = {PDQ: "pdq", MD5: "video_md5", SHA256: "video_sha256"}
_TX_SCHEME = "threatexchange:"
_TAGS = re.compile(r"(?:^|[;|])\s*tags=([^;|]*)")
_JOINED = " | "


@dataclass(slots=True)
class Written:
    """Count what was written, and what was left out because it is not in force or the form has no name for it."""

    entries: int = 0
    not_in_force: int = 0
    unknown_kinds: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Origin:
    """Which bank a list comes from."""

    name: str
    version: str
    trust: Trust


def write_list(entries: Iterable[Entry], form: str, stream: TextIO, origin: Origin, today: str) -> Written:
    """Write the entries that are in force ``today`` (``2026-11-24``) and count them; ``form`` is one of ``FORMS``."""
    written = Written()
    rows = _rows(entries, form, today, written)
    _WRITERS[form](rows, stream, origin)
    return written


def _rows(entries: Iterable[Entry], form: str, today: str, written: Written) -> Iterator[tuple[Kind, Entry]]:
    for entry in entries:
        kind = kind_of(entry.signal, entry.value)
        if entry.state is not EntryState.ACTIVE or (entry.expires and entry.expires <= today):
            written.not_in_force += 1
        elif kind is None or (form.startswith("tx-") and kind not in _TX_NAMES):
            name = kind.name if kind else entry.signal
            written.unknown_kinds[name] = written.unknown_kinds.get(name, 0) + 1
        else:
            written.entries += 1
            yield kind, entry


def _plain(rows: Iterator[tuple[Kind, Entry]], stream: TextIO, origin: Origin) -> None:
    stream.write(f"# {origin.trust} bank {origin.name}, version {origin.version}\n")
    # 64 bare digits are read as PDQ everywhere, so only SHA-256 needs its name.
    stream.writelines(f"{'sha256 ' if kind is SHA256 else ''}{entry.value.hex()}\n" for kind, entry in rows)


def _csv(rows: Iterator[tuple[Kind, Entry]], stream: TextIO, origin: Origin) -> None:
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(CSV_COLUMNS)
    for kind, entry in rows:
        table.writerow(
            (
                entry.id,
                kind.name,
                entry.value.hex(),
                entry.source,
                entry.severity,
                entry.note,
                entry.jurisdiction,
                entry.added,
                entry.expires,
                entry.positive or "",
                entry.negative or "",
                " ".join(entry.confirmed_by),
                str(origin.trust),
            )
        )


def _tx_text(rows: Iterator[tuple[Kind, Entry]], stream: TextIO, origin: Origin) -> None:
    del origin
    stream.writelines(f"{_TX_NAMES[kind]} {entry.value.hex()}\n" for kind, entry in rows)


def _tx_csv(rows: Iterator[tuple[Kind, Entry]], stream: TextIO, origin: Origin) -> None:
    table = csv.writer(stream)
    table.writerow(TX_COLUMNS)
    for kind, entry in rows:
        for collab in (entry.source or origin.name).split(_JOINED):
            table.writerow((_TX_NAMES[kind], entry.value.hex(), collab, _category(entry), _tags(entry)))


def _category(entry: Entry) -> str:
    told = {one.removeprefix(_TX_SCHEME) for one in entry.severity.split(_JOINED) if one.startswith(_TX_SCHEME)}
    return "DISPUTED" if len(told) > 1 else told.pop() if told else "POSITIVE_CLASS"


def _tags(entry: Entry) -> str:
    return " ".join(sorted({tag for tags in _TAGS.findall(entry.note) for tag in re.split(r"[\s,]+", tags) if tag}))


_Writer = Callable[[Iterator[tuple[Kind, Entry]], TextIO, Origin], None]
_WRITERS: dict[str, _Writer] = {"plain": _plain, "csv": _csv, "tx-text": _tx_text, "tx-csv": _tx_csv}
