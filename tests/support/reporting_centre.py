"""A reporting centre in memory that speaks the published protocol through the production interface of a transport."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from dataclasses import dataclass, field

from made_reports import KilledError

from kindward.banks.sources import Response
from kindward.errors import KindwardError, RemoteError
from kindward.reports.ncmec.file_tables import FILE_DETAILS
from kindward.reports.ncmec.report_tables import REPORT
from kindward.reports.ncmec.schema_text import schema
from kindward.reports.ncmec.writing import read_back

URL = "http://127.0.0.1:8480/ispws"
USER, PASSWORD = "demo", "opens-only-this"
SETTINGS = {"url": URL}
SECRETS = {"user": USER, "password": PASSWORD}
EXPIRES = 86_400
_AUTHORIZATION = "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode()


@dataclass
class Opened:
    """A report that was opened."""

    body: bytes
    at: int
    state: str = "open"
    files: dict[str, bytes] = field(default_factory=dict)
    told: dict[str, bytes] = field(default_factory=dict)


class Centre:
    """The stand-in. ``answers`` are codes to be given once, by call; ``broken`` what goes wrong with which call.

    ``broken`` maps the number of a call, from 1, to "unreachable" (it never arrives), "lost" (done, but the answer
    never comes), "killed" (done, and the process that asked dies before it hears) or "dead" (it dies before asking).
    """

    def __init__(self):
        self.now = 0
        self.reports = {}
        self.calls = []
        self.answers = {}
        self.broken = {}
        self.wrong_md5 = 0
        self.body = None
        self.schema = schema()
        self.seen = []

    @property
    def finished(self):
        return [number for number, one in self.reports.items() if one.state == "finished"]

    @property
    def left_open(self):
        return [number for number, one in self.reports.items() if one.state == "open"]

    def expire(self):
        """Let the centre delete what was opened and not finished."""
        for number in self.left_open:
            del self.reports[number]

    def __call__(self, request):
        call = request.url.removeprefix(f"{URL}/")
        body = b"".join(request.pieces()) if request.pieces else request.body
        self.calls.append(call)
        self.seen.append(request)
        trouble = self.broken.pop(len(self.calls), None)
        if trouble == "dead":
            raise KilledError
        if trouble == "unreachable":
            raise RemoteError("remote_unreachable", "{host} cannot be reached.", "", host="centre.test")
        answer = self._answer(call, request, body)
        if trouble == "lost":
            raise RemoteError("remote_timeout", "{host} did not answer.", "", host="centre.test")
        if trouble == "killed":
            raise KilledError
        return answer

    def _answer(self, call, request, body):
        if request.headers.get("authorization") != _AUTHORIZATION:
            return Response(401, {}, b"")
        if call in self.answers:
            return self._said(self.answers.pop(call))
        if self.body is not None:
            return Response(200, {}, self.body)
        if call == "xsd":
            return Response(200, {}, self.schema)
        if "content-length" in request.headers:
            assert len(body) == int(request.headers["content-length"])
        return getattr(self, f"_{call}")(body)

    def _status(self, _body):
        return self._said(0)

    def _submit(self, body):
        try:
            read_back(body, REPORT)
        except KindwardError:
            return self._said(4100)
        number = str(len(self.calls) + 1000)
        self.reports[number] = Opened(body, self.now)
        return self._said(0, reportId=number)

    def _upload(self, body):
        number, data = _form(body)
        if (refused := self._refused(number)) is not None:
            return refused
        file_id = hashlib.md5(f"{number} {len(self.calls)}".encode(), usedforsecurity=False).hexdigest()
        self.reports[number].files[file_id] = data
        digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
        if self.wrong_md5:
            self.wrong_md5 -= 1
            digest = "0" * 32
        return self._said(0, reportId=number, fileId=file_id, hash=digest)

    def _fileinfo(self, body):
        try:
            node = read_back(body, FILE_DETAILS)
        except KindwardError:
            return self._said(4100)
        number, file_id = node.text_of("reportId"), node.text_of("fileId")
        if (refused := self._refused(number)) is not None:
            return refused
        if file_id not in self.reports[number].files:
            return self._said(5002)
        self.reports[number].told[file_id] = body
        return self._said(0, reportId=number)

    def _finish(self, body):
        number, _ = _form(body)
        if (refused := self._refused(number)) is not None:
            return refused
        one = self.reports[number]
        one.state = "finished"
        files = "".join(f"<fileId>{file_id}</fileId>" for file_id in one.files)
        inside = f"<responseCode>0</responseCode><reportId>{number}</reportId><files>{files}</files>"
        return Response(200, {}, f"<reportDoneResponse>{inside}</reportDoneResponse>".encode())

    def _retract(self, body):
        number, _ = _form(body)
        if (refused := self._refused(number)) is not None:
            return refused
        self.reports[number].state = "retracted"
        return self._said(0, reportId=number)

    def _refused(self, number):
        if number not in self.reports:
            return self._said(5001)
        code = {"finished": 5102, "retracted": 5101}.get(self.reports[number].state)
        return self._said(code) if code else None

    def _said(self, code, **more):
        inside = "".join(f"<{name}>{value}</{name}>" for name, value in more.items())
        said = "Words about max.muster@example.net that nobody should repeat"
        document = f"<responseCode>{code}</responseCode><responseDescription>{said}</responseDescription>{inside}"
        status = 200 if code == 0 else 500 if code < 2000 else 403 if code < 4000 else 400
        return Response(status, {"request-id": "r-1"}, f"<reportResponse>{document}</reportResponse>".encode())


def _form(body):
    """Read a multipart form as RFC 7578 writes it: the number of the report, and the file if there is one."""
    boundary = body.split(b"\r\n", 1)[0]
    parts = {}
    for part in body.split(boundary)[1:-1]:
        head, _, data = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        name = re.search(rb'name="(\w+)"', head).group(1).decode()
        parts[name] = data.removesuffix(b"\r\n")
    return parts["id"].decode(), parts.get("file")
