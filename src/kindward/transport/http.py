"""Ask over HTTP within limits of time, size and tries; no redirects, no proxies from the environment, no cookies.

The lowest layer of the HTTP library is used and not its client, because the client keeps cookies and logs addresses
with their query, where providers put tokens.
"""

from __future__ import annotations

import random
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from types import TracebackType
from typing import Self

import httpx2

from kindward.banks.sources import Request, Response
from kindward.errors import RemoteError
from kindward.transport import failures
from kindward.transport.address import checked_host
from kindward.transport.inflating import unpacked
from kindward.transport.limits import HttpLimits
from kindward.transport.retrying import BUSY, REPEATABLE, asked_seconds, may_repeat, pause
from kindward.transport.watch import Watch

_REFUSED = frozenset({401, 403})
_PASSED = range(200, 300)


class _AgainError(Exception):
    """A try that may be repeated, with what is raised if it is not, and how long the host asks us to wait."""

    def __init__(self, problem: RemoteError, wait: float = 0.0) -> None:
        super().__init__(problem.code)
        self.problem, self.wait = problem, wait


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    pieces: Iterator[bytes]


def _now() -> datetime:
    return datetime.now(UTC)


class HttpTransport:
    """Carry requests over one kept connection; for one thread at a time.

    ``context`` says which certificates are trusted; else it is the system's store. ``allow_http`` lets addresses in
    the clear pass, for networks that protect themselves. The pause, the clock and chance are handed in, so that tests
    need no patience.
    """

    def __init__(
        self,
        limits: HttpLimits | None = None,
        *,
        allow_http: bool = False,
        context: ssl.SSLContext | None = None,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = _now,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.limits = limits or HttpLimits()
        self._allow_http = allow_http
        self._sleep, self._now, self._chance = sleep, now, chance
        self._watch = Watch()
        self._own = {"user-agent": f"kindward/{_version()}", "accept-encoding": "gzip"}
        self._http = httpx2.HTTPTransport(
            verify=context or ssl.create_default_context(),
            trust_env=False,
            # One connection, so that the watch knows which one it holds.
            limits=httpx2.Limits(max_connections=1, max_keepalive_connections=1),
        )

    def __call__(self, request: Request) -> Response:
        """Carry one request and read its answer whole. Raises: RemoteError; ConfigError for the address."""
        host = checked_host(request.url, allow_http=self._allow_http)
        done = 0
        while True:
            done += 1
            try:
                with self._asked(request, host, self.limits.total) as answer:
                    return Response(answer.status, answer.headers, b"".join(answer.pieces))
            except _AgainError as again:
                self._wait(again, done)

    def stream(self, request: Request, *, seconds: float | None = None) -> Iterator[bytes]:
        """Give an answer piece by piece, within ``seconds`` in all (else ``limits.total``).

        There are no further tries once a piece was given. Raises: as a call does, also after some pieces.
        """
        host = checked_host(request.url, allow_http=self._allow_http)
        done, given = 0, False
        while True:
            done += 1
            try:
                with self._asked(request, host, seconds or self.limits.total) as answer:
                    for piece in answer.pieces:
                        given = True
                        yield piece
                    return
            except _AgainError as again:
                if given:
                    raise again.problem from again
                self._wait(again, done)

    def close(self) -> None:
        """Close the connection."""
        self._http.close()
        self._watch.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _wait(self, again: _AgainError, done: int) -> None:
        if done >= self.limits.tries or again.wait > self.limits.patience:
            raise again.problem from again.__cause__
        self._sleep(max(again.wait, pause(self.limits, done, self._chance())))

    @contextmanager
    def _asked(self, request: Request, host: str, seconds: float) -> Iterator[_Answer]:
        """Send a request once; whatever goes wrong until the answer is read comes out as one of our errors."""
        with self._watch.within(seconds) as over:
            try:
                answer = self._http.handle_request(self._composed(request))
                try:
                    headers = _plain(answer.headers)
                    self._judge(request, host, answer.status_code, headers)
                    yield _Answer(answer.status_code, headers, _bounded(answer, headers, host, request.most))
                finally:
                    answer.close()
            except (httpx2.TransportError, httpx2.InvalidURL, ValueError, OSError) as problem:
                raise self._explained(problem, request, host, seconds if over() else 0.0) from problem

    def _composed(self, request: Request) -> httpx2.Request:
        limits = self.limits
        waits = httpx2.Timeout(limits.read, connect=limits.connect)
        return httpx2.Request(
            request.method,
            request.url,
            headers={**self._own, **request.headers},
            content=request.pieces() if request.pieces is not None else request.body or None,
            extensions={"timeout": waits.as_dict(), "trace": self._watch.trace},
        )

    def _judge(self, request: Request, host: str, status: int, headers: Mapping[str, str]) -> None:
        if status in _PASSED or status in request.read:
            return
        if status in _REFUSED:
            raise failures.refused(host, status)
        wait = asked_seconds(headers, self._now()) or 0.0
        problem = failures.rate_limited(host, status, wait) if status in BUSY else failures.failed(host, status)
        if may_repeat(request.method, status):
            raise _AgainError(problem, wait)
        raise problem

    def _explained(self, problem: Exception, request: Request, host: str, spent: float) -> Exception:
        """Say what an error of the library means to us, and whether the request may be sent again."""
        repeatable = request.method in REPEATABLE
        if spent:
            # The whole time of a try is gone; a further one would only keep the updater longer.
            return failures.too_slow(host, spent)
        if isinstance(problem, httpx2.ConnectTimeout):
            return _AgainError(failures.too_slow(host, self.limits.connect))
        if isinstance(problem, httpx2.ConnectError):
            return _AgainError(failures.unreachable(host))
        if isinstance(problem, httpx2.TimeoutException):
            slow = failures.too_slow(host, self.limits.read)
            return _AgainError(slow) if repeatable else slow
        broken = failures.broken(host)
        return _AgainError(broken) if repeatable else broken


def _plain(headers: httpx2.Headers) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _bounded(answer: httpx2.Response, headers: Mapping[str, str], host: str, most: int) -> Iterator[bytes]:
    """Give the body unpacked; end as soon as it exceeds ``most``, packed or unpacked."""
    assert isinstance(answer.stream, httpx2.SyncByteStream)
    if headers.get("content-length", "").isdecimal() and int(headers["content-length"][:18]) > most:
        raise failures.too_large(host, most)
    read = 0
    for piece in unpacked(_counted(answer.stream, host, most), headers.get("content-encoding", "")):
        read += len(piece)
        if read > most:
            raise failures.too_large(host, most)
        yield piece


def _counted(pieces: httpx2.SyncByteStream, host: str, most: int) -> Iterator[bytes]:
    read = 0
    for piece in pieces:
        read += len(piece)
        # Packing never makes a body much larger; gzip's own frame is 18 bytes a member (RFC 1952).
        if read > most + 1024:
            raise failures.too_large(host, most)
        yield piece


def _version() -> str:
    try:
        return version("kindward")
    except PackageNotFoundError:
        return "tree"
