"""Broken files of signed lists by the thousand: what they say or a TrustError, and nothing else, ever.

A failure prints the number that makes the file again.
"""

import io
import os
import random
from collections import Counter

import pytest
from signed_lists import NOW, PublishedList, Subscriber, add_leaf, entry

from kindward.banks.signed import chunks
from kindward.banks.signed.following import read_release
from kindward.banks.signed.kept import KeptState
from kindward.banks.signed.rows import Closed
from kindward.errors import TrustError
from kindward.ledger.leaves import Attest, Release, Remove, encode

LONG = int(os.environ.get("KINDWARD_FUZZ_FILES", "10000"))
TELLING = [b"\0", b"\xff", b"\x7f", b"\x80", b"\xdd\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff", b"\xff" * 8, b"{}", b'"']


def mutated(data, chance):
    """Break bytes in one to eight places."""
    data = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        at, length = chance.randrange(len(data) or 1), chance.choice((1, 2, 4, 16, 64))
        match chance.randrange(6):
            case 0 if data:
                data[at] ^= 1 << chance.randrange(8)
            case 1:
                telling = chance.choice(TELLING)
                data[at : at + len(telling)] = telling
            case 2:
                data[at : at + length] = chance.randbytes(length)
            case 3:
                del data[at : at + length]
            case 4:
                data[at:at] = data[at : at + length]
            case 5:
                del data[len(data) - length :]
    return bytes(data)


def a_chunk():
    rows = [
        *map(entry, "abc"),
        entry("d", signal="digest/1", width=20, id="0123456789abcdef"),
        Closed(add_leaf(entry("e"))),
        Closed(encode(Remove(2, "adult", ("bka",), "2026-11-24"))),
        Closed(encode(Attest(1, "bka", 7, bytes(32), "ab"))),
    ]
    stream = io.BytesIO()
    chunks.write(stream, 0, len(rows), rows)
    return stream.getvalue()


def a_release():
    files = {"list/0-3.kwc": "a" * 64}
    return encode(Release(1, 3, bytes(32), 3, 3, 0, files, "b" * 64, "2026-11-24T08:00:00Z"))


def read_chunk(data):
    chunk = chunks.read(io.BytesIO(data), "a file")
    for run in chunk.runs():
        assert run.count == len(list(run.leaves())) == len(list(run.rows()))


PARSERS = {"chunk": (a_chunk(), read_chunk), "release": (a_release(), read_release)}


def fuzz(kind, first, last):
    seed, parse = PARSERS[kind]
    outcomes = Counter()
    for number in range(first, last):
        try:
            parse(mutated(seed, random.Random(f"{kind}-{number}")))
            outcomes["read"] += 1
        except TrustError as refused:
            outcomes[refused.code] += 1
        except Exception as problem:
            raise AssertionError(f"{kind}-{number}") from problem
    print(f"{kind}: {dict(outcomes)}")
    return outcomes


@pytest.mark.parametrize("kind", PARSERS)
def test_a_thousand_broken_files_are_read_or_refused(kind):
    outcomes = fuzz(kind, 0, 1000)

    assert 1000 == outcomes.total()
    assert 2 <= len(outcomes)


@pytest.mark.long
@pytest.mark.parametrize("kind", PARSERS)
def test_broken_files_by_the_thousand_are_read_or_refused(kind, record_property):
    outcomes = fuzz(kind, 1000, 1000 + 10 * LONG)
    record_property("files", outcomes.total())

    assert 10 * LONG == outcomes.total()


@pytest.fixture
def publication(tmp_path):
    published = PublishedList(tmp_path / "published")
    published.add(*map(entry, "abc"))
    published.release()
    return published


@pytest.mark.parametrize("kind", ["timestamp.json", "authorities.json", "checkpoint", "entries/000"])
def test_broken_publications_are_followed_or_refused(tmp_path, publication, kind):
    (file,) = (found for found in publication.folder.rglob("*") if kind in str(found) and found.is_file())
    right, outcomes = file.read_bytes(), Counter()
    for number in range(60):
        file.write_bytes(mutated(right, random.Random(f"{kind}-{number}")))
        subscriber = Subscriber(tmp_path / f"{number}", publication)
        try:
            subscriber.update(NOW)
            assert {"0", "1", "2"} == set(subscriber.entries)
            outcomes["followed"] += 1
        except TrustError as refused:
            assert not subscriber.entries
            outcomes[refused.code] += 1
    print(f"{kind}: {dict(outcomes)}")
    assert 2 <= len(outcomes)


def test_a_broken_state_is_read_or_begun_anew(tmp_path):
    release = read_release(a_release())
    known = KeptState("a" * 64, 1, 8, bytes(32), release, b"state")
    known.write(tmp_path)
    right, outcomes = (tmp_path / "followed").read_bytes(), Counter()
    assert known == KeptState.read(tmp_path)
    for number in range(1000):
        (tmp_path / "followed").write_bytes(mutated(right, random.Random(f"state-{number}")))
        outcomes[KeptState.read(tmp_path) in (None, known)] += 1

    assert {True: 1000} == outcomes
