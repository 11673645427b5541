"""Answers to which codes and periods have data, as a constraint that was found just now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from starlette.requests import Request

from warehouse.sdmx.available import Available, available
from warehouse.sdmx.data import TIME
from warehouse.sdmx.flows import Flow
from warehouse.sdmx.formats.base import StructureFormat
from warehouse.sdmx.query import Slice, select_rows
from warehouse.service.addresses import EVERY, read_keys
from warehouse.service.answers import ALWAYS, Prepared, is_unchanged
from warehouse.service.data_answer import find_flow, release_headers, wanted_rows
from warehouse.service.data_request import DataRequest, data_request, syntax_of
from warehouse.service.errors import no_results, not_acceptable, shown, syntax_error
from warehouse.service.negotiation import accepted, choose_encoding, choose_format, choose_language
from warehouse.service.shelf import OpenRelease
from warehouse.service.structure_answer import SERVED, as_body, content_headers, structures_of, with_parents
from warehouse.service.structure_request import EVERY_KIND, TYPES, Address, Selected, read_references, related
from warehouse.service.structure_xml import XmlStructures
from warehouse.service.work import Job

Mode = Literal["exact", "available"]
KEY_PART = {"1.5": 1, "2.x": 4}
"""Where the key stands in an address; behind it, and behind the provider in 1.5, stands the dimension."""


@dataclass(frozen=True)
class AvailabilityRequest:
    """A request for what has data.

    data        the data that are meant
    component   the dimension whose codes are wanted; None for all
    mode        the codes that occur in the data, or all that could be chosen, one dimension after the other
    references  which structures are wanted besides
    """

    data: DataRequest
    component: str | None
    mode: Mode
    references: tuple[str, ...]


def availability_request(parts: Sequence[str], given: Mapping[str, str]) -> AvailabilityRequest:
    """The request that an address and its parameters make. Raises RequestError (400) for what is none."""
    mode = given.get("mode") or "exact"
    if mode not in ("exact", "available"):
        raise syntax_error("mode is exact or available.")
    place = KEY_PART[syntax_of(parts)] + (2 if syntax_of(parts) == "1.5" else 1)
    component = parts[place] if len(parts) > place else "all"
    references = read_references(given.get("references"))
    data = data_request(
        parts[:place], {name: text for name, text in given.items() if name not in ("mode", "references")}
    )
    return AvailabilityRequest(data, None if component in EVERY else component, cast(Mode, mode), references)


def prepare_availability(job: Job, request: Request, asked: AvailabilityRequest) -> Prepared:
    """Answer which codes and periods have data. Raises RequestError for what cannot be answered."""
    form, _ = choose_format(accepted(request), SERVED)
    language = choose_language(request.headers.get("accept-language"))
    encoding = choose_encoding(request.headers.get("accept-encoding"))
    held = job.hold(asked.data.as_of)
    headers = {**ALWAYS, **release_headers(held, request, form.content_type, language, encoding)}
    if is_unchanged(request, headers["ETag"], held.since):
        return Prepared(headers, status=304)
    release = held.release
    flow = find_flow(release, asked.data.address)
    found = _found(job, release, flow, asked)
    if not found.observations:
        raise no_results("No observation fits the key and the periods.")
    structures = structures_of(job, release, form)
    constraint = constraint_message(release, flow, found, asked.component, form)
    besides = _besides(structures, release, flow, found, asked.references)
    body = structures.message(besides, language, constraint)
    return Prepared({**headers, **content_headers(form, language, encoding)}, as_body(body, encoding))


def _found(job: Job, release: OpenRelease, flow: Flow, asked: AvailabilityRequest) -> Available:
    rows = wanted_rows(job, release, flow, asked.data)
    dimensions = rows.keys[:-1]
    if asked.component is not None and asked.component not in rows.keys:
        raise syntax_error(f"{flow.id} has no dimension '{shown(asked.component)}'.")
    found = available(rows)
    if asked.mode == "exact":
        return found
    keys = read_keys(asked.data.key, dimensions, may_be_short=asked.data.syntax == "2.x")
    cursor = job.cursor(release)
    codes = {}
    for each in dimensions:
        others = tuple({name: chosen for name, chosen in key.items() if name != each} for key in keys)
        wanted = Slice(others, asked.data.start, asked.data.end, asked.data.conditions)
        rows = select_rows(cursor, flow, wanted, agency=release.agency)
        codes[each] = tuple(sorted(code for (code,) in rows.rows.select(each).distinct().fetchall()))
    return replace(found, codes=codes)


def constraint_message(
    release: OpenRelease, flow: Flow, found: Available, component: str | None, form: StructureFormat
) -> bytes:
    """What has data as a constraint of the dataflow, in a message of its own."""
    from pysdmx.io import write_sdmx
    from pysdmx.io.format import Format as PysdmxFormat
    from pysdmx.model import Organisation
    from pysdmx.model import constraint as model
    from pysdmx.model.message import Header

    try:
        written_as = PysdmxFormat(form.content_type)
    except ValueError as error:
        raise not_acceptable(f"What has data is not given as {form.content_type}.") from error
    values = [
        model.CubeKeyValue(name, [model.CubeValue(code) for code in codes])
        for name, codes in found.codes.items()
        if component in (None, name)
    ]
    if component in (None, TIME) and found.first and found.last:
        start, end = (model.TimePeriodBoundary(period) for period in (found.first, found.last))
        values.append(model.CubeKeyValue(TIME, time_range=model.CubeTimeRange(start_period=start, end_period=end)))
    urn = f"urn:sdmx:org.sdmx.infomodel.datastructure.Dataflow={release.agency.reference(flow.id)}"
    constraint = model.AvailabilityConstraint(
        constraint_attachment=model.ConstraintAttachment(data_provider=None, dataflows=[urn]),
        cube_region=model.CubeRegion(values),
        series_count=found.series,
        obs_count=found.observations,
    )
    header = Header(sender=Organisation(id=release.agency.id))
    written = write_sdmx([constraint], cast(Any, written_as), header=header)
    return str(written).encode()


def _besides(
    structures: XmlStructures, release: OpenRelease, flow: Flow, found: Available, references: Sequence[str]
) -> list[Selected]:
    """The structures wanted besides the constraint: of lists only the codes that have data, and those above them."""
    if references == ("none",):
        return []
    dataflow = Address("dataflow", release.agency.id, flow.id, release.agency.version)
    below = {dataflow, *related([dataflow], ("descendants",), structures.references)} & structures.references.keys()
    kinds = {kind for each in references for kind in TYPES.get(each, EVERY_KIND if each == "all" else ())}
    used = {found.codelists[name]: codes for name, codes in found.codes.items() if name in found.codelists}
    return [
        Selected(each, items=with_parents(structures, each, used[each.id]) if each.id in used else None)
        for each in sorted(below)
        if each.kind in kinds
    ]
