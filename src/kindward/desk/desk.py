"""The desk: alarms and notices come in as cases, people decide them, and the clock lets decisions take effect.

Every method is one transaction: the case, its leaf in the audit log and its evidence change together or not at all.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from hashlib import sha256

from kindward.cases import Case, CaseState, Event, Rules, Ruling, acts, refusals
from kindward.cases.alarms import Circumstances, alarm
from kindward.cases.capacity import Capacity, left_out, tightened
from kindward.cases.case import KINDWARD
from kindward.cases.exposure import WEEK, Budget, require_room, severe_again
from kindward.cases.notices import Notice, checked, noticed
from kindward.cases.retention import Retention, due_at
from kindward.desk.composing import Composer
from kindward.desk.telling import deed_of
from kindward.errors import StateError
from kindward.evidence import Kind, Vault
from kindward.ledger.deeds import Deed, DeedKind
from kindward.locale import N_
from kindward.model import Verdict
from kindward.reports import pack
from kindward.reports.building import read_added
from kindward.store import Store, Transaction, cases, deeds, outbox, requests
from kindward.store.outbox import OutboxState, Outgoing

DAY = 86_400
NOT_CONFIRMED = "not_confirmed"
TIME_OVER = "retention"
RECEIPT_DAYS = 183
"""How long the number of a receipt leads to an answer: as long as one can complain."""
LONGEST_NOTE = 4_000
RULES, BUDGET = Rules(), Budget()
ADULTS = frozenset({"stopncii:adult"})
"""Severities of lists about another harm: a match with one is decided by its own rules and never opens a case here."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """What came with an alarm.

    ``content`` are the bytes, or ``place`` where they are frozen; ``person`` is what is known of the account, as a
    record that only the vault sees.
    """

    account: str = ""
    content: bytes | None = field(default=None, repr=False)
    place: str = field(default="", repr=False)
    person: bytes = field(default=b"", repr=False)
    source: str = ""
    urgent: str = ""


class Desk:
    """Work on the cases of one installation; thread-safe, because the database is."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        *,
        clock: Callable[[], int],
        rules: Rules = RULES,
        budget: Budget = BUDGET,
        capacity: Capacity | None = None,
        severe: Collection[str] = (),
        composer: Composer | None = None,
        retention: Retention | None = None,
    ) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._rules = rules
        self._budget = budget
        self._capacity = capacity
        self._severe = frozenset(severe)
        self._composer = composer
        self._retention = retention

    def begin(self) -> None:
        """Write the rules in force into the audit log; what was decided before was decided by the rules before."""
        facts = {
            "second_person": int(self._rules.second_person),
            "undo_seconds": self._rules.undo_seconds,
            "destroy_seconds": DAY,
        }
        with self._store.write() as connection:
            deeds.append(connection, Deed(DeedKind.PARAMETERS, self._clock(), KINDWARD, facts=facts))

    # what comes in

    def alarm(self, verdict: Verdict, arrived: Arrived) -> Case | None:
        """Open a case for a verdict that needs a human, and seal what came with it; None if it needs none.

        The same bytes of the same account while nobody has decided are the same case, so that asking again does no
        harm.
        The same bytes inherit what humans decided about them; if that was that they are harmless, nothing is kept.
        """
        now = self._clock()
        digest = sha256(arrived.content).hexdigest() if arrived.content is not None else ""
        about = Circumstances(digest, arrived.account, arrived.source, arrived.urgent)
        made = alarm(verdict, secrets.token_hex(6), now, rules=self._rules, severe=self._severe, about=about)
        if made is None or all(match.severity in ADULTS for match in made.matches):
            return None
        with self._store.write() as connection:
            tightening = cases.tightening(connection, now)
            if tightening is not None and left_out(made, tightening, now):
                cases.count_left_out(connection, tightening)
                return None
            again = cases.waiting_for(connection, digest, arrived.account)
            if again is not None:
                return cases.load(connection, again)
            case = self._opened(connection, made)
            self._keep(connection, case.id, arrived, now)
            decided = cases.decided_alike(connection, digest)
            if decided is not None and decided != case.id:
                case = self._inherit(connection, case, cases.load(connection, decided), now)
        return case

    def notice(self, notice: Notice) -> Case:
        """Open a case for what a person told, and seal their words. Raises: StateError if it says nothing."""
        told, now = checked(notice), self._clock()
        with self._store.write() as connection:
            case = self._opened(connection, noticed(told, secrets.token_hex(6), now, rules=self._rules))
            words = "\n".join(f"{name}: {value}" for name, value in asdict(told).items() if value)
            self._vault.seal(connection, case.id, Kind.TEXT, words.encode(), now)
        return case

    # what people do

    def next(self, person: str, *, lead: bool = False) -> Case | None:
        """Give a person the case that they have, or else the next one; None if nothing waits for them."""
        now = self._clock()
        with self._store.write() as connection:
            held = cases.held_by(connection, person, now)
            if held is not None:
                return cases.load(connection, held)
            severe = not severe_again(cases.exposures(connection, person, now - WEEK))
            found = cases.next_for(connection, person, now, lead=lead, severe=severe)
            if found is None:
                return None
            case = cases.load(connection, found)
            return self._do(connection, case, acts.take(case, person, now, self._rules, lead=lead))

    @contextmanager
    def opened(self, case_id: str, item: str, person: str, *, entire: bool = True) -> Iterator[memoryview]:
        """Give the bytes of an item to the person who has the case; how long it was open stands in the history.

        Raises: StateError if it is enough for today or a pause is due, or somebody else has the case.
        """
        began = self._clock()
        with self._store.write() as connection:
            case = cases.load(connection, case_id, lock=True)
            acts.view(case, person, began, item=item, seconds=0, entire=entire)
            require_room(cases.exposures(connection, person, began - WEEK), began, self._budget, severe=case.severe)
            with self._vault.opened(connection, item, by=person, purpose="decide", now=began, case=case_id) as data:
                copy = bytearray(data)
        try:
            with memoryview(copy) as view, view.toreadonly() as shown:
                yield shown
        finally:
            copy[:] = bytes(len(copy))
            seconds = max(1, self._clock() - began)
            self._act(case_id, lambda one, now: acts.view(one, person, now, item=item, seconds=seconds, entire=entire))

    def look(self, case_id: str, item: str, person: str, *, entire: bool, seconds: int) -> bytes:
        """Give a copy of an item to the person who has the case; it is shown for so many seconds and then covered.

        The look stands in the history before anything is shown. Raises: StateError as ``opened`` does.
        """
        now = self._clock()
        with self._store.write() as connection:
            case = cases.load(connection, case_id, lock=True)
            event = acts.view(case, person, now, item=item, seconds=seconds, entire=entire)
            seen = [viewing for viewing in case.viewings if viewing.item == item and viewing.by == person]
            if entire or not seen:
                require_room(cases.exposures(connection, person, now - WEEK), now, self._budget, severe=case.severe)
            with self._vault.opened(connection, item, by=person, purpose="decide", now=now, case=case_id) as data:
                copy = bytes(data)
            self._do(connection, case, event)
        return copy

    def note(self, case_id: str, person: str, text: str) -> None:
        """Seal a note with a case. Raises: StateError if somebody else has the case, or the text is too long."""
        if len(text) > LONGEST_NOTE:
            raise StateError(
                "note_long",
                N_("A note has at most {longest} characters."),
                N_("Write what the next person needs to know."),
                longest=LONGEST_NOTE,
            )
        with self._store.write() as connection:
            case, now = cases.load(connection, case_id, lock=True), self._clock()
            if case.leased_by(now) != person:
                raise refusals.not_yours(case_id)
            self._vault.seal(connection, case_id, Kind.TEXT, text.encode(), now, by=person)

    def add(self, case_id: str, person: str, record: bytes) -> None:
        """Seal what a report needs beside the case. Raises: ContentError for a record of another form, StateError."""
        read_added(record)
        with self._store.write() as connection:
            case, now = cases.load(connection, case_id, lock=True), self._clock()
            if case.state is not CaseState.CONFIRMED or case.pending is not None:
                raise refusals.not_confirmed(case_id)
            for item in self._vault.items(connection, case_id):
                if item.kind is Kind.ADDED:
                    self._vault.discard(connection, item.id)
            self._vault.seal(connection, case_id, Kind.ADDED, record, now, by=person)

    def rule(self, case_id: str, person: str, ruling: Ruling, reason: str) -> Case:
        """Confirm or dismiss; it takes effect after a while. Raises: StateError."""
        return self._act(
            case_id, lambda one, now: acts.rule(one, person, ruling, now, rules=self._rules, reason=reason)
        )

    def undo(self, case_id: str, person: str) -> Case:
        """Take back one's own decision before it takes effect. Raises: StateError."""
        with self._store.write() as connection:
            case = cases.load(connection, case_id, lock=True)
            after = self._do(connection, case, acts.undo(case, person, self._clock()))
            if (draft := outbox.draft_of(connection, case_id)) is not None:
                outbox.forget(connection, draft.id)
                self._vault.discard(connection, draft.item)
        return after

    def give_back(self, case_id: str, person: str) -> Case:
        """Hand a case back; nobody asks why. Raises: StateError."""
        return self._act(case_id, lambda one, now: acts.give_back(one, person, now))

    def hold(self, case_id: str, person: str, reason: str) -> Case:
        """Stop a case until a lead goes on with it. Raises: StateError."""
        return self._act(case_id, lambda one, now: acts.hold(one, person, reason, now))

    def resume(self, case_id: str, person: str) -> Case:
        """Let a held case go on. Raises: StateError."""
        return self._act(case_id, lambda one, now: acts.resume(one, person, now))

    def release(self, case_id: str, person: str, authority: str = "") -> Case:
        """Let the report of a confirmed case be sent; it takes effect after a while.

        The report is composed now, so that what is released are the very bytes that will be sent. Raises: StateError;
        ContentError if something is missing without which the authority cannot use it.
        """
        with self._store.write() as connection:
            case, now = cases.load(connection, case_id, lock=True), self._clock()
            to = authority or (self._composer.authority.name if self._composer else "")
            event = acts.release(case, person, to, now, self._rules)
            if self._composer is not None:
                self._draft(connection, case, person, now)
            return self._do(connection, case, event)

    def _draft(self, connection: Transaction, case: Case, person: str, now: int) -> None:
        assert self._composer is not None
        report = self._composer.composed(connection, case, person).released(person, now)
        former = outbox.of_case(connection, case.id)
        if any(one.state in outbox.GONE and one.authority == report.authority for one in former):
            raise refusals.released(case.id)
        item = self._vault.seal(connection, case.id, Kind.REPORT, pack(report), now)
        drafted = Outgoing(
            secrets.token_hex(8), case.id, report.authority, OutboxState.DRAFT, report.digest, item.id, created_at=now
        )
        outbox.add(connection, drafted)

    def reopen(self, case_id: str, person: str, appeal: str) -> Case:
        """Begin a new round because of an appeal; nobody who decided before decides again. Raises: StateError."""
        with self._store.write() as connection:
            case = cases.load(connection, case_id, lock=True)
            also: set[str] = set()
            if case.inherited_from:
                origin = cases.load(connection, case.inherited_from)
                also = {*origin.decided_before, *(ruled.by for ruled in origin.rulings)}
            event = acts.reopen(case, person, self._clock(), rules=self._rules, appeal=appeal, also=also)
            outbox.withdraw(connection, case_id, self._clock())
            return self._do(connection, case, event)

    # what the clock does

    def tick(self) -> dict[str, int]:
        """Let decisions take effect, call leads, destroy what is to be destroyed; give how often each happened.

        May be called by several processes at once, and again after it was cut off anywhere.
        """
        now = self._clock()
        with self._store.read() as connection:
            due = cases.due(connection, now)
            near = cases.near_deadline(connection, now + self._rules.escalate_seconds)
            dismissed = cases.in_state(connection, CaseState.DISMISSED, erased=False)
        done = {
            "settled": sum(map(self._settle, due)),
            "escalated": sum(map(self._escalate, near)),
            "erased": sum(map(self._erase, dismissed)),
        }
        with self._store.write() as connection:
            self._vault.sweep(connection)
        if done["settled"] or done["erased"]:
            self._store.shed()
        self._tighten(now)
        return done

    def keep(self) -> int:
        """Destroy the evidence and the receipts whose time is over; give how many cases that were.

        May be called by several processes at once, and again after it was cut off anywhere. An order of an authority
        keeps evidence until the order ends.
        """
        with self._store.write() as connection:
            requests.forget_receipts(connection, self._clock() - RECEIPT_DAYS * DAY)
        if self._retention is None:
            return 0
        with self._store.read() as connection:
            oldest = cases.kept(connection, self._clock() - self._retention.least * DAY)
        return sum(map(self._expire, oldest))

    def _expire(self, case_id: str) -> bool:
        assert self._retention is not None
        with self._store.write() as connection:
            case, now = cases.load(connection, case_id, lock=True), self._clock()
            due = due_at(case, cases.history(connection, case_id), self._retention)
            if due is None or now < due or now < self._vault.kept_until(connection, case_id):
                return False
            self._vault.destroy(connection, case_id, TIME_OVER, now)
            self._do(connection, case, acts.erase(case, now, TIME_OVER))
        return True

    def _settle(self, case_id: str) -> bool:
        with self._store.write() as connection:
            case, now = cases.load(connection, case_id, lock=True), self._clock()
            if case.pending is None or now < case.pending.effective_at:
                return False
            after = self._do(connection, case, acts.settle(case, now, self._rules))
            if not after.waits and case.waits:
                for alike in cases.waiting_alike(connection, after.digest):
                    other = cases.load(connection, alike, lock=True)
                    if not other.leased_by(now) and other.round == 1:
                        self._inherit(connection, other, after, now)
            if case.pending.ruling is Ruling.RELEASE:
                outbox.queue(connection, case_id, now)
            if after.state is CaseState.DISMISSED:
                self._follow(connection, after, now)
                self._forget(connection, after, now)
        return True

    def _follow(self, connection: Transaction, case: Case, now: int) -> None:
        """Reopen what took over a decision that turned out wrong; people then decide each of them."""
        for other in cases.inheritors(connection, case) if case.round > 1 else ():
            if other.pending is None and not other.erased and other.state is not CaseState.DISMISSED:
                why, also = f"with {case.id}", case.decided_before
                event = acts.reopen(other, KINDWARD, now, rules=self._rules, appeal=why, also=also)
                outbox.withdraw(connection, other.id, now)
                self._do(connection, other, event)

    def _escalate(self, case_id: str) -> bool:
        with self._store.write() as connection:
            case = cases.load(connection, case_id, lock=True)
            event = acts.escalate(case, self._clock(), self._rules)
            if event is not None:
                self._do(connection, case, event)
        return event is not None

    def _erase(self, case_id: str) -> bool:
        """Erase a dismissed case whose erasing was kept from happening, for example by an order that has ended."""
        with self._store.write() as connection:
            case = cases.load(connection, case_id, lock=True)
            return case.pending is None and not case.erased and self._forget(connection, case, self._clock())

    def _forget(self, connection: Transaction, case: Case, now: int) -> bool:
        held = self._vault.kept_until(connection, case.id)
        if now < held:
            return False
        self._vault.destroy(connection, case.id, NOT_CONFIRMED, now)
        self._do(connection, case, acts.erase(case, now, NOT_CONFIRMED))
        return True

    def _tighten(self, now: int) -> None:
        if self._capacity is None:
            return
        with self._store.write() as connection:
            if cases.tightening(connection, now) is not None:
                return
            one = tightened(cases.alarms_since(connection, now - DAY), now, self._capacity)
            if one is not None and cases.tighten(connection, one):
                facts: dict[str, str | int] = asdict(one)
                deeds.append(connection, Deed(DeedKind.TIGHTENED, now, KINDWARD, facts=facts))

    # what all of it has in common

    def _act(self, case_id: str, act: Callable[[Case, int], Event]) -> Case:
        with self._store.write() as connection:
            case = cases.load(connection, case_id, lock=True)
            return self._do(connection, case, act(case, self._clock()))

    def _opened(self, connection: Transaction, case: Case) -> Case:
        event = acts.opened(case)
        begun = cases.begin(connection, case, event)
        self._tell(connection, event, begun)
        return begun

    def _inherit(self, connection: Transaction, case: Case, decided: Case, now: int) -> Case:
        after = self._do(connection, case, acts.inherit(case, decided, now))
        if after.state is CaseState.DISMISSED:
            self._forget(connection, after, now)
        return after

    def _do(self, connection: Transaction, case: Case, event: Event) -> Case:
        after = cases.append(connection, case, event)
        self._tell(connection, event, after)
        return after

    def _tell(self, connection: Transaction, event: Event, case: Case) -> None:
        deed = deed_of(event, case)
        if deed is not None:
            deeds.append(connection, deed)

    def _keep(self, connection: Transaction, case_id: str, arrived: Arrived, now: int) -> None:
        items = (
            (Kind.CONTENT, arrived.content or b""),
            (Kind.PLACE, arrived.place.encode()),
            (Kind.PERSON, arrived.person),
        )
        for kind, data in items:
            if data:
                self._vault.seal(connection, case_id, kind, data, now)
