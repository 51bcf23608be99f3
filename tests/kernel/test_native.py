"""The core's own tests in C, built with AddressSanitizer and UndefinedBehaviorSanitizer and run by ctest."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

needs_tools = pytest.mark.skipif(
    not (shutil.which("cmake") and shutil.which("ctest") and shutil.which("cc")),
    reason="cmake, ctest or a C compiler is missing",
)


def _run(*command, cwd):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=600, check=False)
    assert 0 == done.returncode, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


@needs_tools
def test_the_core_passes_its_own_tests_under_sanitizers(tmp_path):
    options = ("-DKINDWARD_NATIVE_TESTS=ON", "-DKINDWARD_SANITIZE=ON")
    _run("cmake", "-S", ROOT, "-B", tmp_path, *options, cwd=ROOT)
    _run("cmake", "--build", tmp_path, "--parallel", "2", cwd=ROOT)
    printed = _run("ctest", "--output-on-failure", "--no-tests=error", "--parallel", "2", cwd=tmp_path)

    assert "100% tests passed" in printed
