"""Long work: several at once, answers in order, progress on standard error."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

_T = TypeVar("_T")
_R = TypeVar("_R")


def workers_for(count: int) -> int:
    """Choose how many decoding processes ``count`` inputs deserve: one for each usable core, never idle ones."""
    return max(1, min(len(os.sched_getaffinity(0)), count))


def in_order(work: Callable[[_T], _R], things: Iterable[_T], workers: int) -> Generator[_R]:
    """Do ``work`` on several things at once and give the answers in the order of the things.

    At most four things a worker are under way, so that a folder of a million pictures is not held in memory.
    """
    if workers == 1:
        yield from map(work, things)
        return
    with ThreadPoolExecutor(workers) as threads:
        waiting: deque[Future[_R]] = deque()
        try:
            for thing in things:
                waiting.append(threads.submit(work, thing))
                if len(waiting) >= 4 * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


@contextmanager
def progress(title: str, total: int | None) -> Generator[Callable[[int], None]]:
    """Show a bar on standard error while work goes on; give a function that is told how far it is.

    Nothing is shown when standard error is not a terminal, or for a single thing.
    """
    if not sys.stderr.isatty() or (total is not None and total < 2):  # noqa: PLR2004 - one thing needs no bar
        yield lambda _done: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True, redirect_stdout=sys.stdout.isatty()) as bars:
        task = bars.add_task(title, total=total)
        yield lambda done: bars.update(task, completed=done)
