"""Who decodes for whom: idle decoders, those on loan, and callers who wait for one.

One lock, held only for moments, makes this safe for threads and event loops at once. Waiting is a
``concurrent.futures.Future``, which a thread can block on and asyncio can wrap.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import weakref
from collections import deque
from concurrent.futures import Future

from kindward.errors import StateError
from kindward.isolation import nursery
from kindward.isolation.nursery import Decoder, Nursery

_RETIRE = 2_000
"""Answers after which a process is replaced: what a hostile picture may have left behind does not stay for long."""


class Roster:
    """Lend decoders, at most ``workers`` at once, for contents of up to ``size`` bytes."""

    def __init__(self, workers: int, size: int, memory: int, seconds: float) -> None:
        self._workers, self._size, self._memory, self._seconds = workers, size, memory, seconds
        self.closed = False
        self._begin()
        self._nursery = nursery.begin(memory, seconds)
        _rosters.add(self)

    def take(self) -> Decoder | Future[Decoder]:
        """Lend a decoder, or promise one if all are on loan.

        Raises:
            StateError: decoders_closed or decoders_unavailable.
        """
        with self._lock:
            if self.closed:
                raise closed()
            if self._idle:
                return self._idle.pop()
            if len(self._all) < self._workers:
                return self._fork()
            promise: Future[Decoder] = Future()
            self._waiting.append(promise)
            return promise

    def withdraw(self, promise: Future[Decoder]) -> None:
        """Give up waiting; a decoder that was handed over at that very moment goes to the next."""
        with self._lock:
            decoder = None if promise.cancel() or promise.exception() else promise.result()
        if decoder is not None:
            self.give_back(decoder, healthy=True)

    def give_back(self, decoder: Decoder, *, healthy: bool) -> None:
        """Return a decoder; one that is not healthy is killed and replaced before anybody asks."""
        with self._lock:
            if self.closed or decoder not in self._all:
                decoder.close()
                return
            decoder.answered += 1
            if not healthy or decoder.answered >= _RETIRE:
                self._all.discard(decoder)
                self._nursery.kill(decoder)
                with contextlib.suppress(StateError):
                    self._hand_on(self._fork())
                return
            self._hand_on(decoder)

    def loading(self) -> bool:
        """Say whether the libraries are still being loaded."""
        return not self._nursery.ready()

    def lost(self) -> bool:
        """Say whether the process that forks decoders has ended, so that a silent decoder blames no content."""
        return not self._nursery.alive()

    def processes(self) -> tuple[int, ...]:
        """Give the number of the process under which all decoders run; none when closed."""
        return () if self.closed else (self._nursery.process,)

    def close(self) -> None:
        """End everything: waiting callers and checks under way fail with decoders_closed."""
        with self._lock:
            if self.closed:
                return
            self.closed = True
            for promise in self._waiting:
                if promise.set_running_or_notify_cancel():
                    promise.set_exception(closed())
            for decoder in self._idle:
                decoder.close()
            for decoder in self._all.difference(self._idle):
                with contextlib.suppress(OSError):
                    decoder.here.shutdown(socket.SHUT_RDWR)
        self._nursery.stop()

    def _begin(self) -> None:
        self._lock = threading.RLock()
        self._all: set[Decoder] = set()
        self._idle: list[Decoder] = []
        self._waiting: deque[Future[Decoder]] = deque()

    def _leave_to_parent(self) -> None:
        """Begin anew after a fork: the decoders belong to the parent, whose checks go on."""
        if not self.closed:
            for decoder in self._all:
                decoder.close()
            self._nursery.abandon()
            self._begin()

    def _hand_on(self, decoder: Decoder) -> None:
        while self._waiting:
            promise = self._waiting.popleft()
            if promise.set_running_or_notify_cancel():
                promise.set_result(decoder)
                return
        self._idle.append(decoder)

    def _fork(self) -> Decoder:
        """Fork a decoder, from a new nursery if the old one was killed after it had worked."""
        if self.lost():
            if not self._nursery.foreign and self.loading():
                raise nursery.unavailable()
            self._nursery.stop()
            for decoder in self._idle:
                decoder.close()
            self._all, self._idle = set(), []
            self._nursery = Nursery(self._memory, self._seconds)
        decoder = self._nursery.fork(self._size)
        self._all.add(decoder)
        return decoder


def closed() -> StateError:
    """Say that checks were asked for after closing."""
    return StateError(
        "decoders_closed",
        "The processes that decode pictures were closed.",
        "Keep the checker open while checks are under way.",
    )


def _after_fork() -> None:
    for roster in list(_rosters):
        roster._leave_to_parent()  # noqa: SLF001 - the same module


_rosters: weakref.WeakSet[Roster] = weakref.WeakSet()
os.register_at_fork(after_in_child=_after_fork)
