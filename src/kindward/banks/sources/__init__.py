"""Sources of banks: what a list provider says, turned into items, page by page.

A source is pure: it composes requests, hands them to the transport it is given and parses what comes back. It never
opens a connection, reads a clock or writes a file itself, so that tests and simulators can drive all of it. Sources
are plug-ins of the entry-point group ``kindward.sources``; one acts only if a subscription names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from kindward.banks.items import Item
from kindward.banks.rejected import Rejected

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Checkpoint = Mapping[str, Json]
"""Where a source goes on; made by the source, kept by the subscription, empty at the beginning."""


@dataclass(frozen=True, slots=True)
class Request:
    """One question to a provider. ``most`` is the largest answer in bytes that is read.

    ``pieces`` gives a body that is too large for memory, anew for every try; ``headers`` then say its length.
    ``read`` are statuses from 400 on whose answers the asker wants to read, because its protocol speaks in them.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    most: int = 64_000_000
    pieces: Callable[[], Iterator[bytes]] | None = field(default=None, repr=False)
    read: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Response:
    """One answer, read whole. ``headers`` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class Transport(Protocol):
    """Carry a request to its provider and bring the answer back, within limits of time and size.

    Raises: RemoteError if no answer came (``remote_unreachable``, ``remote_timeout``, ``remote_too_large``) or the
    provider refuses (``remote_refused`` for 401 and 403, ``remote_rate_limited`` after the last try, ``remote_failed``
    for other statuses from 400 on). Answers with these statuses never reach a source that did not ask to read them.
    """

    def __call__(self, request: Request) -> Response:
        """Carry one request."""
        ...


@dataclass(frozen=True, slots=True)
class Page:
    """What one answer of a provider says.

    ``items`` give the present state of each item named, so applying a page twice changes nothing; an item without
    entries is withdrawn. ``rejected`` are the records that could not be understood. Once the page is safely in the
    bank, ``checkpoint`` is kept, and the source goes on after it even if the process was killed meanwhile. ``found``
    is how many records the provider sent, so that the sum can be checked. ``whole`` stands on the last page of a
    source that gives its whole list every time: what no page since the first one named is then withdrawn.
    """

    items: tuple[Item, ...]
    rejected: tuple[Rejected, ...]
    checkpoint: Checkpoint
    found: int
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Opinion:
    """What our reviewers say about an entry of a source: ``wrong`` with a reason, or right."""

    item: str
    signal: str
    value: bytes
    wrong: bool
    reason: str = ""


class Source(Protocol):
    """One list provider, with the settings of one subscription."""

    name: str
    """How the entry point names it: ``ncmec``."""

    def changes(self, since: Checkpoint, transport: Transport, now: datetime) -> Iterator[Page]:
        """Give what changed since a checkpoint, page by page, until there is nothing more at ``now`` (aware, UTC).

        Raises: RemoteError as the transport does, ContentError if an answer as a whole cannot be understood.
        """
        ...

    def tell(self, opinion: Opinion, transport: Transport) -> None:
        """Send feedback to the provider. Raises: StateError ``feedback_unsupported``, RemoteError."""
        ...


class SourceType(Protocol):
    """What an entry point names: a callable that makes a source from the settings of a subscription.

    ``settings`` are texts (such as ``url``), ``secrets`` come from files that the subscription names. Raises:
    ConfigError for a setting that is missing, unknown or wrong.
    """

    def __call__(self, settings: Mapping[str, str], secrets: Mapping[str, str]) -> Source:
        """Make the source."""
        ...
