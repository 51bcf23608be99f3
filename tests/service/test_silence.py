"""Content and names appear in no log line, metric, answer or database: a marker is planted wherever a caller can."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import logging
import socket
import sys

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from kindward.policy import load_policy
from kindward.service.log import LineFormatter, Log, place

MARKER = "maRk3rOfTh3Tr33"
"""Something that occurs nowhere by chance, in letters that survive every header and form."""


def marked_picture():
    """Make a picture that carries the marker in its text, in its metadata and behind its end."""
    info = PngInfo()
    info.add_text("Comment", MARKER)
    info.add_text(MARKER, "x")
    out = io.BytesIO()
    Image.linear_gradient("L").resize((300, 300)).save(out, "PNG", pnginfo=info)
    return out.getvalue() + MARKER.encode()


def marked_requests():
    """List requests of every kind, each with the marker in every place a caller can reach."""
    picture, marker = marked_picture(), MARKER.encode()
    headers = {
        "User-Agent": MARKER,
        "X-File-Name": MARKER,
        "Accept-Language": f"{MARKER}, de",
        "Cookie": f"a={MARKER}",
        "Content-Disposition": f'attachment; filename="{MARKER}.png"',
        "X-Forwarded-For": MARKER,
        "Referer": f"http://{MARKER}/",
        "Kindward-Account": MARKER,
    }

    def request(method, path, body=b"", kind="", **more):
        return (
            method,
            f"{path}?{MARKER}={MARKER}",
            body,
            {**headers, **({"Content-Type": kind} if kind else {}), **more},
        )

    form = (
        b'--b\r\nContent-Disposition: form-data; name="%b"; filename="%b.png"\r\n%b: %b\r\n\r\n' % ((marker,) * 4)
        + picture
        + b"\r\n--b--\r\n"
    )
    question = json.dumps({"fingerprints": [{"signal": MARKER, "value": MARKER, MARKER: MARKER}]}).encode()
    return [
        request("POST", "/v1/check", picture, "image/png"),
        request("POST", "/v1/check", form, "multipart/form-data; boundary=b"),
        request("POST", "/v1/check", form[:-9], "multipart/form-data; boundary=b"),
        request(
            "POST",
            "/v1/check",
            form.replace(b"\r\n\r\n", b"\r\n" + marker + b"\r\n", 1),
            "multipart/form-data; boundary=b",
        ),
        request("POST", "/v1/check", marker * 100, "image/jpeg"),
        request("POST", "/v1/check", picture[:200] + marker * 50, "image/png"),
        request("POST", "/v1/check", b"", "image/png"),
        request("POST", "/v1/check", picture, MARKER),
        request("POST", "/v1/check", picture, f"multipart/form-data; boundary={MARKER}"),
        request("POST", "/v1/check", picture, "image/png", **{"Kindward-Encrypted": MARKER}),
        request("POST", "/v1/check", picture, "image/png", **{"Content-Encoding": MARKER}),
        request("POST", "/v1/check", picture, "image/png", Authorization=f"Bearer {MARKER}"),
        request("POST", "/v1/check", picture, "image/png", Authorization=f"Bearer kindward_{'0' * 12}_{MARKER:a<43}"),
        request("POST", "/v1/match", question, "application/json"),
        request("POST", "/v1/match", marker, "application/json"),
        request("POST", "/v1/match", marker, "application/vnd.kindward.pdq"),
        request("POST", "/v1/match", (marker * 3)[:32], "application/vnd.kindward.pdq"),
        request("GET", f"/{MARKER}"),
        request("DELETE", f"/v1/check/{MARKER}"),
        request("PUT", "/v1/check", picture, "image/png"),
        request("GET", "/v1/banks"),
        request("GET", "/metrics"),
        request("GET", "/readyz"),
    ]


def bare_exchanges(service):
    """Send what no proper client would: no HTTP, a broken head, half a body."""
    half = (
        f"POST /v1/check HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {service.checker}\r\n"
        "Content-Type: image/png\r\nContent-Length: 1000\r\n\r\n"
    )
    for text in (
        f"{MARKER}\r\n\r\n",
        f"GET /{MARKER} HTTP/9.9\r\n\r\n",
        f"GET / HTTP/1.1\r\n{MARKER}\r\n\r\n",
        f"POST /v1/check HTTP/1.1\r\nHost: x\r\nContent-Length: {MARKER}\r\n\r\n",
        f"{half}{MARKER}",
    ):
        with socket.create_connection(service.address, timeout=5) as connection, contextlib.suppress(TimeoutError):
            connection.sendall(text.encode())
            connection.settimeout(0.5)
            yield connection.recv(65536)


def test_a_marker_planted_everywhere_is_found_nowhere(serve):
    service = serve()
    said = []
    with service.client() as client:
        for method, path, body, headers in marked_requests():
            answer = client.request(method, path, content=body, headers=headers)
            said.append(f"{answer.status_code} {dict(answer.headers)} {answer.text}".encode())
    said += list(bare_exchanges(service))
    with service.client("operator") as client:
        said.append(client.get("/metrics").content)
    statuses = {text[:3] for text in said}
    assert {b"200", b"401", b"403", b"404", b"405", b"415", b"422"} <= statuses
    service.stop()
    kept = {file: file.read_bytes() for file in service.folder.rglob("*") if file.is_file()}
    assert len(service.lines()) > len(marked_requests())
    for where, data in [*kept.items(), *enumerate(said)]:
        assert MARKER.lower().encode() not in data.lower(), where


def test_a_log_line_holds_only_what_is_meant_to_be_told(service):
    service.check(b"x", "text/plain")
    lines = [line for line in service.lines() if line["event"] == "request"]
    allowed = {"event", "level", "timestamp", "worker", "route", "method", "status", "seconds", "token", "refused"}
    assert {frozenset(allowed)} == {frozenset(line) for line in lines}
    assert "test" in {line["token"] for line in lines}


def stumble():
    raise ValueError(MARKER)


def test_an_error_nobody_foresaw_is_told_by_its_place_and_not_its_text(capfdbinary):
    try:
        stumble()
    except ValueError as fault:
        told = place(fault)
        record = logging.LogRecord("x", logging.ERROR, "x", 1, "Exception in ASGI application", (), sys.exc_info())
        line = LineFormatter().format(record)
    assert any("stumble" in step for step in told)
    assert MARKER not in " ".join(told)
    assert "ValueError" in line
    assert MARKER not in line


class Faulty:
    """A checker with a fault that repeats the content in its text, as faults do."""

    banks = ()
    policy = load_policy()

    async def acheck(self, content):
        raise ValueError(content.data)

    def match(self, fingerprints):
        raise KeyError(fingerprints[0].value, MARKER)

    def refresh(self):
        return False

    def standings(self):
        return ()

    def close(self):
        pass


@pytest.mark.parametrize("route", ["/v1/check", "/v1/match"])
def test_a_fault_of_our_own_tells_nothing_of_the_content_but_what_the_policy_decides(tmp_path, capfdbinary, route):
    from starlette.testclient import TestClient

    from kindward.config import Settings
    from kindward.config import Store as StoreSettings
    from kindward.service.application import create
    from kindward.store import Role, Store

    settings = Settings(store=StoreSettings(url=f"sqlite:///{tmp_path}/kindward.db"))
    store = Store.open(settings.store)
    token = store.tokens.create(Role.CHECKER, "x").text
    kind = "image/png" if route == "/v1/check" else "application/vnd.kindward.pdq"
    with TestClient(create(settings, open_checker=Faulty, store=store, decoders=1)) as client:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
        answer = client.post(route, content=(MARKER * 3)[:32], headers=headers)
    told = capfdbinary.readouterr().err
    assert 500 == answer.status_code
    assert "internal" == answer.json()["code"]
    assert "hold" == answer.json()["decision"]
    assert MARKER not in answer.text
    assert MARKER.encode() not in told
    assert b'"event":"fault"' in told


def test_a_log_of_our_own_leaves_the_library_as_it_is():
    import structlog

    before = structlog.get_config()
    Log()
    assert before == structlog.get_config()


def test_a_forgotten_check_that_failed_is_not_reported_by_the_event_loop(capfdbinary):
    """The loop would print the error with its text."""
    from kindward.config import Settings
    from kindward.service.checks import Checks

    async def play():
        checks = Checks(Faulty, Settings(), 1)
        await checks.refresh()
        caller = asyncio.create_task(checks.check(MARKER.encode()))
        await asyncio.sleep(0)
        caller.cancel()
        await asyncio.gather(caller, return_exceptions=True)
        await asyncio.sleep(0.05)
        assert 0 == checks.under_way

    asyncio.run(play())
    told = capfdbinary.readouterr()
    assert MARKER.encode() not in told.err + told.out
