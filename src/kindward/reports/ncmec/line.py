"""The seven calls of NCMEC's interface, one function each: what is asked, and what the answer says.

A call gives the answer whatever its code; what follows from it is decided elsewhere.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field

from kindward.banks.sources import Request, Response, Transport
from kindward.reports.authority import Attachment
from kindward.reports.multipart import form
from kindward.reports.ncmec.answers import LARGEST, Answer, read_answer

_BUSY = frozenset({429, 503})
_READ = frozenset(range(400, 600)) - _BUSY
"""Statuses whose answers are read; for the others the transport waits and asks again, as it does everywhere."""
_XML = {"content-type": "text/xml; charset=utf-8"}
_SCHEMA_LARGEST = 4_000_000


@dataclass(frozen=True, slots=True)
class Line:
    """Where NCMEC is reached, and as whom."""

    url: str
    user: str = field(repr=False)
    password: str = field(repr=False)
    transport: Transport = field(repr=False)

    def status(self) -> Answer:
        """Ask whether the interface is there and knows us."""
        return read_answer(self._ask(Request("GET", f"{self.url}/status", self._headers({}), most=LARGEST, read=_READ)))

    def schema(self) -> bytes:
        """Fetch the schema as it is now. Raises: RemoteError."""
        return self._ask(Request("GET", f"{self.url}/xsd", self._headers({}), most=_SCHEMA_LARGEST)).body

    def submit(self, report: bytes) -> Answer:
        """Open a report."""
        return read_answer(self._post("submit", _XML, report))

    def upload(self, report_id: str, file: Attachment) -> Answer:
        """Send a file of an open report, read piece by piece."""
        return read_answer(self._post_form("upload", report_id, file))

    def file_info(self, details: bytes) -> Answer:
        """Tell about a file that was sent."""
        return read_answer(self._post("fileinfo", _XML, details))

    def finish(self, report_id: str) -> Answer:
        """End a report; nothing can be taken back after this."""
        return read_answer(self._post_form("finish", report_id), "reportDoneResponse")

    def retract(self, report_id: str) -> Answer:
        """Take back a report that is not finished."""
        return read_answer(self._post_form("retract", report_id))

    def _post(self, call: str, headers: Mapping[str, str], body: bytes) -> Response:
        return self._ask(Request("POST", f"{self.url}/{call}", self._headers(headers), body, most=LARGEST, read=_READ))

    def _post_form(self, call: str, report_id: str, file: Attachment | None = None) -> Response:
        made = form({"id": report_id}, file)
        headers = self._headers(made.headers)
        if file is not None:
            return self._ask(
                Request("POST", f"{self.url}/{call}", headers, most=LARGEST, pieces=made.pieces, read=_READ)
            )
        return self._ask(
            Request("POST", f"{self.url}/{call}", headers, b"".join(made.pieces()), most=LARGEST, read=_READ)
        )

    def _headers(self, more: Mapping[str, str]) -> dict[str, str]:
        shown = b64encode(f"{self.user}:{self.password}".encode()).decode()
        return {"authorization": f"Basic {shown}", **more}

    def _ask(self, request: Request) -> Response:
        return self.transport(request)
