"""Write pages: one environment, escaped by default, in the reader's language, with headers that let nothing in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from kindward.config import Settings
from kindward.errors import KindwardError
from kindward.locale import explain, translate
from kindward.reports.moments import utc
from kindward.service.console.roles import Act, Person, may
from kindward.service.problems import choose_language

FOLDER = Path(__file__).parent
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
HEADERS: Mapping[str, str] = {
    "cache-control": "no-store",
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), display-capture=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


class Renderer:
    """Write pages from templates."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pages = Environment(
            loader=FileSystemLoader(FOLDER / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._pages.filters["moment"] = utc

    def page(
        self,
        request: Request,
        template: str,
        person: Person | None = None,
        *,
        status: int = 200,
        proof: str = "",
        error: KindwardError | None = None,
        **facts: Any,  # noqa: ANN401 - whatever the template shows
    ) -> Response:
        """Write a page; ``error`` is told at its head, as a sentence and what to do."""
        language = self.language(request, person)

        def t(text: str, **named: object) -> str:
            """Give a text in the reader's language with its facts."""
            return translate(text, language).format(**named) if named else translate(text, language)

        told = explain(error, language) if error is not None else None
        body = self._pages.get_template(template).render(
            t=t,
            language=language,
            person=person,
            may=lambda name: person is not None and may(person, Act(name)),
            proof=proof,
            told=told,
            talk_to=self._settings.console.talk_to,
            **facts,
        )
        return HTMLResponse(body, status, headers=dict(HEADERS))

    @staticmethod
    def language(request: Request, person: Person | None) -> str:
        """Choose the reader's language: their own, else what the browser asks for."""
        if person is not None:
            return person.language
        return choose_language(request.headers.get("accept-language", "").encode("latin-1", "replace"))
