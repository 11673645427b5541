"""The observations of one dataflow as passed to every format: their components, and their rows in DuckDB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Literal

import duckdb
import pyarrow as pa

from schemas.declaration import Text
from transforms.duck import quote_name

ValueType = Literal["String", "Integer", "Double", "ObservationalTimePeriod"]
Action = Literal["Information", "Replace", "Delete"]
"""What a reader who keeps a copy does with data: nothing, put them in place of its own, remove what has their keys."""


@dataclass(frozen=True)
class Reference:
    """The address of a dataflow or a data structure: its agency, id and version."""

    agency: str
    id: str
    version: str

    def __str__(self) -> str:
        """In SDMX notation: ILMS:DF_X(1.0)."""
        return f"{self.agency}:{self.id}({self.version})"


@dataclass(frozen=True)
class Component:
    """A dimension, the measure or an attribute.

    codelist  the id of the code list of its values; None where they have a `type`
    attached  for an attribute: the dimensions to which it belongs; empty for those of each observation
    is_mandatory  for an attribute: whether its structure requires it
    """

    id: str
    name: Text
    codelist: str | None = None
    type: ValueType | None = None
    attached: tuple[str, ...] = ()
    is_mandatory: bool = False

    @property
    def is_text(self) -> bool:
        """Whether its values are free text, which may contain any character."""
        return self.type == "String"

    @property
    def is_number(self) -> bool:
        """Whether its values are numbers."""
        return self.type in ("Integer", "Double")


@dataclass(frozen=True)
class Group:
    """Dimensions whose values have attributes in common."""

    id: str
    dimensions: tuple[str, ...]


class CodeNames:
    """The names of codes, read from table `code` once for each list, by any thread.

    Nothing but these names is read from the connection by another thread.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection, self._lock = connection, Lock()
        self._lists: dict[str, Mapping[str, Text]] = {}

    def of(self, codelist: str) -> Mapping[str, Text]:
        """Code -> its name, of one list, in the order of the list."""
        with self._lock:
            if codelist not in self._lists:
                query = "select code, label_en, label_fr, label_es from code where codelist = ? order by sort, code"
                rows = self._connection.execute(query, [codelist]).fetchall()
                self._lists[codelist] = {code: Text(en=en, fr=fr, es=es) for code, en, fr, es in rows}
            return self._lists[codelist]


class DeclaredNames(CodeNames):
    """The names of codes that table `code` does not have."""

    def __init__(self, lists: Mapping[str, Mapping[str, Text]]) -> None:
        self._declared = lists

    def of(self, codelist: str) -> Mapping[str, Text]:
        """Code -> its name, of one list."""
        return self._declared[codelist]


@dataclass(frozen=True)
class FlowRows:
    """The observations of a dataflow, in SDMX's components.

    dataflow    its address, and its `title`; None for data that are of a structure and no dataflow
    structure   the address of its data structure
    dimensions  in the order of a series key, the period last
    measure     the component with the value
    attributes  in the order of the structure
    groups      of dimensions that attributes are attached to, the period among them
    connection  that the rows are read from
    rows        in DuckDB, or in memory where they are few and have been read: a column for each component that has
                values, named by its id, in no order. Dimensions, codes, texts and periods are texts, the others
                numbers; an empty text is none
    names       the names of codes
    valid_from, valid_to  the time during which these numbers were current; None where that is not requested
    action      what a reader who keeps a copy does with them
    are_in_order  whether the rows lie in the order of their keys, so that nobody has to look
    """

    dataflow: Reference | None
    title: Text
    structure: Reference
    dimensions: tuple[Component, ...]
    measure: Component
    attributes: tuple[Component, ...]
    connection: duckdb.DuckDBPyConnection = field(repr=False)
    rows: duckdb.DuckDBPyRelation | pa.Table
    names: CodeNames = field(repr=False)
    groups: tuple[Group, ...] = ()
    valid_from: str | None = None
    valid_to: str | None = None
    action: Action = "Information"
    are_in_order: bool = False

    @property
    def address(self) -> Reference:
        """What data are named by: their dataflow, or their structure."""
        return self.dataflow or self.structure

    @property
    def keys(self) -> tuple[str, ...]:
        """The ids of the dimensions."""
        return tuple(each.id for each in self.dimensions)

    @property
    def columns(self) -> tuple[Component, ...]:
        """The components that the rows have: dimensions, value, attributes."""
        held = set(self.held)
        return tuple(each for each in (*self.dimensions, self.measure, *self.attributes) if each.id in held)

    @property
    def held(self) -> Sequence[str]:
        """The names of the columns of the rows."""
        return list(self.rows.column_names if isinstance(self.rows, pa.Table) else self.rows.columns)

    def has(self, component: Component) -> bool:
        """Whether the rows have a component."""
        return component.id in self.held


def in_order(rows: duckdb.DuckDBPyRelation, keys: Sequence[str]) -> duckdb.DuckDBPyRelation:
    """The rows in key order.

    Sorting takes several times as long as checking that rows are already in order, as those of a release mostly are.
    """
    names = ", ".join(quote_name(key) for key in keys)
    before = rows.project(f"row({names}) as key_here, lag(row({names})) over () as key_before")
    is_in_order = before.filter("key_here < key_before").limit(1).fetchall() == []
    return rows if is_in_order else rows.order(names)
