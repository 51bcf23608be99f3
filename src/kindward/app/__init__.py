"""The composition root: it opens banks, policy and decoding processes and joins them to a checker.

Nothing below imports this module. In a program of yours:

    from kindward import open_checker
    checker = open_checker(["banks/known"])
    print(checker.check(open("picture.jpg", "rb").read()).decision)
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from kindward import config, pipeline
from kindward.banks import Bank
from kindward.banks.approval import Keys, operator_keys
from kindward.config import Settings
from kindward.errors import ContentError, KindwardError, TrustError
from kindward.isolation import DecoderPool
from kindward.model import BANK_STALE, Content, Fingerprint, Verdict
from kindward.policy import Policy, load_policy
from kindward.signals import digest
from kindward.signals.files import read_file
from kindward.signals.pdq import PictureFindings, PictureOptions
from kindward.signals.picture import refusal
from kindward.subscription.record import is_subscribed
from kindward.subscription.standing import Standing, Standings

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from kindward.banks.sources import Transport
    from kindward.desk import Desk
    from kindward.store import Store
    from kindward.subscription.means import Fetch, Means
    from kindward.subscription.record import Subscription
    from kindward.subscription.reviewing import Heard
    from kindward.subscription.updating import Update
    from kindward.transport import HttpTransport

Checkable = bytes | bytearray | memoryview | str | Path | Content
"""What can be checked: the bytes, or the path of a file; text is a path."""
_HASHED_AT_ONCE = 1 << 18
"""Bytes up to which digests are computed in the event loop; above, in a thread, so that nobody else waits."""


def open_checker(
    banks: str | Path | Sequence[str | Path] = (),
    *,
    config: Path | None = None,
    settings: Settings | None = None,
    workers: int = 1,
    refreshes: bool = True,
) -> Checker:
    """Open banks and everything needed to check content against them.

    ``banks`` are folders of banks, or a single one; without any, those of the settings are taken. ``settings`` are
    used as they are; without them they are read from ``config`` or from ``kindward.toml`` in the working directory.
    ``workers`` is the number of decoding processes, so the number of pictures read at the same time.

    Raises: TrustError if no bank is given or one cannot be trusted. ConfigError if settings or policy are wrong.
    """
    chosen = settings or _load(config)
    named = [banks] if isinstance(banks, str | Path) else banks
    paths = [Path(bank) for bank in named] or [Path(path) for path in chosen.banks.paths]
    if not paths:
        raise TrustError(
            "no_bank",
            "No bank is given, so nothing could be found.",
            "Name one with --bank, or set banks.paths; build one with `kindward bank build OUT --from LIST`.",
        )
    policy = load_policy(Path(chosen.policy.file) if chosen.policy.file else None)
    # In simulation nothing has consequences, so nobody needs to answer for a bank.
    operators = None if chosen.simulate else operator_keys(chosen.banks.operator_keys)
    return Checker(_open_all(paths, operators), policy, chosen, workers, refreshes=refreshes)


def _load(path: Path | None) -> Settings:
    return config.load(path).settings


def _open_all(paths: Iterable[Path], operators: Keys | None) -> tuple[Bank, ...]:
    opened: list[Bank] = []
    try:
        for path in paths:
            opened.append(Bank.open(path, operators=operators))  # noqa: PERF401 - those already open are closed if one fails
        _require_own_names(opened)
    except BaseException:
        for bank in opened:
            bank.close()
        raise
    return tuple(opened)


def _require_own_names(banks: Sequence[Bank]) -> None:
    names = [bank.name for bank in banks]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise TrustError(
            "bank_name_twice",
            "Two banks have the name {bank}, so a verdict could not say which one matched.",
            "Name each bank once, or build one of them again with another --name.",
            bank=twice,
        )


@dataclass(frozen=True, slots=True)
class _Read:
    """What was found out about one content before any bank was asked."""

    fingerprints: tuple[Fingerprint, ...]
    notes: tuple[str, ...] = ()
    unread: ContentError | None = None


class Checker:
    """Give verdicts on content; one object serves many threads and event loops.

    Use it as a context manager, or call ``close``: it holds decoding processes.
    """

    def __init__(
        self,
        banks: tuple[Bank, ...],
        policy: Policy,
        settings: Settings,
        workers: int = 1,
        *,
        refreshes: bool = True,
    ) -> None:
        self.banks = banks
        self.policy = policy
        self.settings = settings
        self._pool = DecoderPool(settings.limits, workers=workers)
        self._refreshes = refreshes
        self._standings = Standings(bank.path for bank in banks)
        self._followed: dict[Path, Standing] = {}
        self._looked = time.monotonic()
        self._refreshing = threading.Lock()
        if any(map(is_subscribed, (bank.path for bank in banks))):
            # The banks were opened before; one that was updated since must not look as if it lagged behind.
            with suppress(KindwardError):
                self.refresh()

    def check(self, content: Checkable) -> Verdict:
        """Say what should happen with a content; blocks until the answer is there.

        Raises: ContentError if it cannot be read and nothing is known about its bytes. TrustError if a bank cannot be
        trusted. TypeError if the content is neither bytes nor a path.
        """
        data = self._data(content)
        self._refresh_if_due()
        digests = digest.fingerprints(data, self._digest_kinds())
        try:
            read = self._seen(digests, self._pool.fingerprint(data, self._options()))
        except ContentError as problem:
            read = _Read(digests, (problem.code,), problem)
        return self._verdict(read)

    async def acheck(self, content: Checkable) -> Verdict:
        """Say what should happen with a content without holding up the event loop.

        Raises: as ``check``.
        """
        named = isinstance(content, str | Path)
        data = await asyncio.to_thread(self._data, content) if named else self._data(content)
        if self._is_due():
            await asyncio.to_thread(self._refresh_if_due)
        kinds = self._digest_kinds()
        if len(data) > _HASHED_AT_ONCE and kinds:
            digests = await asyncio.to_thread(digest.fingerprints, data, kinds)
        else:
            digests = digest.fingerprints(data, kinds)
        try:
            read = self._seen(digests, await self._pool.afingerprint(data, self._options()))
        except ContentError as problem:
            read = _Read(digests, (problem.code,), problem)
        return self._verdict(read)

    def match(self, fingerprints: Iterable[Fingerprint]) -> Verdict:
        """Say what should happen with a content whose fingerprints somebody else took.

        Raises: TrustError if a bank cannot be trusted.
        """
        self._refresh_if_due()
        return self._verdict(_Read(tuple(fingerprints)), fast=False)

    def hash(self, data: bytes, exact: bool = True) -> PictureFindings:  # noqa: FBT001, FBT002 - part of the published interface
        """Fingerprint a picture in a decoding process: exactly, as lists are made, or fast. Raises: ContentError."""
        return self._pool.fingerprint(data, replace(self._options(), fast=not exact))

    async def ahash(self, data: bytes) -> PictureFindings:
        """Fingerprint a picture exactly, as lists are made, without holding up the event loop. Raises: ContentError."""
        return await self._pool.afingerprint(data, replace(self._options(), fast=False))

    def refresh(self) -> bool:
        """Take over what other processes changed in the banks, at once; say whether anything did.

        Raises: TrustError if a bank cannot be trusted any more. The others are refreshed all the same.
        """
        self._looked = time.monotonic()
        changed, problem = False, None
        # Read before the banks, because a bank is never behind a standing that was written before it was read.
        self._followed = self._standings.look()
        for bank in self.banks:
            try:
                changed |= bank.refresh()
            except KindwardError as refused:
                problem = refused
        if problem is not None:
            raise problem
        return changed

    def standings(self) -> list[tuple[str, Standing, bool]]:
        """Say where the subscribed banks stand: name, standing, and whether the bank may lack newer changes."""
        now = datetime.now(UTC)
        return [
            (bank.name, standing, standing.is_stale(now, bank.mark))
            for bank in self.banks
            if (standing := self._followed.get(bank.path)) is not None
        ]

    def close(self) -> None:
        """End the decoding processes and let go of the banks."""
        self._pool.close()
        for bank in self.banks:
            bank.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _data(self, content: Checkable) -> bytes:
        if isinstance(content, str | Path):
            return read_file(os.fspath(content), self.settings.limits.bytes)
        data = content.data if isinstance(content, Content) else content
        if not isinstance(data, bytes | bytearray | memoryview):
            raise TypeError(f"content must be bytes or a path, not {type(data).__name__}")
        if len(data) > self.settings.limits.bytes:
            raise refusal.too_many_bytes(len(data), self.settings.limits.bytes)
        return data if isinstance(data, bytes) else bytes(data)

    @staticmethod
    def _seen(digests: tuple[Fingerprint, ...], findings: PictureFindings) -> _Read:
        return _Read((*digests, *findings.fingerprints), findings.notes)

    def _verdict(self, read: _Read, *, fast: bool | None = None) -> Verdict:
        verdict = pipeline.check(
            read.fingerprints,
            banks=self.banks,
            policy=self.policy,
            matching=self.settings.matching,
            simulate=self.settings.simulate,
            notes=self._noted(read.notes),
            fast=self.settings.matching.fast if fast is None else fast,
        )
        # The bytes of a file that cannot be decoded may still be known; otherwise it was not checked.
        if read.unread is not None and not verdict.matches:
            raise read.unread
        return verdict

    def _noted(self, notes: tuple[str, ...]) -> tuple[str, ...]:
        if self._followed and any(stale for *_named, stale in self.standings()):
            return (*notes, BANK_STALE)
        return notes

    def _options(self) -> PictureOptions:
        limits, matching = self.settings.limits, self.settings.matching
        return PictureOptions(pixels=limits.pixels, frames=limits.frames, fast=matching.fast, borders=matching.borders)

    def _digest_kinds(self) -> frozenset[str]:
        return frozenset[str]().union(*(bank.digest_kinds for bank in self.banks))

    def _is_due(self) -> bool:
        return self._refreshes and time.monotonic() - self._looked >= self.settings.banks.refresh_seconds

    def _refresh_if_due(self) -> None:
        if self._is_due() and self._refreshing.acquire(blocking=False):
            try:
                self.refresh()
            except TrustError:
                # The refused bank says so itself at the look-up, unless another bank knows the content.
                pass
            finally:
                self._refreshing.release()


def open_transport() -> HttpTransport:
    """Open the way out over HTTP. It closes with the process."""
    from kindward.transport import HttpTransport

    return HttpTransport()


@contextmanager
def open_means(settings: Settings) -> Iterator[Means]:
    """Open the ways out that an update needs; one thread at a time may use them."""
    from kindward.subscription.means import Means
    from kindward.transport import HttpTransport

    votes = settings.banks.negative_votes
    with HttpTransport() as transport:
        yield Means(transport, lambda location: _fetch_from(location, transport), negative_votes=votes)


def _fetch_from(location: str, transport: Transport) -> Fetch:
    from urllib.parse import quote

    from kindward.banks.sources import Request
    from kindward.transport import FolderTransport, HttpTransport

    if "://" not in location:
        return FolderTransport(Path(location)).fetch
    assert isinstance(transport, HttpTransport)
    stream = transport.stream
    return lambda path, most: stream(Request("GET", f"{location.rstrip('/')}/{quote(path)}", most=most))


def subscribe_bank(path: Path, followed: Subscription, settings: Settings, *, root: Path | None = None) -> Update:
    """Make a bank that follows a source or a signed list, and update it. Raises: as ``subscription.subscribe``."""
    from kindward.subscription.subscribing import subscribe

    with open_means(settings) as means:
        return subscribe(path, followed, means, root=root)


def update_bank(path: Path, settings: Settings) -> Update:
    """Bring a subscribed bank up to date. Raises: as ``subscription.update``; what was taken over before stays."""
    from kindward.subscription.updating import update

    with open_means(settings) as means:
        return update(path, means)


def give_opinion(path: Path, entry_id: str, settings: Settings, *, wrong: bool, reason: str, by: str) -> Heard:
    """Take a reviewer's word about an entry: a wrong one matches no longer here, and its source will hear of it."""
    from kindward.subscription import reviewing

    with open_means(settings) as means:
        return reviewing.give_opinion(path, entry_id, wrong=wrong, reason=reason, by=by, means=means)


def send_opinions(path: Path, settings: Settings) -> tuple[int, KindwardError | None]:
    """Tell the source of a bank what reviewers said. Raises: as ``subscription.reviewing.send_opinions``."""
    from kindward.subscription import reviewing

    with open_means(settings) as means:
        return reviewing.send_opinions(path, means)


def keep_updated() -> None:
    """Keep the banks of the running service up to date; its updater process calls this by its name."""
    from kindward.service import serving, updating

    settings = serving.worker_settings()
    updating.work(settings, lambda path: update_bank(path, settings))


def with_local_bank(settings: Settings) -> Settings:
    """Add the bank that HMA's routes write to those that are looked up, and make it if there is none."""
    if not settings.service.hma:
        return settings
    from kindward.service.hma import local

    local.make(Path(settings.service.hma_bank))
    paths = [*settings.banks.paths, settings.service.hma_bank]
    return replace(settings, banks=replace(settings.banks, paths=paths))


def service_app() -> ASGIApp:
    """Build the HTTP application of one worker process; the server calls this by its name.

    Raises: ConfigError if the settings are wrong, RemoteError if the database does not answer.
    """
    from kindward.service import serving
    from kindward.service.application import create
    from kindward.store import Store

    settings, folder = with_local_bank(serving.worker_settings()), serving.run_folder()
    decoders = serving.decoder_count(settings)
    store = Store.open(settings.store, upgrade=folder is None)
    return create(
        settings,
        open_checker=lambda: open_checker(settings=settings, workers=decoders, refreshes=False),
        store=store,
        decoders=decoders,
        folder=folder,
        desk=_desk(settings, store),
    )


def _desk(settings: Settings, store: Store) -> Desk | None:
    """Open the desk if this installation keeps cases."""
    if not settings.cases.master_key_file:
        return None
    from kindward.app.cases import open_office

    return open_office(settings, store).desk


def keep_deciding() -> None:
    """Let decisions take effect and send reports beside the running service; its process calls this by its name."""
    from kindward.app.cases import open_office
    from kindward.service import deciding, serving
    from kindward.store import Store

    settings = serving.worker_settings()
    office = open_office(settings, Store.open(settings.store, upgrade=False))
    with office.delivery() as delivery:
        deciding.work(settings, office.desk, delivery, office.sign_if_due)


def serve(settings: Settings, *, with_token: bool = False) -> None:
    """Answer over HTTP until stopped; ``with_token`` makes a token for this run and prints it once.

    Raises: ConfigError, RemoteError or StateError if the service cannot start.
    """
    from kindward.service import serving

    serving.serve(settings, with_token=with_token)
