"""``kindward bank status``: where subscriptions stand, since when they fail, and what was not understood."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kindward.cli import bank_sources, exits, streams
from kindward.cli.bank_look import SIMULATED
from kindward.cli.bank_subscribe import named, rejection
from kindward.cli.output import Form, Records, output_option
from kindward.cli.session import Session, pass_session
from kindward.cli.streams import visible
from kindward.cli.translated import Argument, Command, Option
from kindward.errors import KindwardError, TrustError
from kindward.locale import N_, _, explain, several

if TYPE_CHECKING:
    from kindward.banks import Bank
    from kindward.banks.approval import Approval
    from kindward.config import Settings
    from kindward.subscription.standing import Standing

_WIDTH = 16


@click.command(
    "status",
    cls=Command,
    help=N_(
        "Show where subscribed banks stand: source, release, last update, what failed, what was not understood.\n\n"
        "Exit status: 0 if all are up to date, else that of the last update's error; 77 if the signature of a list "
        "has run out."
    ),
)
@click.argument(
    "banks", cls=Argument, metavar="[BANK]…", nargs=-1, help=N_("Banks; by default those configured that follow one.")
)
@click.option(
    "--limit",
    cls=Option,
    type=click.IntRange(0, 10_000),
    default=5,
    show_default=True,
    help=N_("Show at most this many records that were not understood."),
)
@output_option
@pass_session
def status(session: Session, banks: tuple[str, ...], limit: int, form: Form) -> int:
    """Show one record for each bank."""
    settings = session.settings()
    statuses = [exits.NOTHING_FOUND]
    with Records(form) as records:
        for path in named(banks, settings.banks.paths):
            try:
                record, problem = _look(path, limit, settings)
            except KindwardError as error:
                streams.tell(error, str(path))
                statuses.append(error.exit_status)
            else:
                records.put(record, "\n".join(_lines(record, problem)))
                statuses += [problem.exit_status] if problem else []
                statuses += [TrustError.exit_status] if record["stale"] else []
    return exits.gravest(statuses)


def _look(path: Path, limit: int, settings: Settings) -> tuple[dict[str, Any], KindwardError | None]:
    from kindward.banks import Bank, approval
    from kindward.subscription.standing import standing

    stands = standing(path)
    operators = approval.operator_keys(settings.banks.operator_keys)
    with closing(Bank.open(path, operators=operators)) as bank:
        held = _held(bank, approval.check(bank, operators))
        stale = stands.is_stale(datetime.now(UTC), bank.mark)
    return {**_followed(stands, stale=stale), **held, **_waiting(path, stands, limit)}, stands.failure


def _followed(stands: Standing, *, stale: bool) -> dict[str, Any]:
    from kindward.wire import error_record

    return {
        "path": str(stands.path),
        "follows": stands.follows,
        "settings": dict(stands.settings),
        "signed": stands.signed,
        "created": stands.created,
        "release": stands.release,
        "mark": dict(stands.mark),
        "updated": stands.updated or None,
        "changed": stands.changed or None,
        "attempted": stands.attempted or None,
        "failing_since": stands.failing_since or None,
        "failures": stands.failures,
        "error": error_record(stands.failure) if stands.failure else None,
        "expires": stands.expires.strftime("%Y-%m-%dT%H:%M:%SZ") if stands.expires else None,
        "stale": stale,
        "last": dict(stands.last),
    }


def _held(bank: Bank, approved: Approval | None) -> dict[str, Any]:
    counts = dict(sorted(bank.counts().items()))
    states = {str(state): count for state, count in bank.state_counts().items()}
    return {
        "name": bank.name,
        "version": bank.version,
        "trust": str(bank.trust),
        "entries": counts,
        "states": {"active": sum(counts.values())} | states,
        "approval": {"scope": approved.scope, "at": approved.at, "key": approved.key} if approved else None,
        "simulated": bank.simulated or None,
    }


def _waiting(path: Path, stands: Standing, limit: int) -> dict[str, Any]:
    from kindward.subscription.opinions import queued
    from kindward.subscription.rejects import kept
    from kindward.wire import error_record

    waiting = [one for _file, one in queued(path)]
    refused = [one.failure for one in waiting if one.failure]
    return {
        "rejected_total": sum(stands.rejected.values()),
        "rejected_reasons": dict(stands.rejected),
        "rejected": [
            rejection(one.line, one.reason_code, bank_sources.reason(one)) for one in islice(kept(path), limit)
        ],
        "feedback": {
            "queued": len(waiting),
            "refused": len(refused),
            "error": error_record(refused[-1].error) if refused else None,
        },
    }


def _lines(record: Mapping[str, Any], problem: KindwardError | None) -> Iterator[str]:
    yield visible(f"{record['name']}  {record['path']}")
    for title, text in (*_progress(record, problem), *_content(record)):
        yield f"  {title.ljust(_WIDTH)}  {visible(text)}"
    for one in record["rejected"]:
        line = _("line {line}: {reason}").format(line=one["line"], reason=one["message"])
        yield f"  {' ' * _WIDTH}  {visible(line)}"


def _progress(record: Mapping[str, Any], problem: KindwardError | None) -> Iterator[tuple[str, str]]:
    settings = " ".join(f"{name}={text}" for name, text in record["settings"].items())
    yield _("signed list") if record["signed"] else _("source"), f"{record['follows']} {settings}".strip()
    if record["signed"]:
        yield _("release"), str(record["release"])
    yield _("last update"), record["updated"] or _("never")
    if last := record["last"]:
        text = _("{at}: {put} new or changed, {withdrawn} withdrawn, {bytes} bytes").format(
            at=record["changed"], **last
        )
        yield _("last change"), text
    if problem is not None:
        sentence, hint = explain(problem)
        yield _("failing since"), " ".join(part for part in (f"{record['failing_since']}:", sentence, hint) if part)
    if record["expires"]:
        yield _("signed until"), record["expires"]
    if record["stale"]:
        yield _("stale"), _("the bank goes on matching, but may lack newer changes")


def _content(record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield _("entries"), " ".join(f"{signal}:{count}" for signal, count in record["entries"].items())
    states = record["states"]
    yield (
        _("states"),
        _("{active} in force, {quarantined} quarantined, {withdrawn} withdrawn").format(
            active=states["active"], quarantined=states.get("quarantined", 0), withdrawn=states.get("withdrawn", 0)
        ),
    )
    if approved := record["approval"]:
        yield _("signed by"), _("operator {key}, {at}").format(key=approved["key"][:16], at=approved["at"])
    if record["simulated"]:
        yield _("in simulation"), _(SIMULATED.get(record["simulated"], record["simulated"]))
    total, feedback = record["rejected_total"], record["feedback"]
    if total:
        yield _("not understood"), several("{count} record", "{count} records", total)
    if feedback["queued"]:
        waits = several("{count} opinion waits", "{count} opinions wait", feedback["queued"])
        yield _("feedback"), f"{waits}; {feedback['error']['message']}" if feedback["error"] else waits
