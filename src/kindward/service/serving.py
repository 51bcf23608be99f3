"""Start the service: a listening socket, and worker processes that share it."""

from __future__ import annotations

import os
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import msgspec
import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from kindward.config import Settings, load
from kindward.errors import ConfigError, StateError
from kindward.locale import _
from kindward.service import log, metrics
from kindward.service.accounts import read_secret
from kindward.service.deciding import decided
from kindward.service.life import SUPERVISOR
from kindward.service.updating import updated
from kindward.store import Role, Store

SETTINGS = "KINDWARD_SETTINGS"
"""Environment variable through which the workers get the settings, whatever they were read from."""
FOLDER = "KINDWARD_RUN"
"""Environment variable with the folder of this run: counts and meter that the workers share."""
FACTORY = "kindward.app:service_app"
BACKLOG = 2048
CONNECTIONS = 1000
"""Most connections of one worker; beyond, a caller gets 503 before anything is read."""
GRACE_SECONDS = 15
TOKEN_LIFETIME = timedelta(days=1)
KEPT_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(4 * 1024**2), "MALLOC_TRIM_THRESHOLD_": str(64 * 1024**2)}
"""Let a worker's C library keep the memory of one body for the next: asking the system for it anew costs 0.2 ms for
200 kB, more than all the rest of HTTP (glibc, ``mallopt(3)``; without effect elsewhere)."""


@dataclass(frozen=True, slots=True)
class Started:
    """Where the service listens, and the token of this run if one was asked for."""

    address: str
    token: str | None = field(repr=False)


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - told at once, also into a pipe, because the service goes on for ever


def serve(settings: Settings, *, with_token: bool = False, say: Callable[[str], None] = _say) -> None:
    """Answer until stopped by SIGINT or SIGTERM.

    ``with_token`` makes a token for this run, tells it once through ``say``, and withdraws it at the end; it expires
    after a day if the end is not an orderly one. Raises: ConfigError for an address that cannot be used or a wrong
    store, RemoteError if the database does not answer, StateError if the workers cannot start.
    """
    read_secret(settings.service.account_secret_file)
    with ExitStack() as stack:
        store = stack.enter_context(Store.open(settings.store))
        listener = stack.enter_context(_listen(settings.service.host, settings.service.port))
        stack.enter_context(_environment(settings))
        token = None
        if with_token:
            new = store.tokens.create(Role.CHECKER, "this run", lifetime=TOKEN_LIFETIME)
            stack.callback(_withdraw, store, new.token.id)
            token = new.text
        _announce(Started(_address(listener), token), say)
        stack.enter_context(updated(settings))
        stack.enter_context(decided(settings))
        _supervise(settings, listener)


def worker_settings() -> Settings:
    """Give the settings in a worker: those its supervisor was given, else those of the configuration."""
    text = os.environ.get(SETTINGS)
    return msgspec.json.decode(text, type=Settings) if text else load().settings


def run_folder() -> Path | None:
    """Give the folder that the workers of this run share; None without a supervisor."""
    folder = os.environ.get(FOLDER)
    return Path(folder) if folder else None


def worker_count(settings: Settings) -> int:
    """Say how many worker processes answer: as set, or one for each core."""
    return settings.service.workers or len(os.sched_getaffinity(0))


def decoder_count(settings: Settings) -> int:
    """Say how many decoding processes one worker gets.

    All together at least one for each core. Two each at least, because few long connections may all have been taken
    by one worker while the others sleep.
    """
    cores = len(os.sched_getaffinity(0))
    return min(cores, max(2, -(-cores // worker_count(settings))))


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as problem:
        raise ConfigError(
            "address_unusable",
            "The service cannot listen on {host}, port {port}: {problem}.",
            "Choose another service.port, or stop what uses it.",
            host=host,
            port=port,
            problem=problem.strerror or problem,
        ) from problem


def _address(listener: socket.socket) -> str:
    host, port, *_rest = listener.getsockname()
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextmanager
def _environment(settings: Settings) -> Iterator[None]:
    """Hand settings and a shared folder to the workers, and take both back."""
    with tempfile.TemporaryDirectory(prefix="kindward-run-") as folder:
        counts = Path(folder) / "counts"
        counts.mkdir()
        given = {
            SETTINGS: msgspec.json.encode(settings).decode(),
            FOLDER: folder,
            metrics.FOLDER: str(counts),
            SUPERVISOR: str(os.getpid()),
            **{name: value for name, value in KEPT_MEMORY.items() if name not in os.environ},
        }
        before = {name: os.environ.get(name) for name in given}
        os.environ.update(given)
        try:
            yield
        finally:
            for name, value in before.items():
                os.environ.pop(name, None)
                if value is not None:
                    os.environ[name] = value


def _announce(started: Started, say: Callable[[str], None]) -> None:
    say(_("kindward answers at {address}").format(address=started.address))
    if started.token:
        say(
            _("Token, shown only once and valid until the service stops, a day at most: {token}").format(
                token=started.token
            )
        )
        say(f"  curl -H 'Authorization: Bearer {started.token}' -H 'Content-Type: image/jpeg' \\")
        say(f"    --data-binary @photo.jpg {started.address}/v1/check")


def _withdraw(store: Store, token_id: str) -> None:
    store.tokens.revoke(token_id)


def _supervise(settings: Settings, listener: socket.socket) -> None:
    config = uvicorn.Config(
        FACTORY,
        factory=True,
        workers=worker_count(settings),
        loop="uvloop",
        http="kindward.service.protocol:PunctualProtocol",
        ws="none",
        lifespan="on",
        log_config=log.server_logging(),
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    supervisor = Multiprocess(config, sockets=[listener])
    try:
        supervisor.run()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes):
        raise StateError("service_not_started", "The service could not start its workers.", "The lines above say why.")
