"""What is counted."""

from __future__ import annotations

import os
import re
import subprocess
import sys

from kindward.service.metrics import Metrics, forget_dead

EXPECTED = {
    "kindward_requests_total": {"route", "status"},
    "kindward_request_seconds": {"route", "le"},
    "kindward_refusals_total": {"route", "code"},
    "kindward_checks_total": {"decision", "simulated"},
    "kindward_checks_shared_total": set(),
    "kindward_matches_total": {"bank", "signal"},
    "kindward_match_fingerprints_total": {"token"},
    "kindward_below_threshold_total": set(),
    "kindward_entries_frozen_total": {"bank"},
    "kindward_banks_switched_total": {"bank"},
    "kindward_checks_under_way": set(),
    "kindward_ready": set(),
    "kindward_bank_entries": {"bank", "signal"},
}
"""Every metric with its labels: dashboards and alarms are built on them."""


class Known:
    name = "known"

    def counts(self):
        return {"pdq/1": 3, "digest/1": 0}


def counted():
    metrics = Metrics()
    metrics.request("/v1/check", 200, 0.004)
    metrics.refusal("/v1/check", "busy")
    metrics.verdict("hold", simulated=True, best=("known", "pdq/1"))
    metrics.verdict("pass", simulated=False, best=None)
    metrics.shared.inc()
    metrics.asked("mail gateway", 7)
    metrics.banks([Known()])
    metrics.frozen.labels("known").inc()
    metrics.switched.labels("known").inc()
    return metrics.exposition().decode()


def test_names_and_labels_stay_as_they_are():
    found = {}
    for line in counted().splitlines():
        if line.startswith("kindward") and not re.match(r"\w+_created", line):
            name = re.sub(r"_(bucket|sum|count)$", "", re.match(r"\w+", line)[0])
            found.setdefault(name, set()).update(re.findall(r'(\w+)="', line))
    assert found == EXPECTED


def test_counts_are_what_was_counted():
    text = counted()
    for line in (
        'kindward_requests_total{route="/v1/check",status="200"} 1.0',
        'kindward_checks_total{decision="hold",simulated="yes"} 1.0',
        'kindward_checks_total{decision="pass",simulated="no"} 1.0',
        'kindward_matches_total{bank="known",signal="pdq/1"} 1.0',
        'kindward_match_fingerprints_total{token="mail gateway"} 7.0',
        'kindward_bank_entries{bank="known",signal="pdq/1"} 3.0',
    ):
        assert line in text


def test_a_worker_that_is_gone_is_no_longer_under_way_but_what_it_counted_stays(tmp_path):
    program = (
        "from kindward.service.metrics import Metrics\n"
        "metrics = Metrics(); metrics.request('/v1/check', 200, 0.1); metrics.under_way.set(5); metrics.ready.set(1)"
    )
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)
    assert len(list(tmp_path.glob("gauge_live*.db"))) >= 1
    forget_dead(tmp_path)
    assert [] == list(tmp_path.glob("gauge_live*.db"))
    assert len(list(tmp_path.glob("counter_*.db"))) == 1
