"""A time limit for a request's head, which the server itself does not set.

Without one, anybody can hold a connection for ever by sending one header a minute, before any token is asked for.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

HEAD_SECONDS = 10.0
HEAD_SETTING = "head_seconds"
"""Name under which the application tells its own limit when it starts."""


class PunctualProtocol(HttpToolsProtocol):
    """Close a connection on which no complete request head arrives in time."""

    _alarm: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in the server's own
        """Start the clock with the connection."""
        super().connection_made(transport)
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
