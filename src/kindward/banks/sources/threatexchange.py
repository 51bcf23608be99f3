"""Meta ThreatExchange: ``/threat_updates`` of one privacy group, page by page, and reactions as feedback.

Source of the protocol: the published client in ``threatexchange`` 1.2.17 and the reference it names. The access token
travels in the ``Authorization`` header (RFC 6750) and never in an address; where the provider puts it into the address
of the next page, it is taken out before anything is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from kindward.banks.items import Item
from kindward.banks.rejected import Rejected
from kindward.banks.sources import Checkpoint, Json, Opinion, Page, Request, Transport
from kindward.banks.sources.asking import Object, circling, object_in, settled, text_in, unreadable, wrong_setting
from kindward.banks.sources.threatexchange_updates import FIELDS, read_update
from kindward.errors import RemoteError, StateError

BASE = "https://graph.facebook.com/v26.0"
PAGE = 500
REMEMBERED = 85 * 86_400
"""Seconds after which withdrawals may be forgotten: the provider keeps them 90 days, the published client allows 85."""
_QUERY_MOST = 8_000
SETTINGS = {"privacy_group": None, "url": BASE}
SECRETS = {"token": None}


@dataclass(frozen=True, slots=True)
class Place:
    """Where an update goes on: ``since`` is the time of the last change known, ``at`` when all was read the last time.

    Within an update, ``next`` is the query of the page that comes and ``newest`` the last change seen so far.
    """

    since: int = 0
    at: int = 0
    next: str = ""
    newest: int = 0

    @classmethod
    def of(cls, checkpoint: Checkpoint) -> Place:
        """Read a checkpoint; what is missing is as at the beginning."""
        numbers = {name: _number(checkpoint.get(name)) for name in ("since", "at", "newest")}
        following = checkpoint.get("next")
        return cls(**numbers, next=following if isinstance(following, str) else "")

    def checkpoint(self) -> dict[str, Json]:
        """Write a checkpoint."""
        return {"since": self.since, "at": self.at, "next": self.next, "newest": self.newest}


class ThreatExchangeSource:
    """One privacy group; settings ``privacy_group`` (its number) and ``url``, secret ``token``."""

    name = "threatexchange"

    def __init__(self, settings: Mapping[str, str], secrets: Mapping[str, str]) -> None:
        chosen = settled(self.name, settings, SETTINGS)
        self._token = settled(self.name, secrets, SECRETS)["token"]
        if not re.fullmatch(r"\d{1,20}", chosen["privacy_group"], re.ASCII):
            raise wrong_setting(self.name, "privacy_group", "the number of a privacy group")
        if not (self._token.isascii() and self._token.isprintable()):
            raise wrong_setting(self.name, "token", "an access token in one line")
        self._base = chosen["url"].rstrip("/")
        self._group = chosen["privacy_group"]

    def changes(self, since: Checkpoint, transport: Transport, now: datetime) -> Iterator[Page]:
        """Give what changed, oldest first; everything, as a whole, if the provider may have forgotten withdrawals.

        Raises: RemoteError as the transport does, ContentError if an answer cannot be understood.
        """
        place, at = Place.of(since), int(now.timestamp())
        if place.at and at - place.at > REMEMBERED:
            yield from self._whole(since, transport, at)
            return
        place = replace(place, at=place.at or at)
        for following, found, records in self._pages(place, transport):
            # A time that lies ahead of our clock would hide everything that changes until then.
            place = replace(place, next=following, newest=max(place.newest, min(found, at)))
            done = place if following else Place(max(place.since, place.newest), at)
            yield _page(records, done.checkpoint())

    def _whole(self, since: Checkpoint, transport: Transport, at: int) -> Iterator[Page]:
        # The old checkpoint stays until the last page, because only a pass without a break knows what is gone.
        newest = 0
        for following, found, records in self._pages(Place(), transport):
            newest = max(newest, min(found, at))
            yield _page(records, since if following else Place(newest, at).checkpoint(), whole=not following)

    def _pages(self, place: Place, transport: Transport) -> Iterator[tuple[str, int, list[Json]]]:
        """Give of each page the query of the following one, the time of its newest change, and its records."""
        start = _query(place.since)
        query, seen = place.next or start, set[str]()
        while query:
            if query in seen:
                raise circling(self.name)
            seen.add(query)
            try:
                answer = self._get(f"{self._group}/threat_updates/", query, transport)
            except RemoteError as problem:
                # The place inside an earlier update may have run out; then its changes are read again.
                if problem.code != "remote_failed" or len(seen) > 1 or query == start:
                    raise
                query = start
                continue
            records = answer.get("data")
            if not isinstance(records, list):
                raise unreadable(self.name)
            query = _following(answer)
            if len(query) > _QUERY_MOST:
                raise unreadable(self.name)
            yield query, max(map(_changed, records), default=0), records

    def tell(self, opinion: Opinion, transport: Transport) -> None:
        """React to every descriptor of an indicator: ``DISAGREE_WITH_TAGS`` or ``HELPFUL``.

        Raises: StateError if the provider shows no descriptor of it, RemoteError.
        """
        answer: Object = {}
        if re.fullmatch(r"\d{1,20}", opinion.item, re.ASCII):
            answer = self._get(opinion.item, urlencode({"fields": "descriptors{id,owner{id}}"}), transport)
        shown = answer.get("descriptors")
        data = shown.get("data") if isinstance(shown, dict) else shown
        found = [text_in(one, "id") for one in data if isinstance(one, dict)] if isinstance(data, list) else []
        ids = [one for one in found if re.fullmatch(r"\d{1,20}", one, re.ASCII)]
        if not ids:
            raise StateError(
                "feedback_item_unknown",
                "The source {source} does not know the item {item} any more.",
                "Nothing is left to report; it is withdrawn with the next update.",
                source=self.name,
                item=opinion.item,
            )
        body = urlencode({"reactions": "DISAGREE_WITH_TAGS" if opinion.wrong else "HELPFUL"}).encode()
        form = {"content-type": "application/x-www-form-urlencoded"}
        for descriptor in ids:
            transport(Request("POST", f"{self._base}/{descriptor}", self._headers() | form, body))

    def _get(self, path: str, query: str, transport: Transport) -> Object:
        return object_in(transport(Request("GET", f"{self._base}/{path}?{query}", self._headers())), self.name)

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self._token}", "accept": "application/json"}


def _page(records: list[Json], checkpoint: Checkpoint, *, whole: bool = False) -> Page:
    read = [read_update(record, number) for number, record in enumerate(records, 1)]
    items = tuple(one for one in read if isinstance(one, Item))
    rejected = tuple(one for one in read if isinstance(one, Rejected))
    return Page(items, rejected, checkpoint, len(records), whole)


def _query(since: int) -> str:
    started = {"start_time": str(since)} if since else {}
    return urlencode({**started, "limit": str(PAGE), "fields": FIELDS})


def _following(answer: Object) -> str:
    """Give the query of the next page without the token; its host and path are ours to say."""
    paging = answer.get("paging")
    address = paging.get("next") if isinstance(paging, dict) else None
    if not isinstance(address, str) or not address:
        return ""
    pairs = parse_qsl(address.partition("?")[2], keep_blank_values=True)
    return urlencode([(name, value) for name, value in pairs if name != "access_token"], errors="replace")


def _changed(record: Json) -> int:
    return _number(record.get("last_updated")) if isinstance(record, dict) else 0


def _number(given: Json) -> int:
    """Read seconds since 1970, which also come as text; 0 for anything else."""
    text = str(given) if isinstance(given, str | int) and not isinstance(given, bool) else ""
    return int(text) if re.fullmatch(r"\d{1,15}", text, re.ASCII) else 0
