"""The paths of the service, in both syntaxes of SDMX REST."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from warehouse.sdmx.formats import DATA_FORMATS, STRUCTURE_FORMATS
from warehouse.sdmx.formats.base import ALL_DIMENSIONS, TIME
from warehouse.service.addresses import parameters
from warehouse.service.answers import Answer, Prepare
from warehouse.service.availability_answer import availability_request, prepare_availability
from warehouse.service.data_answer import prepare_data
from warehouse.service.data_request import DETAILS, data_request
from warehouse.service.described import AS_OF, FORMAT, Parameter, operation
from warehouse.service.errors import not_implemented
from warehouse.service.schema_answer import MEDIA_TYPE, prepare_schema, schema_request
from warehouse.service.structure_answer import prepare_structures
from warehouse.service.structure_request import STRUCTURE_DETAILS, TYPES, structure_request

Read = Callable[[Sequence[str], Request], Prepare]

OF_DATA = [each.content_type for each in DATA_FORMATS]
OF_STRUCTURES = [each.content_type for each in STRUCTURE_FORMATS]
PERIODS = (
    Parameter("startPeriod", "The first period, of any frequency", "2016-Q1"),
    Parameter("endPeriod", "The last period, of any frequency", "2024"),
)
SINCE = Parameter("updatedAfter", "A time: only what is new or revised since", "2026-11-30T12:00:00Z")
ENDS = (
    Parameter("firstNObservations", "How many observations of each series, from its first one", kind="integer"),
    Parameter("lastNObservations", "How many observations of each series, back from its last one", kind="integer"),
)
PACKING = (
    Parameter("dimensionAtObservation", f"{TIME}, another dimension, or {ALL_DIMENSIONS}", TIME),
    Parameter("includeHistory", "Earlier releases as well", kind="boolean"),
)
FILTER = Parameter("c[TIME_PERIOD]", "What a component has to be; any component may stand for TIME_PERIOD", "ge:2016")
DATA_1_5 = (
    *(*PERIODS, SINCE, *ENDS, *PACKING),
    *(Parameter("detail", "Level of detail of the answer", values=DETAILS), AS_OF, FORMAT),
)
DATA_2_X = (
    *(FILTER, SINCE, *ENDS, *PACKING),
    Parameter("attributes", "dsd, series, obs, none, or ids of attributes", "OBS_STATUS"),
    *(Parameter("measures", "all, none or OBS_VALUE", "all"), AS_OF, FORMAT),
)
STRUCTURES = (
    Parameter("detail", "Level of detail of the answer", values=STRUCTURE_DETAILS),
    Parameter("references", "none, parents, children, descendants, all, or types of structures", "children"),
    *(AS_OF, FORMAT),
)
AVAILABILITY = (
    *(*PERIODS, SINCE),
    Parameter("mode", "What is there (exact), or could still be chosen (available)", values=("exact", "available")),
    *(Parameter("references", "none, all, or types of structures", "none"), AS_OF, FORMAT),
)
SCHEMAS = (Parameter("dimensionAtObservation", f"{TIME}, another dimension, or {ALL_DIMENSIONS}", TIME), AS_OF)


def data_routes() -> APIRouter:
    """Data, what data there are, and schemas of data."""
    router = APIRouter(tags=["data"])
    first, second = ("flow", "key", "provider"), ("context", "agency", "id", "version", "key")
    _add(router, "/data", first, 1, DATA_1_5, OF_DATA, _data, "Data by the syntax of SDMX 2.1")
    _add(router, "/data", second, 4, DATA_2_X, OF_DATA, _data, "Data by the syntax of SDMX 3.0")
    _add(
        *(router, "/availableconstraint", (*first, "component"), 1, AVAILABILITY, OF_STRUCTURES, _availability),
        summary="Which codes have data (SDMX 2.1)",
    )
    _add(
        *(router, "/availability", (*second, "component"), 3, (FILTER, *AVAILABILITY), OF_STRUCTURES, _availability),
        summary="Which codes have data (SDMX 3.0)",
    )
    _add(router, "/schema", second[:4], 3, SCHEMAS, [MEDIA_TYPE], _schema, "The XML schema of data")
    for path in ("/metadata", "/registration"):
        router.add_api_route(path + "/{rest:path}", _absent, include_in_schema=False)
    return router


def structure_routes() -> APIRouter:
    """Structures, by type or all."""
    router = APIRouter(tags=["structures"])
    parts = ("agency", "id", "version", "item")
    for each in TYPES:
        if each != "structure":
            summary = f"Structures of type {each}"
            _add(router, f"/{each}", parts, 0, STRUCTURES, OF_STRUCTURES, partial(_structures, each), summary)
    summary = "Structures of any type (SDMX 2.1), or of one (SDMX 3.0)"
    read = partial(_structures, "structure")
    _add(router, "/structure", ("type", *parts), 0, STRUCTURES, OF_STRUCTURES, read, summary)
    return router


def _add(
    router: APIRouter,
    path: str,
    parts: Sequence[str],
    least: int,
    queried: Iterable[Parameter],
    content: Iterable[str],
    read: Read,
    summary: str,
) -> None:
    """Add a path with the parts that may follow it, of which `least` must."""

    async def answer(request: Request) -> Response:
        prepare = read(list(request.path_params.values()), request)
        return Answer(request.app.state.desk, request, prepare)

    queried, content = tuple(queried), tuple(content)
    for count in range(least, len(parts) + 1):
        template = "".join(["/{" + part + "}" for part in parts[:count]])
        router.add_api_route(
            path + template,
            answer,
            summary=summary,
            name=f"{path.strip('/')} {count}",
            response_class=Response,
            openapi_extra=operation(parts[:count], queried, content),
        )


def _data(parts: Sequence[str], request: Request) -> Prepare:
    asked = data_request(parts, parameters(request.scope["query_string"]))
    return partial(prepare_data, request=request, asked=asked)


def _availability(parts: Sequence[str], request: Request) -> Prepare:
    asked = availability_request(parts, parameters(request.scope["query_string"]))
    return partial(prepare_availability, request=request, asked=asked)


def _schema(parts: Sequence[str], request: Request) -> Prepare:
    asked = schema_request(parts, parameters(request.scope["query_string"]))
    return partial(prepare_schema, request=request, asked=asked)


def _structures(type_: str, parts: Sequence[str], request: Request) -> Prepare:
    asked = structure_request(type_, parts, parameters(request.scope["query_string"]))
    return partial(prepare_structures, request=request, asked=asked)


async def _absent() -> Response:
    raise not_implemented("The service has data and structures, and neither reference metadata nor registrations.")
