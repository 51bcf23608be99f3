"""From a check to a case: a verdict that needs a human goes to the desk, in the request that it belongs to.

The answer waits for it, because an answer that says `hold` while nobody will ever look would hold a message for good.
If the desk cannot take the alarm, the caller gets an error with the decision that the settings give for it, and asks
again; so no alarm is lost.
"""

from __future__ import annotations

import asyncio
import hmac

from kindward.cases import Case
from kindward.desk import Arrived, Desk
from kindward.model import Decision, Verdict
from kindward.service.metrics import Metrics

SOURCE = "http"
_PURPOSE = b"kindward/account of a case/1\n"


class Alarms:
    """Hand verdicts to the desk; without one, cases are not kept here and nothing happens."""

    def __init__(self, desk: Desk | None, secret: bytes | None, metrics: Metrics) -> None:
        self._desk = desk
        self._secret = secret
        self._metrics = metrics

    async def raised(self, verdict: Verdict, content: bytes, account: bytes | None, person: bytes) -> str:
        """Open a case if the verdict needs one, and give its number; empty if it needs none.

        ``person`` is what the caller knows of the account, as a record that only the vault sees. Raises: RemoteError
        if the database does not answer, StateError or TrustError if the evidence cannot be sealed.
        """
        if self._desk is None or verdict.simulated or verdict.decision is Decision.PASS or not verdict.matches:
            return ""
        arrived = Arrived(account=self._known_as(account), content=content, person=person, source=SOURCE)
        case: Case | None = await asyncio.to_thread(self._desk.alarm, verdict, arrived)
        if case is None:
            return ""
        self._metrics.alarms.labels(case.matches[0].bank).inc()
        return case.id

    def _known_as(self, account: bytes | None) -> str:
        """Give the name under which an account is known to cases; without a secret, none."""
        if account is None or self._secret is None:
            return ""
        return hmac.digest(self._secret, _PURPOSE + account, "sha256").hex()
