"""Records have one form; true and false stand in those of reports and never in those of a log."""

import pytest

from kindward.ledger.canonical import canonical, read
from kindward.reports.records import read_written, written


def test_true_and_false_stand_in_reports_and_in_no_log():
    record = {"b": [True, False], "a": "ä"}

    assert b'{"a":"\\u00e4","b":[true,false]}' == written(record)
    assert record == read_written(written(record))
    with pytest.raises(TypeError):
        canonical(record)
    with pytest.raises(ValueError, match="one form"):
        read(written(record))


@pytest.mark.parametrize("value", [1.5, None, {1: 2}, b"x", {"a": [0.1]}])
def test_what_has_no_one_form_is_refused(value):
    with pytest.raises(TypeError):
        written(value)


@pytest.mark.parametrize("raw", [b'{"b":1,"a":2}', b'{"a": 1}', b"1.0", b"[", b"\xff", b"[" * 100_000])
def test_another_form_is_not_read(raw):
    with pytest.raises(ValueError, match="one form"):
        read_written(raw)
