"""Run mutmut over a copy of the tree, on all mutants or on a sample that is the same every time.

mutmut puts the changed sources before the installed package, so the compiled kernel must lie beside the copied
sources. It tries those first whose tests take the least time; those that a limit of time leaves untried are counted as
such and as nothing else.
"""

import os
import random
import re
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kindward.kernel

SEED = 26
FIRST = "kindward.policy.table.*__mutmut_1"
"""A few mutants, tried first so that all are made and each test is timed once."""
TRIED = ("killed", "survived", "timeout", "no tests", "suspicious", "segfault")
LISTED = 60


def run(root: Path, sample: int, seconds: float) -> tuple[list[dict[str, Any]], int]:
    """Try ``sample`` mutants (0: all) within about ``seconds``; give a row per package and how many were tried."""
    copy, until = _copied(root), time.monotonic() + seconds
    _mutmut(copy, seconds, FIRST)
    names = sorted(_statuses(copy))
    chosen = random.Random(SEED).sample(names, min(sample, len(names))) if sample else names  # noqa: S311 - no secret
    if chosen:
        _mutmut(copy, max(1.0, until - time.monotonic()), *chosen)
    statuses = _statuses(copy)
    rows: list[dict[str, Any]] = []
    for package in sorted({_package(name) for name in names}):
        counts = Counter(status for name, status in statuses.items() if _package(name) == package)
        rows.append({"package": package, "mutants": counts.total(), **{status: counts[status] for status in TRIED}})
    survivors = [name for name, status in statuses.items() if status == "survived"]
    print(*_described(copy, root, survivors), sep="\n", flush=True)
    return rows, sum(row[status] for row in rows for status in TRIED)


def _copied(root: Path) -> Path:
    copy = root / ".work" / "mutation"
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir(parents=True)
    for name in ("src", "tests"):
        shutil.copytree(root / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(root / "pyproject.toml", copy)
    for module in Path(kindward.kernel.__file__).parent.glob("*.so"):
        shutil.copy(module, copy / "src" / "kindward" / "kernel")
    return copy


def _mutmut(copy: Path, seconds: float, *names: str) -> None:
    command = ["mutmut", "run", "--max-children", str(len(os.sched_getaffinity(0))), *names]
    with (copy.parent / "mutation.log").open("a") as log:
        process = subprocess.Popen(  # noqa: S603 - our own arguments
            command, cwd=copy, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            print(f"mutmut: ended after {seconds:.0f} s", flush=True)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _statuses(copy: Path) -> dict[str, str]:
    """Give what came of every mutant."""
    lines = _said(copy, "results", "--all", "true").splitlines()
    return dict(line.strip().rsplit(": ", 1) for line in lines if ": " in line and "__mutmut_" in line)


def _package(name: str) -> str:
    return ".".join(name.split(".")[:2])


def _described(copy: Path, root: Path, survivors: list[str]) -> Iterator[str]:
    """Say where each survivor lies and what was changed."""
    for name in survivors[:LISTED]:
        said = _said(copy, "show", name).splitlines()
        old = next((line[1:] for line in said if line.startswith("-") and not line.startswith("---")), "")
        new = next((line[1:].strip() for line in said if line.startswith("+") and not line.startswith("+++")), "")
        module = name.rpartition(".")[0].replace(".", "/")
        lines = (root / "src" / f"{module}.py").read_text(encoding="utf-8").splitlines()
        function = re.sub(r"__mutmut_\d+$", "", name.rpartition(".")[2])
        function = function.split("ǁ")[-1].removeprefix("x_")
        start = next((n for n, line in enumerate(lines) if re.match(rf"\s*(async )?def {function}\(", line)), 0)
        at = next((n for n, line in enumerate(lines) if n >= start and line.strip() == old.strip()), start)
        yield f"survived: src/{module}.py:{at + 1}: {old.strip()} -> {new}"


def _said(copy: Path, *arguments: str) -> str:
    result = subprocess.run(["mutmut", *arguments], cwd=copy, capture_output=True, text=True, check=False)  # noqa: S603, S607 - our own
    return result.stdout
