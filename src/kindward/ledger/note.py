"""Signed notes and checkpoints: the few lines in which a log says how long it is and what its root is.

A checkpoint counts only if the log signed it and enough witnesses cosigned it: then everybody who was shown one was
shown the same, because each witness saw the log only grow. Sources: C2SP signed-note, tlog-checkpoint,
tlog-cosignature.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kindward.errors import TrustError
from kindward.ledger.keys import COSIGNATURE, ED25519, Signature, SigningKey, VerifierKey, base64, is_key_name
from kindward.ledger.tree import HASH
from kindward.locale import N_

LARGEST_NOTE = 1 << 20
"""Bytes of the largest note that is read."""
MOST_SIGNATURES = 100
"""Most signature lines that are read; a reader must take at least 16 (C2SP signed-note)."""
LARGEST_SIZE = 2**63 - 1
_ORIGIN_LENGTH = 253


@dataclass(frozen=True, slots=True)
class Note:
    """A text with its signature lines; nothing in it is verified. ``text`` ends with a line end."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, raw: bytes | str) -> Note:
        """Read a note. Raises: TrustError ``note_unreadable``."""
        try:
            return _read_note(raw.encode() if isinstance(raw, str) else raw)
        except ValueError:
            raise TrustError(
                "note_unreadable",
                N_("A checkpoint or its signatures are not written as a signed note."),
                N_("Fetch it again; if it stays so, do not use this list and tell its authorities."),
            ) from None

    def write(self) -> str:
        """Write the note."""
        return f"{self.text}\n{''.join(signature.line for signature in self.signatures)}"

    def signed_too(self, signatures: Iterable[Signature]) -> Note:
        """Give the note with further signatures; one by a key that already signed takes the place of the older."""
        new = {(each.name, each.key_id): each for each in signatures}
        kept = [each for each in self.signatures if (each.name, each.key_id) not in new]
        return Note(self.text, (*kept, *new.values()))


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How long the log ``origin`` is and what the root of its tree is."""

    origin: str
    size: int
    root: bytes

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read the text of a note as a checkpoint without extension lines. Raises: TrustError."""
        try:
            origin, size, root = text.removesuffix("\n").split("\n")
            if text.endswith("\n") and 0 < len(origin) <= _ORIGIN_LENGTH:
                return cls(origin, _size(size), _root(root))
        except ValueError:
            pass
        raise TrustError(
            "checkpoint_unreadable",
            N_("A checkpoint does not consist of a name, a size and a root."),
            N_("Fetch it again; if it stays so, do not use this list and tell its authorities."),
        )

    @property
    def text(self) -> str:
        """Write the text that is signed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"


def sign_checkpoint(checkpoint: Checkpoint, key: SigningKey) -> Note:
    """Sign a checkpoint as its log."""
    return Note(checkpoint.text, (key.sign(checkpoint.text),))


def open_checkpoint(raw: bytes | str, log: str, witnesses: Sequence[str], quorum: int) -> Checkpoint:
    """Read a checkpoint that the log signed and at least ``quorum`` of the witnesses cosigned; keys as in the charter.

    Raises: TrustError ``checkpoint_unsigned``, ``checkpoint_other_log``, ``checkpoint_unwitnessed``, and those of
    ``Note.parse``, ``Checkpoint.parse`` and ``VerifierKey.parse``.
    """
    note, key = Note.parse(raw), VerifierKey.parse(log)
    if key.kind != ED25519 or not _times(note, key):
        raise TrustError(
            "checkpoint_unsigned",
            N_("The checkpoint has no signature of the log {log}."),
            N_("Do not use this list from here; fetch it from another place and tell its authorities."),
            log=key.name,
        )
    checkpoint = Checkpoint.parse(note.text)
    if checkpoint.origin != key.name:
        raise TrustError(
            "checkpoint_other_log",
            N_("The checkpoint is one of the log {other}, not of {log}."),
            N_("Do not use this list from here; fetch it from another place and tell its authorities."),
            other=checkpoint.origin,
            log=key.name,
        )
    seen = witnessed(note, witnesses)
    if len(seen) < quorum:
        raise TrustError(
            "checkpoint_unwitnessed",
            N_("The checkpoint was cosigned by {seen} of the witnesses, but {quorum} must have seen it."),
            N_("Wait for the witnesses and try again; use the release you have until then."),
            seen=len(seen),
            quorum=quorum,
        )
    return checkpoint


def witnessed(note: Note, witnesses: Sequence[str]) -> dict[str, int]:
    """Give the names of the witnesses that cosigned a note, each with the time (seconds since 1970).

    A witness counts once, by its public key, however often and under whatever name the key stands in the charter.
    Raises: TrustError ``note_signature_wrong``, ``note_key_unreadable``.
    """
    seen: dict[bytes, tuple[str, int]] = {}
    for key in map(VerifierKey.parse, witnesses):
        times = _times(note, key) if key.kind == COSIGNATURE else []
        if times:
            seen[key.public] = (key.name, max(times))
    return dict(seen.values())


def _times(note: Note, key: VerifierKey) -> list[int]:
    """Give the time of each signature of this key; none if it did not sign. Raises: TrustError if one is wrong."""
    times = []
    for signature in note.signatures:
        if key.made(signature):
            at = key.verify(note.text, signature)
            if at is None:
                raise TrustError(
                    "note_signature_wrong",
                    N_("A signature that bears the name of {name} is not one of its key."),
                    N_("Do not use this list from here; fetch it from another place and tell its authorities."),
                    name=key.name,
                )
            times.append(at)
    return times


def _read_note(raw: bytes) -> Note:
    if len(raw) > LARGEST_NOTE:
        raise ValueError("too long")
    whole = raw.decode()
    if any(each < " " and each != "\n" for each in whole):
        raise ValueError("a control character")
    text, apart, lines = whole.rpartition("\n\n")
    if not apart or not lines.endswith("\n"):
        raise ValueError("no signatures")
    return Note(text + "\n", read_signatures(lines))


def read_signatures(lines: str) -> tuple[Signature, ...]:
    """Read signature lines, as they end a note or as a witness answers. Raises: ValueError."""
    each = lines.removesuffix("\n").split("\n")
    if not lines.endswith("\n") or len(each) > MOST_SIGNATURES:
        raise ValueError("no signature lines")
    return tuple(map(_signature, each))


def _signature(line: str) -> Signature:
    dash, name, encoded = line.split(" ")
    made = base64(encoded)
    if dash != "—" or not is_key_name(name) or len(made) <= 4:  # noqa: PLR2004 - bytes of a key ID
        raise ValueError("no signature line")
    return Signature(name, made[:4], made[4:])


def _size(text: str) -> int:
    size = int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else -1  # noqa: PLR2004 - digits
    if not 0 <= size <= LARGEST_SIZE or str(size) != text:
        raise ValueError("no size")
    return size


def _root(text: str) -> bytes:
    root = base64(text)
    if len(root) != HASH:
        raise ValueError("no root")
    return root
