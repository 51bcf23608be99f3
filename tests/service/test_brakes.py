"""A threshold for each account, and a freeze for an entry that matches many accounts."""

from __future__ import annotations

import hashlib
import json
import random
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from kindward import config
from kindward.banks import Bank, build_bank
from kindward.banks.approval import approve, new_key
from kindward.errors import ConfigError
from kindward.model import BankVersion, Decision, Entry, EntryState, Fingerprint, Match, Trust, Verdict, Versions, View
from kindward.policy import Policy, Threshold
from kindward.service.accounts import in_epoch, read_secret, under_entry
from kindward.service.brakes import Brakes
from kindward.service.log import Log
from kindward.service.metrics import Metrics
from kindward.service.rates import Rates
from kindward.store import Store

SECRET = "5" * 64
ACCOUNT = b"account-0001"
TABLE = """
name = "ours"
date = 2026-11-24
otherwise = "hold"
[threshold]
distinct = 3
burst_seconds = 0
exempt = ["digest/1 federated"]
"""
VALUES = [random.Random(number).randbytes(32) for number in range(60)]


@pytest.fixture
def entries(tmp_path):
    """A bank of sixty unrelated entries; the last of them knows the bytes of a content too."""
    named = [Entry(f"e{number}", "pdq/1", value) for number, value in enumerate(VALUES)]
    build_bank(tmp_path / "known", named, name="known")
    return tmp_path / "known"


@pytest.fixture
def secret(tmp_path):
    (tmp_path / "secret").write_text(SECRET + "\n", encoding="utf-8")
    return tmp_path / "secret"


@pytest.fixture
def store(tmp_path):
    with Store.open(config.Store(url=f"sqlite:///{tmp_path}/kindward.db")) as opened:
        yield opened


class Table:
    """Stand for the checker where only its policy and banks are asked for: both are real."""

    def __init__(self, banks, **threshold):
        self.banks = banks
        self.policy = Policy("ours", (), Decision.HOLD, {}, Threshold(**{"burst_seconds": 0, **threshold}))


def verdict(*numbers, bank="known", simulated=False, silent=False):
    matches = tuple(Match(bank, f"e{number}", "pdq/1", 0, 31, View()) for number in numbers)
    versions = Versions(("pdq/1",), (BankVersion(bank, "1", Trust.IMPORTED, silent),), "ours")
    decision = Decision.HOLD if matches else Decision.PASS
    return Verdict(decision, simulated=simulated, matches=matches, risks=(), versions=versions)


@pytest.fixture
def brakes(store, secret):
    """Give a function that makes brakes with these settings, and a clock that a test can move."""
    now = [1_800_000_000.0]

    def make(*, simulate=False, file=secret, **service):
        service = config.Service(account_secret_file=str(file or ""), **service)
        settings = config.Settings(simulate=simulate, service=service)
        made = Brakes(settings=settings, tallies=store.tallies, metrics=Metrics(), log=Log(), clock=lambda: now[0])
        made.now = now
        return made

    return make


def rows(store):
    with store.read() as connection:
        return [
            connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one() for name in ("tallies", "reaches")
        ]


def test_a_decision_takes_effect_from_the_third_distinct_entry_on(brakes, entries):
    made = brakes()
    with closing(Bank.open(entries)) as bank:
        checker = Table([bank], distinct=3)
        said = [made.weigh(verdict(number), ACCOUNT, checker) for number in (1, 2, 2, 1, 3, 4)]

    assert ["pass"] * 4 + ["hold"] * 2 == [str(one.decision) for one in said]
    assert [("below_threshold",)] * 4 + [()] * 2 == [one.notes for one in said]
    assert "e1" == said[0].matches[0].entry


def test_each_account_is_counted_for_itself(brakes, entries):
    made = brakes()
    with closing(Bank.open(entries)) as bank:
        checker = Table([bank], distinct=2)
        said = [made.weigh(verdict(number), b"account-%d" % number, checker) for number in range(10)]

    assert {"pass"} == {str(one.decision) for one in said}


def test_a_withdrawn_entry_counts_no_longer(brakes, entries):
    made = brakes()
    with closing(Bank.open(entries)) as bank:
        checker = Table([bank], distinct=3)
        made.weigh(verdict(1), ACCOUNT, checker)
        made.weigh(verdict(2), ACCOUNT, checker)
        bank.withdraw("e1", "wrong")
        third = made.weigh(verdict(3), ACCOUNT, checker)
        fourth = made.weigh(verdict(4), ACCOUNT, checker)

    assert ["pass", "hold"] == [str(one.decision) for one in (third, fourth)]


def test_entries_that_look_alike_count_once_and_quarantined_ones_not_at_all(brakes, entries):
    made = brakes()
    near = bytes([VALUES[1][0] ^ 0xFF, *VALUES[1][1:]])
    with closing(Bank.open(entries)) as bank:
        bank.add([Entry("e100", "pdq/1", near)])
        checker = Table([bank], distinct=3)
        for number in (1, 100, 2):
            made.weigh(verdict(number), ACCOUNT, checker)
        bank.quarantine("e2", "doubted", "reviewer")

        said = [str(made.weigh(verdict(number), ACCOUNT, checker).decision) for number in (3, 4)]
    assert ["pass", "hold"] == said


def test_nothing_is_carried_over_into_the_next_epoch(brakes, entries):
    made = brakes()
    with closing(Bank.open(entries)) as bank:
        checker = Table([bank], distinct=2, epoch_days=30)
        made.weigh(verdict(1), ACCOUNT, checker)
        made.now[0] += 30 * 86_400
        assert "pass" == str(made.weigh(verdict(2), ACCOUNT, checker).decision)
        assert "hold" == str(made.weigh(verdict(3), ACCOUNT, checker).decision)


@pytest.mark.parametrize(
    ("more", "given"),
    [
        ({}, None),
        ({"file": None}, ACCOUNT),
        ({"simulate": True}, ACCOUNT),
    ],
)
def test_without_an_account_a_secret_or_consequences_the_first_match_decides_and_nobody_is_remembered(
    brakes, entries, store, more, given
):
    made = brakes(**more)
    before = verdict(1)
    with closing(Bank.open(entries)) as bank:
        assert before is made.weigh(before, given, Table([bank], distinct=3))
    assert [0, 0] == rows(store)


def test_nothing_is_remembered_of_content_without_a_match_or_matches_that_decide_nothing(brakes, entries, store):
    made = brakes()
    with closing(Bank.open(entries)) as bank:
        for one in (verdict(), verdict(1, simulated=True), verdict(1, silent=True)):
            assert one is made.weigh(one, ACCOUNT, Table([bank], distinct=3))
    assert [0, 0] == rows(store)


def test_a_database_that_does_not_answer_leaves_the_decision_as_it_was(brakes, entries, store):
    made = brakes()
    with store.write() as connection:
        connection.exec_driver_sql("DROP TABLE tallies")
    before = verdict(1)
    with closing(Bank.open(entries)) as bank:
        assert before is made.weigh(before, ACCOUNT, Table([bank], distinct=3))


def test_the_account_stands_nowhere_in_the_database(brakes, entries, store, tmp_path):
    made = brakes()
    with closing(Bank.open(entries)) as bank:
        for number in range(3):
            made.weigh(verdict(number), ACCOUNT, Table([bank], distinct=5))
    store.close()
    held = b"".join(file.read_bytes() for file in Path(tmp_path).glob("kindward.db*"))

    assert b"e1" in held
    assert ACCOUNT not in held
    assert hashlib.sha256(ACCOUNT).digest() not in held


def test_what_is_past_its_epoch_is_deleted(brakes, entries, store):
    made = brakes()
    with closing(Bank.open(entries)) as bank:
        made.weigh(verdict(1), ACCOUNT, Table([bank], distinct=5))
        made.forget()
        assert [1, 1] == rows(store)
        made.now[0] += 31 * 86_400
        made.forget()
    assert [0, 0] == rows(store)


def test_an_entry_that_matches_many_accounts_is_frozen_and_others_are_not(brakes, entries):
    made = brakes(brake_accounts=5)
    with closing(Bank.open(entries)) as bank:
        checker = Table([bank])
        for number in range(5):
            made.weigh(verdict(1), b"account-%d" % number, checker)
            made.weigh(verdict(2), b"account-0", checker)
        frozen, other = bank.state("e1"), bank.state("e2")

        assert EntryState.QUARANTINED is frozen.state
        assert ("many_accounts", ("brake",)) == (frozen.reason, frozen.deciders)
        assert other is None
        assert [] == bank.lookup([Fingerprint("pdq/1", VALUES[1], 100)])
        assert ["e2"] == [found.entry for found in bank.lookup([Fingerprint("pdq/1", VALUES[2], 100)])]


def test_an_entry_that_a_human_put_back_is_not_frozen_again(brakes, entries):
    made = brakes(brake_accounts=2)
    with closing(Bank.open(entries)) as bank:
        checker = Table([bank])
        for number in range(2):
            made.weigh(verdict(1), b"account-%d" % number, checker)
        bank.reinstate("e1", "it is what it says", "reviewer")
        for number in range(9):
            made.weigh(verdict(1), b"account-%d" % number, checker)

        assert EntryState.ACTIVE is bank.state("e1").state


def test_accounts_of_another_day_do_not_freeze_an_entry(brakes, entries):
    made = brakes(brake_accounts=3, brake_hours=24.0)
    with closing(Bank.open(entries)) as bank:
        for number in range(6):
            made.weigh(verdict(1), b"account-%d" % number, Table([bank]))
            made.now[0] += 13 * 3600
        assert bank.state("e1") is None


def test_the_brake_can_be_taken_off(brakes, entries, store):
    made = brakes(brake_accounts=0)
    with closing(Bank.open(entries)) as bank:
        for number in range(60):
            made.weigh(verdict(1), b"account-%d" % number, Table([bank]))
        assert bank.state("e1") is None
    assert [0, 0] == rows(store)


def test_a_threshold_without_a_secret_is_refused_and_in_simulation_is_not(brakes):
    table = Table([], distinct=2).policy
    with pytest.raises(ConfigError):
        brakes(file=None).require_secret(table)
    brakes(file=None, simulate=True).require_secret(table)
    brakes().require_secret(table)
    brakes(file=None).require_secret(replace(table, threshold=Threshold()))


def test_digests_of_accounts_differ_by_epoch_entry_bank_account_and_secret():
    digests = {
        in_epoch(b"s", b"a", 0, 1),
        in_epoch(b"s", b"a", 1, 2),
        in_epoch(b"s", b"b", 0, 1),
        in_epoch(b"t", b"a", 0, 1),
        under_entry(b"s", b"a", "known", "e"),
        under_entry(b"s", b"a", "know", "ne"),
        under_entry(b"s", b"a", "known", "f"),
    }

    assert 7 == len(digests)
    assert {32} == set(map(len, digests))


@pytest.mark.parametrize("text", ["", "short", " " * 64, "x" * 31])
def test_a_secret_that_is_too_short_is_refused(tmp_path, text):
    (tmp_path / "secret").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError):
        read_secret(str(tmp_path / "secret"))


def test_a_secret_that_is_not_there_is_refused_and_none_is_needed(tmp_path):
    with pytest.raises(ConfigError):
        read_secret(str(tmp_path / "nowhere"))
    assert read_secret("") is None


@pytest.fixture
def rates():
    """Give a function that makes rates with a ceiling, and a clock that a test can move."""
    now = [0.0]

    def make(ceiling=1e-3, hours=24.0):
        settings = config.Settings(banks=config.Banks(match_rate_ceiling=ceiling, match_rate_hours=hours))
        made = Rates(settings=settings, metrics=Metrics(), log=Log(), clock=lambda: now[0])
        made.now = now
        return made

    return make


def test_a_bank_whose_entries_match_far_too_often_goes_to_simulation_and_says_so(rates, entries):
    counted = rates(ceiling=1e-3)
    with closing(Bank.open(entries)) as bank:
        counted.note(20_000, [], [bank])
        for number in range(60):
            counted.note(1, [verdict(number)], [bank])
        assert "rate_above_ceiling" == bank.simulated
    told = json.loads((entries / "simulated.json").read_text(encoding="utf-8"))
    assert 1e-3 < told["facts"]["bound"] < told["facts"]["entries"] / told["facts"]["checks"]


@pytest.mark.parametrize("matched", [[verdict(1)] * 60, [verdict(number) for number in range(20)]])
def test_one_picture_sent_often_and_matches_at_the_ceiling_switch_nothing(rates, entries, matched):
    counted = rates(ceiling=1e-3)
    with closing(Bank.open(entries)) as bank:
        counted.note(20_000, [], [bank])
        for one in matched:
            counted.note(1, [one], [bank])
        assert "" == bank.simulated


def test_a_few_checks_conclude_nothing_and_a_window_begins_anew(rates, entries):
    counted = rates(ceiling=1e-3, hours=1.0)
    with closing(Bank.open(entries)) as bank:
        for number in range(60):
            counted.note(1, [verdict(number)], [bank])
        counted.now[0] += 3600
        counted.note(20_000, [verdict(1)], [bank])
        assert "" == bank.simulated


def test_without_a_ceiling_nothing_is_counted(rates, entries):
    counted = rates(ceiling=0.0)
    with closing(Bank.open(entries)) as bank:
        counted.note(20_000, [verdict(number) for number in range(60)], [bank])
        assert "" == bank.simulated


# the real service


def ask(service, number, account=None):
    question = {"fingerprints": [{"signal": "pdq/1", "value": VALUES[number].hex()}]}
    with service.client() as client:
        headers = {} if account is None else {"Kindward-Account": account}
        return client.post("/v1/match", json=question, headers=headers)


@pytest.fixture
def braked(serve, entries, secret, tmp_path):
    """Give a function that runs a service whose bank an operator has signed, so that its matches decide."""
    (tmp_path / "ours.toml").write_text(TABLE, encoding="utf-8")
    new_key(tmp_path / "operator")
    with closing(Bank.open(entries)) as bank:
        approve(bank, (tmp_path / "operator").read_bytes())

    def start(**more):
        given = {
            "policy__file": tmp_path / "ours.toml",
            "service__account_secret_file": secret,
            "banks__operator_keys": tmp_path / "operator.pub",
            "simulate": "false",
        }
        return serve(bank=entries, **(given | more))

    return start


def test_the_service_waits_for_distinct_entries_of_an_account_and_not_for_those_of_nobody(braked):
    service = braked()
    said = [ask(service, number, "one").json() for number in (1, 1, 2, 3)]

    assert ["pass", "pass", "pass", "hold"] == [one["decision"] for one in said]
    assert [["below_threshold"]] * 3 + [[]] == [one["notes"] for one in said]
    assert "hold" == ask(service, 9).json()["decision"]
    assert "pass" == ask(service, 9, "other").json()["decision"]
    assert 4 == service.metric("kindward_below_threshold_total")
    assert 4 == service.metric("kindward_checks_total", decision="pass", simulated="no")


def test_a_checked_content_counts_like_a_fingerprint_and_many_at_once_in_their_order(
    braked, make_bank, known_pictures, tmp_path
):
    service = braked()
    with service.client() as client:
        kind = {"Content-Type": "application/vnd.kindward.pdq", "Kindward-Account": "one"}
        many = client.post("/v1/match", content=b"".join(VALUES[:5]), headers=kind).json()

    assert ["pass", "pass", "hold", "hold", "hold"] == [one["decision"] for one in many["matched"]]
    assert [["below_threshold"]] * 2 + [[]] * 3 == [one["notes"] for one in many["matched"]]


def test_pictures_of_an_account_are_counted_too(braked, known_pictures, fingerprint, entries, tmp_path):
    with closing(Bank.open(entries)) as bank:
        bank.add([Entry("cat", "pdq/1", fingerprint(known_pictures[0].read_bytes()).value)])
        approve(bank, (tmp_path / "operator").read_bytes())
    service = braked()
    picture = known_pictures[0].read_bytes()

    first = service.check(picture, **{"Kindward-Account": "one"}).json()
    for number in (1, 2):
        ask(service, number, "one")
    last = service.check(picture, **{"Kindward-Account": "one"}).json()
    assert ("pass", "hold") == (first["decision"], last["decision"])
    assert "cat" == first["matches"][0]["entry"]


def test_the_service_freezes_an_entry_for_all_its_workers_and_names_no_account(braked, tmp_path):
    service = braked(service__brake_accounts=4, service__workers=2)
    marker = "maRk3rOfTh3Tr33"
    for number in range(4):
        ask(service, 1, f"{marker}-{number}")

    assert service.wait(lambda: [] == ask(service, 1).json()["matches"])
    assert service.wait(lambda: 60 - 1 == entries_of(service))
    (line,) = [line for line in service.lines() if "entry frozen" == line["event"]]
    assert ("known", "e1", 4, "many_accounts") == tuple(line[key] for key in ("bank", "entry", "accounts", "reason"))
    assert 1 == service.metric("kindward_entries_frozen_total", bank="known")
    with service.client("operator") as client:
        told = client.get("/metrics").text
    assert marker not in told
    assert marker not in service.log.read_text(encoding="utf-8")
    held = b"".join(file.read_bytes() for file in service.folder.glob("*"))
    assert marker.encode() not in held


def entries_of(service):
    with service.client() as client:
        return client.get("/v1/banks").json()["banks"][0]["entries"]["pdq/1"]


def test_accounts_at_the_same_time_are_counted_exactly(braked):
    service = braked(service__brake_accounts=0, service__workers=2)
    said = []
    threads = [
        threading.Thread(target=lambda number=number: said.append(ask(service, number, "one").json()["decision"]))
        for number in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (2, 10) == (said.count("pass"), said.count("hold"))


@pytest.mark.parametrize("account", ["", "x" * 129, "tab\there", "\x80"])
def test_what_cannot_be_an_account_is_refused_and_not_repeated(braked, account):
    answer = ask(braked(), 1, account.encode("latin-1"))

    assert 400 == answer.status_code
    assert "account_unusable" == answer.json()["code"]
    assert "xx" not in answer.text


def test_an_account_that_is_named_twice_is_refused(braked):
    service = braked()
    with service.client() as client:
        headers = [*client.headers.items(), ("Kindward-Account", "a"), ("Kindward-Account", "b")]
        answer = client.post("/v1/match", json={"fingerprints": []}, headers=headers)

    assert (400, "header_repeated") == (answer.status_code, answer.json()["code"])


def test_a_service_whose_policy_needs_accounts_but_has_no_secret_is_not_ready_and_says_why(braked):
    service = braked(ready=False, service__account_secret_file="")

    assert service.wait(lambda: any("threshold_without_secret" == line.get("code") for line in service.lines()))
    assert 503 == service.answers("/readyz")


def test_the_shipped_settings_remember_nobody(serve, entries, store):
    service = serve(bank=entries)
    said = ask(service, 1, "one").json()
    with service.store.read() as connection:
        counts = [
            connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one() for name in ("tallies", "reaches")
        ]

    assert ("hold", True) == (said["decision"], said["simulated"])
    assert [0, 0] == counts
