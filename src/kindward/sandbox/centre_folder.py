"""A folder in which the reporting centre's stand-in keeps what was finished, for whoever wants to read it.

Each report has a folder of its number: ``report.xml`` and ``file-1.xml``, … as they came, and ``receipt.json`` with
numbers, times and digests, written last. The bytes of files are never kept.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from kindward.sandbox.centre import Received

RECEIPT, REPORT = "receipt.json", "report.xml"
PRIVATE = 0o700


class CentreFolder:
    """What was finished, on the disk."""

    def __init__(self, place: Path) -> None:
        """Open the folder, and make it if there is none. Raises: OSError."""
        place.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        self._place = place

    def keep(self, one: Received) -> None:
        """Write a finished report. Raises: OSError."""
        place = self._place / one.number
        place.mkdir(mode=PRIVATE, exist_ok=True)
        (place / REPORT).write_bytes(one.body)
        files = []
        for number, (file_id, (md5, size)) in enumerate(one.files.items(), 1):
            files.append({"id": file_id, "md5": md5, "size": size})
            if file_id in one.told:
                (place / f"file-{number}.xml").write_bytes(one.told[file_id])
        record = {
            "number": one.number,
            "opened": one.opened,
            "finished": one.finished,
            "batched": one.batched,
            "files": files,
        }
        beside = place / f".{RECEIPT}"
        beside.write_text(json.dumps(record, indent=1), encoding="utf-8")
        beside.replace(place / RECEIPT)

    def kept(self) -> Iterator[dict[str, Any]]:
        """Give the receipts of earlier runs in the order of their numbers. Raises: OSError, ValueError."""
        numbers = sorted(int(one.parent.name) for one in self._place.glob(f"[0-9]*/{RECEIPT}"))
        for number in numbers:
            yield json.loads((self._place / str(number) / RECEIPT).read_bytes())
