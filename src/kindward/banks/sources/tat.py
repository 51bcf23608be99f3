"""Tech Against Terrorism: the hash list of its Terrorist Content Analytics Platform.

Source of the protocol: the published client in ``threatexchange`` 1.2.17. This list is about terrorist content and not
about child abuse: its entries say so in their severity (``tat:far-right``), and it needs a policy of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from urllib.parse import urlencode

from kindward.banks.entries import printable
from kindward.banks.formats.fields import ID_MOST, fingerprint, yes
from kindward.banks.items import Item, Kept
from kindward.banks.kinds import MD5, PDQ, SHA1, SHA256, Kind
from kindward.banks.rejected import Rejected
from kindward.banks.sources import Checkpoint, Json, Opinion, Page, Request, Transport
from kindward.banks.sources.asking import Object, circling, object_in, settled, text_in, unreadable
from kindward.errors import RemoteError, StateError
from kindward.model import Entry

BASE = "https://app.terrorismanalytics.org"
SETTINGS = {"username": None, "url": BASE}
SECRETS = {"password": None}
WITHDRAWN = "withdrawn_by_source"
_KINDS: dict[str, Kind] = {
    "PDQ": PDQ,
    "MD5": MD5,
    "SHA1": SHA1,
    "SHA-1": SHA1,
    "SHA256": SHA256,
    "SHA-256": SHA256,
}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_PLACE_MOST = 200
_KEPT_MOST = 1 << 16


class TatSource:
    """The whole list; settings ``username`` and ``url``, secret ``password``."""

    name = "tat"

    def __init__(self, settings: Mapping[str, str], secrets: Mapping[str, str]) -> None:
        chosen = settled(self.name, settings, SETTINGS)
        self._user, self._base = chosen["username"], chosen["url"].rstrip("/")
        self._password = settled(self.name, secrets, SECRETS)["password"]

    def changes(self, since: Checkpoint, transport: Transport, now: datetime) -> Iterator[Page]:
        """Give what changed after the last record known, oldest change first.

        Every page is asked for by the last record of the page before and not by a number of records, because records
        move when they are changed, and counting would leave some out. Raises: RemoteError, ContentError.
        """
        del now
        after = since.get("after")
        place = after if isinstance(after, str) else ""
        seen, token = {place}, self._let_in(transport)
        more = True
        while more:
            try:
                answer = self._get(place, token, transport)
            except RemoteError as problem:
                if problem.code != "remote_refused":
                    raise
                # A pass is good for a few minutes only; a refusal with a fresh one is meant.
                token = self._let_in(transport)
                answer = self._get(place, token, transport)
            records, more = answer.get("results"), bool(answer.get("next"))
            if not isinstance(records, list):
                raise unreadable(self.name)
            place = text_in(answer, "checkpoint") or place
            if not place.isascii() or len(place) > _PLACE_MOST:
                raise unreadable(self.name)
            if more and place in seen:
                raise circling(self.name)
            seen.add(place)
            yield _page(records, {"after": place})

    def tell(self, opinion: Opinion, transport: Transport) -> None:
        """Refuse: the interface takes no feedback. Raises: StateError."""
        del opinion, transport
        raise StateError(
            "feedback_unsupported",
            "The source {source} takes no feedback.",
            "Tell whoever makes the list.",
            source=self.name,
        )

    def _let_in(self, transport: Transport) -> str:
        form = {"username": self._user, "password": self._password, "resend": "False"}
        headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
        answer = object_in(
            transport(Request("POST", f"{self._base}/token-auth/tcap/", headers, urlencode(form).encode())), self.name
        )
        token = answer.get("token")
        if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
            raise unreadable(self.name)
        return token

    def _get(self, after: str, token: str, transport: Transport) -> Object:
        query = urlencode({"order": "asc", "after": after})
        headers = {"authorization": f"Bearer {token}", "accept": "application/json"}
        request = Request("GET", f"{self._base}/api/hash-list/v2/all?{query}", headers)
        return object_in(transport(request), self.name)


def _page(records: list[Json], checkpoint: Checkpoint) -> Page:
    read = [read_record(record, number) for number, record in enumerate(records, 1)]
    items = tuple(one for one in read if isinstance(one, Item))
    return Page(items, tuple(one for one in read if isinstance(one, Rejected)), checkpoint, len(records))


def read_record(record: Json, number: int) -> Item | Rejected:
    """Read one record as the present state of its item; ``number`` counts the records of the answer from 1."""
    if not isinstance(record, dict):
        return Rejected(number, "record_unreadable")
    item_id = printable(text_in(record, "id"))
    if not item_id or len(item_id) > ID_MOST:
        return Rejected(number, "record_without_id")
    deleted = yes(text_in(record, "deleted"))
    if deleted is None:
        return Rejected(number, "record_unreadable")
    return Item(item_id, reason=WITHDRAWN) if deleted else _listed(record, item_id, number)


def _listed(record: Object, item_id: str, number: int) -> Item | Rejected:
    algorithm, text = text_in(record, "algorithm"), text_in(record, "hash_digest")
    kind = _KINDS.get(algorithm.upper())
    if kind is None:
        return _only_kept(item_id, algorithm, text, number)
    value = fingerprint(kind, text, number)
    if isinstance(value, Rejected):
        return value
    day = _DAY.match(text_in(record, "created_on"))
    entry = Entry(
        item_id,
        kind.signal,
        value,
        source="tat",
        severity=f"tat:{printable(text_in(record, 'ideology')) or 'unknown'}",
        note=printable(text_in(record, "file_type")),
        added=day[0] if day else "",
    )
    return Item(item_id, (entry,))


def _only_kept(item_id: str, algorithm: str, text: str, number: int) -> Item | Rejected:
    if not algorithm or not text:
        return Rejected(number, "fingerprint_missing" if algorithm else "fingerprint_nameless")
    if len(text) > _KEPT_MOST:
        return Rejected(number, "fingerprint_unreadable")
    return Item(item_id, kept=(Kept(printable(algorithm).lower(), printable(text)),))
