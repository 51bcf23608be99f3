"""A real service opens cases: sealed, told in the answer, settled by the clock beside the workers."""

import asyncio
import json
import time
from contextlib import closing

import pytest
from made_cases import match, versions

from kindward.banks import Bank, build_bank
from kindward.banks.approval import approve, new_key
from kindward.cases import Rules, Ruling, acts
from kindward.errors import RemoteError
from kindward.evidence import FileKey, Kind, Vault
from kindward.model import Decision, Entry, Verdict
from kindward.service.alarms import Alarms
from kindward.service.metrics import Metrics
from kindward.store import cases, deeds

MARKER = "marker-88f1"
PERSON = json.dumps({"account": {"identifier": MARKER}}).encode()
ALIKE = Verdict(Decision.HOLD, simulated=False, matches=(match(),), risks=(), versions=versions())


@pytest.fixture
def keeping(serve, fingerprint, known_pictures, tmp_path):
    """Give a function that runs a service which keeps cases, with a bank that an operator has signed."""
    folder = tmp_path / "known"
    known = fingerprint(known_pictures[0].read_bytes())
    build_bank(folder, [Entry("e1", known.signal, known.value)], name="known")
    new_key(tmp_path / "operator")
    with closing(Bank.open(folder)) as bank:
        approve(bank, (tmp_path / "operator").read_bytes())
    FileKey.make(tmp_path / "master.key")
    (tmp_path / "accounts").write_text("a" * 64, encoding="utf-8")

    def run(**settings):
        return serve(
            bank=folder,
            simulate="false",
            banks__operator_keys=tmp_path / "operator.pub",
            cases__master_key_file=tmp_path / "master.key",
            cases__evidence=tmp_path / "evidence",
            service__account_secret_file=tmp_path / "accounts",
            **settings,
        )

    return run


def form(picture):
    return {"file": ("p", picture, "application/octet-stream"), "person": (None, PERSON)}


def opened(service):
    with service.store.read() as connection:
        return [cases.load(connection, one) for one in cases.in_state(connection, cases.CaseState.OPEN)]


def test_a_match_opens_a_case_and_the_answer_names_it(keeping, known_pictures, strange_pictures, tmp_path):
    service = keeping()
    with service.client() as client:
        headers = {"Kindward-Account": "account-7"}
        first = client.post("/v1/check", files=form(known_pictures[0].read_bytes()), headers=headers)
        again = client.post("/v1/check", files=form(known_pictures[0].read_bytes()), headers=headers)
        other = client.post("/v1/check", files=form(strange_pictures[0].read_bytes()), headers=headers)
    (case,) = opened(service)

    assert (case.id, case.id, None) == tuple(one.headers.get("kindward-case") for one in (first, again, other))
    assert ("http", 64, True) == (case.source, len(case.account), "account-7" not in case.account)
    assert 1 <= service.metric("kindward_alarms_total", bank="known")
    vault = Vault(tmp_path / "evidence", FileKey(tmp_path / "master.key"))
    with service.store.write() as connection:
        items = {item.kind: item.id for item in vault.items(connection, case.id)}
        with vault.opened(connection, items[Kind.PERSON], by="p-test", purpose="test", now=1) as data:
            assert PERSON == bytes(data)
    assert {Kind.CONTENT, Kind.PERSON} == set(items)


def test_nothing_of_an_alarm_stands_in_log_or_database(keeping, known_pictures, tmp_path):
    service = keeping()
    picture = known_pictures[0].read_bytes()
    with service.client() as client:
        client.post("/v1/check", files=form(picture), headers={"Kindward-Account": MARKER})
    service.stop()
    written = {file.name: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}

    assert [] == [name for name, data in written.items() if MARKER.encode() in data or picture[500:564] in data]


def test_rules_are_in_the_log_and_decisions_take_effect_beside_the_workers(keeping, known_pictures):
    service = keeping(cases__undo_seconds="1")
    assert service.wait(lambda: _deeds(service) >= 1)
    with service.client() as client:
        client.post("/v1/check", content=known_pictures[0].read_bytes(), headers={"Content-Type": "image/png"})
    (case,) = opened(service)
    _dismiss(service, case)

    assert service.wait(lambda: _state(service, case) == ("dismissed", True))


def _deeds(service):
    with service.store.read() as connection:
        return deeds.size(connection)


def _state(service, case):
    with service.store.read() as connection:
        found = cases.load(connection, case.id)
    return str(found.state), found.erased


def _dismiss(service, case):
    """Decide as a person would; the service lets it take effect."""
    now = int(time.time())
    with service.store.write() as connection:
        held = cases.append(connection, case, acts.take(case, "p-a", now, Rules()))
        event = acts.rule(held, "p-a", Ruling.DISMISS, now, rules=Rules(undo_seconds=1), reason="other_content")
        cases.append(connection, held, event)


class Failing:
    """A desk whose database does not answer."""

    def alarm(self, *_):
        raise RemoteError("store_unreachable", "The database {where} did not answer as it should ({problem}).")


async def _raised(alarms, verdict):
    return await alarms.raised(verdict, b"x", None, b"")


def test_an_alarm_that_cannot_be_kept_is_an_error_and_not_lost():
    alarms = Alarms(Failing(), None, Metrics())
    with pytest.raises(RemoteError):
        asyncio.run(_raised(alarms, ALIKE))
    assert "" == asyncio.run(_raised(Alarms(None, None, Metrics()), ALIKE))


@pytest.mark.parametrize(
    ("decision", "simulated", "matches"), [("pass", False, 1), ("hold", True, 1), ("hold", False, 0)]
)
def test_what_needs_no_human_never_reaches_the_desk(decision, simulated, matches):
    verdict = Verdict(Decision(decision), simulated, (match(),) * matches, (), versions())

    assert "" == asyncio.run(_raised(Alarms(Failing(), None, Metrics()), verdict))
