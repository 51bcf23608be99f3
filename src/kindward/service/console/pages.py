"""What the pages and forms do; who may use them was decided before."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from typing import Any

from starlette.responses import RedirectResponse, Response

from kindward.cases import CaseState, Ruling, refusals
from kindward.config import Settings
from kindward.desk import Desk
from kindward.desk.reading import Reading
from kindward.errors import StateError
from kindward.help import Audience, find
from kindward.locale import LANGUAGES, N_
from kindward.service.console import words
from kindward.service.console.further import Further
from kindward.service.console.looking import OPEN_SECONDS, Size, shown
from kindward.service.console.rendering import Renderer
from kindward.service.console.roles import Act, Role, may
from kindward.service.console.visit import Visit
from kindward.store import Store, people

SEE_OTHER = 303
PNG = "image/png"
TURNING_AFTER = 20 * 60
"""Seconds after a look in which a page offers the game."""


class Pages(Further):
    """The pages of people who review; those of the other roles are in ``Further``."""

    def __init__(
        self,
        settings: Settings,
        *,
        store: Store,
        desk: Desk,
        reading: Reading,
        renderer: Renderer,
        clock: Callable[[], int],
        policy: str = "",
        **others: Any,  # noqa: ANN401 - what the other pages need
    ) -> None:
        super().__init__(desk=desk, reading=reading, renderer=renderer, store=store, clock=clock, **others)
        self._settings = settings
        self._policy = policy

    async def home(self, visit: Visit) -> Response:
        """Show where to begin."""
        own = await asyncio.to_thread(self._reading.own, visit.person.id)
        return self._page(visit, "home.html", own=own, now=self._clock())

    async def language(self, visit: Visit) -> Response:
        """Change one's language."""
        chosen = visit.form.get("language", "")
        if chosen in LANGUAGES:
            with self._store.write() as connection:
                member = people.by_id(connection, visit.person.id)
                assert member is not None
                people.change(connection, people.changed(member, language=chosen))
        return _go("/")

    async def take(self, visit: Visit) -> Response:
        """Give the next case."""
        lead = Role.LEAD in visit.person.roles
        case = await asyncio.to_thread(self._desk.next, visit.person.id, lead=lead)
        if case is None:
            raise StateError(
                "nothing_waits",
                N_("Nothing waits for you at the moment."),
                N_("Have a break; look again later."),
            )
        return _go(f"/cases/{case.id}")

    async def case(self, visit: Visit) -> Response:
        """Show the case that the person has, closed."""
        return await asyncio.to_thread(self._case_page, visit)

    def _case_page(self, visit: Visit, **opened: object) -> Response:
        now, me = self._clock(), visit.person.id
        seen = self._reading.seen(visit.case)
        case = seen.case
        mine = case.leased_by(now) == me or (case.pending is not None and case.pending.by == me)
        if not mine:
            raise refusals.not_yours(visit.case)
        texts = self._reading.texts(visit.case, me) if case.waits and case.pending is None else []
        looked = max((one.at for one in case.viewings if one.by == me), default=0)
        facts = {
            "case": case,
            "items": [item for item in seen.items if item.kind == "content"],
            "places": [item for item in seen.items if item.kind == "place"],
            "texts": texts,
            "neighbours": seen.neighbours,
            "words": words,
            "own": self._reading.own(me),
            "policy": self._policy,
            "now": now,
            "leftover": max(0, case.pending.effective_at - now) if case.pending else 0,
            "lead": may(visit.person, Act.LEAD),
            "turning": now - looked < TURNING_AFTER,
            "seconds": OPEN_SECONDS,
            "picture": "",
        }
        return self._page(visit, "case.html", **{**facts, **opened})

    async def look(self, visit: Visit) -> Response:
        """Open a content for a short time: to a script as bytes, to a form as a page that covers itself again."""
        if not visit.person.may_look:
            raise StateError(
                "ground_missing",
                N_("For you no ground is recorded on which you may open content."),
                N_("Whoever runs the console records it (Section 184b(5) of the German Criminal Code)."),
            )
        size = Size(visit.form.get("size", "")) if visit.form.get("size", "") in set(Size) else Size.SMALL
        item = visit.form.get("item", "")
        data = await asyncio.to_thread(
            self._desk.look, visit.case, item, visit.person.id, entire=size.entire, seconds=OPEN_SECONDS
        )
        picture = await asyncio.to_thread(shown, data, size)
        if PNG in visit.request.headers.get("accept", ""):
            return Response(picture, media_type=PNG)
        told = {"picture": base64.b64encode(picture).decode(), "size": str(size), "item": item}
        return await asyncio.to_thread(self._case_page, visit, **told)

    async def rule(self, visit: Visit) -> Response:
        """Take a decision; it takes effect later."""
        ruling, reason = visit.form.get("ruling", ""), visit.form.get("reason", "")
        fitting = {"confirm": words.CONFIRMING, "dismiss": words.DISMISSING}.get(ruling, ())
        if reason not in fitting:
            raise refusals.no_reason()
        await asyncio.to_thread(self._desk.rule, visit.case, visit.person.id, Ruling(ruling), reason)
        return _go(f"/cases/{visit.case}")

    async def undo(self, visit: Visit) -> Response:
        """Take one's own decision back."""
        case = await asyncio.to_thread(self._desk.undo, visit.case, visit.person.id)
        released = case.state is CaseState.CONFIRMED
        return _go(f"/cases/{visit.case}/report" if released else f"/cases/{visit.case}")

    async def waiting(self, visit: Visit) -> Response:
        """Say how long a decision can still be undone; the page asks for it again and again."""
        seen = await asyncio.to_thread(self._reading.seen, visit.case)
        pending, me = seen.case.pending, visit.person.id
        if not (any(ruled.by == me for ruled in seen.case.rulings) or (pending is not None and pending.by == me)):
            raise refusals.not_yours(visit.case)
        leftover = max(0, pending.effective_at - self._clock()) if pending is not None and pending.by == me else 0
        return self._page(visit, "waiting.html", case=seen.case, leftover=leftover)

    async def hold(self, visit: Visit) -> Response:
        """Give a case to a lead."""
        await asyncio.to_thread(self._desk.hold, visit.case, visit.person.id, "asked")
        return _go("/")

    async def give_back(self, visit: Visit) -> Response:
        """Hand a case back, without a reason."""
        await asyncio.to_thread(self._desk.give_back, visit.case, visit.person.id)
        return _go("/")

    async def note(self, visit: Visit) -> Response:
        """Seal a note with the case."""
        if text := visit.form.get("text", "").strip():
            await asyncio.to_thread(self._desk.note, visit.case, visit.person.id, text)
        return _go(f"/cases/{visit.case}")

    async def pause(self, visit: Visit) -> Response:
        """Show whom one can talk to, and what helps."""
        own = await asyncio.to_thread(self._reading.own, visit.person.id)
        country = self._settings.legal.country or "DE"
        services = find(country, Audience.REVIEWER, visit.person.language)
        return self._page(visit, "pause.html", own=own, services=services, now=self._clock())

    async def leave_for_pause(self, visit: Visit) -> Response:
        """Hand back what the person has, and show whom they can talk to. Nobody is told."""
        own = await asyncio.to_thread(self._reading.own, visit.person.id)
        if own.held:
            await asyncio.to_thread(self._desk.give_back, own.held, visit.person.id)
        return _go("/pause")

    async def turning(self, visit: Visit) -> Response:
        """Show the game with figures that turn."""
        return self._page(visit, "turning.html")


def _go(path: str) -> Response:
    return RedirectResponse(path, SEE_OTHER)
