"""A stand-in for the hash list of Tech Against Terrorism: a pass for a name and a password, then pages by time.

It behaves as the published client (``threatexchange`` 1.2.17) expects: ``POST token-auth/tcap/``, then
``GET api/hash-list/v2/all`` with ``order``, ``after``, ``limit`` and ``offset``; a page names the query of the next one
and its own checkpoint, the time and id of its last record. Every record is invented.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kindward.sandbox.faults import Faults, Faulty

USER = "demo"
PASSWORD = "a-password-that-lets-nobody-in"  # noqa: S105 - it opens only this stand-in


@dataclass(frozen=True, slots=True)
class Listed:
    """One record of the list."""

    id: int
    digest: str
    algorithm: str = "PDQ"
    ideology: str = "far-right"
    file_type: str = "jpg"
    deleted: bool = False
    changed: int = 0


class TatSandbox:
    """The stand-in. ``put`` and ``delete`` change the list; ``end_passes`` lets every pass given so far run out."""

    def __init__(self, now: int = 1_700_000_000) -> None:
        self.now = now
        self.records: dict[int, Listed] = {}
        self.faults = Faults()
        self.page = 100
        self._passes: set[str] = set()
        self._given = 0
        routes = [
            Route("/token-auth/tcap/", self._let_in, methods=["POST"]),
            Route("/api/hash-list/v2/all", self._all),
        ]
        self.app = Faulty(Starlette(routes=routes), self.faults)
        self.hint = f"--set username={USER} --set url=ADDRESS; the password is {PASSWORD}"

    def put(self, listed: Listed) -> None:
        """Put a record, or change it, now; time goes on by one second."""
        self.now += 1
        self.records[listed.id] = replace(listed, changed=self.now)

    def delete(self, number: int) -> None:
        """Mark a record as deleted now."""
        self.put(replace(self.records[number], deleted=True))

    def end_passes(self) -> None:
        """Let every pass given so far run out."""
        self._passes.clear()

    async def _let_in(self, request: Request) -> Response:
        form = parse_qs((await request.body()).decode())
        if (form.get("username"), form.get("password")) != ([USER], [PASSWORD]):
            return JSONResponse({"error": "Unable to log in with provided credentials."}, 400)
        self._given += 1
        token = hashlib.sha256(f"pass {self._given}".encode()).hexdigest()
        self._passes.add(token)
        return JSONResponse({"user": {"username": USER}, "token": token})

    async def _all(self, request: Request) -> Response:
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self._passes:
            return JSONResponse({"error": "Signature has expired."}, 401)
        query = request.query_params
        changed, _, number = (query.get("after") or "0,0").partition(",")
        known = [one for one in self._in_order() if (one.changed, one.id) > (int(float(changed)), int(number or 0))]
        offset, limit = int(query.get("offset") or 0), int(query.get("limit") or self.page)
        page = known[offset : offset + limit]
        more = {"limit": limit, "offset": offset + limit}
        following = urlencode({**query, **more}) if offset + limit < len(known) else None
        return JSONResponse(
            {
                "count": len(known),
                "next": following,
                "previous": None,
                "checkpoint": f"{page[-1].changed},{page[-1].id}" if page else None,
                "results": [_record(one) for one in page],
            }
        )

    def _in_order(self) -> list[Listed]:
        return sorted(self.records.values(), key=lambda one: (one.changed, one.id))


def _record(one: Listed) -> dict[str, object]:
    return {
        "hash_digest": one.digest,
        "algorithm": one.algorithm,
        "ideology": one.ideology,
        "file_type": one.file_type,
        "deleted": one.deleted,
        "updated_on": float(one.changed),
        "created_on": datetime.fromtimestamp(one.changed, UTC).isoformat(),
        "id": one.id,
    }


def invented(number: int, width: int = 32) -> str:
    """Give an invented fingerprint: the SHA-256 of a number stands for nothing."""
    return hashlib.sha256(f"kindward sandbox {number}".encode()).digest()[:width].hex()


def sandbox(records: int) -> TatSandbox:
    """Make the stand-in with invented records: PDQ, MD5 and SHA-256 of two ideologies."""
    made = TatSandbox()
    kinds = (("PDQ", 32, "jpg"), ("MD5", 16, "mp4"), ("SHA256", 32, "mp4"))
    for number in range(1, records + 1):
        algorithm, width, file_type = kinds[number % len(kinds)]
        ideology = "islamist" if number % 2 else "far-right"
        made.put(Listed(number, invented(number, width), algorithm, ideology, file_type))
    return made
