"""The service as an application: its paths, and what happens to a request before and after them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from warehouse.layout import Layout
from warehouse.service.answers import ALWAYS, HEAD, refusal
from warehouse.service.errors import RequestError, internal_error, too_long
from warehouse.service.limits import Limits
from warehouse.service.program import program_mark
from warehouse.service.routes import data_routes, structure_routes
from warehouse.service.shelf import Shelf
from warehouse.service.work import Desk

TITLE = "ILMS: SDMX REST"
BASE = "/rest"
METHODS = "GET, HEAD, OPTIONS"
DESCRIPTION = """International labour-migration statistics by the SDMX REST API: paths of SDMX 2.1 (1.5) and of SDMX 3.0
(2.x), over the current release; `asOf` gives any earlier one. Without a choice of format (`Accept`, or `format`), data
come as SDMX-ML 2.1 generic and structures as SDMX-ML 2.1."""


def create_app(layout: Layout, limits: Limits | None = None) -> FastAPI:
    """The service over the releases of a home."""
    limits = limits or Limits()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        program_mark()  # of the code as it is when it is loaded
        shelf = Shelf(layout, limits)
        app.state.desk = Desk(shelf, limits)
        try:
            yield
        finally:
            app.state.desk.close()
            shelf.close()

    app = FastAPI(title=TITLE, description=DESCRIPTION, version="1", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.include_router(data_routes(), prefix=BASE)
    app.include_router(structure_routes(), prefix=BASE)
    app.add_api_route("/", _entry, include_in_schema=False)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestError, _refused)
    app.add_middleware(_Gate, limits=limits)
    return app


async def _entry() -> Response:
    """Where everything is."""
    return JSONResponse(
        {
            "title": TITLE,
            "dataflows": f"{BASE}/dataflow/all",
            "data": f"{BASE}/data/FLOW/KEY",
            "description": "/openapi.json",
        },
        headers=ALWAYS,
    )


async def _http_error(request: Request, error: Exception) -> Response:
    """A path or method that is not there."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = {"Allow": METHODS} if status == 405 else {}
    reasons = {404: "There is no such path.", 405: f"The service answers {METHODS}."}
    reason = reasons.get(status, "The request cannot be answered.")
    return _response(request, RequestError(status, {404: 140, 405: 501}.get(status, status), reason, headers))


async def _refused(request: Request, error: Exception) -> Response:
    return _response(request, error if isinstance(error, RequestError) else internal_error())


def _response(request: Request, error: RequestError) -> Response:
    headers, body = refusal(error, request.headers.get("accept"))
    return Response(b"" if HEAD in request.scope else body, error.status, dict(headers))


class _Gate:
    """What every request passes first: the length of its address, slashes at its end, and what browsers ask before."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app, self._limits = app, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        size = len(scope.get("raw_path") or b"") + len(scope["query_string"])
        if size > self._limits.address_bytes:
            await _response(request, too_long(self._limits.address_bytes))(scope, receive, send)
        elif scope["method"] == "OPTIONS":
            await Response(status_code=204, headers=_preflight(request))(scope, receive, send)
        else:
            path = scope["path"]
            trimmed = path.rstrip("/") or "/"
            head = {HEAD: True, "method": "GET"} if scope["method"] == "HEAD" else {}
            await self._app({**scope, **head, "path": trimmed}, receive, send)


def _preflight(request: Request) -> dict[str, str]:
    asked = request.headers.get("access-control-request-headers", "")
    allowed = asked if asked.isascii() and asked.isprintable() else ""
    return {
        **ALWAYS,
        "Allow": METHODS,
        "Access-Control-Allow-Methods": METHODS,
        "Access-Control-Allow-Headers": allowed[:1000] or "Accept, Accept-Language, If-None-Match, If-Modified-Since",
        "Access-Control-Max-Age": "86400",
    }
