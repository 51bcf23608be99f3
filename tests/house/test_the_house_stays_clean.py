"""Sizes, marks and promises of the tree itself."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted(
    ROOT / line
    for line in subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    if (ROOT / line).is_file()
)
PYTHON = [file for file in FILES if file.suffix == ".py"]
SOURCES = [file for file in PYTHON if (ROOT / "src") in file.parents]
TEXTS = [
    file for file in FILES if file.suffix in {".py", ".c", ".h", ".cpp", ".md", ".toml", ".cmake", ".sh", ".po", ""}
]


def _functions(file):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def _length(function):
    return function.end_lineno - function.lineno + 1


def test_no_module_is_longer_than_500_lines():
    assert [] == [(str(f), n) for f in PYTHON if (n := len(f.read_text(encoding="utf-8").splitlines())) > 500]


def test_no_function_is_longer_than_60_lines():
    assert [] == [f"{file}:{f.name}" for file in PYTHON for f in _functions(file) if _length(f) > 60]


def test_no_unfinished_marks_stand_in_the_tree():
    mark = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "HA" + "CK"]) + r")\b")
    marked = [str(f) for f in TEXTS if mark.search(f.read_text(encoding="utf-8", errors="replace"))]

    assert [] == marked


def test_public_names_have_docstrings():
    missing = []
    for file in SOURCES:
        if any(part.startswith("_") and part != "__init__.py" for part in file.parts[-2:]):
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            named = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            if named and not node.name.startswith("_") and not ast.get_docstring(node):
                missing.append(f"{file}:{node.name}")

    assert [] == missing


def test_every_room_of_the_package_says_what_it_is_for():
    rooms = [f for f in SOURCES if f.name == "__init__.py"]

    assert [] == [str(f) for f in rooms if not ast.get_docstring(ast.parse(f.read_text(encoding="utf-8")))]


def test_rooms_are_not_called_utils():
    poor = {"utils", "helpers", "common", "manager", "base", "misc"}

    assert [] == [str(f) for f in FILES if poor & set(f.relative_to(ROOT).with_suffix("").parts)]


def test_demo_and_check_are_short_posix_shell():
    for name in ("demo", "check"):
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        assert "#!/bin/sh" == lines[0]
        assert len(lines) <= 30


def test_constraints_are_those_of_the_lock_file():
    locked = {
        (package["name"], package["version"])
        for package in tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
        if package["name"] != "kindward"
    }
    pinned = {
        tuple(line.split(";")[0].strip().split("=="))
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    }

    assert set() == pinned - locked
    assert {name for name, _ in locked} == {name for name, _ in pinned}


def test_every_dependency_has_a_line_with_its_reason():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    named = [re.split(r"[<>=\[]", line)[0] for line in project["project"]["dependencies"]]
    for group in project["dependency-groups"].values():
        named += [re.split(r"[<>=\[]", line)[0] for line in group if isinstance(line, str)]
    record = (ROOT / "docs" / "adr" / "dependencies.md").read_text(encoding="utf-8")

    assert [] == [name for name in named if f"`{name}`" not in record]


@pytest.mark.parametrize("word", ["native/src", "native/include"])
def test_the_core_has_no_mutable_global_state(word):
    offenders = []
    for file in (ROOT / word).glob("*.[ch]"):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if re.match(r"^(static\s+)?(?!const)(\w+\s+)+\w+(\[[^\]]*\])*\s*(=.*)?;", line) and not re.match(
                r"^(typedef|extern|struct|enum|union|return)\b|.*\bconst\b", line
            ):
                offenders.append(f"{file.name}:{number}: {line}")

    assert [] == offenders
