"""An office for tests: a desk whose reports go to the stand-in of a reporting centre, over real HTTP."""

from __future__ import annotations

import json

from made_cases import match, versions

from kindward.cases import Ruling
from kindward.desk import Arrived, Desk
from kindward.desk.composing import Composer
from kindward.desk.delivering import Delivery
from kindward.model import Decision, Verdict
from kindward.reports.building import read_provider
from kindward.reports.ncmec import NcmecAuthority
from kindward.sandbox.centre import PASSWORD, PREFIX, USER
from kindward.store import cases, outbox
from kindward.transport import HttpLimits, HttpTransport

PROVIDER = {
    "name": "Example Messenger GmbH",
    "email": "safety@example.org",
    "service": "messaging",
    "product": "Example Messenger",
    "establishment": "DE",
    "basis": {"provision": "18 U.S.C. 2258A"},
}
PERSON = {
    "account": {
        "identifier": "user-4711",
        "screen_name": "sample_user",
        "ips": [{"address": "192.0.2.17", "port": 50123, "at": "2026-09-20T08:00:00+02:00", "act": "upload"}],
    },
    "occasions": [{"place": "chat", "client": "Example Messenger"}],
    "uploaded_at": "2026-09-20T08:00:00+02:00",
    "media_type": "image/png",
    "states": {"offence": ["DE"]},
}
VERDICT = Verdict(
    Decision.HOLD, simulated=False, matches=(match(signal="digest/1", distance=0),), risks=(), versions=versions()
)
QUICK = HttpLimits(connect=5, read=5, total=10, tries=2, pause=0.001, patience=1)
A, B, C = "p-aaaaaaaa", "p-bbbbbbbb", "p-cccccccc"


def centre_authority(address):
    return NcmecAuthority({"url": f"{address}{PREFIX}"}, {"user": USER, "password": PASSWORD})


class Office:
    """A desk, a vault, a composer, a way out and a clock."""

    def __init__(self, store, vault, clock, address, *, limits=QUICK, **named):
        self.store, self.vault, self.clock = store, vault, clock
        provider, basis = read_provider(PROVIDER)
        self.composer = Composer(centre_authority(address), provider, basis, vault, store, clock)
        self.desk = Desk(store, vault, clock=clock, composer=self.composer)
        self.transport = HttpTransport(limits)
        self.delivery = Delivery(self.composer, self.transport, chance=lambda: 0.5, **named)
        self.desk.begin()

    def alarm(self, content, person=PERSON, account="ab" * 32):
        """Raise an alarm about known bytes."""
        told = json.dumps(person).encode() if person is not None else b""
        return self.desk.alarm(VERDICT, Arrived(account, content, person=told, source="http"))

    def confirmed(self, content, **fields):
        """Let two people confirm a case; neither has to look, because the bytes are known."""
        case = self.alarm(content, **fields)
        for person in (A, B):
            assert case.id == self.desk.next(person).id
            self.desk.rule(case.id, person, Ruling.CONFIRM, "known bytes")
            self.clock.on(31)
            self.desk.tick()
        return self.case(case.id)

    def released(self, content, **fields):
        """Let a third person release the report, and let that take effect."""
        case = self.confirmed(content, **fields)
        self.desk.release(case.id, C)
        self.clock.on(31)
        self.desk.tick()
        return self.case(case.id)

    def case(self, case_id):
        with self.store.read() as connection:
            return cases.load(connection, case_id)

    def outgoing(self, case_id):
        with self.store.read() as connection:
            return outbox.of_case(connection, case_id)
