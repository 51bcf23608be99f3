"""Measure what banks cost: building, opening, proving, looking up, changing; python benchmarks/banks.py [SIZE…].

Sizes are numbers of PDQ fingerprints, by default 1,000,000; beside every fourth stands a digest. Values are random,
which for the index is the same as real ones to within 1.3 times. Times are elapsed times, because building and
changing wait for the disk.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from measure import table, timing, write_json

from kindward.banks import Bank, build_bank, read_blocks
from kindward.config import Matching
from kindward.model import Entry, Fingerprint
from kindward.pipeline import check
from kindward.policy import load_policy

VIEWS = 17
"""Fingerprints of an ordinary picture: eight turns of the whole, eight without borders, one digest."""


def main(sizes: list[int]) -> None:
    folder = Path(tempfile.mkdtemp(dir=os.environ.get("TMPDIR")))
    try:
        results = {f"{size:,} entries": one(folder / str(size), size) for size in sizes}
    finally:
        shutil.rmtree(folder)
    names = list(next(iter(results.values())))
    table("Banks", ["", *results], [[name, *(found[name] for found in results.values())] for name in names])
    write_json("banks", results)


def one(folder: Path, size: int) -> dict[str, float]:
    folder.mkdir()
    write_list(folder / "list", size)
    found = built(folder, size)
    bank = Bank.open(folder / "bank")
    found |= opened(folder) | looked_up(bank) | changed(bank, folder)
    found["bytes on disk per fingerprint"] = sum(p.stat().st_size for p in bank.path.iterdir()) / sum(
        bank.counts().values()
    )
    found["verify, s"] = seconds(bank.verify)
    bank.close()
    shutil.rmtree(folder)
    return found


def write_list(path: Path, size: int) -> None:
    with path.open("w") as file:
        for first in range(0, size, 1 << 16):
            digits = os.urandom(32 * min(1 << 16, size - first)).hex()
            lines = [digits[place : place + 64] for place in range(0, len(digits), 64)]
            lines += [f"md5 {line[:32]}" for line in lines[::4]]
            file.write("\n".join(lines) + "\n")


def built(folder: Path, size: int) -> dict[str, float]:
    """Build in a process of its own, so that its peak of memory is that of building."""
    script = [sys.executable, __file__, "--build", str(folder / "list"), str(folder / "bank")]
    took, worked, peak = subprocess.run(script, check=True, capture_output=True, text=True).stdout.split()
    return {
        "build from a text list, s": float(took),
        "build, processor seconds": float(worked),
        "build, fingerprints per second": 1.25 * size / float(took),
        "build, peak memory, MB": float(peak) / 1e6,
    }


def build(source: str, out: str) -> None:
    took = seconds(lambda: build_bank(Path(out), read_blocks(Path(source))))
    print(took, time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)


def opened(folder: Path) -> dict[str, float]:
    def open_once() -> None:
        Bank.open(folder / "bank").close()

    with Bank.open(folder / "bank") as bank:
        proofs = [bank.prove().seconds for _ in range(20)]
    return {
        "open and prove, ms": 1e3 * median(open_once, 10),
        "prove alone, ms": 1e3 * timing(proofs).median,
    }


def looked_up(bank: Bank) -> dict[str, float]:
    policy, matching = load_policy(), Matching()
    unknown = [[Fingerprint("pdq/1", os.urandom(32), 100) for _ in range(VIEWS - 1)] for _ in range(300)]
    for views in unknown:
        views.append(Fingerprint("digest/1", os.urandom(16)))
    known = [[Fingerprint("pdq/1", entry.value, 100)] for entry in bank.entries(300, 1000)]
    for views in unknown[:100]:
        bank.lookup(views)

    def verdict(views: list[Fingerprint]) -> object:
        return check(views, banks=[bank], policy=policy, matching=matching, simulate=True)

    return {
        "look up one unknown view, µs": 1e6 * each(lambda views: bank.lookup(views[:1]), unknown),
        f"look up {VIEWS} unknown views, µs": 1e6 * each(bank.lookup, unknown),
        "look up one known view, µs": 1e6 * each(bank.lookup, known),
        f"verdict on {VIEWS} unknown views, µs": 1e6 * each(verdict, unknown),
    }


def changed(bank: Bank, folder: Path) -> dict[str, float]:
    with Bank.open(folder / "bank") as other:
        idle = median(other.refresh, 1000)
        added = median(lambda: bank.add([Entry("", "pdq/1", os.urandom(32))]), 20)
        after = seconds(other.refresh)
        ids = iter([entry.id for entry in bank.entries(20, 500)])
        withdrawn = median(lambda: bank.withdraw(next(ids), "measured"), 20)
    many = seconds(lambda: bank.add([Entry("", "pdq/1", os.urandom(32)) for _ in range(10_000)]))
    with_journal = seconds(lambda: Bank.open(folder / "bank").close())
    compacted = seconds(bank.compact)
    return {
        "refresh without a change, µs": 1e6 * idle,
        "refresh after a change, ms": 1e3 * after,
        "add one entry, ms": 1e3 * added,
        "withdraw one entry, ms": 1e3 * withdrawn,
        "add 10,000 entries at once, ms": 1e3 * many,
        "open with 10,000 changes in the journal, ms": 1e3 * with_journal,
        "build new parts with these changes, s": compacted,
    }


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def median(call: Callable[[], object], times: int) -> float:
    return timing([seconds(call) for _ in range(times)]).median


def each(call: Callable[[list[Fingerprint]], object], queries: list[list[Fingerprint]]) -> float:
    return timing([seconds(lambda views=views: call(views)) for views in queries]).median


if __name__ == "__main__":
    if sys.argv[1:2] == ["--build"]:
        build(*sys.argv[2:])
    else:
        main([int(size.replace(",", "").replace("_", "")) for size in sys.argv[1:]] or [1_000_000])
