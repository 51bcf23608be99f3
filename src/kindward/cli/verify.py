"""``kindward verify release``, ``log`` and ``canary``: examine a signed list as an outsider, with public files only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kindward.cli import exits, streams
from kindward.cli.output import Form, output_option, put_one
from kindward.cli.session import Session, pass_session
from kindward.cli.translated import Argument, Command, Group, Option
from kindward.cli.verify_told import lines, told
from kindward.errors import ConfigError, KindwardError
from kindward.locale import N_

if TYPE_CHECKING:
    from kindward.ledger.audit import Audit, Finding

Steps = Callable[["Audit"], Iterator["Finding"]]


@click.group(
    "verify",
    cls=Group,
    homes={
        "release": "kindward.cli.verify:release",
        "log": "kindward.cli.verify:log",
        "canary": "kindward.cli.verify:canary",
        "audit": "kindward.cli.verify_audit:audit",
    },
    help=N_(
        "Examine a signed list, or an audit log, with its files only, and say what is proven and what is attested."
    ),
)
def verify() -> None:
    """Hold the commands for outsiders."""


def _options(command: Callable[..., int]) -> Callable[..., int]:
    """Add what the three commands have in common."""
    keep = click.option(
        "--keep",
        cls=Option,
        metavar="FILE",
        help=N_("Write the checkpoint to this file if all is proven, for the next time."),
    )
    since = click.option(
        "--since",
        cls=Option,
        metavar="FILE",
        help=N_("Prove also that the log continues this checkpoint, which was kept earlier."),
    )
    root = click.option(
        "--root",
        cls=Option,
        metavar="FILE",
        help=N_("The first root of the list, from a place you trust; without it the list's own is taken."),
    )
    place = click.argument("place", cls=Argument, metavar="LIST", help=N_("Folder or https:// address of the list."))
    for decorate in (pass_session, output_option, keep, since, root, place):
        command = decorate(command)
    return command


@click.command(
    "release",
    cls=Command,
    help=N_(
        "Verify everything: signatures, the whole history, the present release and the reports on canaries.\n\n"
        "Exit status: 0 if all is proven, 77 if not."
    ),
)
@_options
def release(session: Session, place: str, root: str | None, since: str | None, keep: str | None, form: Form) -> int:
    """Verify a list as a whole."""
    from kindward.ledger.audit import Audit

    return _examine(session, place, root, since, keep, form, [Audit.everything])


@click.command(
    "log",
    cls=Command,
    help=N_(
        "Verify the log: its signature and witnesses, that it only grew, and every rule of its history.\n\n"
        "Exit status: 0 if all is proven, 77 if not."
    ),
)
@_options
def log(session: Session, place: str, root: str | None, since: str | None, keep: str | None, form: Form) -> int:
    """Verify the history of a list."""
    from kindward.ledger.audit import Audit

    return _examine(session, place, root, since, keep, form, [Audit.examine_metadata, Audit.examine_log])


@click.command(
    "canary",
    cls=Command,
    help=N_(
        "Verify that every authority reported on every lawful canary, and that none is near an entry.\n\n"
        "Exit status: 0 if all is proven, 77 if not."
    ),
)
@_options
def canary(session: Session, place: str, root: str | None, since: str | None, keep: str | None, form: Form) -> int:
    """Verify the reports on canaries."""
    from kindward.ledger.audit import Audit

    steps: list[Steps] = [Audit.examine_metadata, Audit.examine_log, Audit.examine_canaries]
    return _examine(session, place, root, since, keep, form, steps)


def _examine(
    session: Session,
    place: str,
    root: str | None,
    since: str | None,
    keep: str | None,
    form: Form,
    steps: list[Steps],
) -> int:
    from kindward.app import open_means
    from kindward.ledger.audit import Audit

    first, before = _file(root), _file(since)
    with open_means(session.settings()) as means:
        audit = Audit(partial(_whole, means.fetch_from(place)), datetime.now(UTC), first, before)
        proven, error = _proven(audit, steps)
        attested = audit.attested() if error is None else []
    record = told(place, audit, proven, attested, error)
    put_one(form, record, "\n".join(lines(record)))
    if error is not None:
        streams.tell(error)
        return error.exit_status
    if keep is not None:
        _keep(keep, audit.note)
    return exits.NOTHING_FOUND


def _whole(fetch: Callable[[str, int], Iterator[bytes]], path: str, most: int) -> bytes:
    return b"".join(fetch(path, most))


def _file(name: str | None) -> bytes | None:
    if name is None:
        return None
    try:
        return Path(name).read_bytes()
    except OSError as problem:
        raise ConfigError(
            "file_unreadable",
            "The file {path} cannot be read: {problem}.",
            "Check the path and the permissions.",
            path=name,
            problem=problem.strerror,
        ) from problem


def _keep(name: str, note: bytes) -> None:
    try:
        Path(name).write_bytes(note)
    except OSError as problem:
        raise ConfigError(
            "file_unwritable",
            "The file {path} cannot be written: {problem}.",
            "Check the path and the permissions.",
            path=name,
            problem=problem.strerror,
        ) from problem


def _proven(audit: Audit, steps: list[Steps]) -> tuple[list[Finding], KindwardError | None]:
    """Give what was proven until the first rule that does not hold."""
    proven: list[Finding] = []
    try:
        for step in steps:
            for finding in step(audit):
                proven.append(finding)  # noqa: PERF402 - what was proven before an error counts
    except KindwardError as error:
        return proven, error
    return proven, None
