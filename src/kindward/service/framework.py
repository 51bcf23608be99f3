"""Every route in the framework: for the OpenAPI document, for wrong methods and unknown addresses, and for the rest."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException

from kindward import __version__
from kindward.service import schema
from kindward.service.answers import PROTECTION, Answer
from kindward.service.asked import KEY, Asked
from kindward.service.refusals import internal, no_such_route, wrong_method
from kindward.service.routes import Routes

Handler = Callable[[Asked], Awaitable[Answer]]


def build(routes: Routes, lifespan: Callable[[FastAPI], Any]) -> FastAPI:
    """Declare all routes. There is no page that tries them out: such pages load scripts from elsewhere."""
    app = FastAPI(
        title="kindward",
        version=__version__,
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )

    async def document(asked: Asked) -> Answer:
        """Give the OpenAPI document to any role."""
        return await routes.admitted(asked, "/openapi.json", lambda: describe(app))

    handlers: dict[str, Handler] = {
        "/v1/check": routes.check,
        "/v1/match": routes.match,
        "/v1/banks": routes.banks,
        "/metrics": routes.metrics,
        "/healthz": routes.health,
        "/readyz": routes.ready,
        "/openapi.json": document,
    }
    for path, handler in handlers.items():
        told = schema.ROUTES[path]
        app.add_api_route(
            path,
            _endpoint(handler),
            methods=[told["method"]],
            operation_id=told["operation"],
            summary=told["summary"],
            description=told["description"],
            responses=told["responses"],
            openapi_extra=told["extra"],
            status_code=200,
            response_class=Response,
        )
    _catch(app, routes)
    return app


def describe(app: FastAPI) -> dict[str, Any]:
    """Write the OpenAPI document."""
    document = get_openapi(
        title="kindward",
        version=__version__,
        summary="Look pictures up in lists of known child-abuse material before they are sent.",
        description=schema.DESCRIPTION,
        routes=app.routes,
    )
    document["components"] = schema.COMPONENTS
    document["security"] = [{"token": []}]
    for path, told in schema.ROUTES.items():
        # The framework adds an answer without a content type for each route's plain response class.
        document["paths"][path][told["method"].lower()]["responses"] = told["responses"]
    return document


def _endpoint(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        """Answer as the short way would."""
        return _response(await handler(_asked(request)))

    return endpoint


def _asked(request: Request) -> Asked:
    asked = request.scope.get(KEY)
    return asked if isinstance(asked, Asked) else Asked(request.scope, request.receive)


def _response(answer: Answer, further: dict[str, str] | None = None) -> Response:
    response = Response(answer.body, answer.status)
    pairs = [(name, value) for name, value in answer.head() if (name, value) not in PROTECTION]
    response.raw_headers = [*pairs, *((n.encode().lower(), v.encode()) for n, v in (further or {}).items())]
    return response


def _catch(app: FastAPI, routes: Routes) -> None:
    async def by_framework(request: Request, problem: Exception) -> Response:
        """Say in our own form what the framework found."""
        wrong = isinstance(problem, HTTPException) and problem.status_code == wrong_method().status
        headers = problem.headers if isinstance(problem, HTTPException) else None
        refusal = wrong_method() if wrong else no_such_route()
        return _response(routes.refuse(_asked(request), refusal), dict(headers or {}))

    async def by_fault(request: Request, _: Exception) -> Response:
        """Own up to a fault."""
        return _response(routes.refuse(_asked(request), internal()))

    app.add_exception_handler(HTTPException, by_framework)
    app.add_exception_handler(Exception, by_fault)
