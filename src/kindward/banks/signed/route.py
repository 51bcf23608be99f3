"""Choose which files of a list's history to fetch."""

from __future__ import annotations

import heapq
import re
from collections.abc import Mapping

from kindward.banks.signed.refusals import distrusted

NAMED = re.compile(r"list/(0|[1-9][0-9]{0,15})-([1-9][0-9]{0,15})\.kwc", re.ASCII)
"""A file of history is named after the sizes of the log between which it tells."""


def route(files: Mapping[str, int], size: int, end: int) -> list[str]:
    """Find the files that lead from ``size`` to ``end`` with the fewest bytes; ``files`` gives the length of each.

    A file may begin before the size at which it is needed: the statements that follow a release are told once more at
    the beginning of the next file. Raises: TrustError ``list_incomplete`` if no files lead there.
    """
    steps: dict[int, list[tuple[int, str]]] = {}
    for name in files:
        if found := NAMED.fullmatch(name):
            first, last = int(found[1]), int(found[2])
            begins = size if first <= size < last else first
            steps.setdefault(begins, []).append((last, name))
    done: set[int] = set()
    queue: list[tuple[int, int, tuple[str, ...]]] = [(0, size, ())]
    while queue:
        cost, at, names = heapq.heappop(queue)
        if at == end:
            return list(names)
        if at not in done:
            done.add(at)
            for last, name in steps.get(at, ()):
                if at < last <= end:
                    heapq.heappush(queue, (cost + files[name], last, (*names, name)))
    raise distrusted("list_incomplete", size=size, end=end)
