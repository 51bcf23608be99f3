"""Counting fingerprints exactly, over all processes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindward.service import meter as metering
from kindward.service.meter import SLOTS, Meter

TOKEN, OTHER = "0123456789ab", "ba9876543210"


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def meter(tmp_path, clock):
    opened = Meter(tmp_path / "meter", 100, clock)
    yield opened
    opened.close()


def test_the_limit_is_granted_and_not_one_more(meter):
    assert [0] * 100 == [meter.take(TOKEN, 1) for _ in range(100)]
    assert meter.take(TOKEN, 1) > 0


def test_what_is_refused_is_not_counted(meter):
    meter.take(TOKEN, 60)
    assert meter.take(TOKEN, 41) > 0
    assert 0 == meter.take(TOKEN, 40)


def test_each_token_has_its_own_count(meter):
    meter.take(TOKEN, 100)
    assert 0 == meter.take(OTHER, 100)


def test_after_the_time_it_names_the_request_is_granted(meter, clock):
    meter.take(TOKEN, 30)
    clock.now += 20
    meter.take(TOKEN, 70)
    wait = meter.take(TOKEN, 10)
    assert 40 <= wait <= 41
    clock.now += wait
    assert 0 == meter.take(TOKEN, 10)


def test_a_token_with_the_smallest_identifier_is_counted_too(meter):
    meter.take("000000000000", 100)
    assert meter.take("000000000000", 1) > 0


def test_two_tokens_that_fall_on_the_same_slot_do_not_share_it(meter):
    near = f"{int(TOKEN, 16) + SLOTS:012x}"
    meter.take(TOKEN, 100)
    assert 0 == meter.take(near, 100)
    assert meter.take(TOKEN, 1) > 0


def test_a_full_table_refuses_a_newcomer_and_has_room_again_after_a_minute(tmp_path, clock, monkeypatch):
    monkeypatch.setattr(metering, "SLOTS", 4)
    small = Meter(tmp_path / "small", 1, clock)
    assert [0] * 4 == [small.take(f"{number:012x}", 1) for number in range(4)]
    assert metering.WINDOW == small.take(f"{9:012x}", 1)
    clock.now += 62
    assert 0 == small.take(f"{9:012x}", 1)
    small.close()


@given(st.lists(st.tuples(st.floats(0, 40), st.integers(1, 60)), max_size=60))
def test_no_sixty_seconds_ever_hold_more_than_the_limit(tmp_path_factory, steps):
    clock = Clock()
    meter = Meter(tmp_path_factory.mktemp("meter") / "meter", 100, clock)
    granted = []
    for pause, count in steps:
        clock.now += pause
        if 0 == meter.take(TOKEN, count):
            granted.append((clock.now, count))
    meter.close()
    for end, _ in granted:
        assert sum(count for at, count in granted if end - 60 < at <= end) <= 100


def test_four_processes_together_get_exactly_the_limit(tmp_path):
    program = (
        "import sys; from pathlib import Path; from kindward.service.meter import Meter\n"
        "meter = Meter(Path(sys.argv[1]), 1000)\n"
        f"print(sum(meter.take('{TOKEN}', 1) == 0 for _ in range(600)))"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "meter")]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert 1000 == sum(int(process.communicate(timeout=60)[0]) for process in processes)


def test_a_meter_of_one_process_leaves_no_file(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    meter = Meter.private(5)
    assert 0 == meter.take(TOKEN, 5)
    assert [] == list(Path(tmp_path).iterdir())
    meter.close()
