"""One update of one bank: alone, told as it went, and never with a secret in a sentence."""

from __future__ import annotations

import contextlib
import fcntl
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from kindward.banks import Bank, build_bank
from kindward.banks.manifest import is_bank, read_manifest, unwritable
from kindward.banks.sources import Source
from kindward.banks.sources.discovery import find
from kindward.errors import KindwardError, StateError
from kindward.model import Trust
from kindward.subscription import record
from kindward.subscription.feeds import Feed
from kindward.subscription.lists import Follower
from kindward.subscription.means import Counted, Means
from kindward.subscription.opinions import send_queued
from kindward.subscription.record import FOLDER, Subscription
from kindward.subscription.secrecy import without
from kindward.subscription.state import State
from kindward.subscription.tally import Tally

LOCK = "lock"


@dataclass(frozen=True, slots=True)
class Update:
    """What an update brought. ``size`` is the number of bytes that were moved for it.

    ``sent`` counts opinions of reviewers that went to the source, ``unsent`` is why others did not.
    """

    path: Path
    bank: str
    follows: str
    version: str
    tally: Tally
    size: int
    seconds: float
    mark: dict[str, str]
    entries: int
    sent: int = 0
    unsent: KindwardError | None = None

    @property
    def changed(self) -> bool:
        """Say whether anything came of it."""
        return bool(self.tally.put or self.tally.withdrawn or self.tally.rejected or self.tally.repaired or self.sent)


def update(path: Path, means: Means) -> Update:
    """Take over everything new, then send what reviewers said.

    A process may be killed at any point; the next update goes on. Raises: StateError ``update_running`` if another
    one runs, ConfigError, RemoteError, ContentError or TrustError as the source or list does; what was taken over
    before stays, and the status says since when updates fail.
    """
    path = Path(path)
    followed = record.read(path)
    with alone(path):
        state = State.read(path)
        secrets: dict[str, str] = {}
        try:
            secrets = record.read_secrets(followed)
            return _update(path, followed, secrets, state, means)
        except Exception as problem:
            told = _told(path, problem, secrets, followed)
            with contextlib.suppress(OSError):
                state.fail(means.now(), told)
                state.write(path)
            if told is problem:
                raise
            # The text of what was raised could stand in a traceback, so it goes no further if it holds a secret.
            raise told from (None if any(text in str(problem) for text in secrets.values()) else problem)


def _told(path: Path, problem: Exception, secrets: dict[str, str], followed: Subscription) -> KindwardError:
    shown = unwritable(path, problem) if isinstance(problem, OSError) else problem
    return without(shown, secrets.values(), followed.follows)


def _update(path: Path, followed: Subscription, secrets: dict[str, str], state: State, means: Means) -> Update:
    started = time.monotonic()
    tally, counted = Tally(), Counted(means)
    _require_bank(path, followed, means)
    with closing(Bank.open(path)) as bank:
        source: Source | None = None
        if followed.signed:
            Follower(path, bank, state, means, tally).follow(followed.list, counted)
        else:
            source = find(followed.source)(followed.settings, secrets)
            Feed(path, bank, state, means, tally).follow(source, counted)
        state.succeed(means.now(), tally.numbers(counted.bytes))
        state.write(path)
        sent, unsent = send_queued(path, source, counted, again=False) if source else (0, None)
        return Update(
            path=path,
            bank=bank.name,
            follows=followed.follows,
            version=bank.version,
            tally=tally,
            size=counted.bytes,
            seconds=time.monotonic() - started,
            mark=dict(bank.mark),
            entries=sum(bank.counts().values()),
            sent=sent,
            unsent=without(unsent, secrets.values(), followed.follows) if unsent else None,
        )


def _require_bank(path: Path, followed: Subscription, means: Means) -> None:
    """Have a bank there that may hold what is followed: what a provider says must never be called federated."""
    trust = Trust.FEDERATED if followed.signed else Trust.IMPORTED
    if not is_bank(path) or read_manifest(path)[0].trust is not trust:
        build_bank(path, (), name=followed.name, trust=trust, now=means.now(), empty=True, replace=True)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Be the only updater of a bank until the block ends. Raises: StateError if another one runs."""
    try:
        (path / FOLDER).mkdir(exist_ok=True)
        file = (path / FOLDER / LOCK).open("ab")
    except OSError as problem:
        raise unwritable(path, problem) from problem
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            raise StateError(
                "update_running",
                "The bank at {path} is being updated by another process.",
                "Wait for it to end; a running service updates its banks by itself.",
                path=path,
            ) from problem
        for torn in (*(path / FOLDER).glob(".*.new"), *path.glob(f".{record.FILE}.*.new")):
            torn.unlink(missing_ok=True)
        yield
