"""The vault: seal what a case rests on, read it in this process, destroy it for good.

Every access is a leaf of the audit log, in the transaction of whatever else happens. A destruction that is cut off
anywhere goes on when ``sweep`` is called: first the key goes, and from then on nobody can read anything.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from kindward.evidence import refusals
from kindward.evidence.keys import MODE, MasterKey
from kindward.evidence.sealing import Sealed, bound, new_key, open_sealed, seal
from kindward.ledger.deeds import Deed, DeedKind
from kindward.store import Transaction, deeds, evidence

SMALL = 64 * 1024
"""Bytes up to which an item lies in the database; larger ones are files."""
LARGEST = 256 * 1024 * 1024
_NAME = re.compile(r"[0-9a-f]{16}", re.ASCII)


class Kind(StrEnum):
    """What an item is."""

    CONTENT = "content"
    """The bytes of a picture or a film."""
    PERSON = "person"
    """What is known of the account: names, addresses, when and from where."""
    TEXT = "text"
    """What somebody wrote."""
    PLACE = "place"
    """Where content is frozen at the platform, so that there is no second copy."""
    REPORT = "report"
    """What was sent to an authority."""
    ADDED = "added"
    """What people added for a report: how urgent it is, what was done, whether it was reported elsewhere."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sealed item, as far as everybody may know of it."""

    id: str
    case: str
    kind: Kind
    sealed_at: int
    size: int


class Vault:
    """Keep the sealed items of all cases below a folder that only the service can read."""

    def __init__(self, folder: Path, master: MasterKey) -> None:
        self._folder = folder
        self._master = master
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if folder.stat().st_mode & 0o077:
                raise refusals.folder_unusable(folder, "others may read it")
        except OSError as problem:
            raise refusals.folder_unusable(folder, problem.strerror) from problem

    def seal(
        self, connection: Transaction, case: str, kind: Kind, data: bytes, now: int, *, by: str = "kindward"
    ) -> Evidence:
        """Seal an item in the caller's transaction. Raises: StateError if it is too large or the key was destroyed."""
        if len(data) > LARGEST:
            raise refusals.too_large(LARGEST)
        key = self._key(connection, case) or self._new_key(connection, case, now)
        item = secrets.token_hex(8)
        sealed = seal(data, key, bound(case, item, kind))
        held = sealed.data if len(data) <= SMALL else None
        if held is None:
            self._write(item, sealed.data)
        evidence.add(connection, evidence.Item(item, case, kind, now, len(data), sealed.wrapped, held))
        deeds.append(connection, Deed(DeedKind.SEALED, now, by, case, {"item": item, "kind": str(kind)}))
        return Evidence(item, case, kind, now, len(data))

    def items(self, connection: Transaction, case: str) -> list[Evidence]:
        """List the items of a case."""
        found = evidence.items_of(connection, case)
        return [Evidence(one.id, one.case, Kind(one.kind), one.sealed_at, one.size) for one in found]

    @contextmanager
    def opened(
        self, connection: Transaction, item_id: str, *, by: str, purpose: str, now: int, case: str = ""
    ) -> Iterator[memoryview]:
        """Give the bytes of an item until the block ends; who opened it and why stands in the audit log.

        With ``case`` it must be an item of that case. The bytes are overwritten at the end. Raises: StateError if the
        item is unknown or its key was destroyed, TrustError if it was changed.
        """
        item = evidence.item(connection, item_id)
        if item is None or (case and item.case != case):
            raise refusals.unknown(item_id)
        key = self._key(connection, item.case)
        if key is None:
            raise refusals.gone(item.case)
        facts = {"item": item_id, "kind": item.kind, "purpose": purpose}
        deeds.append(connection, Deed(DeedKind.READ, now, by, item.case, facts))
        data = item.held if item.held is not None else self._read(item_id)
        buffer = bytearray(open_sealed(Sealed(item.wrapped, data), key, bound(item.case, item_id, item.kind), item_id))
        try:
            with memoryview(buffer) as view, view.toreadonly() as shown:
                yield shown
        finally:
            buffer[:] = bytes(len(buffer))

    def discard(self, connection: Transaction, item_id: str) -> None:
        """Take away an item that is not evidence after all, such as a report whose release was undone.

        A file of it goes when ``sweep`` is called after the transaction.
        """
        evidence.forget_item(connection, item_id)

    def retain(self, connection: Transaction, case: str, *, until: int, order: str, by: str, now: int) -> None:
        """Keep the evidence of a case until a moment because an authority ordered it."""
        evidence.retain(connection, case, until, order)
        deeds.append(connection, Deed(DeedKind.RETAINED, now, by, case, {"until": until, "order": order}))

    def kept_until(self, connection: Transaction, case: str) -> int:
        """Say until when an order keeps the evidence of a case; 0 if none does."""
        held = evidence.key_of(connection, case)
        return 0 if held is None else held.keep_until

    def destroy(self, connection: Transaction, case: str, reason: str, now: int, *, by: str = "kindward") -> bool:
        """Destroy the key of a case in the caller's transaction; say whether there was one.

        The files of its items go when ``sweep`` is called after the transaction. Raises: StateError while an order
        keeps the evidence.
        """
        held = evidence.key_of(connection, case)
        if held is not None and now < held.keep_until:
            raise refusals.still_needed(case)
        if not evidence.destroy_key(connection, case):
            return False
        deeds.append(connection, Deed(DeedKind.DESTROYED, now, by, case, {"reason": reason}))
        return True

    def sweep(self, connection: Transaction) -> int:
        """Remove what lies under destroyed keys, and files that no item names; give the number of files removed."""
        for case in evidence.without_key(connection):
            for item in evidence.items_of(connection, case):
                self._remove(item.id)
            evidence.forget_items(connection, case)
        gone = 0
        for file in self._folder.iterdir():
            if _NAME.fullmatch(file.name) and evidence.item(connection, file.name) is None:
                gone += self._remove(file.name)
        return gone

    def _key(self, connection: Transaction, case: str) -> bytes | None:
        held = evidence.key_of(connection, case)
        return None if held is None else self._master.unwrap(held.wrapped, _context(case))

    def _new_key(self, connection: Transaction, case: str, now: int) -> bytes:
        if any(deed.do is DeedKind.DESTROYED for deed in deeds.of_case(connection, case)):
            raise refusals.gone(case)
        key = new_key()
        evidence.add_key(connection, case, self._master.wrap(key, _context(case)), now)
        return key

    def _write(self, item: str, data: bytes) -> None:
        handle = os.open(self._folder / item, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, MODE)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    def _read(self, item: str) -> bytes:
        try:
            return (self._folder / item).read_bytes()
        except OSError as problem:
            raise refusals.damaged(item) from problem

    def _remove(self, item: str) -> bool:
        try:
            (self._folder / item).unlink()
        except FileNotFoundError:
            return False
        return True


def _context(case: str) -> bytes:
    return f"case {case}".encode()
