"""What crosses the wall between this process and a decoding process, and nothing else.

A decoding process that was taken over by a hostile picture may send anything. So a reply is one datagram of bounded
size in MessagePack, checked field by field, and never pickle. Errors travel as a code with numbers; the sentences are
made on this side, so that no text from behind the wall is ever shown.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta

from kindward.errors import ContentError
from kindward.model import TURNS, Fingerprint, View
from kindward.signals.pdq import NAME, PictureFindings, PictureOptions
from kindward.signals.picture import refusal, sniff

LARGEST = 131_072
"""Most bytes of one datagram: more than what the most views of the most frames take, below any socket's buffer."""

_Side = Annotated[int, Meta(ge=1, le=refusal.LONGEST_SIDE)]
_Number = Annotated[int, Meta(ge=0, lt=2**62)]
_Backdrop = Literal["", "white", "black", "dropped"]


class Request(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Ask for the signals of the content that lies in the shared memory."""

    size: int
    options: PictureOptions
    signals: tuple[str, ...] = (NAME,)


class Taken(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One fingerprint with its view: the turn as a number, the rest as in ``kindward.model.View``."""

    signal: Literal["pdq/1"]
    value: Annotated[bytes, Meta(min_length=32, max_length=32)]
    quality: Annotated[int, Meta(ge=0, le=100)]
    turn: Annotated[int, Meta(ge=0, lt=len(TURNS))]
    inside: bool
    stored: bool
    backdrop: _Backdrop
    frame: _Number | None


class Found(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, tag="found"):
    """Answer with fingerprints."""

    taken: Annotated[list[Taken], Meta(min_length=1, max_length=2000)]
    format: sniff.Format
    width: _Side
    height: _Side
    frames_seen: Annotated[int, Meta(ge=1)]
    notes: Annotated[tuple[Literal["frames_left_out", "picture_damaged"], ...], Meta(max_length=2)]


class Refused(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, tag="refused"):
    """Answer with the reason why there are none."""

    code: Literal[
        "content_empty", "picture_too_large", "picture_unreadable", "picture_format_unknown", "check_out_of_memory"
    ]
    format: sniff.Format | Literal[""] = ""
    width: _Number = 0
    height: _Number = 0


_FORMATS = get_args(sniff.Format)
_TURN = {turn: number for number, turn in enumerate(TURNS)}
_write = msgspec.msgpack.Encoder().encode
_requests = msgspec.msgpack.Decoder(Request)
_replies = msgspec.msgpack.Decoder(Found | Refused)


def write_request(size: int, options: PictureOptions) -> bytes:
    """Write what is asked of a decoding process."""
    return _write(Request(size, options))


def read_request(message: bytes) -> Request:
    """Read what is asked of this decoding process."""
    return _requests.decode(message)


def write_findings(findings: PictureFindings) -> bytes:
    """Write fingerprints as a reply."""
    taken = [
        (f.signal, f.value, f.quality, _TURN[f.view.turn], f.view.inside, f.view.stored, f.view.backdrop, f.view.frame)
        for f in findings.fingerprints
    ]
    size = findings.width, findings.height
    return _write(("found", taken, findings.format, *size, findings.frames_seen, findings.notes))


def write_refusal(error: ContentError) -> bytes:
    """Write the code and the numbers of a refusal as a reply."""
    facts = error.facts
    named = str(facts.get("format", "")).lower()
    reply = (error.code, named if named in _FORMATS else "", facts.get("width", 0), facts.get("height", 0))
    return _write(("refused", *reply))


def read_reply(message: bytes, options: PictureOptions, memory: int) -> PictureFindings:
    """Check a reply and give what it says.

    Raises:
        ContentError: the refusal it carries; decoder_crashed if it is not a reply at all.
    """
    try:
        reply = _replies.decode(message)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise refusal.crashed() from None
    if isinstance(reply, Refused):
        raise _refusal(reply, options, memory)
    fingerprints = tuple(
        Fingerprint(t.signal, t.value, t.quality, View(TURNS[t.turn], t.inside, t.stored, t.backdrop, t.frame))
        for t in reply.taken
    )
    return PictureFindings(fingerprints, reply.format, reply.width, reply.height, reply.frames_seen, reply.notes)


def _refusal(reply: Refused, options: PictureOptions, memory: int) -> ContentError:
    match reply.code:
        case "content_empty":
            return refusal.empty()
        case "picture_too_large":
            return refusal.too_large(reply.width, reply.height, options.pixels)
        case "picture_unreadable":
            return refusal.unreadable(reply.format)
        case "picture_format_unknown":
            return refusal.format_unknown()
        case "check_out_of_memory":
            return refusal.out_of_memory(memory)
