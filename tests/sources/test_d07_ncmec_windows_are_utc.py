"""D7: windows of time were sent in local time and labelled as UTC."""

import time

import pytest

from kindward.banks.sources.ncmec import moment


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "Pacific/Kiritimati"])
def test_a_window_is_the_same_wherever_the_machine_stands(monkeypatch, zone):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert "2023-11-14T22:13:20Z" == moment(1_700_000_000)
    finally:
        monkeypatch.undo()
        time.tzset()
