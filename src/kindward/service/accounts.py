"""Accounts as the service may remember them: keyed digests that nobody can undo or join without the secret.

A caller may say with the header ``Kindward-Account`` whose content it is, in any words that are always the same for
one account. The words themselves are never stored, logged or counted. What is stored is HMAC-SHA256 (RFC 2104) under a
secret of the operator; it is another one in every epoch and for every entry, so that rows of one account do not show
that they belong together.
"""

from __future__ import annotations

import hmac
from pathlib import Path

from kindward.errors import ConfigError
from kindward.service.asked import Asked
from kindward.service.refusals import account_unusable

HEADER = b"kindward-account"
LONGEST = 128
LEAST_SECRET = 32
"""Bytes that a secret must have at least, as many as its digest (RFC 2104, section 3)."""
_PRINTABLE = frozenset(range(0x20, 0x7F))


def account_of(asked: Asked) -> bytes | None:
    """Give the account that the caller named; None if none. Raises: Refusal (400) if it cannot be one."""
    account = asked.headers.get(HEADER)
    if account is None:
        return None
    if not 1 <= len(account) <= LONGEST or not _PRINTABLE.issuperset(account):
        raise account_unusable(LONGEST)
    return account


def read_secret(file: str) -> bytes | None:
    """Read the secret under which accounts are made unrecognisable; None if no file is set.

    Raises: ConfigError if it cannot be read or is too short.
    """
    if not file:
        return None
    try:
        secret = Path(file).read_bytes().strip()
    except OSError as problem:
        raise ConfigError(
            "account_secret_unreadable",
            "The file with the secret for accounts, {path}, cannot be read: {problem}.",
            "Check service.account_secret_file.",
            path=file,
            problem=problem.strerror or problem,
        ) from problem
    if len(secret) < LEAST_SECRET:
        raise ConfigError(
            "account_secret_short",
            "The secret for accounts in {path} has fewer than {least} bytes.",
            "Make one with `openssl rand -hex 32`, readable only by the service.",
            path=file,
            least=LEAST_SECRET,
        )
    return secret


def in_epoch(secret: bytes, account: bytes, began: int, ends: int) -> bytes:
    """Give the digest under which an account is known in one epoch."""
    return _digest(secret, b"epoch", b"%d-%d" % (began, ends), account)


def under_entry(secret: bytes, account: bytes, bank: str, entry: str) -> bytes:
    """Give the digest under which an account is known at one entry."""
    return _digest(secret, b"entry", bank.encode(), entry.encode(), account)


def _digest(secret: bytes, *parts: bytes) -> bytes:
    # Each part with its length, so that no two lists of parts give the same bytes.
    told = b"".join(b"%d:%b" % (len(part), part) for part in (b"kindward/account/1", *parts))
    return hmac.digest(secret, told, "sha256")
