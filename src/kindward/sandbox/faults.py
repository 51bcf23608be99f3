"""What can go wrong at a provider, on order: errors, limits, slowness, broken and wrong answers."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong with one request whose path contains ``path``.

    With a ``status`` that is answered instead, with ``headers`` and ``body``. Otherwise the right answer is given, but
    ``seconds`` late, with its body replaced by ``body``, with another ``content_type``, or broken off after half.
    """

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    seconds: float = 0.0
    content_type: str = ""
    truncated: bool = False
    path: str = ""


NAMED = {
    "error": Fault(status=500),
    "unavailable": Fault(status=503, headers={"retry-after": "1"}),
    "busy": Fault(status=429, headers={"retry-after": "1"}),
    "forbidden": Fault(status=403),
    "redirect": Fault(status=302, headers={"location": "/elsewhere"}),
    "slow": Fault(seconds=2.0),
    "truncated": Fault(truncated=True),
    "wrong-type": Fault(content_type="text/html", body=b"<html><body>Sign in</body></html>"),
    "garbage": Fault(body=b"\x00\xff not what was asked for"),
    "empty": Fault(body=b""),
}
"""Faults by the names that the command line knows."""


class Faults:
    """The faults still to come, and the requests that came: ``METHOD path?query``, with their bodies."""

    def __init__(self) -> None:
        self._coming: deque[Fault] = deque()
        self.always: Fault | None = None
        self.requests: list[str] = []

    def add(self, *faults: Fault, times: int = 1) -> None:
        """Let these happen to the next requests, one each, in this order."""
        self._coming.extend(faults * times)

    def clear(self) -> None:
        """Let everything go well again."""
        self._coming.clear()
        self.always = None

    @property
    def left(self) -> int:
        """Count what has not happened yet."""
        return len(self._coming)

    def take(self, path: str) -> Fault | None:
        """Give what happens to a request now."""
        if self._coming and self._coming[0].path in path:
            return self._coming.popleft()
        return self.always if self.always and self.always.path in path else None


class BrokenOffError(Exception):
    """Makes the server drop the connection in the middle of an answer."""


class Faulty:
    """Put faults between an application and whoever asks it."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app, self.faults = app, faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does, unless a fault is due."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        query = scope["query_string"].decode("latin-1")
        self.faults.requests.append(f"{scope['method']} {scope['path']}{'?' if query else ''}{query}")
        fault = self.faults.take(scope["path"])
        if fault is None:
            await self._app(scope, receive, send)
            return
        await asyncio.sleep(fault.seconds)
        if fault.status:
            await _answer(send, fault.status, fault.headers, fault.body or b"")
            return
        status, headers, body = await self._right(scope, receive)
        body = body if fault.body is None else fault.body
        headers |= {"content-length": str(len(body))} | dict(fault.headers)
        if fault.content_type:
            headers["content-type"] = fault.content_type
        await _answer(send, status, headers, body, truncated=fault.truncated)

    async def _right(self, scope: Scope, receive: Receive) -> tuple[int, dict[str, str], bytes]:
        messages: list[Message] = []

        async def kept(message: Message) -> None:
            """Keep the answer instead of sending it."""
            messages.append(message)

        await self._app(scope, receive, kept)
        start = messages[0]
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in start["headers"]}
        return start["status"], headers, b"".join(message.get("body", b"") for message in messages[1:])


async def _answer(send: Send, status: int, headers: Mapping[str, str], body: bytes, *, truncated: bool = False) -> None:
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    if truncated:
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        raise BrokenOffError
    await send({"type": "http.response.body", "body": body})
