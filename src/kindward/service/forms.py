"""Take the one file out of a multipart form, in memory.

The usual form readers write large files into a temporary folder; content must not touch a disk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from kindward.locale import N_
from kindward.service.refusals import question_unreadable

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MOST_PARTS = 16
LONGEST_BOUNDARY = 70
"""RFC 2046, section 5.1.1."""
NOT_ONE_FILE = N_("a form must hold exactly one file")
BROKEN = N_("it is not a complete multipart form")


class _Form:
    """Collect the parts as the parser finds them."""

    def __init__(self) -> None:
        self._name = b""
        self._value = b""
        self._is_file = False
        self._pieces: list[bytes] = []
        self.parts = 0
        self.files: list[bytes] = []
        self.complete = False

    def on_part_begin(self) -> None:
        """Begin a part."""
        self.parts += 1
        if self.parts > MOST_PARTS:
            raise question_unreadable(NOT_ONE_FILE)
        self._is_file, self._pieces = False, []

    def on_header_begin(self) -> None:
        """Begin one of its headers."""
        self._name = self._value = b""

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        """Take in a piece of the header's name."""
        self._name += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        """Take in a piece of its value."""
        self._value += data[start:end]

    def on_header_end(self) -> None:
        """See whether the header makes the part a file; its name is not kept."""
        if self._name.lower() == b"content-disposition":
            self._is_file = b"filename" in parse_options_header(self._value)[1]

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        """Take in a piece of a file; other fields are passed over."""
        if self._is_file:
            self._pieces.append(data[start:end])

    def on_part_end(self) -> None:
        """Put a file together."""
        if self._is_file:
            self.files.append(b"".join(self._pieces))

    def on_end(self) -> None:
        """Note that the form's last boundary came."""
        self.complete = True


def only_file(body: bytes, content_type: bytes) -> bytes:
    """Give the bytes of the form's only file. Raises: Refusal (422) for a broken form or another number of files."""
    boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
    if not 0 < len(boundary) <= LONGEST_BOUNDARY:
        raise question_unreadable(BROKEN)
    form = _Form()
    callbacks: MultipartCallbacks = {
        "on_part_begin": form.on_part_begin,
        "on_part_data": form.on_part_data,
        "on_part_end": form.on_part_end,
        "on_header_begin": form.on_header_begin,
        "on_header_field": form.on_header_field,
        "on_header_value": form.on_header_value,
        "on_header_end": form.on_header_end,
        "on_end": form.on_end,
    }
    try:
        MultipartParser(boundary, callbacks).write(body)
    except FormParserError:
        raise question_unreadable(BROKEN) from None
    if not form.complete:
        raise question_unreadable(BROKEN)
    if len(form.files) != 1:
        raise question_unreadable(NOT_ONE_FILE)
    return form.files[0]
