"""A stand-in for Meta ThreatExchange: one privacy group with updates in the order of their time, and reactions.

It behaves as the published client (``threatexchange`` 1.2.17) expects: pages with cursors in ``paging``, whose ``next``
carries the access token if that came in the address; deleted records as tombstones that are forgotten after 90 days;
errors in the form of the Graph API. Every record is invented.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qs, urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kindward.sandbox.faults import Faults, Faulty

VERSION = "v26.0"
GROUP = "3002001"
OWNER = "1001"
TOKEN = f"{OWNER}|a-token-that-lets-nobody-in"
FORGOTTEN_AFTER = 90 * 86_400
_MOST = 1000
_REACTIONS = {"HELPFUL", "NOT_HELPFUL", "OUTDATED", "SAW_THIS_TOO", "WANT_MORE_INFO", "DISAGREE_WITH_TAGS"}


@dataclass(frozen=True, slots=True)
class Descriptor:
    """What one member says about an indicator; ``reactions`` map a word to the members who reacted with it."""

    id: str
    owner: str = OWNER
    status: str = "MALICIOUS"
    tags: tuple[str, ...] = ()
    reactions: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Indicator:
    """One record of the group."""

    id: str
    type: str
    indicator: str
    changed: int
    descriptors: tuple[Descriptor, ...] = ()
    deleted: bool = False


class ThreatExchangeSandbox:
    """The stand-in. ``put`` and ``delete`` change the group at a moment; ``expire_cursors`` makes all cursors stale."""

    def __init__(self, now: int = 1_700_000_000) -> None:
        self.now = now
        self.records: dict[str, Indicator] = {}
        self.faults = Faults()
        self.page_most = _MOST
        self.reactions: list[tuple[str, str]] = []
        self._cursors = "1"
        routes = [
            Route(f"/{VERSION}/{{group:int}}/threat_updates/", self._updates),
            Route(f"/{VERSION}/{{item:int}}/", self._item),
            Route(f"/{VERSION}/{{item:int}}", self._item),
            Route(f"/{VERSION}/{{descriptor:int}}", self._react, methods=["POST"]),
        ]
        self.app = Faulty(Starlette(routes=routes), self.faults)
        self.hint = f"--set privacy_group={GROUP} --set url=ADDRESS/{VERSION}; the token is {TOKEN}"

    def put(self, indicator: Indicator) -> None:
        """Put a record, or change it, now; time goes on by one second."""
        self.now += 1
        self.records[indicator.id] = replace(indicator, changed=self.now)

    def delete(self, item: str) -> None:
        """Make a record a tombstone now."""
        self.put(replace(self.records[item], deleted=True))

    def expire_cursors(self) -> None:
        """Refuse every cursor given so far, as the provider does after some hours."""
        self._cursors = str(int(self._cursors) + 1)

    def _in_order(self) -> list[Indicator]:
        """Give the records by the time of their last change, without tombstones that are forgotten."""
        kept = (one for one in self.records.values() if not one.deleted or self.now - one.changed < FORGOTTEN_AFTER)
        return sorted(kept, key=lambda one: (one.changed, int(one.id)))

    async def _updates(self, request: Request) -> Response:
        if refused := _refused(request):
            return refused
        query = request.query_params
        if request.path_params["group"] != int(GROUP):
            return _error(400, 100, "Unsupported get request. Object does not exist.")
        epoch, _, start = (query.get("after") or f"{self._cursors}.0").partition(".")
        if epoch != self._cursors:
            return _error(400, 100, "Invalid cursor")
        size = min(int(query.get("limit", "25")), self.page_most)
        known = [one for one in self._in_order() if one.changed >= int(query.get("start_time") or 0)]
        page, following = known[int(start) : int(start) + size], int(start) + size
        answer: dict[str, object] = {"data": [_update(one) for one in page]}
        if page:
            answer["paging"] = self._paging(request, int(start), following, more=following < len(known))
        return JSONResponse(answer)

    def _paging(self, request: Request, start: int, following: int, *, more: bool) -> dict[str, object]:
        cursors = {"before": f"{self._cursors}.{start}", "after": f"{self._cursors}.{following}"}
        if not more:
            return {"cursors": cursors}
        # The real provider repeats the token in the address, whoever put it there.
        query = {**request.query_params, "access_token": TOKEN, "after": cursors["after"]}
        return {"cursors": cursors, "next": f"{request.url.replace(query='')}?{urlencode(query)}"}

    async def _item(self, request: Request) -> Response:
        if request.method == "POST":
            return await self._react(request)
        if refused := _refused(request):
            return refused
        found = self.records.get(str(request.path_params["item"]))
        if found is None or found.deleted:
            return _error(400, 100, "Unsupported get request. Object does not exist.")
        return JSONResponse({"id": found.id, "descriptors": {"data": [_descriptor(one) for one in found.descriptors]}})

    async def _react(self, request: Request) -> Response:
        if refused := _refused(request):
            return refused
        form = parse_qs((await request.body()).decode())
        descriptor, reaction = str(request.path_params["descriptor"]), form.get("reactions", [""])[0]
        known = {one.id for record in self.records.values() for one in record.descriptors}
        if descriptor not in known or reaction not in _REACTIONS:
            return _error(400, 100, "Invalid parameter")
        self.reactions.append((descriptor, reaction))
        return JSONResponse({"success": True})


def _refused(request: Request) -> Response | None:
    given = request.headers.get("authorization", "").removeprefix("Bearer ") or request.query_params.get("access_token")
    return None if given == TOKEN else _error(401, 190, "Invalid OAuth access token.")


def _error(status: int, code: int, message: str) -> Response:
    kind = "OAuthException" if code == 190 else "GraphMethodException"  # noqa: PLR2004 - the number of the interface
    return JSONResponse({"error": {"message": message, "type": kind, "code": code, "fbtrace_id": "A"}}, status)


def _update(one: Indicator) -> dict[str, object]:
    update: dict[str, object] = {
        "id": one.id,
        "indicator": one.indicator,
        "type": one.type,
        "last_updated": one.changed,
        "should_delete": one.deleted,
    }
    shown = {"data": [_descriptor(each) for each in one.descriptors]}
    return update if one.deleted or not one.descriptors else update | {"descriptors": shown}


def _descriptor(one: Descriptor) -> dict[str, object]:
    tags = {"tags": {"data": [{"id": str(9000 + n), "text": tag} for n, tag in enumerate(one.tags)]}}
    reactions = [{"key": word, "value": ",".join(owners)} for word, owners in one.reactions.items()]
    return {
        "id": one.id,
        "owner": {"id": one.owner},
        "status": one.status,
        **(tags if one.tags else {}),
        **({"reactions": reactions} if reactions else {}),
    }


def invented(number: int, width: int = 32) -> str:
    """Give an invented fingerprint: the SHA-256 of a number stands for nothing."""
    return hashlib.sha256(f"kindward sandbox {number}".encode()).digest()[:width].hex()


def sandbox(records: int) -> ThreatExchangeSandbox:
    """Make the stand-in with invented records: PDQ mostly, MD5, SHA-256 and one kind that is only kept."""
    made = ThreatExchangeSandbox()
    kinds: list[tuple[str, Callable[[int], str]]] = [
        ("HASH_PDQ", invented),
        ("HASH_MD5", lambda number: invented(number, 16)),
        ("HASH_SHA256", invented),
        ("HASH_PDQ", invented),
        ("HASH_TMK", lambda number: invented(number) * 4),
    ]
    for number in range(1, records + 1):
        type_, value = kinds[number % len(kinds)]
        said = Descriptor(str(500_000 + number), tags=("media_type_photo",))
        made.put(Indicator(str(number), type_, value(number), 0, (said,)))
    return made
