"""What a subscriber keeps between two updates of a signed list: the last release, the log behind it, its history."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from kindward.banks.signed.following import mark_of, read_release
from kindward.errors import TrustError
from kindward.ledger import canonical
from kindward.ledger.leaves import Release, encode
from kindward.ledger.tree import HASH

NAME = "followed"
_MAGIC = b"kindward followed 1\n"


@dataclass(frozen=True, slots=True)
class KeptState:
    """``digest`` is that of the release file, ``version`` that of the TUF root; ``size`` and ``root`` are the log's."""

    digest: str
    version: int
    size: int
    root: bytes
    release: Release
    state: bytes = field(repr=False)

    @property
    def mark(self) -> Mapping[str, str]:
        """Give what the bank noted with this release."""
        return mark_of(self.release)

    def write(self, folder: Path) -> None:
        """Replace what was kept, as a whole."""
        line = {
            "digest": self.digest,
            "version": self.version,
            "size": self.size,
            "root": self.root.hex(),
            "release": encode(self.release).decode(),
        }
        torn = folder / f"{NAME}.part"
        with torn.open("wb") as file:
            rest = canonical.canonical(line) + b"\n" + self.state
            file.write(_MAGIC + sha256(rest).digest() + rest)
            file.flush()
            os.fsync(file.fileno())
        torn.replace(folder / NAME)

    @classmethod
    def read(cls, folder: Path) -> KeptState | None:
        """Read what was kept; None if there is nothing, or nothing that can be read: then the list is followed anew."""
        try:
            data = (folder / NAME).read_bytes()
            check, rest = data[len(_MAGIC) :][:HASH], data[len(_MAGIC) + HASH :]
            if not data.startswith(_MAGIC) or sha256(rest).digest() != check:
                return None
            line, _, state = rest.partition(b"\n")
            record: dict[str, Any] = canonical.read(line)
            release = read_release(record["release"].encode())
            root = bytes.fromhex(record["root"])
            return cls(record["digest"], record["version"], record["size"], root, release, state)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, TrustError):
            return None
