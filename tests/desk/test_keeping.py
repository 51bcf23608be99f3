"""Evidence goes when its time is over, and nothing of it is left; an order keeps it, for as long as it says."""

import pytest
from offices import PERSON, Office

from kindward.cases.retention import rule
from kindward.ledger.conduct import Conduct
from kindward.sandbox import running
from kindward.sandbox.centre import CentreSandbox
from kindward.store import deeds

DAY = 86_400
MARKER = "marker-31aa"
CONTENT = f"{MARKER} content\n".encode() * 5_000


@pytest.fixture
def office(store, vault, clock):
    centre = CentreSandbox(clock)
    with running(centre.app) as address:
        made = Office(store, vault, clock, address)
        made.desk._retention = rule("us")
        yield made
        made.transport.close()


def reported(office):
    person = {**PERSON, "account": {**PERSON["account"], "bio": MARKER}}
    case = office.released(CONTENT, person=person)
    office.delivery.all()
    return case


def test_a_reported_case_is_kept_a_year_and_then_nothing_is_left(office, store, tmp_path):
    case = reported(office)
    office.clock.on(364 * DAY)
    assert 0 == office.desk.keep()
    office.clock.on(DAY + 120)
    assert (1, 0) == (office.desk.keep(), office.desk.keep())
    office.desk.tick()

    found = office.case(case.id)
    assert (True, "", "") == (found.erased, found.digest, found.account)
    store.close()
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert [] == [file.name for file in files if MARKER.encode() in file.read_bytes()]
    assert [] == list(office.vault._folder.iterdir())


def test_an_order_keeps_it_until_the_order_ends(office):
    case = reported(office)
    until = office.clock.now + 400 * DAY
    with office.store.write() as connection:
        office.vault.retain(connection, case.id, until=until, order="4711", by="p-lead", now=office.clock.now)
    office.clock.on(380 * DAY)
    assert 0 == office.desk.keep()
    office.clock.on(21 * DAY)
    assert 1 == office.desk.keep()


def test_the_audit_log_agrees_with_the_destruction(office):
    reported(office)
    office.clock.on(366 * DAY)
    office.desk.keep()
    conduct = Conduct()
    with office.store.read() as connection:
        for leaf in deeds.leaves(connection):
            conduct.take(leaf)

    assert 1 == conduct.standing(office.clock.now).counts["destroyed"]


def test_without_a_rule_nothing_is_destroyed(office):
    office.desk._retention = None
    reported(office)
    office.clock.on(4_000 * DAY)

    assert 0 == office.desk.keep()
