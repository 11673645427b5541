"""What an indicator is, which codes, areas and years of it have numbers, and how they are to be read."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.aliases import Named, other_names, plain_id
from schemas.reliability import load_reliability
from schemas.statuses import NOT_SIGNIFICANT, UNRELIABLE
from warehouse.assistants.reading import AREAS, Reading, unknown_indicator, version_of
from warehouse.assistants.results import AreaCovered, Coded, Description, Dimension, OtherId, Version
from warehouse.sdmx.available import Available, available
from warehouse.sdmx.flows import Flow
from warehouse.sdmx.query import Slice, select_rows
from warehouse.sdmx.rows import Component, FlowRows
from warehouse.sdmx.served import TIME

AREA, MEASURE = "REF_AREA", "MEASURE"
NO_FILTERS = (AREA, MEASURE, TIME)
"""Dimensions that are asked for otherwise, or have one code."""


def find_flow(reading: Reading, asked: str) -> Flow:
    """The dataflow of an indicator, by its id or the id of the dataflow. Raises RequestError (404) naming like ones."""
    name = plain_id(asked)
    flows = reading.release.flows
    if flow := flows.get(f"DF_{name}"):
        return flow
    raise unknown_indicator(asked, name, flows.values(), (each.indicator for each in other_names(name)))


def filters_of(flow: Flow) -> list[Component]:
    """The dimensions that numbers can be filtered by, besides area and period."""
    return [each for each in flow.components.dimensions if each.id not in NO_FILTERS]


def describe(reading: Reading, asked: str, limit: int) -> Description:
    """An indicator with its definition, and what there is of it; `limit` codes of each dimension and areas at most.

    Raises RequestError (404) where there are no numbers of it.
    """
    flow = find_flow(reading, asked)
    rows = select_rows(reading.cursor, flow, Slice(), agency=reading.release.agency)
    found = available(rows)
    areas = _areas(reading, rows)
    return Description(
        release=reading.mark,
        indicator=flow.indicator,
        dataflow=flow.id,
        title=reading.text(flow.title),
        topic=reading.topic(flow),
        definition=reading.text(flow.definition),
        reference=reading.text(flow.reference),
        unit=reading.unit(flow),
        dimensions=[_dimension(reading, each, found.codes[each.id], limit) for each in filters_of(flow)],
        areas=areas[:limit],
        areas_total=len(areas),
        areas_are_truncated=len(areas) > limit,
        first_year=min(each.first_year for each in areas),
        last_year=max(each.last_year for each in areas),
        observations=found.observations,
        other_ids=[_other(reading, each) for each in other_names(flow.indicator)],
        reading=[*general_rules(), *versions_rules(found)],
    )


def _areas(reading: Reading, rows: FlowRows) -> list[AreaCovered]:
    found = rows.rows.aggregate(f"{AREA}, min({TIME}[:4]), max({TIME}[:4]), count(*)").order(AREA).fetchall()
    return [
        AreaCovered(code=code, label=reading.label(AREAS, code), first_year=first, last_year=last, observations=count)
        for code, first, last, count in found
    ]


def _dimension(reading: Reading, component: Component, codes: Sequence[str], limit: int) -> Dimension:
    codelist = str(component.codelist)
    order = {code: place for place, code in enumerate(reading.names.of(codelist))}
    shown = sorted(codes, key=lambda code: order.get(code, len(order)))[:limit]
    versions: dict[str, list[Coded]] = {}
    for code in shown:
        version = version_of(code)
        versions.setdefault("" if version == code else version, []).append(reading.coded(codelist, code))
    return Dimension(
        id=component.id,
        name=reading.text(component.name),
        versions=[
            Version(version=each, label=reading.label(codelist, each) if each else "", codes=coded)
            for each, coded in versions.items()
        ],
        total=len(codes),
        is_truncated=len(codes) > limit,
    )


def _other(reading: Reading, other: Named) -> OtherId:
    return OtherId(
        indicator=other.indicator,
        is_newer=other.is_newer,
        relation=", ".join(each.relation for each in other.path),
        note="; ".join(each.note for each in other.path if each.note),
        has_numbers=f"DF_{other.indicator}" in reading.release.flows,
    )


def general_rules() -> list[str]:
    """How numbers of any indicator are to be read."""
    limits = load_reliability()
    return [
        "Quote a number with its period, source and release; give its status where it has one.",
        f"Status {UNRELIABLE} is unreliable and {NOT_SIGNIFICANT} not significant: few sample cases stand behind the "
        f"number (by ILO's limits fewer than {limits.unreliable_below}, and fewer than "
        f"{limits.not_significant_below}). Do not rank, compare or explain such numbers.",
        "A value that is null is not zero: its status and notes say why it is missing.",
        "Compare two numbers with their standard errors: a difference within them is no evidence of a change.",
        "Areas are measured by different sources: read source, coverage and notes before comparing them.",
    ]


def versions_rules(found: Available) -> list[str]:
    """What must not be added up: the versions of each dimension that has several."""
    rules = []
    for dimension, codes in found.codes.items():
        versions = sorted({version_of(code) for code in codes if version_of(code) != code})
        if len(versions) > 1 and dimension not in NO_FILTERS:
            rules.append(
                f"{dimension} has {len(versions)} versions ({', '.join(versions)}), each of which divides the same "
                "persons anew: use codes of one version, and never add codes of two."
            )
    return [*rules, "A total is a code of its own beside its parts: never add it to them."]
