"""Structures as SDMX-ML 2.1 and 3.0.

The two say the same in other words: 2.1 refers by the parts of an address, 3.0 by URNs; a constraint is a content
constraint in 2.1 and a data constraint in 3.0. What belongs to an area and its period is a group in 3.0 alone: in 2.1
such attributes stand with the observations, whatever group they are given (SDMXStructureDataStructure.xsd).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import IO, ClassVar

from schemas.declaration import Text
from warehouse.sdmx.artefacts import (
    AGENCY_SCHEME,
    CATEGORISATION,
    CATEGORY,
    CATEGORY_SCHEME,
    CODELIST,
    CONCEPT,
    CONCEPT_SCHEME,
    CONSTRAINT,
    DATA_STRUCTURE,
    DATAFLOW,
    PROVIDER,
    PROVIDER_SCHEME,
    PROVISION_AGREEMENT,
    Annotation,
    Artefact,
    Categorisation,
    Constraint,
    Dataflow,
    DataStructure,
    Item,
    ItemScheme,
    Kind,
    ProvisionAgreement,
    StructureMessage,
)
from warehouse.sdmx.formats.base import TIME, StructureFormat
from warehouse.sdmx.formats.schema_faults import Fault, MlVersion, schema_faults
from warehouse.sdmx.formats.xml import DECLARATION, Node, node, opening, written
from warehouse.sdmx.rows import Component, Group, Reference

NAMESPACE = "http://www.sdmx.org/resources/sdmxml/schemas"


class _StructureMl(StructureFormat):
    """What both versions share; `folders` are the elements that artefacts of each kind stand in, in their order."""

    media_type = "application/vnd.sdmx.structure+xml"
    suffix = ".xml"
    version: ClassVar[MlVersion]
    folders: ClassVar[tuple[tuple[str, tuple[Kind, ...]], ...]]

    def chunks(self, message: StructureMessage) -> Iterator[bytes]:
        """The message, artefact by artefact."""
        version = f"v{self.version.replace('.', '_')}"
        namespaces = {
            "xmlns:mes": f"{NAMESPACE}/{version}/message",
            "xmlns:str": f"{NAMESPACE}/{version}/structure",
            "xmlns:com": f"{NAMESPACE}/{version}/common",
        }
        yield DECLARATION + f"<{opening(Node('mes:Structure', namespaces))}>\n".encode()
        yield from _encoded(header_node(message.id, message.prepared, message.sender.id, message.sender.name), 1)
        yield b"  <mes:Structures>\n"
        for folder, kinds in self.folders:
            held = [each for kind in kinds for each in message.of(kind)]
            if held:
                yield f"    <str:{folder}>\n".encode()
                for artefact in held:
                    yield from _encoded(self._artefact(artefact), 3)
                yield f"    </str:{folder}>\n".encode()
        yield b"  </mes:Structures>\n</mes:Structure>\n"

    def faults(self, content: IO[bytes]) -> Iterator[Fault]:
        """What the official schemas find wrong with a message."""
        return schema_faults(content, self.version)

    def _artefact(self, artefact: Artefact) -> Node:
        described = (*_annotations(artefact.annotations), *_named(artefact.name, artefact.description))
        # The official schemas let no stub of an agreement leave out what it is about.
        is_short = artefact.is_stub and not isinstance(artefact, ProvisionAgreement)
        content = () if is_short else self._content(artefact)
        children = tuple(each for each in content if each is not None)
        return Node(f"str:{self._tag(artefact.kind)}", self._address(artefact), (*described, *children))

    def _content(self, artefact: Artefact) -> Iterator[Node | None]:
        if isinstance(artefact, ItemScheme):
            yield from (self._item(artefact, each) for each in artefact.items)
        elif isinstance(artefact, DataStructure):
            yield node("str:DataStructureComponents", *self._components(artefact))
        elif isinstance(artefact, Dataflow):
            yield self._reference("str:Structure", DATA_STRUCTURE, artefact.structure)
        elif isinstance(artefact, Categorisation):
            yield self._reference("str:Source", DATAFLOW, artefact.dataflow)
            yield self._reference("str:Target", CATEGORY, artefact.scheme, artefact.category)
        elif isinstance(artefact, ProvisionAgreement):
            yield self._reference(self.usage, DATAFLOW, artefact.dataflow)
            yield self._reference("str:DataProvider", PROVIDER, artefact.scheme, artefact.provider)
        elif isinstance(artefact, Constraint):
            yield node("str:ConstraintAttachment", self._reference("str:Dataflow", DATAFLOW, artefact.dataflow))
            yield self._region(artefact)

    usage: ClassVar[str]
    values: ClassVar[str]

    def _item(self, scheme: ItemScheme, item: Item) -> Node:
        name = scheme.item_kind.name
        parent = self._parent(item) if item.parent else None
        values = self._values("str:CoreRepresentation", item.component, scheme.beside) if item.component else None
        described = (*_annotations(item.annotations), *_named(item.name, item.description))
        return node(f"str:{name}", *described, parent, values, id=item.id)

    def _components(self, structure: DataStructure) -> Iterator[Node]:
        dimensions = [self._dimension(structure, each, n) for n, each in enumerate(structure.dimensions, start=1)]
        yield node("str:DimensionList", *dimensions, id="DimensionDescriptor")
        yield from (self._group(group) for group in self._groups(structure))
        attributes = [self._attribute(structure, each) for each in structure.attributes]
        yield node("str:AttributeList", *attributes, id="AttributeDescriptor")
        if structure.measure:
            measure = self._component(structure, structure.measure, self.measure)
            yield node("str:MeasureList", measure, id="MeasureDescriptor")

    measure: ClassVar[str]

    def _dimension(self, structure: DataStructure, dimension: Component, position: int) -> Node:
        name = "str:TimeDimension" if dimension.id == TIME else "str:Dimension"
        placed = {} if dimension.id == TIME and self.version != "2.1" else {"position": str(position)}
        return self._component(structure, dimension, name, **placed)

    def _component(self, structure: DataStructure, one: Component, name: str, *more: Node, **given: str) -> Node:
        scheme, concept = structure.concept(one)
        identity = self._reference("str:ConceptIdentity", CONCEPT, scheme, concept)
        values = self._values("str:LocalRepresentation", one, structure.beside)
        return node(name, identity, values, *more, id=one.id, **given)

    def _values(self, name: str, component: Component, address: Callable[[str], Reference]) -> Node:
        if component.codelist is None:
            return node(name, node("str:TextFormat", textType=component.type))
        return node(name, self._reference("str:Enumeration", CODELIST, address(component.codelist)))

    @abstractmethod
    def _attribute(self, structure: DataStructure, attribute: Component) -> Node: ...

    @abstractmethod
    def _groups(self, structure: DataStructure) -> tuple[Group, ...]: ...

    @abstractmethod
    def _group(self, group: Group) -> Node: ...

    def _region(self, constraint: Constraint) -> Node:
        keys = [
            node(f"{self.values}:KeyValue", *(node(f"{self.values}:Value", text=code) for code in codes), id=dimension)
            for dimension, codes in constraint.values
        ]
        if constraint.first_period and constraint.last_period:
            period = node(
                f"{self.values}:TimeRange",
                node(f"{self.values}:StartPeriod", text=constraint.first_period, isInclusive="true"),
                node(f"{self.values}:EndPeriod", text=constraint.last_period, isInclusive="true"),
            )
            keys.append(node(f"{self.values}:KeyValue", period, id=TIME))
        return node("str:CubeRegion", *keys, include="true")

    def _tag(self, kind: Kind) -> str:
        return kind.name

    @abstractmethod
    def _address(self, artefact: Artefact) -> Mapping[str, str | None]: ...

    @abstractmethod
    def _reference(self, name: str, kind: Kind, reference: Reference, item: str | None = None) -> Node: ...

    @abstractmethod
    def _parent(self, item: Item) -> Node: ...


class StructureMl21(_StructureMl):
    """Structures as SDMX-ML 2.1."""

    id = "structure-ml-2.1"
    name = "SDMX-ML 2.1 structure"
    parameters = {"version": "2.1"}
    aliases = ("application/xml", "text/xml")
    file = "structures.xml"
    version = "2.1"
    usage, values, measure = "str:StructureUsage", "com", "str:PrimaryMeasure"
    folders = (
        ("OrganisationSchemes", (AGENCY_SCHEME, PROVIDER_SCHEME)),
        ("Dataflows", (DATAFLOW,)),
        ("CategorySchemes", (CATEGORY_SCHEME,)),
        ("Categorisations", (CATEGORISATION,)),
        ("Codelists", (CODELIST,)),
        ("Concepts", (CONCEPT_SCHEME,)),
        ("DataStructures", (DATA_STRUCTURE,)),
        ("Constraints", (CONSTRAINT,)),
        ("ProvisionAgreements", (PROVISION_AGREEMENT,)),
    )

    def _attribute(self, structure: DataStructure, attribute: Component) -> Node:
        if attribute.attached:
            related = [node("str:Dimension", _local(each)) for each in attribute.attached]
        else:
            related = [node("str:PrimaryMeasure", _local(structure.measure.id if structure.measure else ""))]
        relation = node("str:AttributeRelationship", *related)
        status = "Mandatory" if attribute.is_mandatory else "Conditional"
        return self._component(structure, attribute, "str:Attribute", relation, assignmentStatus=status)

    def _groups(self, structure: DataStructure) -> tuple[Group, ...]:
        return tuple(each for each in structure.groups if TIME not in each.dimensions)

    def _group(self, group: Group) -> Node:
        dimensions = [node("str:GroupDimension", node("str:DimensionReference", _local(e))) for e in group.dimensions]
        return node("str:Group", *dimensions, id=group.id)

    def _tag(self, kind: Kind) -> str:
        return "ContentConstraint" if kind is CONSTRAINT else kind.name

    def _address(self, artefact: Artefact) -> Mapping[str, str | None]:
        here = artefact.reference
        urn = artefact.urn.replace(f".{CONSTRAINT.name}=", ".ContentConstraint=")
        return {
            "id": here.id,
            "urn": urn,
            "version": here.version,
            "agencyID": here.agency,
            "isExternalReference": _truth(artefact.is_stub),
            "isFinal": "false",
            "isPartial": _truth(artefact.is_partial) if isinstance(artefact, ItemScheme) else None,
            "type": "Actual" if isinstance(artefact, Constraint) else None,
        }

    def _reference(self, name: str, kind: Kind, reference: Reference, item: str | None = None) -> Node:
        parts: dict[str, str | None] = {"id": item or reference.id}
        if item:
            parts |= {"maintainableParentID": reference.id, "maintainableParentVersion": reference.version}
        else:
            parts |= {"version": reference.version}
        return node(name, node("Ref", **parts, agencyID=reference.agency, package=kind.package, **{"class": kind.name}))

    def _parent(self, item: Item) -> Node:
        return node("str:Parent", _local(str(item.parent)))


class StructureMl30(_StructureMl):
    """Structures as SDMX-ML 3.0."""

    id = "structure-ml-3.0"
    name = "SDMX-ML 3.0 structure"
    parameters = {"version": "3.0.0"}
    file = "structures.v3.xml"
    version = "3.0"
    usage, values, measure = "str:Dataflow", "str", "str:Measure"
    folders = (
        ("AgencySchemes", (AGENCY_SCHEME,)),
        ("Categorisations", (CATEGORISATION,)),
        ("CategorySchemes", (CATEGORY_SCHEME,)),
        ("Codelists", (CODELIST,)),
        ("ConceptSchemes", (CONCEPT_SCHEME,)),
        ("DataConstraints", (CONSTRAINT,)),
        ("Dataflows", (DATAFLOW,)),
        ("DataProviderSchemes", (PROVIDER_SCHEME,)),
        ("DataStructures", (DATA_STRUCTURE,)),
        ("ProvisionAgreements", (PROVISION_AGREEMENT,)),
    )

    def _attribute(self, structure: DataStructure, attribute: Component) -> Node:
        groups = {group.dimensions: group.id for group in structure.groups}
        if not attribute.attached:
            related = [node("str:Observation")]
        elif attribute.attached in groups:
            related = [node("str:Group", text=groups[attribute.attached])]
        else:
            related = [node("str:Dimension", text=each) for each in attribute.attached]
        relation = node("str:AttributeRelationship", *related)
        return self._component(structure, attribute, "str:Attribute", relation, usage=usage_of(attribute))

    def _groups(self, structure: DataStructure) -> tuple[Group, ...]:
        return structure.groups

    def _group(self, group: Group) -> Node:
        dimensions = [node("str:GroupDimension", node("str:DimensionReference", text=e)) for e in group.dimensions]
        return node("str:Group", *dimensions, id=group.id)

    def _address(self, artefact: Artefact) -> Mapping[str, str | None]:
        here = artefact.reference
        return {
            "id": here.id,
            "urn": artefact.urn,
            "version": None if artefact.kind in (AGENCY_SCHEME, PROVIDER_SCHEME) else here.version,
            "agencyID": here.agency,
            "isExternalReference": _truth(artefact.is_stub),
            "isPartial": _truth(artefact.is_partial) if isinstance(artefact, ItemScheme) else None,
            "role": "Actual" if isinstance(artefact, Constraint) else None,
        }

    def _reference(self, name: str, kind: Kind, reference: Reference, item: str | None = None) -> Node:
        return node(name, text=kind.urn(reference, item))

    def _parent(self, item: Item) -> Node:
        return node("str:Parent", text=item.parent)


def header_node(identity: str, prepared: datetime, sender: str, name: Text, *more: Node) -> Node:
    """The header of any message of SDMX-ML."""
    return node(
        "mes:Header",
        node("mes:ID", text=identity),
        node("mes:Test", text="false"),
        node("mes:Prepared", text=prepared.astimezone(UTC).isoformat(timespec="seconds")),
        node("mes:Sender", *_texts("com:Name", name), id=sender),
        *more,
    )


def usage_of(attribute: Component) -> str:
    """How SDMX 3.0 says whether an attribute has to be there."""
    return "mandatory" if attribute.is_mandatory else "optional"


def _encoded(element: Node, depth: int) -> Iterator[bytes]:
    yield "".join(written(element, depth)).encode()


def _local(name: str) -> Node:
    return node("Ref", id=name)


def _truth(value: bool) -> str:
    return "true" if value else "false"


def _named(name: Text, description: Text | None) -> Iterator[Node]:
    yield from _texts("com:Name", name)
    if description:
        yield from _texts("com:Description", description)


def _texts(name: str, text: Text) -> Iterator[Node]:
    for language, words in text:
        if words:
            yield node(name, text=words, xml_lang=language)


def _annotations(annotations: tuple[Annotation, ...]) -> tuple[Node, ...]:
    if not annotations:
        return ()
    written_out = [
        node(
            "com:Annotation",
            node("com:AnnotationType", text=each.id),
            node("com:AnnotationText", text=each.text, xml_lang="en"),
            id=each.id,
        )
        for each in annotations
    ]
    return (node("com:Annotations", *written_out),)
