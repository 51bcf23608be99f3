"""Put one worker's application together: the hot routes in front, the framework behind them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from starlette.types import ASGIApp

from kindward.config import Settings
from kindward.desk import Desk
from kindward.errors import ConfigError
from kindward.service.access import Guard
from kindward.service.accounts import read_secret
from kindward.service.alarms import Alarms
from kindward.service.brakes import Brakes
from kindward.service.checks import Checker, Checks
from kindward.service.framework import build
from kindward.service.front import Front
from kindward.service.hma.door import Door
from kindward.service.hma.routes import Hma
from kindward.service.life import Life
from kindward.service.log import Log
from kindward.service.meter import Meter
from kindward.service.metrics import Metrics
from kindward.service.protocol import HEAD_SECONDS, HEAD_SETTING
from kindward.service.rates import Rates
from kindward.service.routes import Routes
from kindward.store import Store

METER = "meter"


def create(
    settings: Settings,
    *,
    open_checker: Callable[[], Checker],
    store: Store,
    decoders: int,
    folder: Path | None = None,
    desk: Desk | None = None,
) -> Front:
    """Build the ASGI application of one worker.

    ``open_checker`` is called when the application starts, and again while no bank can be trusted; ``decoders`` is
    how many contents it checks at the same time; ``folder`` is shared by all workers of a run, if there is one.
    ``desk`` takes alarms, if this installation keeps cases.
    """
    log = Log()
    metrics = Metrics()
    brakes = Brakes(settings=settings, tallies=store.tallies, metrics=metrics, log=log)
    rates = Rates(settings=settings, metrics=metrics, log=log)

    checks = Checks(lambda: _opened(open_checker, brakes), settings, decoders)
    guard = Guard(store.tokens.live)
    per_minute = settings.service.match_per_minute
    meter = Meter(folder / METER, per_minute) if folder else Meter.private(per_minute)
    routes = Routes(
        settings=settings,
        checks=checks,
        guard=guard,
        meter=meter,
        metrics=metrics,
        log=log,
        brakes=brakes,
        rates=rates,
        alarms=Alarms(desk, read_secret(settings.service.account_secret_file), metrics),
    )
    life = Life(
        settings=settings, checks=checks, guard=guard, meter=meter, metrics=metrics, log=log, forget=brakes.forget
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI):  # type: ignore[no-untyped-def] # noqa: ANN202 - the framework's own form
        """Tie the worker's background to the life of the application."""
        async with life.lived():
            yield {HEAD_SETTING: min(HEAD_SECONDS, settings.service.body_seconds)}
        store.close()

    hot = {("POST", "/v1/check"): routes.check, ("POST", "/v1/match"): routes.match}
    inner: ASGIApp = build(routes, lifespan)
    if settings.service.hma:
        inner = Door(inner, Hma(routes, checks, settings).table(), metrics, log)
    return Front(inner, hot, metrics, log)


def _opened(open_checker: Callable[[], Checker], brakes: Brakes) -> Checker:
    """Open the checker, unless its policy needs what the settings do not give. Raises: ConfigError."""
    checker = open_checker()
    try:
        brakes.require_secret(checker.policy)
    except ConfigError:
        checker.close()
        raise
    return checker
