"""Measure how long it takes to give people their next case: 100,000 open cases, 50 reviewers at once, PostgreSQL.

    python benchmarks/desk.py [CASES [REVIEWERS [TURNS]]]

A PostgreSQL server is started in a folder of its own. Every reviewer is a thread with a connection of its own that
takes a case, decides it and takes the next; measured is the time of ``Desk.next``, once with all at the same moment
and once with the pause of a person who reads (two seconds and more between two cases).
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

from measure import table, write_json

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from made_cases import match, versions
from postgresql import server

from kindward import config
from kindward.cases import Case, CaseKind, Rules, Ruling, acts
from kindward.desk import Desk
from kindward.evidence import FileKey, Vault
from kindward.store import Store, cases

AT_ONCE = 1_000


def main(count: int, reviewers: int, turns: int) -> None:
    """Fill a database and let people work."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder, server(durable=True) as url:
        store = Store.open(config.Store(url=url))
        began = time.perf_counter()
        fill(store, count)
        filled = time.perf_counter() - began
        store.close()
        results = {
            "all at once": measured(Path(folder), url, reviewers, turns, 0.0),
            "as people read": measured(Path(folder), url, reviewers, turns, 2.0),
        }
    results["all at once"]["opening, cases a second"] = count / filled
    names = list(results["all at once"])
    rows = [[name, *(told.get(name, "") for told in results.values())] for name in names]
    table(f"Next case: {count:,} open, {reviewers} reviewers", ["", *results], rows)
    write_json("desk", {name: {"cases": count, "reviewers": reviewers, **told} for name, told in results.items()})


def fill(store: Store, count: int) -> None:
    """Open so many cases, many in one transaction, because here only their number matters."""
    now, rules, chance = int(time.time()), Rules(), random.Random(4)
    for first in range(0, count, AT_ONCE):
        with store.write() as connection:
            for number in range(first, min(first + AT_ONCE, count)):
                made = Case(
                    id=f"{number:012x}",
                    kind=CaseKind.MATCH,
                    opened_at=now,
                    deadline=now + chance.randrange(3_600, rules.deadline_seconds),
                    digest=f"{number:064x}",
                    account=f"{chance.randrange(count):064x}",
                    matches=(match(distance=chance.randrange(32), entry=f"entry-{chance.randrange(500)}"),),
                    versions=versions(),
                    source="http",
                    urgent="threat" if chance.random() < 0.001 else "",
                )
                cases.begin(connection, made, acts.opened(made))
    with store.write() as connection:
        connection.exec_driver_sql("ANALYZE")


def measured(folder: Path, url: str, reviewers: int, turns: int, pause: float) -> dict[str, float]:
    """Let everybody take and hand back, and give the times of taking in milliseconds."""
    key = folder / "master.key"
    master = FileKey(key) if key.exists() else FileKey.make(key)
    vault, spent = Vault(folder / "evidence", master), list[float]()
    store = Store.open(config.Store(url=url), upgrade=False)
    desk = Desk(store, vault, clock=lambda: int(time.time()))

    def work(number: int) -> None:
        """Be one reviewer."""
        chance = random.Random(number)
        for _ in range(turns):
            time.sleep(pause * chance.random() * 2)
            began = time.perf_counter()
            case = desk.next(f"p-{number:04}")
            spent.append(time.perf_counter() - began)
            assert case is not None
            desk.rule(case.id, f"p-{number:04}", Ruling.DISMISS, "other_content")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(reviewers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.close()
    milliseconds = sorted(1_000 * one for one in spent)
    assert len(milliseconds) == reviewers * turns
    quantiles = statistics.quantiles(milliseconds, n=100)
    return {
        "next, median, ms": statistics.median(milliseconds),
        "next, p95, ms": quantiles[94],
        "next, p99, ms": quantiles[98],
        "next, longest, ms": milliseconds[-1],
    }


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    main(*(given + [100_000, 50, 20][len(given) :]))
