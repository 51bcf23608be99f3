"""What goes back over the wire: a status, headers and bytes, the same form for every route."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

import msgspec

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = tuple[tuple[bytes, bytes], ...]

PROTECTION: Headers = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)
"""Headers of every answer: verdicts stay out of caches, and a browser that shows one runs and loads nothing."""

JSON = b"application/json"
PROBLEM = b"application/problem+json"


@dataclass(frozen=True, slots=True)
class Answer:
    """One complete answer."""

    status: int
    body: bytes
    kind: bytes = JSON
    headers: Headers = ()
    closes: bool = False
    """True if the rest of the request is unread and the connection must end after this answer."""

    def head(self) -> list[tuple[bytes, bytes]]:
        """List all headers."""
        return [
            (b"content-type", self.kind),
            (b"content-length", b"%d" % len(self.body)),
            *PROTECTION,
            *self.headers,
            *([(b"connection", b"close")] if self.closes else []),
        ]


def json_answer(record: object, status: int = 200) -> Answer:
    """Encode a record as compact JSON."""
    return Answer(status, msgspec.json.encode(record))
