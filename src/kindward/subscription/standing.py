"""Where subscriptions stand, read without opening a bank: cheap enough for every worker of a service."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from kindward.errors import KindwardError
from kindward.subscription import record
from kindward.subscription.record import FOLDER, is_subscribed
from kindward.subscription.state import FILE, RELEASE, STEP, State

_Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the subscription of one bank stands.

    ``expires`` is when the signature of a list runs out, None for feeds. ``failing_since`` is empty while updates
    succeed. Times are texts as they stand in the state (``2026-11-24T06:00:00Z``), empty if it never happened.
    """

    path: Path
    follows: str
    settings: Mapping[str, str]
    signed: bool
    created: str
    every: float
    updated: str = ""
    changed: str = ""
    attempted: str = ""
    failing_since: str = ""
    failures: int = 0
    failure: KindwardError | None = None
    expires: datetime | None = None
    mark: Mapping[str, str] = field(default_factory=dict)
    rejected: Mapping[str, int] = field(default_factory=dict)
    last: Mapping[str, int] = field(default_factory=dict)

    @property
    def release(self) -> int:
        """Give the number of the release in force; for feeds the number of the step."""
        text = self.mark.get(RELEASE if self.signed else STEP, "0")
        return int(text) if text.isdecimal() else 0

    def is_stale(self, now: datetime, mark: Mapping[str, str] | None = None) -> bool:
        """Say whether the bank may lack changes: the signature has run out, or the bank bears an older mark.

        ``mark`` is that of the bank, opened after this was read.
        """
        if self.expires is not None and now >= self.expires:
            return True
        return mark is not None and _place(mark) < _place(self.mark)


def standing(path: Path) -> Standing:
    """Read where the subscription of a bank stands. Raises: StateError if it follows nothing or is damaged."""
    path = Path(path)
    followed, state = record.read(path), State.read(path)
    return Standing(
        path=path,
        follows=followed.follows,
        settings=followed.settings,
        signed=followed.signed,
        created=followed.created,
        every=followed.every,
        updated=state.updated,
        changed=state.changed,
        attempted=state.attempted,
        failing_since=state.failing_since,
        failures=state.failures,
        failure=state.failure.error if state.failure else None,
        expires=_moment(state.expires),
        mark=state.mark,
        rejected=state.rejected,
        last=state.last,
    )


class Standings:
    """Follow the standings of several banks; a file is read again only when it was replaced."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._paths = tuple(map(Path, paths))
        self._known: dict[Path, tuple[_Stamp, Standing]] = {}

    def look(self) -> dict[Path, Standing]:
        """Give the standing of every bank that follows something; one that cannot be read now stays as it was."""
        for path in self._paths:
            stamp = _stamp(path)
            if path in self._known and self._known[path][0] == stamp:
                continue
            if not is_subscribed(path):
                self._known.pop(path, None)
                continue
            try:
                self._known[path] = stamp, standing(path)
            except KindwardError:
                continue
        return {path: known[1] for path, known in self._known.items()}


def _stamp(path: Path) -> _Stamp:
    try:
        status = os.stat(path / FOLDER / FILE)  # noqa: PTH116 - asked every second; Path.stat costs twice as much
    except OSError:
        return 0, 0, 0
    return status.st_ino, status.st_size, status.st_mtime_ns


def _place(mark: Mapping[str, str]) -> int:
    text = mark.get(RELEASE) or mark.get(STEP) or "0"
    return int(text) if text.isdecimal() else 0


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC) if text else None
    except ValueError:
        return None
