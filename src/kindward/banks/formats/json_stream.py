"""Read a long JSON text piece by piece, so that a list of a gigabyte costs no more memory than its longest record."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NoReturn, Protocol

from kindward.errors import ContentError

CHUNK = 1 << 16
"""So many characters are read at a time at least."""
VALUE_MOST = 8 << 20
"""No single value may be longer, in characters; real records have some thousand."""
_NUMBER_GOES_ON = 2
_SPACE = re.compile(r"[ \t\n\r]*")


class Readable(Protocol):
    """What a text is read from."""

    def read(self, size: int, /) -> str:
        """Give at most ``size`` characters; none at the end."""
        ...


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


_DECODER = json.JSONDecoder(parse_constant=_no_constant)


class JsonReader:
    """Walk through a JSON text from its beginning to its end (RFC 8259), keeping only what is being read.

    ``begun`` is what was read from the stream already. A name, an element or a value must be taken before the next one
    is asked for. Everything raises ContentError ``json_damaged`` where the text is not JSON, or ends too early.
    """

    def __init__(self, stream: Readable, begun: str = "") -> None:
        self._stream = stream
        self._text = begun
        self._at = 0
        self._passed = 0

    def next_sign(self) -> str:
        """Give the next character that is no space without taking it; empty at the end."""
        while True:
            self._at = _SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]  # it matches nothing too
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def members(self) -> Iterator[str]:
        """Give the names of an object one after the other; take or skip each value before the next name."""
        self._take("{")
        if self._taken("}"):
            return
        while True:
            name = self.value() if self.next_sign() == '"' else None
            if not isinstance(name, str):
                self._damaged()
            self._take(":")
            yield name
            if self._taken("}"):
                return
            self._take(",")

    def elements(self) -> Iterator[int]:
        """Count the elements of an array from 1; take or skip each before the next one."""
        self._take("[")
        if self._taken("]"):
            return
        number = 0
        while True:
            number += 1
            yield number
            if self._taken("]"):
                return
            self._take(",")

    def value(self) -> object:
        """Take one value whole."""
        self.next_sign()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError:
                # It may only be cut off; what is really damaged is found to be so at the end or at the limit.
                if len(self._text) - self._at > VALUE_MOST or not self._more():
                    self._damaged()
            except (ValueError, RecursionError):
                self._damaged()
            else:
                length = end - self._at
                # A number may go on where the text read so far ends, such as after `12e+`.
                if len(self._text) - end > _NUMBER_GOES_ON or not self._more():
                    self._at += length
                    return value

    def skip(self) -> None:
        """Pass over one value; of an array only one element at a time is held."""
        if self.next_sign() == "[":
            for _ in self.elements():
                self.value()
        else:
            self.value()

    def end(self) -> None:
        """Make sure that nothing follows."""
        if self.next_sign():
            self._damaged()

    def _taken(self, sign: str) -> bool:
        if self.next_sign() != sign:
            return False
        self._at += 1
        return True

    def _take(self, sign: str) -> None:
        if not self._taken(sign):
            self._damaged()

    def _more(self) -> bool:
        rest = self._text[self._at :]
        try:
            piece = self._stream.read(max(CHUNK, len(rest)))
        except UnicodeError:
            self._damaged()
        self._passed += self._at
        self._text, self._at = rest + piece, 0
        return bool(piece)

    def _damaged(self) -> NoReturn:
        raise ContentError(
            "json_damaged",
            "The list is not whole JSON; it cannot be understood after {place} characters.",
            "Compare it with its original; a file that was cut off must be fetched again.",
            place=self._passed + self._at,
        ) from None
