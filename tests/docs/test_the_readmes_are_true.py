"""The front page: short, in two languages, and what it shows is what happens."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest
import shown

ROOT = Path(__file__).parents[2]
SPEC = importlib.util.spec_from_file_location("readme_figures", ROOT / "tools" / "readme_figures.py")
readme_figures = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(readme_figures)
ENGLISH, GERMAN = ROOT / "README.md", ROOT / "README.de.md"
pytestmark = pytest.mark.xdist_group("docs")
both = pytest.mark.parametrize("readme", [ENGLISH, GERMAN], ids=["en", "de"])


@both
def test_the_command_stands_within_the_first_thirty_words(readme):
    words = readme.read_text(encoding="utf-8").split()[:30]

    assert "kindward check" in " ".join(words)


@both
def test_the_commands_print_what_is_shown(readme, with_bank, environment):
    steps = shown.steps(readme)

    assert 4 == len(steps)
    assert [] == shown.differences(steps, shown.run(steps, with_bank, environment))


@both
def test_the_program_of_three_lines_gives_a_decision(readme, with_bank, environment):
    (program,) = shown.blocks(readme, "python")
    (with_bank / "program.py").write_text(program, encoding="utf-8")
    command = [sys.executable, "program.py"]
    done = subprocess.run(command, cwd=with_bank, env=environment, capture_output=True, text=True, check=False)

    assert ("hold\n", "") == (done.stdout, done.stderr)


def test_every_script_named_exists_and_can_be_started():
    for line in shown.blocks(ENGLISH, "sh")[0].splitlines():
        script = ROOT / line.split()[0]
        assert script.stat().st_mode & 0o111, script


def _structure(readme):
    text = readme.read_text(encoding="utf-8")
    fences = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    levels = [
        len(marks) for marks in re.findall(r"^(#+) ", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    ]
    return levels, fences, len(re.findall(r"^\|", text, re.MULTILINE))


def test_both_have_the_same_headings_blocks_and_tables():
    assert _structure(ENGLISH) == _structure(GERMAN)


@both
def test_links_within_the_checkout_lead_somewhere(readme):
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", readme.read_text(encoding="utf-8"))

    assert len(targets) > 5
    assert [] == [target for target in targets if not (ROOT / target).exists()]


@both
def test_the_figures_are_those_that_were_measured(readme):
    text = readme.read_text(encoding="utf-8")

    assert text == readme_figures.with_figures(text, readme_figures.READMES[readme.name])


def test_a_figure_that_was_changed_by_hand_is_noticed():
    text = ENGLISH.read_text(encoding="utf-8")
    changed = text.replace(readme_figures.END, "| invented | 1,000,000 |\n" + readme_figures.END)

    assert changed != readme_figures.with_figures(changed, "en")
