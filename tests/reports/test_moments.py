"""Moments with their zone."""

import pytest

from kindward.reports.moments import Moment, utc


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (Moment(0), "1970-01-01T00:00:00Z"),
        (Moment(1_795_600_800), "2026-11-25T10:00:00Z"),
        (Moment(1_795_600_800, 60), "2026-11-25T11:00:00+01:00"),
        (Moment(1_795_600_800, -570), "2026-11-25T00:30:00-09:30"),
        (Moment(1_795_600_800, 345), "2026-11-25T15:45:00+05:45"),
        (Moment(1_795_600_800, None), "2026-11-25T10:00:00"),
    ],
)
def test_a_moment_is_written_in_its_zone(moment, text):
    assert text == moment.text


def test_the_day_is_that_of_the_zone():
    assert "2026-11-26" == Moment(1_795_600_800, 14 * 60).day
    assert "2026-11-25" == Moment(1_795_600_800).day


@pytest.mark.parametrize(("at", "zone"), [(-1, 0), (10**18, 0), (0, 841), (0, -841)])
def test_what_is_no_moment_of_this_world_is_refused(at, zone):
    with pytest.raises(ValueError, match="no moment"):
        Moment(at, zone)


def test_seconds_are_written_in_utc():
    assert "2026-11-25T10:00:00Z" == utc(1_795_600_800)
