"""Where a report goes, and how long the person concerned is not told."""

from datetime import UTC, datetime

import pytest

from kindward.reports.eu.holding import hold, later, lifted
from kindward.reports.eu.routing import Because, route
from kindward.reports.facts import States


@pytest.mark.parametrize(
    ("states", "established", "expected", "because"),
    [
        (States(("DE",), ("AT",), ("FR",)), "IE", ("FR", "DE", "AT"), Because.VICTIM),
        (States(("DE",), ("AT",)), "IE", ("DE", "AT"), Because.OFFENCE),
        (States((), ("AT",)), "IE", ("AT",), Because.SUSPECT),
        (States(), "IE", ("IE",), Because.ESTABLISHMENT),
        (States(("US",)), "IE", ("IE",), Because.ESTABLISHMENT),
        (States(("DE",), (), ("DE",)), "", ("DE",), Because.VICTIM),
    ],
)
def test_a_report_goes_where_a_child_can_be_protected_first(states, established, expected, because):
    chosen = route(states, established)

    assert (expected, False, because) == (chosen.states, chosen.europol, chosen.because)


@pytest.mark.parametrize("established", ["", "US", "GB"])
def test_europol_gets_what_no_state_is_known_for(established):
    chosen = route(States(("US",)), established)

    assert ((), True, ("US",)) == (chosen.states, chosen.europol, chosen.elsewhere)


def at(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("begins", "months", "ends"),
    [
        ("2026-11-27T10:00:00", 3, "2027-02-27T10:00:00"),
        ("2026-11-30T10:00:00", 3, "2027-02-28T10:00:00"),
        ("2027-11-30T10:00:00", 3, "2028-02-29T10:00:00"),
        ("2026-12-31T23:59:59", 2, "2027-02-28T23:59:59"),
        ("2026-01-31T00:00:00", 1, "2026-02-28T00:00:00"),
    ],
)
def test_months_end_on_their_last_day_at_the_latest(begins, months, ends):
    assert at(ends) == later(at(begins), months)


def test_nobody_is_told_before_the_deadline_and_everybody_after_it():
    held = hold(at("2026-11-27T10:00:00"))
    end = at("2027-02-27T10:00:00")

    assert (True, False) == (held.holds(end - 1), held.must_tell(end - 1))
    assert (False, True) == (held.holds(end), held.must_tell(end))


def test_the_centre_can_end_a_silence_early_and_never_lengthen_it():
    held = hold(at("2026-11-27T10:00:00"))
    early = lifted(held, at("2026-12-01T00:00:00"))

    assert (True, False) == (early.holds(at("2026-11-30T00:00:00")), early.holds(at("2026-12-01T00:00:00")))
    assert held.until == lifted(held, held.until + 1_000).lifted_at


@pytest.mark.parametrize("months", [0, 4, -1])
def test_a_silence_has_a_limit(months):
    with pytest.raises(ValueError, match="from one to 3 months"):
        hold(0, months)
