"""StopNCII.org, version 1: hashes that adults made of their own intimate pictures, to keep them from being shared.

Source of the protocol: the published client in ``threatexchange`` 1.2.17. The list is about adults. It is kept apart
from lists of child abuse by its severity (``stopncii:adult``) and needs a policy of its own; a match leads to no report
to a child-protection centre. Who withdraws their consent is matched no longer: the status of a record is what counts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from urllib.parse import urlencode

import msgspec

from kindward.banks.entries import printable
from kindward.banks.formats.fields import fingerprint
from kindward.banks.items import Item, Kept
from kindward.banks.kinds import MD5, PDQ, Kind
from kindward.banks.rejected import Rejected
from kindward.banks.sources import Checkpoint, Json, Opinion, Page, Request, Transport
from kindward.banks.sources.asking import Object, circling, object_in, settled, text_in, unreadable
from kindward.errors import StateError
from kindward.model import Entry

BASE = "https://api.stopncii.org/v1"
SETTINGS = {"url": BASE}
SECRETS = {"subscription_key": None, "fetch_key": None, "feedback_key": ""}
SEVERITY = "stopncii:adult"
FIRST = 10
"""The time from which everything is asked for (as the published client does)."""
PAGE_SIZE = 800
"""The most records a page may have."""
TOKEN_SECONDS = 3600
"""So long a page token is used after a pause; the provider says only that it is not good for long."""
MATCHED = frozenset({"Received", "Active"})
GONE = {"Withdrawn": "consent_withdrawn", "Deleted": "withdrawn_by_source"}
_KINDS: dict[str, Kind] = {"ImagePDQ": PDQ, "VideoMD5": MD5}
_KEPT = frozenset({"VideoTMK", "Text", "URL"})
_KEPT_MOST = 1 << 19
_TOKEN_MOST = 4096


class StopNciiSource:
    """The whole list; setting ``url``, secrets ``subscription_key``, ``fetch_key`` and, to tell, ``feedback_key``."""

    name = "stopncii"

    def __init__(self, settings: Mapping[str, str], secrets: Mapping[str, str]) -> None:
        self._base = settled(self.name, settings, SETTINGS)["url"].rstrip("/")
        self._keys = settled(self.name, secrets, SECRETS)

    def changes(self, since: Checkpoint, transport: Transport, now: datetime) -> Iterator[Page]:
        """Give every record that changed since a time; the time moves on only when all pages were read.

        Raises: RemoteError, ContentError.
        """
        start, token = _start(since), _token(since, now)
        seen = {token}
        while True:
            answer = self._get(start, token, transport)
            records, more = answer.get("hashRecords"), answer.get("hasMoreRecords")
            if not isinstance(records, list) or not isinstance(more, bool):
                raise unreadable(self.name)
            token = text_in(answer, "nextPageToken")
            checkpoint: Checkpoint = {"from": start, "token": token, "at": int(now.timestamp())}
            if not more:
                checkpoint = {"from": max(start, _number(answer, "nextSetTimestamp", start))}
            elif not token or len(token) > _TOKEN_MOST:
                raise unreadable(self.name)
            elif token in seen:
                raise circling(self.name)
            seen.add(token)
            yield _page(records, checkpoint)
            if not more:
                return

    def tell(self, opinion: Opinion, transport: Transport) -> None:
        """Say that a match was reviewed: not such a picture (``NotBlocked``), or one (``Blocked``).

        Raises: StateError without a key for it, RemoteError.
        """
        if not self._keys["feedback_key"]:
            raise StateError(
                "feedback_unsupported",
                "The source {source} takes no feedback.",
                "Give its key as the secret feedback_key if you have one.",
                source=self.name,
            )
        feedback = {
            "hashValue": opinion.value.hex(),
            "feedbackValue": "NotBlocked" if opinion.wrong else "Blocked",
            "tags": [opinion.reason] if opinion.reason else [],
        }
        body = msgspec.json.encode({"count": 1, "hashFeedbacks": [feedback]})
        headers = self._headers("feedback_key") | {"content-type": "application/json"}
        transport(Request("POST", f"{self._base}/SubmitFeedback", headers, body))

    def _get(self, start: int, token: str, transport: Transport) -> Object:
        query: dict[str, object] = {"startTimestamp": start, "pageSize": PAGE_SIZE}
        if token:
            query["nextPageToken"] = token
        address = f"{self._base}/FetchHashes?{urlencode(query)}"
        return object_in(transport(Request("GET", address, self._headers("fetch_key"))), self.name)

    def _headers(self, key: str) -> dict[str, str]:
        return {
            "accept": "application/json",
            "x-functions-key": self._keys[key],
            "ocp-apim-subscription-key": self._keys["subscription_key"],
        }


def _start(since: Checkpoint) -> int:
    start = since.get("from")
    return start if isinstance(start, int) and not isinstance(start, bool) else FIRST


def _token(since: Checkpoint, now: datetime) -> str:
    """Give the token of the next page if it can still be good; else everything since the last time is read again."""
    token, at = since.get("token"), since.get("at")
    fresh = isinstance(at, int) and 0 <= now.timestamp() - at <= TOKEN_SECONDS
    return token if isinstance(token, str) and fresh else ""


def _number(record: Object, name: str, otherwise: int) -> int:
    found = record.get(name)
    return found if isinstance(found, int) and not isinstance(found, bool) and 0 <= found < 1 << 40 else otherwise


def _page(records: list[Json], checkpoint: Checkpoint) -> Page:
    read = [read_record(record, number) for number, record in enumerate(records, 1)]
    items = tuple(one for one in read if isinstance(one, Item))
    return Page(items, tuple(one for one in read if isinstance(one, Rejected)), checkpoint, len(records))


def read_record(record: Json, number: int) -> Item | Rejected:
    """Read one record as the present state of its item; ``number`` counts the records of the answer from 1."""
    if not isinstance(record, dict):
        return Rejected(number, "record_unreadable")
    kind, value, status = (text_in(record, name) for name in ("signalType", "hashValue", "hashStatus"))
    if not kind or not value:
        return Rejected(number, "fingerprint_missing" if kind else "fingerprint_nameless")
    item_id = item_id_of(kind, value)
    if status in GONE:
        return Item(item_id, reason=GONE[status])
    if status not in MATCHED or kind not in _KINDS.keys() | _KEPT:
        return Rejected(number, "record_unreadable")
    return _listed(record, item_id, kind, value, number) if kind in _KINDS else _only_kept(item_id, kind, value, number)


def _only_kept(item_id: str, kind: str, value: str, number: int) -> Item | Rejected:
    if len(value) > _KEPT_MOST:
        return Rejected(number, "fingerprint_unreadable")
    return Item(item_id, kept=(Kept(kind.lower(), printable(value)),))


def _listed(record: Object, item_id: str, kind: str, value: str, number: int) -> Item | Rejected:
    read = fingerprint(_KINDS[kind], value, number)
    if isinstance(read, Rejected):
        return read
    positive, negative = _votes(record)
    entry = Entry(
        item_id,
        _KINDS[kind].signal,
        read,
        source="stopncii",
        severity=SEVERITY,
        positive=positive,
        negative=negative,
    )
    return Item(item_id, (entry,))


def item_id_of(kind: str, value: str) -> str:
    """Give an id to a record, which has none of its own; it does not tell the fingerprint."""
    plain = value.lower() if kind in _KINDS else value
    return f"ncii-{hashlib.sha256(f'{kind} {plain}'.encode('utf-8', 'replace')).hexdigest()[:24]}"


def _votes(record: Object) -> tuple[int, int]:
    """Count the platforms that found the picture to be what the list says, and those that did not."""
    told = record.get("CSPFeedbacks")
    values = [text_in(one, "feedbackValue") for one in told if isinstance(one, dict)] if isinstance(told, list) else []
    return values.count("Blocked"), values.count("NotBlocked")
