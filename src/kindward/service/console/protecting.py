"""Put the protecting headers on every answer, whatever gave it."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kindward.service.console.rendering import HEADERS


class Protected:
    """An application whose answers all have the headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does, with the headers."""

        async def kept(message: Message) -> None:
            """Add what is missing at the head of an answer."""
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                more = [(n.encode(), v.encode()) for n, v in HEADERS.items() if n.encode() not in present]
                message["headers"] = [*message["headers"], *more]
            await send(message)

        await self._app(scope, receive, kept)
