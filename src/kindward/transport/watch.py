"""End a connection when its time is over, whatever it is doing.

The HTTP library bounds each wait, not their sum: a host that sends one byte a second would never be too slow. So the
socket is shut down from outside at the end of the time, and every wait on it ends.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any


class Watch:
    """Hold on to the one connection of a transport through the trace of the HTTP library.

    We keep a second descriptor of the socket, because the first changes its owner when TLS begins.
    """

    def __init__(self) -> None:
        self._held: socket.socket | None = None
        self._fired = False
        self._lock = threading.Lock()

    def trace(self, event: str, facts: Mapping[str, Any]) -> None:
        """Take note of a new connection."""
        if not event.endswith(".connect_tcp.complete"):
            return
        opened = facts["return_value"].get_extra_info("socket")
        with self._lock:
            self._release()
            self._held = socket.socket(fileno=os.dup(opened.fileno()))
            if self._fired:
                self._shut()

    @contextmanager
    def within(self, seconds: float) -> Iterator[Callable[[], bool]]:
        """End the connection after ``seconds``; what is given says whether that has happened."""
        self._fired = False
        timer = threading.Timer(seconds, self._fire)
        timer.daemon = True
        timer.start()
        try:
            yield lambda: self._fired
        finally:
            timer.cancel()

    def close(self) -> None:
        """Let go of the connection."""
        with self._lock:
            self._release()

    def _fire(self) -> None:
        with self._lock:
            self._fired = True
            self._shut()

    def _shut(self) -> None:
        if self._held is not None:
            with contextlib.suppress(OSError):
                self._held.shutdown(socket.SHUT_RDWR)

    def _release(self) -> None:
        if self._held is not None:
            self._held.close()
            self._held = None
