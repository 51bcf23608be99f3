"""How long evidence is kept, by rule and by state."""

from datetime import date

import pytest
from made_cases import NOW, case

from kindward.cases import CaseState, Event, EventKind, Pending, Ruling
from kindward.cases.retention import due_at, rule, rules
from kindward.errors import ConfigError

DAY = 86_400
REPORTED = [Event("0", 9, EventKind.REPORTED, NOW + 100, "kindward")]


@pytest.mark.parametrize(
    ("name", "state", "history", "expected"),
    [
        ("eu", CaseState.CONFIRMED, [], NOW + 365 * DAY),
        ("eu", CaseState.ACKNOWLEDGED, REPORTED, NOW + 365 * DAY),
        ("us", CaseState.CONFIRMED, [], None),
        ("us", CaseState.ACKNOWLEDGED, REPORTED, NOW + 100 + 365 * DAY),
        ("eu", CaseState.OPEN, [], None),
        ("eu", CaseState.HELD, [], None),
        ("us", CaseState.IN_REVIEW, REPORTED, None),
        ("eu", CaseState.DISMISSED, [], None),
    ],
)
def test_evidence_is_due_as_the_rule_says_and_never_while_somebody_has_to_decide(name, state, history, expected):
    assert expected == due_at(case(state=state), history, rule(name))


def test_nothing_is_due_of_what_is_erased_or_about_to_be_released():
    assert due_at(case(state=CaseState.CONFIRMED, erased=True), [], rule("eu")) is None
    released = Pending("p-a", Ruling.RELEASE, NOW + 30)
    assert due_at(case(state=CaseState.CONFIRMED, pending=released), [], rule("eu")) is None


@pytest.mark.parametrize("name", ["eu", "us"])
def test_every_rule_names_its_source_and_when_to_look_at_it_again(name):
    told = rule(name)

    assert told.source
    assert told.since < told.review_by
    assert 365 == told.least
    assert date(2026, 11, 27) < told.review_by, "somebody has to look at the law again"


def test_an_unknown_rule_is_told_with_those_there_are():
    with pytest.raises(ConfigError) as refused:
        rule("elsewhere")

    assert ("retention_unknown", ", ".join(rules())) == (refused.value.code, refused.value.facts["known"])
