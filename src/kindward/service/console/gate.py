"""Who is at the door: logins with a password and a second factor, sessions with an end, forms with a proof.

Cookies hold a random value of which the database knows only the digest. Pseudonyms are all that anything behind the
gate ever sees. Wrong tries are answered alike and as slowly for names that exist and names that do not.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from kindward.config import Settings
from kindward.errors import StateError, TrustError
from kindward.evidence.keys import MasterKey
from kindward.locale import N_
from kindward.service.console import passwords
from kindward.service.console.roles import Person, Role
from kindward.store import Store, Transaction, people
from kindward.store.people import Member, Session

COOKIE = "kindward-console"
PROOF = "proof"
HOUR, MINUTE = 3_600, 60
FREE_TRIES = 5
"""Wrong tries after which a pause begins; each further one doubles it."""
FIRST_PAUSE, LONGEST_PAUSE = 30, 3_600
COUNTRY_WITH_GROUND = "DE"
"""Section 184b(5) StGB lets only those look who do it to fulfil a duty, so each person's ground is recorded."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody at the door: the session, the person, and the digest under which the session is kept."""

    token: bytes
    session: Session
    member: Member


class Gate:
    """Let people in and out."""

    def __init__(self, store: Store, settings: Settings, master: MasterKey, clock: Callable[[], int]) -> None:
        self._store = store
        self._settings = settings
        self._master = master
        self._clock = clock

    def entry(self, request: Request) -> Entry | None:
        """Give the session of a request, whole or half; None if there is none or it has ended."""
        cookie = request.cookies.get(self._cookie, "")
        if not cookie:
            return None
        token, now = _digest(cookie), self._clock()
        with self._store.write() as connection:
            session = people.session(connection, token)
            member = people.by_id(connection, session.person) if session else None
            if session is None or member is None:
                return None
            if member.locked or self._ended(session, now):
                people.end_session(connection, token)
                return None
            if now - session.used_at >= MINUTE:
                people.touch(connection, token, now)
        return Entry(token, session, member)

    def person(self, request: Request) -> Person | None:
        """Give who is logged in, second factor and all."""
        entry = self.entry(request)
        return self.known(entry.member) if entry is not None and entry.session.whole else None

    def known(self, member: Member) -> Person:
        """Give a member as the pages see them."""
        needed = self._settings.legal.country.upper() == COUNTRY_WITH_GROUND
        has_ground = bool(member.ground) and self._clock() < member.ground_until
        return Person(member.id, frozenset(map(Role, member.roles)), member.language, has_ground or not needed)

    def require_proof(self, entry: Entry, told: str) -> None:
        """Make sure that a form comes from a page of this session. Raises: TrustError."""
        if not hmac.compare_digest(told.encode(), entry.session.proof.encode()):
            raise TrustError(
                "form_foreign",
                N_("This form does not come from a page of your login."),
                N_("Open the page again and repeat what you wanted to do."),
            )

    def log_in(self, login: str, password: str, address: str) -> tuple[str, Session]:
        """Check a password and begin half a session; give its cookie. Raises: StateError ``login_wrong`` or later."""
        keys = [_digest(f"login {login.casefold()}"), _digest(f"address {address}")]
        now = self._clock()
        with self._store.read() as connection:
            until = max(people.tries(connection, key)[1] for key in keys)
            member = people.by_login(connection, login)
        if now < until:
            raise _later(until - now)
        right = passwords.opens(password, member.password if member and not member.locked else "")
        with self._store.write() as connection:
            if not right or member is None:
                for key in keys:
                    self._note_failure(connection, key, now)
                # The block ends without an exception, so that what was noted is kept.
            else:
                for key in keys[:1]:
                    people.forget_tries(connection, key)
                return self._begin(connection, member, now, whole=False)
        raise _wrong()

    def secret_of(self, member: Member) -> bytes:
        """Give the secret of a second factor. Raises: TrustError if it was changed."""
        assert member.factor is not None
        return self._master.unwrap(member.factor, _context(member.id))

    def new_factor(self, member: Member) -> bytes:
        """Make and keep a secret for somebody who has none yet."""
        secret = passwords.new_secret()
        with self._store.write() as connection:
            sealed = self._master.wrap(secret, _context(member.id))
            people.change(connection, people.changed(member, factor=sealed, factor_step=0))
        return secret

    def second(self, entry: Entry, told: str) -> tuple[str, Session]:
        """Check a code and begin a whole session under a new cookie. Raises: StateError ``login_wrong`` or later."""
        now, key = self._clock(), _digest(f"second {entry.member.id}")
        with self._store.read() as connection:
            until = people.tries(connection, key)[1]
        if now < until:
            raise _later(until - now)
        step = passwords.step_of(self.secret_of(entry.member), told, now) if entry.member.factor else None
        with self._store.write() as connection:
            if step is not None and people.use_step(connection, entry.member.id, step):
                people.forget_tries(connection, key)
                people.end_session(connection, entry.token)
                return self._begin(connection, entry.member, now, whole=True)
            self._note_failure(connection, key, now)
        raise _wrong()

    def log_out(self, entry: Entry) -> None:
        """End a session."""
        with self._store.write() as connection:
            people.end_session(connection, entry.token)

    def set_cookie(self, response: Response, cookie: str) -> None:
        """Give the browser its cookie; it ends with the browser."""
        secure = self._cookie.startswith("__Host-")
        response.set_cookie(self._cookie, cookie, secure=secure, httponly=True, samesite="strict", path="/")

    def drop_cookie(self, response: Response) -> None:
        """Take the cookie back."""
        response.delete_cookie(self._cookie, path="/", secure=self._cookie.startswith("__Host-"), httponly=True)

    @property
    def _cookie(self) -> str:
        console = self._settings.console
        here = console.host in {"127.0.0.1", "::1", "localhost"}
        return COOKIE if here or not console.secure_cookies else f"__Host-{COOKIE}"

    def _ended(self, session: Session, now: int) -> bool:
        console = self._settings.console
        too_long = now - session.began_at > console.session_hours * HOUR
        return too_long or now - session.used_at > (console.idle_minutes + 1) * MINUTE

    def _begin(self, connection: Transaction, member: Member, now: int, *, whole: bool) -> tuple[str, Session]:
        cookie = secrets.token_urlsafe(32)
        session = Session(member.id, secrets.token_urlsafe(32), whole, now, now)
        people.begin_session(connection, _digest(cookie), session)
        return cookie, session

    @staticmethod
    def _note_failure(connection: Transaction, key: bytes, now: int) -> None:
        count = people.tries(connection, key)[0] + 1
        pause = 0 if count < FREE_TRIES else min(LONGEST_PAUSE, FIRST_PAUSE << min(count - FREE_TRIES, 10))
        people.failed(connection, key, count, now + pause)


def _digest(text: str) -> bytes:
    return hashlib.sha256(b"kindward/console/1\n" + text.encode()).digest()


def _context(person: str) -> bytes:
    return f"second factor of {person}".encode()


def _wrong() -> StateError:
    return StateError(
        "login_wrong",
        N_("That was not right."),
        N_("Check name, password and code; whoever runs the console can help."),
    )


def _later(seconds: int) -> StateError:
    return StateError(
        "login_later",
        N_("There were too many wrong tries. The next one is heard in {minutes} minutes."),
        N_("Wait, or ask whoever runs the console."),
        minutes=max(1, -(-seconds // MINUTE)),
    )
