"""What the program can do and say stands in the reference pages, in both languages."""

import ast
import importlib.util
import re
import sys
from pathlib import Path

import pytest

from kindward import config, model, wire
from kindward.banks.columns import find_columns
from kindward.banks.rejected import SENTENCES
from kindward.cli import exits

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "docs" / "_ext"))
pytestmark = [pytest.mark.xdist_group("docs"), pytest.mark.filterwarnings("ignore::DeprecationWarning:docutils")]

from kindward_docs import facts  # noqa: E402 - it lies beside the pages

SPEC = importlib.util.spec_from_file_location("catalogue", ROOT / "tools" / "catalogue.py")
catalogue = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(catalogue)
HANDED_ON = {"cli/compare.py", "policy/reading.py", "service/problems.py"}
"""Modules that make an error of a code they were handed; the code stands where it comes from."""


@pytest.fixture(params=["en", "de"])
def reference(built, request):
    """Give the text of a reference page in one language."""
    return lambda name: (built / request.param / "reference" / f"{name}.html").read_text(encoding="utf-8")


def _without(page, names, prefix):
    return [name for name in names if f'id="{prefix}{name}"' not in page]


def test_every_setting_is_documented(reference):
    assert [] == _without(reference("settings"), [name for name, *_ in config.describe()], "setting-")


def test_every_command_and_every_option_is_documented(reference):
    page = reference("commands")
    options = {name for command in facts.commands() for option in command.options for name in option.opts}
    text = re.sub(r"<[^>]*>", "", page)

    assert len(facts.commands()) > 15
    assert [] == _without(page, [command.name.replace(" ", "-") for command in facts.commands()], "")
    assert [] == sorted(name for name in options if name.startswith("-") and name not in text)


def test_every_exit_status_is_documented(reference):
    statuses = {value for name, value in vars(exits).items() if name.isupper() and isinstance(value, int)}
    statuses |= {kind.exit_status for kind in facts.KINDS.values()}

    assert statuses == {status for status, _ in facts.exit_statuses()}
    assert [] == [status for status in statuses if f'<span class="pre">{status}</span>' not in reference("commands")]


def test_every_error_code_is_documented(reference):
    codes = [error.code for error in facts.error_codes()]

    assert len(codes) > 80
    assert [] == _without(reference("errors"), codes, "error-")
    assert [] == [error.code for error in facts.error_codes() if not error.sentences]


def test_no_error_is_made_in_a_way_that_the_collection_does_not_see():
    unseen = []
    for file in facts.SOURCE.rglob("*.py"):
        known = {error.code for error in facts.raised(ast.parse(file.read_text(encoding="utf-8")))}
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", "") in {*facts.KINDS, facts.REFUSAL}
                and node.args
            ):
                first = node.args[0]
                seen = isinstance(first, ast.Constant | ast.IfExp) or (known and not isinstance(first, ast.Attribute))
                where = str(file.relative_to(facts.SOURCE))
                unseen += [f"{where}:{node.lineno}"] if not seen and where not in HANDED_ON else []

    assert [] == unseen


def test_every_sentence_of_an_error_is_translated_by_the_program_itself():
    known = set(catalogue.extract())
    said = {text for error in facts.error_codes() for text in (*error.sentences, *error.hints)} | set(
        SENTENCES.values()
    )

    assert set() == said - known


def test_every_http_route_is_documented(reference):
    page = reference("http")
    paths = list(facts.openapi()["paths"])

    assert "/v1/check" in paths
    assert [] == _without(page, [path.strip("/").replace("/", "-") for path in paths], "route-")


def test_every_metric_is_documented(reference):
    assert [] == _without(reference("http"), [metric.name for metric in facts.metrics()], "metric-")


def test_every_reason_to_leave_out_a_line_is_documented(reference):
    assert [] == _without(reference("formats"), SENTENCES, "rejected-")


def test_every_column_named_on_the_page_of_formats_is_understood(pages):
    text = (pages / "reference" / "formats.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.*`) \| (.*?) \| .* \|$", text, re.MULTILINE)
    names = [name for row in rows for cell in row for name in re.findall(r"`(\w+)`", cell)]

    assert len(names) > 15
    assert [] == [name for name in names if not find_columns(f"pdq,{name}").meanings[1]]


def test_every_key_of_the_machine_output_is_documented(reference):
    keys = set(wire.verdict_record(None, None)) | set(facts.records()["hash"])
    page = reference("machine-output")

    assert [] == [key for key in keys if key not in re.sub(r"<[^>]*>", "", page)]


def test_every_turn_is_named_among_the_views(pages):
    page = (pages / "explanation" / "views.md").read_text(encoding="utf-8")

    assert [] == [turn for turn in model.TURNS if f"`{turn}`" not in page]


def test_every_record_is_in_the_list_of_decisions(pages):
    listed = (pages / "adr" / "index.md").read_text(encoding="utf-8").splitlines()
    records = [file.stem for file in (pages / "adr").glob("*.md") if file.stem != "index"]

    assert len(records) > 10
    assert [] == [name for name in records if name not in listed]
