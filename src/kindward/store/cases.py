"""The tables of cases: append events, and find the case that somebody should look at next.

Every function works in the caller's transaction, so that a case, its evidence, its audit leaf and its report are kept
together or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select, and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from kindward.cases import Case, CaseKind, CaseState, Event, EventKind, Ruling, refusals, replay
from kindward.cases.alarms import farthest
from kindward.cases.capacity import Alarms, Tightening
from kindward.cases.case import WAITING
from kindward.cases.events import apply
from kindward.cases.exposure import Exposure
from kindward.store.schema_cases import case_barred, case_events, cases, tightenings

Transaction = Connection
"""What every function here is called in; ``Store.read`` and ``Store.write`` give one."""
URGENT, CALLED, PARTNER, ORDINARY = range(4)
"""Lanes of the queue, first to last: a child may be in danger, a lead was called, a partner told, all others."""
ALIKE = 50
"""Cases about the same bytes among which a decision of humans is looked for, the oldest first."""
_NOT_LEASED = 0
_decode = msgspec.json.Decoder(dict[str, Any]).decode


def begin(connection: Transaction, case: Case, event: Event) -> Case:
    """Keep a new case."""
    begun = replace(apply(None, event), digest=case.digest, account=case.account)
    connection.execute(insert(cases).values(id=case.id, **_projected(begun)))
    _note(connection, event)
    return begun


def append(connection: Transaction, case: Case, event: Event) -> Case:
    """Keep an event and give the case after it. Raises: StateError if somebody else's event came first."""
    after = apply(case, event)
    changed = connection.execute(
        update(cases).where(cases.c.id == case.id, cases.c.number == case.number).values(**_projected(after))
    )
    if not changed.rowcount:
        raise refusals.not_next(case.id, event.number)
    try:
        _note(connection, event)
    except IntegrityError:
        raise refusals.not_next(case.id, event.number) from None
    _bar(connection, case, after)
    return after


def load(connection: Transaction, case_id: str, *, lock: bool = False) -> Case:
    """Give a case; with ``lock`` nobody else changes it until the transaction ends. Raises: StateError."""
    asked = select(cases).where(cases.c.id == case_id)
    row = connection.execute(asked.with_for_update() if lock else asked).one_or_none()
    if row is None:
        raise refusals.unknown(case_id)
    return replace(replay(history(connection, case_id)), digest=row.digest, account=row.account)


def history(connection: Transaction, case_id: str) -> list[Event]:
    """List what happened to a case, from the beginning."""
    asked = select(case_events).where(case_events.c.case == case_id).order_by(case_events.c.number)
    return [_event(row) for row in connection.execute(asked)]


def next_for(connection: Transaction, person: str, now: int, *, lead: bool = False, severe: bool = True) -> str | None:
    """Find the case that a person should take next, and lock it until the transaction ends; None if there is none.

    Lanes come in their order, within one the nearest deadline. Leads are also given what is held. Without ``severe``
    a severe case is given only if a child may be in danger.
    """
    asked = select(cases.c.id).where(_free(now), ~_barred(person))
    if not lead:
        asked = asked.where(cases.c.state != str(CaseState.HELD))
    if not severe:
        asked = asked.where(or_(~cases.c.severe, cases.c.lane == URGENT))
    asked = asked.order_by(cases.c.lane, cases.c.deadline, cases.c.id).limit(1)
    found = connection.execute(asked.with_for_update(skip_locked=True)).scalar_one_or_none()
    return None if found is None else str(found)


def held_by(connection: Transaction, person: str, now: int) -> str | None:
    """Find the case that a person has at the moment and has not decided yet."""
    mine = and_(cases.c.leased_by == person, cases.c.lease_until > now, cases.c.effective_at.is_(None))
    asked = select(cases.c.id).where(mine)
    return connection.execute(asked.order_by(cases.c.id).limit(1)).scalar_one_or_none()


def due(connection: Transaction, now: int, most: int = 100) -> list[str]:
    """List cases whose decision takes effect now, the oldest first."""
    asked = select(cases.c.id).where(cases.c.effective_at <= now).order_by(cases.c.effective_at).limit(most)
    return list(connection.execute(asked).scalars())


def near_deadline(connection: Transaction, before: int, most: int = 100) -> list[str]:
    """List cases that wait, whose deadline is before a moment or that are urgent, and for which nobody was called."""
    asked = (
        select(cases.c.id)
        .where(cases.c.lane.is_not(None), ~cases.c.escalated, or_(cases.c.deadline <= before, cases.c.lane == URGENT))
        .order_by(cases.c.deadline)
        .limit(most)
    )
    return list(connection.execute(asked).scalars())


def decided_alike(connection: Transaction, digest: str) -> str | None:
    """Find the case about the same bytes that humans decided last themselves; None if there is none."""
    if not digest:
        return None
    done = [str(state) for state in CaseState if state not in WAITING]
    asked = select(cases.c.id).where(cases.c.digest == digest, cases.c.state.in_(done))
    found = connection.execute(asked.order_by(cases.c.opened_at).limit(ALIKE)).scalars().all()
    decided = [case for one in found if not (case := load(connection, one)).inherited_from and case.rulings]
    return max(decided, key=lambda case: case.rulings[-1].at).id if decided else None


def waiting_for(connection: Transaction, digest: str, account: str) -> str | None:
    """Find the case about the same bytes of the same account that nobody has decided yet; None if there is none."""
    if not (digest and account):
        return None
    mine = and_(cases.c.digest == digest, cases.c.account == account, cases.c.lane.is_not(None))
    asked = select(cases.c.id).where(mine).order_by(cases.c.opened_at, cases.c.id).limit(1)
    return connection.execute(asked).scalar_one_or_none()


def inheritors(connection: Transaction, case: Case, most: int = 1_000) -> list[Case]:
    """List cases about the same bytes that took over the decision of this one."""
    if not case.digest:
        return []
    asked = select(cases.c.id).where(cases.c.digest == case.digest, cases.c.id != case.id, cases.c.lane.is_(None))
    found = connection.execute(asked.order_by(cases.c.opened_at).limit(most)).scalars().all()
    return [other for one in found if (other := load(connection, one)).inherited_from == case.id]


def waiting_alike(connection: Transaction, digest: str, most: int = 1_000) -> list[str]:
    """List cases about the same bytes that nobody has begun to decide."""
    if not digest:
        return []
    asked = select(cases.c.id).where(cases.c.digest == digest, cases.c.state == str(CaseState.OPEN))
    return list(connection.execute(asked.order_by(cases.c.opened_at).limit(most)).scalars())


def neighbours(connection: Transaction, case: Case, most: int = 20) -> list[Case]:
    """List other cases about the same entry, so that a decision is seen beside those about its like."""
    if not case.matches:
        return []
    best = case.matches[0]
    asked = select(cases.c.id).where(cases.c.bank == best.bank, cases.c.entry == best.entry, cases.c.id != case.id)
    found = connection.execute(asked.order_by(cases.c.opened_at.desc()).limit(most)).scalars().all()
    return [load(connection, case_id) for case_id in found]


def of_account(connection: Transaction, account: str, most: int = 200) -> list[str]:
    """List the cases of one account, the oldest first."""
    if not account:
        return []
    asked = select(cases.c.id).where(cases.c.account == account).order_by(cases.c.opened_at, cases.c.id)
    return list(connection.execute(asked.limit(most)).scalars())


def in_state(connection: Transaction, state: CaseState, *, most: int = 200, erased: bool | None = None) -> list[str]:
    """List cases in a state, those with the nearest deadline first."""
    asked = select(cases.c.id).where(cases.c.state == str(state))
    if erased is not None:
        asked = asked.where(cases.c.erased.is_(erased))
    return list(connection.execute(asked.order_by(cases.c.deadline, cases.c.id).limit(most)).scalars())


def kept(connection: Transaction, opened_before: int, most: int = 1_000) -> list[str]:
    """List decided cases that began before a moment and still hold what is personal, the oldest first."""
    asked = select(cases.c.id).where(
        cases.c.opened_at <= opened_before, cases.c.lane.is_(None), cases.c.erased.is_(False)
    )
    return list(connection.execute(asked.order_by(cases.c.opened_at, cases.c.id).limit(most)).scalars())


def alarms_since(connection: Transaction, since: int) -> Alarms:
    """Count the cases that matches opened since a moment by how far the match was, for the law of capacity."""
    asked = select(cases.c.fixed, cases.c.distance, func.count()).where(
        cases.c.opened_at > since, cases.c.kind == str(CaseKind.MATCH)
    )
    rows = connection.execute(asked.group_by(cases.c.fixed, cases.c.distance)).all()
    return Alarms(
        sum(count for fixed, _, count in rows if fixed),
        {distance: count for fixed, distance, count in rows if not fixed},
    )


def tighten(connection: Transaction, one: Tightening) -> bool:
    """Keep a tightening; False if another process kept one at the same moment."""
    known = select(tightenings.c.since).where(tightenings.c.since == one.since)
    if connection.execute(known).scalar_one_or_none() is not None:
        return False
    connection.execute(insert(tightenings).values(**asdict(one), left_out=0))
    return True


def tightening(connection: Transaction, now: int) -> Tightening | None:
    """Give the tightening in force; None if there is none."""
    asked = select(tightenings).where(tightenings.c.since <= now, tightenings.c.until > now)
    row = connection.execute(asked.order_by(tightenings.c.since.desc()).limit(1)).one_or_none()
    return None if row is None else Tightening(row.distance, row.since, row.until, row.alarms, row.capacity)


def count_left_out(connection: Transaction, one: Tightening) -> None:
    """Count an alarm that was not opened because of a tightening."""
    asked = update(tightenings).where(tightenings.c.since == one.since)
    connection.execute(asked.values(left_out=tightenings.c.left_out + 1))


def left_out_since(connection: Transaction, since: int) -> int:
    """Count the alarms that were left out by tightenings that began since a moment."""
    asked = select(func.coalesce(func.sum(tightenings.c.left_out), 0)).where(tightenings.c.since >= since)
    return int(connection.execute(asked).scalar_one())


def exposures(connection: Transaction, person: str, since: int) -> list[Exposure]:
    """List what a person opened since a moment, for their own protection and for nothing else.

    Every look at the whole of an item counts; small or grey ones count once, if the whole was never opened.
    """
    asked = (
        select(case_events.c.case, case_events.c.number, case_events.c.at, case_events.c.facts, cases.c.severe)
        .join(cases, cases.c.id == case_events.c.case)
        .where(case_events.c.by == person, case_events.c.kind == str(EventKind.VIEWED), case_events.c.at > since)
    )
    whole, covered = dict[tuple[str, str, int], Exposure](), dict[tuple[str, str], Exposure]()
    for row in connection.execute(asked.order_by(case_events.c.number)):
        facts = _decode(row.facts)
        one = Exposure(row.at, facts["seconds"], row.severe)
        if facts["entire"]:
            whole[row.case, facts["item"], row.number] = one
        else:
            covered[row.case, facts["item"]] = one
    opened = {(case, item) for case, item, _ in whole}
    return [*whole.values(), *(one for name, one in covered.items() if name not in opened)]


def counts(connection: Transaction, now: int) -> Mapping[str, int]:
    """Count cases by state, and how many that wait are past their deadline (``overdue``)."""
    by_state = connection.execute(select(cases.c.state, func.count()).group_by(cases.c.state)).all()
    late = select(func.count()).select_from(cases).where(cases.c.lane.is_not(None), cases.c.deadline < now)
    return {**{row.state: row[1] for row in by_state}, "overdue": connection.execute(late).scalar_one()}


def events_between(connection: Transaction, since: int, until: int) -> Iterable[Event]:
    """Give what happened in a time, in its order, for figures."""
    asked = select(case_events).where(case_events.c.at >= since, case_events.c.at < until)
    for row in connection.execute(asked.order_by(case_events.c.at, case_events.c.case, case_events.c.number)):
        yield _event(row)


def _free(now: int) -> ColumnElement[bool]:
    return and_(cases.c.lane.is_not(None), cases.c.lease_until <= now, cases.c.effective_at.is_(None))


def _barred(person: str) -> ColumnElement[bool]:
    barred: Select[Any] = select(case_barred.c.case).where(
        case_barred.c.case == cases.c.id, case_barred.c.person == person
    )
    return exists(barred)


def _bar(connection: Transaction, before: Case, after: Case) -> None:
    """Keep up to date who is not given the case."""
    old, new = _out(before), _out(after)
    if gone := old - new:
        connection.execute(delete(case_barred).where(case_barred.c.case == after.id, case_barred.c.person.in_(gone)))
    if fresh := new - old:
        connection.execute(insert(case_barred), [{"case": after.id, "person": person} for person in sorted(fresh)])


def _out(case: Case) -> frozenset[str]:
    decided = {ruled.by for ruled in case.rulings if ruled.ruling is not Ruling.RELEASE}
    return frozenset(case.declined | case.decided_before | decided)


def _projected(case: Case) -> dict[str, object]:
    best = case.matches[0] if case.matches else None
    return {
        "kind": str(case.kind),
        "state": str(case.state),
        "lane": _lane(case),
        "opened_at": case.opened_at,
        "deadline": case.deadline,
        "number": case.number,
        "severe": case.severe,
        "escalated": case.escalated,
        "leased_by": case.lease.by if case.lease is not None else "",
        "lease_until": case.lease.until if case.lease is not None else _NOT_LEASED,
        "effective_at": case.pending.effective_at if case.pending is not None else None,
        "bank": best.bank if best else "",
        "entry": best.entry if best else "",
        "distance": farthest(case),
        "fixed": case.exact or bool(case.urgent),
        "digest": case.digest,
        "account": case.account,
        "erased": case.erased,
    }


def _lane(case: Case) -> int | None:
    if not case.waits:
        return None
    if case.urgent:
        return URGENT
    if case.escalated or case.state is CaseState.HELD:
        return CALLED
    return PARTNER if case.source == "notice:partner" else ORDINARY


def _note(connection: Transaction, event: Event) -> None:
    connection.execute(
        insert(case_events).values(
            case=event.case,
            number=event.number,
            kind=str(event.kind),
            at=event.at,
            by=event.by,
            facts=msgspec.json.encode(dict(event.facts), order="deterministic").decode(),
        )
    )


def _event(row: Row[Any]) -> Event:
    return Event(row.case, row.number, EventKind(row.kind), row.at, row.by, _decode(row.facts))
