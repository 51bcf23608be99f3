"""Records of a source that were not understood: kept with their reason beside the bank, one file for each step.

A step that is repeated after a crash writes its file again, so nothing is lost and nothing stands twice. What a record
said is never kept, because lists are confidential.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from kindward.banks.manifest import write_durably
from kindward.banks.rejected import SENTENCES, Rejected
from kindward.subscription.record import FOLDER, damaged

PLACE = "rejected"
KEPT = 10_000
"""So many are kept with their reasons; all are counted."""


def keep(path: Path, sequence: int, rejected: Sequence[Rejected]) -> None:
    """Keep the records that one step could not take over."""
    folder = path / FOLDER / PLACE
    if not rejected:
        _file(folder, sequence).unlink(missing_ok=True)
        return
    folder.mkdir(exist_ok=True)
    write_durably(_file(folder, sequence), msgspec.json.encode([_record(one) for one in rejected]))


def kept(path: Path) -> Iterator[Rejected]:
    """Give the records kept, in the order in which they came. Raises: StateError if a file is damaged."""
    for file in sorted((path / FOLDER / PLACE).glob("*.json")):
        try:
            records: list[dict[str, Any]] = msgspec.json.decode(file.read_bytes())
            yield from (Rejected(one["line"], _known(one["code"]), one["facts"]) for one in records)
        except (OSError, msgspec.MsgspecError, ValueError, KeyError, TypeError, RecursionError) as problem:
            raise damaged(path, f"{FOLDER}/{PLACE}/{file.name}") from problem


def forget_before(path: Path, sequence: int) -> None:
    """Forget those of steps before this one, because the whole list was read again since."""
    for file in (path / FOLDER / PLACE).glob("*.json"):
        if file.stem.isdecimal() and int(file.stem) < sequence:
            file.unlink(missing_ok=True)


def _file(folder: Path, sequence: int) -> Path:
    return folder / f"{sequence:012}.json"


def _record(one: Rejected) -> dict[str, Any]:
    facts = {name: fact if isinstance(fact, int) else str(fact) for name, fact in one.facts.items()}
    return {"line": one.line, "code": one.reason_code, "facts": facts}


def _known(code: str) -> str:
    return code if code in SENTENCES else "line_unreadable"
