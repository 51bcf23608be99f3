"""The pages of leads, reporters, auditors and operators. None of them shows content."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
from starlette.responses import RedirectResponse, Response

from kindward.cases import CaseState
from kindward.desk import Desk
from kindward.desk.composing import Composer
from kindward.desk.reading import Reading
from kindward.errors import KindwardError, StateError
from kindward.locale import N_
from kindward.reports.facts import IncidentKind, MeasureKind
from kindward.reports.moments import Moment
from kindward.service.console import words
from kindward.service.console.rendering import Renderer
from kindward.service.console.visit import Visit
from kindward.store import Store, people

SEE_OTHER = 303
LONGEST_APPEAL = 100
MEASURES = {
    MeasureKind.REMOVED: N_("The content was removed."),
    MeasureKind.DISABLED: N_("Access to the content was disabled."),
    MeasureKind.LEFT: N_("The content was left in place."),
    MeasureKind.ACCOUNT_SUSPENDED: N_("The account was suspended."),
    MeasureKind.ACCOUNT_CLOSED: N_("The account was closed."),
    MeasureKind.ACCOUNT_LEFT: N_("The account was left as it is."),
}
KINDS = {
    IncidentKind.KNOWN: N_("known material"),
    IncidentKind.NEW: N_("material that was not known"),
    IncidentKind.SOLICITATION: N_("a child is being approached"),
}


class Further:
    """Pages for everybody who does not review."""

    def __init__(
        self,
        *,
        desk: Desk,
        reading: Reading,
        renderer: Renderer,
        store: Store,
        clock: Callable[[], int],
        composer: Composer,
    ) -> None:
        self._desk = desk
        self._reading = reading
        self._renderer = renderer
        self._store = store
        self._clock = clock
        self._composer = composer

    def _page(self, visit: Visit, template: str, **facts: Any) -> Response:  # noqa: ANN401 - what a template shows
        return self._renderer.page(visit.request, template, visit.person, proof=visit.proof, **facts)

    async def lead(self, visit: Visit) -> Response:
        """Show what waits for a lead."""
        held = await asyncio.to_thread(self._reading.in_state, CaseState.HELD)
        waiting = await asyncio.to_thread(self._reading.in_state, CaseState.OPEN, CaseState.IN_REVIEW)
        called = [case for case in waiting if case.escalated or case.urgent]
        tightening = await asyncio.to_thread(self._reading.tightening)
        return self._page(
            visit, "lead.html", held=held, called=called, words=words, now=self._clock(), tightening=tightening
        )

    async def resume(self, visit: Visit) -> Response:
        """Let a held case go on."""
        await asyncio.to_thread(self._desk.resume, visit.case, visit.person.id)
        return _go("/lead")

    async def reopen(self, visit: Visit) -> Response:
        """Begin a new round because of an appeal."""
        appeal = visit.form.get("appeal", "").strip()
        if not appeal or len(appeal) > LONGEST_APPEAL or not appeal.isprintable():
            raise StateError(
                "appeal_unnamed",
                N_("It must be said which appeal reopens the case."),
                N_("Give its number; it stands in the audit log, so it must name nobody."),
            )
        await asyncio.to_thread(self._desk.reopen, visit.case, visit.person.id, appeal)
        return _go(f"/cases/{visit.case}/history")

    async def reports(self, visit: Visit) -> Response:
        """List confirmed cases whose report nobody has released."""
        confirmed = await asyncio.to_thread(self._reading.in_state, CaseState.CONFIRMED)
        return self._page(visit, "reports.html", cases=confirmed, now=self._clock())

    async def report(self, visit: Visit) -> Response:
        """Show what the report of a case lacks, and what can be added."""
        seen = await asyncio.to_thread(self._reading.seen, visit.case)
        gaps = await asyncio.to_thread(self._reading.gaps, self._composer, visit.case, visit.person.id)
        pending, now = seen.case.pending, self._clock()
        return self._page(
            visit,
            "report.html",
            case=seen.case,
            gaps=[] if isinstance(gaps, KindwardError) else gaps,
            error=gaps if isinstance(gaps, KindwardError) else None,
            authority=self._composer.authority.name,
            outgoing=await asyncio.to_thread(self._reading.outgoing, visit.case),
            measures=MEASURES,
            kinds=KINDS,
            leftover=max(0, pending.effective_at - now) if pending and pending.by == visit.person.id else 0,
        )

    async def add(self, visit: Visit) -> Response:
        """Seal what was added to a report."""
        now = Moment(self._clock()).text
        told = visit.form
        record: dict[str, Any] = {"kind": told.get("kind") or str(IncidentKind.KNOWN), "note": told.get("note", "")}
        record["measures"] = [{"kind": str(kind), "at": now} for kind in MEASURES if told.get(f"measure-{kind}")]
        if reason := told.get("urgency", "").strip():
            record["urgency"] = {"reason": reason}
        if body := told.get("elsewhere", "").strip():
            record["elsewhere"] = [{"body": body, "reference": told.get("reference", "").strip()}]
        elif told.get("nowhere"):
            record["elsewhere"] = []
        await asyncio.to_thread(self._desk.add, visit.case, visit.person.id, msgspec.json.encode(record))
        return _go(f"/cases/{visit.case}/report")

    async def release(self, visit: Visit) -> Response:
        """Let the report of a case be sent."""
        await asyncio.to_thread(self._desk.release, visit.case, visit.person.id)
        return _go(f"/cases/{visit.case}/report")

    async def histories(self, visit: Visit) -> Response:
        """List cases for those who look at what was done."""
        found = await asyncio.to_thread(self._reading.in_state, *CaseState)
        return self._page(visit, "histories.html", cases=found, words=words)

    async def history(self, visit: Visit) -> Response:
        """Show what happened to a case, by pseudonyms."""
        seen = await asyncio.to_thread(self._reading.seen, visit.case)
        events = await asyncio.to_thread(self._reading.history, visit.case)
        outgoing = await asyncio.to_thread(self._reading.outgoing, visit.case)
        return self._page(visit, "history.html", case=seen.case, events=events, words=words, outgoing=outgoing)

    async def health(self, visit: Visit) -> Response:
        """Show counts."""
        states, outgoing, leaves = await asyncio.to_thread(self._reading.counts)
        return self._page(visit, "health.html", states=states, outgoing=outgoing, leaves=leaves, words=words)

    async def people(self, visit: Visit) -> Response:
        """List who works here."""
        with self._store.read() as connection:
            everybody = people.everybody(connection)
        return self._page(visit, "people.html", people=everybody)

    async def lock(self, visit: Visit) -> Response:
        """Lock somebody out at once, or let them in again."""
        chosen = str(visit.request.path_params["id"])
        with self._store.write() as connection:
            member = people.by_id(connection, chosen)
            if member is not None and member.id != visit.person.id:
                people.change(connection, people.changed(member, locked=not member.locked))
                people.end_sessions(connection, member.id)
        return _go("/people")


def _go(path: str) -> Response:
    return RedirectResponse(path, SEE_OTHER)
