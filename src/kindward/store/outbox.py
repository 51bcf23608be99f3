"""Reports on their way: kept in the transaction of the release, taken by one worker at a time.

The report itself lies sealed with its case; a row says only where it goes and how far it came.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, delete, func, insert, select, update

from kindward.store.schema_outbox import outbox, outbox_steps


class OutboxState(StrEnum):
    """Where a report stands."""

    DRAFT = "draft"
    """Released by a human, who can still undo it."""
    WAITING = "waiting"
    SENT = "sent"
    STOPPED = "stopped"
    """The authority does not know us any more; an operator has to act before anything else is sent to it."""
    REFUSED = "refused"
    """The authority would refuse this report every time; somebody has to mend it."""
    WITHDRAWN = "withdrawn"
    """The case was reopened before this was sent, so it never is."""


HELD_UP = (OutboxState.STOPPED, OutboxState.REFUSED)
"""Where a report stays until somebody has acted."""
GONE = (OutboxState.WAITING, OutboxState.STOPPED, OutboxState.SENT)
"""Where a report is with its authority or may still get there, so that the case gets no second one."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A report on its way; ``item`` is the sealed item that holds it, times are in seconds since 1970."""

    id: str
    case: str
    authority: str
    state: OutboxState
    digest: str
    item: str
    tries: int = 0
    next_at: int = 0
    problem: str = ""
    reference: str = ""
    created_at: int = 0


def add(connection: Connection, outgoing: Outgoing) -> None:
    """Keep a report that was released."""
    names = ("id", "case", "authority", "digest", "item", "tries", "next_at", "problem", "reference", "created_at")
    values = {name: getattr(outgoing, name) for name in names}
    connection.execute(insert(outbox).values(**values, state=str(outgoing.state), leased_by="", lease_until=0))


def draft_of(connection: Connection, case: str) -> Outgoing | None:
    """Give the report of a case whose release can still be undone."""
    asked = select(outbox).where(outbox.c.case == case, outbox.c.state == str(OutboxState.DRAFT))
    row = connection.execute(asked).one_or_none()
    return None if row is None else _outgoing(row)


def of_case(connection: Connection, case: str) -> list[Outgoing]:
    """List the reports of a case, the oldest first."""
    asked = select(outbox).where(outbox.c.case == case).order_by(outbox.c.created_at, outbox.c.id)
    return [_outgoing(row) for row in connection.execute(asked)]


def queue(connection: Connection, case: str, now: int) -> bool:
    """Let the released report of a case go out; say whether there was one."""
    asked = update(outbox).where(outbox.c.case == case, outbox.c.state == str(OutboxState.DRAFT))
    return bool(connection.execute(asked.values(state=str(OutboxState.WAITING), next_at=now)).rowcount)


def forget(connection: Connection, report: str) -> None:
    """Delete a row, because its release was undone."""
    connection.execute(delete(outbox_steps).where(outbox_steps.c.report == report))
    connection.execute(delete(outbox).where(outbox.c.id == report))


def take(connection: Connection, authority: str, worker: str, now: int, lease_seconds: int) -> Outgoing | None:
    """Give the report to an authority that should be sent next to one worker for a time; None if nothing is due.

    A report was composed and released for one authority, so no other one ever gets it. Nothing is given while an
    operator has to look at the authority first.
    """
    stopped = select(outbox.c.id).where(outbox.c.authority == authority, outbox.c.state == str(OutboxState.STOPPED))
    asked = (
        select(outbox)
        .where(
            outbox.c.authority == authority,
            outbox.c.state == str(OutboxState.WAITING),
            outbox.c.next_at <= now,
            outbox.c.lease_until <= now,
            ~stopped.correlate(None).exists(),
        )
        .order_by(outbox.c.next_at, outbox.c.id)
        .limit(1)
    )
    row = connection.execute(asked.with_for_update(skip_locked=True)).one_or_none()
    if row is None:
        return None
    taken = update(outbox).where(outbox.c.id == row.id)
    connection.execute(taken.values(leased_by=worker, lease_until=now + lease_seconds, tries=row.tries + 1))
    return _outgoing(row, tries=row.tries + 1)


def put_off(connection: Connection, report: str, worker: str, next_at: int, problem: str) -> bool:
    """Let a report wait until a moment because something failed; False if another worker has it by now."""
    return _settle(connection, report, OutboxState.WAITING, worker, next_at=next_at, problem=problem)


def park(connection: Connection, report: str, worker: str, state: OutboxState, problem: str) -> bool:
    """Leave a report until somebody has acted; False if another worker has it by now."""
    return _settle(connection, report, state, worker, problem=problem)


def withdraw(connection: Connection, case: str, now: int) -> int:
    """Let the reports of a reopened case never go out, unless one is on its way already; give how many that were."""
    noted = select(outbox_steps.c.report)
    waiting = [str(OutboxState.WAITING), str(OutboxState.STOPPED)]
    refused = outbox.c.state == str(OutboxState.REFUSED)
    still = refused | outbox.c.state.in_(waiting) & outbox.c.id.not_in(noted) & (outbox.c.lease_until <= now)
    asked = update(outbox).where(outbox.c.case == case, still)
    return connection.execute(asked.values(state=str(OutboxState.WITHDRAWN), leased_by="", lease_until=0)).rowcount


def begun(connection: Connection, report: str) -> bool:
    """Say whether anything was noted about sending a report, so that the authority may know of it."""
    asked = select(func.count()).where(outbox_steps.c.report == report)
    return bool(connection.execute(asked).scalar_one())


def sent(connection: Connection, report: str, reference: str) -> None:
    """Note that the authority has a report, under its own number; that is so whoever has the row."""
    _settle(connection, report, OutboxState.SENT, "", reference=reference, problem="")


def resume(connection: Connection, authority: str, now: int) -> int:
    """Let what was stopped or refused be tried again after somebody has acted; give how many reports that are."""
    parked = outbox.c.state.in_([str(one) for one in HELD_UP])
    asked = update(outbox).where(outbox.c.authority == authority, parked)
    return connection.execute(asked.values(state=str(OutboxState.WAITING), next_at=now, problem="")).rowcount


def counts(connection: Connection) -> Mapping[str, int]:
    """Count reports by where they stand."""
    rows = connection.execute(select(outbox.c.state, func.count()).group_by(outbox.c.state)).all()
    return {row.state: row[1] for row in rows}


@dataclass(frozen=True, slots=True)
class Heap:
    """How many reports stand at the same place for the same reason; ``since`` is when the oldest was released."""

    authority: str
    state: OutboxState
    problem: str
    count: int
    since: int


def heaps(connection: Connection) -> list[Heap]:
    """Count reports by authority, by where they stand, and why; nothing says whose they are."""
    parts = (outbox.c.authority, outbox.c.state, outbox.c.problem)
    asked = select(*parts, func.count(), func.min(outbox.c.created_at)).group_by(*parts).order_by(*parts)
    return [Heap(one[0], OutboxState(one[1]), *one[2:]) for one in connection.execute(asked)]


def seen(connection: Connection, report: str, step: str) -> str | None:
    """Give what was noted for a step of a delivery; None if it was not reached."""
    asked = select(outbox_steps.c.value).where(outbox_steps.c.report == report, outbox_steps.c.step == step)
    return connection.execute(asked).scalar_one_or_none()


def note(connection: Connection, report: str, step: str, value: str) -> None:
    """Remember a step of a delivery; it is noted once."""
    connection.execute(insert(outbox_steps).values(report=report, step=step, value=value))


def _settle(connection: Connection, report: str, state: OutboxState, worker: str, **values: object) -> bool:
    changed = update(outbox).where(outbox.c.id == report)
    if worker:
        # Whoever was slower than its lease has no say any more; the report is somebody else's.
        changed = changed.where(outbox.c.leased_by == worker)
    return bool(connection.execute(changed.values(state=str(state), leased_by="", lease_until=0, **values)).rowcount)


def _outgoing(row: object, **changed: int) -> Outgoing:
    names = ("id", "case", "authority", "digest", "item", "tries", "next_at", "problem", "reference", "created_at")
    values = {name: getattr(row, name) for name in names} | changed
    return Outgoing(**values, state=OutboxState(row.state))  # type: ignore[attr-defined] # a row of the table
