"""Measure what signed lists cost: proposing, building, signing, publishing, following, verifying, a day's changes.

    python benchmarks/signed_lists.py [SIZE…]

Sizes are numbers of entries, by default 1,000,000; half of them are PDQ values, half SHA-256. A day brings 10,000 new
entries and 1,000 withdrawals. Each step runs in a process of its own, as it does at an authority or at a subscriber,
so that its peak of memory is its own. Times are elapsed times, because much of it waits for the disk.
"""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from measure import table, write_json

from kindward import app, config
from kindward.authority.exchange import Exchange
from kindward.authority.founding import Terms, found
from kindward.authority.home import Card, Home, make_witness
from kindward.authority.proposing import About, confirm, propose, withdraw
from kindward.authority.publishing import cosigned_by, publish
from kindward.authority.signing import sign
from kindward.ledger.keys import SigningKey
from kindward.model import Entry
from kindward.subscription.record import Subscription

DAY, GONE = 10_000, 1_000
NOW = datetime.now(UTC)
STEPS = ("propose", "confirm", "build and sign", "build again and sign", "publish", "subscribe", "verify as outsider")
DAILY = ("update", "verify as outsider")


def main(sizes: list[int]) -> None:
    results: dict[str, dict[str, float]] = {}
    for size in sizes:
        folder = Path(tempfile.mkdtemp(dir=os.environ.get("TMPDIR")))
        try:
            results[f"{size:,} entries"] = one(folder, size)
        finally:
            shutil.rmtree(folder)
    names = list(next(iter(results.values())))
    table("Signed lists", ["", *results], [[name, *(told[name] for told in results.values())] for name in names])
    write_json("signed_lists", results, packages=("tuf", "securesystemslib", "cryptography"))


def one(folder: Path, size: int) -> dict[str, float]:
    founded(folder)
    told: dict[str, float] = {}
    for step in STEPS:
        note(told, "first", step, stepped(folder, step, size, 0))
    told["first release for subscribers, MB"] = files(folder, 0) / 1e6
    told["first release, bytes an entry"] = files(folder, 0) / size
    told["public log, MB"] = (
        sum(file.stat().st_size for file in (folder / "list/log").rglob("*") if file.is_file()) / 1e6
    )
    for step in ("propose", "confirm", "withdraw", "build and sign", "build again and sign", "publish", *DAILY):
        note(told, "a day", step, stepped(folder, step, size, 1))
    told["a day for subscribers, MB"] = files(folder, 1) / 1e6
    return told


def note(told: dict[str, float], part: str, step: str, measured: dict[str, float]) -> None:
    told[f"{part}: {step}, s"] = measured["seconds"]
    told[f"{part}: {step}, peak memory in MB"] = measured["memory"]


def files(folder: Path, day: int) -> int:
    """Give the bytes that a subscriber fetches: the base at first, then only what is new."""
    sizes = {file.name.partition(".")[2]: file.stat().st_size for file in (folder / "list/targets/list").glob("*.kwc")}
    base = max(size for name, size in sizes.items() if name.startswith("0-"))
    return base if day == 0 else min(sizes.values())


def founded(folder: Path) -> None:
    homes = [Home.make(folder / name, f"{name}-centre", name.upper(), {}) for name in ("de", "fr")]
    key = make_witness(folder / "witness.key", "witness.example")
    terms = Terms("measured", witnesses=(key,), quorum=1)
    canaries = b"".join(b"%s canary %d\n" % (random.Random(n).randbytes(32).hex().encode(), n) for n in range(20))
    found(homes[0], Exchange(folder / "exchange"), [homes[1].card], terms, canaries=canaries, now=NOW)
    assert isinstance(homes[1].card, Card)


def stepped(folder: Path, step: str, size: int, day: int) -> dict[str, float]:
    """Run one step in a process of its own."""
    command = [sys.executable, __file__, "--step", str(folder), step, str(size), str(day)]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1]
    measured: dict[str, float] = json.loads(told)
    print(f"{size:>12,}  day {day}  {step:<22} {measured['seconds']:9.2f} s {measured['memory']:9.0f} MB", flush=True)
    return measured


def step(folder: Path, name: str, size: int, day: int) -> None:
    """Do one step, and tell how long it took and how much memory."""
    de, fr, exchange = Home(folder / "de"), Home(folder / "fr"), Exchange(folder / "exchange")
    now = NOW + timedelta(hours=day)
    bank, settings = folder / "bank", config.Settings()
    entries = drawn(size, DAY, size) if day else drawn(0, size, 0)
    began = time.perf_counter()
    match name:
        case "propose":
            propose(de, exchange, entries, About("measured:a"), now)
        case "confirm":
            confirm(fr, exchange, "", now)
        case "withdraw":
            withdraw(fr, exchange, [str(place) for place in range(0, GONE * 7, 7)], "not_illegal", now)
        case "build and sign":
            sign(de, exchange, now)
        case "build again and sign":
            sign(fr, exchange, now)
        case "publish":
            key = SigningKey.parse((folder / "witness.key").read_text(encoding="ascii").strip())
            publish(de, exchange, folder / "list", [cosigned_by(key, now)], now)
        case "subscribe":
            followed = Subscription(list=str(folder / "list"), name="measured")
            app.subscribe_bank(bank, followed, settings, root=folder / "list/metadata/1.root.json")
        case "update":
            app.update_bank(bank, settings)
        case "verify as outsider":
            command = [sys.executable, "-m", "kindward", "verify", "release", str(folder / "list")]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    taken = time.perf_counter() - began
    who = resource.RUSAGE_CHILDREN if name.startswith("verify") else resource.RUSAGE_SELF
    print(json.dumps({"seconds": taken, "memory": resource.getrusage(who).ru_maxrss / 1024}))


def drawn(first: int, count: int, seed: int) -> Iterator[Entry]:
    """Draw entries, the same for the same seed."""
    rng = random.Random(seed)
    for number in range(first, first + count):
        signal = "pdq/1" if number % 2 else "digest/1"
        yield Entry(f"m{number}", signal, rng.randbytes(32), source="measured")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--step"]:
        step(Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
    else:
        main([int(text.replace(",", "")) for text in sys.argv[1:]] or [1_000_000])
