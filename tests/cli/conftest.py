"""Run the real program as a person or a script would."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageOps

import kindward as package

SOURCE = Path(package.__file__).parents[1]
KNOWN = ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg")


class Program:
    """The installed program, run in a folder of its own with an environment of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.command = [sys.executable, "-m", "kindward"]
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            "PYTHONPATH": str(SOURCE),
            "PYTHONWARNINGS": "error",
        }

    def start(self, *arguments, environment=None, prefix=(), **options):
        """Start the program and give the running process."""
        return subprocess.Popen(
            [*prefix, *self.command, *arguments],
            cwd=self.folder,
            env=self.environment | (environment or {}),
            stdin=options.pop("stdin", subprocess.PIPE),
            stdout=options.pop("stdout", subprocess.PIPE),
            stderr=options.pop("stderr", subprocess.PIPE),
            **options,
        )

    def __call__(self, *arguments, stdin=b"", environment=None, prefix=(), seconds=60):
        """Run the program to its end and give status, output and errors."""
        process = self.start(*arguments, environment=environment, prefix=prefix)
        out, err = process.communicate(stdin, timeout=seconds)
        return Answer(process.returncode, out, err)


class Answer:
    """What one run said."""

    def __init__(self, status, out, err):
        self.status, self.raw, self.raw_errors = status, out, err
        self.out, self.err = out.decode("utf-8", "surrogateescape"), err.decode("utf-8", "surrogateescape")

    def __repr__(self):
        return f"status {self.status}\n--- out\n{self.out}\n--- err\n{self.err}"

    @property
    def records(self):
        """The records of ``-o jsonl``."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def record(self):
        """The only record."""
        (only,) = self.records
        return only


@pytest.fixture(scope="session")
def program():
    """Make a program for a folder."""
    return Program


@pytest.fixture
def kindward(tmp_path):
    """Run ``kindward`` in an empty folder."""
    return Program(tmp_path)


@pytest.fixture(scope="session")
def pictures(package_photographs):
    """The photographs that scikit-image ships, by name."""
    return {path.name: path for path in package_photographs}


@pytest.fixture(scope="session")
def known(tmp_path_factory, pictures):
    """A bank ``known`` that holds four of the photographs; it must not be changed."""
    home = tmp_path_factory.mktemp("banks")
    (home / "pictures").mkdir()
    for name in KNOWN:
        shutil.copy(pictures[name], home / "pictures" / name)
    answer = Program(home)("bank", "build", "known", "--from-pictures", "pictures")
    assert 0 == answer.status, answer
    return home / "known"


@pytest.fixture(scope="session")
def changed_copies(tmp_path_factory, pictures):
    """Changed copies of the photograph of a cat, as senders make them."""
    folder = tmp_path_factory.mktemp("copies")
    with Image.open(pictures["chelsea.png"]) as opened:
        picture = opened.convert("RGB")
    picture.save(folder / "recompressed.jpg", quality=40)
    picture.resize((picture.width // 2, picture.height // 2)).save(folder / "half.png")
    ImageOps.mirror(picture).save(folder / "mirrored.jpg", quality=90)
    picture.save(folder / "saved.gif")
    picture.save(folder / "saved.webp", quality=80)
    picture.convert("CMYK").save(folder / "cmyk.jpg", quality=90)
    return folder
