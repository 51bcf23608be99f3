"""Broken lists and answers by the thousand: items, entries and reasoned rejections or a refusal, and nothing else.

A failure prints the seed that makes the input again.
"""

import base64
import copy
import csv
import hashlib
import io
import json
import os
import random
from datetime import UTC, datetime

import pytest

from kindward.banks import Rejected, read_list
from kindward.banks.items import Item
from kindward.banks.rejected import SENTENCES
from kindward.banks.sources import Page, Response
from kindward.banks.sources.stopncii import StopNciiSource
from kindward.banks.sources.stopncii import read_record as read_stated
from kindward.banks.sources.tat import TatSource
from kindward.banks.sources.tat import read_record as read_tat
from kindward.banks.sources.threatexchange import ThreatExchangeSource
from kindward.banks.sources.threatexchange_updates import read_update
from kindward.errors import ContentError
from kindward.model import Entry

SHORT, LONG = 400, int(os.environ.get("KINDWARD_FUZZ_FILES", "10000"))
NOW = datetime(2026, 11, 24, tzinfo=UTC)
ODD = [None, True, False, 0, -1, 1.5, 10**30, "", "0", "zz", "ÿ", "\ud800", "\0", "a;b", [], {}, [[]], [None], {"": {}}]


def digest(number, width=16):
    return hashlib.sha256(f"fuzzed {number}".encode()).digest()[:width].hex()


def medium(number):
    return {
        "MediaID": number,
        "Category": number % 6,
        "MD5": digest(number),
        "SHA1": digest(number, 20),
        "Series": "a",
        "PhotoDNA": base64.b64encode(b"".join(bytes.fromhex(digest(number, 16)) for _ in range(9))).decode(),
        "VictimIdentified": True,
        "AlternativeHashes": [{"HashName": "SHA256", "HashValue": digest(number, 32)}],
        "MediaFiles": [{"MD5": digest(number + 100), "FileName": "x"}],
    }


MEDIA = {
    "@odata.context": "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/US/$metadata#Media",
    "value": [medium(number) for number in range(5)],
}
CASES = {
    "odata.metadata": "http://github.com/ICMEC/ProjectVic/DataModels/1.3.xml#Cases",
    "value": [{"CaseID": "1", "Media": [medium(number) for number in range(5)]}, {"Media": [medium(9)]}],
}
UPDATE = {
    "id": "17",
    "indicator": digest(1, 32),
    "type": "HASH_PDQ",
    "last_updated": 1700000000,
    "should_delete": False,
    "descriptors": {
        "data": [
            {
                "id": "1",
                "owner": {"id": "11"},
                "status": "MALICIOUS",
                "tags": {"data": [{"id": "2", "text": "tag"}]},
                "reactions": [{"key": "HELPFUL", "value": "12,13"}],
            }
        ]
    },
}
UPDATES = {
    "data": [UPDATE, UPDATE | {"id": "18", "type": "HASH_TMK"}, UPDATE | {"id": "19", "should_delete": True}],
    "paging": {"cursors": {"after": "x"}, "next": "https://graph.example/v26.0/1/threat_updates/?after=x&limit=5"},
}
RECORD = {
    "hash_digest": digest(1, 32),
    "algorithm": "PDQ",
    "ideology": "far-right",
    "file_type": "jpg",
    "deleted": False,
    "updated_on": 1700000000.5,
    "created_on": "2023-11-14T22:13:20Z",
    "id": 5,
}
RECORDS = {
    "count": 2,
    "next": "limit=1&offset=1",
    "previous": None,
    "checkpoint": "1700000000,5",
    "results": [RECORD, RECORD | {"id": 6, "algorithm": "TMK"}],
    "token": "a-pass",
}
STATED = {
    "lastModtimestamp": 5,
    "signalType": "ImagePDQ",
    "hashValue": digest(1, 32),
    "hashStatus": "Active",
    "caseNumbers": {},
    "CSPFeedbacks": [{"source": "a", "feedbackValue": "Blocked", "tags": []}],
}
STATEDS = {
    "count": 2,
    "nextPageToken": "again",
    "nextSetTimestamp": 6,
    "hasMoreRecords": False,
    "hashRecords": [STATED, STATED | {"hashStatus": "Withdrawn"}, STATED | {"signalType": "VideoTMK"}],
}


def _table(delimiter, *rows):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue()


ICSE_COLUMNS = (
    "MD5;SHA1;PhotoDNA;Image ID;Is distributed;Victim identified;Offender identified;Series name;"
    "Number of submissions;File Available;Media Type;Baseline"
)
ICSE = _table(
    ";",
    ICSE_COLUMNS.split(";"),
    *([digest(n), digest(n, 20), "00" * 144, n, 1, 0, 0, "a;b", 5, 1, "image", "true"] for n in range(4)),
)
TX = _table(
    ",",
    ["signal_type", "signal_str", "collab", "category", "tags"],
    *(["pdq", digest(n, 32), 'S "x"', "POSITIVE_CLASS", "a b"] for n in range(4)),
)
OWN = _table(
    ",",
    ["id", "signal", "value", "source", "severity", "note", "jurisdiction", "added", "expires", "positive", "trust"],
    *([n, "md5", digest(n), "s", "iwf:A", "n", "DE", "2026-01-01", "2027-01-01", 3, "imported"] for n in range(4)),
)
PLAIN = "# a list\n" + "".join(f"pdq {digest(n, 32)} note\n{digest(n, 20)}\nsha256:{digest(n, 32)}\n" for n in range(4))
TEXTS = {
    "vics-media": json.dumps(MEDIA),
    "vics-case": json.dumps(CASES, indent=1),
    "icse": ICSE,
    "tx-csv": TX,
    "own-csv": OWN,
    "plain": PLAIN,
}


def broken_bytes(data, chance):
    """Break a text in some places: bits, parts lost, doubled, or put elsewhere, signs that mean something."""
    data = bytearray(data)
    signs = [b"\xef\xbb\xbf", b"9" * 40, *(bytes([sign]) for sign in b'{}[]"\\,;:\n\r\0\xff')]
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        at, length = chance.randrange(len(data) or 1), chance.choice((1, 2, 8, 64, 400))
        match chance.randrange(6):
            case 0 if data:
                data[at] ^= 1 << chance.randrange(8)
            case 1:
                data[at:at] = chance.choice(signs) * chance.choice((1, 1, 2, 2000))
            case 2:
                del data[at : at + length]
            case 3:
                data[at:at] = data[at : at + length]
            case 4:
                data[chance.randrange(len(data) or 1) :] = data[at : at + length]
            case 5:
                del data[at:]
    return bytes(data)


def broken_value(value, chance):
    """Put something odd into the place of one value, or under a name, somewhere inside."""
    value = copy.deepcopy(value)
    for _ in range(chance.choice((1, 1, 2, 5))):
        place = value
        while isinstance(place, dict | list) and place:
            key = chance.choice(list(place)) if isinstance(place, dict) else chance.randrange(len(place))
            if not isinstance(place[key], dict | list) or not place[key] or chance.random() < 0.2:
                place[key] = copy.deepcopy(chance.choice(ODD))
                break
            place = place[key]
    return value


def _reasoned(rejected):
    """A rejection has a known reason whose sentence can be told, and does not repeat what it was about."""
    return rejected.reason_code in SENTENCES and bool(rejected.sentence) and rejected.line >= 0


def _known(record):
    match record:
        case Rejected():
            return _reasoned(record)
        case Entry():
            return len(record.value) in {16, 20, 32}
        case Item():
            return bool(record.id) and bool(record.entries or record.kept or record.reason)
    return False


def _read(data):
    stream = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", errors="surrogateescape", newline="")
    return list(read_list(stream))


def _fuzz_text(kind, count):
    outcomes = {"records": 0, "refused": 0}
    for number in range(count):
        seed = f"{kind}-{number}"
        data = broken_bytes(TEXTS[kind].encode(), random.Random(seed))
        try:
            records = _read(data)
        except ContentError as refused:
            outcomes["refused"] += bool(refused.sentence)
        else:
            assert all(map(_known, records)), seed
            outcomes["records"] += len(records)
    return outcomes


@pytest.mark.parametrize("kind", TEXTS)
def test_broken_lists_are_records_or_refusals(kind):
    assert _fuzz_text(kind, SHORT)["records"] > SHORT


@pytest.mark.long
@pytest.mark.parametrize("kind", TEXTS)
def test_broken_lists_by_the_thousand_are_records_or_refusals(kind, record_property):
    for outcome, found in _fuzz_text(kind, LONG).items():
        record_property(outcome, found)


@pytest.mark.parametrize("kind", TEXTS)
def test_the_unbroken_lists_are_read_without_a_refusal(kind):
    assert len(_read(TEXTS[kind].encode())) >= 4


@pytest.mark.parametrize("whole", [MEDIA, CASES], ids=["media", "case"])
def test_project_vic_lists_of_odd_values_are_records_or_refusals(whole):
    told, codes = 0, set()
    for number in range(SHORT):
        text = json.dumps(broken_value(whole, random.Random(f"value-{number}")))
        try:
            records = _read(text.encode())
        except ContentError as refused:
            codes.add(refused.code)
        else:
            assert all(map(_known, records)), number
            told += len(records)
    assert told > SHORT
    assert codes <= {"context_missing", "json_damaged"}


@pytest.mark.parametrize(
    ("read", "record"),
    [(read_update, UPDATE), (read_tat, RECORD), (read_stated, STATED)],
    ids=["updates", "tat", "stopncii"],
)
def test_odd_records_of_sources_are_items_or_rejections(read, record):
    for number in range(SHORT):
        found = read(broken_value(record, random.Random(f"record-{number}")), 1)
        assert _known(found), number
    for odd in ODD:
        assert isinstance(read(odd, 1), Rejected)


SOURCES = [
    (ThreatExchangeSource({"privacy_group": "1", "url": "https://graph.example/v26.0"}, {"token": "t"}), UPDATES),
    (TatSource({"username": "u", "url": "https://tat.example"}, {"password": "p"}), RECORDS),
    (StopNciiSource({}, {"subscription_key": "s", "fetch_key": "f"}), STATEDS),
]


@pytest.mark.parametrize(("source", "answer"), SOURCES, ids=["threatexchange", "tat", "stopncii"])
@pytest.mark.parametrize("way", ["values", "bytes"])
def test_odd_answers_of_sources_are_pages_or_refusals(source, answer, way):
    pages, codes = 0, set()
    for number in range(SHORT):
        chance = random.Random(f"{way}-{number}")

        def transport(request, chance=chance):
            del request
            right = json.dumps(answer).encode()
            odd = json.dumps(broken_value(answer, chance)).encode() if way == "values" else broken_bytes(right, chance)
            return Response(200, {}, odd if chance.random() < 1 / 3 else right)

        try:
            for page in source.changes({}, transport, NOW):
                assert isinstance(page, Page), number
                assert page.found == len(page.items) + len(page.rejected), number
                assert all(map(_known, (*page.items, *page.rejected))), number
                json.dumps(dict(page.checkpoint))
                pages += 1
                if pages > 50 * SHORT:
                    break
        except ContentError as refused:
            codes.add(refused.code)
    assert {"answer_unreadable"} <= codes <= {"answer_unreadable", "answers_without_end"}
    assert pages > SHORT // 4
