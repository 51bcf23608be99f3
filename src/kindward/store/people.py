"""People who work in the console, and their logins. Names stand here and nowhere else; all else knows pseudonyms."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from kindward.errors import StateError
from kindward.locale import N_
from kindward.store.schema_people import login_tries, people, sessions

_PLAIN = (
    "language",
    "password",
    "factor",
    "factor_step",
    "ground",
    "ground_until",
    "trained_at",
    "vetted_at",
    "locked",
)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who works here. ``id`` is the pseudonym that cases and logs know; times are in seconds since 1970.

    ``password`` is an Argon2id record, ``factor`` the sealed secret of the second factor (None until it is set up),
    ``factor_step`` the last time step whose code was used. ``ground`` says why this person may look at such material
    (in Germany Section 184b(5) StGB), until ``ground_until``.
    """

    id: str
    login: str = field(repr=False)
    roles: frozenset[str]
    language: str = "en"
    password: str = field(default="", repr=False)
    factor: bytes | None = field(default=None, repr=False)
    factor_step: int = 0
    ground: str = ""
    ground_until: int = 0
    trained_at: int = 0
    vetted_at: int = 0
    locked: bool = False
    created_at: int = 0


@dataclass(frozen=True, slots=True)
class Session:
    """A login: ``whole`` once the second factor was shown, ``proof`` what a form of it must repeat."""

    person: str
    proof: str = field(repr=False)
    whole: bool
    began_at: int
    used_at: int


def add(connection: Connection, member: Member) -> None:
    """Keep a new person. Raises: StateError ``person_exists`` if the login is taken."""
    try:
        values = {name: getattr(member, name) for name in _PLAIN}
        connection.execute(
            insert(people).values(
                **values, id=member.id, login=member.login, roles=_roles(member), created_at=member.created_at
            )
        )
    except IntegrityError:
        raise StateError(
            "person_exists",
            N_("There already is somebody with this login."),
            N_("Choose another login; `kindward person list` shows everybody."),
        ) from None


def change(connection: Connection, member: Member) -> None:
    """Keep what changed about a person; the login stays."""
    values = {name: getattr(member, name) for name in _PLAIN}
    connection.execute(update(people).where(people.c.id == member.id).values(**values, roles=_roles(member)))


def by_login(connection: Connection, login: str) -> Member | None:
    """Find a person by login; None if there is none."""
    row = connection.execute(select(people).where(people.c.login == login)).one_or_none()
    return None if row is None else _member(row)


def by_id(connection: Connection, person: str) -> Member | None:
    """Find a person by pseudonym; None if there is none."""
    row = connection.execute(select(people).where(people.c.id == person)).one_or_none()
    return None if row is None else _member(row)


def everybody(connection: Connection) -> list[Member]:
    """List all people by pseudonym."""
    return [_member(row) for row in connection.execute(select(people).order_by(people.c.id))]


def use_step(connection: Connection, person: str, step: int) -> bool:
    """Note that the code of a time step was used; False if it, or a later one, was used before."""
    asked = update(people).where(people.c.id == person, people.c.factor_step < step).values(factor_step=step)
    return bool(connection.execute(asked).rowcount)


def begin_session(connection: Connection, token: bytes, session: Session) -> None:
    """Keep a login under the digest of its cookie."""
    connection.execute(
        insert(sessions).values(
            token=token,
            person=session.person,
            proof=session.proof,
            whole=session.whole,
            began_at=session.began_at,
            used_at=session.used_at,
        )
    )


def session(connection: Connection, token: bytes) -> Session | None:
    """Find a login by the digest of its cookie."""
    row = connection.execute(select(sessions).where(sessions.c.token == token)).one_or_none()
    return None if row is None else Session(row.person, row.proof, row.whole, row.began_at, row.used_at)


def touch(connection: Connection, token: bytes, now: int) -> None:
    """Note that a login was used."""
    connection.execute(update(sessions).where(sessions.c.token == token).values(used_at=now))


def end_session(connection: Connection, token: bytes) -> None:
    """End one login."""
    connection.execute(delete(sessions).where(sessions.c.token == token))


def end_sessions(connection: Connection, person: str = "", *, before: int = 0) -> None:
    """End all logins of a person, and those that began before a moment."""
    connection.execute(delete(sessions).where(sessions.c.person == person if person else sessions.c.began_at < before))


def tries(connection: Connection, key: bytes) -> tuple[int, int]:
    """Give how often a login failed in a row under a key, and until when no further try is heard."""
    asked = select(login_tries.c.count, login_tries.c.until).where(login_tries.c.key == key)
    row = connection.execute(asked).one_or_none()
    return (0, 0) if row is None else (row[0], row[1])


def failed(connection: Connection, key: bytes, count: int, until: int) -> None:
    """Note a failed try."""
    connection.execute(delete(login_tries).where(login_tries.c.key == key))
    connection.execute(insert(login_tries).values(key=key, count=count, until=until))


def forget_tries(connection: Connection, key: bytes) -> None:
    """Forget failed tries, because one succeeded."""
    connection.execute(delete(login_tries).where(login_tries.c.key == key))


def changed(member: Member, **values: object) -> Member:
    """Give a person with some values changed."""
    return replace(member, **values)  # type: ignore[arg-type] # the caller names fields of a member


def _roles(member: Member) -> str:
    return ",".join(sorted(member.roles))


def _member(row: Row[tuple[object, ...]]) -> Member:
    values = {name: getattr(row, name) for name in _PLAIN}
    if values["factor"] is not None:
        values["factor"] = bytes(values["factor"])
    return Member(row.id, row.login, frozenset(row.roles.split(",")), **values, created_at=row.created_at)
