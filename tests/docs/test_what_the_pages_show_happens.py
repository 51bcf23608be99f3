"""Every command on a page is really run, and prints what the page shows."""

import shutil
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
import shown

from kindward.config import load
from kindward.policy import load_policy

pytestmark = pytest.mark.xdist_group("docs")
ROOT = Path(__file__).parents[2]


def test_the_tutorial_works_from_the_demonstration_to_the_last_command(pages, tmp_path, environment):
    checkout = tmp_path / "checkout"
    shutil.copytree(ROOT / "tools", checkout / "tools")
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "activate").touch()
    demo = checkout / "demo"
    # Building is what ./check has just done; the rest of ./demo is this.
    demo.write_text(f'#!/bin/sh\nexec "{sys.executable}" tools/demo.py "$@"\n', encoding="utf-8")
    demo.chmod(0o755)
    steps = shown.steps(pages / "tutorial" / "first-match.md")

    assert 12 == len(steps)
    assert [] == shown.differences(steps, shown.run(steps, checkout, environment))


def test_the_demonstration_of_the_tutorial_is_the_one_in_the_checkout():
    assert "exec .venv/bin/python tools/demo.py" in (ROOT / "demo").read_text(encoding="utf-8")


def test_building_a_bank_works_as_shown(pages, place, environment):
    steps = shown.steps(pages / "how-to" / "build-a-bank.md")

    assert [] == shown.differences(steps, shown.run(steps, place, environment))


def test_planning_false_alarms_works_as_shown(pages, place, environment):
    steps = shown.steps(pages / "how-to" / "plan-false-alarms.md")

    assert 1 == len(steps)
    assert [] == shown.differences(steps, shown.run(steps, place, environment))


def test_subscribing_works_as_shown(pages, place, environment):
    steps = shown.steps(pages / "how-to" / "subscribe-to-a-list.md")

    assert 4 == len(steps)
    assert [] == shown.differences(steps, shown.run(steps, place, environment))


def test_publishing_a_list_works_as_shown(pages, place, environment):
    steps = shown.steps(pages / "how-to" / "publish-a-list.md")

    assert len(steps) > 12
    assert [] == shown.differences(steps, shown.run(steps, place, environment))


def test_checking_over_http_works_as_shown(pages, with_bank, service, environment):
    for tool in ("curl", "xxd"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed, so the commands of check-over-http.md cannot be run")
    steps = [
        replace(step, command=step.command.replace("8470", str(service)))
        for step in shown.steps(pages / "how-to" / "check-over-http.md")
    ]

    assert len(steps) > 4
    assert [] == shown.differences(steps, shown.run(steps, with_bank, environment))


def test_running_the_service_is_configured_as_shown(pages, with_bank, environment):
    page = pages / "how-to" / "run-the-service.md"
    (configuration,) = shown.blocks(page, "toml")
    here = configuration.replace("/var/lib/kindward", str(with_bank))
    (with_bank / "kindward.toml").write_text(here, encoding="utf-8")
    steps = shown.steps(page)

    assert 4 == load(with_bank / "kindward.toml", {}).settings.service.workers
    assert [] == shown.differences(steps, shown.run(steps, with_bank, environment))


def test_the_policy_shown_is_complete_and_can_be_named(pages, place, environment):
    page = pages / "how-to" / "write-a-policy.md"
    table, setting = shown.blocks(page, "toml")
    (place / "ours.toml").write_text(table, encoding="utf-8")
    (place / "kindward.toml").write_text(setting, encoding="utf-8")
    steps = shown.steps(page)

    assert load_policy(place / "ours.toml").version.startswith("ours/2026-12-01")
    assert [] == shown.differences(steps, shown.run(steps, place, environment))


def test_every_program_of_the_library_page_runs(pages, with_bank, environment):
    first, *whole = shown.blocks(pages / "how-to" / "use-the-library.md", "python")
    prints = []
    for number, program in enumerate([first.replace('b"the bytes of a picture"', "picture"), *whole]):
        before = 'from pathlib import Path\npicture = Path("photo.jpg").read_bytes()\n' if number == 0 else ""
        (with_bank / "program.py").write_text(before + program, encoding="utf-8")
        command = [sys.executable, "program.py"]
        done = subprocess.run(command, cwd=with_bank, env=environment, capture_output=True, text=True, check=False)
        assert (0, "") == (done.returncode, done.stderr)
        prints.append(done.stdout.splitlines())

    assert ["pictures/astronaut.png hold", "pictures/chelsea.png hold"] == prints[1]
    assert ["hold original"] == prints[2]
    assert prints[3][0].startswith("picture_format_unknown ")


@pytest.mark.parametrize("page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda page: page.stem)
def test_every_toml_block_is_toml(page):
    for block in shown.blocks(page, "toml"):
        assert tomllib.loads(block)
    assert page.read_text(encoding="utf-8").strip()
