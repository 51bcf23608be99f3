"""Adds and withdrawals since the parts were built: an append-only file that survives a crash at any byte.

Each line holds a check value and a JSON record. The check value is a SHA-256 over the one before it and the record, so
no line can be changed, exchanged, or dropped from before another one unnoticed; the first rests on the digest of the
parts. That the last lines are gone is not noticed when a bank is opened, because nothing else says how many there were:
a journal cut off at the end of a line is an earlier state of the bank. Its version tells them apart, and an operator's
signature over the later state does not fit. A last line without its end is one that was being written when the power or
the process went; it was never confirmed to anybody, so it is left out and cut off by the next writer.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from kindward.banks.changes import Change, change_of, record_of
from kindward.errors import TrustError

_CHECK_DIGITS = 32


class Journal:
    """Follow and extend the journal of one generation of a bank.

    ``size`` is how many bytes are understood so far, ``head`` the check value of the last line among them, ``seen`` how
    long the file was when it was last read, ``records`` how many items the lines so far changed. ``heads`` are the
    check values since the last line that let the bank match more than before. Appending needs the lock of the bank.
    """

    def __init__(self, path: Path, anchor: str) -> None:
        self._path = path
        self._file: BinaryIO = path.open("rb")
        self.size = self.seen = 0
        self.lines = self.records = 0
        self.head = hashlib.sha256(b"kindward journal of " + anchor.encode()).hexdigest()
        self.heads = [self.head]

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def length(self) -> int:
        """Say how long the file is now; cheap enough to ask before every check."""
        return os.fstat(self._file.fileno()).st_size

    def read(self) -> list[Change]:
        """Read the lines that are complete and new since the last call.

        Raises: TrustError if a line does not fit to the one before it.
        """
        self._file.seek(self.size)
        unread = self._file.read()
        self.seen = self.size + len(unread)
        whole, end, torn = unread.rpartition(b"\n")
        changes = []
        for line in (part + b"\n" for part in whole.split(b"\n") if end):
            changes.append(self._understand(line))
            self.size += len(line)
            self.lines += 1
            self.records += changes[-1].weight
            self.heads = [*(self.heads if changes[-1].narrows else ()), self.head]
        if self._is_line_with_other_end(torn):
            raise self._damaged()
        return changes

    def append(self, changes: Iterable[Change]) -> None:
        """Write changes so that they are on the disk when this returns; what was torn off before is cut first.

        The changes are not applied here: the writer reads them back like every other reader.
        """
        lines, head = [], self.head
        for change in changes:
            text = json.dumps(record_of(change), ensure_ascii=False, separators=(",", ":")).encode()
            head = _check(head, text)
            lines.append(head[:_CHECK_DIGITS].encode() + b" " + text + b"\n")
        with self._path.open("r+b") as file:
            file.truncate(self.size)
            file.seek(self.size)
            file.write(b"".join(lines))
            file.flush()
            os.fsync(file.fileno())

    def _understand(self, line: bytes) -> Change:
        check, _, text = line[:-1].partition(b" ")
        head = _check(self.head, text)
        if check != head[:_CHECK_DIGITS].encode():
            raise self._damaged()
        try:
            change = change_of(json.loads(text))
        except (ValueError, KeyError, TypeError, RecursionError) as problem:
            raise self._damaged() from problem
        self.head = head
        return change

    def _is_line_with_other_end(self, torn: bytes) -> bool:
        # A whole record with one more byte is no torn line: its end was changed.
        check, _, text = torn[:-1].partition(b" ")
        return check == _check(self.head, text)[:_CHECK_DIGITS].encode()

    def _damaged(self) -> TrustError:
        return TrustError(
            "bank_damaged",
            "Line {line} of the journal {part} of the bank is damaged.",
            "Build the bank again from its list, or copy it again from where it came.",
            line=self.lines + 1,
            part=self._path.name,
        )


def _check(head: str, text: bytes) -> str:
    return hashlib.sha256(head.encode() + text).hexdigest()
