"""A stand-in for NCMEC's CyberTipline: it takes reports, checks them and answers as the published interface does.

Source of the protocol: NCMEC, CyberTipline Reporting API, documentation of 2025-06-11: ``/ispws/status``, ``xsd``,
``submit``, ``upload``, ``fileinfo``, ``finish`` and ``retract``, name and password, the nineteen codes. What is opened
and not finished is forgotten after a day, or an hour after its last change, whichever is later. The page at ``/`` shows
what arrived, as counts. What a report says is never shown; it is kept while this process lives, and beyond that only in
a folder, if one is named.
"""

from __future__ import annotations

import hashlib
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import Any

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kindward.banks.sources.xml_tree import Bounds, Node, read_tree
from kindward.errors import ContentError
from kindward.reports.ncmec.checking import check
from kindward.reports.ncmec.codes import CODES
from kindward.reports.ncmec.file_tables import FILE_DETAILS
from kindward.reports.ncmec.forms import Element
from kindward.reports.ncmec.report_tables import REPORT
from kindward.reports.ncmec.schema_text import schema
from kindward.sandbox.centre_folder import CentreFolder
from kindward.sandbox.centre_page import page
from kindward.sandbox.centre_rules import BATCHED, file_wrong, report_wrong
from kindward.sandbox.faults import Faults, Faulty

USER = "demo"
PASSWORD = "a-password-that-lets-nobody-in"  # noqa: S105 - it opens only this stand-in
PREFIX = "/ispws"
DAY, HOUR = 86_400, 3_600
LARGEST = 512 * 1024 * 1024
"""Bytes of one request; NCMEC names no limit, this machine has one."""
BOUNDS = Bounds(depth=12, elements=200_000)
FIRST_NUMBER = 4_564_654
_AUTHORIZATION = "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode()
_STATUS_FROM = ((4000, 400), (2000, 403), (1000, 500))
SUCCESS, UNKNOWN = 0, 2000
VALIDATION, MALFORMED_XML, INVALID = 4100, 4110, 4000
NO_REPORT, NO_FILE, RETRACTED, FINISHED = 5001, 5002, 5101, 5102


@dataclass(slots=True)
class Received:
    """A report as it came: ``files`` are the digests and sizes of what was sent, ``told`` what was said of each."""

    number: str
    body: bytes = field(repr=False)
    opened: float
    changed: float
    state: str = "open"
    batched: bool = False
    files: dict[str, tuple[str, int]] = field(default_factory=dict)
    told: dict[str, bytes] = field(default_factory=dict, repr=False)
    finished: float = 0.0


class CentreSandbox:
    """The stand-in. ``answers`` are codes to be given once instead of the right one, by call; ``faults`` go wrong.

    ``said`` counts the codes that were answered; ``wrong_md5`` uploads are answered with a digest that is not theirs.
    """

    def __init__(self, clock: Callable[[], float] = time.time, folder: Path | None = None) -> None:
        """Open the centre; with a folder it remembers what was finished. Raises: OSError, ValueError."""
        self.clock = clock
        self.said: Counter[int] = Counter()
        self.reports: dict[str, Received] = {}
        self.answers: dict[str, list[int]] = {}
        self.wrong_md5 = 0
        self.faults = Faults()
        self._number = FIRST_NUMBER
        self._folder = CentreFolder(folder) if folder else None
        self._remember()
        routes = [
            Route("/", self._page),
            Route(f"{PREFIX}/status", self._status),
            Route(f"{PREFIX}/xsd", self._xsd),
            *(
                Route(f"{PREFIX}/{name}", handler, methods=["POST"])
                for name, handler in (
                    ("submit", self._submit),
                    ("upload", self._upload),
                    ("fileinfo", self._fileinfo),
                    ("finish", self._finish),
                    ("retract", self._retract),
                )
            ),
        ]
        self.app = Faulty(Starlette(routes=routes), self.faults)
        self.hint = f"reports go to ADDRESS{PREFIX}; the user is {USER}, the password {PASSWORD}"

    @property
    def finished(self) -> list[Received]:
        """List the reports that arrived whole."""
        return [one for one in self.reports.values() if one.state == "finished"]

    def expire(self) -> None:
        """Forget what was opened, not finished and not changed for too long."""
        now = self.clock()
        for number, one in list(self.reports.items()):
            if one.state == "open" and now > max(one.opened + DAY, one.changed + HOUR):
                del self.reports[number]

    def _remember(self) -> None:
        for record in self._folder.kept() if self._folder else ():
            one = _remembered(record)
            self.reports[one.number] = one
            self._number = max(self._number, int(one.number))

    async def _page(self, request: Request) -> Response:
        self.expire()
        return page(list(self.reports.values()), self.said, request.headers.get("accept-language", ""))

    async def _status(self, request: Request) -> Response:
        return self._refused(request, "status") or self._said(SUCCESS, f"Remote User : {USER}, Remote Ip : 127.0.0.1")

    async def _xsd(self, request: Request) -> Response:
        refused = self._refused(request, "xsd")
        return refused or Response(schema(), headers={"request-id": token_hex(8)}, media_type="text/xml")

    async def _submit(self, request: Request) -> Response:
        if (refused := self._refused(request, "submit")) is not None:
            return refused
        body = await _body(request)
        if body is None:
            return self._said(INVALID)
        node, wrong = _read(body, REPORT)
        if node is None:
            return self._said(wrong)
        now = self.clock()
        if report_wrong(node, now):
            return self._said(VALIDATION)
        self._number += 1
        number = str(self._number)
        self.reports[number] = Received(number, body, now, now, batched=node.child(BATCHED) is not None)
        return self._said(SUCCESS, reportId=number)

    async def _upload(self, request: Request) -> Response:
        if (refused := self._refused(request, "upload")) is not None:
            return refused
        parts = await _parts(request)
        if "file" not in parts:
            return self._said(INVALID)
        one, code = self._open(parts.get("id", b""))
        if one is None:
            return self._said(code)
        file_id, digest = token_hex(16), hashlib.md5(parts["file"], usedforsecurity=False).hexdigest()
        one.files[file_id] = (digest, len(parts["file"]))
        one.changed = self.clock()
        if self.wrong_md5:
            self.wrong_md5 -= 1
            digest = "0" * 32
        return self._said(SUCCESS, reportId=one.number, fileId=file_id, hash=digest)

    async def _fileinfo(self, request: Request) -> Response:
        if (refused := self._refused(request, "fileinfo")) is not None:
            return refused
        body = await _body(request)
        node, wrong = _read(body or b"", FILE_DETAILS)
        if node is None:
            return self._said(wrong)
        one, code = self._open(node.text_of("reportId").encode())
        if one is None:
            return self._said(code)
        file_id = node.text_of("fileId")
        if file_id not in one.files:
            return self._said(NO_FILE)
        if file_id in one.told or file_wrong(node, self.clock(), batched=one.batched):
            return self._said(VALIDATION)
        one.told[file_id], one.changed = body or b"", self.clock()
        return self._said(SUCCESS, reportId=one.number)

    async def _finish(self, request: Request) -> Response:
        if (refused := self._refused(request, "finish")) is not None:
            return refused
        one, code = self._open((await _parts(request)).get("id", b""))
        if one is None:
            return self._said(code)
        if one.batched and len(one.files) != 1:
            return self._said(VALIDATION)
        one.finished = self.clock()
        if self._folder is not None:
            self._folder.keep(one)
        one.state = "finished"
        self.said[SUCCESS] += 1
        files = "".join(f"<fileId>{file_id}</fileId>" for file_id in one.files)
        inside = f"<responseCode>0</responseCode><reportId>{one.number}</reportId><files>{files}</files>"
        return _xml(f"<reportDoneResponse>{inside}</reportDoneResponse>", 200)

    async def _retract(self, request: Request) -> Response:
        if (refused := self._refused(request, "retract")) is not None:
            return refused
        one, code = self._open((await _parts(request)).get("id", b""))
        if one is None:
            return self._said(code)
        one.state = "retracted"
        return self._said(SUCCESS, reportId=one.number)

    def _refused(self, request: Request, call: str) -> Response | None:
        if request.headers.get("authorization", "") != _AUTHORIZATION:
            self.said[UNKNOWN] += 1
            return Response("", 401, headers={"www-authenticate": "Basic", "request-id": token_hex(8)})
        if planned := self.answers.get(call):
            return self._said(planned.pop(0))
        return None

    def _said(self, code: int, words: str = "", **more: str) -> Response:
        self.said[code] += 1
        inside = "".join(f"<{name}>{value}</{name}>" for name, value in more.items())
        told = words or (CODES[code].words if code in CODES else "")
        status = next((status for first, status in _STATUS_FROM if code >= first), 200)
        document = f"<responseCode>{code}</responseCode><responseDescription>{told}</responseDescription>{inside}"
        return _xml(f"<reportResponse>{document}</reportResponse>", status)

    def _open(self, number: bytes) -> tuple[Received | None, int]:
        """Give a report that can still be changed, or the code that says why there is none."""
        self.expire()
        one = self.reports.get(number.decode("ascii", "replace").strip())
        if one is None:
            return None, NO_REPORT
        code = {"finished": FINISHED, "retracted": RETRACTED}.get(one.state, SUCCESS)
        return (None, code) if code else (one, SUCCESS)


def _read(body: bytes, form: Element) -> tuple[Node | None, int]:
    """Read a document and hold it against its table; else give the code that says what is wrong."""
    try:
        node = read_tree(
            body, form.name, "", BOUNDS, lambda: ContentError("xml_malformed", "This is no such document.")
        )
        check(node, form)
    except ContentError as problem:
        return None, MALFORMED_XML if problem.code == "xml_malformed" else VALIDATION
    return node, SUCCESS


def _remembered(record: Mapping[str, Any]) -> Received:
    files = {one["id"]: (one["md5"], one["size"]) for one in record["files"]}
    opened, finished = record["opened"], record["finished"]
    return Received(
        record["number"], b"", opened, finished, "finished", record["batched"], files=files, finished=finished
    )


def _xml(text: str, status: int) -> Response:
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    return Response(head + text, status, {"request-id": token_hex(8)}, "text/xml")


async def _body(request: Request) -> bytes | None:
    """Read a body; None if it is too large."""
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > LARGEST:
            return None
        pieces.append(piece)
    return b"".join(pieces)


async def _parts(request: Request) -> dict[str, bytes]:
    """Read a form of several parts; an empty one if it is none."""
    boundary = parse_options_header(request.headers.get("content-type", ""))[1].get(b"boundary", b"")
    body = await _body(request)
    if not boundary or body is None:
        return {}
    reader = _Reader()
    try:
        MultipartParser(
            boundary,
            {
                "on_part_begin": reader.begin,
                "on_header_begin": reader.header,
                "on_header_field": reader.field,
                "on_header_value": reader.value,
                "on_header_end": reader.headed,
                "on_part_data": reader.data,
                "on_part_end": reader.end,
            },
        ).write(body)
    except FormParserError:
        return {}
    return reader.parts


class _Reader:
    """Collect the parts of a form by name."""

    def __init__(self) -> None:
        self.parts: dict[str, bytes] = {}
        self._name, self._field, self._value, self._pieces = "", b"", b"", list[bytes]()

    def begin(self) -> None:
        """Begin a part."""
        self._name, self._pieces = "", []

    def header(self) -> None:
        """Begin a header."""
        self._field = self._value = b""

    def field(self, data: bytes, start: int, end: int) -> None:
        """Take in a piece of a header's name."""
        self._field += data[start:end]

    def value(self, data: bytes, start: int, end: int) -> None:
        """Take in a piece of its value."""
        self._value += data[start:end]

    def headed(self) -> None:
        """Take the name of the part from its header."""
        if self._field.lower() == b"content-disposition":
            self._name = parse_options_header(self._value)[1].get(b"name", b"").decode("latin-1")

    def data(self, data: bytes, start: int, end: int) -> None:
        """Take in a piece of the part."""
        self._pieces.append(data[start:end])

    def end(self) -> None:
        """End a part."""
        self.parts[self._name] = b"".join(self._pieces)


def sandbox(records: int) -> CentreSandbox:
    """Make the stand-in; there is nothing to invent, because it only takes."""
    del records
    return CentreSandbox()
