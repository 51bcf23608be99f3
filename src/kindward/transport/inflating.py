"""Unpack an answer piece by piece, never more at a time than asked for.

The HTTP library would unpack each piece whole, and 64 kB of deflate can hold 64 MB (ratio 1,032 to 1: zlib, technical
details). Here the bound holds for what is unpacked as well, before it exists.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

_GZIP = 16 + zlib.MAX_WBITS
_AT_ONCE = 1 << 20


def unpacked(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Give a body in the clear. Raises: ValueError if it is broken, ends early or is packed in another way."""
    name = encoding.strip().lower()
    if name in {"", "identity"}:
        yield from pieces
    elif name in {"gzip", "x-gzip"}:
        yield from _gunzipped(pieces)
    else:
        raise ValueError(name)


def _gunzipped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    member = zlib.decompressobj(_GZIP)
    begun = False
    for piece in pieces:
        data = piece
        while data:
            begun = True
            try:
                out = member.decompress(data, _AT_ONCE)
            except zlib.error as problem:
                raise ValueError("gzip") from problem
            if out:
                yield out
            data = member.unconsumed_tail
            if member.eof:
                # A gzip file may have several members one after the other (RFC 1952 section 2.2).
                data, member, begun = member.unused_data, zlib.decompressobj(_GZIP), False
    if begun:
        raise ValueError("gzip")
