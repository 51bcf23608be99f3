"""The real service in processes of its own, on loopback, with real photographs."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest

from kindward import config
from kindward.banks import build_bank
from kindward.isolation import DecoderPool
from kindward.model import Entry
from kindward.store import Role, Store

START_SECONDS = 60
KNOWN = ("astronaut.png", "chelsea.png")


class Service:
    """A running service with a database, tokens and a log of its own."""

    def __init__(self, folder, bank, settings, environment):
        self.folder = folder
        self.url = f"sqlite:///{folder}/kindward.db"
        self.store = Store.open(config.Store(url=self.url))
        self.checker = self.token("checker")
        self.operator = self.token("operator")
        self.log = folder / "log"
        variables = {
            **os.environ,
            "KINDWARD__STORE__URL": self.url,
            "KINDWARD__BANKS__PATHS": str(bank or ""),
            "KINDWARD__BANKS__REFRESH_SECONDS": "0.2",
            "KINDWARD__SERVICE__PORT": "0",
            "KINDWARD__SERVICE__WORKERS": "1",
            "KINDWARD__SERVICE__MATCH_PER_MINUTE": "1000000",
            "KINDWARD_LANGUAGE": "en",
            "PYTHONUNBUFFERED": "1",
            **{f"KINDWARD__{name.upper().replace('.', '__')}": str(value) for name, value in settings.items()},
            **environment,
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "kindward", "serve"],
                cwd=folder,
                env=variables,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self.said = self.process.stdout.readline()
        host, port = re.search(r"http://([\d.]+):(\d+)", self.said).groups()
        self.address = (host, int(port))
        self.base = f"http://{host}:{port}"

    def token(self, role, label="test"):
        return self.store.tokens.create(Role(role), label).text

    def client(self, token="checker", **more):
        """Give a client that sends the named token; None for one that sends none."""
        text = getattr(self, token) if token in {"checker", "operator"} else token
        headers = {"Authorization": f"Bearer {text}"} if text else {}
        return httpx2.Client(base_url=self.base, headers=headers, timeout=30, **more)

    def check(self, data, kind="application/octet-stream", **headers):
        with self.client() as client:
            return client.post("/v1/check", content=data, headers={"Content-Type": kind, **headers})

    def lines(self):
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]

    def metric(self, name, **labels):
        """Add up a metric's samples with these labels, over all workers."""
        with self.client("operator") as client:
            text = client.get("/metrics").text
        wanted = [f'{key}="{value}"' for key, value in labels.items()]
        samples = [line for line in text.splitlines() if re.match(rf"{name}[ {{]", line)]
        return sum(float(line.split()[-1]) for line in samples if all(part in line for part in wanted))

    def tree(self):
        """List the process numbers of the service and all its descendants."""
        parents = {}
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError, ValueError):
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        found = [self.process.pid]
        for process in found:
            found += [child for child, parent in parents.items() if parent == process]
        return found

    def wait(self, condition, seconds=START_SECONDS):
        """Wait until a condition holds; it may fail to connect meanwhile."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with contextlib.suppress(httpx2.TransportError, OSError):
                if condition():
                    return True
            time.sleep(0.05)
        return False

    def answers(self, path):
        with self.client(None) as client:
            return client.get(path).status_code

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(START_SECONDS)
        self.process.stdout.close()
        self.store.close()


@contextlib.contextmanager
def running(folder, bank, *, ready=True, environment=None, **settings):
    """Run a service, and end it whatever happens."""
    service = Service(
        folder, bank, {name.replace("__", "."): value for name, value in settings.items()}, environment or {}
    )
    try:
        path = "/readyz" if ready else "/healthz"
        assert service.wait(lambda: 200 == service.answers(path)), service.log.read_text(encoding="utf-8")
        yield service
    finally:
        service.stop()


@pytest.fixture(scope="session")
def run_service():
    """Give the context manager that runs a service, for tests that share one with settings of its own."""
    return running


@pytest.fixture(scope="session")
def fingerprint():
    """Give a function that fingerprints a picture exactly, as lists are made."""
    from kindward.signals.pdq import PictureOptions

    with DecoderPool(workers=1) as pool:
        yield lambda data: pool.fingerprint(data, PictureOptions(fast=False)).fingerprints[0]


@pytest.fixture(scope="session")
def known_pictures(package_photographs):
    """Photographs that the bank knows."""
    return [picture for picture in package_photographs if picture.name in KNOWN]


@pytest.fixture(scope="session")
def strange_pictures(package_photographs):
    """Photographs that no bank knows."""
    return [picture for picture in package_photographs if picture.name not in KNOWN]


@pytest.fixture
def make_bank(tmp_path, fingerprint):
    """Give a function that builds a bank from pictures."""

    def build(pictures, name="known"):
        entries = [Entry(picture.stem, "pdq/1", fingerprint(picture.read_bytes()).value) for picture in pictures]
        build_bank(tmp_path / name, entries, name=name)
        return tmp_path / name

    return build


@pytest.fixture(scope="session")
def bank(tmp_path_factory, fingerprint, known_pictures):
    """Build a bank that nobody changes."""
    folder = tmp_path_factory.mktemp("banks") / "known"
    entries = [Entry(picture.stem, "pdq/1", fingerprint(picture.read_bytes()).value) for picture in known_pictures]
    build_bank(folder, entries, name="known")
    return folder


@pytest.fixture(scope="session")
def service(tmp_path_factory, bank):
    """Run one service for all tests that leave it as it was."""
    with running(tmp_path_factory.mktemp("service"), bank) as started:
        yield started


@pytest.fixture
def serve(tmp_path, bank):
    """Give a function that runs a service with other settings until the end of the test."""
    with contextlib.ExitStack() as stack:

        def start(*, bank=bank, ready=True, environment=None, **settings):
            folder = tmp_path / f"service{len(list(tmp_path.glob('service*')))}"
            folder.mkdir()
            return stack.enter_context(running(folder, bank, ready=ready, environment=environment, **settings))

        yield start


@pytest.fixture
def raw(service):
    """Open a bare connection to the service."""
    with socket.create_connection(service.address, timeout=30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield connection
