"""Measure how long it takes from the publication of a list until every worker of a service follows it.

    python benchmarks/enforcement.py [TURNS]

Two authorities publish into a folder; a service with two workers follows it. In each turn an entry is published, and
later withdrawn; measured is the time from the end of ``publish`` until ten answers in a row, spread over the workers,
are as they should be. Once with the shipped pause between updates, once with five seconds. The issue of trust is a
minute.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from measure import table, write_json

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

import demo_lists
import skimage.data

SHIPPED, SHORT = "20", "5"
PICTURES = Path(skimage.data.__file__).parent
EACH_TURN = ("coffee.png", "coins.png", "motorcycle_left.png", "hubble_deep_field.jpg")
"""A withdrawn entry stays withdrawn, so every turn has one of its own, none of them a lawful canary."""


def main(turns: int) -> None:
    results = {f"update every {pause} s": measured(pause, turns) for pause in (SHIPPED, SHORT)}
    names = list(next(iter(results.values())))
    table(
        "From publication to enforcement", ["", *results], [[n, *(told[n] for told in results.values())] for n in names]
    )
    write_json("enforcement", results)


def measured(pause: str, turns: int) -> dict[str, float]:
    """Publish and withdraw so many times, at most once for each picture, and give how long it took until both held."""
    demo_lists.UPDATE_SECONDS = pause
    came, went = [], []
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        work = Path(folder)
        with redirect_stdout(StringIO()):
            founded(work)
        with redirect_stdout(StringIO()), demo_lists.service(work) as running:
            demo_lists.decision(running, PICTURES / demo_lists.FIRST)
            for later in (PICTURES / name for name in EACH_TURN[:turns]):
                demo_lists.propose(work, "fr", "de", later)
                demo_lists.release(work)
                came.append(demo_lists.waited(running, later, "block"))
                entry = demo_lists.entry(work, later)
                demo_lists.run(work, "authority", "withdraw", "de", "exchange", entry, "--reason", "not_illegal")
                demo_lists.release(work)
                went.append(demo_lists.waited(running, later, "pass"))
                time.sleep(1.0)
    return {
        "turns": turns,
        "added, median, s": statistics.median(came),
        "added, longest, s": max(came),
        "withdrawn, median, s": statistics.median(went),
        "withdrawn, longest, s": max(went),
    }


def founded(work: Path) -> None:
    demo_lists.founded(work, PICTURES)
    demo_lists.propose(work, "de", "fr", PICTURES / demo_lists.FIRST)
    demo_lists.release(work)
    demo_lists.run(work, "bank", "subscribe", "federated.bank", "list", "--root", "list/metadata/1.root.json")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 5)
