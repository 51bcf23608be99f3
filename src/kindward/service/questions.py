"""Fingerprints as they are asked for: as JSON for one content, or in binary for many."""

from __future__ import annotations

from typing import Annotated

import msgspec

from kindward.locale import N_
from kindward.model import Fingerprint
from kindward.service.refusals import question_unreadable

MOST = 1000
"""Fingerprints in one request."""
PDQ_BYTES = 32
SIZES = {"pdq/1": {PDQ_BYTES}, "digest/1": {16, 20, 32}}
"""Bytes of a value under each signal: PDQ; MD5, SHA-1, SHA-256."""
NOT_JSON = N_("it is not the JSON object this route expects; the OpenAPI document shows an example")
NOT_HEX = N_("a value is not hexadecimal, or not of the length its signal has")
NOT_BLOCKS = N_("it must be 1 to 1,000 PDQ values of 32 bytes each, one after the other")


class _Fingerprint(msgspec.Struct, forbid_unknown_fields=True):
    signal: str
    value: str
    quality: Annotated[int, msgspec.Meta(ge=0, le=100)] | None = None


class _Question(msgspec.Struct, forbid_unknown_fields=True):
    fingerprints: Annotated[list[_Fingerprint], msgspec.Meta(min_length=1, max_length=MOST)]


_decoder = msgspec.json.Decoder(_Question)


def fingerprints_of_one(body: bytes) -> list[Fingerprint]:
    """Read the fingerprints of one content from JSON. Raises: Refusal (422)."""
    try:
        question = _decoder.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        # The library's own text may repeat a part of the body.
        raise question_unreadable(NOT_JSON) from None
    return [Fingerprint(one.signal, _value(one), one.quality) for one in question.fingerprints]


def fingerprints_of_many(body: bytes) -> list[Fingerprint]:
    """Cut a body into PDQ values, one for each content. Raises: Refusal (422)."""
    if not body or len(body) % PDQ_BYTES or len(body) > MOST * PDQ_BYTES:
        raise question_unreadable(NOT_BLOCKS)
    return [Fingerprint("pdq/1", body[at : at + PDQ_BYTES]) for at in range(0, len(body), PDQ_BYTES)]


def _value(one: _Fingerprint) -> bytes:
    try:
        value = bytes.fromhex(one.value)
    except ValueError:
        raise question_unreadable(NOT_HEX) from None
    if len(value) not in SIZES.get(one.signal, ()) or len(one.value) != 2 * len(value):
        raise question_unreadable(NOT_HEX)
    return value
