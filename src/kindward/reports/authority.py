"""The seam to authorities: what is sent to one, who let it be sent, what came back.

An authority is pure: it composes a report, and delivers it over the transport it is handed. Authorities are plug-ins of
the entry-point group ``kindward.authorities``; one acts only if the configuration names it and a human has released the
very report that is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

from kindward.banks.sources import Transport
from kindward.errors import KindwardError, RemoteError
from kindward.ledger.canonical import canonical
from kindward.reports import refusals
from kindward.reports.facts import CaseReport

Pieces = Callable[[], Iterator[bytes]]
"""Gives the bytes of a file from its beginning, every time it is called; they are never held as a whole."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a report. ``details`` is what the authority is told of it, in the authority's form.

    The bytes are read only while they are sent. ``md5`` and ``sha256`` are hexadecimal digits; ``md5`` is no proof of
    anything but is what one authority answers with, so that a broken transfer shows.
    """

    item: str
    size: int
    sha256: str = field(repr=False)
    md5: str = field(repr=False)
    pieces: Pieces = field(repr=False, compare=False)
    details: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Release:
    """Who let a report be sent (a pseudonym), when, and which one: the digest of the report as it was then."""

    by: str
    at: int
    digest: str


@dataclass(frozen=True, slots=True)
class Report:
    """What leaves the house, to one authority. It is sent only with a release that names its digest."""

    authority: str
    case: str
    body: bytes = field(repr=False)
    media_type: str = "application/octet-stream"
    attachments: tuple[Attachment, ...] = ()
    release: Release | None = None

    @property
    def digest(self) -> str:
        """Give the SHA-256 of everything that would be sent, in hexadecimal digits."""
        files = [[one.item, one.size, one.sha256, one.md5, sha256(one.details).hexdigest()] for one in self.attachments]
        record = [self.authority, self.case, self.media_type, sha256(self.body).hexdigest(), files]
        return sha256(canonical(record)).hexdigest()

    def released(self, by: str, at: int) -> Report:
        """Give the report with the release of a human; ``by`` is their pseudonym. Raises: StateError."""
        if not by:
            raise refusals.not_released(self.case)
        return replace(self, release=Release(by, at, self.digest))

    def require_release(self) -> Release:
        """Give the release. Raises: StateError if there is none, or it is that of another report."""
        if self.release is None:
            raise refusals.not_released(self.case)
        if self.release.digest != self.digest:
            raise refusals.changed(self.case)
        return self.release


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an authority answered. ``raw_digest`` is the SHA-256 of its answer, for the audit log."""

    authority: str
    reference: str
    at: int
    status: str
    raw_digest: str


class Journal(Protocol):
    """What was done for one report so far, remembered durably, so that a killed delivery goes on where it was.

    A step is noted once and never changed. ``note`` returns only when the step would survive a crash.
    """

    def seen(self, step: str) -> str | None:
        """Give what was noted for a step; None if it was not reached."""
        ...

    def note(self, step: str, value: str) -> None:
        """Remember a step."""
        ...


class Authority(Protocol):
    """One authority, with the settings of one installation."""

    name: str
    """How the entry point names it: ``ncmec``."""

    def compose(self, report: CaseReport, attachments: Sequence[Attachment]) -> Report:
        """Write a report in the authority's form; ``attachments`` are the files it names, in their order.

        Raises: ContentError if something grave is missing or does not fit the form.
        """
        ...

    def deliver(self, report: Report, transport: Transport, journal: Journal, now: int) -> Receipt:
        """Send a released report; ``now`` is in seconds since 1970.

        However often it is called and wherever it was cut off before, the authority ends with one finished report.
        Raises: StateError without a release; any KindwardError, of which ``afterwards`` says what is to be done.
        """
        ...


class AuthorityType(Protocol):
    """What an entry point names: a callable that makes an authority from settings and secrets (both texts).

    Raises: ConfigError for a setting that is missing, unknown or wrong.
    """

    def __call__(self, settings: Mapping[str, str], secrets: Mapping[str, str]) -> Authority:
        """Make the authority."""
        ...


class Afterwards(StrEnum):
    """What to do after a delivery that failed."""

    RETRY = "retry"
    """Try again later; the journal knows where to go on."""
    STOP = "stop"
    """Send nothing more to this authority and call the operator: our account with it is not in order."""
    BUG = "bug"
    """Leave this report alone and call the developers: it would be rejected every time."""


def afterwards(problem: KindwardError) -> Afterwards:
    """Say what is to be done after a failed delivery."""
    if problem.code in {"remote_refused", "authority_refused"} or problem.kind == "config":
        return Afterwards.STOP
    return Afterwards.RETRY if isinstance(problem, RemoteError) else Afterwards.BUG


def matched(report: CaseReport, attachments: Sequence[Attachment]) -> None:
    """Make sure that a report names exactly the files handed over, in their order. Raises: ContentError."""
    named = [(file.item, file.sha256, file.md5, file.size) for file in report.files]
    if named != [(one.item, one.sha256, one.md5, one.size) for one in attachments]:
        raise refusals.attachments_differ(report.case)
