"""A stand-in for NCMEC Hash Sharing, version 2: XML, a name and a password, windows of time read page by page.

It behaves as the published client (``threatexchange`` 1.2.17) and its sample answers expect: ``GET /v2/status``,
``/v2/members``, ``/v2/entries`` with ``from`` and ``to``, ``/v2/feedback/TYPE/reasons`` and ``PUT`` of a vote. Pages
are not in the order of time, deleted records come as tombstones, and the address of a next page is good for 12 hours.
Every record is invented.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from urllib.parse import urlencode
from xml.sax.saxutils import escape, quoteattr

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kindward.sandbox.faults import Faults, Faulty
from kindward.sandbox.ncmec_votes import Votes, reasons_of, vote_in

USER = "demo"
PASSWORD = "a-password-that-lets-nobody-in"  # noqa: S105 - it opens only this stand-in
NAMESPACE = "https://hashsharing.ncmec.org/hashsharing/v2"
MEMBERS = {"1": "Demo Messenger", "42": "Example Member", "43": "Another Member"}
OURS = "1"
PAGING_SECONDS = 12 * 3600
_ADDRESSES = frozenset({"tmk-pdqf", "videntifier", "ssvh-pdna", "ssvh-safer-hash"})
"""Fingerprints so large that only their address is given."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One record; ``prints`` are fingerprints by the name of their element."""

    id: str
    prints: dict[str, str] = field(default_factory=dict)
    member: str = "42"
    kind: str = "image"
    classification: str = "A1"
    deleted: bool = False
    changed: int = 0
    votes: Votes = field(default_factory=Votes)


class NcmecSandbox:
    """The stand-in. ``put``, ``delete`` and ``vote`` change the list; ``told`` are the votes that came."""

    def __init__(self, now: int = 1_700_000_000) -> None:
        self.now = now
        self.records: dict[tuple[str, str], Listed] = {}
        self.told: list[tuple[str, str, str, str]] = []
        self.faults = Faults()
        self.page = 1000
        self._given: dict[str, int] = {}
        routes = [
            Route("/v2/status", self._status),
            Route("/v2/members", self._members),
            Route("/v2/entries", self._entries),
            Route("/v2/feedback/{type}/reasons", self._reasons),
            Route("/v2/entries/{member}/{entry:path}/{type}/feedback", self._vote, methods=["PUT"]),
        ]
        self.app = Faulty(Starlette(routes=routes), self.faults)
        self.hint = f"--set url=ADDRESS; the user is {USER}, the password {PASSWORD}"

    def put(self, listed: Listed) -> None:
        """Put a record, or change it, now; time goes on by one second."""
        self.now += 1
        self.records[listed.member, listed.id] = replace(listed, changed=self.now)

    def delete(self, entry: str, member: str = "42") -> None:
        """Turn a record into a tombstone now."""
        self.put(replace(self.records[member, entry], deleted=True))

    def vote(self, entry: str, type_: str, voter: str, reason: str = "", member: str = "42") -> None:
        """Let a member vote on a fingerprint: against it with a reason, for it without one."""
        listed = self.records[member, entry]
        self.put(replace(listed, votes=listed.votes.with_vote(type_, voter, reason)))

    def end_pages(self) -> None:
        """Let every address of a next page given so far run out."""
        self._given.clear()

    async def _status(self, request: Request) -> Response:
        if not _let_in(request):
            return _refused()
        who = f'<ipAddress>127.0.0.1</ipAddress><username>{USER}</username><member id="{OURS}">{MEMBERS[OURS]}</member>'
        return self._xml("status", who)

    async def _members(self, request: Request) -> Response:
        if not _let_in(request):
            return _refused()
        return self._xml("members", "".join(f'<member id="{number}">{MEMBERS[number]}</member>' for number in MEMBERS))

    async def _entries(self, request: Request) -> Response:
        if not _let_in(request):
            return _refused()
        query = request.query_params
        try:
            since, until = _seconds(query["from"]), _seconds(query["to"])
            start, size = int(query.get("start", 1)), int(query.get("size", self.page))
        except (KeyError, ValueError):
            return _error(400, "from and to are times like 2017-10-24T15:00:00Z")
        if "start" in query and not self._is_good(str(request.url.query)):
            return _error(400, "this page has expired")
        known = self._between(since, until)
        shown = known[start - 1 : start - 1 + size]
        more = ""
        if start - 1 + size < len(known):
            following = {"start": start + size, "size": size, "max": len(known)}
            asked = urlencode({"from": query["from"], "to": query["to"], **following})
            self._given[asked] = self.now
            more = f"<paging><next>{escape(f'/v2/entries?{asked}')}</next></paging>"
        return self._xml("queryResult", _list_of("image", shown) + _list_of("video", shown) + more)

    def _is_good(self, query: str) -> bool:
        return self.now - self._given.get(query, -PAGING_SECONDS) < PAGING_SECONDS

    def _between(self, since: int, until: int) -> list[Listed]:
        found = [one for one in self.records.values() if since <= one.changed < until]
        # The order of a digest stands for any order but that of time, and stays the same from page to page.
        return sorted(found, key=lambda one: hashlib.sha256(f"{one.member} {one.id}".encode()).digest())

    async def _reasons(self, request: Request) -> Response:
        if not _let_in(request):
            return _refused()
        type_ = request.path_params["type"]
        given = [
            f"<reason guid={quoteattr(guid)} name={quoteattr(name)} type={quoteattr(type_)}/>"
            for guid, name in reasons_of(type_).items()
        ]
        return self._xml("availableFeedbackReasons", "".join(given))

    async def _vote(self, request: Request) -> Response:
        if not _let_in(request):
            return _refused()
        member, entry, type_ = (request.path_params[name] for name in ("member", "entry", "type"))
        if (member, entry) not in self.records:
            return _error(404, "no such entry")
        guid = vote_in(await request.body(), NAMESPACE)
        if guid is None or (guid and guid not in reasons_of(type_)):
            return _error(400, "no such feedback")
        self.told.append((member, entry, type_, guid))
        self.vote(entry, type_, OURS, reasons_of(type_)[guid] if guid else "", member)
        return self._xml("submissionResult", "")

    def _xml(self, root: str, inner: str) -> Response:
        text = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<{root} xmlns="{NAMESPACE}">{inner}</{root}>'
        date = datetime.fromtimestamp(self.now + 1, UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
        return Response(text, media_type="application/xml", headers={"date": date})


def _let_in(request: Request) -> bool:
    expected = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    return request.headers.get("authorization", "") == f"Basic {expected}"


def _refused() -> Response:
    return Response("", 401, headers={"www-authenticate": "Basic"})


def _error(status: int, text: str) -> Response:
    return Response(f'<?xml version="1.0"?><error xmlns="{NAMESPACE}">{text}</error>', status, media_type="text/xml")


def _list_of(kind: str, records: list[Listed]) -> str:
    mine = [one for one in records if one.kind == kind]
    if not mine:
        return ""
    latest = _moment(max(one.changed for one in mine))
    return f'<{kind}s count="{len(mine)}" maxTimestamp="{latest}">{"".join(map(_record, mine))}</{kind}s>'


def _record(one: Listed) -> str:
    who = f"<member id={quoteattr(one.member)}>{escape(MEMBERS.get(one.member, one.member))}</member>"
    changed, number = f"<timestamp>{_moment(one.changed)}</timestamp>", f"<id>{escape(one.id)}</id>"
    if one.deleted:
        name = f"deleted{one.kind.title()}"
        return f"<{name}>{who}{number}{changed}</{name}>"
    classified = f"<classification>{escape(one.classification)}</classification>" if one.classification else ""
    prints = "".join(_print(name, value) for name, value in one.prints.items())
    inner = f"{who}{changed}{number}{classified}<fingerprints>{prints}</fingerprints>{one.votes.xml(changed)}"
    return f"<{one.kind}>{inner}</{one.kind}>"


def _print(name: str, value: str) -> str:
    if name in _ADDRESSES:
        return f'<{name} rel="self" href={quoteattr(value)}/>'
    return f"<{name}>{escape(value)}</{name}>"


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _seconds(text: str) -> int:
    return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())


def invented(number: int, width: int = 32) -> str:
    """Give an invented fingerprint: the SHA-256 of a number stands for nothing."""
    return hashlib.sha256(f"kindward sandbox {number}".encode()).digest()[:width].hex()


def sandbox(records: int) -> NcmecSandbox:
    """Make the stand-in with invented records: pictures with three fingerprints each, every third a film."""
    made = NcmecSandbox()
    for number in range(1, records + 1):
        prints = {"md5": invented(number, 16), "sha1": invented(number, 20), "pdna": "AAAA" * 36}
        if number % 3:
            made.put(Listed(f"entry{number}", {**prints, "pdq": invented(number)}))
        else:
            address = f"/v2/entries/{number}/fingerprints/TMK_PDQF"
            made.put(Listed(f"entry{number}", {**prints, "tmk-pdqf": address}, kind="video", classification="B2"))
    return made
