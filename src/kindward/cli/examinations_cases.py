"""What ``kindward doctor`` looks at where cases are kept: keys, the rule of keeping, where reports go; and the help."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from kindward.cli.finding import Finding, State, fine
from kindward.errors import ConfigError, StateError

if TYPE_CHECKING:
    from kindward.config import Settings

SOON = timedelta(days=30)


def cases(settings: Settings) -> Iterator[Finding]:
    """Open everything that decides, and say what stands in its way."""
    if not settings.cases.master_key_file:
        yield fine("cases", "No cases are kept here.")
        return
    from kindward.app.cases import open_office
    from kindward.store import Store

    with Store.open(settings.store, upgrade=False) as store:
        open_office(settings, store)
    yield fine("cases", "The keys open, and evidence can be sealed.")
    if not settings.cases.audit_key_file:
        yield Finding(
            "cases",
            State.WARN,
            ConfigError(
                "audit_key_unset",
                "No key signs the audit log, because cases.audit_key_file is not set.",
                "Make one with `kindward console init`.",
            ),
        )
    yield from _retention(settings)
    yield _reports(settings)


def _retention(settings: Settings) -> Iterator[Finding]:
    from kindward.cases.retention import rule

    today, kept = datetime.now(UTC).date(), rule(settings.cases.retention)
    if today >= kept.review_by:
        problem = ConfigError(
            "retention_unreviewed",
            "The rule {name} for keeping evidence was to be looked at again by {day}.",
            "Find out whether the law is still the same, and install a newer version of kindward.",
            name=kept.name,
            day=kept.review_by,
        )
        yield Finding("cases", State.FAIL, problem)


def _reports(settings: Settings) -> Finding:
    from kindward.app.cases import chosen_of
    from kindward.desk.permission import leaves

    if leaves(settings.reports, chosen_of(settings)):
        return fine("cases", "Reports go to the authority {name}.", name=settings.reports.authority)
    return fine("cases", "Reports stay on this machine ({name}).", name=settings.reports.authority)


def help_(_settings: Settings) -> Iterator[Finding]:
    """See whether the lines of the help directory were read lately."""
    from kindward.help import directory

    today = datetime.now(UTC).date()
    old = [one.id for one in directory() if one.checked is not None and one.is_old(today)]
    if old:
        problem = StateError(
            "help_old",
            "{count} services of the help directory were read too long ago, such as {first}.",
            "Install a newer version of kindward, or check them yourself.",
            count=len(old),
            first=old[0],
        )
        yield Finding("help", State.WARN, problem)
        return
    unread = sum(one.checked is None for one in directory())
    yield fine(
        "help",
        "{count} services of the help directory were read lately; {unread} were never read and say so.",
        count=len(directory()) - unread,
        unread=unread,
    )
