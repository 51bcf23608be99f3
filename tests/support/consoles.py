"""A console for tests: a desk, people of every role, a reporting centre, and browsers that log in."""

from __future__ import annotations

import json
import re

import httpx2
from offices import PERSON, PROVIDER, VERDICT

from kindward import config
from kindward.app.cases import open_console, open_office
from kindward.desk import Arrived
from kindward.sandbox.centre import PASSWORD as CENTRE_PASSWORD
from kindward.sandbox.centre import PREFIX, USER
from kindward.service.console import passwords
from kindward.store import people
from kindward.store.people import Member

PASSWORD = "four words nobody combines"
ROLES = ("reviewer", "lead", "reporter", "auditor", "operator")
_SEALED = passwords.sealed(PASSWORD)


def toml(table, name):
    """Write a flat table with one level below it."""
    lines = [f"[{name}]"]
    below = []
    for key, value in table.items():
        if isinstance(value, dict):
            below += ["", f"[{name}.{key}]", *(f"{k} = {json.dumps(v)}" for k, v in value.items())]
        else:
            lines.append(f"{key} = {json.dumps(value)}")
    return "\n".join([*lines, *below, ""])


class Console:
    """A console with its office."""

    def __init__(self, store, clock, tmp_path, centre_address, **cases):
        self.store, self.clock = store, clock
        (tmp_path / "reports.toml").write_text(
            toml(PROVIDER, "provider") + toml({"url": f"{centre_address}{PREFIX}"}, "ncmec"), encoding="utf-8"
        )
        (tmp_path / "secrets.toml").write_text(
            toml({"user": USER, "password": CENTRE_PASSWORD}, "ncmec"), encoding="utf-8"
        )
        (tmp_path / "rules.txt").write_text(
            "Decide what the content shows, and nothing about people.", encoding="utf-8"
        )
        self.settings = config.Settings(
            simulate=False,
            cases=config.Cases(
                master_key_file=str(tmp_path / "master.key"), evidence=str(tmp_path / "evidence"), **cases
            ),
            reports=config.Reports(
                authority="ncmec",
                settings_file=str(tmp_path / "reports.toml"),
                secrets_file=str(tmp_path / "secrets.toml"),
            ),
            console=config.Console(
                talk_to="Peer line of the house, 030 23125 999", policy_file=str(tmp_path / "rules.txt")
            ),
        )
        self.office = open_office(self.settings, store, clock=clock)
        self.desk = self.office.desk
        self.desk.begin()
        self.app = open_console(self.settings, store, clock=clock)
        self.secrets = {}

    def add(self, login, *roles, language="en", **fields):
        """Add somebody; give their pseudonym."""
        member = Member(f"p-{len(self.secrets):08x}", login, frozenset(roles), language, _SEALED, **fields)
        self.secrets[login] = None
        with self.store.write() as connection:
            people.add(connection, member)
        return member.id

    def alarm(self, content, account="ab" * 32, verdict=VERDICT, **fields):
        """Raise an alarm."""
        person = json.dumps(PERSON).encode()
        return self.desk.alarm(verdict, Arrived(account, content, person=person, source="http", **fields))

    def settle(self):
        """Let a decision take effect."""
        self.clock.on(31)
        return self.desk.tick()

    def code(self, secret):
        """Give the next code of a second factor that was not used yet."""
        self.clock.on(30)
        return passwords.code(secret, self.clock.now // 30)

    def browser(self, address, login, **headers):
        """Log somebody in, setting up the second factor if that is due; give their client."""
        client = httpx2.Client(base_url=address, follow_redirects=True, timeout=20, headers=headers)
        page = client.post("/login", data={"login": login, "password": PASSWORD})
        assert "/second" == page.url.path, page.text
        shown = re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)
        if shown:
            self.secrets[login] = unshown(shown.group(1))
        page = client.post("/second", data={"proof": proof(page.text), "code": self.code(self.secrets[login])})
        assert "/" == page.url.path, page.text
        return client


def unshown(text):
    """Read a secret as it is shown."""
    import base64

    plain = text.replace(" ", "")
    return base64.b32decode(plain + "=" * (-len(plain) % 8))


def proof(text):
    """Give the proof that the forms of a page repeat."""
    return re.search(r'name="proof" value="([^"]+)"', text).group(1)
