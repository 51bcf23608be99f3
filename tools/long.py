"""Run the long tests and write what came of them to ``benchmarks/results/long.json``, which the docs show.

Every part has a limit of time, and a part that fails does not keep the next one from running. A run of some parts
keeps what the file says about the others, each with its date, version and size. The sizes come from the environment:
``KINDWARD_LONG_MINUTES`` (of soaking), ``KINDWARD_FUZZ_FILES`` (of each format), ``KINDWARD_MUTANTS`` (to try, 0 for
all) and ``KINDWARD_MUTATION_MINUTES``.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "benchmarks"), str(ROOT / "tools")]

import measure  # noqa: E402 - found on the path set above
import mutation  # noqa: E402 - the same

Rows = list[dict[str, Any]]
SOAK_MINUTES = float(os.environ.get("KINDWARD_LONG_MINUTES", "10"))
FUZZ_FILES = int(os.environ.get("KINDWARD_FUZZ_FILES", "10000"))
MUTANTS = int(os.environ.get("KINDWARD_MUTANTS", "0"))
MUTATION_MINUTES = float(os.environ.get("KINDWARD_MUTATION_MINUTES", "180"))
APART = ("tests/fuzz", "tests/service/test_soak.py", "tests/service/test_load.py")
"""Tests that are parts of their own, so that the matrices leave them out."""


def mutate() -> tuple[bool, str, Rows]:
    """Change the code and see whether the tests notice; unnoticed changes are listed, and are no failure."""
    rows, tried = mutation.run(ROOT, MUTANTS, MUTATION_MINUTES * 60)
    of = sum(row["mutants"] for row in rows if "mutants" in row)
    return tried > 0, f"{tried} of {of} mutants", rows


def fuzz() -> tuple[bool, str, Rows]:
    """Check broken files by the thousand."""
    passed, rows = tests("fuzz", FUZZ_FILES * 6, "tests/fuzz")
    return passed, f"{FUZZ_FILES} of 10000 files of each format", rows


def soak() -> tuple[bool, str, Rows]:
    """Keep a service busy and watch its memory and open files."""
    passed, rows = tests("soak", SOAK_MINUTES * 60 + 300, APART[1])
    return passed, f"{SOAK_MINUTES:g} of 10 minutes, 2 workers", rows


def load() -> tuple[bool, str, Rows]:
    """Ask more of a service than it can do."""
    passed, rows = tests("load", 600, APART[2])
    return passed, "4, 16 and 64 callers, 2 workers", rows


def matrices() -> tuple[bool, str, Rows]:
    """Run every other long test, on every machine path."""
    passed, rows = tests("matrices", 3600, "tests", *(f"--ignore={path}" for path in APART))
    count = sum(row["tests"] for row in rows)
    return passed, f"{count} tests", rows


PARTS: dict[str, Callable[[], tuple[bool, str, Rows]]] = {
    "mutation": mutate,
    "fuzz": fuzz,
    "soak": soak,
    "load": load,
    "matrices": matrices,
}


def tests(part: str, seconds: float, *selection: str) -> tuple[bool, Rows]:
    """Run long tests; give whether they passed, and a row of what each recorded (or of how many there were)."""
    report = ROOT / ".work" / f"long-{part}.xml"
    report.parent.mkdir(exist_ok=True)
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-m", "long", "-p", "no:cacheprovider", "--durations", "5"]
    status = bounded([*command, "-o", "junit_family=xunit1", f"--junitxml={report}", *selection], seconds)
    if not report.is_file():
        return False, []
    suite = ET.parse(report).getroot().find("testsuite")  # noqa: S314 - our own file
    recorded = [
        {"test": case.get("name", ""), **{p.get("name", ""): number(p.get("value", "")) for p in case.iter("property")}}
        for case in suite.iter("testcase")
        if case.find("properties") is not None
    ]
    counts = {name: int(suite.get(name, "0")) for name in ("tests", "failures", "errors", "skipped")}
    cases = [case for case in suite.iter("testcase") if {"failure", "error"} & {child.tag for child in case}]
    failed = {"failed": ", ".join(case.get("name", "") for case in cases)} if cases else {}
    return status == 0, recorded or [{"part": part, **counts, **failed}]


def bounded(command: list[str], seconds: float) -> int:
    """Run a program in a group of its own, end the whole group when its time is up, and give the exit status."""
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True)  # noqa: S603 - our own arguments
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        print(f"ended after {seconds:.0f} s", flush=True)
        return 1
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def number(text: str) -> float | int | str:
    """Read a recorded value."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def before() -> dict[str, Any]:
    """Read what the last run wrote."""
    file = measure.RESULTS / "long.json"
    return json.loads(file.read_text(encoding="utf-8"))["results"] if file.is_file() else {}


def written(results: dict[str, Any]) -> None:
    """Write the results in the form of the benchmarks."""
    environment = measure.environment("kindward", "mutmut", "pytest") | {"command": "./check --long"}
    record = {"name": "long", "environment": environment, "results": results}
    (measure.RESULTS / "long.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def main(names: list[str]) -> int:
    """Run the named parts, or all of them, and give the exit status."""
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        print(f"There is no part called {unknown[0]}; there are {', '.join(PARTS)}.", file=sys.stderr)
        return 64
    failed = []
    for name in names or PARTS:
        print(f"\n-- {name}", flush=True)
        began = time.monotonic()
        passed, size, rows = PARTS[name]()
        results = before()
        outcomes = {row["part"]: row for row in results.get("parts", [])}
        outcomes[name] = {
            "part": name,
            "passed": passed,
            "size": size,
            "in_seconds": round(time.monotonic() - began),
            "date": time.strftime("%Y-%m-%d", time.gmtime()),
            "version": metadata.version("kindward"),
        }
        results[name] = rows
        failed += [] if passed else [name]
        print(f"-- {name}: {'passed' if passed else 'FAILED'}, {size}", flush=True)
        ordered = [outcomes[part] for part in PARTS if part in outcomes]
        results = {"parts": ordered, **{part: results[part] for part in PARTS if results.get(part)}}
        written(results)
    print(f"\n{'Failed: ' + ', '.join(failed) if failed else 'All parts passed.'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
