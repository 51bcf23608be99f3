"""Measure competitors side by side and write down what was measured, on what, with which command.

Absolute times on shared machines move by tens of per cent between runs, ratios inside one run do not. So every
benchmark here runs its competitors interleaved (one call of each per round) and reports medians of processor time and
the ratio to a named baseline.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Timing:
    """Hold what one competitor needed for one call, in seconds of processor time."""

    median: float
    fastest: float
    p99: float
    calls: int


def environment(*packages: str) -> dict[str, Any]:
    """Describe the machine without naming it: processor, cores, memory, system, versions, command.

    ``packages`` are distribution names whose installed versions matter for the numbers.
    """
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": _memory_gib(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in ("numpy", *packages)},
        "command": " ".join(["python", f"benchmarks/{Path(sys.argv[0]).name}", *map(_without_place, sys.argv[1:])]),
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
    }


def interleaved(
    competitors: Mapping[str, Callable[[], object]],
    *,
    rounds: int = 15,
    calls: Mapping[str, int] | None = None,
    clock: Callable[[], float] = time.process_time,
) -> dict[str, Timing]:
    """Time every competitor once per round, in turn, and give medians per call.

    One untimed round comes first. ``calls`` says how often a competitor is called within its turn, so that a fast one
    is not lost in the clock's grain; its turn begins with an untimed call, because the one before emptied the cache.
    ``clock`` is processor time of the process; pass ``time.thread_time`` when other threads of the process are busy,
    ``time.perf_counter`` for waiting time.
    """
    repeats = {name: (calls or {}).get(name, 1) for name in competitors}
    taken: dict[str, list[float]] = {name: [] for name in competitors}
    for turn in range(rounds + 1):
        for name, call in competitors.items():
            if repeats[name] > 1:
                call()
            start = clock()
            for _ in range(repeats[name]):
                call()
            if turn:
                taken[name].append((clock() - start) / repeats[name])
    return {name: timing(seconds, repeats[name]) for name, seconds in taken.items()}


def timing(seconds: Sequence[float], calls_each: int = 1) -> Timing:
    """Summarise single measurements (seconds per call)."""
    ordered = sorted(seconds)
    p99 = ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
    return Timing(statistics.median(ordered), ordered[0], p99, len(ordered) * calls_each)


def calls_for(call: Callable[[], object], *, at_least: float = 0.02) -> int:
    """Say how many calls fill ``at_least`` seconds of processor time, which pauses of the process do not shorten."""
    call()
    calls, start = 0, time.process_time()
    while time.process_time() - start < at_least:
        call()
        calls += 1
    return calls


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; numbers right-aligned, plain text when the output is not a terminal."""
    console = Console(width=None if sys.stdout.isatty() else 140)
    shown = Table(title=title, title_justify="left")
    for index, column in enumerate(columns):
        shown.add_column(column, justify="left" if index == 0 else "right")
    for row in rows:
        shown.add_row(*(f"{cell:.4g}" if isinstance(cell, float) else str(cell) for cell in row))
    console.print(shown)


def write_json(name: str, results: object, *, packages: Sequence[str] = ()) -> Path:
    """Write ``results`` with the environment to ``benchmarks/results/<name>.json`` and say where."""
    RESULTS.mkdir(exist_ok=True)
    target = RESULTS / f"{name}.json"
    record = {"name": name, "environment": environment(*packages), "results": results}
    target.write_text(json.dumps(record, indent=2, default=_plain) + "\n", encoding="utf-8")
    print(f"written: {target.relative_to(RESULTS.parent.parent)}")
    return target


def _plain(value: object) -> object:
    if isinstance(value, Timing):
        return asdict(value)
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"cannot be written as JSON: {type(value).__name__}")


def _without_place(argument: str) -> str:
    """Leave out where on this machine a file lies."""
    return Path(argument).name if argument.startswith(os.sep) else argument


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")


def _memory_gib() -> float:
    try:
        return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1)
    except (ValueError, OSError, AttributeError):
        return 0.0
