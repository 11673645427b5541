"""SDMX-CSV 1.0 and 2.0: a line for each observation, beginning with the dataflow.

Fields are quoted where they must be (RFC 4180), lines end with a line feed. An empty text and a missing one are the
same: CSV cannot distinguish them. Lines within a note end with a line feed alone: readers drop carriage returns.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence

import duckdb

from schemas.declaration import Text
from transforms.duck import quote_name, quote_text
from warehouse.sdmx.formats.base import TIME, DataFormat, DataMessage
from warehouse.sdmx.formats.lines import texts
from warehouse.sdmx.rows import Component, FlowRows, in_order

NEW_LINE = "chr(10)"
SPECIAL = (",", '"', "\n", "\r")
"""A field with one of these characters is quoted."""


class _Csv(DataFormat):
    """The lines, which both versions share; each version adds its own first columns."""

    media_type = "application/vnd.sdmx.data+csv"
    suffix = ".csv"

    def chunks(self, message: DataMessage) -> Iterator[bytes]:
        """The lines, under one header: all data sets have the columns of the first."""
        first, *_ = message.datasets
        columns = _columns(first, message)
        yield _header([*self._in_front(first, message), *_titles(columns, message)])
        for data in message.datasets:
            named = _Named(data, columns, message)
            front = [quote_text(_field(value)) for value in self._in_front(data, message).values()]
            line = ", ".join([*front, *named.fields])
            yield from texts(named.rows, f"concat(concat_ws(',', {line}), {NEW_LINE})")

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

    def _in_front(self, data: FlowRows, message: DataMessage) -> Mapping[str, str]:
        return {"DATAFLOW": _address(data, message)}


class Csv20(_Csv):
    """SDMX-CSV 2.0: the kind of structure, its address, and the action for the line."""

    id = "csv-2.0"
    name = "SDMX-CSV 2.0"
    parameters = {"version": "2.0.0"}
    file = "{dataflow}.v2.csv"

    def _in_front(self, data: FlowRows, message: DataMessage) -> Mapping[str, str]:
        named = {"STRUCTURE_NAME": _said(data.title, message)} if message.labels == "name" else {}
        return {
            "STRUCTURE": "dataflow" if data.dataflow else "datastructure",
            "STRUCTURE_ID": _address(data, message),
            **named,
            "ACTION": "I",
        }


def _columns(data: FlowRows, message: DataMessage) -> tuple[Component, ...]:
    """The columns of a line; without those of single observations and their periods where only series are requested."""
    if message.with_observations:
        return data.columns
    return tuple(each for each in data.columns if each in data.dimensions and each.id != TIME)


class _Named:
    """The rows of a data set, each once and in order, with the names of their codes where requested."""

    def __init__(self, data: FlowRows, columns: Sequence[Component], message: DataMessage) -> None:
        held = data.rows.columns
        is_whole = held == [each.id for each in columns]
        rows = data.rows if is_whole else data.rows.project(", ".join(_or_none(each, held) for each in columns))
        self.rows: duckdb.DuckDBPyRelation = rows if message.with_observations else rows.distinct()
        keys = [each.id for each in columns if each in data.dimensions]
        self.fields: list[str] = []
        for column in columns:
            field = _sql_field(column)
            if message.labels == "id" or column.codelist is None:
                self.fields.append(field)
                continue
            name = self._join(data, column, message)
            if message.labels == "both":
                both = f"{quote_name(column.id)} || coalesce(': ' || {name}, '')"
                self.fields.append(_quoted(both))
            else:
                self.fields += [field, _quoted(name)]
        if not (data.are_in_order and is_whole and message.labels == "id"):
            self.rows = in_order(self.rows, keys)

    def _join(self, data: FlowRows, column: Component, message: DataMessage) -> str:
        """Join the names of a column's codes; returns the column of names."""
        code, name = f"code of {column.id}", f"name of {column.id}"
        named = data.names.rows(str(column.codelist), message.language, code=code, name=name)
        self.rows = self.rows.join(named, f"{quote_name(column.id)} = {quote_name(code)}", how="left")
        return quote_name(name)


def _or_none(column: Component, held: Sequence[str]) -> str:
    name = quote_name(column.id)
    return name if column.id in held else f"null as {name}"


def _sql_field(column: Component) -> str:
    name = quote_name(column.id)
    return _quoted(name) if column.is_text else f"coalesce(cast({name} as varchar), '')"


def _quoted(text: str) -> str:
    """The SQL of a field that may need quotes."""
    special = " or ".join(f"contains({text}, chr({ord(each)}))" for each in SPECIAL)
    return f"coalesce(case when {special} then concat('\"', replace({text}, '\"', '\"\"'), '\"') else {text} end, '')"


def _field(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if set(text) & set(SPECIAL) else text


def _header(titles: Sequence[str]) -> bytes:
    return (",".join(_field(title) for title in titles) + "\n").encode()


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
