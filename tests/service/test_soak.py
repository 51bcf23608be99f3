"""Minutes of steady checks, in which a service must not grow.

``KINDWARD_LONG_MINUTES`` says how many, ten if it is not set. The first quarter warms up; what the second quarter
needed is compared with what the last one needs.
"""

import http.client
import itertools
import os
import re
import statistics
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

MINUTES = float(os.environ.get("KINDWARD_LONG_MINUTES", "10"))
SENDERS = 2
PAUSE = 0.02


def megabytes(process):
    """Give a process's resident memory, shared pages divided among those who share them; 0 if it has ended."""
    try:
        return (
            int(re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{process}/smaps_rollup").read_text(), re.MULTILINE)[1]) / 1024
        )
    except (OSError, TypeError):
        return 0.0


def open_files(process):
    try:
        return len(list(Path(f"/proc/{process}/fd").iterdir()))
    except OSError:
        return 0


def measured(service):
    tree = service.tree()
    return {
        "resident_mb": sum(map(megabytes, tree)),
        "open_files": sum(map(open_files, tree)),
        "processes": len(tree),
    }


def _send(service, pictures, numbers, until, statuses):
    connection = http.client.HTTPConnection(*service.address, timeout=30)
    headers = {"Authorization": f"Bearer {service.checker}", "Content-Type": "application/octet-stream"}
    while time.monotonic() < until:
        number = next(numbers)
        data = pictures[number % len(pictures)] + number.to_bytes(8, "big")
        connection.request("POST", "/v1/check", data[: 1000 if number % 10 == 0 else None], headers)
        answer = connection.getresponse()
        answer.read()
        statuses[answer.status] += 1
        time.sleep(PAUSE)
    connection.close()


@pytest.mark.long
def test_memory_and_open_files_do_not_grow_under_steady_checks(serve, package_photographs, record_property):
    service = serve(service__workers=2)
    pictures = [picture.read_bytes() for picture in package_photographs]
    seconds = 60 * MINUTES
    began = time.monotonic()
    statuses, numbers, taken = Counter(), itertools.count(), []
    senders = [
        threading.Thread(target=_send, args=(service, pictures, numbers, began + seconds, statuses))
        for _ in range(SENDERS)
    ]
    for sender in senders:
        sender.start()
    while time.monotonic() - began < seconds:
        time.sleep(max(0.5, seconds / 400))
        taken.append((time.monotonic() - began, measured(service)))
    for sender in senders:
        sender.join()

    early, late = (
        {
            name: statistics.median(values[name] for at, values in taken if first * seconds <= at < last * seconds)
            for name in taken[0][1]
        }
        for first, last in ((0.25, 0.5), (0.75, 1))
    )
    record_property("minutes", MINUTES)
    record_property("answers", statuses.total())
    for name in early:
        record_property(f"{name}_second_quarter", round(early[name], 1))
        record_property(f"{name}_last_quarter", round(late[name], 1))

    assert {200, 422} == set(statuses)
    assert late["resident_mb"] <= 1.03 * early["resident_mb"] + 4
    assert late["open_files"] <= early["open_files"] + 2
    assert late["processes"] <= early["processes"]
