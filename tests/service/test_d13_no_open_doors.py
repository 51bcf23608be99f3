"""D13: another service has no authentication, fetches any URL, can be reset by anybody and loads pickles."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from starlette.routing import Route

import kindward
from kindward.config import Settings
from kindward.config import Store as StoreSettings
from kindward.service.application import create
from kindward.store import Store

OPEN = {"/healthz", "/readyz"}
SOURCES = sorted(Path(kindward.__file__).parent.rglob("*.py"))


@pytest.fixture(scope="module")
def routes(tmp_path_factory):
    """List every route of the application itself, with its methods."""
    settings = Settings(store=StoreSettings(url=f"sqlite:///{tmp_path_factory.mktemp('d13')}/kindward.db"))
    store = Store.open(settings.store)

    def no_checker():
        raise AssertionError

    front = create(settings, open_checker=no_checker, store=store, decoders=1)
    store.close()
    assert all(isinstance(route, Route) or hasattr(route, "path") for route in front.inner.routes)
    listed = [(method, route.path) for route in front.inner.routes for method in sorted(route.methods)]
    assert set(front._hot) <= set(listed)
    return listed


def test_every_route_but_two_needs_a_token(service, routes):
    assert len(routes) >= 7
    with service.client(None) as client:
        statuses = {(method, path): client.request(method, path).status_code for method, path in routes}
    assert {path for (_, path), status in statuses.items() if status != 401} == OPEN


def test_a_token_of_somebody_else_opens_no_route(service, routes):
    with service.client("kindward_0123456789ab_" + "A" * 43) as client:
        statuses = {path: client.request(method, path).status_code for method, path in routes}
    assert {path for path, status in statuses.items() if status != 401} == OPEN


def test_the_document_says_the_same(service, routes):
    with service.client() as client:
        document = client.get("/openapi.json").json()
    assert [{"token": []}] == document["security"]
    assert {path for _, path in routes} == set(document["paths"])
    told = {path for path, item in document["paths"].items() for one in item.values() if one.get("security") == []}
    assert told == OPEN


def test_no_route_takes_an_address_to_fetch(service):
    with service.client() as client:
        document = client.get("/openapi.json").json()
    names = set()

    def collect(node):
        if isinstance(node, dict):
            names.update(node.get("properties", {}) if isinstance(node.get("properties"), dict) else ())
            if "in" in node and "name" in node:
                names.add(node["name"])
            for value in node.values():
                collect(value)
        elif isinstance(node, list):
            for value in node:
                collect(value)

    collect(document["paths"])
    collect(document["components"]["schemas"]["Question"])
    assert {"fingerprints", "signal", "value", "quality", "file", "encrypted", "Kindward-Encrypted"} <= names
    assert set() == {name for name in names if any(word in name.lower() for word in ("url", "uri", "href", "link"))}


@pytest.mark.parametrize(
    "body", [b"http://127.0.0.1:1/x.png", b"file:///etc/passwd", json.dumps({"url": "http://127.0.0.1:1/"}).encode()]
)
def test_an_address_sent_as_content_is_only_bytes_that_are_no_picture(service, body):
    answer = service.check(body)
    assert 422 == answer.status_code
    with service.client() as client:
        asked = client.get("/v1/check", params={"url": "http://127.0.0.1:1/x.png"})
    assert 405 == asked.status_code


def test_nothing_resets_or_seeds(routes):
    forbidden = ("reset", "dev", "debug", "seed", "admin", "shutdown", "docs", "redoc")
    assert [] == [path for _, path in routes if any(word in path for word in forbidden)]
    assert {"GET", "POST"} == {method for method, _ in routes}


def imported(file):
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def test_our_code_reads_no_pickles():
    """Whoever can write a pickle can run a program where it is read."""
    reading = {"pickle", "marshal", "shelve", "dill", "joblib", "cloudpickle"}
    assert [] == [str(file) for file in SOURCES if reading & set(imported(file))]


def test_only_the_room_transport_can_fetch():
    """A service that can be made to fetch an address can be made to fetch its neighbours' secrets."""
    fetching = {"urllib3", "requests", "httpx", "httpx2", "aiohttp", "ftplib"}
    assert {"transport"} == {file.parent.name for file in SOURCES if fetching & set(imported(file))}
    opened = [file for file in SOURCES if "urlopen" in file.read_text(encoding="utf-8")]
    assert [] == opened


def test_a_checking_service_opens_no_connection_of_its_own(service, strange_pictures):
    """Look at the sockets of every process while it checks: only the listener and the callers' connections."""
    service.check(strange_pictures[0].read_bytes())
    port = f"{service.address[1]:04X}"
    tables = [Path(f"/proc/{process}/net/tcp") for process in service.tree()[:1]]
    inodes = set()
    for process in service.tree():
        for handle in Path(f"/proc/{process}/fd").iterdir():
            try:
                target = str(handle.readlink())
            except OSError:
                continue
            if target.startswith("socket:["):
                inodes.add(target[8:-1])
    rows = [line.split() for table in tables for line in table.read_text().splitlines()[1:]]
    ours = [row for row in rows if row[9] in inodes]
    assert ours, "no socket of the service was seen"
    assert {port} == {row[1].rpartition(":")[2] for row in ours}


def test_the_service_shows_no_page_that_loads_scripts_from_elsewhere(service):
    with service.client() as client:
        assert [404, 404] == [client.get(path).status_code for path in ("/docs", "/redoc")]


def test_the_service_listens_only_on_this_machine_unless_told_otherwise():
    assert "127.0.0.1" == Settings().service.host
