"""Send what was released: one report at a time, until the authority has it, exactly once.

A worker may be killed anywhere. What an authority answered is noted before anything else happens, and the next try
begins by finding out what became of the one before.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_hex

from kindward.banks.sources import Transport
from kindward.cases import Case, CaseState, Event, acts
from kindward.desk.composing import Composer
from kindward.desk.telling import deed_of
from kindward.errors import KindwardError, StateError
from kindward.locale import N_
from kindward.reports import Afterwards, Receipt, afterwards
from kindward.store import Store, Transaction, cases, deeds, outbox
from kindward.store.outbox import OutboxState, Outgoing

LEASE_SECONDS = 1_800
"""How long one worker has a report; a delivery that takes longer is taken back and begun anew by the next."""
FIRST_WAIT, LONGEST_WAIT = 5, 3_600
FINISHED = "finished"
"""The step that authorities note with the receipt; after it nothing is left to send."""
WITHDRAWN, HALF_WAY = "report_withdrawn", "report_withdrawn_half_way"


@dataclass(frozen=True, slots=True)
class Delivered:
    """What came of one try: the receipt, or the problem and what follows from it."""

    outgoing: Outgoing
    receipt: Receipt | None = None
    problem: KindwardError | None = None
    then: Afterwards | None = None


class _Notes:
    """The journal of one report, in the database."""

    def __init__(self, store: Store, report: str) -> None:
        self._store, self._report = store, report

    def seen(self, step: str) -> str | None:
        """Give what was noted for a step."""
        with self._store.read() as connection:
            return outbox.seen(connection, self._report, step)

    def note(self, step: str, value: str) -> None:
        """Remember a step; it is on the disk when this returns."""
        with self._store.write() as connection:
            outbox.note(connection, self._report, step, value)


class Delivery:
    """Take reports from the outbox and bring them to their authority; in simulation they wait."""

    def __init__(
        self,
        composer: Composer,
        transport: Transport,
        *,
        chance: Callable[[], float] = random.random,
        lease_seconds: int = LEASE_SECONDS,
        simulate: bool = False,
    ) -> None:
        self._composer = composer
        self._store = composer.store
        self._transport = transport
        self._chance = chance
        self._lease = lease_seconds
        self._simulate = simulate
        self._worker = f"w-{token_hex(6)}"

    def next(self) -> Delivered | None:
        """Try to deliver the report that is due; None if there is none. Raises: RemoteError of the database only."""
        if self._simulate:
            return None
        now = self._composer.clock()
        with self._store.write() as connection:
            outgoing = outbox.take(connection, self._composer.authority.name, self._worker, now, self._lease)
        if outgoing is None:
            return None
        try:
            with self._store.write() as connection:
                _require_standing(connection, outgoing)
                report = self._composer.unpacked(connection, outgoing.item)
            notes = _Notes(self._store, outgoing.id)
            receipt = self._composer.authority.deliver(report, self._transport, notes, now)
        except KindwardError as problem:
            return self._failed(outgoing, problem)
        self._received(outgoing, receipt)
        return Delivered(outgoing, receipt)

    def all(self, most: int = 1_000) -> list[Delivered]:
        """Try everything that is due."""
        done: list[Delivered] = []
        while len(done) < most and (one := self.next()) is not None:
            done.append(one)
        return done

    def _failed(self, outgoing: Outgoing, problem: KindwardError) -> Delivered:
        then = afterwards(problem)
        with self._store.write() as connection:
            if then is Afterwards.RETRY:
                at = self._again_at(outgoing.tries)
                outbox.put_off(connection, outgoing.id, self._worker, at, problem.code)
            else:
                outbox.park(connection, outgoing.id, self._worker, _place(problem, then), problem.code)
        return Delivered(outgoing, problem=problem, then=then)

    def _again_at(self, tries: int) -> int:
        """Wait twice as long after each try, with chance in it, so that many reports do not come at once."""
        longest = min(LONGEST_WAIT, FIRST_WAIT << min(tries - 1, 20))
        return self._composer.clock() + max(1, round(longest * (0.5 + self._chance() / 2)))

    def _received(self, outgoing: Outgoing, receipt: Receipt) -> None:
        now = self._composer.clock()
        with self._store.write() as connection:
            case = cases.load(connection, outgoing.case, lock=True)
            outbox.sent(connection, outgoing.id, receipt.reference)
            if not _stands(case):
                return  # Reopened, or told by another worker, while this one was sending; the row keeps the number.
            reported = acts.reported(case, now, authority=receipt.authority, reference=receipt.reference)
            case = self._kept(connection, case, reported)
            self._kept(connection, case, acts.acknowledged(case, now, receipt.status))

    @staticmethod
    def _kept(connection: Transaction, case: Case, event: Event) -> Case:
        after = cases.append(connection, case, event)
        if (deed := deed_of(event, after)) is not None:
            deeds.append(connection, deed)
        return after


def _stands(case: Case) -> bool:
    return case.state is CaseState.CONFIRMED and acts.is_released(case)


def _require_standing(connection: Transaction, outgoing: Outgoing) -> None:
    """Make sure that the case was not reopened since its report was released. Raises: StateError."""
    done = outbox.seen(connection, outgoing.id, FINISHED) is not None
    if done or _stands(cases.load(connection, outgoing.case)):
        return
    if outbox.begun(connection, outgoing.id):
        raise StateError(
            "report_withdrawn_half_way",
            N_("The report of case {case} is not sent any further, because the case was reopened while it was sent."),
            N_("Ask the authority whether it has it: an earlier try was cut off, and its end is not known here."),
            case=outgoing.case,
        )
    raise StateError(
        "report_withdrawn",
        N_("The report of case {case} is not sent, because the case was reopened."),
        N_("Nothing of it has left the house. If the case is confirmed again, release its report again."),
        case=outgoing.case,
    )


def _place(problem: KindwardError, then: Afterwards) -> OutboxState:
    if problem.code in {WITHDRAWN, HALF_WAY}:
        return OutboxState.WITHDRAWN
    return OutboxState.STOPPED if then is Afterwards.STOP else OutboxState.REFUSED
