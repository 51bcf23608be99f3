"""Look at cases without touching them: for lists, for one's own page, for the history that auditors read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kindward.cases import Case, CaseState, Event
from kindward.cases.capacity import Tightening
from kindward.cases.exposure import WEEK, Budget, left_today, pause_until
from kindward.desk.composing import Composer
from kindward.errors import KindwardError
from kindward.evidence import Evidence, Kind, Vault
from kindward.reports import Gap
from kindward.store import Store, cases, deeds, outbox
from kindward.store.outbox import Outgoing

LISTED = 100
"""Cases of one list; a person does not work through more at once."""


@dataclass(frozen=True, slots=True)
class Own:
    """What one person may still open, and until when a pause is due; nobody else is shown this."""

    left: int
    pause_until: int
    held: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A case as its page shows it: what was decided about the same entry, and which items there are."""

    case: Case
    items: tuple[Evidence, ...]
    neighbours: tuple[Case, ...] = ()


class Reading:
    """Questions about cases."""

    def __init__(self, store: Store, vault: Vault, budget: Budget, clock: Callable[[], int]) -> None:
        self._store, self._vault, self._budget, self._clock = store, vault, budget, clock

    def own(self, person: str) -> Own:
        """Say how much one person may still open, and which case they have."""
        now = self._clock()
        with self._store.read() as connection:
            seen = cases.exposures(connection, person, now - WEEK)
            held = cases.held_by(connection, person, now)
        return Own(left_today(seen, now, self._budget), pause_until(seen, now, self._budget), held or "")

    def seen(self, case_id: str) -> Seen:
        """Give a case for its page. Raises: StateError if there is none."""
        with self._store.read() as connection:
            case = cases.load(connection, case_id)
            neighbours = tuple(one for one in cases.neighbours(connection, case) if one.rulings)
            return Seen(case, tuple(self._vault.items(connection, case_id)), neighbours)

    def texts(self, case_id: str, by: str) -> list[tuple[Evidence, str]]:
        """Read what people wrote in a case; who reads it stands in the audit log."""
        told = list[tuple[Evidence, str]]()
        with self._store.write() as connection:
            for item in self._vault.items(connection, case_id):
                if item.kind is Kind.TEXT:
                    with self._vault.opened(connection, item.id, by=by, purpose="decide", now=self._clock()) as data:
                        told.append((item, bytes(data).decode("utf-8", "replace")))
        return told

    def in_state(self, *states: CaseState) -> list[Case]:
        """List cases in some states, the nearest deadline first."""
        with self._store.read() as connection:
            found = [one for state in states for one in cases.in_state(connection, state, most=LISTED)]
            return sorted((cases.load(connection, one) for one in found), key=lambda case: case.deadline)[:LISTED]

    def history(self, case_id: str) -> list[Event]:
        """List what happened to a case. Raises: StateError if there is none."""
        with self._store.read() as connection:
            cases.load(connection, case_id)
            return cases.history(connection, case_id)

    def outgoing(self, case_id: str) -> list[Outgoing]:
        """List the reports of a case."""
        with self._store.read() as connection:
            return outbox.of_case(connection, case_id)

    def counts(self) -> tuple[Mapping[str, int], Mapping[str, int], int]:
        """Count cases by state, reports by where they stand, and leaves of the audit log."""
        with self._store.read() as connection:
            return cases.counts(connection, self._clock()), outbox.counts(connection), deeds.size(connection)

    def tightening(self) -> Tightening | None:
        """Give the tightening of alarms that is in force; None if there is none."""
        with self._store.read() as connection:
            return cases.tightening(connection, self._clock())

    def gaps(self, composer: Composer, case_id: str, by: str) -> list[Gap] | KindwardError:
        """List what the report of a case lacks, or say why that cannot be told."""
        try:
            with self._store.write() as connection:
                return composer.gaps(connection, cases.load(connection, case_id), by)
        except KindwardError as problem:
            return problem
