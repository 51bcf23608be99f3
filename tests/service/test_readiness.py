"""Not ready without a proven bank; what is asked meanwhile gets the policy's decision."""

from __future__ import annotations

import shutil

import pytest

from kindward.banks import Bank


def damage(folder):
    """Change the values that the bank's own proof looks at."""
    for file in folder.glob("pdq-values-*"):
        file.chmod(0o644)
        file.write_bytes(bytes(byte ^ 0xFF for byte in file.read_bytes()))


def test_a_ready_service_says_so(service):
    with service.client(None) as client:
        assert {"ready": True} == client.get("/readyz").json()
        assert {"alive": True} == client.get("/healthz").json()


def test_without_a_bank_the_service_lives_but_is_not_ready(serve, strange_pictures):
    service = serve(bank=None, ready=False)
    with service.client(None) as client:
        answer = client.get("/readyz")
    assert 503 == answer.status_code
    assert "not_ready" == answer.json()["code"]
    checked = service.check(strange_pictures[0].read_bytes())
    assert 503 == checked.status_code
    assert "no_bank" == checked.json()["code"]
    assert "hold" == checked.json()["decision"]
    assert checked.json()["simulated"] is True
    assert "no_bank" in [line.get("code") for line in service.lines()]
    with service.client() as client:
        assert {"banks": []} == client.get("/v1/banks").json()


def test_the_decision_without_a_trusted_bank_is_that_of_the_settings(serve, strange_pictures):
    service = serve(bank=None, ready=False, policy__on_trust_error="block")
    assert "block" == service.check(strange_pictures[0].read_bytes()).json()["decision"]


def test_a_bank_that_appears_later_makes_the_service_ready(serve, make_bank, known_pictures, tmp_path):
    service = serve(bank=tmp_path / "known", ready=False)
    assert 503 == service.answers("/readyz")
    make_bank(known_pictures)
    assert service.wait(lambda: 200 == service.answers("/readyz"), 10)
    assert "hold" == service.check(known_pictures[0].read_bytes()).json()["decision"]


def test_a_damaged_bank_is_refused_and_its_place_on_the_disk_not_told(serve, make_bank, known_pictures):
    folder = make_bank(known_pictures)
    damage(folder)
    service = serve(bank=folder, ready=False)
    answer = service.check(known_pictures[0].read_bytes())
    assert 503 == answer.status_code
    assert "hold" == answer.json()["decision"]
    assert str(folder) not in answer.text
    assert 503 == service.answers("/readyz")


def test_banks_are_listed_without_their_entries(service):
    with service.client() as client:
        answer = client.get("/v1/banks")
    assert ["known"] == [bank["name"] for bank in answer.json()["banks"]]
    assert {"name", "version", "trust", "simulated", "entries"} == set(answer.json()["banks"][0])
    assert 2 == answer.json()["banks"][0]["entries"]["pdq/1"]
    assert "astronaut" not in answer.text


def test_a_database_that_fails_lets_nobody_in_but_the_service_lives(serve):
    service = serve()
    with service.store.write() as connection:
        connection.exec_driver_sql("DROP TABLE tokens")
    with service.client() as client:
        assert service.wait(lambda: 503 == client.get("/v1/banks").status_code, 20)
    assert 200 == service.answers("/healthz")
    assert 503 == service.answers("/readyz")


@pytest.mark.parametrize("count", [1])
def test_a_bank_with_one_entry_still_matches_over_http(serve, make_bank, known_pictures, count):
    folder = make_bank(known_pictures[:count])
    service = serve(bank=folder)
    assert "hold" == service.check(known_pictures[0].read_bytes()).json()["decision"]
    with Bank.open(folder) as bank:
        bank.withdraw(known_pictures[0].stem, "a mistake")
    data = known_pictures[0].read_bytes()
    assert service.wait(lambda: "pass" == service.check(data).json()["decision"], 10)
    shutil.rmtree(folder)
