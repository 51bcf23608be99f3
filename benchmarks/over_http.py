"""Bytes in, decision out, over HTTP: how many pictures and fingerprints one core answers in a second.

The service runs with one worker on one core, the sender on another. A core is counted as one second of processor time
of the service's whole process tree: supervisor, worker, and decoding processes. (The module cannot be called
``http``: a script's own folder comes first when modules are looked up, and the server needs the real one.)

    python benchmarks/over_http.py [--seconds 10] [--entries 1000000]
"""

from __future__ import annotations

import argparse
import itertools
import os
import tempfile
from pathlib import Path

import load
import measure
import numpy as np
import simplejpeg

from kindward.signals import pdq
from kindward.signals.pdq import PictureOptions

TARGET = 300
"""Pictures a second on one core, 1080p at 212 kB."""
PICTURE_BYTES = 212_000
PICTURES = 24
CONNECTIONS = 4


def main() -> None:
    """Measure checks of pictures, look-ups one at a time, look-ups in batches, and an answer without any work."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=10)
    arguments.add_argument("--entries", type=int, default=1_000_000)
    options = arguments.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    served, sender = cores[0], cores[-1]
    pictures = load.jpegs(1920, 1080, PICTURE_BYTES, PICTURES)
    with tempfile.TemporaryDirectory() as folder:
        bank = load.known_bank(Path(folder), options.entries)
        os.sched_setaffinity(0, {sender})
        with load.service(bank, cores={served}) as service:
            rows = [_measured(service, *question, options.seconds) for question in _questions(service, pictures)]
    measure.table(
        f"over HTTP, one worker, {options.entries:,} entries",
        ["", "a second and core", "CPU ms", "of it decoding", "p50 ms", "p99 ms", "answers", "not 200"],
        [list(row.values()) for row in rows],
    )
    steps = _steps(pictures)
    measure.table(
        "where the time of one picture goes, alone in one process",
        ["", "CPU ms"],
        [[name, 1000 * timing.median] for name, timing in steps.items()],
    )
    reached = rows[0]["per_core_second"]
    size = int(np.mean([len(picture) for picture in pictures]))
    print(f"pictures of 1920 × 1080, {size / 1000:.0f} kB on average: {reached:.0f} a second and core; target {TARGET}")
    measure.write_json(
        "over_http",
        {"rows": rows, "steps": steps, "target": TARGET, "picture_bytes": size, "entries": options.entries},
        packages=["uvicorn", "uvloop", "httptools", "fastapi"],
    )


def _steps(pictures: list[bytes]) -> dict[str, measure.Timing]:
    """Time the parts that every check of a picture contains, so that the limiting one is seen."""
    turn = itertools.cycle(pictures)
    return measure.interleaved(
        {
            "JPEG to reduced grey values": lambda: simplejpeg.decode_jpeg(
                next(turn), "GRAY", min_height=256, min_width=256
            ),
            "the same, then PDQ in eight views and borders": lambda: pdq.fingerprints(next(turn), PictureOptions()),
        },
        rounds=60,
    )


def _questions(service: load.Service, pictures: list[bytes]) -> list[tuple[str, list[bytes], int]]:
    random = np.random.default_rng(3)
    values = [random.bytes(32) for _ in range(64)]
    one = [
        service.request(
            "/v1/match",
            b'{"fingerprints":[{"signal":"pdq/1","value":"%s","quality":100}]}' % value.hex().encode(),
            "application/json",
        )
        for value in values
    ]
    many = [service.request("/v1/match", random.bytes(32_000), "application/vnd.kindward.pdq") for _ in range(8)]
    refused = [service.request("/v1/match", b"", "text/plain")]
    return [
        ("pictures: 1080p JPEG, 212 kB", [service.request("/v1/check", p, "image/jpeg") for p in pictures], 1),
        ("fingerprints: one a request", one, 1),
        ("fingerprints: 1,000 a request", many, 1000),
        ("nothing: refused for its content type", refused, 1),
    ]


def _measured(service: load.Service, name: str, requests: list[bytes], each: int, seconds: float) -> dict[str, object]:
    load.drive(service.address, requests, connections=CONNECTIONS, seconds=1)
    before = service.cost()
    outcome = load.drive(service.address, requests, connections=CONNECTIONS, seconds=seconds)
    after = service.cost()
    used = after.seconds - before.seconds
    done = outcome.answered * each
    return {
        "name": name,
        "per_core_second": done / used,
        "cpu_ms": 1000 * used / done,
        "decoding_ms": 1000 * (after.decoding - before.decoding) / done,
        "p50_ms": 1000 * outcome.latencies[len(outcome.latencies) // 2],
        "p99_ms": 1000 * outcome.latencies[int(0.99 * len(outcome.latencies))],
        "answers": outcome.answered,
        "not_200": sum(count for status, count in outcome.statuses.items() if status != 200),
    }


if __name__ == "__main__":
    main()
