"""A missing TCP_NODELAY costs 40 ms a call when head and body travel in two writes."""

from __future__ import annotations

import statistics
import time


def test_head_and_body_in_two_writes_do_not_cost_40_ms(service, raw):
    """Nagle's algorithm on one side and delayed acknowledgements on the other would wait for each other (RFC 896)."""
    body = b'{"fingerprints":[{"signal":"pdq/1","value":"%s"}]}' % (b"0" * 64)
    head = (
        f"POST /v1/match HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {service.checker}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    taken = []
    for _ in range(30):
        started = time.perf_counter()
        raw.sendall(head)
        raw.sendall(body)
        answer = b""
        while b'"error":null}' not in answer:
            answer += raw.recv(65536)
        taken.append(time.perf_counter() - started)
    assert answer.startswith(b"HTTP/1.1 200")
    assert statistics.median(taken) < 0.030
