"""Data as SDMX-ML: 2.1 structure-specific and generic, and 3.0.

Arrow puts the texts of observations together, and in front of the first one of a series the tags that close the series
before and open its own; so nothing but whole columns passes through Python.

An attribute stands where its dimensions vary: with the series when they are all in its key, otherwise with the
observation. SDMX-ML 3.0 can say once what an area and period have in common, as a group; 2.1 ignores groups of the
period (SDMXStructureDataStructure.xsd, AttachmentGroup), and repeats it in each observation.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.files import opened
from warehouse.sdmx.artefacts import DATA_STRUCTURE, DATAFLOW, Described, Kind
from warehouse.sdmx.batches import distinct, ordered
from warehouse.sdmx.columns import as_text, each_once
from warehouse.sdmx.formats.base import ALL_DIMENSIONS, DataFormat, DataMessage
from warehouse.sdmx.formats.data_schema import data_schema
from warehouse.sdmx.formats.lines import (
    Piece,
    Runs,
    around,
    content,
    has_some,
    joined,
    spread,
    without_front,
)
from warehouse.sdmx.formats.schema_faults import Fault, MlVersion, data_faults, schema_faults
from warehouse.sdmx.formats.structure_ml import NAMESPACE, header_node
from warehouse.sdmx.formats.xml import DECLARATION, Node, escaped, node, opening, written
from warehouse.sdmx.rows import Component, FlowRows, Group

NEW_LINE = "\n"
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"


@dataclass(frozen=True)
class _Layout:
    """Where each component of a set of data stands.

    series       the dimensions of a series key; none for observations without series
    of_series    attributes of a series
    key          the dimensions that an observation has itself
    of_observation  its value and attributes
    of_group     for each group, the attributes that it says once
    """

    series: tuple[Component, ...]
    of_series: tuple[Component, ...]
    key: tuple[Component, ...]
    of_observation: tuple[Component, ...]
    of_group: tuple[tuple[Group, tuple[Component, ...]], ...]


class _DataMl(DataFormat):
    """What the forms of SDMX-ML share: the header, and series that open and close around observations."""

    suffix = ".xml"
    version: ClassVar[MlVersion]
    root: ClassVar[str]
    has_groups: ClassVar[bool] = False

    def chunks(self, message: DataMessage) -> Iterator[bytes]:
        """The message, piece by piece; all sets of data have the structure of the first."""
        first, *_ = message.datasets
        yield DECLARATION + f"<{opening(Node(self.root, self._namespaces(first, message)))}>\n".encode()
        header = header_node(
            message.id, message.prepared, message.sender.id, message.sender.name, self._structure(first, message)
        )
        yield "".join(written(header, 1)).encode()
        for data in message.datasets:
            yield from self._dataset(data, message)
        yield f"</{self.root}>\n".encode()

    def _dataset(self, data: FlowRows, message: DataMessage) -> Iterator[bytes]:
        layout = self._layout(data, message)
        yield f"  <{opening(Node('mes:DataSet', self._dataset_attributes(data)))}>\n".encode()
        for group, attributes in layout.of_group:
            yield from self._groups(data, group, attributes)
        yield from self._observations(data, layout, message)
        yield b"  </mes:DataSet>\n"

    def _layout(self, data: FlowRows, message: DataMessage) -> _Layout:
        at = message.at_observation
        flat = at == ALL_DIMENSIONS
        series = () if flat else tuple(each for each in data.dimensions if each.id != at)
        keys = {each.id for each in series}
        attributes = [each for each in data.attributes if data.has(each)]
        grouped = [(group, _of(group, attributes)) for group in data.groups if self.has_groups]
        said = {each.id for _, members in grouped for each in members}
        of_series = tuple(e for e in attributes if e.attached and set(e.attached) <= keys and e.id not in said)
        measure = [data.measure] if data.has(data.measure) else []
        rest = [each for each in attributes if each not in of_series and each.id not in said]
        return _Layout(
            series,
            of_series,
            tuple(each for each in data.dimensions if flat or each.id == at),
            (*measure, *rest),
            tuple((group, members) for group, members in grouped if members),
        )

    def _groups(self, data: FlowRows, group: Group, attributes: Sequence[Component]) -> Iterator[bytes]:
        """A group for each area and period, with what they have in common."""
        dimensions = [each for each in data.dimensions if each.id in group.dimensions]
        for batch in distinct(data, _ids([*dimensions, *attributes]), _ids(dimensions)):
            said = batch.filter(has_some([batch.column(each.id) for each in attributes]))
            yield content(joined([*self._group(said, group, dimensions, attributes), NEW_LINE]))

    def _observations(self, data: FlowRows, layout: _Layout, message: DataMessage) -> Iterator[bytes]:
        of_series = [*layout.series, *layout.of_series]
        if message.with_observations:
            columns = [*of_series, *layout.key, *layout.of_observation]
            batches = ordered(data, _ids(columns), _ids([*layout.series, *layout.key]))
        elif layout.series:
            batches = distinct(data, _ids(of_series), _ids(layout.series))
        else:
            return
        if layout.series:
            yield from self._in_series(batches, layout, message)
        else:
            yield from (content(joined([*self._observation(batch, layout), NEW_LINE])) for batch in batches)

    def _in_series(self, batches: Iterable[pa.RecordBatch], layout: _Layout, message: DataMessage) -> Iterator[bytes]:
        """The observations; in front of the first one of each series, the end of the one before and its beginning."""
        close = f"    </{self._series}>{NEW_LINE}"
        runs = Runs(_ids(layout.series))

        def written(batch: pa.RecordBatch) -> bytes:
            starts = runs.starts(batch)
            first = batch.select(_ids([*layout.series, *layout.of_series])).filter(pa.array(starts))
            head = [f"{close}    <{self._series}", *self._series_head(first, layout), NEW_LINE]
            observation = [*self._observation(batch, layout), NEW_LINE] if message.with_observations else []
            return content(joined([spread(joined(head), starts), *observation]))

        some = False
        for piece in without_front(map(written, batches), len(close)):
            some = True
            yield piece
        if some:
            yield close.encode()

    _series: ClassVar[str]

    @abstractmethod
    def _namespaces(self, data: FlowRows, message: DataMessage) -> dict[str, str | None]:
        """The namespaces of the message, by prefix."""

    @abstractmethod
    def _structure(self, data: FlowRows, message: DataMessage) -> Node:
        """What the header says of the structure of a set of data."""

    @abstractmethod
    def _dataset_attributes(self, data: FlowRows) -> dict[str, str | None]:
        """The XML attributes of a set of data."""

    def _group(
        self, _batch: pa.RecordBatch, _group: Group, _dimensions: Sequence[Component], _attributes: Sequence[Component]
    ) -> Iterable[Piece]:
        """The pieces of the element of a group; none where the format has no groups."""
        return ()

    @abstractmethod
    def _series_head(self, batch: pa.RecordBatch, layout: _Layout) -> Iterable[Piece]:
        """Those of the key and the attributes of a series, to the end of its tag."""

    @abstractmethod
    def _observation(self, batch: pa.RecordBatch, layout: _Layout) -> Iterable[Piece]:
        """Those of an observation."""


class _StructureSpecific(_DataMl):
    """Values as attributes of XML that are named after their components."""

    root = "mes:StructureSpecificData"
    _series = "Series"

    def faults(self, file: Path, described: Described) -> Iterator[Fault]:
        """What the official schemas and that of the data structure find wrong with a file."""
        schema = data_schema(described.structure, described.codelists, self.version)
        with opened(file) as lines:
            yield from data_faults(lines, schema, self.version)

    def _namespaces(self, data: FlowRows, message: DataMessage) -> dict[str, str | None]:
        version = f"v{self.version.replace('.', '_')}"
        return {
            "xmlns:mes": f"{NAMESPACE}/{version}/message",
            "xmlns:com": f"{NAMESPACE}/{version}/common",
            "xmlns:ss": f"{NAMESPACE}/{version}/data/structurespecific",
            "xmlns:ns1": data_namespace(data, message.at_observation),
            "xmlns:xsi": INSTANCE,
        }

    def _structure(self, data: FlowRows, message: DataMessage) -> Node:
        return node(
            "mes:Structure",
            self._usage(data),
            structureID=data.structure.id,
            namespace=data_namespace(data, message.at_observation),
            dimensionAtObservation=message.at_observation,
        )

    @abstractmethod
    def _usage(self, data: FlowRows) -> Node:
        """How the header names the dataflow, or its structure."""

    def _dataset_attributes(self, data: FlowRows) -> dict[str, str | None]:
        return {
            "ss:structureRef": data.structure.id,
            "xsi:type": "ns1:DataSetType",
            "ss:dataScope": "DataStructure" if self.version == "2.1" else None,
            "ss:action": data.action,
            "ss:validFromDate": data.valid_from,
            "ss:validToDate": data.valid_to,
        }

    def _group(
        self, batch: pa.RecordBatch, group: Group, dimensions: Sequence[Component], attributes: Sequence[Component]
    ) -> Iterable[Piece]:
        yield f'    <Group xsi:type="ns1:{group.id}"'
        yield from _attributes(batch, [*dimensions, *attributes])
        yield "/>"

    def _series_head(self, batch: pa.RecordBatch, layout: _Layout) -> Iterable[Piece]:
        yield from _attributes(batch, [*layout.series, *layout.of_series])
        yield ">"

    def _observation(self, batch: pa.RecordBatch, layout: _Layout) -> Iterable[Piece]:
        yield "      <Obs" if layout.series else "    <Obs"
        yield from _attributes(batch, [*layout.key, *layout.of_observation])
        yield "/>"


class StructureSpecificMl21(_StructureSpecific):
    """SDMX-ML 2.1, structure-specific."""

    id = "ml-2.1"
    name = "SDMX-ML 2.1 structure-specific"
    media_type = "application/vnd.sdmx.structurespecificdata+xml"
    parameters = {"version": "2.1"}
    file = "{dataflow}.xml"
    version = "2.1"

    def _usage(self, data: FlowRows) -> Node:
        return _usage_21(data)


class Ml30(_StructureSpecific):
    """SDMX-ML 3.0, which is structure-specific."""

    id = "ml-3.0"
    name = "SDMX-ML 3.0"
    media_type = "application/vnd.sdmx.data+xml"
    parameters = {"version": "3.0.0"}
    file = "{dataflow}.v3.xml"
    version = "3.0"
    has_groups = True

    def _usage(self, data: FlowRows) -> Node:
        name, kind = _named_by(data)
        return node(name, text=kind.urn(data.address))


class GenericMl21(_DataMl):
    """SDMX-ML 2.1, generic: values as elements that name their components."""

    id = "generic-2.1"
    name = "SDMX-ML 2.1 generic"
    media_type = "application/vnd.sdmx.genericdata+xml"
    parameters = {"version": "2.1"}
    aliases = ("application/xml", "text/xml")
    file = "{dataflow}.generic.xml"
    version = "2.1"
    root = "mes:GenericData"
    _series = "gen:Series"

    def faults(self, file: Path, described: Described) -> Iterator[Fault]:  # noqa: ARG002
        """What the official schemas find wrong with a file; in them, what components there are is open."""
        with opened(file) as lines:
            yield from schema_faults(lines, self.version)

    def _namespaces(self, data: FlowRows, message: DataMessage) -> dict[str, str | None]:  # noqa: ARG002
        return {
            "xmlns:mes": f"{NAMESPACE}/v2_1/message",
            "xmlns:com": f"{NAMESPACE}/v2_1/common",
            "xmlns:gen": f"{NAMESPACE}/v2_1/data/generic",
        }

    def _structure(self, data: FlowRows, message: DataMessage) -> Node:
        at = message.at_observation
        return node("mes:Structure", _usage_21(data), structureID=data.structure.id, dimensionAtObservation=at)

    def _dataset_attributes(self, data: FlowRows) -> dict[str, str | None]:
        return {
            "structureRef": data.structure.id,
            "action": data.action,
            "validFromDate": data.valid_from,
            "validToDate": data.valid_to,
        }

    def _series_head(self, batch: pa.RecordBatch, layout: _Layout) -> Iterable[Piece]:
        yield "><gen:SeriesKey>"
        yield from _values(batch, layout.series)
        yield "</gen:SeriesKey>"
        yield from _described(batch, layout.of_series)

    def _observation(self, batch: pa.RecordBatch, layout: _Layout) -> Iterable[Piece]:
        attributes = [each for each in layout.of_observation if each.attached or each.id != MEASURE]
        if layout.series:
            yield '      <gen:Obs><gen:ObsDimension value="'
            yield from (_escaped(batch, each) for each in layout.key)
            yield '"/>'
        else:
            yield "    <gen:Obs><gen:ObsKey>"
            yield from _values(batch, layout.key)
            yield "</gen:ObsKey>"
        for each in layout.of_observation:
            if each not in attributes:
                yield from around('<gen:ObsValue value="', _escaped(batch, each), '"/>')
        yield from _described(batch, attributes)
        yield "</gen:Obs>"


MEASURE = "OBS_VALUE"


def data_namespace(data: FlowRows, at_observation: str) -> str:
    """The namespace of the data of a structure, laid out by a dimension at the observations."""
    return f"{DATA_STRUCTURE.urn(data.structure)}:ObsLevelDim:{at_observation}"


def _usage_21(data: FlowRows) -> Node:
    name, kind = _named_by(data)
    here = data.address
    parts = {"id": here.id, "agencyID": here.agency, "version": here.version, "package": kind.package}
    return node(name, node("Ref", **parts, **{"class": kind.name}))


def _named_by(data: FlowRows) -> tuple[str, Kind]:
    """The element of the header that names the dataflow, or the structure, and its kind."""
    return ("com:StructureUsage", DATAFLOW) if data.dataflow else ("com:Structure", DATA_STRUCTURE)


def _of(group: Group, attributes: Iterable[Component]) -> tuple[Component, ...]:
    return tuple(each for each in attributes if each.attached == group.dimensions)


def _ids(components: Iterable[Component]) -> list[str]:
    return [each.id for each in components]


def _attributes(batch: pa.RecordBatch, components: Iterable[Component]) -> Iterator[Piece]:
    """Attributes of XML with their values; none where there is no value."""
    for each in components:
        yield from around(f' {each.id}="', _escaped(batch, each), '"')


def _values(batch: pa.RecordBatch, components: Iterable[Component]) -> Iterator[Piece]:
    """Elements with a value; none where there is no value."""
    for each in components:
        yield from around(f'<gen:Value id="{each.id}" value="', _escaped(batch, each), '"/>')


def _described(batch: pa.RecordBatch, components: Sequence[Component]) -> Sequence[Piece]:
    """The values of attributes in their element; nothing where there are none."""
    values = list(_values(batch, components))
    if not values:
        return ()
    inside = ("<gen:Attributes>", *values, "</gen:Attributes>")
    some = has_some([batch.column(each.id) for each in components])
    return inside if some.true_count == len(some) else (pc.if_else(some, joined(inside), ""),)


def _escaped(batch: pa.RecordBatch, component: Component) -> pa.Array:
    """Values as they may stand in quotes: codes, periods and numbers need no escapes."""
    column = batch.column(component.id)
    return each_once(column, escaped) if component.is_text else as_text(column)
