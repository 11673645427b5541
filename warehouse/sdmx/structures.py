"""Structures as a model: agency, concepts, code lists, and a data structure and dataflow per indicator."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import duckdb
import sdmx
import sdmx.message
import sdmx.urn
from sdmx.model import common
from sdmx.model import v21 as model

from schemas.aliases import other_names
from schemas.codelists import Code, load_codelist
from schemas.declaration import Text
from schemas.sdmx import ATTACHED, Attribute, Component, Shape, load_shape
from warehouse.sdmx.agency import Agency
from warehouse.sdmx.flows import Flow

CLASSIFICATION_SCHEME = "CS_CLASSIF_TYPE"
TIME = "TIME_PERIOD"
CODE_COLUMNS = "code, parent, label_en, label_fr, label_es, is_total, sort"


def build_structures(
    connection: duckdb.DuckDBPyConnection, flows: Iterable[Flow], *, agency: Agency, prepared: datetime
) -> sdmx.message.StructureMessage:
    """The structure message as a model, for writing or for a service."""
    shape = load_shape()
    flows = list(flows)
    classifications = list(dict.fromkeys(name for flow in flows for name, _ in flow.classifications))
    builder = _Builder(agency, shape)
    codelists = [component.codelist for component in shape.components.values() if component.codelist]
    codelists += [f"CL_{name}" for name in classifications]
    for codelist in dict.fromkeys(codelists):
        builder.add_codelist(codelist, _codes(connection, codelist))
    builder.add_concepts(classifications)
    for flow in flows:
        builder.add_flow(flow)
    return builder.message(prepared)


def _codes(connection: duckdb.DuckDBPyConnection, codelist: str) -> list[Code]:
    query = f"select {CODE_COLUMNS} from code where codelist = ? order by sort, code"
    return [Code(*row) for row in connection.execute(query, [codelist]).fetchall()]


def _names(text: Text) -> dict[str, str]:
    return {language: label for language, label in text if label}


class _Builder:
    """Collects the artefacts of one message, all maintained by the same agency in the same version."""

    def __init__(self, agency: Agency, shape: Shape) -> None:
        self.agency, self.shape = agency, shape
        self.maintainer = model.Agency(id=agency.id, name=_names(agency.name))
        self.codelists: dict[str, Any] = {}
        self.schemes: dict[str, Any] = {
            scheme: model.ConceptScheme(id=scheme, name=_names(name), **self._maintained())
            for scheme, name in shape.schemes.items()
        }
        self.concepts: dict[str, Any] = {}
        self.structures: list[Any] = []
        self.dataflows: list[Any] = []

    def _maintained(self) -> dict[str, Any]:
        """Maintainer and version of every artefact.

        What is final may never change under its version. Here codes and attributes are added with declarations, and
        the version is what readers address (`ILMS:DF_X(1.0)` in every data file), so it stays, and nothing is final:
        a reader that keeps a copy looks at the structures of the release that its data are of.
        """
        return {
            "maintainer": self.maintainer,
            "version": self.agency.version,
            "is_final": False,
            "is_external_reference": False,
        }

    def _urn(self, kind: str, name: str) -> str:
        """The URN of a data structure or dataflow, whose class names in the standard are not those of the model."""
        return f"urn:sdmx:org.sdmx.infomodel.datastructure.{kind}={self.agency.id}:{name}({self.agency.version})"

    def add_codelist(self, codelist: str, codes: Iterable[Code]) -> None:
        """Add a code list; parents may come after their children."""
        built = model.Codelist(
            id=codelist, name=_names(load_codelist(codelist).name), is_partial=False, **self._maintained()
        )
        built.urn = sdmx.urn.make(built)
        codes = list(codes)
        for code in codes:
            labels = _names(Text(en=code.label_en, fr=code.label_fr, es=code.label_es))
            notes = [_annotation("IS_TOTAL", "Y" if code.is_total else "N"), _annotation("ORDER", str(code.sort))]
            built.append(model.Code(id=code.code, name=labels, annotations=notes))
        for code in codes:
            if code.parent:
                built[code.parent].append_child(built[code.code])
        self.codelists[codelist] = built

    def add_concepts(self, classifications: Iterable[str]) -> None:
        """Add the concepts of the shape and one per classification, named as its code list."""
        for name, component in self.shape.components.items():
            self._add_concept(name, component.name, component.scheme, self._values(component))
        for name in classifications:
            codelist = f"CL_{name}"
            values = common.Representation(enumerated=self.codelists[codelist])
            self._add_concept(name, load_codelist(codelist).name, CLASSIFICATION_SCHEME, values)

    def _add_concept(self, name: str, label: Text, scheme: str, values: Any) -> None:
        concept = model.Concept(id=name, name=_names(label))
        concept.core_representation = values
        self.schemes[scheme].append(concept)
        self.concepts[name] = concept

    def _values(self, component: Component) -> Any:
        if component.codelist:
            return common.Representation(enumerated=self.codelists[component.codelist])
        value_type = common.FacetValueType[str(component.type)[0].lower() + str(component.type)[1:]]
        return common.Representation(non_enumerated=[common.Facet(value_type=value_type)])

    def add_flow(self, flow: Flow) -> None:
        """Add the data structure of an indicator, under the indicator's id, and its dataflow."""
        structure = model.DataStructureDefinition(
            id=flow.indicator,
            name=_names(flow.title),
            urn=self._urn("DataStructure", flow.indicator),
            **self._maintained(),
        )
        self._add_dimensions(structure, flow)
        structure.measures.id = "MeasureDescriptor"
        for name, component in self.shape.measure.items():
            structure.measures.append(model.PrimaryMeasure(**self._component(name, self._values(component))))
        structure.attributes.id = "AttributeDescriptor"
        for name, attribute in self.shape.attributes.items():
            structure.attributes.append(
                common.DataAttribute(
                    **self._component(name, self._values(attribute)),
                    related_to=_attachment(attribute, structure),
                    usage_status=model.UsageStatus.conditional,
                )
            )
        self.structures.append(structure)
        self.dataflows.append(
            model.DataflowDefinition(
                id=flow.id,
                name=_names(flow.title),
                urn=self._urn("Dataflow", flow.id),
                structure=structure,
                annotations=_other_ids(flow.indicator),
                **self._maintained(),
            )
        )

    def _component(self, name: str, values: Any) -> dict[str, Any]:
        return {"id": name, "concept_identity": self.concepts[name], "local_representation": values}

    def _add_dimensions(self, structure: Any, flow: Flow) -> None:
        structure.dimensions.id = "DimensionDescriptor"
        coded = [name for name in self.shape.dimensions if name != TIME]
        coded += [name for name, _ in flow.classifications]
        for order, name in enumerate(coded, start=1):
            values = self.concepts[name].core_representation
            structure.dimensions.append(model.Dimension(order=order, **self._component(name, values)))
        time = self._component(TIME, self._values(self.shape.dimensions[TIME]))
        structure.dimensions.append(model.TimeDimension(order=len(coded) + 1, **time))

    def message(self, prepared: datetime) -> sdmx.message.StructureMessage:
        """Everything added, as one message sent by the agency."""
        sender = model.Agency(id=self.agency.id, name=_names(self.agency.name))
        header = sdmx.message.Header(id=f"{self.agency.id}_STRUCTURES", prepared=prepared, sender=sender, test=False)
        message = sdmx.message.StructureMessage(header=header)
        agencies = model.AgencyScheme(
            id="AGENCIES",
            name={"en": "Agencies", "fr": "Organismes", "es": "Organismos"},
            maintainer=model.Agency(id="SDMX"),
            version="1.0",
            is_final=False,
            is_external_reference=False,
            is_partial=False,
        )
        agencies.append(self.maintainer)
        for artefact in [agencies, *self.codelists.values(), *self.schemes.values(), *self.structures, *self.dataflows]:
            message.add(artefact)
        return message


def _annotation(kind: str, text: str) -> Any:
    return model.Annotation(id=kind, type=kind, text={"en": text})


def _other_ids(indicator: str) -> list[Any]:
    """An annotation with the older and newer ids of an indicator, each with how near it is; none where it has none."""
    texts = [
        f"{each.indicator} ({'newer' if each.is_newer else 'older'}: {', '.join(row.relation for row in each.path)})"
        for each in other_names(indicator)
    ]
    return [_annotation("OTHER_IDS", "; ".join(texts))] if texts else []


def _attachment(attribute: Attribute, structure: Any) -> Any:
    """To what an attribute belongs: the flow's measure, an area's period, or the observation."""
    dimensions = [structure.dimensions.get(name) for name in ATTACHED[attribute.attached]]
    return common.DimensionRelationship(dimensions=dimensions) if dimensions else model.PrimaryMeasureRelationship()
