"""A running service follows its lists: what is published is in force on every worker within a minute."""

from __future__ import annotations

import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from processes import alive
from signed_lists import PublishedList, entry

from kindward.app import subscribe_bank
from kindward.config import Settings
from kindward.subscription.record import Subscription

MINUTE = 60
SECRET = "MARKER-9b2c41-secret"


@pytest.fixture
def published(tmp_path):
    made = PublishedList(tmp_path / "published")
    made.now = datetime.now(UTC)
    made.add(entry("a"))
    made.release()
    (tmp_path / "root.json").write_bytes(made.root)
    return made


def follow(published, path):
    root = published.folder.with_name("root.json")
    subscribe_bank(path, Subscription(list=str(published.folder), name="signed"), Settings(), root=root)
    return path


@pytest.fixture
def followed(tmp_path, published):
    """A bank that follows the published list."""
    path = tmp_path / "followed"
    subscribe_bank(
        path, Subscription(list=str(published.folder), name="signed"), Settings(), root=tmp_path / "root.json"
    )
    return path


@pytest.fixture
def two(serve, followed):
    """A service of two workers that updates every second."""
    service = serve(bank=followed, service__workers=2, banks__update_seconds=1)
    assert service.wait(lambda: 2 == len(workers(service)))
    return service


def workers(service):
    return {line["worker"] for line in service.lines() if line["event"] == "in order"}


def updates(service):
    return [line for line in service.lines() if line["event"] == "update"]


def updaters(service):
    found = []
    for process in service.tree():
        try:
            command = Path(f"/proc/{process}/cmdline").read_bytes()
        except OSError:
            continue
        found += [process] if b"keep_updated" in command else []
    return found


def ask(service, seed):
    with service.client() as client:
        question = {"fingerprints": [{"signal": "pdq/1", "value": entry(seed).value.hex()}]}
        return len(client.post("/v1/match", json=question).json()["matches"])


def everywhere(service, seed, count):
    """Ask over many connections, and say whether every worker found just so many matches."""
    before = len(service.lines())
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: ask(service, seed), range(24)))
    asked = {line["worker"] for line in service.lines()[before:] if line.get("route") == "/v1/match"}
    return {count} == found and workers(service) == asked


def test_what_is_published_and_withdrawn_is_in_force_on_every_worker_within_a_minute(two, published):
    assert two.wait(lambda: everywhere(two, "a", 1), MINUTE)
    assert everywhere(two, "new", 0)
    place = published.add(entry("new"))[0]
    published.release()
    begun = time.monotonic()
    assert two.wait(lambda: everywhere(two, "new", 1), MINUTE)
    entered = time.monotonic() - begun
    published.remove(place)
    published.release()
    begun = time.monotonic()
    assert two.wait(lambda: everywhere(two, "new", 0), MINUTE)
    left = time.monotonic() - begun
    assert everywhere(two, "a", 1)
    assert max(entered, left) < MINUTE


def test_one_process_updates_and_says_each_time_what_came_of_it(two, published):
    published.add(entry("new"))
    published.release()
    assert two.wait(lambda: any(line["put"] for line in updates(two)), 30)
    line = next(line for line in updates(two) if line["put"])
    assert ("signed", "2", 1, 2) == (line["bank"], line["mark"]["release"], line["put"], line["entries"])
    assert line["bytes"] > 0
    assert 1 == len({line["worker"] for line in updates(two)})
    assert 1 == len(updaters(two))


def test_the_metrics_tell_release_entries_failures_and_the_last_success(two, published, tmp_path):
    assert two.wait(lambda: updates(two), 30)
    assert two.wait(lambda: 1 == two.metric("kindward_bank_release", bank="signed"), 10)
    assert time.time() - two.metric("kindward_bank_updated_seconds", bank="signed") < MINUTE
    assert 0 == two.metric("kindward_bank_update_failures", bank="signed")
    assert 0 == two.metric("kindward_bank_stale", bank="signed")
    published.folder.rename(tmp_path / "unmounted")
    assert two.wait(lambda: two.metric("kindward_bank_update_failures", bank="signed") >= 1, 30)
    failed = [line for line in two.lines() if line["event"] == "update failed"]
    assert {"folder_missing"} == {line["code"] for line in failed}
    assert everywhere(two, "a", 1)
    (tmp_path / "unmounted").rename(published.folder)
    assert two.wait(lambda: 0 == two.metric("kindward_bank_update_failures", bank="signed"), MINUTE)


def test_an_updater_that_dies_is_started_again(two):
    assert two.wait(lambda: updaters(two) and updates(two), 30)
    first = updaters(two)[0]
    os.kill(first, signal.SIGKILL)
    assert two.wait(lambda: any(process != first for process in updaters(two)), 30)
    assert two.wait(lambda: len({line["worker"] for line in updates(two)}) > 1, 30)


def test_the_updater_ends_with_the_service(two):
    assert two.wait(lambda: updaters(two), 30)
    (updater,) = updaters(two)
    two.stop()
    assert 0 == two.process.returncode
    assert two.wait(lambda: not alive(updater), 10)


def test_the_updater_ends_when_the_supervisor_is_killed(two):
    assert two.wait(lambda: updaters(two), 30)
    (updater,) = updaters(two)
    two.process.kill()
    assert two.wait(lambda: not alive(updater), 30)


def test_a_list_whose_signatures_ran_out_goes_on_matching_and_everything_says_so(serve, followed):
    state = followed / "subscription" / "state.json"
    service = serve(bank=followed, banks__update_seconds=0)
    with service.client(None) as client:
        assert {"ready": True} == client.get("/readyz").json()
    record = json.loads(state.read_text()) | {"expires": "2026-11-01T00:00:00+00:00"}
    (state.parent / "new").write_text(json.dumps(record))
    (state.parent / "new").replace(state)
    assert service.wait(lambda: 1 == service.metric("kindward_bank_stale", bank="signed"), 20)
    with service.client(None) as client:
        assert {"ready": True, "stale": True} == client.get("/readyz").json()
    assert 1 == ask(service, "a")


def test_a_service_without_subscribed_banks_starts_no_updater(serve, bank):
    service = serve(bank=bank, banks__update_seconds=0.2)
    time.sleep(3)
    assert [] == updaters(service)


def test_a_bank_that_begins_to_follow_is_updated_without_a_restart(serve, published, tmp_path):
    path = tmp_path / "later"
    service = serve(bank=path, ready=False, banks__update_seconds=1)
    assert 503 == service.answers("/readyz")
    subscribe_bank(
        path, Subscription(list=str(published.folder), name="later"), Settings(), root=tmp_path / "root.json"
    )
    assert service.wait(lambda: updates(service), 30)
    assert service.wait(lambda: 200 == service.answers("/readyz"), 30)


def test_a_secret_of_a_source_is_in_no_line_of_the_log(serve, tmp_path):
    (tmp_path / "token").write_text(SECRET)
    (tmp_path / "list.txt").write_text(entry("a").value.hex())
    path = tmp_path / "feed"
    settings = {"path": str(tmp_path / "list.txt")}
    subscribe_bank(path, Subscription(source="file", settings=settings, name="feed"), Settings())
    record = json.loads((path / "subscription.json").read_text())
    record |= {"source": "threatexchange", "settings": {"url": "http://127.0.0.1:9", "group": "1"}}
    record |= {"secrets": {"token": str(tmp_path / "token")}}
    (path / "subscription.json").write_text(json.dumps(record))
    service = serve(bank=path, banks__update_seconds=1)
    assert service.wait(lambda: any(line["event"] == "update failed" for line in service.lines()), 30)
    assert SECRET not in service.log.read_text()
    assert 1 == ask(service, "a")
