"""What a worker does beside answering: look for changes of banks and tokens, and notice when it is left alone."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from kindward.config import Settings
from kindward.errors import KindwardError
from kindward.service.access import FRESH_SECONDS, Guard
from kindward.service.checks import Checks
from kindward.service.log import Log
from kindward.service.meter import Meter
from kindward.service.metrics import Metrics

SUPERVISOR = "KINDWARD_SUPERVISOR"
"""Environment variable with the process number of whoever started the workers."""
COLLECTED_AFTER = (20_000, 20, 50)
"""Objects made before the collector of cycles looks at the young, the older, the oldest (by itself: 700, 10, 10)."""
FORGET_SECONDS = 600.0
"""How often what is remembered of accounts is looked through for what is past its time."""
LEAST_SECONDS = 0.05
"""Shortest pause between two looks, whatever the settings say."""


class Life:
    """The background of one worker."""

    def __init__(
        self,
        *,
        settings: Settings,
        checks: Checks,
        guard: Guard,
        meter: Meter,
        metrics: Metrics,
        log: Log,
        forget: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._checks = checks
        self._guard = guard
        self._meter = meter
        self._metrics = metrics
        self._log = log
        self._forget = forget
        self._told: dict[str, str | None] = {}

    @asynccontextmanager
    async def lived(self) -> AsyncIterator[None]:
        """Prepare before the first request, keep up to date, and clear away after the last one."""
        await self._look_at_tokens()
        await self._look_at_banks()
        await self._forget_accounts()
        if number := os.environ.get(SUPERVISOR):
            settle_memory()
        pauses = (
            (self._look_at_banks, self._settings.banks.refresh_seconds),
            (self._look_at_tokens, FRESH_SECONDS),
            (self._forget_accounts, FORGET_SECONDS),
        )
        tasks = [asyncio.create_task(_again(look, max(pause, LEAST_SECONDS))) for look, pause in pauses]
        if number:
            tasks.append(asyncio.create_task(_outlive_nobody(int(number))))
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._checks.close()
            self._meter.close()

    async def _look_at_banks(self) -> None:
        await self._checks.refresh()
        self._metrics.banks(self._checks.banks)
        self._metrics.standings(self._checks.standings)
        self._tell("banks", self._checks.trouble)

    async def _look_at_tokens(self) -> None:
        self._tell("tokens", await self._guard.read())
        self._metrics.ready.set(self._checks.ready and self._guard.ready)
        self._metrics.under_way.set(self._checks.under_way)

    async def _forget_accounts(self) -> None:
        await asyncio.to_thread(self._forget)

    def _tell(self, what: str, trouble: KindwardError | None) -> None:
        """Log a change for better or worse, once."""
        code = trouble.code if trouble else None
        if self._told.get(what, "") == code:
            return
        self._told[what] = code
        if trouble:
            self._log.error("trouble", part=what, code=code, says=str(trouble), hint=trouble.hint)
        else:
            self._log.info("in order", part=what)


def settle_memory() -> None:
    """Spare the collector of cycles what was loaded at the start, and let it look less often.

    It would go through every module, class and table again and again, tens of milliseconds each time, in the middle
    of requests that leave no cycles behind. Only for a process that is the service and nothing else.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED_AFTER)


async def _again(look: Callable[[], Awaitable[None]], pause: float) -> None:
    while True:
        await asyncio.sleep(pause)
        await look()


async def _outlive_nobody(supervisor: int) -> None:
    """End this worker when its supervisor was killed and could not end it."""
    while os.getppid() == supervisor:  # noqa: ASYNC110 - the system has no event for it
        await asyncio.sleep(1.0)
    signal.raise_signal(signal.SIGTERM)
