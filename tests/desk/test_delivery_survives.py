"""A worker killed at any line of the delivery: the centre ends with exactly one finished report for each case."""

import os
import random
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
from offices import Office

from kindward.sandbox import Fault, running
from kindward.sandbox.centre import CentreSandbox

SUPPORT = Path(__file__).parents[1] / "support"
WORKER = """
import os, signal, sys
from pathlib import Path
url, folder, key, address, now, line = sys.argv[1:]
from offices import Office
from kindward import config
from kindward.evidence import FileKey, Vault
from kindward.store import Store
office = Office(Store.open(config.Store(url=url), upgrade=False), Vault(Path(folder), FileKey(Path(key))),
                lambda: int(now), address, lease_seconds=1)
rooms = ("kindward/desk/delivering.py", "kindward/desk/composing.py", "kindward/reports/ncmec/delivering.py",
         "kindward/reports/ncmec/line.py", "kindward/store/outbox.py", "kindward/store/database.py")
left = int(line)
def trace(frame, event, _):
    global left
    if not frame.f_code.co_filename.endswith(rooms):
        return None
    if event == "line":
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
    return trace
sys.settrace(trace)
office.delivery.all()
sys.settrace(None)
print(int(line) - left)
"""
FAULTS = (
    Fault(status=503),
    Fault(status=500, path="finish"),
    Fault(truncated=True, path="submit"),
    Fault(truncated=True, path="finish"),
    Fault(body=b"", path="upload"),
    Fault(body=b"<html>Sign in</html>", content_type="text/html", path="submit"),
    Fault(seconds=0.2),
)
BUSY = (1000, 1100, 1110, 1111, 1210, 1300)
CALLS = ("submit", "upload", "fileinfo", "finish", "retract")


class Killing:
    """Deliver in processes of its own that are killed, until nothing is left to deliver."""

    def __init__(self, office, centre, address, url, tmp_path):
        self.office, self.centre, self.address, self.url = office, centre, address, url
        self.folder, self.key = tmp_path / "evidence", tmp_path / "master.key"

    def worker(self, line):
        """Run a worker that is killed at a line, counted from 1; give how many lines it ran, or None if it died."""
        told = (self.url, self.folder, self.key, self.address, self.office.clock.on(7_200), line)
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(SUPPORT), *filter(None, sys.path)])}
        done = subprocess.run(
            [sys.executable, "-c", WORKER, *map(str, told)],
            check=False,
            capture_output=True,
            timeout=120,
            env=environment,
        )
        assert done.returncode in {0, -9}, done.stderr.decode()[-2_000:]
        return int(done.stdout) if done.returncode == 0 else None

    def until_delivered(self):
        for _ in range(6):
            self.office.clock.on(90_000)
            self.office.delivery.all()
        return [len([one for one in self.centre.finished if name.encode() in one.body]) for name in self.names]

    def release(self, count):
        """Release the reports of so many new cases."""
        self.names = [f"user-{secrets.token_hex(8)}" for _ in range(count)]
        for name in self.names:
            person = {"account": {"identifier": name}, "uploaded_at": "2026-09-20T08:00:00Z"}
            self.office.released(name.encode() * 20, person=person, account=name.encode().hex()[:64].ljust(64, "0"))


@pytest.fixture
def killing(store, vault, clock, tmp_path, url):
    centre = CentreSandbox(clock)
    with running(centre.app) as address:
        office = Office(store, vault, clock, address, lease_seconds=1)
        yield Killing(office, centre, address, url, tmp_path)
        office.transport.close()


def _kills(killing, kills, seed):
    chance = random.Random(seed)
    killing.release(2)
    lines, died = killing.worker(10**9), 0
    assert [1, 1] == killing.until_delivered()
    while died < kills:
        killing.centre.reports.clear()
        killing.release(2)
        for _ in range(3):
            if chance.random() < 0.5:
                killing.centre.faults.add(chance.choice(FAULTS))
            if chance.random() < 0.2:
                killing.centre.wrong_md5 = 1
            if chance.random() < 0.2:
                killing.centre.answers[chance.choice(CALLS)] = [chance.choice(BUSY)]
            if chance.random() < 0.2:
                killing.office.clock.on(90_000)  # whatever was opened expires
            died += killing.worker(chance.randint(1, lines)) is None
        killing.centre.faults.clear()
        killing.centre.answers.clear()
        assert [1, 1] == killing.until_delivered()
    return lines, died


def test_a_few_kills_lose_nothing_and_send_nothing_twice(killing):
    lines, died = _kills(killing, 6, 1)

    assert (True, True) == (lines > 100, died >= 6)


@pytest.mark.long
def test_two_hundred_kills_lose_nothing_and_send_nothing_twice(killing):
    lines, died = _kills(killing, 200, 2)
    print(f"{died} workers were killed somewhere in {lines} lines")

    assert died >= 200


@pytest.mark.long
def test_a_kill_at_every_single_line_loses_nothing_and_sends_nothing_twice(killing):
    killing.release(1)
    lines = killing.worker(10**9)
    survived = []
    for line in range(1, lines + 1):
        killing.centre.reports.clear()
        killing.release(1)
        if killing.worker(line) is not None:
            survived.append(line)
        assert [1] == killing.until_delivered(), line
    print(f"a worker was killed at each of {lines - len(survived)} lines")

    assert [] == survived
