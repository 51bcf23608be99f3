"""More callers than a service can serve: some are told to come again, and the others wait no longer for it."""

import http.client
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

STAGE_SECONDS = 12
CALLERS = (4, 16, 64)
COME_AGAIN = 0.1


def _call(service, pictures, caller, until):
    """Send one picture after the other and give [(status, seconds)]."""
    seen = []
    connection = http.client.HTTPConnection(*service.address, timeout=60)
    headers = {"Authorization": f"Bearer {service.checker}", "Content-Type": "application/octet-stream"}
    while (began := time.monotonic()) < until:
        data = pictures[len(seen) % len(pictures)] + bytes([caller]) + len(seen).to_bytes(8, "big")
        connection.request("POST", "/v1/check", data, headers)
        answer = connection.getresponse()
        answer.read()
        seen.append((answer.status, time.monotonic() - began))
        if 429 == answer.status:
            assert answer.headers["Retry-After"]
            if answer.will_close:
                connection.close()
            time.sleep(COME_AGAIN)
    connection.close()
    return seen


def _stage(service, pictures, callers):
    until = time.monotonic() + STAGE_SECONDS
    with ThreadPoolExecutor(callers) as threads:
        found = threads.map(lambda caller: _call(service, pictures, caller, until), range(callers))
        seen = [one for each in found for one in each]
    waits = sorted(seconds for status, seconds in seen if 200 == status)
    return {
        "answers": len(seen),
        "checked": len(waits),
        "told_to_come_again": sum(429 == status for status, _ in seen),
        "others": sum(status not in {200, 429} for status, _ in seen),
        "median_ms": round(1000 * statistics.median(waits)),
        "p99_ms": round(1000 * waits[int(0.99 * len(waits))]),
    }


@pytest.mark.long
def test_more_callers_get_429_and_do_not_make_the_others_wait(serve, package_photographs, record_property):
    service = serve(service__workers=2, service__queue=4)
    pictures = [picture.read_bytes() for picture in package_photographs]
    _stage(service, pictures, 2)

    stages = {callers: _stage(service, pictures, callers) for callers in CALLERS}
    for callers, stage in stages.items():
        for name, value in stage.items():
            record_property(f"{callers} callers · {name}", value)

    assert {0} == {stage["others"] for stage in stages.values()}
    assert stages[64]["told_to_come_again"]
    assert stages[64]["median_ms"] <= 3 * stages[16]["median_ms"] + 250
    assert threading.active_count() < 64
    assert 200 == service.check(pictures[0]).status_code
