"""Limits of size, time and number, seen from a bare connection."""

from __future__ import annotations

import asyncio
import socket
import threading
import time

import pytest

from kindward.service import bodies
from kindward.service.bodies import Memory
from kindward.service.refusals import Refusal

LIMIT = 100_000


@pytest.fixture(scope="module")
def strict(tmp_path_factory, bank):
    from tests.service.conftest import running

    with running(tmp_path_factory.mktemp("strict"), bank, limits__bytes=LIMIT, service__body_seconds=1.0) as started:
        yield started


def connect(service):
    connection = socket.create_connection(service.address, timeout=30)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def head(service, *lines, path="/v1/check", kind="image/png"):
    fixed = (f"POST {path} HTTP/1.1", "Host: x", f"Authorization: Bearer {service.checker}", f"Content-Type: {kind}")
    return "\r\n".join([*fixed, *lines, "", ""]).encode()


def read_answer(connection):
    """Read one whole answer and give its status and body; None if the connection ends first."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return None
        data += part
    top, _, body = data.partition(b"\r\n\r\n")
    length = next(int(line.split(b":")[1]) for line in top.lower().split(b"\r\n") if line.startswith(b"content-length"))
    while len(body) < length:
        body += connection.recv(65536)
    return int(top.split()[1]), body


def ended(connection):
    """Say whether the other side closes the connection."""
    try:
        return b"" == connection.recv(1)
    except ConnectionResetError:
        return True


def test_a_declared_body_over_the_limit_is_refused_before_it_is_sent(strict):
    with connect(strict) as connection:
        connection.sendall(head(strict, f"Content-Length: {LIMIT + 1}"))
        status, body = read_answer(connection)
    assert 413 == status
    assert b"body_too_large" in body
    assert str(LIMIT).encode() in body


def test_a_chunked_body_over_the_limit_is_cut_off(strict):
    with connect(strict) as connection:
        connection.sendall(head(strict, "Transfer-Encoding: chunked"))
        for _ in range(4):
            connection.sendall(b"%x\r\n" % (LIMIT // 3) + bytes(LIMIT // 3) + b"\r\n")
        status, body = read_answer(connection)
        assert 413 == status
        assert b"body_too_large" in body
        assert ended(connection)


def test_a_client_that_sends_everything_before_it_reads_still_gets_the_answer(strict):
    with connect(strict) as connection:
        connection.sendall(head(strict, f"Content-Length: {40 * LIMIT}"))
        connection.sendall(bytes(40 * LIMIT))
        assert 413 == read_answer(connection)[0]


def test_a_body_of_exactly_the_limit_is_read(strict):
    with connect(strict) as connection:
        connection.sendall(head(strict, f"Content-Length: {LIMIT}") + bytes(LIMIT))
        status, body = read_answer(connection)
    assert 422 == status
    assert b"picture_format_unknown" in body or b"picture_unreadable" in body


def test_a_body_that_trickles_is_given_up(strict):
    with connect(strict) as connection:
        started = time.monotonic()
        connection.sendall(head(strict, "Content-Length: 1000"))
        stop = threading.Event()

        def trickle():
            while not stop.wait(0.2):
                connection.sendall(b"x")

        thread = threading.Thread(target=trickle)
        thread.start()
        status, body = read_answer(connection)
        stop.set()
        thread.join()
        assert ended(connection)
        taken = time.monotonic() - started
    assert 408 == status
    assert b"body_too_slow" in body
    assert 0.9 < taken < 4


def test_a_head_that_trickles_is_given_up(strict):
    with connect(strict) as connection:
        started = time.monotonic()
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
        assert ended(connection)
        assert 0.9 < time.monotonic() - started < 5


def test_the_second_head_of_a_connection_is_given_up_too(strict):
    with connect(strict) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert 200 == read_answer(connection)[0]
        started = time.monotonic()
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
        assert ended(connection)
        assert 0.9 < time.monotonic() - started < 5


def test_a_connection_on_which_nothing_is_said_is_given_up(strict):
    with connect(strict) as connection:
        assert ended(connection)


def test_a_caller_who_leaves_in_the_middle_of_a_body_leaves_nothing_behind(strict):
    before = strict.metric("kindward_requests_total", status="499")
    connection = connect(strict)
    connection.sendall(head(strict, "Content-Length: 90000") + bytes(40_000))
    time.sleep(0.2)
    connection.close()
    assert strict.wait(lambda: before + 1 == strict.metric("kindward_requests_total", status="499"), 5)
    assert 0 == strict.metric("kindward_checks_under_way")
    assert 415 == strict.check(b"x", "text/plain").status_code


def test_requests_sent_one_after_the_other_without_waiting_are_answered_in_order(service, strange_pictures):
    data = strange_pictures[0].read_bytes()
    with connect(service) as connection:
        one = head(service, f"Content-Length: {len(data)}") + data
        bad = head(service, "Content-Length: 1", kind="text/plain") + b"x"
        alive = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
        connection.sendall(one + bad + alive)
        received = b""
        while b'"alive":true' not in received:
            received += connection.recv(65536)
    assert [200, 415, 200] == [int(part[:3]) for part in received.split(b"HTTP/1.1 ")[1:]]


def test_one_connection_serves_many_requests(service, strange_pictures):
    data = strange_pictures[0].read_bytes()
    with connect(service) as connection:
        for _ in range(5):
            connection.sendall(head(service, f"Content-Length: {len(data)}") + data)
            assert 200 == read_answer(connection)[0]


def test_what_is_not_http_is_refused_and_cut_off(service):
    with connect(service) as connection:
        connection.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 no plain HTTP\r\n\r\n")
        assert 400 == read_answer(connection)[0]
        assert ended(connection)


def test_under_overload_some_are_told_to_come_again_and_nobody_waits_for_ever(serve, strange_pictures):
    service = serve(service__queue=1)
    pictures = [picture.read_bytes() for picture in strange_pictures]
    answers = []

    def send(number):
        answers.append(service.check(pictures[number % len(pictures)] + bytes([number])))

    threads = [threading.Thread(target=send, args=[number]) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    statuses = {answer.status_code for answer in answers}
    assert {200, 429} == statuses
    for answer in answers:
        if 429 == answer.status_code:
            assert "1" == answer.headers["retry-after"]
            assert "busy" == answer.json()["code"]
            assert "hold" == answer.json()["decision"]
    assert 200 == service.check(pictures[0]).status_code


def test_all_bodies_together_may_not_take_more_memory_than_their_share():
    memory = Memory(largest=bodies.LEAST_MEMORY)
    full = bodies.BODIES_IN_MEMORY * bodies.LEAST_MEMORY
    with memory.hold() as first:
        first.add(full)
        with pytest.raises(Refusal) as caught, memory.hold() as second:
            second.add(1)
        assert 429 == caught.value.status
    assert 0 == memory.used


def test_a_limit_of_time_ends_with_the_body(service, strange_pictures):
    """A check may take longer than its body was allowed to."""

    async def slow_then_done():
        from kindward.service.bodies import read_body

        async def receive():
            return {"type": "http.request", "body": b"x", "more_body": False}

        with Memory(10).hold() as held:
            data = await read_body(receive, held, declared=1, limit=10, seconds=0.05)
            await asyncio.sleep(0.1)
            return data

    assert b"x" == asyncio.run(slow_then_done())
