"""Reports of cases reopened on the way, workers that are too slow, and simulation: sent once, or not at all."""

import pytest
from made_reports import KilledError
from offices import A, B, C, Office

from kindward.cases import CaseState, Ruling
from kindward.desk.delivering import HALF_WAY, LEASE_SECONDS, WITHDRAWN, Delivery
from kindward.errors import StateError
from kindward.reports import Afterwards
from kindward.sandbox import Fault, running
from kindward.sandbox.centre import CentreSandbox
from kindward.store import outbox
from kindward.store.outbox import OutboxState

CONTENT = b"ordinary bytes that stand for a picture\n" * 100
LEAD, D, E, F = "p-00000000", "p-dddddddd", "p-eeeeeeee", "p-ffffffff"


@pytest.fixture
def centre(clock):
    return CentreSandbox(clock)


@pytest.fixture
def office(store, vault, clock, centre):
    with running(centre.app) as address:
        made = Office(store, vault, clock, address)
        yield made
        made.transport.close()


def confirmed_again(office, case):
    """Let two others confirm a reopened case."""
    for person in (D, E):
        assert case.id == office.desk.next(person).id
        office.desk.rule(case.id, person, Ruling.CONFIRM, "known bytes")
        office.clock.on(31)
        office.desk.tick()


class Between:
    """A transport that does something else before it asks for an address."""

    def __init__(self, transport, call, act):
        self.transport, self.call, self.act = transport, call, act

    def __call__(self, request):
        if request.url.endswith(self.call) and self.act:
            act, self.act = self.act, None
            act()
        return self.transport(request)


def row(office, case):
    return office.outgoing(case.id)[-1]


def test_a_report_that_waits_is_withdrawn_when_its_case_is_reopened(office, centre):
    case = office.released(CONTENT)
    office.desk.reopen(case.id, LEAD, "c-1")

    assert (OutboxState.WITHDRAWN, []) == (row(office, case).state, office.delivery.all())
    assert ({}, CaseState.OPEN) == (centre.reports, office.case(case.id).state)


def test_a_case_that_is_confirmed_again_is_released_again_and_arrives_once(office, centre):
    case = office.released(CONTENT)
    office.desk.reopen(case.id, LEAD, "c-1")
    confirmed_again(office, case)
    assert [] == office.delivery.all()
    office.desk.release(case.id, F)
    office.clock.on(31)
    office.desk.tick()
    office.delivery.all()

    assert [OutboxState.WITHDRAWN, OutboxState.SENT] == [one.state for one in office.outgoing(case.id)]
    assert (1, CaseState.ACKNOWLEDGED) == (len(centre.finished), office.case(case.id).state)


def test_a_report_that_the_centre_has_is_not_sent_again_after_an_appeal_that_failed(office, centre):
    case = office.released(CONTENT)
    office.delivery.all()
    office.desk.reopen(case.id, LEAD, "c-1")
    confirmed_again(office, case)
    with pytest.raises(StateError) as refused:
        office.desk.release(case.id, F)

    assert ("case_released", 1) == (refused.value.code, len(centre.finished))
    assert [OutboxState.SENT] == [one.state for one in office.outgoing(case.id)]


def test_a_worker_that_took_the_report_before_it_was_reopened_sends_nothing(office, centre):
    case = office.released(CONTENT)
    with office.store.write() as connection:
        assert case.id == outbox.take(connection, "ncmec", "w-killed", office.clock(), LEASE_SECONDS).case
    office.desk.reopen(case.id, LEAD, "c-1")
    assert OutboxState.WAITING == row(office, case).state
    office.clock.on(LEASE_SECONDS)
    (failed,) = office.delivery.all()

    assert (WITHDRAWN, Afterwards.BUG, OutboxState.WITHDRAWN) == (
        failed.problem.code,
        failed.then,
        row(office, case).state,
    )
    assert {} == centre.reports


def test_a_report_cut_off_half_way_is_not_sent_any_further_and_that_is_told(office, centre):
    case = office.released(CONTENT)
    centre.faults.add(Fault(status=500, path="finish"))
    office.delivery.all()
    office.desk.reopen(case.id, LEAD, "c-1")
    office.clock.on(90_000)
    (failed,) = office.delivery.all()

    assert (HALF_WAY, OutboxState.WITHDRAWN) == (failed.problem.code, row(office, case).state)
    assert "Ask the authority" in failed.problem.hint
    assert ([], []) == (centre.finished, office.delivery.all())


def test_a_report_whose_case_is_reopened_while_it_is_sent_keeps_its_number(office, centre):
    case = office.released(CONTENT)
    between = Between(office.transport, "/finish", lambda: office.desk.reopen(case.id, LEAD, "c-1"))
    (sent,) = Delivery(office.composer, between).all()

    assert (OutboxState.SENT, sent.receipt.reference) == (row(office, case).state, row(office, case).reference)
    assert (CaseState.OPEN, 1, []) == (office.case(case.id).state, len(centre.finished), office.delivery.all())


@pytest.mark.parametrize("reopened", [False, True])
def test_a_worker_killed_before_it_told_that_the_centre_has_the_report_is_followed_by_one_that_does(
    office, centre, monkeypatch, reopened
):
    case = office.released(CONTENT)

    def killed(*_):
        """Die."""
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(Delivery, "_received", killed)
        with pytest.raises(KilledError):
            office.delivery.all()
    if reopened:
        office.desk.reopen(case.id, LEAD, "c-1")
    calls = len(centre.faults.requests)
    office.clock.on(LEASE_SECONDS)
    office.delivery.all()

    assert (OutboxState.SENT, centre.finished[0].number) == (row(office, case).state, row(office, case).reference)
    assert (CaseState.OPEN if reopened else CaseState.ACKNOWLEDGED) == office.case(case.id).state
    assert calls == len(centre.faults.requests)


@pytest.mark.parametrize("call", ["/upload", "/fileinfo", "/finish"])
def test_a_worker_that_is_slower_than_its_lease_does_not_spoil_what_the_next_one_does(office, centre, call):
    case = office.released(CONTENT)
    others = []

    def overtaken():
        """Let the lease run out and another worker do all of it."""
        office.clock.on(LEASE_SECONDS)
        others.extend(Delivery(office.composer, office.transport).all())

    (slow,) = Delivery(office.composer, Between(office.transport, call, overtaken)).all()

    assert [True, False] == [one.receipt is not None for one in (*others, slow)]
    assert ["finished", "retracted"] == sorted(one.state for one in centre.reports.values())
    assert (OutboxState.SENT, others[0].receipt.reference) == (row(office, case).state, row(office, case).reference)
    assert CaseState.ACKNOWLEDGED == office.case(case.id).state


def test_in_simulation_reports_wait(office, centre):
    case = office.released(CONTENT)
    assert [] == Delivery(office.composer, office.transport, simulate=True).all()
    assert (OutboxState.WAITING, 0, []) == (row(office, case).state, row(office, case).tries, centre.faults.requests)
    assert [A, B, C] == [ruled.by for ruled in office.case(case.id).rulings]
    assert 1 == len(office.delivery.all())
