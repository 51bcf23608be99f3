"""Take the file of a multipart form, and what is told beside it, in memory.

The usual form readers write large files into a temporary folder; content must not touch a disk.
Readers differ in which of several parts, headers or names they believe. A form that two readers could understand in two
ways is refused, or somebody could show this service one picture and the receiver another.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from kindward.locale import N_
from kindward.service.refusals import form_ambiguous, question_unreadable

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

LONGEST_BOUNDARY = 70
"""RFC 2046, section 5.1.1."""
NOT_ONE_FILE = N_("a form must hold exactly one file")
SECOND_PART = N_("it has more than one part")
UNKNOWN_PART = N_("it has a part with a name that is not known")
SECOND_NAME = N_("its file is named in more than one way")
SECOND_HEADER = N_("a header occurs twice in its part")
SECOND_BOUNDARY = N_("its boundary is given in more than one way")
EARLIER = N_("there is something before its first boundary")
LATER = N_("there is something after its last boundary")
BROKEN = N_("it is not a complete multipart form")
_BOUNDARIES = re.compile(rb";\s*boundary[\s*0-9]*=", re.IGNORECASE)
_NAMES = re.compile(rb";\s*filename([\s*0-9]*)=", re.IGNORECASE)
"""A plain parameter, or one in the extended form of RFC 2231 (``filename*``), which RFC 7578 forbids in forms."""


class _Form:
    """Collect the parts as the parser finds them: a form of one nameless file, or of parts with known names."""

    def __init__(self, names: frozenset[str] = frozenset(), beside: str = "") -> None:
        self._name = b""
        self._value = b""
        self._seen: set[bytes] = set()
        self._is_file = False
        self._part = ""
        self._pieces: list[bytes] = []
        self._names = names
        self._beside = beside
        self._begun = False
        self.files: list[bytes] = []
        self.named: dict[str, bytes] = {}
        self.complete = False

    def on_part_begin(self) -> None:
        """Begin a part; without names it is the only one."""
        if self._begun and not self._names and not self._beside:
            raise form_ambiguous(SECOND_PART)
        self._begun = True
        self._seen, self._is_file, self._part, self._pieces = set(), False, "", []

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
        name = self._name.strip().lower()
        if name in self._seen:
            raise form_ambiguous(SECOND_HEADER)
        self._seen.add(name)
        if name == b"content-disposition":
            names = _NAMES.findall(self._value)
            if len(names) > 1 or any(names):
                raise form_ambiguous(SECOND_NAME)
            options = parse_options_header(self._value)[1]
            self._is_file = b"filename" in options
            self._part = options.get(b"name", b"").decode("latin-1")

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        """Take in a piece of a file or of a named part; other fields are passed over."""
        if self._is_file or self._names or self._part == self._beside:
            self._pieces.append(data[start:end])

    def on_part_end(self) -> None:
        """Put a part together."""
        held = b"".join(self._pieces)
        if self._beside and not self._is_file:
            if self._part in self.named:
                raise form_ambiguous(SECOND_PART)
            self.named[self._part] = held
        if self._is_file:
            self.files.append(held)
        if self._names:
            if self._part not in self._names:
                raise form_ambiguous(UNKNOWN_PART)
            if self._part in self.named:
                raise form_ambiguous(SECOND_PART)
            self.named[self._part] = held

    def on_end(self) -> None:
        """Note that the form's last boundary came."""
        self.complete = True


def file_beside(body: bytes, content_type: bytes, name: str) -> tuple[bytes, bytes]:
    """Give the bytes of the form's only file, and those of the part beside it that has this name; empty without one.

    Raises: Refusal (422) for a broken form, one without a file, and one that could be understood in two ways.
    """
    form = _parsed(body, content_type, _Form(beside=name))
    if len(form.files) > 1:
        raise form_ambiguous(SECOND_PART)
    if not form.files:
        raise question_unreadable(NOT_ONE_FILE)
    if form.named.keys() - {name}:
        raise form_ambiguous(UNKNOWN_PART)
    return form.files[0], form.named.get(name, b"")


def named_parts(body: bytes, content_type: bytes, names: frozenset[str]) -> dict[str, bytes]:
    """Give the parts of a form by name, each there at most once.

    Raises: Refusal (422) for a broken form, one with other parts, and one that could be understood in two ways.
    """
    return _parsed(body, content_type, _Form(names)).named


def _parsed(body: bytes, content_type: bytes, form: _Form) -> _Form:
    if len(_BOUNDARIES.findall(content_type)) > 1:
        raise form_ambiguous(SECOND_BOUNDARY)
    boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
    if not 0 < len(boundary) <= LONGEST_BOUNDARY:
        raise question_unreadable(BROKEN)
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
    _require_nothing_around(body, boundary)
    return form


def _require_nothing_around(body: bytes, boundary: bytes) -> None:
    """Require that the form is all of the body: what one reader passes over is content for another."""
    if not body.lstrip(b"\r\n").startswith(b"--" + boundary):
        raise form_ambiguous(EARLIER)
    _, end, rest = body.partition(b"\r\n--" + boundary + b"--")
    if not end or rest.strip(b" \t\r\n"):
        raise form_ambiguous(LATER)
