"""SDMX-CSV 1.0 and 2.0: a line for each observation, beginning with the dataflow.

Fields are quoted where they must be (RFC 4180), lines end with a line feed. An empty text and a missing one are the
same: CSV cannot distinguish them. Lines within a note end with a line feed alone: readers drop carriage returns.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

import pyarrow as pa

from schemas.declaration import Text
from warehouse.sdmx.artefacts import Described
from warehouse.sdmx.batches import distinct, ordered
from warehouse.sdmx.columns import as_text, each_once
from warehouse.sdmx.formats.base import TIME, DataFormat, DataMessage
from warehouse.sdmx.formats.csv_faults import csv_faults
from warehouse.sdmx.formats.lines import content, joined
from warehouse.sdmx.formats.schema_faults import Fault
from warehouse.sdmx.rows import Action, Component, FlowRows

NEW_LINE = "\n"
SPECIAL = re.compile('[,"\n\r]')
"""A field with one of these characters is quoted."""
_Field = tuple[Component, Callable[[str], str] | None]


class _Csv(DataFormat):
    """The lines, which both versions share; each version adds its own first columns."""

    media_type = "application/vnd.sdmx.data+csv"
    suffix = ".csv"
    actions: ClassVar[Mapping[Action, str]]
    """The actions that lines can say, each as it is written: data of others are left out."""

    def chunks(self, message: DataMessage) -> Iterator[bytes]:
        """The lines, under one header: all data sets have the columns of the first."""
        first, *_ = message.datasets
        told = [each for each in message.datasets if each.action in self.actions]
        columns = _columns(first, message)
        yield _header([*self._in_front(first, message), *_titles(columns, message)])
        for data in told:
            front = NEW_LINE + ",".join(_field(value) for value in self._in_front(data, message).values())
            fields = list(_fields(columns, data, message))
            yield from (content(_lines(batch, front, fields)) for batch in _batches(data, columns, message))
        yield NEW_LINE.encode()

    def faults(self, file: Path, described: Described) -> Iterator[Fault]:
        """What is wrong with a file, by the specification and the data structure."""
        return csv_faults(file, self._must_begin(described), described)

    @abstractmethod
    def _must_begin(self, described: Described) -> Mapping[str, frozenset[str]]:
        """The first columns of a file, with the values that they may have."""

    @abstractmethod
    def _in_front(self, data: FlowRows, message: DataMessage) -> Mapping[str, str]:
        """The first columns, which name the dataflow, with their values."""


class Csv10(_Csv):
    """SDMX-CSV 1.0."""

    id = "csv-1.0"
    name = "SDMX-CSV 1.0"
    parameters = {"version": "1.0.0"}
    aliases = ("text/csv",)
    file = "{dataflow}.csv"
    actions: ClassVar[Mapping[Action, str]] = {"Information": "", "Replace": ""}

    def _must_begin(self, described: Described) -> Mapping[str, frozenset[str]]:
        return {"DATAFLOW": frozenset({str(described.address)})}

    def _in_front(self, data: FlowRows, message: DataMessage) -> Mapping[str, str]:
        return {"DATAFLOW": _address(data, message)}


class Csv20(_Csv):
    """SDMX-CSV 2.0: the kind of structure, its address, and the action for the line."""

    id = "csv-2.0"
    name = "SDMX-CSV 2.0"
    parameters = {"version": "2.0.0"}
    file = "{dataflow}.v2.csv"
    actions: ClassVar[Mapping[Action, str]] = {"Information": "I", "Replace": "R", "Delete": "D"}

    def _must_begin(self, described: Described) -> Mapping[str, frozenset[str]]:
        kind = "dataflow" if described.dataflow else "datastructure"
        return {
            "STRUCTURE": frozenset({kind}),
            "STRUCTURE_ID": frozenset({str(described.address)}),
            "ACTION": frozenset(self.actions.values()),
        }

    def _in_front(self, data: FlowRows, message: DataMessage) -> Mapping[str, str]:
        named = {"STRUCTURE_NAME": _said(data.title, message)} if message.labels == "name" else {}
        return {
            "STRUCTURE": "dataflow" if data.dataflow else "datastructure",
            "STRUCTURE_ID": _address(data, message),
            **named,
            "ACTION": self.actions[data.action],
        }


def _columns(data: FlowRows, message: DataMessage) -> tuple[Component, ...]:
    """The columns of a line; without those of single observations and their periods where only series are requested."""
    if message.with_observations:
        return data.columns
    return tuple(each for each in data.columns if each in data.dimensions and each.id != TIME)


def _batches(data: FlowRows, columns: Sequence[Component], message: DataMessage) -> Iterator[pa.RecordBatch]:
    """The rows of a data set in order; each series once where only series are requested."""
    names = [each.id for each in columns if data.has(each)]
    keys = [each for each in names if each in data.keys]
    return ordered(data, names, keys) if message.with_observations else distinct(data, names, keys)


def _fields(columns: Sequence[Component], data: FlowRows, message: DataMessage) -> Iterator[_Field]:
    """The fields of a line: for each of them its column, and how its texts are written."""
    for column in columns:
        if message.labels == "id" or column.codelist is None:
            yield column, _field if column.is_text else None
            continue
        names = {code: _said(name, message) for code, name in data.names.of(column.codelist).items()}
        if message.labels == "both":
            yield column, partial(_with_name, names)
        else:
            yield column, None
            yield column, partial(_name, names)


def _with_name(names: Mapping[str, str], code: str) -> str:
    """A code and its name in one field."""
    return _field(f"{code}: {names[code]}" if code in names else code)


def _name(names: Mapping[str, str], code: str) -> str:
    """The name of a code in a field of its own."""
    return _field(names.get(code, ""))


def _lines(batch: pa.RecordBatch, front: str, fields: Sequence[_Field]) -> pa.Array:
    """The lines of a batch, each after the end of the line before it."""
    empty = pa.nulls(len(batch), pa.string())
    held = {name: as_text(batch.column(name)) for name in batch.schema.names}
    columns = ((held.get(column.id, empty), written) for column, written in fields)
    return joined((front, *(each_once(column, written) if written else column for column, written in columns)), ",")


def _field(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if SPECIAL.search(text) else text


def _header(titles: Sequence[str]) -> bytes:
    return ",".join(_field(title) for title in titles).encode()


def _titles(columns: Sequence[Component], message: DataMessage) -> Iterator[str]:
    for column in columns:
        name = _said(column.name, message)
        yield f"{column.id}: {name}" if message.labels == "both" else column.id
        if message.labels == "name" and column.codelist is not None:
            yield name


def _address(data: FlowRows, message: DataMessage) -> str:
    return f"{data.address}: {_said(data.title, message)}" if message.labels == "both" else str(data.address)


def _said(text: Text, message: DataMessage) -> str:
    """A text in the language of the message, otherwise in English."""
    return dict(text).get(message.language) or text.en
