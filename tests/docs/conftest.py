"""Places in which a reader of the pages could stand."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def pages():
    """The folder of the pages."""
    return ROOT / "docs"


@pytest.fixture(scope="session")
def environment(tmp_path_factory):
    """The environment of a reader who has activated the checkout's own Python and reads English."""
    tools = Path(sys.executable).parent
    program = tmp_path_factory.mktemp("bin") / "kindward"
    if not (tools / "kindward").exists():
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kindward "$@"\n', encoding="utf-8")
        program.chmod(0o755)
    kept = {name: os.environ[name] for name in ("PYTHONPATH", "TMPDIR", "LD_LIBRARY_PATH") if name in os.environ}
    path = os.pathsep.join([str(tools), str(program.parent), os.environ["PATH"]])
    return kept | {"PATH": path, "KINDWARD_LANGUAGE": "en", "LC_ALL": "C.UTF-8", "HOME": str(program.parent)}


@pytest.fixture(scope="session")
def furnished(tmp_path_factory, package_photographs, environment):
    """A folder with a photograph, two more in a folder, a list of all three, and a bank made of it."""
    folder = tmp_path_factory.mktemp("furnished")
    named = {photograph.name: photograph for photograph in package_photographs}
    (folder / "pictures").mkdir()
    for name in ("astronaut.png", "chelsea.png"):
        shutil.copy(named[name], folder / "pictures")
    Image.open(named["coffee.png"]).convert("RGB").save(folder / "photo.jpg", quality=90)
    lines = subprocess.run(
        ["kindward", "hash", named["coffee.png"], "pictures"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    values = [line.split()[1] for line in lines if line.startswith("pdq/1")]
    (folder / "list.txt").write_text("\n".join(values) + "\n", encoding="ascii")
    return folder


@pytest.fixture
def place(furnished, tmp_path):
    """A copy of that folder for one test."""
    return shutil.copytree(furnished, tmp_path / "place")


@pytest.fixture
def with_bank(place, environment):
    """The same, with the bank already built."""
    command = ["kindward", "bank", "build", "known", "--from", "list.txt"]
    subprocess.run(command, cwd=place, env=environment, check=True, capture_output=True)
    return place


@pytest.fixture
def service(with_bank, environment):
    """A running service in that folder, with a checker's token in the file ``token``; gives its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    make = ["kindward", "token", "create", "--role", "checker", "--label", "reader"]
    token = subprocess.run(make, cwd=with_bank, env=environment, check=True, capture_output=True, text=True).stdout
    (with_bank / "token").write_text(token, encoding="ascii")
    with (with_bank / "service.log").open("wb") as log:
        command = ["kindward", "serve", "--bank", "known", "--port", str(port), "--workers", "1"]
        process = subprocess.Popen(command, cwd=with_bank, env=environment, stdout=log, stderr=log)
    try:
        _wait_until_ready(f"http://127.0.0.1:{port}/readyz", process)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _wait_until_ready(address, process):
    for _ in range(300):
        assert process.poll() is None, "the service ended before it was ready"
        try:
            with urllib.request.urlopen(address, timeout=1):
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError("the service was not ready within 30 seconds")


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The pages in both languages, built without a warning, as a folder for each language."""
    folder = tmp_path_factory.mktemp("built")
    for language in ("en", "de"):
        chosen = os.environ | {"KINDWARD_LANGUAGE": language}
        options = ["-q", "-W", "--keep-going", "-b", "html", "-d", folder / f"doctrees-{language}"]
        command = [sys.executable, "-m", "sphinx", *options, ROOT / "docs", folder / language]
        done = subprocess.run(command, env=chosen, capture_output=True, text=True, check=False)
        assert (0, "") == (done.returncode, done.stderr)
    return folder
