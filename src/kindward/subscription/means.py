"""What an update is handed by the composition root: ways out, a clock, and the operator's limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from kindward.banks.sources import Request, Response, Transport

Fetch = Callable[[str, int], Iterator[bytes]]
"""Give a file of a signed list, by its path inside the list, in pieces; at most so many bytes."""


def _clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Means:
    """The ways out. ``fetch_from`` turns a folder or an address into a ``Fetch``."""

    transport: Transport
    fetch_from: Callable[[str], Fetch]
    now: Callable[[], datetime] = _clock
    negative_votes: int = 3


class Counted:
    """Count the bytes that an update moved, on either way."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self.bytes = 0

    def __call__(self, request: Request) -> Response:
        """Carry one request and count its answer. Raises: as the transport does."""
        response = self._means.transport(request)
        self.bytes += len(response.body)
        return response

    def fetch_from(self, location: str) -> Fetch:
        """Fetch files of a list and count their bytes. Raises: as the means do."""
        fetch = self._means.fetch_from(location)

        def counted(path: str, most: int) -> Iterator[bytes]:
            """Hand every piece on."""
            for piece in fetch(path, most):
                self.bytes += len(piece)
                yield piece

        return counted


def timestamp(at: datetime) -> str:
    """Write a moment as it stands in every file of a subscription: UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
