"""Two things the server does not do by itself: limit the time for a request's head, and answer in one packet.

Without the limit, anybody can hold a connection for ever by sending one header a minute, before any token is asked
for. And head and body of an answer, written one after the other, would be two packets and two wake-ups of the reader:
on loopback 0.1 ms a request, over a network sometimes a whole delayed acknowledgement.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

HEAD_SECONDS = 10.0
HEAD_SETTING = "head_seconds"
"""Name under which the application tells its own limit when it starts."""


class OnePacket:
    """A transport that gathers what is written in one turn of the event loop and sends it together."""

    __slots__ = ("_loop", "_transport", "_waiting")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._waiting: list[bytes] = []
        self._loop = loop

    def write(self, data: bytes) -> None:
        """Send at the end of this turn."""
        if not self._waiting:
            self._loop.call_soon(self._flush)
        self._waiting.append(data)

    def is_closing(self) -> bool:
        """Say whether nothing more can be sent."""
        return self._transport.is_closing()

    def close(self) -> None:
        """Send what waits, then end the connection."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._waiting:
            data = b"".join(self._waiting)
            self._waiting.clear()
            self._transport.write(data)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - everything else is the transport's own
        return getattr(self._transport, name)


class PunctualProtocol(HttpToolsProtocol):
    """Close a connection on which no complete request head arrives in time."""

    _alarm: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in the server's own
        """Start the clock with the connection."""
        super().connection_made(cast("asyncio.Transport", OnePacket(transport, self.loop)))
        self._start()

    def data_received(self, data: bytes) -> None:
        """Stop the clock when a head is complete; start it when the next one has begun."""
        super().data_received(data)
        cycle: RequestResponseCycle | None = self.cycle  # the server's own annotation forgets the first head
        busy = cycle is not None and not cycle.response_complete
        if busy or self.timeout_keep_alive_task is not None:
            self._stop()
        elif self._alarm is None:
            self._start()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body in; most bodies arrive in one part, which then need not be copied twice."""
        cycle = self.cycle
        if cycle.response_complete:
            return
        cycle.body = cycle.body + body if cycle.body else body  # type: ignore[assignment] # read only, so bytes will do
        if len(cycle.body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()
        cycle.message_event.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop()
        super().connection_lost(exc)

    def _start(self) -> None:
        self._alarm = self.loop.call_later(self.app_state.get(HEAD_SETTING, HEAD_SECONDS), self._too_late)

    def _stop(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _too_late(self) -> None:
        self._alarm = None
        if not self.transport.is_closing():
            self.transport.close()
