"""Find the route of a request among HMA's and answer in HMA's form; everything else goes on to the framework."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import msgspec
from starlette.types import ASGIApp

from kindward.errors import KindwardError
from kindward.locale import explain
from kindward.service.answers import Answer, Receive, Scope, Send
from kindward.service.asked import KEY, Asked
from kindward.service.front import deliver
from kindward.service.log import Log, place
from kindward.service.metrics import Metrics
from kindward.service.problems import public
from kindward.service.refusals import ClientGoneError, Refusal, internal

Handler = Callable[[Asked, dict[str, str]], Awaitable[Answer]]
PREFIXES = ("/h/", "/m/", "/c/", "/status", "/site-map", "/openapi/")


class Door:
    """Answer HMA's addresses. ``routes`` are (method, template, handler); ``{name}`` in a template is one segment."""

    def __init__(self, inner: ASGIApp, routes: list[tuple[str, str, Handler]], metrics: Metrics, log: Log) -> None:
        self._inner = inner
        self._routes = [(method, template, _pattern(template), handler) for method, template, handler in routes]
        self._metrics = metrics
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one request, or the start and end of the application."""
        asked = scope.get(KEY)
        if scope["type"] != "http" or not isinstance(asked, Asked) or not scope["path"].startswith(PREFIXES):
            await self._inner(scope, receive, send)
            return
        await deliver(await self._answer(asked), asked, send)

    async def _answer(self, asked: Asked) -> Answer:
        path = asked.scope["path"]
        fitting = [
            (method, template, handler, found)
            for method, template, pattern, handler in self._routes
            if (found := pattern.fullmatch(path))
        ]
        for method, template, handler, found in fitting:
            asked.route = template
            if method == asked.scope["method"]:
                return await self._handled(asked, handler, found.groupdict())
        if fitting:
            allowed = ", ".join(sorted({method for method, *_ in fitting}))
            return Answer(405, b'{"message":"method not allowed"}', headers=((b"allow", allowed.encode()),))
        return Answer(404, b'{"message":"not found"}')

    async def _handled(self, asked: Asked, handler: Handler, names: dict[str, str]) -> Answer:
        try:
            return await handler(asked, names)
        except ClientGoneError:
            raise
        except KindwardError as error:
            return self._refused(asked, error)
        except Exception as fault:  # noqa: BLE001 - its text could hold content, so it ends here
            self._log.error("fault", route=asked.route, kind=type(fault).__name__, place=place(fault))
            return self._refused(asked, internal())

    def _refused(self, asked: Asked, error: KindwardError) -> Answer:
        asked.refused = error.code
        self._metrics.refusal(asked.route, error.code)
        told = public(error)
        sentence, hint = explain(told, asked.language)
        record = {"message": sentence, "code": error.code, "hint": hint}
        headers = told.headers if isinstance(told, Refusal) else ()
        status = told.status if isinstance(told, Refusal) else told.http_status
        return Answer(status, msgspec.json.encode(record), headers=headers)


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]{1,255})", template))
