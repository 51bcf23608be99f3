"""What is counted, in Prometheus' text form, over all workers.

Counted are requests, checks, matches and refusals; never a content, a name, a path or an address. Tokens appear by
the label that the operator gave them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess

from kindward.service.checks import Bank
from kindward.subscription.standing import Standing

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Environment variable that names the folder where workers keep their counts side by side."""
KIND = b"text/plain; version=0.0.4; charset=utf-8"
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """The counts of one worker; ``exposition`` gives those of all."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()

        def counter(name: str, meaning: str, *labels: str) -> Counter:
            """Make one that only grows."""
            return Counter(f"kindward_{name}", meaning, labels, registry=registry)

        def gauge(name: str, meaning: str, mode: str, *labels: str) -> Gauge:
            """Make one that rises and falls; ``mode`` says how those of several workers are joined."""
            return Gauge(f"kindward_{name}", meaning, labels, registry=registry, multiprocess_mode=mode)  # type: ignore[arg-type] # one of its literals

        self._requests = counter("requests", "Requests by route and status.", "route", "status")
        self._seconds = Histogram(
            "kindward_request_seconds", "Time to answer.", ["route"], registry=registry, buckets=BOUNDS
        )
        self._refusals = counter("refusals", "Requests not answered with a verdict, by reason.", "route", "code")
        self._checks = counter("checks", "Checks that gave a verdict.", "decision", "simulated")
        self.shared = counter("checks_shared", "Requests answered by another request's check of the same bytes.")
        self._matches = counter(
            "matches", "Matches by bank and signal, best match of a verdict only.", "bank", "signal"
        )
        self._asked = counter("match_fingerprints", "Fingerprints looked up through /v1/match.", "token")
        self.below_threshold = counter(
            "below_threshold", "Verdicts that did not take effect, because too few distinct entries matched."
        )
        self.frozen = counter("entries_frozen", "Entries frozen because they matched many accounts.", "bank")
        self.alarms = counter("alarms", "Alarms that were taken as cases, by bank of the best match.", "bank")
        self.switched = counter("banks_switched", "Banks switched to simulation for their rate of matches.", "bank")
        self.under_way = gauge("checks_under_way", "Checks that run or wait.", "livesum")
        self.ready = gauge("ready", "1 if every live worker has a proven bank and can read the tokens.", "livemin")
        self._entries = gauge("bank_entries", "Entries in force.", "livemostrecent", "bank", "signal")
        self._updated = gauge(
            "bank_updated_seconds", "Time of the last update that succeeded, in seconds since 1970.", "livemax", "bank"
        )
        self._release = gauge("bank_release", "Release of a signed list, or step of a feed.", "livemostrecent", "bank")
        self._failures = gauge("bank_update_failures", "Updates in a row that failed.", "livemostrecent", "bank")
        self._stale = gauge("bank_stale", "1 if a subscribed bank may lack newer changes.", "livemax", "bank")
        # The library's own look-up by labels takes a lock; these run on every request.
        self._request = cache(lambda route, status: (self._requests.labels(route, status), self._seconds.labels(route)))
        self._check = cache(self._checks.labels)
        self._asked_by = cache(self._asked.labels)

    def request(self, route: str, status: int, seconds: float) -> None:
        """Count an answered request."""
        count, time = self._request(route, str(status))
        count.inc()
        time.observe(seconds)

    def refusal(self, route: str, code: str) -> None:
        """Count a request that got no verdict."""
        self._refusals.labels(route, code).inc()

    def verdict(self, decision: str, *, simulated: bool, best: tuple[str, str] | None) -> None:
        """Count a verdict, and the bank and signal of its best match."""
        self._check(decision, "yes" if simulated else "no").inc()
        if best:
            self._matches.labels(*best).inc()

    def asked(self, label: str, count: int) -> None:
        """Count fingerprints that a token looked up."""
        self._asked_by(label).inc(count)

    def banks(self, banks: Iterable[Bank]) -> None:
        """Note how many entries are in force."""
        for bank in banks:
            for signal, count in bank.counts().items():
                self._entries.labels(bank.name, signal).set(count)

    def standings(self, standings: Iterable[tuple[str, Standing, bool]]) -> None:
        """Note where subscribed banks stand."""
        for bank, standing, stale in standings:
            if standing.updated:
                self._updated.labels(bank).set(datetime.fromisoformat(standing.updated).timestamp())
            self._release.labels(bank).set(standing.release)
            self._failures.labels(bank).set(standing.failures)
            self._stale.labels(bank).set(stale)

    def exposition(self) -> bytes:
        """Write the counts of all workers."""
        folder = os.environ.get(FOLDER)
        if not folder:
            return generate_latest(self._registry)
        forget_dead(Path(folder))
        together = CollectorRegistry()
        multiprocess.MultiProcessCollector(together, folder)  # type: ignore[no-untyped-call]
        return generate_latest(together)


def forget_dead(folder: Path) -> None:
    """Drop the gauges of workers that are gone; their counters stay, because what they counted happened."""
    for file in folder.glob("gauge_live*.db"):
        number = file.stem.rpartition("_")[2]
        if number.isdigit() and not Path(f"/proc/{number}").exists():
            multiprocess.mark_process_dead(int(number), str(folder))  # type: ignore[no-untyped-call]
