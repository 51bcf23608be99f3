"""What a witness does: it remembers how long each log was, sees that it only grows, and says so with its signature.

The protocol is C2SP tlog-witness, ``add-checkpoint``. Here are its two ends without any network: what the publisher of
a list sends, and how a witness answers.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from kindward.errors import TrustError
from kindward.ledger.keys import Signature, SigningKey, VerifierKey, base64
from kindward.ledger.note import Checkpoint, Note, open_checkpoint, read_signatures
from kindward.ledger.tree import EMPTY, HASH, verify_consistency
from kindward.locale import N_

PATH = "/add-checkpoint"
SIZE_TYPE = "text/x.tlog.size"
LARGEST_SUBMISSION = 1 << 20
_MOST_PROOF = 63
_PLAIN = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """How a witness answers: an HTTP status, a content type, a body."""

    status: int
    body: bytes = b""
    kind: str = _PLAIN


@dataclass(frozen=True, slots=True)
class Submission:
    """A checkpoint for a witness, with the proof that it continues the one of ``old`` leaves."""

    old: int
    proof: tuple[bytes, ...]
    note: Note

    @classmethod
    def parse(cls, raw: bytes) -> Submission:
        """Read what a log sends. Raises: ValueError, TrustError ``note_unreadable``."""
        if len(raw) > LARGEST_SUBMISSION:
            raise ValueError("too long")
        head, apart, note = raw.decode().partition("\n\n")
        first, *lines = head.split("\n")
        word, number = first.split(" ")
        if not apart or word != "old" or len(lines) > _MOST_PROOF or not (number.isascii() and number.isdecimal()):
            raise ValueError("no submission")
        old = int(number) if len(number) < 20 else -1  # noqa: PLR2004 - digits
        proof = tuple(map(base64, lines))
        if str(old) != number or any(len(node) != HASH for node in proof):
            raise ValueError("no submission")
        return cls(old, proof, Note.parse(note))

    def write(self) -> bytes:
        """Write what is sent to ``PATH`` of a witness."""
        lines = "".join(f"{b64encode(node).decode()}\n" for node in self.proof)
        return f"old {self.old}\n{lines}\n{self.note.write()}".encode()


@dataclass(slots=True)
class Witness:
    """One witness with the logs it knows (verifier keys) and the latest checkpoint it cosigned of each.

    ``keep`` is called with a new checkpoint before it is cosigned, and must have stored it when it returns. Only one
    call of ``add_checkpoint`` at a time: between looking and keeping nothing else may happen (C2SP tlog-witness).
    """

    key: SigningKey
    logs: Sequence[str]
    seen: dict[str, Checkpoint] = field(default_factory=dict)
    keep: Callable[[Checkpoint], None] = field(default=lambda _checkpoint: None)

    def add_checkpoint(self, raw: bytes, now: int) -> Answer:
        """Answer a submission at a time (seconds since 1970)."""
        try:
            submission = Submission.parse(raw)
            checkpoint = Checkpoint.parse(submission.note.text)
        except (ValueError, TrustError):
            return Answer(400, b"the submission cannot be read\n")
        logs = [log for log in self.logs if VerifierKey.parse(log).name == checkpoint.origin]
        if not logs:
            return Answer(404, b"this log is not known here\n")
        if not any(_signed_by(log, submission.note) for log in logs):
            return Answer(403, b"the checkpoint is not signed by its log\n")
        return self._grown(submission, checkpoint, now)

    def _grown(self, submission: Submission, checkpoint: Checkpoint, now: int) -> Answer:
        if submission.old > checkpoint.size:
            return Answer(400, b"the old size is larger than the new\n")
        before = self.seen.get(checkpoint.origin, Checkpoint(checkpoint.origin, 0, EMPTY))
        if submission.old != before.size:
            return Answer(409, b"%d\n" % before.size, SIZE_TYPE)
        if before.size == checkpoint.size and before.root != checkpoint.root:
            return Answer(409, b"%d\n" % before.size, SIZE_TYPE)
        try:
            verify_consistency(before.size, before.root, checkpoint.size, checkpoint.root, submission.proof)
        except TrustError:
            return Answer(422, b"the proof does not hold\n")
        self.keep(checkpoint)
        self.seen[checkpoint.origin] = checkpoint
        return Answer(200, self.key.sign(submission.note.text, now).line.encode())


def _signed_by(log: str, note: Note) -> bool:
    try:
        open_checkpoint(note.write(), log, (), 0)
    except TrustError:
        return False
    return True


def cosignatures(answer: bytes, note: Note, witness: str) -> tuple[Signature, ...]:
    """Read a witness's answer: its right cosignatures of a note. Raises: TrustError ``witness_answer_wrong``."""
    key = VerifierKey.parse(witness)
    try:
        lines = [line for line in read_signatures(answer.decode()) if key.made(line)]
    except ValueError:
        lines = []
    right = tuple(line for line in lines if key.verify(note.text, line) is not None)
    if not right:
        raise TrustError(
            "witness_answer_wrong",
            N_("The witness {name} did not answer with its cosignature."),
            N_("Ask the witness's operator; other witnesses can make up the quorum."),
            name=key.name,
        )
    return right
