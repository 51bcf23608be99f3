"""The pages for telling something: a form, a receipt, and the answer under the number of the receipt.

Nobody is asked who they are, and no picture is asked for. What was told is sealed at once and stands in no log.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from kindward.cases import CaseState
from kindward.cases.case import WAITING
from kindward.cases.notices import LONGEST, LONGEST_PLACE, Concern, Notice, Teller
from kindward.desk import Desk
from kindward.errors import KindwardError, StateError
from kindward.help import Audience, find
from kindward.locale import N_, explain, translate
from kindward.service.console.forms import form
from kindward.service.console.protecting import Protected
from kindward.service.console.rendering import FOLDER as CONSOLE
from kindward.service.console.rendering import HEADERS
from kindward.service.log import Log, place
from kindward.service.portal.slowing import Slowing
from kindward.service.problems import choose_language
from kindward.service.refusals import internal
from kindward.store import Store, cases, requests

SERVICES = 3
"""Services of the help directory that stand on the page."""
CONCERNS = {
    Concern.PICTURES: N_("Somebody sends or shows bad pictures"),
    Concern.GROOMING: N_("An adult writes to a child in a strange way"),
    Concern.THREAT: N_("Somebody threatens or blackmails a child"),
    Concern.MEETING: N_("Somebody wants to meet a child"),
    Concern.DEPICTED: N_("I am in pictures and want them gone"),
    Concern.OTHER: N_("Something else"),
}
TELLERS = {
    Teller.CHILD: N_("I am under 18"),
    Teller.USER: N_("I am 18 or older"),
    Teller.ANONYMOUS: N_("I do not want to say"),
}
WAITS = N_("People are looking at it. You need not do anything.")
CONFIRMED = N_("People have looked at it and agree with you. What was necessary is being done.")
NOT_CONFIRMED = N_("People have looked at it and could not confirm it. If something new happens, please tell it again.")


_Act = Callable[[Request, dict[str, str]], Awaitable[Response]]


class Portal:
    """What the pages do."""

    def __init__(
        self, store: Store, desk: Desk, *, country: str, slowing: Slowing, log: Log, clock: Callable[[], int]
    ) -> None:
        self._store, self._desk, self._country = store, desk, country
        self._slowing, self._log, self._clock = slowing, log, clock
        self._pages = Environment(
            loader=FileSystemLoader(CONSOLE.parent / "portal" / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    async def begin(self, request: Request) -> Response:
        """Show the form."""
        return self._page(request, "tell.html")

    async def tell(self, request: Request) -> Response:
        """Take a notice in and give its receipt."""
        return await self._guarded(request, "tell.html", self._told)

    async def ask(self, request: Request) -> Response:
        """Ask for the number of a receipt."""
        return self._page(request, "answer.html", said="")

    async def answer(self, request: Request) -> Response:
        """Give the answer under a number."""
        return await self._guarded(request, "answer.html", self._answered, said="")

    async def _told(self, request: Request, given: dict[str, str]) -> Response:
        concern, teller = given.get("concern", ""), given.get("teller", "")
        notice = Notice(
            Teller(teller) if teller in set(TELLERS) else Teller.ANONYMOUS,
            Concern(concern) if concern in set(Concern) else Concern.OTHER,
            given.get("text", ""),
            given.get("place", ""),
            language=_language(request),
        )
        number, urgent = await asyncio.to_thread(self._keep, notice)
        return self._page(request, "receipt.html", number=number, urgent=urgent)

    def _keep(self, notice: Notice) -> tuple[str, bool]:
        case = self._desk.notice(notice)
        with self._store.write() as connection:
            return requests.new_receipt(connection, case.id, self._clock()), bool(case.urgent)

    async def _answered(self, request: Request, given: dict[str, str]) -> Response:
        said = await asyncio.to_thread(self._look_up, given.get("number", "")[:100])
        return self._page(request, "answer.html", said=said)

    def _look_up(self, number: str) -> str:
        with self._store.read() as connection:
            case_id = requests.case_of(connection, number)
            if case_id is None:
                raise StateError(
                    "receipt_unknown",
                    N_("There is no receipt with this number."),
                    N_("Look at the number once more: five groups of four letters and digits."),
                )
            state = cases.load(connection, case_id).state
        if state in WAITING:
            return WAITS
        return NOT_CONFIRMED if state is CaseState.DISMISSED else CONFIRMED

    async def _guarded(self, request: Request, template: str, act: _Act, **facts: str) -> Response:
        try:
            self._slowing.require_room(request.client.host if request.client else "")
            return await act(request, await form(request))
        except KindwardError as problem:
            return self._page(request, template, error=problem, **facts)
        except Exception as fault:  # noqa: BLE001 - its text could hold what was told, so it ends here
            self._note(fault)
            return self._page(request, template, error=internal(), **facts)

    def _note(self, fault: Exception) -> None:
        self._log.error("fault", route="portal", kind=type(fault).__name__, place=place(fault))

    def _page(
        self, request: Request, template: str, *, error: KindwardError | None = None, **facts: object
    ) -> Response:
        language = _language(request)
        told = explain(error, language) if error is not None else None

        def t(text: str, **named: object) -> str:
            """Give a text in the reader's language with its facts."""
            return translate(text, language).format(**named) if named else translate(text, language)

        body = self._pages.get_template(template).render(
            t=t,
            language=language,
            told=told,
            concerns=CONCERNS,
            tellers=TELLERS,
            longest=LONGEST,
            longest_place=LONGEST_PLACE,
            services=find(self._country, Audience.CHILD, language)[:SERVICES],
            **facts,
        )
        return HTMLResponse(body, 200 if error is None else error.http_status, headers=dict(HEADERS))


def create(portal: Portal) -> Starlette:
    """Build the ASGI application of the pages for telling something."""
    routes = [
        Route("/", portal.begin, methods=["GET"]),
        Route("/", portal.tell, methods=["POST"]),
        Route("/answer", portal.ask, methods=["GET"]),
        Route("/answer", portal.answer, methods=["POST"]),
        Mount("/static", StaticFiles(directory=CONSOLE / "static")),
    ]
    return Starlette(routes=routes, middleware=[Middleware(Protected)])


def _language(request: Request) -> str:
    return choose_language(request.headers.get("accept-language", "").encode("latin-1", "replace"))
