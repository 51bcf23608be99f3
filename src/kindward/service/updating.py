"""Keep subscribed banks up to date beside the workers: one process, started anew if it dies, ended with the service.

It is a process of its own because reading lists takes time and memory that answers must not wait for, and because it
talks to the outside, which no worker does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from kindward.config import Settings
from kindward.errors import KindwardError
from kindward.service.companion import begin, companion
from kindward.service.log import Log
from kindward.subscription.record import is_subscribed
from kindward.subscription.rounds import RUNNING, Rounds
from kindward.subscription.updating import Update

PROGRAM = "from kindward.app import keep_updated; keep_updated()"
"""What the updater process runs; the composition root is named, because nothing below imports it."""


def subscribed(settings: Settings) -> list[Path]:
    """Name the banks of the settings that follow something."""
    return [path for path in map(Path, settings.banks.paths) if is_subscribed(path)]


@contextmanager
def updated(settings: Settings) -> Iterator[None]:
    """Have the subscribed banks updated until the block ends, from the moment there is one."""
    if not settings.banks.update_seconds:
        yield
        return
    with companion(PROGRAM, lambda: bool(subscribed(settings))):
        yield


def work(settings: Settings, update: Callable[[Path], Update]) -> None:
    """Update the banks of a running service until its supervisor ends; one line in the log for each update."""
    begin()
    log = Log()

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
