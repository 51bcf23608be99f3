"""The pages at the door: name and password, then the second factor, which is set up at the first login."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from kindward.errors import KindwardError
from kindward.service.console import passwords
from kindward.service.console.forms import form
from kindward.service.console.gate import PROOF, Gate
from kindward.service.console.rendering import Renderer

SEE_OTHER = 303


def login_routes(gate: Gate, renderer: Renderer) -> list[Route]:
    """Give the routes that need no login."""
    door = _Door(gate, renderer)
    return [
        Route("/login", door.login, methods=["GET"]),
        Route("/login", door.log_in, methods=["POST"]),
        Route("/second", door.second, methods=["GET"]),
        Route("/second", door.seconded, methods=["POST"]),
        Route("/logout", door.log_out, methods=["POST"]),
    ]


class _Door:
    def __init__(self, gate: Gate, renderer: Renderer) -> None:
        self._gate, self._renderer = gate, renderer

    async def login(self, request: Request) -> Response:
        """Ask for name and password."""
        return self._renderer.page(request, "login.html")

    async def log_in(self, request: Request) -> Response:
        """Check name and password; slow by design, so it happens beside the loop."""
        address = request.client.host if request.client else ""
        try:
            told = await form(request)
            login, password = told.get("login", "").strip()[:64], told.get("password", "")
            cookie, _ = await asyncio.to_thread(self._gate.log_in, login, password, address)
        except KindwardError as problem:
            return self._renderer.page(request, "login.html", status=403, error=problem)
        answer = RedirectResponse("/second", SEE_OTHER)
        self._gate.set_cookie(answer, cookie)
        return answer

    async def second(self, request: Request) -> Response:
        """Ask for the code of the second factor; show its secret once, to whoever has none yet."""
        entry = self._gate.entry(request)
        if entry is None:
            return RedirectResponse("/login", SEE_OTHER)
        if entry.session.whole:
            return RedirectResponse("/", SEE_OTHER)
        secret = ""
        if entry.member.factor is None or entry.member.factor_step == 0:
            # Until a code was shown once, nobody has the secret for sure; so a new one is made for whoever asks again.
            secret = passwords.shown(self._gate.new_factor(entry.member))
        return self._renderer.page(request, "second.html", proof=entry.session.proof, secret=secret)

    async def seconded(self, request: Request) -> Response:
        """Check the code and let the person in."""
        entry = self._gate.entry(request)
        if entry is None:
            return RedirectResponse("/login", SEE_OTHER)
        try:
            told = await form(request)
            self._gate.require_proof(entry, told.get(PROOF, ""))
            cookie, _ = await asyncio.to_thread(self._gate.second, entry, told.get("code", ""))
        except KindwardError as problem:
            return self._renderer.page(
                request, "second.html", status=403, error=problem, proof=entry.session.proof, secret=""
            )
        answer = RedirectResponse("/", SEE_OTHER)
        self._gate.set_cookie(answer, cookie)
        return answer

    async def log_out(self, request: Request) -> Response:
        """End the session."""
        entry = self._gate.entry(request)
        answer = RedirectResponse("/login", SEE_OTHER)
        if entry is not None:
            self._gate.require_proof(entry, (await form(request)).get(PROOF, ""))
            self._gate.log_out(entry)
        self._gate.drop_cookie(answer)
        return answer
