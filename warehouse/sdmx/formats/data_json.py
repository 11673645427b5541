"""Data as SDMX-JSON 2.0.

Codes, periods and texts that come again are listed once, in front, and observations hold their places in those lists.
What an area and period have in common, and the unit of a dataflow, stand once for each group of dimensions; a series
key occurs once, with all its observations. As in SDMX-ML, Arrow puts the texts of observations together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.files import opened
from warehouse.sdmx.artefacts import DATA_STRUCTURE, DATAFLOW, Described
from warehouse.sdmx.batches import distinct, ordered, values_of
from warehouse.sdmx.columns import as_text, each_once
from warehouse.sdmx.formats.base import ALL_DIMENSIONS, DataFormat, DataMessage
from warehouse.sdmx.formats.json_faults import json_data_faults
from warehouse.sdmx.formats.lines import (
    Piece,
    Runs,
    content,
    has_some,
    joined,
    spread,
    without_front,
)
from warehouse.sdmx.formats.schema_faults import Fault
from warehouse.sdmx.formats.structure_json import SCHEMAS, as_json, message_meta, named, relation
from warehouse.sdmx.rows import Component, FlowRows

DATA_SCHEMA = f"{SCHEMAS}/data-message/tools/schemas/2.0.0/sdmx-json-data-schema.json"
COMMA = ","
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

    @cached_property
    def lists(self) -> Mapping[str, pa.Array]:
        """The values as columns of Arrow, by component."""
        return {component: pa.array(values, pa.string()) for component, values in self.values.items()}


class Json20(DataFormat):
    """SDMX-JSON 2.0."""

    id = "json-2.0"
    name = "SDMX-JSON 2.0"
    media_type = "application/vnd.sdmx.data+json"
    parameters = {"version": "2.0.0"}
    aliases = ("application/json",)
    suffix = ".json"
    file = "{dataflow}.json"

    def faults(self, file: Path, described: Described) -> Iterator[Fault]:
        """What the official schema finds wrong with a file, and codes that its structure does not have."""
        with opened(file) as content:
            yield from json_data_faults(content, described)

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
        values_of(data, data.dimensions, [each for each in attributes if not each.is_number]),
    )


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
        "action": data.action,
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
    attached = dict.fromkeys(each.attached for each in layout.grouped)
    entries = (entry for each in attached for entry in _group(data, layout, each))
    yield from without_front(entries, len(COMMA))
    yield b"}"


def _group(data: FlowRows, layout: _Layout, attached: Sequence[str]) -> Iterator[bytes]:
    members = [each for each in layout.grouped if each.attached == attached]
    for batch in distinct(data, [*attached, *(each.id for each in members)], attached):
        said = batch.filter(has_some([batch.column(each.id) for each in members]))
        keys = [_place(said, each, layout) if each.id in attached else "" for each in data.dimensions]
        values = [_json(said, each, layout) if each in members else "null" for each in layout.grouped]
        yield content(joined([COMMA, '\n"', *_between(keys, ":"), '":[', *_between(values, COMMA), "]"]))


def _observations(data: FlowRows, layout: _Layout, message: DataMessage) -> Iterator[bytes]:
    """`observations`: those without series, each under its whole key."""
    yield b',\n"observations":{'
    if message.with_observations:
        batches = ordered(data, data.held, data.keys)
        texts = (content(joined([COMMA, "\n", *_observation(batch, data, layout)])) for batch in batches)
        yield from without_front(texts, len(COMMA))
    yield b"}"


def _series(data: FlowRows, layout: _Layout, message: DataMessage) -> Iterator[bytes]:
    """`series`: each under its key, with its observations under their places in the list of the other dimension."""
    yield b',\n"series":{'
    series = [each.id for each in layout.series]
    if not message.with_observations:
        batches = distinct(data, series, series)
        keys = (content(joined([COMMA, *_series_key(batch, layout), "{}"])) for batch in batches)
        yield from without_front(keys, len(COMMA))
        yield b"}"
        return
    close = "}}" + COMMA
    runs = Runs(series)

    def written(batch: pa.RecordBatch) -> bytes:
        starts = runs.starts(batch)
        first = batch.select(series).filter(pa.array(starts))
        head = joined([close, *_series_key(first, layout), '{"observations":{'])
        front = pc.coalesce(spread(head, starts), COMMA)
        return content(joined([front, *_observation(batch, data, layout)]))

    some = False
    names = [*series, *(each.id for each in (*layout.key, *_measures(data), *layout.of_observation))]
    for piece in without_front(map(written, ordered(data, names, (*series, message.at_observation))), len(close)):
        some = True
        yield piece
    yield b"}}}" if some else b"}"


def _series_key(batch: pa.RecordBatch, layout: _Layout) -> Iterator[Piece]:
    """The pieces of the key of a series, on a line of its own."""
    yield '\n"'
    yield from _between([_place(batch, each, layout) for each in layout.series], ":")
    yield '":'


def _observation(batch: pa.RecordBatch, data: FlowRows, layout: _Layout) -> Iterator[Piece]:
    """The pieces of an observation: its key, its value, its attributes."""
    yield '"'
    yield from _between([_place(batch, each, layout) for each in layout.key], ":")
    yield '":['
    yield from _between([_json(batch, each, layout) for each in (*_measures(data), *layout.of_observation)], COMMA)
    yield "]"


def _measures(data: FlowRows) -> list[Component]:
    return [data.measure] if data.has(data.measure) else []


def _between(pieces: Iterable[Piece], separator: str) -> Iterator[Piece]:
    """The pieces with a separator between them."""
    for place, piece in enumerate(pieces):
        yield separator if place else ""
        yield piece


def _place(batch: pa.RecordBatch, component: Component, layout: _Layout) -> pa.Array:
    """The places of values in the list of their component."""
    column, listed = batch.column(component.id), layout.lists[component.id]
    if len(listed) == 1 and not column.null_count:
        return pa.repeat(pa.scalar("0"), len(column))
    return as_text(pc.index_in(column, value_set=listed))


def _json(batch: pa.RecordBatch, component: Component, layout: _Layout) -> pa.Array:
    """Values: places in a list, numbers, or texts."""
    if component.id in layout.values:
        values = _place(batch, component, layout)
    elif component.is_number:
        values = as_text(batch.column(component.id))
    else:
        values = each_once(batch.column(component.id), as_json)
    return values.fill_null("null")
