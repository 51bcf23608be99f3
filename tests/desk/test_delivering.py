"""Reports on their way: composed when a human releases them, sent when that has taken effect, and exactly once."""

import json

import pytest
from offices import PERSON, A, B, C, Office

from kindward.cases import CaseState
from kindward.errors import ContentError, StateError
from kindward.reports import Afterwards
from kindward.sandbox import Fault, running
from kindward.sandbox.centre import CentreSandbox
from kindward.store import outbox
from kindward.store.outbox import OutboxState

CONTENT = b"ordinary bytes that stand for a picture\n" * 100
MARKER = "marker-7c41"


@pytest.fixture
def centre(clock):
    return CentreSandbox(clock)


@pytest.fixture
def office(store, vault, clock, centre):
    with running(centre.app) as address:
        made = Office(store, vault, clock, address)
        yield made
        made.transport.close()


def test_a_released_report_arrives_once_and_whole(office, centre):
    case = office.released(CONTENT)
    (delivered,) = office.delivery.all()
    (received,) = centre.finished

    assert (received.number, CaseState.ACKNOWLEDGED) == (delivered.receipt.reference, office.case(case.id).state)
    assert [len(CONTENT)] == [size for _, size in received.files.values()]
    assert b"user-4711" in received.body
    assert b"<fileViewedByEsp>false</fileViewedByEsp>" in next(iter(received.told.values()))
    assert [(OutboxState.SENT, received.number)] == [(one.state, one.reference) for one in office.outgoing(case.id)]
    assert [] == office.delivery.all()


def test_nothing_is_queued_before_the_release_has_taken_effect(office, centre):
    case = office.confirmed(CONTENT)
    office.desk.release(case.id, C)
    assert [OutboxState.DRAFT] == [one.state for one in office.outgoing(case.id)]
    assert [] == office.delivery.all()
    office.clock.on(31)
    assert [] == office.delivery.all()
    office.desk.tick()
    assert 1 == len(office.delivery.all())


def test_an_undone_release_leaves_nothing(office, centre):
    case = office.confirmed(CONTENT)
    before = [one.id for one in _items(office, case.id)]
    office.desk.release(case.id, C)
    office.desk.undo(case.id, C)
    office.clock.on(60)
    office.desk.tick()

    assert ([], [], CaseState.CONFIRMED) == (
        office.outgoing(case.id),
        office.delivery.all(),
        office.case(case.id).state,
    )
    assert before == [one.id for one in _items(office, case.id)]


def test_what_lacks_something_grave_is_told_at_the_release(office):
    office.composer = None
    case = office.confirmed(CONTENT, person={**PERSON, "uploaded_at": "2026-09-20T08:00:00"})
    with pytest.raises(ContentError) as refused:
        office.desk.release(case.id, C)

    assert ("report_incomplete", "incident_zone") == (refused.value.code, refused.value.facts["missing"])
    assert ([], CaseState.CONFIRMED, None) == (
        office.outgoing(case.id),
        office.case(case.id).state,
        office.case(case.id).pending,
    )


@pytest.mark.parametrize(
    ("person", "place"),
    [
        ({"account": {"identifier": 7}}, "record.account.identifier"),
        ({"account": {}, MARKER: 1}, "record"),
        ({"account": {"ips": [{"address": "x", "at": MARKER}]}}, "record.account.ips[0].at"),
        ({"person": {}}, "record.account"),
        ([], "record"),
    ],
)
def test_a_record_of_another_form_names_the_place_and_nothing_of_it(office, person, place):
    case = office.confirmed(CONTENT, person=person)
    with pytest.raises(ContentError) as refused:
        office.desk.release(case.id, C)

    assert ("record_field_wrong", place) == (refused.value.code, refused.value.facts["place"])
    assert MARKER not in str(refused.value) + refused.value.hint


def test_a_busy_centre_is_asked_again_later_and_later(office, centre):
    case = office.released(CONTENT)
    centre.faults.always = Fault(status=503)
    waits = []
    for _ in range(4):
        (failed,) = office.delivery.all()
        assert Afterwards.RETRY == failed.then
        (row,) = office.outgoing(case.id)
        waits.append(row.next_at - office.clock())
        office.clock.now = row.next_at
    centre.faults.clear()

    assert [4, 8, 15, 30] == waits
    assert 1 == len(office.delivery.all())
    assert 1 == len(centre.finished)


def test_an_authority_that_knows_us_no_more_stops_everything_until_somebody_acts(office, centre, store):
    first = office.released(CONTENT)
    second = office.released(CONTENT + b"2", account="cd" * 32)
    centre.answers["submit"] = [3000]
    (failed,) = office.delivery.all()
    states = {one.state for case in (first, second) for one in office.outgoing(case.id)}
    assert (Afterwards.STOP, {OutboxState.STOPPED, OutboxState.WAITING}) == (failed.then, states)
    assert [] == office.delivery.all()
    with store.write() as connection:
        assert 1 == outbox.resume(connection, "ncmec", office.clock())
    office.delivery.all()

    assert 2 == len(centre.finished)


def test_a_report_that_would_be_refused_every_time_does_not_hold_up_the_others(office, centre):
    first = office.released(CONTENT)
    office.released(CONTENT + b"2", account="cd" * 32)
    centre.answers["submit"] = [4100]
    office.delivery.all()

    assert (OutboxState.REFUSED, "authority_rejected") == (
        office.outgoing(first.id)[0].state,
        office.outgoing(first.id)[0].problem,
    )
    assert 1 == len(centre.finished)


def test_a_broken_transfer_is_taken_back_and_sent_again(office, centre):
    case = office.released(CONTENT)
    centre.wrong_md5 = 1
    (failed,) = office.delivery.all()
    assert ("authority_corrupted", Afterwards.RETRY) == (failed.problem.code, failed.then)
    office.clock.now = office.outgoing(case.id)[0].next_at
    office.delivery.all()

    assert ["finished", "retracted"] == sorted(one.state for one in centre.reports.values())


def test_a_report_that_expired_half_way_is_begun_anew(office, centre):
    case = office.released(CONTENT)
    centre.faults.add(Fault(status=500, path="finish"))
    office.delivery.all()
    assert ["open"] == [one.state for one in centre.reports.values()]
    office.clock.on(90_000)
    office.delivery.all()

    assert ["finished"] == [one.state for one in centre.reports.values()]
    assert CaseState.ACKNOWLEDGED == office.case(case.id).state


def test_two_workers_do_not_send_the_same_report(office, centre, store, vault, clock):
    case = office.released(CONTENT)
    with store.write() as connection:
        taken = outbox.take(connection, "ncmec", "another", clock(), 1_800)
        assert case.id == taken.case
    assert [] == office.delivery.all()
    clock.on(1_801)  # the other worker was killed
    office.delivery.all()

    assert 1 == len(centre.finished)


def test_nothing_personal_stands_outside_the_vault(office, centre, store, tmp_path, folder):
    person = {**PERSON, "account": {"identifier": MARKER, "bio": MARKER}}
    office.released(f"{MARKER} content\n".encode() * 5_000, person=person)
    office.delivery.all()
    store.close()
    files = [file for file in tmp_path.rglob("*") if file.is_file()]

    assert any(MARKER.encode() in one.body for one in centre.finished)
    assert [] == [file.name for file in files if MARKER.encode() in file.read_bytes()]
    assert len(files) >= 2


def test_people_who_release_are_named_in_the_history(office):
    case = office.released(CONTENT)
    with office.store.read() as connection:
        packed = json.dumps([ruled.by for ruled in office.case(case.id).rulings])
        assert connection is not None

    assert json.dumps([A, B, C]) == packed
    with pytest.raises(StateError):
        office.desk.release(case.id, A)


def _items(office, case_id):
    with office.store.read() as connection:
        return office.vault.items(connection, case_id)
