"""Answers with the XML schema that structure-specific data of a dataflow follow."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass

from starlette.requests import Request

from warehouse.sdmx.formats.base import ALL_DIMENSIONS
from warehouse.sdmx.formats.data_schema import data_schema
from warehouse.sdmx.formats.schema_faults import MlVersion
from warehouse.service.addresses import names, versions
from warehouse.service.answers import ALWAYS, Prepared, is_unchanged, release_headers
from warehouse.service.data_answer import find_flow
from warehouse.service.data_request import CONTEXTS, FlowAddress, read_at_observation
from warehouse.service.errors import no_results, not_acceptable, shown, syntax_error
from warehouse.service.negotiation import accepted, choices
from warehouse.service.structure_answer import structures_of
from warehouse.service.work import Job

MEDIA_TYPE = "application/vnd.sdmx.schema+xml"
TYPES: Mapping[str, MlVersion] = {"2.1": "2.1", "3.0": "3.0", "3.0.0": "3.0"}
GENERAL = ("application/xml", "text/xml", "application/*", "*/*")
PARAMETERS = ("dimensionAtObservation", "explicitMeasure", "asOf", "format")


@dataclass(frozen=True)
class SchemaRequest:
    """A request for the schema of data whose observations differ in a dimension within their series."""

    address: FlowAddress
    at_observation: str
    as_of: str | None


def schema_request(parts: Sequence[str], given: Mapping[str, str]) -> SchemaRequest:
    """The request that an address and its parameters make. Raises RequestError (400, 404) for what is none."""
    unknown = [name for name in given if name not in PARAMETERS]
    if unknown:
        raise syntax_error(f"There is no parameter '{shown(unknown[0])}'. There are: {', '.join(PARAMETERS)}.")
    context, agency, name, version = [*parts, "latest"][:4]
    if context not in CONTEXTS:
        raise syntax_error(f"A schema is that of a {' or '.join(CONTEXTS[:2])}, not of '{shown(context)}'.")
    if context == "provisionagreement":
        raise no_results("There are schemas of dataflows and data structures.")
    address = FlowAddress(names(agency), names(name), versions(version), context)
    return SchemaRequest(address, read_at_observation(given), given.get("asOf") or None)


def prepare_schema(job: Job, request: Request, asked: SchemaRequest) -> Prepared:
    """Answer a request for a schema. Raises RequestError for what cannot be answered."""
    version = _version(accepted(request))
    held = job.hold(asked.as_of)
    headers = {**ALWAYS, **release_headers(held, request, MEDIA_TYPE, version)}
    if is_unchanged(request, headers["ETag"], held.since):
        return Prepared(headers, status=304)
    flow = find_flow(held.release, asked.address)
    if asked.at_observation not in (*flow.components.keys, ALL_DIMENSIONS):
        raise syntax_error(f"{flow.id} has no dimension '{shown(asked.at_observation)}'.")
    described = structures_of(job, held.release).whole.described(flow.structure(held.release.agency))
    schema = data_schema(described.structure, described.codelists, version, asked.at_observation)
    return Prepared({**headers, "Content-Type": f"{MEDIA_TYPE};version={version}"}, _pieces(schema))


def _pieces(schema: bytes) -> Generator[bytes]:
    yield schema


def _version(accept: str | None) -> MlVersion:
    """The version of SDMX-ML that the client wants a schema of; 2.1 where it does not say."""
    for choice in choices(accept or "*/*"):
        version = choice.parameters.get("version", "2.1")
        is_meant = choice.name == MEDIA_TYPE or choice.name in GENERAL
        if choice.quality > 0 and is_meant and version in TYPES:
            return TYPES[version]
    raise not_acceptable(f"Schemas come as {MEDIA_TYPE}, of version 2.1 or 3.0.")
