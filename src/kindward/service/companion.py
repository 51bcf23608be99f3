"""A process beside the workers: started anew if it dies, ended with the service."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kindward.service.life import SUPERVISOR

POLITE = 5
"""Added to the niceness of a companion: its work must not slow answers down."""
_LOOK_SECONDS = 1.0
_LONGEST_PAUSE = 30.0
_GRACE_SECONDS = 5.0


@contextmanager
def companion(program: str, needed: Callable[[], bool]) -> Iterator[None]:
    """Have a program run until the block ends, from the moment it is needed.

    ``program`` is a line of Python; it names the composition root, because nothing below imports it.
    """
    ended = threading.Event()
    keeper = threading.Thread(target=_keep, args=(program, needed, ended), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        ended.set()
        keeper.join(2 * _GRACE_SECONDS)


def begin() -> None:
    """Prepare a companion process: polite, and ended with its supervisor."""
    os.nice(POLITE)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; the supervisor ends us
    if number := os.environ.get(SUPERVISOR):
        threading.Thread(target=_outlive_nobody, args=(int(number),), daemon=True).start()


def _keep(program: str, needed: Callable[[], bool], ended: threading.Event) -> None:
    process: subprocess.Popen[bytes] | None = None
    pause, started = _LOOK_SECONDS, 0.0
    while not ended.wait(_LOOK_SECONDS if process else pause):
        if process is None:
            if needed():
                process, started = _start(program), time.monotonic()
        elif process.poll() is not None:
            # One that dies at once is not started again and again without a pause.
            long_lived = time.monotonic() - started > _LONGEST_PAUSE
            pause = _LOOK_SECONDS if long_lived else min(2 * pause, _LONGEST_PAUSE)
            process = None
    if process is not None:
        _end(process)


def _start(program: str) -> subprocess.Popen[bytes]:
    # Without -P a module in the working directory could take the place of one of ours.
    return subprocess.Popen([sys.executable, "-P", "-c", program], stdin=subprocess.DEVNULL)  # noqa: S603 - a constant


def _end(process: subprocess.Popen[bytes]) -> None:
    # It may be killed at any point: what it had done is on the disk, and the next one goes on from there.
    process.terminate()
    try:
        process.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _outlive_nobody(supervisor: int) -> None:
    while os.getppid() == supervisor:
        time.sleep(1.0)
    os._exit(0)
