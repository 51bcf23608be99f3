"""Serve an application on this machine, from a thread, for as long as it is needed."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

_START_SECONDS = 10.0


def quiet_server(app: ASGIApp) -> uvicorn.Server:
    """Make a server that writes nothing: what is asked of a stand-in may be as confidential as the real thing."""
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
        ws="none",
        # A stand-in whose time is invented says so itself, and must not say two times at once.
        date_header=False,
    )
    return uvicorn.Server(config)


def listening(port: int = 0) -> socket.socket:
    """Listen on this machine only; port 0 takes a free one."""
    return socket.create_server(("127.0.0.1", port))


def address_of(listener: socket.socket) -> str:
    """Give the address to ask."""
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def running(app: ASGIApp, port: int = 0) -> Iterator[str]:
    """Serve an application until the block ends, and give its address (``http://127.0.0.1:…``)."""
    listener = listening(port)
    server = quiet_server(app)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    until = time.monotonic() + _START_SECONDS
    try:
        while not server.started and time.monotonic() < until:
            time.sleep(0.005)
        yield address_of(listener)
    finally:
        server.should_exit = True
        thread.join(_START_SECONDS)
        listener.close()
