"""Ask a witness for its cosignature over HTTP (C2SP tlog-witness)."""

from __future__ import annotations

from collections.abc import Sequence

from kindward.authority.exchange import Exchange
from kindward.authority.publishing import Cosigner
from kindward.banks.sources import Request, Transport
from kindward.errors import RemoteError
from kindward.ledger.keys import Signature, VerifierKey
from kindward.ledger.note import Checkpoint, Note
from kindward.ledger.tiles import TileReader
from kindward.ledger.witness import LARGEST_SUBMISSION, PATH, Submission, cosignatures

_CONFLICT = 409
_TRIED = 64


def witness_at(url: str, exchange: Exchange, transport: Transport) -> Cosigner:
    """Make what asks the witness at an address. Raises, when asked: RemoteError, TrustError."""

    def ask(note: Note, before: Checkpoint, log: TileReader) -> Sequence[Signature]:
        """Send the checkpoint with the proof that it continues the one before, or the whole log to a new witness."""
        checkpoint = Checkpoint.parse(note.text)
        # A witness that was away has seen one of the ends before; it does not tell which.
        olds = dict.fromkeys((before.size, checkpoint.size, 0, *exchange.sizes()[:_TRIED]))
        conflict: RemoteError | None = None
        for old in olds:
            proof = tuple(log.prove_consistency(old)) if 0 < old < checkpoint.size else ()
            body = Submission(old, proof, note).write()
            try:
                answer = transport(Request("POST", url.rstrip("/") + PATH, body=body, most=LARGEST_SUBMISSION))
            except RemoteError as problem:
                if problem.facts.get("status") != _CONFLICT:
                    raise
                conflict = problem
                continue
            return _of_charter(answer.body, note, exchange.charter.witnesses)
        assert conflict is not None
        raise conflict

    return ask


def _of_charter(answer: bytes, note: Note, witnesses: Sequence[str]) -> Sequence[Signature]:
    """Find the witness of the charter that answered."""
    text = answer.decode("utf-8", "replace")
    known = next((key for key in witnesses if f" {VerifierKey.parse(key).name} " in text), witnesses[0])
    return cosignatures(answer, note, known)
