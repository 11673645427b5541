"""The XML schema of the data of one data structure: what `schema` of a service returns, and what data are checked by.

The official schemas leave components, codes and periods open; this one restricts their types to those of a structure,
so that an unknown code, a missing dimension or a value that is no number is a fault.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from warehouse.sdmx.artefacts import DATA_STRUCTURE, Codelist, DataStructure
from warehouse.sdmx.formats.base import ALL_DIMENSIONS, TIME
from warehouse.sdmx.formats.schema_faults import MlVersion
from warehouse.sdmx.formats.structure_ml import NAMESPACE
from warehouse.sdmx.formats.xml import DECLARATION, Node, node, written
from warehouse.sdmx.rows import Component

TYPES = {
    "String": "xs:string",
    "Integer": "xs:integer",
    "Double": "xs:double",
    "ObservationalTimePeriod": "common:ObservationalTimePeriodType",
}


def data_schema(
    structure: DataStructure,
    codelists: Iterable[Codelist],
    version: MlVersion = "2.1",
    at_observation: str = TIME,
) -> bytes:
    """The schema of structure-specific data, which imports the official ones from beside it.

    `at_observation` is the dimension that observations differ in within their series, or AllDimensions.
    """
    return "".join(_lines(structure, {each.id: each for each in codelists}, version, at_observation)).encode()


def _lines(structure: DataStructure, codelists: Mapping[str, Codelist], version: MlVersion, at: str) -> Iterator[str]:
    yield DECLARATION.decode()
    folder = f"{NAMESPACE}/v{version.replace('.', '_')}"
    target = f"{DATA_STRUCTURE.urn(structure.reference)}:ObsLevelDim:{at}"
    namespaces = {
        "xmlns:xs": "http://www.w3.org/2001/XMLSchema",
        "xmlns:dsd": f"{folder}/data/structurespecific",
        "xmlns:common": f"{folder}/common",
        "xmlns": target,
        "targetNamespace": target,
        "elementFormDefault": "qualified",
        "attributeFormDefault": "unqualified",
    }
    imports = [
        node("xs:import", namespace=f"{folder}/{name}", schemaLocation=file)
        for name, file in (
            ("common", "SDMXCommon.xsd"),
            ("data/structurespecific", "SDMXDataStructureSpecific.xsd"),
        )
    ]
    used = dict.fromkeys(each.codelist for each in structure.components if each.codelist)
    lists = [_enumeration(codelists[name]) for name in used if name in codelists]
    types = _Types(structure, frozenset(codelists), version, at)
    yield from written(Node("xs:schema", namespaces, (*imports, *lists, *types.all())))


def _enumeration(codelist: Codelist) -> Node:
    values = [node("xs:enumeration", value=code.id) for code in codelist.items]
    return node("xs:simpleType", node("xs:restriction", *values, base="xs:string"), name=codelist.id)


class _Types:
    """The restricted types of a set of data and of what stands in it."""

    def __init__(self, structure: DataStructure, lists: frozenset[str], version: MlVersion, at: str) -> None:
        self.structure, self.lists, self.version, self.at = structure, lists, version, at
        self.is_flat = at == ALL_DIMENSIONS
        self.series = [] if self.is_flat else [each for each in structure.dimensions if each.id != at]
        groups = structure.groups if version == "3.0" else ()
        self.groups = [(group, [e for e in structure.attributes if e.attached == group.dimensions]) for group in groups]
        said = {each.id for _, members in self.groups for each in members}
        keys = {each.id for each in self.series}
        left = [each for each in structure.attributes if each.id not in said]
        self.of_series = [each for each in left if each.attached and set(each.attached) <= keys]
        self.of_observation = [each for each in left if each not in self.of_series]

    def all(self) -> Iterator[Node]:
        """The types of observations, series, groups and of the whole."""
        key = [each for each in self.structure.dimensions if self.is_flat or each.id == self.at]
        values = [*([self.structure.measure] if self.structure.measure else []), *self.of_observation]
        yield self._restricted("ObsType", self._beside(), key, values)
        if not self.is_flat:
            observations = node("xs:element", name="Obs", type="ObsType", form="unqualified", **ANY_NUMBER)
            yield self._restricted("SeriesType", self._beside(observations), self.series, self.of_series)
        for group, members in self.groups:
            dimensions = [each for each in self.structure.dimensions if each.id in group.dimensions]
            yield self._restricted(group.id, self._beside(), dimensions, members, base="GroupType")
        yield self._dataset()

    def _beside(self, *more: Node) -> tuple[Node, ...]:
        """The elements that a type may hold before those of its own."""
        return (node("xs:element", ref="common:Annotations", minOccurs="0"), *more)

    def _restricted(
        self,
        name: str,
        elements: tuple[Node, ...],
        required: Iterable[Component],
        optional: Iterable[Component],
        base: str = "",
    ) -> Node:
        required = list(required)
        declared = [self._attribute(each, "required") for each in required]
        declared += [self._attribute(each, "required" if each.is_mandatory else "optional") for each in optional]
        declared += [
            node("xs:attribute", name=prohibited, use="prohibited")
            for prohibited in self._inherited(base or name)
            if prohibited not in {each.id for each in required}
        ]
        restriction = node("xs:restriction", node("xs:sequence", *elements), *declared, base=f"dsd:{base or name}")
        return node("xs:complexType", node("xs:complexContent", restriction), name=name)

    def _inherited(self, base: str) -> tuple[str, ...]:
        """Attributes of an official type that these data have not."""
        if self.version == "3.0":
            return () if base == "GroupType" else (TIME,)
        time = () if base == "GroupType" else (TIME,)
        return (*time, "REPORTING_YEAR_START_DAY")

    def _attribute(self, component: Component, use: str) -> Node:
        coded = component.codelist in self.lists
        return node("xs:attribute", name=component.id, type=component.codelist if coded else _type(component), use=use)

    def _dataset(self) -> Node:
        provider = "common:DataProviderReferenceType"
        front = (
            *self._beside(),
            node("xs:element", name="DataProvider", type=provider, form="unqualified", minOccurs="0"),
        )
        groups = [
            node("xs:element", name="Group", type=group.id, form="unqualified", **ANY_NUMBER)
            for group, _ in self.groups[:1]
        ]
        held = ("Obs", "ObsType") if self.is_flat else ("Series", "SeriesType")
        rows = node("xs:element", name=held[0], type=held[1], form="unqualified", **ANY_NUMBER)
        content = node("xs:choice", *groups, rows, **ANY_NUMBER) if self.version == "3.0" else rows
        scope = [node("xs:attribute", name="REPORTING_YEAR_START_DAY", use="prohibited")]
        restriction = node(
            "xs:restriction",
            node("xs:sequence", *front, content),
            *(scope if self.version == "2.1" else []),
            base="dsd:DataSetType",
        )
        return node("xs:complexType", node("xs:complexContent", restriction), name="DataSetType")


ANY_NUMBER = {"minOccurs": "0", "maxOccurs": "unbounded"}


def _type(component: Component) -> str:
    return TYPES[component.type or "String"]
