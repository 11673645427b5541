"""What every format of SDMX declares, and what it is given to write."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

import duckdb

from transforms.duck import quote_name, quote_text
from warehouse.sdmx.flows import Flow

if TYPE_CHECKING:
    import sdmx.message


@dataclass(frozen=True)
class FlowRows:
    """The observations of a dataflow, in SDMX's components.

    flow       the dataflow
    reference  how SDMX names it, such as ILMS:DF_X(1.0)
    rows       a column for each component that has values, named by its id: dimensions, the value, attributes; in no
               order
    keys       the dimensions, in the order of a series key, the period last
    """

    flow: Flow
    reference: str
    rows: duckdb.DuckDBPyRelation
    keys: tuple[str, ...]

    def in_order(self, in_front: Mapping[str, str]) -> duckdb.DuckDBPyRelation:
        """The rows in the order of their keys; before their columns, those of `in_front`, one text each."""
        columns = [f"{quote_text(value)} as {quote_name(name)}" for name, value in in_front.items()]
        return self.rows.project(", ".join([*columns, "*"])).order(", ".join(quote_name(key) for key in self.keys))


class Format(ABC):
    """One format of SDMX's data or structures.

    name        in words, with its version, such as SDMX-CSV 1.0
    media_type  without its parameters; `content_type` is the whole
    parameters  of the media type, its version for one
    file        the name of its file in a release's folder `sdmx`; of data, one for each {dataflow}
    writes      data or structure
    """

    name: ClassVar[str]
    media_type: ClassVar[str]
    parameters: ClassVar[Mapping[str, str]]
    file: ClassVar[str]
    writes: ClassVar[Literal["data", "structure"]]

    @property
    def content_type(self) -> str:
        """The media type with its parameters, as HTTP has it."""
        return ";".join([self.media_type, *(f"{name}={value}" for name, value in self.parameters.items())])


class DataFormat(Format):
    """A format of observations: one file holds those of a dataflow."""

    writes = "data"

    def file_of(self, dataflow: str) -> str:
        """The name of the file of a dataflow."""
        return self.file.format(dataflow=dataflow)

    @abstractmethod
    def write(self, data: FlowRows, file: Path) -> None:
        """Write the observations of a dataflow; the same ones give the same bytes, whatever their order."""


class StructureFormat(Format):
    """A format of structures: one file holds everything that the dataflows refer to."""

    writes = "structure"

    @abstractmethod
    def write(self, message: sdmx.message.StructureMessage, file: Path) -> None:
        """Write a structure message. Raises PublishError, and writes nothing, when it is not valid in this format."""
