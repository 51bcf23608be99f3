"""At the door: right passwords and codes let in, wrong ones are answered alike, slowed and never told apart."""

import httpx2
import pytest
from consoles import PASSWORD, proof, unshown

from kindward.service.console import passwords
from kindward.store import people

VECTORS = [
    (59, "94287082"),
    (1_111_111_109, "07081804"),
    (1_111_111_111, "14050471"),
    (1_234_567_890, "89005924"),
    (2_000_000_000, "69279037"),
    (20_000_000_000, "65353130"),
]


@pytest.mark.parametrize(("at", "expected"), VECTORS)
def test_codes_are_those_of_rfc_6238(at, expected):
    assert expected == passwords.code(b"12345678901234567890", at // 30, 8)


@pytest.mark.parametrize(("seconds", "right"), [(0, True), (-30, True), (30, True), (-90, False), (90, False)])
def test_a_code_is_good_for_one_step_before_and_after(seconds, right):
    secret, now = passwords.new_secret(), 1_790_000_010
    told = passwords.code(secret, (now + seconds) // 30)

    assert right is (passwords.step_of(secret, told, now) is not None)
    assert passwords.step_of(secret, "", now) is None


def test_a_password_is_kept_as_a_record_that_tells_nothing():
    record = passwords.sealed(PASSWORD)

    assert record.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert (True, False, False) == tuple(
        passwords.opens(p, r) for p, r in [(PASSWORD, record), ("x", record), ("x", "")]
    )


@pytest.fixture
def client(address):
    with httpx2.Client(base_url=address, timeout=20, follow_redirects=True) as client:
        yield client


def log_in(client, login="reviewer", password=PASSWORD):
    return client.post("/login", data={"login": login, "password": password})


@pytest.mark.parametrize(
    ("login", "password"), [("reviewer", "wrong"), ("nobody", PASSWORD), ("", ""), ("x" * 500, "y")]
)
def test_wrong_names_and_wrong_passwords_are_told_alike(client, login, password):
    page = log_in(client, login, password)

    assert (403, True) == (page.status_code, "That was not right." in page.text)
    assert not client.cookies


def test_many_wrong_tries_are_slowed_and_the_pause_grows(console, client):
    for _ in range(5):
        log_in(client, password="wrong")
    page = log_in(client)
    assert "There were too many wrong tries. The next one is heard in 1 minutes." in page.text
    console.clock.on(31)
    log_in(client, password="wrong")
    console.clock.on(31)
    assert "too many wrong tries" in log_in(client).text
    console.clock.on(60)
    assert "/second" == log_in(client).url.path


def test_one_address_cannot_try_many_names(console, client):
    for number in range(5):
        log_in(client, login=f"nobody{number}")

    assert "too many wrong tries" in log_in(client).text


def secret_of(page):
    return unshown(page.text.split("<code>")[1].split("</code>")[0])


def second(client, page, code):
    return client.post("/second", data={"proof": proof(page.text), "code": code})


def test_a_code_works_once(console, client, address):
    page = log_in(client)
    secret = secret_of(page)
    code = console.code(secret)
    assert "/" == second(client, page, code).url.path
    with httpx2.Client(base_url=address, timeout=20, follow_redirects=True) as other:
        page = log_in(other)
        assert "<code>" not in page.text
        assert "That was not right." in second(other, page, code).text
        assert "/" == second(other, page, console.code(secret)).url.path


def test_the_secret_lies_sealed_and_the_cookie_as_a_digest(console, client, tmp_path):
    page = log_in(client)
    secret = secret_of(page)
    second(client, page, console.code(secret))
    (cookie,) = client.cookies.values()
    console.store.close()
    kept = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())

    assert (False, False, False) == (secret in kept, cookie.encode() in kept, PASSWORD.encode() in kept)


@pytest.mark.parametrize("seconds", [22 * 60, 11 * 3_600])
def test_a_login_ends_by_itself(console, enter, seconds):
    client = enter("reviewer")
    if seconds > 3_600:
        for _ in range(seconds // 600):
            console.clock.on(600)
            last = client.get("/").url.path
    else:
        console.clock.on(seconds)
        last = client.get("/").url.path

    assert "/login" == last


def test_logging_out_ends_the_session_and_locking_somebody_ends_all(console, enter):
    client, operator = enter("reviewer"), enter("operator")
    cookies = dict(client.cookies)
    client.post("/logout", data={"proof": proof(client.get("/").text)})
    client.cookies.update(cookies)
    assert "/login" == client.get("/").url.path
    client = enter("reviewer")
    with console.store.read() as connection:
        person = people.by_login(connection, "reviewer").id
    page = operator.get("/people")
    assert "locked out" in operator.post(f"/people/{person}/lock", data={"proof": proof(page.text)}).text
    assert "/login" == client.get("/").url.path
    assert "That was not right." in log_in(client).text


def test_a_new_session_begins_at_each_step(console, client):
    page = log_in(client)
    half = dict(client.cookies)
    second(client, page, console.code(secret_of(page)))

    assert half != dict(client.cookies)


def test_names_stand_nowhere_but_with_the_people(console, enter, store):
    from sqlalchemy import inspect, text

    console.add("marker-name-77", "reviewer")
    client = enter("marker-name-77")
    console.alarm(b"some bytes" * 20)
    client.post("/next", data={"proof": proof(client.get("/").text)})
    found = set()
    with store.read() as connection:
        for table in inspect(connection).get_table_names():
            for row in connection.execute(text(f'SELECT * FROM "{table}"')).all():
                if "marker-name-77" in repr(tuple(row)):
                    found.add(table)

    assert {"people"} == found
