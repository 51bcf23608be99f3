"""The exact index against FAISS, threatexchange and the plain scan: found matches compared, then timed side by side.

    python benchmarks/index_search.py [--size 1M|10M|100M] [--quick] [--layouts]

All figures are processor time of one thread through the Python API, medians of interleaved rounds, every competitor
with its own moving window of queries. 1M also measures hashes of real photographs and a flood of near-duplicates. 10M
leaves out threatexchange (the same FAISS index within, 6.6 GB), 100M everything but the index and the plain scan.
Pictures are those that scikit-image ships, and those of KINDWARD_TEST_PICTURES if it is set. --layouts measures at
which sizes which layout wins.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import measure
import numpy as np
from index_lists import Workload, near_duplicates, workload
from numpy.typing import NDArray

from kindward.kernel.index import LAYOUTS, Index, build, scan
from kindward.kernel.reference import index as oracle

RADIUS = 31
BATCH = 16_384
SIZES = {"1M": 1_000_000, "10M": 10_000_000, "100M": 100_000_000}
MULTI, THREAT = "FAISS MultiHash", "threatexchange PDQIndex"
SINGLE, BATCHED, PLAIN = "kindward, Python loop", "kindward, batches", "plain scan"


@dataclass(frozen=True, slots=True)
class Competitor:
    """Hold one way to search: answer so many queries a call, and give (distance, slot) pairs of given queries."""

    search: Callable[[NDArray[np.uint8]], list[list[tuple[int, int]]]]
    run: Callable[[NDArray[np.uint8]], object]
    queries_per_call: int


def kindward_ways(index: Index, size: int) -> dict[str, Competitor]:
    """Give the index asked one by one from a plain loop, and in batches."""

    def one_by_one(queries: NDArray[np.uint8]) -> list[list[tuple[int, int]]]:
        return [index.search(query.tobytes(), RADIUS) for query in queries]

    def together(queries: NDArray[np.uint8]) -> list[list[tuple[int, int]]]:
        offsets, distances, slots = index.search_many(queries, RADIUS)
        pairs = list(zip(distances.tolist(), slots.tolist(), strict=True))
        return [pairs[begin:end] for begin, end in itertools.pairwise(offsets.tolist())]

    def loop(queries: NDArray[np.uint8]) -> None:
        search = index.search
        for query in _values(queries):
            search(query)

    calls = max(300, min(4000, 10**10 // size))
    return {
        SINGLE: Competitor(one_by_one, loop, calls),
        BATCHED: Competitor(together, lambda queries: index.search_many(queries, RADIUS), BATCH),
    }


_known: dict[int, list[bytes]] = {}


def _values(queries: NDArray[np.uint8]) -> list[bytes]:
    """Give the queries as bytes, made before the clock starts: every caller has them as bytes already."""
    key = queries.__array_interface__["data"][0]
    if key not in _known:
        _known[key] = [query.tobytes() for query in queries]
    return _known[key]


def plain_scan(hashes: NDArray[np.uint8], calls: int) -> dict[str, Competitor]:
    """Give the comparison with every hash."""

    def every(queries: NDArray[np.uint8]) -> list[list[tuple[int, int]]]:
        return [scan(hashes, query, RADIUS) for query in _values(queries)]

    return {PLAIN: Competitor(every, every, calls)}


def faiss_ways(hashes: NDArray[np.uint8], calls: int) -> tuple[dict[str, Competitor], dict[str, float]]:
    """Give FAISS with the settings threatexchange uses, and its comparison with everything; and what building took."""
    import faiss

    faiss.omp_set_num_threads(1)
    ways, seconds = {}, {}
    multi = faiss.IndexBinaryMultiHash(256, 16, 16)
    multi.nflip = 1
    for name, index in {MULTI: multi, "FAISS Flat": faiss.IndexBinaryFlat(256)}.items():
        start = time.process_time()
        index.add(hashes)
        seconds[name] = time.process_time() - start

        def ask(queries: NDArray[np.uint8], index: Any = index) -> list[list[tuple[int, int]]]:
            limits, distances, slots = index.range_search(queries, RADIUS + 1)
            return [
                sorted(zip(distances[a:b].astype(int).tolist(), slots[a:b].tolist(), strict=True))
                for a, b in itertools.pairwise(limits.tolist())
            ]

        run = lambda queries, index=index: index.range_search(queries, RADIUS + 1)  # noqa: E731 - one line each
        ways[name] = Competitor(ask, run, calls)
    return ways, seconds


def threatexchange_way(hashes: NDArray[np.uint8], calls: int) -> tuple[dict[str, Competitor], dict[str, float]]:
    """Give the index of python-threatexchange as its callers use it: one hexadecimal query a call."""
    from threatexchange.signal_type.pdq.pdq_index import PDQIndex

    entries = [(value.tobytes().hex(), slot) for slot, value in enumerate(hashes)]
    start = time.process_time()
    index = PDQIndex(entries)
    seconds = time.process_time() - start

    def ask(queries: NDArray[np.uint8]) -> list[list[tuple[int, int]]]:
        found = [index.query(query.hex()) for query in _values(queries)]
        return [sorted((each.similarity_info.distance, each.metadata) for each in answer) for answer in found]

    return {THREAT: Competitor(ask, ask, calls)}, {THREAT: seconds}


def check(competitors: dict[str, Competitor], load: Workload, count: int) -> dict[str, str]:
    """Compare the matches of all competitors, on queries at every distance from 0 to 36, with the plain scan."""
    queries = near_duplicates(load.hashes, count, most=36, seed=99)
    expected = [scan(load.hashes, query.tobytes(), RADIUS, 10**6) for query in queries]
    assert oracle.search(load.hashes[:200_000], queries[0].tobytes(), RADIUS) == [
        pair for pair in expected[0] if pair[1] < 200_000
    ]
    total = sum(map(len, expected))
    agree = {}
    for name, competitor in competitors.items():
        found = competitor.search(queries)
        same = found == [answer[:1000] if name in {SINGLE, BATCHED, PLAIN} else answer for answer in expected]
        agree[name] = f"{total} of {total}" if same else f"{sum(map(len, found))} of {total}"
        assert same or name not in {SINGLE, BATCHED, PLAIN}, name
    return agree


def timed(competitors: dict[str, Competitor], load: Workload, rounds: int) -> dict[str, measure.Timing]:
    """Time every competitor in turn, each on the next of its windows of queries."""

    def turn(competitor: Competitor) -> Callable[[], object]:
        size = competitor.queries_per_call
        starts = range(0, max(1, len(load.queries) - size + 1), size)
        windows = [load.queries[start : start + size] for start in starts][: rounds + 1]
        if competitor.run.__name__ in {"loop", "every", "ask"}:
            for window in windows:
                _values(window)
        moving = itertools.cycle(windows)
        return lambda: competitor.run(next(moving))

    timings = measure.interleaved({name: turn(each) for name, each in competitors.items()}, rounds=rounds)
    _known.clear()
    return {name: _per_query(timings[name], competitors[name].queries_per_call) for name in competitors}


def _per_query(each: measure.Timing, queries: int) -> measure.Timing:
    return measure.Timing(each.median / queries, each.fastest / queries, each.p99 / queries, each.calls * queries)


def latencies(index: Index, load: Workload) -> dict[str, float]:
    """Measure waiting time of single queries: medians over passes of their percentiles, in microseconds."""
    values = [query.tobytes() for query in load.queries[:5000]]
    passes = []
    for _ in range(7):
        taken = np.empty(len(values))
        for number, value in enumerate(values):
            start = time.perf_counter_ns()
            index.search(value)
            taken[number] = time.perf_counter_ns() - start
        passes.append(np.percentile(taken, [50, 99, 99.9]) / 1000)
    return dict(zip(("p50", "p99", "p99.9"), np.median(passes, axis=0).tolist(), strict=True))


def delta_cost(path: Path, load: Workload, added: int) -> float:
    """Say what so many unmerged additions cost a query, in microseconds."""
    fresh, grown = Index.open(path), Index.open(path)
    for value in np.random.default_rng(17).integers(0, 256, (added, 32), dtype=np.uint8):
        grown.add(value.tobytes())
    values = [query.tobytes() for query in load.queries[:3000]]

    def ask(index: Index) -> Callable[[], object]:
        return lambda: [index.search(value) for value in values]

    timings = measure.interleaved({"fresh": ask(fresh), "grown": ask(grown)}, rounds=15)
    return (timings["grown"].median - timings["fresh"].median) / len(values) * 1e6


def opening(path: Path) -> float:
    """Say how long opening takes, in milliseconds."""
    taken = []
    for _ in range(20):
        start = time.perf_counter()
        with Index.open(path):
            taken.append(time.perf_counter() - start)
    return float(np.median(taken)) * 1e3


def sorted_hashes(path: Path, count: int) -> NDArray[np.uint8]:
    """Give the entries in the order of their slots: they are the first section of the file, after one page."""
    return np.memmap(path, np.uint8, "r", 4096, (count, 32)) if count else np.zeros((0, 32), np.uint8)


def measured(name: str, entries: int, folder: Path, *, rounds: int, rivals: str) -> dict[str, Any]:
    """Build everything for one list, compare what is found, time it and print it."""
    load, path = workload(name, entries), folder / "list.kwi"
    start, wall = time.process_time(), time.perf_counter()
    size = build(path, load.hashes)
    built, built_wall = time.process_time() - start, time.perf_counter() - wall
    load = Workload(load.name, sorted_hashes(path, size), load.queries)
    index = Index.open(path)
    index.warm()
    calls = max(4, min(100, 60_000_000 // size))
    competitors, seconds = {**kindward_ways(index, size), **plain_scan(load.hashes, calls)}, {SINGLE: built}
    if rivals != "none":
        more, took = faiss_ways(load.hashes, calls)
        competitors.update(more), seconds.update(took)
    if rivals == "all":
        more, took = threatexchange_way(load.hashes, calls)
        competitors.update(more), seconds.update(took)
    agree = check(competitors, load, 60 if size <= 1_000_000 else 16)
    timings = timed(competitors, load, rounds)
    result = {
        "list": load.name,
        "entries": size,
        "layout": index.layout,
        "machine": index.machine,
        "found": agree,
        "seconds_per_query": timings,
        "build_cpu_seconds": seconds,
        "build_wall_seconds": built_wall,
        "bytes_per_entry": path.stat().st_size / size,
        "open_ms": opening(path),
        "latency_us": latencies(index, load),
        "delta_10k_us": delta_cost(path, load, 10_000) if size <= 1_000_000 else None,
    }
    show(result)
    path.unlink()
    return result


def show(result: dict[str, Any]) -> None:
    """Print one list's table."""
    timings = result["seconds_per_query"]
    rows = []
    for name, each in timings.items():
        ratios = [
            f"{timings[other].median / each.median:.4g}" if other in timings else "-" for other in (THREAT, MULTI)
        ]
        built = result["build_cpu_seconds"].get(name)
        rows.append(
            (name, each.median * 1e6, each.fastest * 1e6, 1 / each.median, *ratios, result["found"][name], built or "")
        )
    title = f"{result['entries']:,} entries, {result['list']}; layout {result['layout']}, path {result['machine']}"
    columns = ("", "us/query", "fastest", "queries/s", "x threatexchange", "x MultiHash", "found", "build s")
    measure.table(title, columns, rows)
    latency = ", ".join(f"{name} {value:.1f}" for name, value in result["latency_us"].items())
    print(
        f"{result['bytes_per_entry']:.1f} bytes an entry; opened in {result['open_ms']:.2f} ms; built in "
        f"{result['build_cpu_seconds'][SINGLE]:.2f} s of processor time ({result['build_wall_seconds']:.2f} s); "
        f"single query {latency} us"
        + (f"; 10,000 additions cost {result['delta_10k_us']:.2f} us" if result["delta_10k_us"] is not None else "")
    )


def aims(results: list[dict[str, Any]]) -> list[tuple[str, float, float, bool]]:
    """Compare with what the index is meant to reach: (aim, wanted, measured, reached)."""
    rows: list[tuple[str, float, float, bool]] = []

    def least(name: str, wanted: float, value: float) -> None:
        rows.append((name, wanted, value, value >= wanted))

    def most(name: str, wanted: float, value: float) -> None:
        rows.append((name, wanted, value, value <= wanted))

    for result in results:
        each = {name: timing.median for name, timing in result["seconds_per_query"].items()}
        label = f"{round(result['entries'] / 1e6)}M {result['list']}"
        if THREAT in each and result["list"] == "uniform":
            least(f"{label}: loop, times threatexchange", 200, each[THREAT] / each[SINGLE])
            least(f"{label}: batches, times threatexchange", 400, each[THREAT] / each[BATCHED])
            most(f"{label}: p99 of a query, us", 15, result["latency_us"]["p99"])
            most(f"{label}: 10,000 additions, us a query", 0.5, result["delta_10k_us"])
        elif MULTI in each and result["list"] != "uniform":
            least(f"{label}: loop, times MultiHash", 250, each[MULTI] / each[SINGLE])
        elif MULTI in each:
            least(f"{label}: loop, times MultiHash", 700, each[MULTI] / each[SINGLE])
            least(f"{label}: batches, times MultiHash", 2000, each[MULTI] / each[BATCHED])
        if result["entries"] >= SIZES["10M"]:
            most(f"{label}: bytes an entry", 132, result["bytes_per_entry"])
            most(f"{label}: opening, ms", 1, result["open_ms"])
        if result["entries"] == SIZES["10M"]:
            most(f"{label}: building, s of processor time", 6.5, result["build_cpu_seconds"][SINGLE])
        if result["entries"] == SIZES["100M"]:
            least(f"{label}: queries a second", 3000, 1 / each[SINGLE])
    return rows


def layouts(folder: Path, *, rounds: int) -> dict[str, dict[str, float]]:
    """Time a query in every layout at many sizes, in microseconds."""
    table: dict[str, dict[str, float]] = {}
    for size in (100, 300, 500, *(number * 1000 for number in (1, 10, 50, 100, 150, 300, 600, 1000, 1500, 2000))):
        load = workload("uniform", size, queries=2000)
        fit = {
            name
            for name in LAYOUTS
            if not (name == "plain" and size > 10_000) and not (name == "octets" and size > 300_000)
        }
        opened = {}
        for name in sorted(fit):
            build(folder / f"{name}.kwi", load.hashes, layout=name)
            opened[name] = Index.open(folder / f"{name}.kwi")
            opened[name].warm()
        values = [query.tobytes() for query in load.queries]
        calls = {
            name: (lambda index=index, values=values: [index.search(value) for value in values])
            for name, index in opened.items()
        }
        timings = measure.interleaved(calls, rounds=rounds)
        table[f"{size:,}"] = {name: timings[name].median / len(values) * 1e6 for name in timings}
    return table


def main() -> None:
    """Measure, print, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="1M")
    parser.add_argument("--quick", action="store_true", help="a tenth of the entries and few rounds, to see it run")
    parser.add_argument("--layouts", action="store_true")
    parser.add_argument("--folder", type=Path, help="where the index files go; default: a temporary folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        if options.layouts:
            table = layouts(folder, rounds=3 if options.quick else 9)
            rows = [(size, *(each.get(layout, "-") for layout in LAYOUTS)) for size, each in table.items()]
            measure.table("microseconds a query", ("entries", *LAYOUTS), rows)
            measure.write_json("index_layouts", table)
            return
        size = SIZES[options.size] // (10 if options.quick else 1)
        lists = ("uniform", "photographs", "flood") if options.size == "1M" else ("uniform",)
        rounds = 3 if options.quick else {"1M": 15, "10M": 9, "100M": 5}[options.size]
        rivals = {"1M": "all", "10M": "faiss", "100M": "none"}[options.size]
        results = [measured(each, size, folder, rounds=rounds, rivals=rivals) for each in lists]
        reached = aims(results)
        measure.table(
            "aims", ("", "aim", "measured", "reached"), [(*row[:3], "yes" if row[3] else "NO") for row in reached]
        )
        record = [
            {**each, "seconds_per_query": {k: asdict(v) for k, v in each["seconds_per_query"].items()}}
            for each in results
        ]
        if not options.quick:
            measure.write_json(
                f"index_{options.size}", {"lists": record, "aims": reached}, packages=("faiss-cpu", "threatexchange")
            )


if __name__ == "__main__":
    main()
