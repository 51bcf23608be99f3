"""Take in a request's body within its limits of size, time and memory, and never onto a disk."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kindward.service.answers import Receive
from kindward.service.refusals import ClientGoneError, body_too_large, body_too_slow, busy

BODIES_IN_MEMORY = 4
"""Largest bodies that one worker may hold at the same time, counting those that still arrive."""
LEAST_MEMORY = 256 * 1024 * 1024
"""Bytes for bodies that each worker may hold even if the largest body is small."""


@dataclass(slots=True)
class Held:
    """The bytes that one request holds in memory."""

    memory: Memory
    count: int = 0

    def add(self, count: int) -> None:
        """Hold more. Raises: Refusal (429) if the worker's memory for bodies is used up."""
        self.memory.used += count
        self.count += count
        if self.memory.used > self.memory.size:
            raise busy()


class Memory:
    """What one worker may hold of all bodies together, so that many large ones cannot exhaust the machine."""

    def __init__(self, largest: int) -> None:
        self.size = max(BODIES_IN_MEMORY * largest, LEAST_MEMORY)
        self.used = 0

    @contextmanager
    def hold(self) -> Iterator[Held]:
        """Count a request's bytes until it is answered."""
        held = Held(self)
        try:
            yield held
        finally:
            self.used -= held.count


async def read_body(receive: Receive, held: Held, *, declared: int | None, limit: int, seconds: float) -> bytes:
    """Give the whole body. Raises: Refusal (413, 408, 429), ClientGoneError.

    The limit holds for what arrives, not only for what was declared.
    """
    if declared is not None and declared > limit:
        raise body_too_large(limit)
    parts: list[bytes] = []
    more = True
    try:
        async with asyncio.timeout(seconds):
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientGoneError
                parts.append(message.get("body", b""))
                more = message.get("more_body", False)
                held.add(len(parts[-1]))
                if held.count > limit:
                    raise body_too_large(limit)
    except TimeoutError:
        raise body_too_slow(seconds) from None
    return parts[0] if len(parts) == 1 else b"".join(parts)
