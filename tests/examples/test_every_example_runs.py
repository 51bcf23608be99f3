"""Every program in ``examples/`` is run as a reader would run it, and none is longer than 20 lines of code."""

import subprocess
import sys
from pathlib import Path

import pytest

from kindward.banks import build_bank
from kindward.model import Entry
from kindward.signals import pdq

EXAMPLES = Path(__file__).parents[2] / "examples"
TESTED = {"check_one_picture", "check_in_threads", "check_with_asyncio", "make_a_bank"}


@pytest.fixture(scope="module")
def bank(tmp_path_factory, package_photographs):
    data = package_photographs[0].read_bytes()
    (fingerprint,) = pdq.fingerprints(data, pdq.PictureOptions(fast=False, views=False)).fingerprints
    folder = tmp_path_factory.mktemp("banks") / "known"
    build_bank(folder, [Entry("first", "pdq/1", fingerprint.value)])
    return folder


def run(name, *arguments):
    done = subprocess.run(
        [sys.executable, EXAMPLES / f"{name}.py", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (0, "") == (done.returncode, done.stderr)
    return done.stdout.splitlines()


def test_every_example_is_tested_here():
    assert TESTED == {path.stem for path in EXAMPLES.glob("*.py")}


@pytest.mark.parametrize("name", sorted(TESTED))
def test_an_example_is_short(name):
    lines = (EXAMPLES / f"{name}.py").read_text(encoding="utf-8").splitlines()
    assert 20 >= len([line for line in lines if line.strip()])


def test_checking_one_picture_prints_the_decision_and_the_match(bank, package_photographs):
    assert ["hold", "known: entry first, 0 of 31 bits, view original"] == run(
        "check_one_picture", bank, package_photographs[0]
    )
    assert ["pass"] == run("check_one_picture", bank, package_photographs[1])


def test_checking_in_threads_prints_every_picture_in_order(bank, package_photographs):
    assert [f"{file} {'pass' if place else 'hold'}" for place, file in enumerate(package_photographs)] == run(
        "check_in_threads", bank, *package_photographs
    )


def test_checking_with_asyncio_prints_every_picture(bank, package_photographs):
    assert sorted(f"{file} {'pass' if place else 'hold'}" for place, file in enumerate(package_photographs)) == sorted(
        run("check_with_asyncio", bank, *package_photographs)
    )


def test_making_a_bank_says_what_became_of_each_line(tmp_path):
    value = "f8f8f0cee0f4a84f06370a2038f63f0b36e2ed596621e1d33e6b39c4e9c9b229"
    (tmp_path / "list").write_text(f"{value}\n{value.upper()}\nhello\nmd5 {value[:32]}\n")
    first, second, third = run("make_a_bank", tmp_path / "list", tmp_path / "bank")
    assert "2 entries, 1 duplicates, 1 lines left out" == first
    assert second.startswith("line 3: This is not a fingerprint")
    assert third.startswith("bank ")
    assert third.endswith(": 1 entries in force")
