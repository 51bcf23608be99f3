"""Check contents: one check for equal bytes that are sent at the same time, and never a queue that grows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from kindward.config import Settings
from kindward.errors import ConfigError, KindwardError, RemoteError, StateError, TrustError
from kindward.model import Content, Entry, Fingerprint, Trust, Verdict
from kindward.policy import Policy
from kindward.service.refusals import busy, not_ready
from kindward.signals.pdq import PictureFindings
from kindward.subscription.standing import Standing


class Bank(Protocol):
    """What the service tells about a bank."""

    @property
    def name(self) -> str:
        """Give its name."""

    @property
    def version(self) -> str:
        """Give the version in force."""

    @property
    def trust(self) -> Trust:
        """Say where its authority comes from."""

    @property
    def simulated(self) -> str:
        """Say by a code why its matches decide nothing; empty if they decide."""

    @property
    def path(self) -> Path:
        """Give its folder."""

    def counts(self) -> Mapping[str, int]:
        """Count its entries under each signal."""

    def holding(self, entry_id: str) -> Sequence[Entry]:
        """Give all entries of an item that is not withdrawn."""

    def state(self, entry_id: str) -> object | None:
        """Say what was decided about an item here or by its source; None if nothing."""

    def quarantine(self, entry_id: str, reason: str, by: str) -> None:
        """Take an item out of force here until a human puts it back."""

    def refresh(self) -> bool:
        """Take over what changed in its folder."""


class Checker(Protocol):
    """What the composition root hands in."""

    @property
    def policy(self) -> Policy:
        """Give the table that decides."""

    @property
    def banks(self) -> Sequence[Bank]:
        """List the banks in force."""

    async def acheck(self, content: Content) -> Verdict:
        """Check one content."""

    async def ahash(self, data: bytes) -> PictureFindings:
        """Fingerprint one picture exactly, as lists are made."""

    def match(self, fingerprints: Sequence[Fingerprint]) -> Verdict:
        """Look the fingerprints of one content up."""

    def standings(self) -> Sequence[tuple[str, Standing, bool]]:
        """Say where subscribed banks stand: name, standing, and whether the bank may lack newer changes."""

    def refresh(self) -> object:
        """Take in what other processes changed in the banks."""

    def close(self) -> None:
        """End the decoding processes."""


@dataclass(slots=True, eq=False)
class _Running:
    """A check under way; the bytes are kept only as long as it runs."""

    data: bytes = field(repr=False)
    task: asyncio.Task[Verdict]


class Checks:
    """Hold the checker, or the reason why there is none.

    Without a proven bank the service runs, says that it is not ready, and tries again with every refresh.
    """

    def __init__(self, open_checker: Callable[[], Checker], settings: Settings, decoders: int) -> None:
        self._open = open_checker
        self._checker: Checker | None = None
        self._running: dict[int, list[_Running]] = {}
        self._under_way = 0
        self._most = settings.service.queue + decoders
        self.trouble: KindwardError | None = None

    @property
    def ready(self) -> bool:
        """Say whether a proven bank is there."""
        return self._checker is not None and self.trouble is None

    @property
    def under_way(self) -> int:
        """Count the checks that run or wait."""
        return self._under_way

    @property
    def checker(self) -> Checker:
        """Give the checker; it knows itself which of its banks are refused. Raises: KindwardError if there is none."""
        if self._checker is None:
            raise self.trouble or not_ready()
        return self._checker

    @property
    def banks(self) -> Sequence[Bank]:
        """List the banks in force; none before one could be opened."""
        return self._checker.banks if self._checker is not None else ()

    @property
    def standings(self) -> Sequence[tuple[str, Standing, bool]]:
        """Say where the subscribed banks stand; none before a bank could be opened."""
        return self._checker.standings() if self._checker is not None else ()

    async def refresh(self) -> None:
        """Open the checker if there is none, else take in what changed in its banks; keep the reason if it fails."""
        try:
            if self._checker is None:
                self._checker = await asyncio.to_thread(self._open)
            else:
                await asyncio.to_thread(self._checker.refresh)
        except (TrustError, StateError, RemoteError, ConfigError) as error:
            self.trouble = error
        else:
            self.trouble = None

    def require_room(self) -> None:
        """Refuse at once, before a body is read, what could not be checked soon. Raises: Refusal (429)."""
        if self._under_way >= self._most:
            raise busy()

    async def check(self, data: bytes) -> tuple[Verdict, bool]:
        """Give a verdict, and whether another request's check of the same bytes gave it.

        The check is a task of its own, so that a caller who leaves does not end it for the others. Equal bytes are
        found by length, then compared; that is cheaper than a digest of every content and cannot be wrong. Raises:
        Refusal (429), and what the checker raises.
        """
        same_length = self._running.get(len(data), ())
        for running in same_length:
            if running.data == data:
                return await asyncio.shield(running.task), True
        checker = self.checker
        self.require_room()
        task = asyncio.get_running_loop().create_task(checker.acheck(Content(data)))
        running = _Running(data, task)
        self._running.setdefault(len(data), []).append(running)
        self._under_way += 1
        task.add_done_callback(lambda _: self._finish(running))
        return await asyncio.shield(task), False

    async def hash(self, data: bytes) -> PictureFindings:
        """Fingerprint one picture. Raises: Refusal (429), and what the checker raises."""
        checker = self.checker
        self.require_room()
        self._under_way += 1
        try:
            return await checker.ahash(data)
        finally:
            self._under_way -= 1

    async def close(self) -> None:
        """Wait for nothing more, and give the decoding processes back."""
        tasks = [running.task for same in self._running.values() for running in same]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._checker is not None:
            await asyncio.to_thread(self._checker.close)

    def _finish(self, running: _Running) -> None:
        self._under_way -= 1
        same = self._running[len(running.data)]
        same.remove(running)
        if not same:
            del self._running[len(running.data)]
        if not running.task.cancelled():
            running.task.exception()  # so that a check whose callers have all left is not reported as forgotten
