"""Beside the workers: let decisions take effect, destroy what is to be destroyed, send what was released."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kindward.config import Settings
from kindward.desk import Desk
from kindward.desk.delivering import Delivered, Delivery
from kindward.errors import KindwardError
from kindward.service.companion import begin, companion
from kindward.service.log import Log

PROGRAM = "from kindward.app import keep_deciding; keep_deciding()"
TICK_SECONDS = 1.0
KEEP_SECONDS = 600.0
"""How often evidence whose time is over is looked for."""


@contextmanager
def decided(settings: Settings) -> Iterator[None]:
    """Have cases looked after until the block ends, if this installation keeps any."""
    if not settings.cases.master_key_file:
        yield
        return
    with companion(PROGRAM, lambda: True):
        yield


def work(settings: Settings, desk: Desk, delivery: Delivery, sign: Callable[[], object]) -> None:
    """Look after cases until the supervisor ends; one line in the log for whatever happens.

    ``sign`` signs the audit log when that is due.
    """
    begin()
    log = Log()
    _told(log, "rules", desk.begin)
    # In simulation nothing leaves the house, whatever was released.
    if not settings.simulate:
        threading.Thread(target=_keep_sending, args=(log, delivery, settings.reports.try_seconds), daemon=True).start()
    kept_at = float("-inf")
    while True:
        _told(log, "desk", desk.tick)
        _told(log, "audit", sign)
        if time.monotonic() - kept_at >= KEEP_SECONDS:
            _told(log, "retention", desk.keep)
            kept_at = time.monotonic()
        time.sleep(TICK_SECONDS)


def _told(log: Log, part: str, act: Callable[[], object]) -> None:
    problem = _tried(act)
    if problem is not None:
        log.error("trouble", part=part, code=problem.code, says=str(problem), hint=problem.hint)


def _tried(act: Callable[[], object]) -> KindwardError | None:
    try:
        act()
    except KindwardError as problem:
        return problem
    return None


def _keep_sending(log: Log, delivery: Delivery, seconds: float) -> None:
    """Send in a thread of its own, so that a slow authority keeps no decision from taking effect."""
    try:
        while True:
            _told(log, "outbox", lambda: _send(log, delivery))
            time.sleep(seconds)
    finally:
        os._exit(1)  # Half of this process must not go on alone; the whole is started anew.


def _send(log: Log, delivery: Delivery) -> None:
    for one in delivery.all():
        log.info("report", **_line(one))


def _line(one: Delivered) -> dict[str, object]:
    """Say what came of a try: where it went and a number, nothing that the report says."""
    told: dict[str, object] = {"case": one.outgoing.case, "authority": one.outgoing.authority}
    if one.receipt is not None:
        return {**told, "outcome": "sent", "reference": one.receipt.reference, "status": one.receipt.status}
    assert one.problem is not None
    return {**told, "outcome": str(one.then), "code": one.problem.code, "tries": one.outgoing.tries}
