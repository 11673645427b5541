"""What a dataflow calls the columns of table `observation` in SDMX: its components, and where their values are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyarrow as pa

from schemas.declaration import Text
from warehouse.sdmx.agency import Agency
from warehouse.sdmx.artefacts import Artefact
from warehouse.sdmx.columns import each_once
from warehouse.sdmx.periods import in_sdmx
from warehouse.sdmx.rows import Component, Group, Reference

TIME = "TIME_PERIOD"


@dataclass(frozen=True)
class Origin:
    """Where the values of a component are in table `observation`, for queries and for rows that have been read.

    sql      the value of a row
    column   the column that it is made from; None where it is the same for the whole dataflow, or made from several
    written  how a text of the column is written, where it is not the value itself
    constant the value that is the same for the whole dataflow
    """

    sql: str
    column: str | None = None
    written: Callable[[str], str | None] | None = None
    constant: str | None = None

    @property
    def is_of_one_column(self) -> bool:
        """Whether `values` can be made from what is stored."""
        return self.column is not None or self.constant is not None

    def values(self, batch: pa.RecordBatch) -> pa.Array:
        """The values of rows that have been read: what `sql` gives for each."""
        if self.column is None:
            return pa.repeat(pa.scalar(self.constant, pa.string()), len(batch))
        stored = batch.column(self.column)
        return each_once(stored, self.written) if self.written else stored


DERIVED = {
    "FREQ": Origin(
        "case when strlen(time) = 4 then 'A' else substr(time, 5, 1) end", "time", lambda time: time[4:5] or "A"
    ),
    TIME: Origin(
        "case when strlen(time) = 4 then time else concat(left(time, 4), '-', ltrim(substr(time, 5), 'M')) end",
        "time",
        in_sdmx,
    ),
}


@dataclass(frozen=True)
class Components:
    """The components of a dataflow: dimensions in the order of a series key, the period last; the one with the value;
    attributes in the order of the structure; groups of dimensions that attributes are attached to."""

    dimensions: tuple[Component, ...]
    measure: Component
    attributes: tuple[Component, ...]
    groups: tuple[Group, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The ids of the dimensions."""
        return tuple(each.id for each in self.dimensions)

    @property
    def all(self) -> tuple[Component, ...]:
        """All of them, in order."""
        return (*self.dimensions, self.measure, *self.attributes)


class ServedFlow(ABC):
    """A dataflow that has observations, and what its components are in table `observation`.

    id, title, description, topic  of the dataflow
    indicator        whose rows it has; None where it has those of several
    classifications  of the indicator, with their columns
    """

    title: Text
    indicator: str | None
    classifications: tuple[tuple[str, str], ...]

    @property
    @abstractmethod
    def id(self) -> str:
        """Its id."""

    @property
    @abstractmethod
    def description(self) -> Text:
        """What it holds, in words."""

    @property
    @abstractmethod
    def topic(self) -> str:
        """The topic that it is found under."""

    @abstractmethod
    def structure(self, agency: Agency) -> Reference:
        """The address of its data structure, where the agency publishes it."""

    @property
    @abstractmethod
    def components(self) -> Components:
        """What it is made of."""

    @property
    @abstractmethod
    def origins(self) -> Mapping[str, Origin]:
        """Where the values of every component are that has some."""

    @property
    @abstractmethod
    def stored(self) -> Mapping[str, str]:
        """The dimensions whose codes a column of the table holds as they are, with that column."""

    @property
    @abstractmethod
    def constants(self) -> Mapping[str, str]:
        """The components with a single value in the whole dataflow."""

    @property
    @abstractmethod
    def condition(self) -> str:
        """The SQL of which rows of the table it has."""

    @property
    def maintained_elsewhere(self) -> tuple[Artefact, ...]:
        """Its structure, with code lists and concepts, where it is not that of the agency that publishes it."""
        return ()

    @property
    def code_names(self) -> Mapping[str, Mapping[str, Text]] | None:
        """The names of its codes by their lists; None where they are those of table `code`."""
        return None

    @property
    def keys(self) -> tuple[str, ...]:
        """The ids of its dimensions."""
        return self.components.keys

    @property
    def expressions(self) -> Mapping[str, str]:
        """The SQL of every component that has values."""
        return {name: origin.sql for name, origin in self.origins.items()}
