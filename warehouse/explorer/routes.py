"""The addresses of the explorer, and which page each is."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from schemas.declaration import Language
from warehouse.explorer.answering import FOLDER, Asked, prepare_chart, prepare_page, prepare_spec, refused, safe_headers
from warehouse.explorer.charts.bundle import NAME as VEGA
from warehouse.explorer.charts.bundle import packed_bundle
from warehouse.explorer.corridor import corridor_page
from warehouse.explorer.corridors import corridors_page
from warehouse.explorer.country import country_page
from warehouse.explorer.definitions import definitions_page
from warehouse.explorer.embedded import embedded
from warehouse.explorer.front import front_page
from warehouse.explorer.indicator import indicator_page
from warehouse.explorer.number import number_page
from warehouse.explorer.page import Make
from warehouse.explorer.region import region_page
from warehouse.explorer.room import Room, room_routes
from warehouse.explorer.search import search_page
from warehouse.explorer.sessions import Sessions
from warehouse.explorer.shelves import Shelves
from warehouse.explorer.source import source_page
from warehouse.explorer.topic import topic_page
from warehouse.language import LANGUAGES
from warehouse.layout import Layout
from warehouse.service.answers import Answer, Prepared
from warehouse.service.errors import RequestError, no_results, syntax_error
from warehouse.service.negotiation import choices
from warehouse.service.work import Job

Endpoint = Callable[[Request], Awaitable[Response]]
Prepares = Callable[[Job, Asked], Prepared]

FRONT = "/"
SCRIPT = "text/javascript; charset=utf-8"
STATIC = {"style.css": "text/css; charset=utf-8", "explorer.js": SCRIPT, "icon.svg": "image/svg+xml"}
PARTS = {
    "release": r"\d{8}T\d{6}Z-[0-9a-f]{8}",
    "chart": r"\d{1,2}",
    "area": r"[A-Z][A-Z0-9_]{2,12}",
    "indicator": r"[A-Z][A-Z0-9_]{2,60}",
    "source": r"[A-Z0-9]{3}\.[A-Za-z0-9_]{1,60}",
    "time": r"\d{4}([SQM]\d{1,2})?",
    "sex": r"-|[A-Z0-9_]{1,20}",
    "classif1": r"-|[A-Z0-9_.-]{1,60}",
    "classif2": r"-|[A-Z0-9_.-]{1,60}",
    "period": r"\d{4}([SQM]\d{1,2})?",
    "code": r"[A-Z0-9_.-]{1,60}",
    "origin": r"[A-Z]{3}",
    "destination": r"[A-Z]{3}",
    "topic": r"[A-Z]{3}",
    "q": r"[^\x00-\x1f]{1,120}",
    "by": r"[A-Z0-9_.-]{1,60}",
}
"""How each part of an address, and each parameter, is written."""


@dataclass(frozen=True)
class Address:
    """A page: its path after the language, what makes it, and the parameters that it takes."""

    path: str
    make: Make
    parameters: tuple[str, ...] = ()
    may_be_framed: bool = False


ADDRESSES = (
    Address("", front_page),
    Address("/country/{area}", country_page),
    Address("/indicator/{indicator}", indicator_page, ("code",)),
    Address("/indicator/{indicator}/{area}", indicator_page, ("code", "by", "period", "source")),
    Address("/number/{indicator}/{area}/{source}/{time}/{sex}/{classif1}/{classif2}", number_page),
    Address("/definitions", definitions_page),
    Address("/search", search_page, ("q",)),
    Address("/topic/{topic}", topic_page),
    Address("/source/{source}", source_page),
    Address("/region/{area}", region_page),
    Address("/corridors", corridors_page, ("indicator",)),
    Address("/corridor/{origin}/{destination}", corridor_page),
    Address("/embed/indicator/{indicator}", embedded, ("code",), may_be_framed=True),
    Address("/embed/indicator/{indicator}/{area}", embedded, ("code", "by", "period", "source"), may_be_framed=True),
)


def add_pages(service: FastAPI, layout: Layout, room: Room | None = None) -> FastAPI:
    """The service with the explorer beside it: its front page for browsers, every page in every language, and the
    curators' room where it is given."""
    shelves = Shelves(layout)
    router = APIRouter(include_in_schema=False)
    if room is not None:
        router.include_router(room_routes(room, Sessions()))
    for language in LANGUAGES:
        for each in ADDRESSES:
            page = _answering(each, language, shelves, prepare_page)
            chart = _answering(each, language, shelves, prepare_chart)
            spec = _answering(each, language, shelves, prepare_spec)
            for start in (f"/{language}", f"/{language}/at/{{release}}"):
                router.add_api_route(start + each.path, page, response_class=Response)
                router.add_api_route(f"{start}/chart/{{chart}}{each.path}", chart, response_class=Response)
                router.add_api_route(f"{start}/spec/{{chart}}{each.path}", spec, response_class=Response)
        router.add_api_route(f"/{language}/{{rest:path}}", _nowhere(language), response_class=Response)
    router.add_api_route(f"/static/{VEGA}", _vega, response_class=Response)
    router.add_api_route("/static/{name}", _static, response_class=Response)
    service.include_router(router)
    _put_first(service)
    return service


def _answering(address: Address, language: Language, shelves: Shelves, prepare: Prepares) -> Endpoint:
    async def answer(request: Request) -> Response:
        try:
            parts = checked(request, address.parameters)
        except RequestError as error:
            return _refusal(error, language)
        asked = Asked(request, address.make, parts, language, shelves, address.may_be_framed)
        desk = request.app.state.desk
        return Answer(desk, request, lambda job: prepare(job, asked), refuse=lambda error, _: refused(error, language))

    return answer


def checked(request: Request, known: tuple[str, ...]) -> Mapping[str, str]:
    """What an address says, each part as it is to be written. Raises RequestError (400, 404) otherwise."""
    for name, value in request.path_params.items():
        if not re.fullmatch(PARTS[name], value):
            raise no_results(f"{name}: {value[:60]!r}?")
    given = {name: value for name, value in request.query_params.items() if value}
    for name, value in given.items():
        if name in known and not re.fullmatch(PARTS[name], value):
            raise syntax_error(f"{name}: {value[:60]!r}?")
    return {**{name: value for name, value in given.items() if name in known}, **request.path_params}


def _refusal(error: RequestError, language: Language) -> Response:
    headers, body = refused(error, language)
    return Response(body, error.status, dict(headers))


def _nowhere(language: Language) -> Endpoint:
    async def answer(_: Request) -> Response:
        return _refusal(no_results(""), language)

    return answer


async def _static(name: str) -> Response:
    """A file that pages load."""
    if name not in STATIC:
        return _refusal(no_results(""), "en")
    headers = {**safe_headers(), "Cache-Control": "public, max-age=3600"}
    return FileResponse(FOLDER / "static" / name, media_type=STATIC[name], headers=headers)


def _vega() -> Response:
    """The program for charts that answer, for the readers who ask for one. It is made in a thread of the service."""
    headers = {**safe_headers(), "Cache-Control": "public, max-age=86400", "Content-Encoding": "gzip"}
    return Response(packed_bundle(), media_type=SCRIPT, headers=headers)


def _put_first(service: FastAPI) -> None:
    """Browsers that ask for the entry of the service are led to the explorer; programs find what they found before."""
    (entry,) = (each for each in service.router.routes if isinstance(each, Route) and each.path == FRONT)

    async def answer(request: Request) -> Response:
        if any(each.name == "text/html" for each in choices(request.headers.get("accept"))):
            return RedirectResponse(f"/{preferred(request)}", 302, {"Vary": "Accept, Accept-Language"})
        found: Response = await entry.endpoint()
        return found

    service.router.routes.insert(0, Route(FRONT, answer))


def preferred(request: Request) -> Language:
    """The language that a reader's browser asks for, English where it asks for another one."""
    for each in choices(request.headers.get("accept-language")):
        for language in LANGUAGES:
            if each.name.split("-")[0] == language:
                return language
    return "en"
