"""Read lists of fingerprints as they are really passed around: plain lines, checksum files, CSV of several makers.

Formats: one fingerprint per line, bare (64 hexadecimal digits are PDQ, 40 SHA-1, 32 MD5) or after its name; the output
of ``sha256sum`` and its siblings; CSV with a header; ``tx dataset -P`` with and without ``--csv`` (the latter cannot
be read back by its own maker). Letters may be large or small. Every line becomes an entry or a reasoned rejection.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TextIO

from kindward.banks.canaries import refusal
from kindward.banks.columns import NEGATIVE, Columns, Further, find_columns, severity_of
from kindward.banks.entries import printable
from kindward.banks.formats.icse import is_icse, read_icse_row
from kindward.banks.formats.vics import begins_vics, read_vics
from kindward.banks.items import Item
from kindward.banks.kinds import MD5, NAMED, PDQ, SHA1, SHA256, Kind
from kindward.banks.rejected import Rejected
from kindward.errors import ContentError
from kindward.model import Entry

_BARE = {64: PDQ, 40: SHA1, 32: MD5}
_HEX = re.compile(r"[0-9a-fA-F]+")
_ALIASES = {
    "sha-256": SHA256,
    "sha-1": SHA1,
    "video_md5": MD5,
    "photo_md5": MD5,
    "video_sha256": SHA256,
    "pdq/1": PDQ,
}
_CHECKSUM_FILE = re.compile(r"^([0-9a-fA-F]{64})(?:  | \*)(\S.*)$")
_TX_OPINION = re.compile(
    r"""(?P<collab>'[^']*'|"[^"]*")?\s*(?P<category>[A-Z]+_CLASS|INVESTIGATION_SEED|DISPUTED)(?:\s+(?P<tags>\S.*))?$"""
)
_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_/.-]{1,15}", re.ASCII)
_UNCLEAR = {"columns_too_few", "columns_too_many", "fingerprint_unreadable"}
_NOTHING = Further()
LINE_MOST = 1 << 20
_ENDS = ("\n", "\r")
_BOM = "\ufeff"


def read_list(source: Path | TextIO, *, origin: str = "") -> Iterator[Entry | Item | Rejected]:
    """Read a list, line by line or record by record, in bounded memory.

    Lists of police forces (Project VIC, ICSE) give items, all others entries. ``source`` is a path or an open text
    stream; ``origin`` is noted as the source of entries that name none. Raises: ContentError if the file cannot be
    read, a CSV has no column that could hold a fingerprint, or a Project VIC list is damaged or has no context.
    """
    if isinstance(source, Path):
        with _open(source) as stream:
            yield from _read(stream, origin)
    else:
        yield from _read(source, origin)


def _open(path: Path) -> TextIO:
    try:
        if path.is_dir():
            raise IsADirectoryError(21, "it is a folder")
        with path.open("rb") as file:
            wide = file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
        return path.open(encoding="utf-16" if wide else "utf-8-sig", errors="surrogateescape", newline="")
    except OSError as problem:
        raise ContentError(
            "list_unreadable",
            "The list {path} cannot be read: {problem}.",
            "Check the path and the permissions.",
            path=path,
            problem=(problem.strerror or str(problem)).lower(),
        ) from problem


def _read(stream: TextIO, origin: str) -> Iterator[Entry | Item | Rejected]:
    begun = stream.readline(LINE_MOST)
    if begins_vics(begun):
        yield from read_vics(stream, begun, origin=origin)
        return
    lines = _bounded(stream, begun)
    for number, line in enumerate(lines, 1):
        text = _text(line)
        if text and not text.startswith("#"):
            columns = find_columns(text)
            rest = chain([line.lstrip(_BOM)], lines)
            yield from _csv(columns, rest, number, origin) if columns else _lines(rest, number, origin)


def _bounded(stream: TextIO, line: str) -> Iterator[str]:
    """Give a line and those that follow it; of one that is too long only a mark, which no format understands."""
    while line:
        if len(line) < LINE_MOST or line.endswith(_ENDS):
            yield line
        else:
            while len(line) == LINE_MOST and not line.endswith(_ENDS):
                line = stream.readline(LINE_MOST)
            yield "\0\n"
        line = stream.readline(LINE_MOST)


def is_plain(path: Path) -> bool:
    """Say whether a file is a list of plain lines in ASCII or UTF-8 that end as usual. Raises: ContentError."""
    with _open(path) as stream:
        if stream.encoding != "utf-8-sig":
            return False
        begun = stream.readline(LINE_MOST)
        if begins_vics(begun):
            return False
        first = next((text for text in map(_text, _bounded(stream, begun)) if text and not text.startswith("#")), "")
    with path.open("rb") as file:
        return not find_columns(first) and b"\r" not in file.read(LINE_MOST).replace(b"\r\n", b"")


def _lines(lines: Iterable[str], first: int, origin: str) -> Iterator[Entry | Rejected]:
    for number, line in enumerate(lines, first):
        yield from read_line(line, number, origin)


def read_line(line: str, number: int, origin: str) -> Iterator[Entry | Rejected]:
    """Read one line of a plain list; nothing comes of an empty one or a comment."""
    text = _text(line)
    kind = _BARE.get(len(text))
    try:
        # Most lines of most lists are one bare fingerprint; they take this short way.
        value = bytes.fromhex(text) if kind else b""
    except ValueError:
        value = b""
    if kind and len(value) == kind.width and not refusal(kind, value):
        yield Entry("", kind.signal, value, origin)
    elif text and not text.startswith("#"):
        yield _plain(text, number, origin)


def _text(line: str) -> str:
    return line.lstrip(_BOM).strip()


def _plain(text: str, line: int, origin: str) -> Entry | Rejected:
    checksum = _CHECKSUM_FILE.match(text)
    if checksum:
        return _entry(SHA256, checksum[1], line, source=origin, note=checksum[2])
    word, rest = _cut(text)
    kind = _BARE.get(len(word)) if _HEX.fullmatch(word) else None
    if kind is None:
        name, joined, value = word.partition(":")
        if not joined:
            value, rest = _cut(rest)
        kind, word = named_kind(name), value
        if kind is None:
            return _no_kind(name, value, line)
    return _opinion(kind, word, rest, line, origin)


def _opinion(kind: Kind, value: str, rest: str, line: int, origin: str) -> Entry | Rejected:
    opinion = _TX_OPINION.match(rest)
    if not opinion:
        return _entry(kind, value, line, source=origin, note=rest)
    if opinion["category"] in NEGATIVE:
        return Rejected(line, "opinion_negative", {"category": opinion["category"]})
    return _entry(
        kind,
        value,
        line,
        source=(opinion["collab"] or "")[1:-1] or origin,
        severity=severity_of(opinion["category"]),
        note=f"tags={opinion['tags']}" if opinion["tags"] else "",
    )


def _cut(text: str) -> tuple[str, str]:
    word, *rest = re.split(r"[\s,;]+", text, maxsplit=1)
    return word, rest[0] if rest else ""


def _no_kind(name: str, value: str, line: int) -> Rejected:
    # A torn fingerprint must not be told as if it were the name of a signal.
    if not value or _HEX.fullmatch(name) or not _NAME.fullmatch(name):
        return Rejected(line, "line_unreadable" if not name.isprintable() else "fingerprint_unreadable")
    return Rejected(line, "signal_unsupported", {"signal": name.lower()})


def named_kind(name: str) -> Kind | None:
    """Find the kind a list means by a name, in any case; None if it cannot be matched."""
    name = name.strip().lower()
    return NAMED.get(name) or _ALIASES.get(name)


def _csv(columns: Columns, lines: Iterable[str], first: int, origin: str) -> Iterator[Entry | Item | Rejected]:
    icse = is_icse(columns.names)
    rows = csv.reader(lines, delimiter=columns.delimiter)
    next(rows)
    while True:
        before = rows.line_num
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error:
            yield Rejected(first + rows.line_num - 1, "line_unreadable")
            continue
        if not any(cell.strip() for cell in row) or row[0].startswith("#"):
            continue
        if len(row) == len(columns.names):
            line = first + before
            read = read_icse_row(columns.names, row, line, origin) if icse else _csv_row(columns, row, line, origin)
            records: list[Entry | Item | Rejected] = list(read)
        else:
            records = [_wrong_width(columns, row, first + before)]
        yield from (_swallowed(record, rows.line_num - before) for record in records)


def _swallowed(record: Entry | Item | Rejected, lines: int) -> Entry | Item | Rejected:
    """Blame an open quotation mark for what could not be understood in a row of several lines."""
    if lines > 1 and isinstance(record, Rejected) and record.reason_code in _UNCLEAR:
        return Rejected(record.line, "quote_open", {"lines": lines})
    return record


def _wrong_width(columns: Columns, row: list[str], line: int) -> Rejected:
    code = "columns_too_few" if len(row) < len(columns.names) else "columns_too_many"
    return Rejected(line, code, {"found": len(row), "expected": len(columns.names)})


def _csv_row(columns: Columns, row: list[str], line: int, origin: str) -> Iterator[Entry | Rejected]:
    fields = columns.fields(row)
    fields["source"] = fields["source"] or origin
    category = fields.pop("category")
    if category in NEGATIVE:
        yield Rejected(line, "opinion_negative", {"category": category})
        return
    found = False
    for name, value in columns.values(row):
        found = True
        kind = named_kind(name) if name else _BARE.get(len(value))
        if kind:
            yield _entry(kind, value, line, **fields, further=columns.further(row))
        else:
            yield _no_kind(name, value, line) if name else _misfit(value, line)
    if not found:
        yield Rejected(line, "fingerprint_missing")


def _misfit(value: str, line: int) -> Rejected:
    return Rejected(line, "fingerprint_unreadable" if value else "fingerprint_missing")


def _entry(
    kind: Kind,
    text: str,
    line: int,
    *,
    id: str = "",  # noqa: A002 - the name of the field
    source: str = "",
    severity: str = "",
    note: str = "",
    further: Further = _NOTHING,
) -> Entry | Rejected:
    if not _HEX.fullmatch(text):
        return Rejected(line, "fingerprint_unreadable" if text else "fingerprint_missing")
    if len(text) != 2 * kind.width:
        return Rejected(
            line, "fingerprint_wrong_length", {"signal": kind.name, "expected": 2 * kind.width, "found": len(text)}
        )
    value = bytes.fromhex(text)
    refused = refusal(kind, value)
    if refused:
        return Rejected(line, refused)
    return Entry(
        printable(id),
        kind.signal,
        value,
        source=printable(source),
        severity=printable(severity),
        note=printable(note),
        jurisdiction=further.jurisdiction,
        added=further.added,
        expires=further.expires,
        positive=further.positive,
        negative=further.negative,
    )


def text_stream(data: bytes) -> TextIO:
    """Read a list that is already in memory, such as standard input."""
    return io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", errors="surrogateescape", newline="")
