"""Show the way from a match to a report, and the way to nothing left: a service, a console, a reporting centre.

All three run on this machine. People log in over HTTP here as a browser would; with ``./demo`` the console stays open
for a real browser, and ``python tools/demo_office.py code NAME`` tells a person's present code.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import httpx2
import skimage.data
from demo_lists import FIRST, KINDWARD, found, run
from PIL import Image

from kindward.sandbox.centre import PASSWORD as CENTRE_PASSWORD
from kindward.sandbox.centre import USER
from kindward.service.console import passwords

PASSWORD = "four words nobody combines"  # noqa: S105 - it opens only the demonstration
PEOPLE = {"anna": "reviewer", "ben": "reviewer", "carla": "reporter", "dora": "lead", "emil": "auditor"}
PATIENCE = 60.0
OFFICE = Path(__file__).resolve().parents[1] / ".work" / "demo" / "office"
PERSON = {
    "account": {
        "identifier": "demo-4711",
        "ips": [{"address": "192.0.2.17", "port": 50123, "at": "2026-11-20T08:00:00+01:00", "act": "upload"}],
    },
    "occasions": [{"place": "chat", "client": "Demo Messenger"}],
    "uploaded_at": "2026-11-20T08:00:00+01:00",
    "media_type": "image/png",
    "states": {"offence": ["DE"]},
}
SETTINGS = """\
simulate = false
[banks]
paths = ["../signed/federated.bank"]
update_seconds = 0
[store]
url = "sqlite:///office.db"
[cases]
master_key_file = "keys/master.key"
audit_key_file = "keys/audit.key"
evidence = "evidence"
undo_seconds = {undo}
[reports]
authority = "ncmec"
settings_file = "reports.toml"
secrets_file = "secrets.toml"
try_seconds = 1
[service]
port = 0
workers = 1
account_secret_file = "keys/accounts.secret"
[console]
port = 0
talk_to = "The demonstration's peer line: nobody is there"
"""
REPORTS = """\
[provider]
name = "Demo Messenger"
email = "safety@example.org"
service = "messaging"
product = "Demo Messenger"
[provider.basis]
provision = "18 U.S.C. 2258A (demonstration)"
[ncmec]
url = "{centre}"
"""


class Office:
    """The three addresses, and what opens them."""

    def __init__(self, work: Path, service: str, token: str, console: str, centre: str) -> None:
        self.work, self.service, self.token, self.console, self.centre = work, service, token, console, centre

    def send(self, picture: Path, account: str) -> str:
        """Check a picture as a messenger does before it sends it; give the number of the case."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                answer = httpx2.post(
                    f"{self.service}/v1/check",
                    files={
                        "file": ("p", picture.read_bytes(), "application/octet-stream"),
                        "person": (None, json.dumps(PERSON)),
                    },
                    headers={"Authorization": f"Bearer {self.token}", "Kindward-Account": account},
                    timeout=30,
                )
                answer.raise_for_status()
                return answer.headers.get("kindward-case", "")
            except httpx2.HTTPError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.3)

    def person(self, login: str) -> httpx2.Client:
        """Log somebody in, setting up the second factor the first time."""
        client = httpx2.Client(base_url=self.console, follow_redirects=True, timeout=30)
        page = client.post("/login", data={"login": login, "password": PASSWORD})
        told = re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)
        if told:
            remember(self.work, login, told[1])
        page = client.post("/second", data={"proof": proof(page.text), "code": code(self.work, login)})
        if page.url.path != "/":
            raise SystemExit(f"{login} could not log in")
        return client

    def decide(self, login: str, ruling: str, reason: str) -> str:
        """Let somebody take the next case, open it, and decide; give the number of the case."""
        with closing(self.person(login)) as client:
            page = client.post("/next", data={"proof": proof(client.get("/").text)})
            path, token = page.url.path, proof(page.text)
            item = re.search(r'name="item" value="(\w+)"', page.text)
            if item:
                client.post(f"{path}/look", data={"proof": token, "item": item[1], "size": "full"})
            page = client.post(f"{path}/rule", data={"proof": token, "ruling": ruling, "reason": reason})
            print(f"  {login}: {re.findall(r'Your decision takes effect in [0-9]+ seconds', page.text)[0]}.")
            wait(lambda: "is in force" in client.get(f"{path}/waiting").text, "the decision")
        return path.rsplit("/", 1)[1]

    def release(self, login: str, case: str) -> None:
        """Let somebody add what the report lacks, and release it."""
        with closing(self.person(login)) as client:
            page = client.get(f"/cases/{case}/report")
            told = {"proof": proof(page.text), "nowhere": "1", "measure-removed": "1", "kind": "known"}
            page = client.post(f"/cases/{case}/report", data=told)
            client.post(f"/cases/{case}/release", data={"proof": proof(page.text)})
            wait(lambda: "number 4" in client.get(f"/cases/{case}/report").text, "the receipt")
            page = client.get(f"/cases/{case}/report")
            print(f"  {login}: the centre has the report, {re.findall(r'number ([0-9]+)', page.text)[0]}.")


def show(work: Path) -> bool:
    """Run both ways in a fresh folder; say whether everything happened as it should."""
    picture = Path(skimage.data.__file__).parent / FIRST
    print("\nA service that keeps cases, a console for people, and a stand-in of a reporting centre:\n")
    prepare(work, undo=2)
    with running(work) as office:
        print(f"\nSomebody is about to send {FIRST}, which the signed list knows. A case is opened:\n")
        case = office.send(picture, "account-1")
        print(f"  case {case}")
        same = office.decide("anna", "confirm", "same_content") == office.decide("ben", "confirm", "same_content")
        print("\nTwo people have confirmed it. A third adds what the report lacks, and releases it:\n")
        office.release("carla", case)
        arrived = len(re.findall(r"<td>complete</td>", httpx2.get(f"{office.centre}/").text))
        print(
            "\nA changed copy is sent from another account. It only looks alike, so people decide it anew: no match.\n"
        )
        changed = work / "changed.jpg"
        change(picture, changed)
        second = office.send(changed, "account-2")
        office.decide("anna", "dismiss", "other_content")
        wait(lambda: not holds(work, changed.read_bytes()), "the erasure")
        print("  Its evidence key is destroyed; nothing of it is left in the database or on the disk.")
    print("\nAnybody with the key of the log can verify what was done:\n")
    key = subprocess.run(  # noqa: S603 - our own program
        [*KINDWARD, "audit", "export", "audit", "-o", "json"], cwd=work, check=True, capture_output=True, text=True
    )
    run(work, "verify", "audit", "audit", "--key", json.loads(key.stdout)["key"])
    return same and case != second and arrived == 1


def prepare(work: Path, *, undo: int) -> None:
    """Make keys, settings and people."""
    work.mkdir(parents=True, exist_ok=True)
    (work / "kindward.toml").write_text(SETTINGS.format(undo=undo), encoding="utf-8")
    (work / "reports.toml").write_text(REPORTS.format(centre="http://127.0.0.1:1/ispws"), encoding="utf-8")
    if (work / "keys").is_dir():
        return
    (work / "keys").mkdir(mode=0o700)
    (work / "keys" / "accounts.secret").write_text(secrets.token_hex(32), encoding="ascii")
    (work / "secrets.toml").write_text("", encoding="utf-8")
    typed(work, ["console", "init", "keys", "--name", "demo.example/audit"])
    for login, role in PEOPLE.items():
        typed(work, ["person", "add", login, "--role", role, "--password-stdin"], said=f"{PASSWORD}\n")


def typed(work: Path, command: list[str], said: str = "") -> None:
    """Run a command that reads from standard input."""
    print("$ kindward", *command, flush=True)
    subprocess.run([*KINDWARD, *command], cwd=work, check=True, input=said, text=True)  # noqa: S603 - our own program


@contextmanager
def running(work: Path) -> Iterator[Office]:
    """Run centre, service and console until the block ends."""
    with ExitStack() as stack:
        standing_in = stack.enter_context(process(work, "centre", "sandbox", "centre", "--port", "0"))
        centre = found(standing_in, r"(http://[\d.:]+)/ispws")
        (work / "reports.toml").write_text(REPORTS.format(centre=f"{centre}/ispws"), encoding="utf-8")
        told = f'[ncmec]\nuser = "{USER}"\npassword = "{CENTRE_PASSWORD}"\n'
        (work / "secrets.toml").write_text(told, encoding="utf-8")
        service = stack.enter_context(process(work, "service", "serve", "--with-token"))
        address, token = found(service, r"(http://\S+)"), found(service, r": (kwt_\S+|\S{20,})$")
        console = found(stack.enter_context(process(work, "console", "console", "serve")), r"(http://\S+)")
        yield Office(work, address, token, console, centre)


@contextmanager
def process(work: Path, name: str, *command: str) -> Iterator[subprocess.Popen[str]]:
    """Run one program until the block ends."""
    print("$ kindward", *command, flush=True)
    with (work / f"{name}.log").open("wb") as log:
        started = subprocess.Popen(  # noqa: S603 - our own program
            [*KINDWARD, *command], cwd=work, stdout=subprocess.PIPE, stderr=log, text=True
        )
    try:
        yield started
    finally:
        started.terminate()
        started.wait(30)


def stay(work: Path) -> None:
    """Leave everything running with a few cases for a person to try."""
    prepare(work, undo=30)
    with running(work) as office:
        picture = Path(skimage.data.__file__).parent / FIRST
        for number in range(3):
            changed = work / "changed.jpg"
            change(picture, changed, 50 + 10 * number)
            office.send(changed, f"account-{10 + number}")
        print(f"\nThe console is at {office.console}, the reporting centre at {office.centre}/")
        print(f"The service answers at {office.service}; its token: {office.token}")
        print(f"Names: {', '.join(f'{name} ({role})' for name, role in PEOPLE.items())}; password: {PASSWORD}")
        print("A person's present code: .venv/bin/python tools/demo_office.py code anna")
        print("Stop with Ctrl-C.", flush=True)
        for login in PEOPLE:
            if not (work / "factors.json").exists() or login not in json.loads((work / "factors.json").read_text()):
                office.person(login).close()
        while True:
            time.sleep(1)


def change(picture: Path, out: Path, quality: int = 60) -> None:
    """Write a copy as a messenger might make it."""
    with Image.open(picture) as opened:
        opened.convert("RGB").save(out, quality=quality)


def holds(work: Path, data: bytes) -> bool:
    """Say whether the bytes, or a stretch from their middle, are in any file of the office but the copy itself."""
    middle = data[len(data) // 2 :][:64]
    files = (file for file in work.rglob("*") if file.is_file() and file.name != "changed.jpg")
    cases = undone(work)
    return cases > 0 or any(middle in file.read_bytes() for file in files)


def undone(work: Path) -> int:
    """Count dismissed cases that are not erased yet."""
    with closing(sqlite3.connect(f"file:{work / 'office.db'}?mode=ro", uri=True)) as database:
        asked = "SELECT count(*) FROM cases WHERE state = 'dismissed' AND NOT erased"
        waiting = "SELECT count(*) FROM cases WHERE effective_at IS NOT NULL"
        return int(database.execute(asked).fetchone()[0]) + int(database.execute(waiting).fetchone()[0])


def remember(work: Path, login: str, secret: str) -> None:
    """Keep the secret of a second factor, as a person's program would."""
    file = work / "factors.json"
    known = json.loads(file.read_text()) if file.exists() else {}
    file.write_text(json.dumps({**known, login: {"secret": secret, "step": 0}}))


def code(work: Path, login: str) -> str:
    """Give the present code of a person; waits for the next one if this one was used."""
    file = work / "factors.json"
    known = json.loads(file.read_text())
    plain = known[login]["secret"].replace(" ", "")
    secret = base64.b32decode(plain + "=" * (-len(plain) % 8))
    step = int(time.time()) // passwords.STEP_SECONDS
    if step <= known[login]["step"]:
        # The next step's code is taken already now; the console allows for clocks that differ by one step.
        step = known[login]["step"] + 1
    while step > int(time.time()) // passwords.STEP_SECONDS + 1:
        time.sleep(0.5)
    known[login]["step"] = step
    file.write_text(json.dumps(known))
    return passwords.code(secret, step)


def proof(text: str) -> str:
    """Give what the forms of a page repeat."""
    return re.findall(r'name="proof" value="([^"]+)"', text)[0]


def wait(holds_now: Callable[[], bool], what: str) -> None:
    """Wait until something holds."""
    until = time.monotonic() + PATIENCE
    while not holds_now():
        if time.monotonic() > until:
            raise SystemExit(f"{what} did not come")
        time.sleep(0.3)


if __name__ == "__main__" and sys.argv[1:2] == ["code"]:
    print(code(OFFICE, sys.argv[2]))
