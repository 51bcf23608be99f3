"""A command that checks one picture starts its decoding process before it loads its own libraries."""

import subprocess
import sys
from pathlib import Path

import kindward
from kindward.config import Limits
from kindward.isolation import DecoderPool, nursery

SOURCE = str(Path(kindward.__file__).parents[1])


def _run(code):
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": SOURCE},
    )


def test_the_next_pool_with_the_same_limits_takes_the_process_that_was_begun():
    limits = Limits()
    nursery.begin_early(limits.memory, limits.seconds)
    (begun,) = nursery._early.values()
    with DecoderPool(limits, workers=1) as pool:
        assert (begun.process,) == pool.processes()
    assert {} == nursery._early


def test_a_pool_with_other_limits_begins_its_own():
    limits = Limits()
    nursery.begin_early(limits.memory, limits.seconds + 1)
    (begun,) = nursery._early.values()
    try:
        with DecoderPool(limits, workers=1) as pool:
            assert (begun.process,) != pool.processes()
    finally:
        nursery._end_early()


def test_beginning_early_loads_no_library_in_this_process():
    code = (
        "import sys; from kindward.isolation.nursery import begin_early; begin_early(2**31, 10.0);"
        "print([name for name in ('numpy', 'PIL', 'msgspec', 'asyncio') if name in sys.modules])"
    )
    assert ("[]\n", "") == ((answer := _run(code)).stdout, answer.stderr)


def test_a_process_that_no_pool_took_ends_with_this_one():
    code = (
        "from kindward.isolation import nursery; nursery.begin_early(2**31, 10.0);"
        "print(*(one.process for one in nursery._early.values()))"
    )
    answer = _run(code)
    assert (0, "") == (answer.returncode, answer.stderr)
    assert not Path(f"/proc/{int(answer.stdout)}").exists()
