"""Every route with every role: who may gets an answer, who may not learns only that; nobody gets in without a login."""

import httpx2
import pytest
from consoles import ROLES, proof
from pictures import encoded, photograph

from kindward.service.console.roles import MATRIX, Act, Person, Role, fit_together, may
from kindward.service.console.routes import GET, TABLE

EXPECTED = {
    Role.REVIEWER: {"own", "take", "look", "decide"},
    Role.LEAD: {"own", "take", "look", "decide", "lead", "add", "reopen", "history", "health"},
    Role.REPORTER: {"own", "add", "release", "history"},
    Role.AUDITOR: {"own", "history", "health"},
    Role.OPERATOR: {"own", "health", "people"},
}


def test_the_matrix_is_what_was_agreed():
    assert EXPECTED == {role: {str(act) for act in Act if role in MATRIX[act]} for role in Role}


def test_every_act_is_somebodys_and_has_a_route():
    assert set(Act) == set(MATRIX)
    assert set(Act) == {entry.act for entry in TABLE}


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OPERATOR])
def test_who_runs_the_machine_does_nothing_else(role):
    assert not fit_together(frozenset({Role.OPERATOR, role}))
    assert fit_together(frozenset({role}))
    assert not may(Person("p-1", frozenset({Role.OPERATOR})), Act.LOOK)


@pytest.fixture
def case(console, package_photographs):
    return console.alarm(encoded(photograph(package_photographs[2], 160), "PNG"))


def asked(client, entry, case, told):
    path = entry.path.replace("{case}", case.id).replace("{id}", "p-unknown")
    if entry.method == GET:
        return client.get(path, follow_redirects=False)
    return client.post(path, data={"proof": told}, follow_redirects=False)


@pytest.mark.parametrize("role", ROLES)
def test_every_route_lets_in_whom_the_matrix_names_and_nobody_else(enter, case, role):
    client = enter(role)
    told = proof(client.get("/").text)
    refused = {
        f"{entry.method} {entry.path}"
        for entry in TABLE
        if "This page belongs to another role." in (answer := asked(client, entry, case, told)).text
        and 403 == answer.status_code
    }

    assert {f"{entry.method} {entry.path}" for entry in TABLE if Role(role) not in MATRIX[entry.act]} == refused


def test_nobody_gets_in_without_a_login(address, case):
    with httpx2.Client(base_url=address, timeout=20) as client:
        answers = [asked(client, entry, case, "") for entry in TABLE]

    assert {(303, "/login")} == {(answer.status_code, answer.headers["location"]) for answer in answers}


def test_half_a_login_is_none(console, address, case):
    with httpx2.Client(base_url=address, timeout=20) as client:
        client.post("/login", data={"login": "reviewer", "password": "four words nobody combines"})
        answers = [asked(client, entry, case, "") for entry in TABLE]

    assert {"/login"} == {answer.headers["location"] for answer in answers}


def test_a_form_from_elsewhere_changes_nothing(console, enter, case):
    client = enter("reviewer")
    other = proof(enter("second").get("/").text)
    for told in ("", "x", other):
        answer = client.post("/next", data={"proof": told})
        assert (403, True) == (answer.status_code, "This form does not come from a page of your login." in answer.text)
    with console.store.read() as connection:
        from kindward.store import cases

        assert "" == cases.load(connection, case.id).leased_by(console.clock.now)


def test_nobody_sees_the_case_of_somebody_else(enter, case):
    first, other = enter("reviewer"), enter("second")
    first.post("/next", data={"proof": proof(first.get("/").text)})
    answer = other.get(f"/cases/{case.id}")

    assert (409, False) == (answer.status_code, "Why it is here" in answer.text or "Warum" in answer.text)


def test_every_answer_is_protected(enter, case):
    client = enter("reviewer")
    for path in ("/", "/login", "/static/console.css", "/nowhere"):
        headers = client.get(path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert ("nosniff", "no-referrer") == (headers["x-content-type-options"], headers["referrer-policy"])
    assert "no-store" == client.get("/").headers["cache-control"]


def test_without_a_ground_nobody_opens_content_where_one_is_needed(console, store, clock, tmp_path):
    from dataclasses import replace

    from kindward.service.console.gate import Gate
    from kindward.store.people import Member

    settings = replace(console.settings, legal=replace(console.settings.legal, country="DE"))
    gate = Gate(store, settings, console.office.vault._master, clock)
    someone = Member("p-1", "x", frozenset({"reviewer"}))

    assert not gate.known(someone).may_look
    assert gate.known(replace(someone, ground="Section 184b(5) no. 3", ground_until=clock.now + 1)).may_look
    assert not gate.known(replace(someone, ground="Section 184b(5) no. 3", ground_until=clock.now)).may_look
    assert Gate(store, console.settings, console.office.vault._master, clock).known(someone).may_look
