"""Who is asking: bearer tokens by role.

The live tokens are few, so each worker keeps all of them for a second: no request waits for the database, wrong
tokens cost it nothing, and a revoked token ends within seconds on every worker.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from kindward.errors import KindwardError
from kindward.service.refusals import not_ready, role_wrong, token_missing, token_wrong
from kindward.store import Role, Token, split_token

FRESH_SECONDS = 1.0
"""How often the live tokens are read again."""
STALE_SECONDS = 10.0
"""After so long without an answer from the database nobody is let in: a revocation might have been missed."""
ASK_AGAIN_SECONDS = 0.2
"""How often an unknown token may cause a look into the database, so that a new token works at once."""


class Guard:
    """Let in who holds a live token of the right role."""

    def __init__(self, live: Callable[[], Mapping[str, Token]], clock: Callable[[], float] = time.monotonic) -> None:
        self._live = live
        self._clock = clock
        self._tokens: Mapping[str, Token] = {}
        self._read_at = float("-inf")
        self._reading = asyncio.Lock()

    @property
    def ready(self) -> bool:
        """Say whether the tokens were read recently enough to let anybody in."""
        return self._age() < STALE_SECONDS

    async def read(self, older_than: float = 0.0) -> KindwardError | None:
        """Read the live tokens again if the last reading is older than so many seconds; give the error, if any."""
        async with self._reading:
            if self._age() < older_than:
                return None
            asked_at = self._clock()
            try:
                self._tokens = await asyncio.to_thread(self._live)
            except KindwardError as error:
                return error
            self._read_at = asked_at
        return None

    async def admit(self, authorization: bytes | None, *roles: Role) -> Token:
        """Give the token of a request. Raises: Refusal with 401, 403, or 503 if the tokens cannot be read."""
        if not authorization:
            raise token_missing()
        scheme, _, text = authorization.decode("latin-1").partition(" ")
        parts = split_token(text.strip())
        if scheme.lower() != "bearer" or parts is None:
            raise token_wrong()
        token_id, secret = parts
        if token_id not in self._tokens:
            await self.read(older_than=ASK_AGAIN_SECONDS)
        if not self.ready:
            raise not_ready()
        token = self._tokens.get(token_id)
        if token is None or not token.opens_with(secret) or not token.live(datetime.now(UTC)):
            raise token_wrong()
        if token.role not in roles:
            raise role_wrong(roles[0])
        return token

    def _age(self) -> float:
        return self._clock() - self._read_at
