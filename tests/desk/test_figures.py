"""Figures come from what happened and from nothing else; none of them is about who decided."""

import csv
import io

import pytest
from made_cases import match, versions
from offices import A, B, C, Office

from kindward.cases import Ruling
from kindward.cases.notices import Concern, Notice, Teller
from kindward.desk import Arrived
from kindward.desk import transparency as writing
from kindward.desk.figures import NOTICES, Share, Tally, collected
from kindward.model import Decision, Verdict
from kindward.sandbox import running
from kindward.sandbox.centre import CentreSandbox

OTHER = Verdict(
    Decision.HOLD,
    simulated=False,
    matches=(match(bank="other", signal="pdq/1"),),
    risks=(),
    versions=versions(),
)


@pytest.fixture
def office(store, vault, clock):
    centre = CentreSandbox(clock)
    with running(centre.app) as address:
        made = Office(store, vault, clock, address)
        yield made
        made.transport.close()


def dismissed(office, content, by=A):
    case = office.desk.alarm(OTHER, Arrived(content.hex()[:64].ljust(64, "0"), content, source="http"))
    assert case.id == office.desk.next(by).id
    office.desk.rule(case.id, by, Ruling.DISMISS, "other_content")
    office.clock.on(31)
    office.desk.tick()
    return case


def figures(office, since=0):
    return collected(office.store, since, office.clock.now + 1, office.clock.now)


def test_what_happened_is_counted_by_list_and_by_technique(office):
    office.released(b"one" * 50)
    office.delivery.all()
    for number in range(3):
        dismissed(office, b"other %d" % number)
    office.desk.notice(Notice(Teller.USER, Concern.OTHER, "Something is wrong."))
    told = figures(office)

    demo, other = told.lists["demo"], told.lists["other"]
    assert (1, 1, 0, 1) == (demo.opened, demo.confirmed, demo.dismissed, demo.reported)
    assert (3, 0, 3, 0) == (other.opened, other.confirmed, other.dismissed, other.reported)
    assert (1, 0) == (told.lists[NOTICES].opened, told.lists[NOTICES].confirmed)
    assert {"digest/1", "pdq/1", NOTICES} == set(told.signals)
    assert ({"1-abc"}, {"accepted": 1}) == (demo.versions, dict(told.statuses))
    assert (5, 1, 3) == (told.all.opened, told.all.confirmed, told.all.dismissed)


def test_an_error_rate_comes_with_its_interval(office):
    for number in range(3):
        dismissed(office, b"other %d" % number)
    wrong = figures(office).lists["other"].wrong

    assert (3, 3, 1.0) == (wrong.count, wrong.of, wrong.high)
    assert wrong.low == pytest.approx(0.2924, abs=1e-4)
    assert (0.0, 1.0) == (Share(0, 0).low, Share(0, 0).high)


def test_the_same_bytes_are_counted_as_taken_over(office):
    office.confirmed(b"one" * 50)
    office.alarm(b"one" * 50, account="cd" * 32)
    demo = figures(office).lists["demo"]

    assert (2, 2, 1) == (demo.opened, demo.confirmed, demo.inherited)


def test_a_decision_that_turned_out_wrong_is_counted_as_reversed(office):
    case = office.confirmed(b"one" * 50)
    office.desk.reopen(case.id, "p-lead", "appeal-1")
    assert case.id == office.desk.next(C).id
    office.desk.rule(case.id, C, Ruling.DISMISS, "lawful_content")
    office.clock.on(31)
    office.desk.tick()
    demo = figures(office).lists["demo"]

    assert (1, 0, 1, 1) == (demo.confirmed, demo.dismissed, demo.reopened, demo.reversed)


def test_only_the_time_asked_for_is_counted(office):
    dismissed(office, b"other 1")
    began = office.clock.on(1_000)
    dismissed(office, b"other 2")

    assert (1, 2) == (figures(office, began).all.opened, figures(office).all.opened)


def test_the_time_to_a_decision_and_what_is_late_are_told(office):
    dismissed(office, b"other 1")
    office.alarm(b"two" * 50)
    office.clock.on(4 * 86_400)
    told = figures(office)

    assert ((31,), 31, 1) == (told.seconds, told.decided_within(0.5), told.overdue)
    assert 0 == collected(office.store, 0, office.clock.now * 2, office.clock.now - 3 * 86_400).overdue


def test_no_figure_names_anybody_who_decides(office):
    office.confirmed(b"one" * 50)
    dismissed(office, b"other 1", C)
    told = figures(office)
    for form in writing.FORMS:
        text = repr(writing.rows(told, form)) + writing.page(told, writing.rows(told, form), "en", "Title")
        assert not any(person in text for person in (A, B, C))


@pytest.mark.parametrize("form", writing.FORMS)
def test_every_form_says_what_the_operator_has_to_add(office, form):
    found = writing.rows(figures(office), form)
    left = {row.code for row in found if row.code in writing.OPERATORS}

    assert left == {name for name in writing.FORMS[form] if name in writing.OPERATORS}
    assert all(row.value is None for row in found if row.code in left)


def test_csv_is_read_back(office):
    dismissed(office, b"other 1")
    found = writing.rows(figures(office), "dsa15")
    read = list(csv.DictReader(io.StringIO(writing.as_csv(found, "de"))))

    assert [row.code for row in found] == [row["code"] for row in read]
    (rate,) = [row for row in read if row["code"] == "error_rate" and row["about"] == "other"]
    assert ("1.0", "0.025") == (rate["value"], rate["low"])


def test_a_page_needs_nothing_else_and_shows_bars(office):
    dismissed(office, b"other 1")
    told = figures(office)
    text = writing.page(told, writing.rows(told, "art83"), "de", "Bericht <über> alles")

    assert ("<html lang=de>" in text, "Bericht &lt;über&gt; alles" in text, "<svg" in text) == (True, True, True)
    assert ("src=" not in text, "href=" not in text, "<script" not in text) == (True, True, True)


def test_an_empty_time_has_figures_too(office):
    told = figures(office)

    assert (0, 0, Tally()) == (told.decided_within(0.5), told.overdue, told.all)
    assert writing.rows(told, "all")
