"""Answers to which codes and periods have data, as a constraint that was found just now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

from starlette.requests import Request

from warehouse.sdmx.artefacts import Annotation, Constraint
from warehouse.sdmx.available import Available, available
from warehouse.sdmx.query import Slice, select_rows
from warehouse.sdmx.served import TIME, ServedFlow
from warehouse.service.addresses import EVERY, read_keys
from warehouse.service.answers import Prepared, is_unchanged, message_id
from warehouse.service.data_answer import find_flow, wanted_rows
from warehouse.service.data_request import DataRequest, data_request, syntax_of
from warehouse.service.errors import no_results, shown, syntax_error
from warehouse.service.shelf import OpenRelease
from warehouse.service.structure_answer import structure_representation, structures_of
from warehouse.service.structure_request import EVERY_KIND, TYPES, Address, Selected, read_references, related
from warehouse.service.structures import Structures
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
    chosen = structure_representation(request, is_modern=asked.data.syntax == "2.x")
    held = job.hold(asked.data.as_of)
    headers = chosen.headers(held, request)
    if is_unchanged(request, headers["ETag"], held.since):
        return Prepared(headers, status=304)
    flow = find_flow(held.release, asked.data.address)
    found = _found(job, held.release, flow, asked)
    if not found.observations:
        raise no_results("No observation fits the key and the periods.")
    structures = structures_of(job, held.release)
    constraint = constraint_of(held.release, flow, found, asked.component)
    besides = _besides(structures, held.release, flow, found, asked.references)
    message = structures.message(besides, chosen.language, constraint, id=message_id(headers))
    return chosen.answer(message, headers)


def _found(job: Job, release: OpenRelease, flow: ServedFlow, asked: AvailabilityRequest) -> Available:
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


def constraint_of(release: OpenRelease, flow: ServedFlow, found: Available, component: str | None) -> Constraint:
    """What has data, as a constraint of the dataflow with how many series and observations there are."""
    with_periods = component in (None, TIME)
    return Constraint(
        release.agency.reference(f"CCA_{flow.id}"),
        flow.title,
        annotations=(
            Annotation("series_count", str(found.series)),
            Annotation("obs_count", str(found.observations)),
        ),
        dataflow=release.agency.reference(flow.id),
        values=tuple((name, codes) for name, codes in found.codes.items() if component in (None, name)),
        first_period=found.first if with_periods else None,
        last_period=found.last if with_periods else None,
    )


def _besides(
    structures: Structures, release: OpenRelease, flow: ServedFlow, found: Available, references: Sequence[str]
) -> list[Selected]:
    """The structures wanted besides the constraint: of lists only the codes that have data, and those above them."""
    if references == ("none",):
        return []
    dataflow = Address("dataflow", release.agency.id, flow.id, release.agency.version)
    below = {dataflow, *related([dataflow], ("descendants",), structures.references)} & structures.artefacts.keys()
    kinds = {kind for each in references for kind in TYPES.get(each, EVERY_KIND if each == "all" else ())}
    used = {found.codelists[name]: codes for name, codes in found.codes.items() if name in found.codelists}
    return [
        Selected(each, items=structures.with_parents(each, used[each.id]) if each.id in used else None)
        for each in sorted(below)
        if each.kind in kinds
    ]
