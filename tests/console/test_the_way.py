"""The whole way through pages: two people confirm, a third releases, the centre has the report; or nothing is left."""

import pytest
from consoles import proof
from pictures import encoded, photograph

from kindward.cases import CaseState
from kindward.store import cases

MARKER = "marker-5d10"


@pytest.fixture
def picture(package_photographs):
    return encoded(photograph(package_photographs[2], 320), "PNG")


def decide(client, ruling, reason):
    page = client.post("/next", data={"proof": proof(client.get("/").text)})
    assert page.url.path.startswith("/cases/"), page.text
    return client.post(f"{page.url.path}/rule", data={"proof": proof(page.text), "ruling": ruling, "reason": reason})


def state(console, case):
    with console.store.read() as connection:
        return cases.load(connection, case.id)


def test_two_people_confirm_a_third_releases_and_the_centre_has_the_report(console, enter, centre, picture):
    case = console.alarm(picture)
    for login in ("reviewer", "second"):
        page = decide(enter(login), "confirm", "known_bytes")
        assert f"/cases/{case.id}" == page.url.path
        console.settle()
    reporter = enter("reporter")
    assert case.id in reporter.get("/reports").text
    page = reporter.get(f"/cases/{case.id}/report")
    told = {"nowhere": "1", "measure-removed": "1", "kind": "known", "note": "Seen in one chat."}
    page = reporter.post(f"/cases/{case.id}/report", data={"proof": proof(page.text), **told})
    assert "It does not say whether the same was reported elsewhere too." not in page.text
    page = reporter.post(f"/cases/{case.id}/release", data={"proof": proof(page.text)})
    assert "takes effect in 30 seconds" in page.text
    console.settle()
    with console.office.delivery() as delivery:
        delivery.all()

    (received,) = centre.finished
    assert CaseState.ACKNOWLEDGED == state(console, case).state
    assert received.number in reporter.get(f"/cases/{case.id}/report").text
    assert b"Seen in one chat." in received.body


def test_a_dismissed_case_leaves_nothing(console, enter, tmp_path, picture):
    case = console.alarm(picture + MARKER.encode())
    client = enter("reviewer")
    page = client.post("/next", data={"proof": proof(client.get("/").text)})
    client.post(f"/cases/{case.id}/note", data={"proof": proof(page.text), "text": MARKER})
    assert MARKER in client.get(f"/cases/{case.id}").text
    client.post(
        f"/cases/{case.id}/rule", data={"proof": proof(page.text), "ruling": "dismiss", "reason": "other_content"}
    )
    console.settle()
    console.store.close()

    assert (CaseState.DISMISSED, True) == (state(console, case).state, state(console, case).erased)
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert [] == [file.name for file in files if MARKER.encode() in file.read_bytes() or picture in file.read_bytes()]


def test_a_decision_can_be_undone_until_it_takes_effect(console, enter, picture):
    case = console.alarm(picture)
    client = enter("reviewer")
    page = decide(client, "dismiss", "other_content")
    assert "takes effect in 30 seconds" in page.text
    page = client.post(f"/cases/{case.id}/undo", data={"proof": proof(page.text)})
    console.settle()

    assert (CaseState.IN_REVIEW, None) == (state(console, case).state, state(console, case).pending)


def test_nobody_learns_whether_somebody_else_has_decided(console, enter, picture):
    case = console.alarm(picture)
    decide(enter("reviewer"), "dismiss", "other_content")
    for login in ("operator", "lead", "auditor"):
        answer = enter(login).get(f"/cases/{case.id}/waiting")
        assert (409, False) == (answer.status_code, "taking effect" in answer.text)


def test_not_me_needs_no_reason_and_the_case_goes_to_others(console, enter, picture):
    case = console.alarm(picture)
    client = enter("reviewer")
    page = client.post("/next", data={"proof": proof(client.get("/").text)})
    page = client.post(f"/cases/{case.id}/back", data={"proof": proof(page.text)})
    assert "/" == page.url.path
    page = client.post("/next", data={"proof": proof(page.text)})
    assert "Nothing waits for you at the moment." in page.text
    other = enter("second")
    assert f"/cases/{case.id}" == other.post("/next", data={"proof": proof(other.get("/").text)}).url.path


def test_a_pause_hands_the_case_back_and_names_whom_to_talk_to(console, enter, picture):
    case = console.alarm(picture)
    client = enter("reviewer")
    page = client.post("/next", data={"proof": proof(client.get("/").text)})
    page = client.post("/pause", data={"proof": proof(page.text)})

    assert "Peer line of the house" in page.text
    assert "" == state(console, case).leased_by(console.clock.now)


def test_a_case_for_a_lead_is_seen_and_goes_on(console, enter, picture):
    case = console.alarm(picture)
    client = enter("reviewer")
    page = client.post("/next", data={"proof": proof(client.get("/").text)})
    client.post(f"/cases/{case.id}/hold", data={"proof": proof(page.text)})
    lead = enter("lead")
    page = lead.get("/lead")
    assert (True, True) == (case.id in page.text, "a reviewer asks" in page.text)
    lead.post(f"/cases/{case.id}/resume", data={"proof": proof(page.text)})

    assert CaseState.OPEN == state(console, case).state


def test_an_appeal_reopens_a_case(console, enter, picture):
    case = console.alarm(picture)
    for login in ("reviewer", "second"):
        decide(enter(login), "confirm", "known_bytes")
        console.settle()
    lead = enter("lead")
    page = lead.get(f"/cases/{case.id}/history")
    page = lead.post(f"/cases/{case.id}/reopen", data={"proof": proof(page.text), "appeal": "appeal-17"})

    assert "appeal: appeal-17" in page.text
    assert 2 == state(console, case).round


def test_pages_speak_the_language_of_the_person(enter):
    assert '<html lang="de">' in enter("second").get("/").text
    client = enter("reviewer")
    page = client.get("/")
    assert '<html lang="en">' in page.text
    assert '<html lang="de">' in client.post("/language", data={"proof": proof(page.text), "language": "de"}).text
