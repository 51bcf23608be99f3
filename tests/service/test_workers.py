"""Several workers on one mapped index, one meter, one set of counts; none outlives the service."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kindward.banks import Bank
from kindward.model import Entry
from kindward.store import Role


def alive(process):
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def ask(service, value):
    """Ask over a new connection, so that any worker may answer."""
    with service.client() as client:
        question = {"fingerprints": [{"signal": "pdq/1", "value": value.hex()}]}
        return client.post("/v1/match", json=question)


def workers(service):
    return {line["worker"] for line in service.lines() if line["event"] == "in order"}


def said_by(service, value, decision):
    """Ask many times and say which workers gave this decision, or none if any gave another."""
    before = len(service.lines())
    with ThreadPoolExecutor(8) as pool:
        decisions = {answer.json()["decision"] for answer in pool.map(lambda _: ask(service, value), range(24))}
    asked = {line["worker"] for line in service.lines()[before:] if line.get("route") == "/v1/match"}
    return asked if {decision} == decisions else set()


@pytest.fixture
def two(serve, make_bank, known_pictures):
    folder = make_bank(known_pictures)
    service = serve(bank=folder, service__workers=2)
    assert service.wait(lambda: 2 == len(workers(service)))
    return service, folder


def test_a_new_and_a_withdrawn_entry_are_in_force_on_every_worker_within_seconds(two, fingerprint, strange_pictures):
    service, folder = two
    value = fingerprint(strange_pictures[0].read_bytes()).value
    assert service.wait(lambda: workers(service) == said_by(service, value, "pass"), 20)
    with Bank.open(folder) as bank:
        bank.add([Entry("new", "pdq/1", value)])
        changed = time.monotonic()
        assert service.wait(lambda: workers(service) == said_by(service, value, "hold"), 20)
        bank.withdraw("new", "a mistake")
        assert service.wait(lambda: workers(service) == said_by(service, value, "pass"), 20)
    assert time.monotonic() - changed < 20


def test_a_revoked_token_ends_on_every_worker(two):
    service, _ = two
    token = next(token for token in service.store.tokens.all() if Role.CHECKER is token.role)
    assert 200 == ask(service, bytes(32)).status_code
    service.store.tokens.revoke(token.id)
    time.sleep(3)
    with ThreadPoolExecutor(8) as pool:
        assert {401} == {answer.status_code for answer in pool.map(lambda _: ask(service, bytes(32)), range(24))}


def test_the_rate_holds_for_all_workers_together(serve):
    service = serve(service__workers=2, service__match_per_minute=50)
    assert service.wait(lambda: 2 == len(workers(service)))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: ask(service, bytes([number]) * 32), range(90)))
    assert 50 == sum(200 == answer.status_code for answer in answers)
    assert 40 == sum(429 == answer.status_code for answer in answers)
    assert 2 == len({line["worker"] for line in service.lines() if line.get("route") == "/v1/match"})


def test_counts_are_those_of_all_workers(two):
    service, _ = two
    assert service.wait(lambda: workers(service) == said_by(service, bytes(32), "pass"), 20)
    asked = sum(1 for line in service.lines() if line.get("route") == "/v1/match")
    assert asked == service.metric("kindward_requests_total", route="/v1/match")
    assert asked == service.metric("kindward_match_fingerprints_total")
    assert service.wait(lambda: 1 == service.metric("kindward_ready"), 10)


def test_an_orderly_end_leaves_no_process_and_no_folder(two):
    service, _ = two
    tree = service.tree()
    assert len(tree) > 4
    folder = next(
        Path(part.split("=", 1)[1])
        for part in Path(f"/proc/{max(workers(service))}/environ").read_text().split("\0")
        if part.startswith("KINDWARD_RUN=")
    )
    assert folder.is_dir()
    service.stop()
    assert 0 == service.process.returncode
    assert service.wait(lambda: not any(map(alive, tree)), 10)
    assert not folder.exists()


def test_requests_under_way_are_answered_before_the_end(two, strange_pictures):
    service, _ = two
    data = max((picture.read_bytes() for picture in strange_pictures), key=len)
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(service.check, data + bytes([number])) for number in range(4)]
        service.wait(lambda: service.metric("kindward_checks_under_way") > 0, 1)
        service.process.send_signal(signal.SIGTERM)
        assert [200] * 4 == [answer.result().status_code for answer in answers]


def test_a_killed_supervisor_takes_everything_with_it(two):
    service, _ = two
    tree = service.tree()
    service.process.kill()
    assert service.wait(lambda: not any(map(alive, tree)), 30), [p for p in tree if alive(p)]


def test_a_killed_worker_is_replaced_and_its_decoders_end(two):
    service, _ = two
    first = workers(service)
    tree = service.tree()
    victim = max(first)
    os.kill(victim, signal.SIGKILL)
    assert service.wait(lambda: 3 == len(workers(service)), 30)
    assert service.wait(lambda: 200 == service.answers("/readyz"))
    kept = set(service.tree())
    assert service.wait(lambda: not any(alive(process) for process in set(tree) - kept), 10)
    assert service.wait(lambda: 1 == service.metric("kindward_ready"), 10)
