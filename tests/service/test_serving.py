"""Starting and ending the service from the command line."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys

import httpx2
import pytest

from kindward import config
from kindward.config import Service, Settings
from kindward.service.serving import decoder_count, worker_count, worker_settings
from kindward.store import Store


def start(folder, *arguments, **environment):
    return subprocess.Popen(
        [sys.executable, "-m", "kindward", "serve", "--port", "0", "--workers", "1", *arguments],
        cwd=folder,
        env={**os.environ, "KINDWARD_LANGUAGE": "en", "PYTHONUNBUFFERED": "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_token_for_this_run_is_told_once_and_withdrawn_at_the_end(tmp_path, bank, strange_pictures):
    process = start(tmp_path, "--bank", str(bank), "--with-token")
    lines = [process.stdout.readline() for _ in range(4)]
    address = re.search(r"http://\S+", lines[0])[0]
    token = re.search(r"kindward_\w{12}_\S{43}", lines[1])[0]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "image/png"}
    transport = httpx2.HTTPTransport(retries=0)
    with httpx2.Client(transport=transport, timeout=60) as client:
        assert (
            200
            == client.post(f"{address}/v1/check", content=strange_pictures[0].read_bytes(), headers=headers).status_code
        )
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert 0 == process.returncode
    assert token not in told
    with Store.open(config.Store(url=f"sqlite:///{tmp_path}/.state/kindward.db")) as store:
        assert [True] == [kept.revoked_at is not None for kept in store.tokens.all()]
    assert "curl" in lines[2]
    assert f"{address}/v1/check" in lines[3]


def test_an_address_in_use_is_told_in_a_sentence(tmp_path, bank):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        process = start(tmp_path, "--bank", str(bank), "--port", port)
        _, told = process.communicate(timeout=60)
    assert 78 == process.returncode
    assert f"port {port}" in told
    assert "Traceback" not in told


def test_a_database_that_cannot_be_opened_is_told_in_a_sentence(tmp_path, bank):
    (tmp_path / "kindward.db").mkdir()
    process = start(tmp_path, "--bank", str(bank), KINDWARD__STORE__URL=f"sqlite:///{tmp_path}/kindward.db")
    _, told = process.communicate(timeout=60)
    assert 78 == process.returncode
    assert "Traceback" not in told


def test_workers_that_cannot_start_end_the_service_with_an_error(tmp_path, bank):
    process = start(tmp_path, "--bank", str(bank), KINDWARD__POLICY__FILE=str(tmp_path / "absent.toml"))
    process.stdout.readline()
    try:
        _, told = process.communicate(timeout=8)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=60)
    assert "absent.toml" in told
    assert "Traceback" not in told


def test_workers_get_the_settings_of_their_supervisor(monkeypatch):
    import msgspec

    settings = Settings(simulate=False, service=Service(port=1, queue=3))
    monkeypatch.setenv("KINDWARD_SETTINGS", msgspec.json.encode(settings).decode())
    assert settings == worker_settings()


@pytest.mark.parametrize(("cores", "workers", "expected"), [(1, 0, 1), (2, 0, 2), (8, 0, 2), (8, 1, 8), (8, 3, 3)])
def test_each_worker_gets_its_share_of_decoders(monkeypatch, cores, workers, expected):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)))
    settings = Settings(service=Service(workers=workers))
    assert (workers or cores) == worker_count(settings)
    assert expected == decoder_count(settings)
