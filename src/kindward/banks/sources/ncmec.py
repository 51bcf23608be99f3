"""NCMEC Hash Sharing API v2: pictures and films that members reported, by windows of time, with feedback both ways.

Source of the protocol: the published client in ``threatexchange`` 1.2.17 and its sample answers. A window of time comes
in pages of about 1,000 records that are not in the order of time, so only a window that was read to its end moves the
checkpoint; inside one it holds the address of the next page, which the provider honours for 12 hours.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote, urlencode

from kindward.banks.entries import id_key
from kindward.banks.items import Item
from kindward.banks.kinds import kind_of
from kindward.banks.rejected import Rejected
from kindward.banks.sources import Checkpoint, Json, Opinion, Page, Request, Response, Transport
from kindward.banks.sources.asking import circling, settled, unreadable, wrong_setting
from kindward.banks.sources.ncmec_entries import MATCHED, Record, read_record, records_in
from kindward.banks.sources.ncmec_places import ENVIRONMENTS
from kindward.banks.sources.ncmec_xml import Node, feedback, read_answer
from kindward.errors import RemoteError, StateError

SETTINGS = {"environment": "", "url": "", "members": ""}
SECRETS = {"user": None, "password": None}
PAGING_SECONDS = 12 * 3600
"""So long the provider honours the address of a next page; the window is read anew after that."""
OVERLAP = 300
"""Seconds that are read twice, because a record may appear a little later than its time says."""
WINDOW = 90 * 86_400
"""Longest window in seconds, so that an update that is cut off has not lost everything."""
FIRST = int(datetime(2010, 1, 1, tzinfo=UTC).timestamp())
"""Whatever is older comes in one window: there was no hash sharing before."""
REMEMBERED = 500_000
"""Records of one window whose time of change is remembered, to know an older record that comes after a newer one."""
_ANSWER_MOST = 32_000_000
_QUERY_MOST = 4_000
_GONE = frozenset({400, 404, 410})


@dataclass(frozen=True, slots=True)
class Place:
    """Where an update goes on: everything that changed before ``until`` is known.

    Inside a window ``next`` is the query of the page that comes, ``end`` the end of the window and ``at`` when it was
    begun; all in seconds since 1970.
    """

    until: int = 0
    next: str = ""
    end: int = 0
    at: int = 0

    @classmethod
    def of(cls, checkpoint: Checkpoint, now: int) -> Place:
        """Read a checkpoint. The rest of a window that can no longer be had is left out, so that it begins anew.

        A time far ahead of now comes from a clock that was wrong; what changed since then would never be asked for.
        """
        until, end, at = (_number(checkpoint.get(name)) for name in ("until", "end", "at"))
        if until > now + OVERLAP:
            return cls()
        query = checkpoint.get("next")
        if not isinstance(query, str) or not query or not until < end <= now + OVERLAP:
            return cls(until)
        return cls(until, query, end, at) if 0 <= now - at < PAGING_SECONDS else cls(until)

    def checkpoint(self) -> dict[str, Json]:
        """Write a checkpoint."""
        inside: dict[str, Json] = {"next": self.next, "end": self.end, "at": self.at} if self.next else {}
        return {"until": self.until, **inside}


class NcmecSource:
    """One hash list; settings ``environment`` (a name) or ``url``, and ``members``; secrets ``user``, ``password``."""

    name = "ncmec"

    def __init__(self, settings: Mapping[str, str], secrets: Mapping[str, str]) -> None:
        chosen, hidden = settled(self.name, settings, SETTINGS), settled(self.name, secrets, SECRETS)
        self._base = self._place(chosen["environment"], chosen["url"]).rstrip("/")
        self._members = frozenset(filter(None, re.split(r"[,\s]+", chosen["members"])))
        if not all(re.fullmatch(r"\d{1,12}", member, re.ASCII) for member in self._members):
            raise wrong_setting(self.name, "members", "a list of member numbers with commas")
        if ":" in hidden["user"]:
            # RFC 7617 section 2: the first colon ends the name.
            raise wrong_setting(self.name, "user", "a name without a colon")
        pair = f"{hidden['user']}:{hidden['password']}".encode("utf-8", "surrogateescape")
        self._headers = {
            "authorization": f"Basic {base64.b64encode(pair).decode()}",
            "accept": "application/xml",
        }

    def _place(self, environment: str, url: str) -> str:
        known = ", ".join(ENVIRONMENTS)
        if bool(environment) == bool(url):
            raise wrong_setting(self.name, "environment", f"one of {known}; or give url instead, not both")
        if environment and environment not in ENVIRONMENTS:
            raise wrong_setting(self.name, "environment", f"one of {known}")
        return ENVIRONMENTS[environment] if environment else url

    def changes(self, since: Checkpoint, transport: Transport, now: datetime) -> Iterator[Page]:
        """Give what changed, window by window, after making sure that our credentials are good.

        Raises: RemoteError as the transport does, ContentError if an answer cannot be understood.
        """
        at = self._let_in(transport, now)
        place = Place.of(since, at)
        resumed = bool(place.next)
        while place.next or place.until < at:
            end = place.end if place.next else min(at, max(place.until + WINDOW, FIRST))
            for page in self._window(replace(place, end=end, at=place.at or at), transport, resumed=resumed):
                yield page
                place, resumed = Place(end), False

    def _let_in(self, transport: Transport, now: datetime) -> int:
        """Ask who we are, and give the present time: the earlier one of both clocks, in seconds since 1970."""
        answer = transport(self._asking("/v2/status"))
        if not read_answer(answer.body, "status").child("member"):
            raise unreadable(self.name)
        here, there = int(now.timestamp()), _date(answer)
        return min(here, there) if there else here

    def _window(self, place: Place, transport: Transport, *, resumed: bool) -> Iterator[Page]:
        """Read one window to its end; begin it anew if the page on which an earlier update stopped is gone."""
        start = _query(max(0, place.until - OVERLAP), place.end)
        query, seen, changed = place.next or start, set[str](), dict[int, tuple[str, bool]]()
        while query:
            if query in seen:
                raise circling(self.name)
            seen.add(query)
            try:
                answer = read_answer(transport(self._asking(f"/v2/entries?{query}")).body, "queryResult")
            except RemoteError as problem:
                if not resumed or len(seen) > 1 or problem.facts.get("status") not in _GONE:
                    raise
                query, resumed, place = start, False, replace(place, next="")
                seen.clear()
                continue
            query = _following(answer)
            done = replace(place, next=query) if query else Place(place.end)
            yield self._page(answer, changed, done.checkpoint())

    def _page(self, answer: Node, changed: dict[int, tuple[str, bool]], checkpoint: Checkpoint) -> Page:
        items, rejected, found = list[Item](), list[Rejected](), 0
        for number, record in enumerate(records_in(answer), 1):
            read = self._judged(read_record(record, number), number, changed)
            items += [read.item] if read.item else []
            rejected += read.rejected
            # A fingerprint that cannot be read beside good ones of its record counts as one more record.
            found += max(1, bool(read.item) + len(read.rejected))
        return Page(tuple(items), tuple(rejected), checkpoint, found)

    def _judged(self, read: Record, number: int, changed: dict[int, tuple[str, bool]]) -> Record:
        """Leave out what the subscription does not want, and what is older than a record that was read before."""
        if read.item is None:
            return read
        if self._members and read.member not in self._members:
            return replace(read, item=None, rejected=(Rejected(number, "member_not_chosen", {"member": read.member}),))
        key, moment = id_key(read.item.id), (read.changed, not (read.item.entries or read.item.kept))
        if read.changed and moment < changed.get(key, ("", False)):
            return replace(read, item=None, rejected=(Rejected(number, "record_superseded"),))
        if key in changed or len(changed) < REMEMBERED:
            changed[key] = moment
        return read

    def tell(self, opinion: Opinion, transport: Transport) -> None:
        """Vote on one fingerprint of an entry; against it with the provider's reason of the name that was given.

        Raises: StateError ``feedback_unsupported`` for what has no feedback there, ``feedback_reason_unknown`` if the
        provider has no reason of this name; RemoteError, ContentError.
        """
        member, _, entry = opinion.item.partition("-")
        kind = kind_of(opinion.signal, opinion.value)
        if kind is None or kind.name not in MATCHED or not member.isdecimal() or not entry:
            raise StateError(
                "feedback_unsupported",
                "The source {source} takes no feedback.",
                "Tell whoever makes the list.",
                source=self.name,
            )
        type_ = kind.name.upper()
        guid = self._reason(type_, opinion.reason, transport) if opinion.wrong else ""
        headers = self._headers | {"content-type": "application/xml; charset=utf-8"}
        url = f"{self._base}/v2/entries/{member}/{quote(entry, safe='')}/{type_}/feedback"
        transport(Request("PUT", url, headers, feedback(guid)))

    def _reason(self, type_: str, given: str, transport: Transport) -> str:
        answer = read_answer(transport(self._asking(f"/v2/feedback/{type_}/reasons")).body, "availableFeedbackReasons")
        reasons = {one.attributes.get("guid", ""): one.attributes.get("name", "") for one in answer.below("reason")}
        reasons.pop("", None)
        wanted = given.strip().casefold()
        for guid, name in reasons.items():
            if wanted in {guid.casefold(), name.strip().casefold()} or len(reasons) == 1:
                return guid
        raise StateError(
            "feedback_reason_unknown",
            "The source {source} has no reason of this name for a vote against {signal}.",
            "Say it again with one of its reasons: {known}.",
            source=self.name,
            signal=type_,
            known="; ".join(reasons.values()) or "-",
        )

    def _asking(self, path: str) -> Request:
        return Request("GET", f"{self._base}{path}", self._headers, most=_ANSWER_MOST)


def _query(start: int, end: int) -> str:
    return urlencode({"from": moment(start), "to": moment(end)})


def moment(seconds: int) -> str:
    """Write a time as the interface wants it, in UTC wherever this machine stands."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _following(answer: Node) -> str:
    """Give the query of the next page; its host and path are ours to say."""
    paging = answer.child("paging")
    address = paging.text_of("next") if paging else ""
    if not address:
        return ""
    path, _, query = address.partition("?")
    if not path.endswith("/v2/entries") or not re.fullmatch(r"[!-~]+", query) or len(query) > _QUERY_MOST:
        raise unreadable(NcmecSource.name)
    return query.partition("#")[0]


def _date(answer: Response) -> int:
    """Give when the provider says that it answered (RFC 9110 section 6.6.1); 0 if it does not."""
    try:
        told = parsedate_to_datetime(answer.headers.get("date", ""))
    except ValueError:
        return 0
    return int(told.timestamp()) if told.tzinfo else 0


def _number(given: Json) -> int:
    return given if isinstance(given, int) and not isinstance(given, bool) and 0 <= given < 1 << 40 else 0
