"""Keep subscribed banks up to date beside the workers: one process, started anew if it dies, ended with the service.

It is a process of its own because reading lists takes time and memory that answers must not wait for, and because it
talks to the outside, which no worker does.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from kindward.config import Settings
from kindward.errors import KindwardError
from kindward.service.life import SUPERVISOR
from kindward.service.log import Log
from kindward.subscription.record import is_subscribed
from kindward.subscription.rounds import RUNNING, Rounds
from kindward.subscription.updating import Update

PROGRAM = "from kindward.app import keep_updated; keep_updated()"
"""What the updater process runs; the composition root is named, because nothing below imports it."""
_POLITE = 5
"""Added to the niceness of the updater: taking over a long list must not slow answers down."""
_LOOK_SECONDS = 1.0
_LONGEST_PAUSE = 30.0
_GRACE_SECONDS = 5.0


def subscribed(settings: Settings) -> list[Path]:
    """Name the banks of the settings that follow something."""
    return [path for path in map(Path, settings.banks.paths) if is_subscribed(path)]


@contextmanager
def updated(settings: Settings) -> Iterator[None]:
    """Have the subscribed banks updated until the block ends, from the moment there is one."""
    if not settings.banks.update_seconds:
        yield
        return
    ended = threading.Event()
    keeper = threading.Thread(target=_keep, args=(settings, ended), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        ended.set()
        keeper.join(2 * _GRACE_SECONDS)


def _keep(settings: Settings, ended: threading.Event) -> None:
    process: subprocess.Popen[bytes] | None = None
    pause, started = _LOOK_SECONDS, 0.0
    while not ended.wait(_LOOK_SECONDS if process else pause):
        if process is None:
            if subscribed(settings):
                process, started = _start(), time.monotonic()
        elif process.poll() is not None:
            # One that dies at once is not started again and again without a pause.
            long_lived = time.monotonic() - started > _LONGEST_PAUSE
            pause = _LOOK_SECONDS if long_lived else min(2 * pause, _LONGEST_PAUSE)
            process = None
    if process is not None:
        _end(process)


def _start() -> subprocess.Popen[bytes]:
    # Without -P a module in the working directory could take the place of one of ours.
    return subprocess.Popen([sys.executable, "-P", "-c", PROGRAM], stdin=subprocess.DEVNULL)  # noqa: S603 - a constant


def _end(process: subprocess.Popen[bytes]) -> None:
    # It may be killed at any point: what it had taken over is on the disk, and the next update goes on from there.
    process.terminate()
    try:
        process.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def work(settings: Settings, update: Callable[[Path], Update]) -> None:
    """Update the banks of a running service until its supervisor ends; one line in the log for each update."""
    os.nice(_POLITE)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; the supervisor ends us
    log = Log()
    if number := os.environ.get(SUPERVISOR):
        threading.Thread(target=_outlive_nobody, args=(int(number),), daemon=True).start()

    def told(path: Path, outcome: Update | KindwardError, wait: float) -> None:
        """Write the line of one update."""
        if isinstance(outcome, Update):
            log.info("update", **_line(outcome), pause=round(wait, 1))
        elif outcome.code != RUNNING:
            told = {"code": outcome.code, "says": str(outcome), "hint": outcome.hint}
            log.error("update failed", bank=path.name, **told, pause=round(wait, 1))

    Rounds(update, told, settings.banks.update_seconds).run(lambda: subscribed(settings))


def _line(outcome: Update) -> dict[str, object]:
    tally = outcome.tally
    return {
        "bank": outcome.bank,
        "mark": outcome.mark,
        "put": tally.put,
        "withdrawn": tally.withdrawn,
        "rejected": tally.rejected,
        "entries": outcome.entries,
        "bytes": outcome.size,
        "seconds": round(outcome.seconds, 3),
        "repaired": tally.repaired,
        "sent": outcome.sent,
        "unsent": outcome.unsent.code if outcome.unsent else None,
    }


def _outlive_nobody(supervisor: int) -> None:
    while os.getppid() == supervisor:
        time.sleep(1.0)
    os._exit(0)
