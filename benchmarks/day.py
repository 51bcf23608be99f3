"""A day of a large messenger: what 10⁹ messages cost, and how many false alarms they may bring.

Messages are drawn as a messenger sees them: 90 % are text only, for which a messenger does not ask this service at
all, so they are counted and cost nothing here; 10 % carry one picture, of the kinds in ``KINDS``. The pictures go
through real HTTP to a real service on all cores but one; the sender has the last core. Cores are counted as processor
time of the service's whole process tree. Then every picture of a harmless corpus is asked about (``false_alarms``).

    python benchmarks/day.py [--minutes 10] [--entries 1000000]
"""

from __future__ import annotations

import argparse
import io
import os
import random
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import false_alarms
import load
import measure
from PIL import Image

MESSAGES_A_DAY = 1_000_000_000
PICTURE_SHARE = 0.10
DAY = 86_400
PEAK = 3
TARGET_MEAN, TARGET_PEAK = 4, 11
CONNECTIONS = 8
DIFFERENT = 12
"""Different pictures of each kind."""
SECONDS_EACH = 15
"""How long each kind is sent alone before the mix, to say what it costs by itself."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of picture that people send: its share of all pictures, its size, its bytes."""

    name: str
    share: float
    pictures: list[bytes]
    mime: str


def main() -> None:
    """Send each kind alone, then the mix, then the harmless corpus, and multiply."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--minutes", type=float, default=10)
    arguments.add_argument("--entries", type=int, default=1_000_000)
    options = arguments.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    served = set(cores[:-1]) or set(cores)
    kinds = make_kinds()
    with tempfile.TemporaryDirectory() as folder:
        bank = load.known_bank(Path(folder), options.entries)
        os.sched_setaffinity(0, {cores[-1]})
        with load.service(bank, cores=served) as service:
            each = [_alone(service, kind, SECONDS_EACH) for kind in kinds]
            mixed = _mix(service, kinds, options.minutes * 60)
    alarms = false_alarms.measured()
    _tell(each, mixed, alarms, options)


def make_kinds() -> list[Kind]:
    """Make the pictures of the mix.

    Messengers make photographs and screenshots smaller and write them as JPEG before they send them; stickers are
    WebP; originals come only from those who send them as files. The shares are an assumption all the same, so each
    kind's own cost is printed too.
    """

    def photographs(width: int, height: int, form: str, size: int) -> list[bytes]:
        return [load.encoded(load.photograph(width, height, n), form, size) for n in range(DIFFERENT)]

    return [
        Kind("JPEG 1920×1080, 212 kB", 0.70, photographs(1920, 1080, "JPEG", 212_000), "image/jpeg"),
        Kind("JPEG 1280×960, 110 kB", 0.20, photographs(1280, 960, "JPEG", 110_000), "image/jpeg"),
        Kind("WebP sticker 512×512, 30 kB", 0.08, photographs(512, 512, "WEBP", 30_000), "image/webp"),
        Kind("PNG screen 1080×2340", 0.01, [_screen(n) for n in range(DIFFERENT)], "image/png"),
        Kind("GIF 320×240, 12 frames", 0.01, [_moving(n) for n in range(DIFFERENT)], "image/gif"),
    ]


def _screen(number: int) -> bytes:
    screen = Image.new("RGB", (1080, 2340), (250, 250, 252))
    screen.paste(load.photograph(1080, 810, number), (0, 500))
    out = io.BytesIO()
    screen.save(out, "PNG")
    return out.getvalue()


def _moving(number: int) -> bytes:
    whole = load.photograph(640, 480, number)
    frames = [whole.crop((step * 20, step * 15, step * 20 + 320, step * 15 + 240)) for step in range(12)]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=80, loop=0)
    return out.getvalue()


def _alone(service: load.Service, kind: Kind, seconds: float) -> dict[str, object]:
    requests = [service.request("/v1/check", picture, kind.mime) for picture in kind.pictures]
    load.drive(service.address, requests, connections=2, seconds=1)
    before = service.cost().seconds
    outcome = load.drive(service.address, requests, connections=CONNECTIONS, seconds=seconds)
    used = service.cost().seconds - before
    return {
        "kind": kind.name,
        "share": kind.share,
        "kilobytes": sum(map(len, kind.pictures)) / len(kind.pictures) / 1000,
        "cpu_ms": 1000 * used / outcome.answered,
        "not_200": outcome.answered - outcome.statuses.get(200, 0),
    }


def _messages(seed: int = 1) -> Iterator[bool]:
    """Draw messages: True for one with a picture."""
    draw = random.Random(seed)
    while True:
        yield draw.random() < PICTURE_SHARE


def _mix(service: load.Service, kinds: list[Kind], seconds: float) -> dict[str, float]:
    draw = random.Random(2)
    chosen = draw.choices(kinds, [kind.share for kind in kinds], k=2000)
    requests = [service.request("/v1/check", draw.choice(kind.pictures), kind.mime) for kind in chosen]
    before, started = service.cost(), time.perf_counter()
    outcome = load.drive(service.address, requests, connections=CONNECTIONS, seconds=seconds)
    after = service.cost()
    texts, pictures = 0, 0
    for has_picture in _messages():
        pictures += has_picture
        texts += not has_picture
        if pictures == outcome.answered:
            break
    return {
        "seconds": time.perf_counter() - started,
        "messages": texts + pictures,
        "texts": texts,
        "pictures": pictures,
        "not_200": outcome.answered - outcome.statuses.get(200, 0),
        "cpu_ms": 1000 * (after.seconds - before.seconds) / pictures,
        "p50_ms": 1000 * outcome.latencies[len(outcome.latencies) // 2],
        "p99_ms": 1000 * outcome.latencies[int(0.99 * len(outcome.latencies))],
        "megabytes": after.megabytes,
        "private_megabytes": after.private,
        "megabytes_before": before.megabytes,
        "processes": after.processes,
    }


def _cores(cpu_ms: float, *, peak: bool = False) -> float:
    return MESSAGES_A_DAY * PICTURE_SHARE / DAY * cpu_ms / 1000 * (PEAK if peak else 1)


def _tell(
    each: list[dict[str, object]], mixed: dict[str, float], alarms: false_alarms.Alarms, options: argparse.Namespace
) -> None:
    measure.table(
        "each kind alone; cores if all pictures of a day were of this kind",
        ["", "share", "kB", "CPU ms", "cores, mean", f"cores, {PEAK} × peak", "not 200"],
        [
            [
                r["kind"],
                f"{r['share']:.0%}",
                r["kilobytes"],
                r["cpu_ms"],
                _cores(r["cpu_ms"]),
                _cores(r["cpu_ms"], peak=True),
                r["not_200"],
            ]
            for r in each
        ],
    )
    print(
        f"mix: {mixed['messages']:,.0f} messages in {mixed['seconds'] / 60:.1f} minutes, of them {mixed['texts']:,.0f} "
        f"text only (no request, no cost) and {mixed['pictures']:,.0f} pictures, {mixed['not_200']:.0f} not answered "
        f"with a verdict; {mixed['cpu_ms']:.2f} ms CPU a picture; answer p50 {mixed['p50_ms']:.0f} ms, "
        f"p99 {mixed['p99_ms']:.0f} ms under full load"
    )
    first = float(each[0]["cpu_ms"])
    mean, peak = _cores(mixed["cpu_ms"]), _cores(mixed["cpu_ms"], peak=True)
    print(
        f"10⁹ messages a day, mix: {mean:.1f} cores on average, {peak:.1f} at {PEAK} × peak; "
        f"all 1080p JPEG: {_cores(first):.1f} and {_cores(first, peak=True):.1f}; "
        f"target {TARGET_MEAN} and {TARGET_PEAK}"
    )
    print(
        f"memory: {mixed['megabytes']:.0f} MB for {mixed['processes']:.0f} processes and {options.entries:,} entries "
        f"({mixed['megabytes_before']:.0f} MB before the load); each further worker about "
        f"{mixed['private_megabytes']:.0f} MB, the index is shared"
    )
    alarms.tell(int(MESSAGES_A_DAY * PICTURE_SHARE))
    results = {
        "each": each,
        "mix": mixed,
        "cores_mean": mean,
        "cores_peak": peak,
        "cores_mean_1080p": _cores(first),
        "cores_peak_1080p": _cores(first, peak=True),
        "target": {"mean": TARGET_MEAN, "peak": TARGET_PEAK},
        "entries": options.entries,
        "false_alarms": alarms.record(int(MESSAGES_A_DAY * PICTURE_SHARE)),
    }
    measure.write_json("day", results, packages=["uvicorn", "uvloop", "fastapi"])


if __name__ == "__main__":
    main()
