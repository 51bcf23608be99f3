"""Put the console together: every route goes through one door, which knows the table of who may do what."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from kindward.errors import KindwardError, StateError
from kindward.locale import N_
from kindward.service.console.forms import form
from kindward.service.console.gate import PROOF, Gate
from kindward.service.console.login import login_routes
from kindward.service.console.pages import Pages
from kindward.service.console.protecting import Protected
from kindward.service.console.rendering import FOLDER, Renderer
from kindward.service.console.roles import Person, may
from kindward.service.console.routes import POST, TABLE, Entry
from kindward.service.console.visit import Visit
from kindward.service.log import Log, place
from kindward.service.refusals import internal

SEE_OTHER = 303


def create(gate: Gate, renderer: Renderer, pages: Pages, log: Log) -> Starlette:
    """Build the ASGI application of the console."""
    routes = [
        *login_routes(gate, renderer),
        *(Route(entry.path, _guarded(entry, gate, renderer, pages, log), methods=[entry.method]) for entry in TABLE),
        Mount("/static", StaticFiles(directory=FOLDER / "static")),
    ]

    async def lost(request: Request, _: Exception) -> Response:
        """Say that there is no such page."""
        return renderer.page(request, "error.html", gate.person(request), status=404, error=_no_page())

    return Starlette(routes=routes, exception_handlers={404: lost, 405: lost}, middleware=[Middleware(Protected)])


def _guarded(
    entry: Entry, gate: Gate, renderer: Renderer, pages: Pages, log: Log
) -> Callable[[Request], Awaitable[Response]]:
    handle = getattr(pages, entry.name)

    async def guarded(request: Request) -> Response:
        """Answer who may; send others to the door, or say what they may not."""
        at_door = gate.entry(request)
        if at_door is None or not at_door.session.whole:
            return RedirectResponse("/login", SEE_OTHER)
        person = gate.known(at_door.member)
        visit = Visit(request, person, at_door.session.proof)
        try:
            _require(person, entry)
            if entry.method == POST:
                visit.form = await form(request)
                gate.require_proof(at_door, visit.form.get(PROOF, ""))
            answer: Response = await handle(visit)
        except KindwardError as problem:
            return _told(renderer, visit, problem)
        except Exception as fault:  # noqa: BLE001 - its text could hold content, so it ends here
            _log_fault(log, entry, fault)
            return _told(renderer, visit, internal())
        return answer

    return guarded


def _require(person: Person, entry: Entry) -> None:
    if not may(person, entry.act):
        raise StateError(
            "role_forbids",
            N_("This page belongs to another role."),
            N_("Whoever runs the console decides who has which role."),
        )


def _log_fault(log: Log, entry: Entry, fault: Exception) -> None:
    log.error("fault", route=entry.path, kind=type(fault).__name__, place=place(fault))


def _told(renderer: Renderer, visit: Visit, problem: KindwardError) -> Response:
    status = 403 if problem.code in {"role_forbids", "form_foreign"} else problem.http_status
    return renderer.page(visit.request, "error.html", visit.person, status=status, proof=visit.proof, error=problem)


def _no_page() -> StateError:
    return StateError("page_missing", N_("There is no such page."), N_("Go back to the beginning."))
