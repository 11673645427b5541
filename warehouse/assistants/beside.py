"""Assistants beside the REST service: at a path of the same address, on the same open releases, within its limits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from warehouse.assistants.server import create_server

PATH = "/mcp"
LONGEST_QUESTION = 65_536
"""Bytes of one question."""


class _Questions:
    """What is asked at the path: each question is answered for itself, and no stream is kept open."""

    def __init__(self) -> None:
        self.server = Starlette()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "POST":
            await self.server(scope, receive, send)
        else:
            await PlainTextResponse("Questions are posted.", 405, {"Allow": "POST"})(scope, receive, send)


def with_assistants(service: FastAPI, *, host: str) -> Starlette:
    """The service, and assistants beside it. At an address of this machine alone, pages of other sites cannot ask."""
    questions = _Questions()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with service.router.lifespan_context(service):
            server = create_server(service.state.desk)
            questions.server = server.streamable_http_app(
                streamable_http_path=PATH,
                stateless_http=True,
                json_response=True,
                max_request_body_size=LONGEST_QUESTION,
                host=host,
            )
            async with server.session_manager.run():
                yield

    return Starlette(routes=[Route(PATH, endpoint=questions), Mount("/", app=service)], lifespan=lifespan)
