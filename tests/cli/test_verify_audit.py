"""An outsider examines the audit log of decisions, as people type it."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kindward import config
from kindward.ledger.deeds import Deed, DeedKind
from kindward.ledger.keys import SigningKey
from kindward.store import Store, deeds

KEY = SigningKey.of("audit.example", Ed25519PrivateKey.generate())
LONG_AGO, LATER = 1_700_000_000, 4_000_000_000
MATCH = {"kind": "match", "bank": "demo", "entry": "e", "distance": 3, "threshold": 31}


class Log:
    """Write an audit log, and export it."""

    def __init__(self, folder):
        self.folder, self.at = folder, LONG_AGO
        self.store = Store.open(config.Store(url=f"sqlite:///{folder}/kindward.db"))

    def do(self, what, by="kindward", case="00000000000a", *, later=0, **facts):
        self.at += later
        with self.store.write() as connection:
            deeds.append(connection, Deed(DeedKind(what), self.at, by, case, facts))
        return self

    def export(self):
        with self.store.write() as connection:
            deeds.checkpoint(connection, KEY, self.at)
            deeds.export(connection, self.folder / "log")
        return self.folder / "log"

    def decided(self, by, ruling, outcome):
        self.do("ruled", by, ruling=ruling)
        return self.do("settled", later=30, ruling=ruling, outcome=outcome)


@pytest.fixture
def log(tmp_path):
    one = Log(tmp_path)
    yield one
    one.store.close()


def reported(log):
    log.do("opened", deadline=LATER, **MATCH).decided("p-a", "confirm", "in_review")
    log.decided("p-b", "confirm", "confirmed").decided("p-c", "release", "confirmed")
    return log.do("reported", authority="ncmec", reference="1")


def test_a_log_that_keeps_the_rules_is_proven(kindward, log):
    reported(log).export()
    answer = kindward("verify", "audit", "log", "--key", KEY.verifier.text)

    assert 0 == answer.status, answer
    assert "All 8 leaves follow one another" in answer.out
    assert "Before each of 1 reports stand a release by a named person" in answer.out
    assert "Cases: reported 1." in answer.out


def test_machines_are_told_the_same(kindward, log):
    reported(log).export()
    record = json.loads(kindward("verify", "audit", "log", "--key", KEY.verifier.text, "-o", "json").out)

    assert (True, 8, 1, 3, {"reported": 1}, []) == tuple(
        record[name] for name in ("all_proven", "leaves", "reported", "people", "cases", "overdue")
    )


def test_what_is_late_is_named_and_changes_the_status(kindward, log):
    log.do("opened", deadline=LONG_AGO + 9, **MATCH)
    log.do("opened", case="00000000000b", deadline=LATER, **MATCH)
    log.do("ruled", "p-a", "00000000000b", ruling="dismiss")
    log.do("settled", case="00000000000b", later=30, ruling="dismiss", outcome="dismissed").export()
    answer = kindward("verify", "audit", "log", "--key", KEY.verifier.text)

    assert 1 == answer.status
    assert "Past their deadline: 00000000000a." in answer.out
    assert "Dismissed, and not destroyed in time: 00000000000b." in answer.out


def test_a_report_that_one_person_made_is_not_proven(kindward, log):
    log.do("opened", deadline=LATER, **MATCH).do("reported", authority="ncmec", reference="1").export()
    answer = kindward("verify", "audit", "log", "--key", KEY.verifier.text)

    assert 77 == answer.status
    assert "Not proven." in answer.out
    assert "released by a named person" in answer.err


def test_a_changed_leaf_is_noticed(kindward, log):
    folder = reported(log).export()
    (bundle,) = [file for file in folder.rglob("*") if "entries" in str(file) and file.is_file()]
    bundle.write_bytes(bundle.read_bytes().replace(b'"distance":3', b'"distance":9'))
    answer = kindward("verify", "audit", "log", "--key", KEY.verifier.text)

    assert 77 == answer.status


def test_a_missing_file_is_noticed(kindward, log):
    folder = reported(log).export()
    next(file for file in folder.rglob("*") if "entries" in str(file) and file.is_file()).unlink()
    answer = kindward("verify", "audit", "log", "--key", KEY.verifier.text)

    assert 77 == answer.status


def test_another_key_proves_nothing(kindward, log):
    reported(log).export()
    other = SigningKey.of("audit.example", Ed25519PrivateKey.generate()).verifier.text
    answer = kindward("verify", "audit", "log", "--key", other)

    assert 77 == answer.status


def test_a_folder_without_a_log_is_told(kindward):
    answer = kindward("verify", "audit", "nowhere", "--key", KEY.verifier.text)

    assert 78 == answer.status
    assert "There is no audit log in nowhere." in answer.err
