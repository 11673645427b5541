"""Structures as SDMX-JSON 2.0."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import IO, Any

from schemas.declaration import Text
from warehouse.sdmx.agency import Agency
from warehouse.sdmx.artefacts import (
    CATEGORY,
    CODELIST,
    CONCEPT,
    DATA_STRUCTURE,
    DATAFLOW,
    PROVIDER,
    Annotation,
    Artefact,
    Categorisation,
    Constraint,
    Dataflow,
    DataStructure,
    Item,
    ItemScheme,
    ProvisionAgreement,
    StructureMessage,
)
from warehouse.sdmx.formats.base import TIME, StructureFormat
from warehouse.sdmx.formats.schema_faults import Fault, structure_json_faults
from warehouse.sdmx.formats.structure_ml import usage_of
from warehouse.sdmx.rows import Component, Reference

SCHEMAS = "https://raw.githubusercontent.com/sdmx-twg/sdmx-json/master"
STRUCTURE_SCHEMA = f"{SCHEMAS}/structure-message/tools/schemas/2.0.0/sdmx-json-structure-schema.json"
LANGUAGES = ("en", "fr", "es")


class StructureJson20(StructureFormat):
    """Structures as SDMX-JSON 2.0."""

    id = "structure-json-2.0"
    name = "SDMX-JSON 2.0 structure"
    media_type = "application/vnd.sdmx.structure+json"
    parameters = {"version": "2.0.0"}
    aliases = ("application/json",)
    suffix = ".json"
    file = "structures.json"

    def chunks(self, message: StructureMessage) -> Iterator[bytes]:
        """The message, artefact by artefact."""
        meta = message_meta(message.id, message.prepared, message.sender, STRUCTURE_SCHEMA)
        yield f'{{"meta": {as_json(meta)},\n"data": {{'.encode()
        kinds = dict.fromkeys(artefact.kind for artefact in message.artefacts)
        for comma, kind in zip(_commas(), kinds, strict=False):
            yield f'{comma}"{kind.plural}": ['.encode()
            for inner, artefact in zip(_commas(), message.of(kind), strict=False):
                yield f"{inner}{as_json(_artefact(artefact))}".encode()
            yield b"]"
        yield b"}}\n"

    def faults(self, content: IO[bytes]) -> Iterator[Fault]:
        """What the official schema finds wrong with a message."""
        return structure_json_faults(content)


def message_meta(identity: str, prepared: datetime, sender: Agency, schema: str) -> Mapping[str, Any]:
    """The header of any message of SDMX-JSON."""
    return {
        "schema": schema,
        "id": identity,
        "prepared": prepared.astimezone(UTC).isoformat(timespec="seconds"),
        "test": False,
        "contentLanguages": list(LANGUAGES),
        "sender": {"id": sender.id, **named(sender.name)},
    }


def as_json(value: Any) -> str:
    """A value as compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def named(name: Text, description: Text | None = None) -> dict[str, Any]:
    """A name, and a description, in the best language and in each."""
    names = _in_languages(name)
    said: dict[str, Any] = {"name": _best(names), "names": names}
    if description:
        descriptions = _in_languages(description)
        said |= {"description": _best(descriptions), "descriptions": descriptions}
    return said


def _best(texts: Mapping[str, str]) -> str:
    return next(iter(texts.values()), "")


def _in_languages(text: Text) -> dict[str, str]:
    return {language: words for language, words in text if words}


def _commas() -> Iterator[str]:
    yield "\n"
    while True:
        yield ",\n"


def _artefact(artefact: Artefact) -> dict[str, Any]:
    here = artefact.reference
    found: dict[str, Any] = {
        "id": here.id,
        "agencyID": here.agency,
        "version": here.version,
        "isExternalReference": artefact.is_stub,
        **named(artefact.name, artefact.description),
        **_annotations(artefact.annotations),
        "links": [{"rel": "self", "urn": artefact.urn}],
    }
    return found if artefact.is_stub else found | _content(artefact)


def _content(artefact: Artefact) -> dict[str, Any]:
    if isinstance(artefact, ItemScheme):
        items = [_item(artefact, each) for each in artefact.items]
        return {"isPartial": artefact.is_partial} | ({artefact.item_kind.plural: items} if items else {})
    if isinstance(artefact, DataStructure):
        return {"dataStructureComponents": _components(artefact)}
    if isinstance(artefact, Dataflow):
        return {"structure": DATA_STRUCTURE.urn(artefact.structure)}
    if isinstance(artefact, Categorisation):
        return {
            "source": DATAFLOW.urn(artefact.dataflow),
            "target": CATEGORY.urn(artefact.scheme, artefact.category),
        }
    if isinstance(artefact, ProvisionAgreement):
        return {
            "dataflow": DATAFLOW.urn(artefact.dataflow),
            "dataProvider": PROVIDER.urn(artefact.scheme, artefact.provider),
        }
    return _constraint(artefact) if isinstance(artefact, Constraint) else {}


def _constraint(constraint: Constraint) -> dict[str, Any]:
    keys: list[dict[str, Any]] = [
        {"id": dimension, "include": True, "values": [{"value": code} for code in codes]}
        for dimension, codes in constraint.values
    ]
    if constraint.first_period and constraint.last_period:
        ends = (("startPeriod", constraint.first_period), ("endPeriod", constraint.last_period))
        period = {name: {"period": period, "isInclusive": True} for name, period in ends}
        keys.append({"id": TIME, "include": True, "timeRange": period})
    return {
        "role": "Actual",
        "constraintAttachment": {"dataflows": [DATAFLOW.urn(constraint.dataflow)]},
        "cubeRegions": [{"include": True, "keyValues": keys}],
    }


def _item(scheme: ItemScheme, item: Item) -> dict[str, Any]:
    found: dict[str, Any] = {"id": item.id, **named(item.name, item.description), **_annotations(item.annotations)}
    if item.parent:
        found["parent"] = item.parent
    if item.component:
        found["coreRepresentation"] = _values(item.component, scheme.beside)
    return found


def _components(structure: DataStructure) -> dict[str, Any]:
    coded = [each for each in structure.dimensions if each.id != TIME]
    dimensions = [_component(structure, each) | {"position": place} for place, each in enumerate(coded)]
    listed: dict[str, Any] = {"id": "DimensionDescriptor", "dimensions": dimensions}
    for each in structure.dimensions:
        if each.id == TIME:
            listed["timeDimension"] = _component(structure, each)
    found: dict[str, Any] = {"dimensionList": listed}
    if structure.groups:
        found["groups"] = [{"id": each.id, "groupDimensions": list(each.dimensions)} for each in structure.groups]
    if structure.measure:
        found["measureList"] = {
            "id": "MeasureDescriptor",
            "measures": [_component(structure, structure.measure) | {"usage": "optional"}],
        }
    if structure.attributes:
        attributes = [
            _component(structure, each) | {"usage": usage_of(each), "attributeRelationship": relation(each)}
            for each in structure.attributes
        ]
        found["attributeList"] = {"id": "AttributeDescriptor", "attributes": attributes}
    return found


def relation(attribute: Component) -> dict[str, Any]:
    """What an attribute belongs to."""
    return {"dimensions": list(attribute.attached)} if attribute.attached else {"observation": {}}


def _component(structure: DataStructure, component: Component) -> dict[str, Any]:
    return {
        "id": component.id,
        "conceptIdentity": CONCEPT.urn(*structure.concept(component)),
        "localRepresentation": _values(component, structure.beside),
    }


def _values(component: Component, address: Callable[[str], Reference]) -> dict[str, Any]:
    if component.codelist:
        return {"enumeration": CODELIST.urn(address(component.codelist))}
    return {"format": {"dataType": component.type}}


def _annotations(annotations: tuple[Annotation, ...]) -> dict[str, Any]:
    if not annotations:
        return {}
    return {"annotations": [{"id": each.id, "type": each.id, "text": each.text} for each in annotations]}
