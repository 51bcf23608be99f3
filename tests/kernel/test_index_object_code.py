"""What the compiler made of the index: the prefetches that its speed rests on are there."""

import shutil
import subprocess
from pathlib import Path

import pytest

from kindward.kernel import _index


@pytest.mark.skipif(not shutil.which("objdump"), reason="objdump is missing")
def test_no_prefetch_was_lost_by_the_compiler():
    code = subprocess.run(
        ["objdump", "-d", "--no-show-raw-insn", str(Path(_index.__file__))], capture_output=True, text=True, check=True
    ).stdout
    if "prefetch" not in code and "vpxor" not in code:
        pytest.skip("not x86-64 code")

    # Three machine paths, each asking ahead in every layout, in batches and in the delta.
    assert 3 * 20 <= code.count("prefetcht")
