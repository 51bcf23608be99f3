"""Broken pictures by the thousand: findings or a refusal, and nothing else, ever.

Two hundred of each format in every run, ten thousand in the long one (or as many as ``KINDWARD_FUZZ_FILES`` says). A
failure prints the seed that makes the file
again: ``mutated(samples()[kind][n % ...], random.Random(f"{kind}-{n}"))``.
"""

import os
import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from processes import children, until
from samples import samples

from kindward.config import Limits
from kindward.errors import ContentError
from kindward.isolation import DecoderPool
from kindward.signals.pdq import PictureOptions

LONG = int(os.environ.get("KINDWARD_FUZZ_FILES", "10000"))
REFUSALS = {
    "content_empty",
    "picture_format_unknown",
    "picture_too_large",
    "picture_unreadable",
    "check_out_of_memory",
    "check_too_slow",
    "decoder_crashed",
}
TELLING = [
    b"\0",
    b"\xff",
    b"\x7f",
    b"\x80",
    b"\xff\xff",
    b"\xff\xff\xff\xff",
    b"\0\0\0\0",
    b"\x7f\xff\xff\xff",
    b"\x80\0\0\0",
]


def mutated(data, chance):
    """Break a file in one to eight places: bits, telling numbers, parts lost, doubled, moved or put elsewhere."""
    data = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        if not data:
            break
        at = chance.randrange(len(data) if chance.random() < 0.5 else min(len(data), 200))
        length = chance.choice((1, 2, 4, 16, 64))
        match chance.randrange(7):
            case 0:
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
                other = chance.randrange(len(data))
                data[at : at + length] = data[other : other + length]
            case 6:
                del data[at if chance.random() < 0.3 else len(data) - length :]
    return bytes(data)


def _fuzz(kind, first, last):
    """Check the files ``first`` to ``last`` of a format in two threads and count what came of them."""
    seeds = samples()[kind]
    outcomes, failures = Counter(), []
    with DecoderPool(Limits(seconds=5, memory=1 << 30, pixels=20_000_000, frames=50), workers=2) as pool:

        def one(number):
            data = mutated(seeds[number % len(seeds)], random.Random(f"{kind}-{number}"))
            try:
                found = pool.fingerprint(data, PictureOptions(pixels=20_000_000, frames=50, fast=number % 2 == 0))
            except ContentError as refused:
                return number, refused.code
            right = all(len(f.value) == 32 and 0 <= f.quality <= 100 for f in found.fingerprints)
            return number, "found" if right and found.fingerprints else "wrong"

        for seed in seeds:
            pool.fingerprint(seed)
        nursery, files = pool.processes(), len(list(Path("/proc/self/fd").iterdir()))
        start = time.monotonic()
        with ThreadPoolExecutor(2) as threads:
            for number, outcome in threads.map(one, range(first, last)):
                outcomes[outcome] += 1
                if outcome not in REFUSALS | {"found"}:
                    failures.append((number, outcome))
        print(f"{kind}: {dict(outcomes)} in {time.monotonic() - start:.1f} s")
        assert nursery == pool.processes()
        assert until(lambda: len(children(nursery[0])) <= 2)
        assert files + 2 >= len(list(Path("/proc/self/fd").iterdir()))
        for seed in seeds:
            pool.fingerprint(seed)
    return outcomes, failures


@pytest.mark.parametrize("kind", samples())
def test_two_hundred_broken_files_are_findings_or_refusals(kind):
    outcomes, failures = _fuzz(kind, 0, 200)
    assert ([], 200) == (failures, outcomes.total())
    assert outcomes["picture_unreadable"]


@pytest.mark.long
@pytest.mark.parametrize("kind", samples())
def test_broken_files_by_the_thousand_are_findings_or_refusals(kind, record_property):
    outcomes, failures = _fuzz(kind, 0, LONG)
    record_property("files", outcomes.total())
    for outcome, count in sorted(outcomes.items()):
        record_property(outcome, count)
    assert ([], LONG) == (failures, outcomes.total())


def test_the_same_seed_breaks_a_file_in_the_same_way():
    data = samples()["png"][0]
    assert mutated(data, random.Random("png-7")) == mutated(data, random.Random("png-7")) != data
