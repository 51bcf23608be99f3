"""Update banks again and again, each in a thread of its own, so that a slow source never delays a withdrawal elsewhere.

After a failure the pause grows, up to five minutes: a provider in trouble is not helped by a crowd that knocks.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from kindward.errors import KindwardError
from kindward.subscription import record
from kindward.subscription.secrecy import without
from kindward.subscription.updating import Update

LONGEST_PAUSE = 300.0
"""Seconds between two tries at most, whatever failed, unless the subscription itself asks for longer."""
GRACE_SECONDS = 2.0
LOOK_SECONDS = 2.0
"""Pause between two looks for banks that have begun to follow something."""
RUNNING = "update_running"
"""What somebody else's update is told by; it is no failure."""
Told = Callable[[Path, Update | KindwardError, float], None]
"""Called after every update with what came of it and the pause until the next one."""


class Rounds:
    """Keep banks up to date until told to stop."""

    def __init__(self, update: Callable[[Path], Update], told: Told, every: float) -> None:
        self._update, self._told, self._every = update, told, every
        self._stopped = threading.Event()

    def run(self, paths: Callable[[], Sequence[Path]]) -> None:
        """Update these banks, also those that join later; return once stopped."""
        threads: dict[Path, threading.Thread] = {}
        try:
            while not self._stopped.is_set():
                for path in paths():
                    if path not in threads:
                        threads[path] = threading.Thread(target=self._follow, args=(path,), daemon=True)
                        threads[path].start()
                self._stopped.wait(LOOK_SECONDS)
        finally:
            # Whoever was interrupted ends now; an update that still runs may be cut off anywhere.
            self.stop()
            for thread in threads.values():
                thread.join(GRACE_SECONDS)

    def stop(self) -> None:
        """End after the update that runs."""
        self._stopped.set()

    def _follow(self, path: Path) -> None:
        failures = 0
        while not self._stopped.is_set():
            outcome: Update | KindwardError
            try:
                outcome = self._update(path)
                failures = 0
            except KindwardError as problem:
                outcome = problem
                failures += problem.code != RUNNING
            except Exception as fault:  # noqa: BLE001 - its text could hold content, and the other banks go on
                outcome = without(fault, (), path.name)
                failures += 1
            if self._stopped.is_set():
                return
            wait = pause(self._pause_of(path), failures)
            self._told(path, outcome, wait)
            self._stopped.wait(wait)

    def _pause_of(self, path: Path) -> float:
        try:
            return record.read(path).every or self._every
        except KindwardError:
            return self._every


def pause(every: float, failures: int) -> float:
    """Say how long to wait: twice as long after each failure in a row."""
    return every if not failures else max(every, min(LONGEST_PAUSE, every * 2.0 ** min(failures, 16)))
