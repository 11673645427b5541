"""Data as SDMX-JSON 2.0.

Codes, periods and texts that come again are listed once, in front, and observations hold their places in those lists.
What an area and period have in common, and the unit of a dataflow, stand once for each group of dimensions; a series
key occurs once, with all its observations. As in SDMX-ML, DuckDB puts the text of each observation together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from transforms.duck import quote_name, quote_text
from warehouse.sdmx.artefacts import DATA_STRUCTURE, DATAFLOW
from warehouse.sdmx.formats.base import ALL_DIMENSIONS, DataFormat, DataMessage
from warehouse.sdmx.formats.lines import texts
from warehouse.sdmx.formats.structure_json import SCHEMAS, as_json, message_meta, named, relation
from warehouse.sdmx.rows import Component, FlowRows, in_order

DATA_SCHEMA = f"{SCHEMAS}/data-message/tools/schemas/2.0.0/sdmx-json-data-schema.json"
MANY_TEXTS = 2_000
"""Texts of a component beyond this number stand in the observations themselves: a list of them would take memory."""
Values = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class _Layout:
    """Where each component stands, and the values of those that are listed.

    series       the dimensions of a series key; none for observations without series
    key          the dimensions that an observation has itself
    grouped      attributes of groups of dimensions
    of_observation  attributes of observations
    """

    series: tuple[Component, ...]
    key: tuple[Component, ...]
    grouped: tuple[Component, ...]
    of_observation: tuple[Component, ...]
    values: Values


class Json20(DataFormat):
    """SDMX-JSON 2.0."""

    id = "json-2.0"
    name = "SDMX-JSON 2.0"
    media_type = "application/vnd.sdmx.data+json"
    parameters = {"version": "2.0.0"}
    aliases = ("application/json",)
    suffix = ".json"
    file = "{dataflow}.json"

    def chunks(self, message: DataMessage) -> Iterator[bytes]:
        """The message, piece by piece: first what the lists hold, of every set of data, then the observations."""
        meta = message_meta(message.id, message.prepared, message.sender, DATA_SCHEMA)
        layouts = [_layout(data, message) for data in message.datasets]
        structures = [
            _structure(data, layout, message, place)
            for place, (data, layout) in enumerate(zip(message.datasets, layouts, strict=True))
        ]
        yield f'{{"meta":{as_json(meta)},\n"data":{{"structures":{as_json(structures)},\n"dataSets":['.encode()
        for place, (data, layout) in enumerate(zip(message.datasets, layouts, strict=True)):
            yield b"," if place else b""
            yield from _dataset(data, layout, message, place)
        yield b"]}}\n"


def _layout(data: FlowRows, message: DataMessage) -> _Layout:
    flat = message.at_observation == ALL_DIMENSIONS
    attributes = [each for each in data.attributes if data.has(each)]
    of_observation = [each for each in attributes if not each.attached] if message.with_observations else []
    grouped = [each for each in attributes if each.attached]
    return _Layout(
        () if flat else tuple(each for each in data.dimensions if each.id != message.at_observation),
        tuple(each for each in data.dimensions if flat or each.id == message.at_observation),
        tuple(grouped),
        tuple(of_observation),
        _values(data, [*data.dimensions, *(each for each in attributes if not each.is_number)]),
    )


def _values(data: FlowRows, listed: Sequence[Component]) -> Values:
    """The values that occur of each component, in order, but of texts that are too many."""
    names = [quote_name(each.id) for each in listed]
    counts = data.rows.aggregate(", ".join(f"approx_count_distinct({name})" for name in names)).fetchall()[0]
    few = [
        (each, name)
        for each, name, count in zip(listed, names, counts, strict=True)
        if not each.is_text or count < MANY_TEXTS
    ]
    found = data.rows.aggregate(", ".join(f"list(distinct {name})" for _, name in few)).fetchall()[0]
    return {
        each.id: sorted(value for value in values or () if value is not None)
        for (each, _), values in zip(few, found, strict=True)
    }


def _structure(data: FlowRows, layout: _Layout, message: DataMessage, place: int) -> dict[str, Any]:
    position = {each.id: number for number, each in enumerate(data.dimensions)}

    def dimension(each: Component) -> dict[str, Any]:
        return {
            "id": each.id,
            **named(each.name),
            "keyPosition": position[each.id],
            "roles": [each.id],
            "values": _listed(data, each, layout),
        }

    def attribute(each: Component) -> dict[str, Any]:
        return {"id": each.id, **named(each.name), "relationship": relation(each), **_held(data, each, layout)}

    measures = [data.measure] if data.has(data.measure) and message.with_observations else []
    return {
        "dataSets": [place],
        "links": [{"rel": "dataflow", "urn": DATAFLOW.urn(data.dataflow)}] if data.dataflow else [],
        **named(data.title),
        "dimensions": {
            "dataSet": [],
            "series": [dimension(each) for each in layout.series],
            "observation": [dimension(each) for each in layout.key],
        },
        "measures": {"observation": [{"id": each.id, **named(each.name), **_format(each)} for each in measures]},
        "attributes": {
            "dataSet": [],
            "dimensionGroup": [attribute(each) for each in layout.grouped],
            "series": [],
            "observation": [attribute(each) for each in layout.of_observation],
        },
    }


def _held(data: FlowRows, component: Component, layout: _Layout) -> dict[str, Any]:
    """What values a component has: those listed, or their type where each stands in its place."""
    listed = _listed(data, component, layout)
    return {"values": listed} if listed else _format(component)


def _format(component: Component) -> dict[str, Any]:
    return {"format": {"dataType": component.type or "String"}}


def _listed(data: FlowRows, component: Component, layout: _Layout) -> list[dict[str, Any]]:
    values = layout.values.get(component.id, ())
    if component.codelist is None:
        return [{"value": value} for value in values]
    names = data.names.of(component.codelist)
    return [{"id": code, **(named(names[code]) if code in names else {"name": code})} for code in values]


def _dataset(data: FlowRows, layout: _Layout, message: DataMessage, place: int) -> Iterator[bytes]:
    facts: dict[str, Any] = {
        "structure": place,
        "action": "Information",
        "links": [{"rel": "datastructure", "urn": DATA_STRUCTURE.urn(data.structure)}],
    }
    facts |= {"validFrom": data.valid_from} if data.valid_from else {}
    facts |= {"validTo": data.valid_to} if data.valid_to else {}
    yield as_json(facts).removesuffix("}").encode()
    yield from _groups(data, layout)
    yield from _series(data, layout, message) if layout.series else _observations(data, layout, message)
    yield b"}"


def _groups(data: FlowRows, layout: _Layout) -> Iterator[bytes]:
    """`dimensionGroupAttributes`: what belongs to each group of dimensions; attributes of other groups are null."""
    yield b',\n"dimensionGroupAttributes":{'
    is_first = True
    for attached in dict.fromkeys(each.attached for each in layout.grouped):
        members = [each for each in layout.grouped if each.attached == attached]
        columns = ", ".join(quote_name(each) for each in (*attached, *(member.id for member in members)))
        some = " or ".join(f"{quote_name(each.id)} is not null" for each in members)
        rows = data.rows.project(columns).filter(some).distinct()
        key = " || ':' || ".join(
            f"cast({_place(each, layout)} as varchar)" if each.id in attached else "''" for each in data.dimensions
        )
        values = ", ',', ".join(_json(each, layout) if each in members else "'null'" for each in layout.grouped)
        yield from _entries(in_order(rows, attached), f"concat('\"', {key}, '\":[', {values}, ']')", is_first=is_first)
        is_first = False
    yield b"}"


def _observations(data: FlowRows, layout: _Layout, message: DataMessage) -> Iterator[bytes]:
    """`observations`: those without series, each under its whole key."""
    yield b',\n"observations":{'
    if message.with_observations:
        yield from _entries(in_order(data.rows, data.keys), _observation(data, layout), is_first=True)
    yield b"}"


def _series(data: FlowRows, layout: _Layout, message: DataMessage) -> Iterator[bytes]:
    """`series`: each under its key, with its observations under their places in the list of the other dimension."""
    yield b',\n"series":{'
    head = f"concat_ws(':', {', '.join(_place(each, layout) for each in layout.series)})"
    series = [each.id for each in layout.series]
    if not message.with_observations:
        rows = data.rows.project(", ".join(quote_name(each) for each in series)).distinct()
        yield from _entries(in_order(rows, series), f"concat('\"', {head}, '\":{{}}')", is_first=True)
        yield b"}"
        return
    keys = (*series, message.at_observation)
    rows = data.rows if data.are_in_order and keys == data.keys else in_order(data.rows, keys)
    # The long expression comes last: DuckDB resolves it once for each step that stands on it.
    marked = rows.project(f"*, {head} as series_key").project("*, lag(series_key) over () as key_before")
    close = "case when key_before is null then '' else '}},' end"
    start = f"concat({close}, chr(10), '\"', series_key, '\":{{\"observations\":{{')"
    is_next = "series_key is distinct from key_before"
    some = False
    for piece in texts(marked, f"concat(case when {is_next} then {start} else ',' end, {_observation(data, layout)})"):
        some = True
        yield piece
    yield b"}}}" if some else b"}"


def _entries(rows: duckdb.DuckDBPyRelation, entry: str, *, is_first: bool) -> Iterator[bytes]:
    """Entries of an object with commas between them, and before the first one where it is not that of the object."""
    numbered = rows.project(f"{entry} as entry, row_number() over () as place")
    front = "case when place = 1 then '' else ',' end" if is_first else "','"
    yield from texts(numbered, f"concat({front}, chr(10), entry)")


def _observation(data: FlowRows, layout: _Layout) -> str:
    """The SQL of an observation: its key, its value, its attributes."""
    key = f"concat_ws(':', {', '.join(_place(each, layout) for each in layout.key)})"
    measures = [data.measure] if data.has(data.measure) else []
    values = ", ',', ".join(_json(each, layout) for each in (*measures, *layout.of_observation))
    return f"concat('\"', {key}, '\":[', {values or quote_text('')}, ']')"


def _place(component: Component, layout: _Layout) -> str:
    """The SQL of the place of a value in the list of its component."""
    listed = ", ".join(quote_text(value) for value in layout.values[component.id])
    name = quote_name(component.id)
    return f"enum_code(cast({name} as enum({listed})))" if listed else f"cast({name} as varchar)"


def _json(component: Component, layout: _Layout) -> str:
    """The SQL of a value: a place in a list, a number, or a text."""
    name = quote_name(component.id)
    if component.id in layout.values:
        return f"coalesce(cast({_place(component, layout)} as varchar), 'null')"
    text = f"cast({name} as varchar)" if component.is_number else f"cast(to_json({name}) as varchar)"
    return f"coalesce({text}, 'null')"
