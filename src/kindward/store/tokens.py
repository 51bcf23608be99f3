"""Access tokens: who may use the service, and as what.

A token is ``kindward_<id>_<secret>``. The identifier finds the row; the secret is 256 bits from the operating
system's generator, of which only the SHA-256 is kept. A slow password hash (Argon2, scrypt) protects secrets that
people choose, because those can be guessed; 2²⁵⁶ equally likely secrets cannot be, so slowness would only cost every
request. (NIST SP 800-63B-4, section 3.1.2.2, asks for salt and stretching only below 112 bits of entropy.)
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, insert, or_, select, update

from kindward.errors import StateError
from kindward.store import schema

if TYPE_CHECKING:
    from kindward.store.database import Store

SHAPE = re.compile(r"kindward_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
LABEL_LENGTH = 64
SECRET_BYTES = 32


class Role(StrEnum):
    """What a token is for; each role may do only its own part."""

    CHECKER = "checker"
    """A messenger's or mail server's own machine: may check and match."""
    OPERATOR = "operator"
    """A person or a monitoring system of the operator: may read the metrics."""


@dataclass(frozen=True, slots=True)
class Token:
    """One token as the store knows it; the secret itself is known only to its holder."""

    id: str
    role: Role
    label: str
    secret_sha256: bytes = field(repr=False)
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def opens_with(self, secret: str) -> bool:
        """Compare a presented secret in constant time."""
        return hmac.compare_digest(self.secret_sha256, hashlib.sha256(secret.encode("ascii")).digest())

    def live(self, now: datetime) -> bool:
        """Say whether the token is neither revoked nor past its time."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token at the one moment when its text is known."""

    text: str = field(repr=False)
    token: Token


def split_token(text: str) -> tuple[str, str] | None:
    """Take a token's text apart into identifier and secret; None if it is not of the right shape."""
    found = SHAPE.fullmatch(text)
    return (found[1], found[2]) if found else None


class Tokens:
    """The table of tokens."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create(self, role: Role, label: str, *, lifetime: timedelta | None = None) -> NewToken:
        """Make a token; its text is in the answer and nowhere else.

        ``label`` tells a person where the token is used; it appears in the access log and in metrics, so it must
        not name a private person. Raises: StateError for a label that is empty, too long or not printable.
        """
        now = _now()
        token = Token(
            id=secrets.token_hex(6),
            role=Role(role),
            label=_printable(label),
            secret_sha256=hashlib.sha256((secret := secrets.token_urlsafe(SECRET_BYTES)).encode("ascii")).digest(),
            created_at=now,
            expires_at=now + lifetime if lifetime is not None else None,
        )
        with self._store.write() as connection:
            connection.execute(insert(schema.tokens).values(**_row(token)))
        return NewToken(f"kindward_{token.id}_{secret}", token)

    def revoke(self, token_id: str) -> Token:
        """Withdraw a token for ever; a running service stops accepting it within seconds.

        Raises: StateError if there is no such token, or it was revoked before.
        """
        table = schema.tokens
        with self._store.write() as connection:
            changed = connection.execute(
                update(table)
                .where(table.c.id == token_id, table.c.revoked_at.is_(None))
                .values(revoked_at=_seconds(_now()))
            )
            row = connection.execute(select(table).where(table.c.id == token_id)).one_or_none()
        if row is None or not changed.rowcount:
            raise StateError(
                "token_unknown" if row is None else "token_revoked_before",
                "There is no token {id}." if row is None else "Token {id} was already revoked.",
                "`kindward token list` shows all tokens.",
                id=token_id,
            )
        return _token(row)

    def all(self) -> list[Token]:
        """List every token ever made, oldest first."""
        return list(self._select())

    def live(self) -> dict[str, Token]:
        """Give the tokens that are accepted now, by identifier; a service keeps this for a second at a time."""
        table = schema.tokens.c
        now = _now()
        return {
            token.id: token
            for token in self._select(
                table.revoked_at.is_(None), or_(table.expires_at.is_(None), table.expires_at > _seconds(now))
            )
        }

    def _select(self, *conditions: Any) -> Iterator[Token]:  # noqa: ANN401 - SQL expressions have no common type
        table = schema.tokens
        with self._store.read() as connection:
            rows = connection.execute(select(table).where(*conditions).order_by(table.c.created_at, table.c.id)).all()
        return map(_token, rows)


def _printable(label: str) -> str:
    label = label.strip()
    if not label or len(label) > LABEL_LENGTH or not label.isprintable():
        raise StateError(
            "token_label_unusable",
            "A token's label must have 1 to {length} printable characters.",
            "Say where the token is used, for example: mail gateway 2.",
            length=LABEL_LENGTH,
        )
    return label


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _seconds(time: datetime | None) -> int | None:
    return None if time is None else int(time.timestamp())


def _time(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _row(token: Token) -> dict[str, object]:
    return {
        "id": token.id,
        "role": str(token.role),
        "label": token.label,
        "secret_sha256": token.secret_sha256,
        "created_at": _seconds(token.created_at),
        "expires_at": _seconds(token.expires_at),
        "revoked_at": _seconds(token.revoked_at),
    }


def _token(row: Row[Any]) -> Token:
    created = _time(row.created_at)
    assert created is not None
    return Token(
        id=row.id,
        role=Role(row.role),
        label=row.label,
        secret_sha256=bytes(row.secret_sha256),
        created_at=created,
        expires_at=_time(row.expires_at),
        revoked_at=_time(row.revoked_at),
    )
