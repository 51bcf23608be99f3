"""A pool of decoding processes that can be killed, for threads and for asyncio alike.

A content that is too slow, too large or deadly for a decoder costs its own check and nothing else: the process is
killed, the next one is forked, and everybody else's checks go on.
"""

from __future__ import annotations

import asyncio
import os
import time
import weakref
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from kindward.config import Limits
from kindward.errors import ContentError
from kindward.isolation import messages, nursery, roster
from kindward.isolation.nursery import Decoder
from kindward.signals.pdq import PictureFindings, PictureOptions
from kindward.signals.picture import refusal

Data = bytes | bytearray | memoryview

_START_SECONDS = 30.0
"""How long loading the decoding libraries may take on a slow machine, in addition to the limit for a content."""
_LARGE = 8 << 20
"""Contents of more bytes than this do not stay in shared memory after their check."""
_NEARLY = 0.9
"""A process that ends by itself after this share of its time was stopped by the limit of processor time."""
_DEADLY = frozenset({"check_too_slow", "check_out_of_memory", "decoder_crashed"})
_ATTEMPTS = 3


class _Lost(Exception):  # noqa: N818 - never leaves this module
    """The decoder vanished together with the process that forked it; the content is not to blame."""


class DecoderPool:
    """Decode and fingerprint contents in ``workers`` processes (one for each core by default).

    Safe to use from any number of threads and event loops at once, and after a fork. The processes import nothing of
    the caller's program, so a script needs no guard. Closing it, or the end of this process, ends all of them.

    Raises:
        StateError: decoders_unavailable, if no process can be started.
    """

    def __init__(self, limits: Limits | None = None, workers: int | None = None) -> None:
        self.limits = limits or Limits()
        self.workers = workers or _cores()
        self._roster = roster.Roster(self.workers, self.limits.bytes, self.limits.memory, self.limits.seconds)
        self._end = weakref.finalize(self, self._roster.close)

    def fingerprint(self, data: Data, options: PictureOptions | None = None) -> PictureFindings:
        """Fingerprint one picture and wait for it.

        Raises:
            ContentError: content_empty, content_too_large, picture_too_large, picture_unreadable,
                picture_format_unknown, check_too_slow, check_out_of_memory or decoder_crashed.
            StateError: decoders_closed or decoders_unavailable.
        """
        options = self._accept(data, options)
        for _ in range(_ATTEMPTS):
            decoder = self._roster.take()
            if isinstance(decoder, Future):
                decoder = self._wait(decoder)
            try:
                with self._lent(decoder, len(data)):
                    return self._exchange(decoder, data, options)
            except _Lost:
                continue
        raise nursery.unavailable()

    async def afingerprint(self, data: Data, options: PictureOptions | None = None) -> PictureFindings:
        """Fingerprint one picture without blocking the event loop and without a thread.

        If the task is cancelled, the process that works for it is killed. Raises: as ``fingerprint``.
        """
        options = self._accept(data, options)
        for _ in range(_ATTEMPTS):
            decoder = self._roster.take()
            if isinstance(decoder, Future):
                decoder = await self._await(decoder)
            try:
                with self._lent(decoder, len(data)):
                    return await self._aexchange(decoder, data, options)
            except _Lost:
                continue
        raise nursery.unavailable()

    def processes(self) -> tuple[int, ...]:
        """Give the number of the process under which all decoders run; none when closed."""
        return self._roster.processes()

    def close(self) -> None:
        """End all processes; checks that are under way fail with decoders_closed."""
        self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _accept(self, data: Data, options: PictureOptions | None) -> PictureOptions:
        if not len(data):
            raise refusal.empty()
        if len(data) > self.limits.bytes:
            raise refusal.too_many_bytes(len(data), self.limits.bytes)
        return options or PictureOptions(pixels=self.limits.pixels, frames=self.limits.frames)

    @contextmanager
    def _lent(self, decoder: Decoder, size: int) -> Iterator[None]:
        """Give the decoder back in any case; whatever went wrong, it is not used for another content."""
        healthy = False
        try:
            yield
            healthy = True
        except ContentError as refused:
            healthy = refused.code not in _DEADLY
            raise
        finally:
            if healthy and size > _LARGE:
                decoder.forget(size)
            self._roster.give_back(decoder, healthy=healthy)

    def _exchange(self, decoder: Decoder, data: Data, options: PictureOptions) -> PictureFindings:
        started, allowed = time.monotonic(), self._allowed()
        try:
            decoder.here.settimeout(allowed)
            self._ask(decoder, data, options)
            reply = decoder.here.recv(messages.LARGEST)
        except TimeoutError:
            raise refusal.too_slow(self.limits.seconds) from None
        except OSError:
            reply = b""
        return self._read(reply, options, started)

    async def _aexchange(self, decoder: Decoder, data: Data, options: PictureOptions) -> PictureFindings:
        started, allowed = time.monotonic(), self._allowed()
        try:
            decoder.here.setblocking(False)  # noqa: FBT003 - the standard library's own
            self._ask(decoder, data, options)
            reply = await _readable(decoder, allowed)
        except TimeoutError:
            raise refusal.too_slow(self.limits.seconds) from None
        except OSError:
            reply = b""
        return self._read(reply, options, started)

    def _allowed(self) -> float:
        return self.limits.seconds + (_START_SECONDS if self._roster.loading() else 0.0)

    def _ask(self, decoder: Decoder, data: Data, options: PictureOptions) -> None:
        decoder.put(data)
        decoder.here.send(messages.write_request(len(data), options))

    def _read(self, reply: bytes, options: PictureOptions, started: float) -> PictureFindings:
        if reply:
            return messages.read_reply(reply, options, self.limits.memory)
        if self._roster.closed:
            raise roster.closed()
        if self._roster.lost():
            raise _Lost
        if time.monotonic() - started >= self.limits.seconds * _NEARLY:
            raise refusal.too_slow(self.limits.seconds)
        raise refusal.crashed()

    def _wait(self, promise: Future[Decoder]) -> Decoder:
        try:
            return promise.result()
        except KeyboardInterrupt:
            self._roster.withdraw(promise)
            raise

    async def _await(self, promise: Future[Decoder]) -> Decoder:
        try:
            return await asyncio.wrap_future(promise)
        except asyncio.CancelledError:
            self._roster.withdraw(promise)
            raise


async def _readable(decoder: Decoder, allowed: float) -> bytes:
    """Wait for a decoder's reply on the running event loop.

    Raises:
        TimeoutError: if none comes within ``allowed`` seconds.
    """
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[bytes] = loop.create_future()

    def _take() -> None:
        try:
            reply = decoder.here.recv(messages.LARGEST)
        except BlockingIOError:
            return
        except OSError:
            reply = b""
        if not answered.done():
            answered.set_result(reply)

    def _give_up() -> None:
        if not answered.done():
            answered.set_exception(TimeoutError())

    file = decoder.here.fileno()
    loop.add_reader(file, _take)
    timer = loop.call_later(allowed, _give_up)
    try:
        return await answered
    finally:
        loop.remove_reader(file)
        timer.cancel()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
