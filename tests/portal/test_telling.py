"""Somebody tells something by their own choice: without a name, without a picture, with a receipt and an answer."""

import re

import pytest
from consoles import proof
from offices import A, B

from kindward.cases import CaseKind, CaseState, Ruling
from kindward.evidence import Kind
from kindward.store import cases, requests

MARKER = "marker-e51c"


def told(client, **fields):
    return client.post("/", data={"concern": "grooming", "text": f"He writes every night. {MARKER}", **fields})


def number_of(page):
    return re.search(r"<code>([A-Z2-9-]+)</code>", page.text).group(1)


def opened(console):
    with console.store.read() as connection:
        found = cases.in_state(connection, CaseState.OPEN)
        return [cases.load(connection, one) for one in found]


def asked(client, number):
    return client.post("/answer", data={"number": number})


def decide(console, person, ruling):
    case = console.desk.next(person)
    console.desk.rule(case.id, person, ruling, "told")
    console.settle()


def test_the_page_asks_for_words_and_never_for_a_picture(client):
    page = client.get("/")

    assert ('type="file"' not in page.text, "<script" not in page.text) == (True, True)
    assert ("call 112" in page.text, "116 111" in page.text) == (True, True)
    assert '<html lang="de">' in client.get("/", headers={"accept-language": "de"}).text


def test_what_is_told_opens_a_case_and_gives_a_receipt(console, client):
    page = told(client, teller="child")
    (case,) = opened(console)

    assert (CaseKind.NOTICE, "notice:child", "") == (case.kind, case.source, case.urgent)
    assert re.fullmatch(r"([A-HJ-NP-Z2-9]{4}-){4}[A-HJ-NP-Z2-9]{4}", number_of(page))
    assert "People are looking at it." in asked(client, number_of(page)).text


@pytest.mark.parametrize(("concern", "urgent"), [("threat", True), ("meeting", True), ("pictures", False)])
def test_where_a_child_may_be_in_danger_it_goes_first_and_help_is_named(console, client, concern, urgent):
    page = told(client, concern=concern)

    assert (urgent, urgent) == (bool(opened(console)[0].urgent), "nobody here can come to you" in page.text)


def test_nobody_has_to_say_who_they_are(console, client):
    told(client)

    assert "notice:anonymous" == opened(console)[0].source


def test_a_person_cannot_pretend_to_be_a_partner(console, client):
    told(client, teller="partner")

    assert "notice:anonymous" == opened(console)[0].source


def test_the_answer_says_what_people_decided(console, client):
    number = number_of(told(client))
    decide(console, A, Ruling.CONFIRM)
    decide(console, B, Ruling.CONFIRM)
    assert "agree with you" in asked(client, number).text


def test_the_answer_stays_when_everything_else_is_erased(console, client):
    number = number_of(told(client))
    decide(console, A, Ruling.DISMISS)

    assert "could not confirm it" in asked(client, number).text


@pytest.mark.parametrize("typed", [str.lower, lambda text: text.replace("-", ""), lambda text: f"  {text} "])
def test_a_number_is_understood_however_it_is_typed(client, typed):
    assert "People are looking at it." in asked(client, typed(number_of(told(client)))).text


@pytest.mark.parametrize("number", ["", "AAAA-BBBB-CCCC-DDDD-EEEE", "x" * 500, "'; DROP TABLE receipts; --"])
def test_an_unknown_number_leads_nowhere(client, number):
    page = asked(client, number)

    assert (409, True) == (page.status_code, "There is no receipt with this number." in page.text)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"text": " ", "place": ""}, "The notice says nothing yet."),
        ({"text": "x" * 10_001}, "The notice is longer than 10000 characters."),
    ],
)
def test_what_cannot_be_taken_is_told_kindly_and_opens_nothing(console, client, fields, says):
    page = told(client, **fields)

    assert (True, []) == (says in page.text, opened(console))


def test_very_much_from_one_address_is_slowed_for_an_hour(console, client):
    for _ in range(5):
        told(client)
    page = told(client)
    assert (409, True) == (page.status_code, "try again later" in page.text)
    console.clock.on(3_601)
    assert 200 == told(client).status_code


def test_words_are_sealed_and_stand_nowhere_else(console, client, tmp_path, capfd):
    told(client, place=f"room {MARKER}")
    (case,) = opened(console)
    with console.store.write() as connection:
        (item,) = console.office.vault.items(connection, case.id)
        with console.office.vault.opened(connection, item.id, by="p-test", purpose="test", now=1) as data:
            assert 2 == bytes(data).decode().count(MARKER)
    assert Kind.TEXT == item.kind
    console.store.close()
    said = capfd.readouterr()
    files = [file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()]

    assert MARKER not in said.out + said.err
    assert not any(MARKER.encode() in data for data in files)


def test_a_reviewer_reads_it_and_decides(console, client, enter):
    told(client)
    reviewer = enter("reviewer")
    page = reviewer.post("/next", data={"proof": proof(reviewer.get("/").text)})

    assert ("A person told it." in page.text, MARKER in page.text) == (True, True)


def test_only_digests_of_numbers_are_kept_and_old_ones_go(console, client, tmp_path):
    number = number_of(told(client))
    with console.store.write() as connection:
        assert requests.case_of(connection, number)
    console.clock.on(182 * 86_400)
    console.desk.keep()
    assert "People are looking at it." in asked(client, number).text
    console.clock.on(2 * 86_400)
    console.desk.keep()
    assert 409 == asked(client, number).status_code
    console.store.close()
    assert not any(number.encode() in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())


def test_pages_are_protected(client):
    headers = client.get("/").headers

    assert ("no-store", "nosniff") == (headers["cache-control"], headers["x-content-type-options"])
    assert "default-src 'self'" in headers["content-security-policy"]
