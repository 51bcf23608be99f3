"""A stand-in for StopNCII.org, version 1: two keys in headers, pages with a token, a status in every record.

It behaves as the published client (``threatexchange`` 1.2.17) expects: ``GET FetchHashes`` with ``startTimestamp``,
``pageSize`` and ``nextPageToken``, ``POST SubmitFeedback``. Every record is invented.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kindward.sandbox.faults import Faults, Faulty

SUBSCRIPTION, FETCH, FEEDBACK = "subscription-of-nobody", "fetches-here-only", "tells-here-only"
LARGEST_PAGE = 800


@dataclass(frozen=True, slots=True)
class Submitted:
    """One record: what somebody submitted, and what became of it."""

    kind: str
    value: str
    status: str = "Active"
    feedback: tuple[tuple[str, str], ...] = ()
    changed: int = 0


class StopNciiSandbox:
    """The stand-in. ``put`` changes the list; ``told`` are the opinions that came; ``end_tokens`` ends page tokens."""

    def __init__(self, now: int = 1_700_000_000) -> None:
        self.now = now
        self.records: dict[tuple[str, str], Submitted] = {}
        self.told: list[dict[str, Any]] = []
        self.faults = Faults()
        self._tokens: dict[str, tuple[int, int]] = {}
        routes = [
            Route("/v1/FetchHashes", self._fetch),
            Route("/v1/SubmitFeedback", self._feedback, methods=["POST"]),
        ]
        self.app = Faulty(Starlette(routes=routes), self.faults)
        self.hint = f"--set url=ADDRESS/v1; subscription_key is {SUBSCRIPTION}, fetch_key {FETCH}"

    def put(self, submitted: Submitted) -> None:
        """Put a record, or change it, now; time goes on by one second."""
        self.now += 1
        self.records[submitted.kind, submitted.value] = replace(submitted, changed=self.now)

    def set_status(self, kind: str, value: str, status: str) -> None:
        """Change what became of a record now."""
        self.put(replace(self.records[kind, value], status=status))

    def end_tokens(self) -> None:
        """Let every page token given so far run out."""
        self._tokens.clear()

    async def _fetch(self, request: Request) -> Response:
        if not _let_in(request, FETCH):
            return JSONResponse({"message": "Access denied"}, 401)
        query = request.query_params
        size = min(int(query.get("pageSize", LARGEST_PAGE)), LARGEST_PAGE)
        start, offset = int(query.get("startTimestamp", 0)), 0
        if token := query.get("nextPageToken"):
            if token not in self._tokens:
                return JSONResponse({"message": "The token has expired"}, 400)
            start, offset = self._tokens[token]
        known = sorted(
            (one for one in self.records.values() if one.changed >= start), key=lambda one: (one.changed, one.value)
        )
        page, more = known[offset : offset + size], offset + size < len(known)
        following = hashlib.sha256(f"{start} {offset + size}".encode()).hexdigest()[:16] if more else None
        if following:
            self._tokens[following] = start, offset + size
        return JSONResponse(
            {
                "count": len(page),
                "nextPageToken": following,
                "nextSetTimestamp": self.now + 1,
                "hasMoreRecords": more,
                "hashRecords": list(map(_record, page)),
            }
        )

    async def _feedback(self, request: Request) -> Response:
        if not _let_in(request, FEEDBACK):
            return JSONResponse({"message": "Access denied"}, 401)
        self.told.append(await request.json())
        return JSONResponse({"message": "ok"})


def _let_in(request: Request, key: str) -> bool:
    keys = request.headers.get("x-functions-key"), request.headers.get("ocp-apim-subscription-key")
    return keys == (key, SUBSCRIPTION)


def _record(one: Submitted) -> dict[str, object]:
    return {
        "lastModtimestamp": one.changed,
        "signalType": one.kind,
        "hashValue": one.value,
        "hashStatus": one.status,
        # An empty mapping comes as an empty list now and then, as the real service does.
        "caseNumbers": [] if one.changed % 2 else {f"case-{one.changed}": one.status},
        "CSPFeedbacks": [{"source": source, "feedbackValue": value, "tags": []} for source, value in one.feedback],
    }


def invented(number: int, width: int = 32) -> str:
    """Give an invented fingerprint: the SHA-256 of a number stands for nothing."""
    return hashlib.sha256(f"kindward sandbox {number}".encode()).digest()[:width].hex()


def sandbox(records: int) -> StopNciiSandbox:
    """Make the stand-in with invented records of pictures and videos."""
    made = StopNciiSandbox()
    for number in range(1, records + 1):
        kind, width = ("ImagePDQ", 32) if number % 3 else ("VideoMD5", 16)
        made.put(Submitted(kind, invented(number, width)))
    return made
