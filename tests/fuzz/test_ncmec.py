"""Whatever a provider sends as XML ends in a page or in a refusal, soon and in little memory."""

import random
import tracemalloc
from datetime import UTC, datetime

import pytest

from kindward.banks.sources import Response
from kindward.banks.sources.ncmec import NcmecSource
from kindward.banks.sources.ncmec_xml import DEPTH_MOST, read_answer
from kindward.errors import KindwardError

SPACE = "https://hashsharing.ncmec.org/hashsharing/v2"
STATUS = f'<status xmlns="{SPACE}"><member id="1">M</member></status>'.encode()
SAMPLE = (
    f'<?xml version="1.0" encoding="UTF-8"?><queryResult xmlns="{SPACE}"><images count="1" '
    'maxTimestamp="2017-10-24T15:10:00Z"><image><member id="42">Example</member><timestamp>2017-10-24T15:00:00Z'
    "</timestamp><id>image1</id><classification>A1</classification><fingerprints><md5>a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"
    '</md5><tmk-pdqf rel="self" href="/v2/x"/></fingerprints><feedback><negativeFeedback type="Md5"><reasons><reason '
    'guid="g" name="n"/><members><member id="7">M</member></members></reasons></negativeFeedback></feedback></image>'
    "<deletedImage><member id='43'>N</member><id>image4</id></deletedImage></images><paging><next>/v2/entries?a=b"
    "</next></paging></queryResult>"
).encode()
PIECES = [
    b"<",
    b">",
    b"</",
    b"&amp;",
    b"<image>",
    b"</image>",
    b"<!DOCTYPE a>",
    b'id=""',
    b"\x00",
    b"\xff",
    b"<![CDATA[",
]
NOW = datetime(2009, 1, 1, tzinfo=UTC)


def broken(rng):
    data = bytearray(SAMPLE)
    for _ in range(rng.randrange(1, 6)):
        at = rng.randrange(len(data))
        match rng.randrange(4):
            case 0:
                data[at] = rng.randrange(256)
            case 1:
                del data[at : at + rng.randrange(1, 60)]
            case 2:
                data[at:at] = rng.choice(PIECES)
            case _:
                data[at:at] = data[at : at + rng.randrange(1, 200)]
    return bytes(data)


def read(body):
    """Read one answer as an update does; give the page, or None for a refusal."""
    answers = iter([Response(200, {}, STATUS), Response(200, {}, body)])
    source = NcmecSource({"url": "https://provider.test"}, {"user": "u", "password": "p"})
    try:
        return next(source.changes({}, lambda _: next(answers), NOW))
    except KindwardError:
        return None


@pytest.mark.parametrize("count", [1_500, pytest.param(100_000, marks=pytest.mark.long)])
def test_broken_answers_end_in_a_page_or_a_refusal(count):
    rng, read_well = random.Random(11), 0
    for _ in range(count):
        page = read(broken(rng))
        if page is not None:
            read_well += 1
            assert page.found == len(page.items) + len(page.rejected)
    assert 0 < read_well < count


def test_the_sample_itself_is_read():
    page = read(SAMPLE)

    assert (2, ()) == (page.found, page.rejected)


@pytest.mark.parametrize(
    "body",
    [
        f'<queryResult xmlns="{SPACE}">'.encode() + b"<a>" * (DEPTH_MOST + 5),
        f'<queryResult xmlns="{SPACE}">'.encode() + b"<a/>" * 600_000 + b"</queryResult>",
        b'<!DOCTYPE q [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><q>&b;</q>',
        b'<!DOCTYPE q SYSTEM "file:///etc/passwd"><q/>',
    ],
)
def test_documents_that_would_swell_are_refused_before_they_do(body):
    tracemalloc.start()
    try:
        with pytest.raises(KindwardError):
            read_answer(body, "queryResult")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 400_000_000
