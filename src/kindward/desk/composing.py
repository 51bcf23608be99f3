"""Compose the report of a case from what lies sealed with it, in the transaction of whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kindward.cases import Case
from kindward.cases.case import KINDWARD
from kindward.evidence import Kind, Vault
from kindward.reports import Attachment, Authority, CaseReport, Gap, Report, completeness, unpack
from kindward.reports.building import Added, Known, Piece, built, read_added, read_handed
from kindward.reports.facts import LegalBasis, Provider
from kindward.reports.files import Look
from kindward.store import Store, Transaction

PIECE = 256 * 1024
"""Bytes that are handed to the network at once."""


@dataclass(frozen=True, slots=True)
class Composer:
    """Who reports, to which authority, and where the evidence lies."""

    authority: Authority
    provider: Provider
    basis: LegalBasis | None
    vault: Vault
    store: Store
    clock: Callable[[], int]

    def facts(self, connection: Transaction, case: Case, by: str) -> CaseReport:
        """Put the facts of a case together; whoever asks stands in the audit log. Raises: StateError, ContentError."""
        now = self.clock()
        handed, added, pieces = None, Added(), list[Piece]()
        for item in self.vault.items(connection, case.id):
            if item.kind not in {Kind.PERSON, Kind.ADDED, Kind.CONTENT}:
                continue
            with self.vault.opened(connection, item.id, by=by, purpose="compose", now=now) as data:
                match item.kind:
                    case Kind.PERSON:
                        handed = read_handed(bytes(data))
                    case Kind.ADDED:
                        added = read_added(bytes(data))
                    case _:
                        pieces.append(Piece.of(item.id, data))
        looks = tuple(Look(viewing.item, viewing.entire) for viewing in case.viewings)
        known = Known(case.id, case.opened_at, case.source, looks)
        return built(known, handed, added, pieces, provider=self.provider, basis=self.basis, now=now)

    def gaps(self, connection: Transaction, case: Case, by: str) -> list[Gap]:
        """List what the report of a case lacks. Raises: StateError, ContentError."""
        return completeness(self.facts(connection, case, by))

    def composed(self, connection: Transaction, case: Case, by: str) -> Report:
        """Compose the report. Raises: ContentError if something grave is missing, StateError without evidence."""
        facts = self.facts(connection, case, by)
        files = [Attachment(one.item, one.size, one.sha256, one.md5, self.pieces_of(one.item)) for one in facts.files]
        return self.authority.compose(facts, files)

    def unpacked(self, connection: Transaction, item: str) -> Report:
        """Give a report that was sealed. Raises: StateError if its key was destroyed, TrustError if it was changed."""
        with self.vault.opened(connection, item, by=KINDWARD, purpose="deliver", now=self.clock()) as data:
            return unpack(bytes(data), self.pieces_of)

    def pieces_of(self, item: str) -> Callable[[], Iterator[bytes]]:
        """Give what reads an item piece by piece, each time with a leaf in the audit log."""

        def pieces() -> Iterator[bytes]:
            """Copy the item, so that no transaction stays open while the network takes its time."""
            with (
                self.store.write() as connection,
                self.vault.opened(connection, item, by=KINDWARD, purpose="report", now=self.clock()) as data,
            ):
                copy = bytearray(data)
            try:
                for start in range(0, len(copy), PIECE):
                    yield bytes(copy[start : start + PIECE])
            finally:
                copy[:] = bytes(len(copy))

        return pieces
