"""Two brakes on a match: a threshold for each account, and a freeze for an entry that matches many accounts.

Both look at what was remembered of earlier matches and never at anything else. Without a match nothing is read or
written. If the database does not answer, the verdict stands as it was: a human then looks at more, never at less.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence

from kindward.config import Settings
from kindward.errors import ConfigError, KindwardError
from kindward.model import Decision, EntryState, Match, Verdict
from kindward.policy import Policy
from kindward.policy.threshold import EntryName, Hit, counting, distinct, epoch_of, settled
from kindward.service.accounts import in_epoch, read_secret, under_entry
from kindward.service.checks import Bank, Checker
from kindward.service.log import Log
from kindward.service.metrics import Metrics
from kindward.store import Tallied, Tallies
from kindward.store.tallies import Noted

MANY_ACCOUNTS, BRAKE = "many_accounts", "brake"
"""Why the brake froze an entry, and as who."""
ENTRIES_MOST = 20
"""So many entries of one content are remembered, nearest first; the rest are near-duplicates of these."""
PDQ = "pdq/1"


class Brakes:
    """Weigh verdicts on content of named accounts.

    In simulation accounts are not used at all, because what has no consequences needs no memory of people.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        tallies: Tallies,
        metrics: Metrics,
        log: Log,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._tallies = tallies
        self._metrics = metrics
        self._log = log
        self._clock = clock
        self._secret = None if settings.simulate else read_secret(settings.service.account_secret_file)
        self._simulate = settings.simulate
        self._most = settings.service.brake_accounts
        self._window = max(1, round(settings.service.brake_hours * 3600))

    def require_secret(self, policy: Policy) -> None:
        """Require what the policy's threshold needs. Raises: ConfigError."""
        if policy.threshold.distinct > 1 and self._secret is None and not self._simulate:
            raise ConfigError(
                "threshold_without_secret",
                "The policy demands several distinct matches for one account, but accounts are not remembered.",
                "Set service.account_secret_file, or take the threshold out of the policy.",
            )

    async def settle(self, verdict: Verdict, account: bytes | None, checker: Checker) -> Verdict:
        """Give the verdict that takes effect for this account; without an account, that of the first match."""
        if not verdict.matches or account is None or self._secret is None or verdict.simulated:
            return verdict
        return await asyncio.to_thread(self.weigh, verdict, account, checker)

    def weigh(self, verdict: Verdict, account: bytes | None, checker: Checker) -> Verdict:
        """Do what ``settle`` does; blocks while the database answers."""
        if account is None or self._secret is None or not verdict.matches or verdict.simulated:
            return verdict
        policy, now = checker.policy, int(self._clock())
        began, ends = epoch_of(now, policy.threshold.epoch_days)
        towards = _names(counting(verdict, policy)) if policy.threshold.distinct > 1 else []
        reached = self._reached(verdict, policy, account)
        if not (towards or reached):
            return verdict
        noted = Noted(in_epoch(self._secret, account, began, ends), ends, towards, reached)
        try:
            held, counts = self._tallies.note(noted, now=now, window=self._window)
            self._freeze(counts, checker.banks)
        except KindwardError as problem:
            self._log.error("trouble", part="tallies", code=problem.code, says=str(problem), hint=problem.hint)
            return verdict
        if not towards:
            return verdict
        hits = [hit for one in held if (hit := _hit(one, checker.banks)) is not None]
        return self._told(settled(verdict, policy, distinct(hits, policy.threshold.burst_seconds)), verdict)

    def forget(self) -> None:
        """Delete what is past its time; log what keeps that from happening."""
        try:
            self._tallies.forget(now=int(self._clock()), window=self._window)
        except KindwardError as problem:
            self._log.error("trouble", part="tallies", code=problem.code, says=str(problem), hint=problem.hint)

    def _told(self, after: Verdict, before: Verdict) -> Verdict:
        if after is not before:
            self._metrics.below_threshold.inc()
        return after

    def _reached(self, verdict: Verdict, policy: Policy, account: bytes) -> dict[EntryName, bytes]:
        assert self._secret is not None
        if not self._most:
            return {}
        simulated = {bank.name for bank in verdict.versions.banks if bank.simulated}
        deciding = [
            match for match in verdict.matches if match.bank not in simulated and policy.of(match) is not Decision.PASS
        ]
        return {name: under_entry(self._secret, account, *name) for name in _names(deciding)}

    def _freeze(self, counts: dict[EntryName, int], banks: Sequence[Bank]) -> None:
        for (bank_name, entry), accounts in counts.items():
            bank = next((bank for bank in banks if bank.name == bank_name), None)
            # Once a human has looked at an entry, frozen it or put it back, the brake leaves it alone.
            if accounts < self._most or bank is None or bank.state(entry) is not None:
                continue
            bank.quarantine(entry, MANY_ACCOUNTS, BRAKE)
            self._tallies.forget_reach((bank_name, entry))
            self._metrics.frozen.labels(bank_name).inc()
            self._log.error(
                "entry frozen",
                bank=bank_name,
                entry=entry,
                reason=MANY_ACCOUNTS,
                accounts=accounts,
                hours=self._window / 3600,
                says="The entry matched many accounts and is out of force until a human has looked at it.",
            )


def _names(matches: Iterable[Match]) -> list[EntryName]:
    return list(dict.fromkeys((match.bank, match.entry) for match in matches))[:ENTRIES_MOST]


def _hit(tallied: Tallied, banks: Sequence[Bank]) -> Hit | None:
    """Give a remembered hit with what its entries look like; None if none of them is in force any more."""
    by_name = {bank.name: bank for bank in banks}
    held = {
        (bank, entry): [one for one in by_name[bank].holding(entry) if one.state is EntryState.ACTIVE]
        for bank, entry in tallied.entries
        if bank in by_name
    }
    names = frozenset(name for name, entries in held.items() if entries)
    looks = tuple(one.value for entries in held.values() for one in entries if one.signal == PDQ)
    return Hit(tallied.at, names, looks) if names else None
