"""The structures of a release: what its dataflows are made of, and what makes them findable.

Every artefact is maintained by the same agency in the same version, except the list of agencies, which is SDMX's. None
is final: codes and attributes are added with declarations under the version that readers address (`ILMS:DF_X(1.0)` in
every data file), so a reader who keeps a copy looks at the structures of the release that the data are of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import duckdb

from schemas.aliases import other_names
from schemas.codelists import Code, load_codelist
from schemas.declaration import Text
from schemas.errors import PublishError
from schemas.sdmx import Component, load_shape
from schemas.statuses import status_descriptions
from warehouse.sdmx.agency import Agency
from warehouse.sdmx.artefacts import (
    AgencyScheme,
    Annotation,
    Artefact,
    Categorisation,
    CategoryScheme,
    Codelist,
    ConceptScheme,
    Constraint,
    Dataflow,
    DataStructure,
    Item,
    ProviderScheme,
    ProvisionAgreement,
    StructureMessage,
)
from warehouse.sdmx.constraints import contents_of
from warehouse.sdmx.flows import component_of
from warehouse.sdmx.rows import Component as FlowComponent
from warehouse.sdmx.rows import Reference
from warehouse.sdmx.served import ServedFlow

SCHEME_VERSION = "1.0"
"""Lists of organisations have this version alone."""
AGENCIES = Reference("SDMX", "AGENCIES", SCHEME_VERSION)
PROVIDERS = "DATA_PROVIDERS"
TOPICS = "CAS_TOPIC"
CLASSIFICATION_SCHEME = "CS_CLASSIF_TYPE"
OBS_STATUS = "CL_OBS_STATUS"
CODE_COLUMNS = "code, parent, label_en, label_fr, label_es, is_total, sort"


def build_structures(
    connection: duckdb.DuckDBPyConnection, flows: Iterable[ServedFlow], *, agency: Agency, prepared: datetime
) -> StructureMessage:
    """Everything about these dataflows, as one message sent by the agency; each has data in table `observation`.

    Raises PublishError when an indicator's topic is not declared.
    """
    flows = list(flows)
    builder = _Builder(connection, agency, flows)
    artefacts = (
        *builder.organisations(),
        *builder.codelists(),
        *builder.concepts(),
        *builder.structures(),
        *builder.dataflows(),
        builder.topics(),
        *builder.findings(),
    )
    return StructureMessage(f"{agency.id}_STRUCTURES", prepared, agency, artefacts)


class _Builder:
    """The artefacts of one release, kind by kind."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, agency: Agency, flows: list[ServedFlow]) -> None:
        self.connection, self.agency, self.flows = connection, agency, flows
        self.providers = Reference(agency.id, PROVIDERS, SCHEME_VERSION)
        self.shape = load_shape()
        self.classifications = list(dict.fromkeys(name for flow in flows for name, _ in flow.classifications))

    def organisations(self) -> Iterator[Artefact]:
        """The agency, which maintains structures and provides data; and others whose structures it uses."""
        us = (Item(self.agency.id, self.agency.name),)
        others = dict.fromkeys(flow.structure(self.agency).agency for flow in self.flows if flow.maintained_elsewhere)
        agencies = (*us, *(Item(each, Text(en=each)) for each in others))
        yield AgencyScheme(AGENCIES, Text(en="Agencies", fr="Organismes", es="Organismos"), items=agencies)
        name = Text(en="Providers of data", fr="Fournisseurs de données", es="Proveedores de datos")
        yield ProviderScheme(self.providers, name, items=us)

    def codelists(self) -> Iterator[Codelist]:
        """The lists of all dimensions and attributes, whole."""
        named = [each.codelist for each in self.shape.components.values() if each.codelist]
        for codelist in dict.fromkeys([*named, *(f"CL_{name}" for name in self.classifications)]):
            items = tuple(_code(codelist, code) for code in self._codes(codelist))
            yield Codelist(self.agency.reference(codelist), load_codelist(codelist).name, items=items)

    def _codes(self, codelist: str) -> list[Code]:
        query = f"select {CODE_COLUMNS} from code where codelist = ? order by sort, code"
        return [Code(*row) for row in self.connection.execute(query, [codelist]).fetchall()]

    def concepts(self) -> Iterator[ConceptScheme]:
        """The concepts of all components, one for each classification among them."""
        for scheme, name in self.shape.schemes.items():
            items = [
                Item(each, declared.name, component=component_of(each, declared))
                for each, declared in self.shape.components.items()
                if declared.scheme == scheme
            ]
            if scheme == CLASSIFICATION_SCHEME:
                items += [_classification(each) for each in self.classifications]
            yield ConceptScheme(self.agency.reference(scheme), name, items=tuple(items))

    def structures(self) -> Iterator[Artefact]:
        """One for each indicator, under its id, as ILOSTAT has them; and those that others maintain."""
        for flow in self.flows:
            yield from flow.maintained_elsewhere or (self._structure(flow),)

    def _structure(self, flow: ServedFlow) -> DataStructure:
        parts = flow.components
        return DataStructure(
            flow.structure(self.agency),
            flow.title,
            flow.description,
            dimensions=parts.dimensions,
            measure=parts.measure,
            attributes=parts.attributes,
            groups=parts.groups,
            schemes=tuple((each.id, self._scheme(each)) for each in parts.all),
        )

    def _scheme(self, component: FlowComponent) -> str:
        declared: Component | None = self.shape.components.get(component.id)
        return declared.scheme if declared else CLASSIFICATION_SCHEME

    def dataflows(self) -> Iterator[Dataflow]:
        """One for each indicator, with its definition and its older and newer ids."""
        for flow in self.flows:
            yield Dataflow(
                self.agency.reference(flow.id),
                flow.title,
                flow.description,
                _other_ids(flow.indicator) if flow.indicator else (),
                structure=flow.structure(self.agency),
            )

    def topics(self) -> CategoryScheme:
        """The topics of these dataflows."""
        topics = dict.fromkeys(flow.topic for flow in self.flows)
        if unknown := topics.keys() - self.shape.topics.keys():
            raise PublishError(
                f"{len(unknown)} topic(s) of indicators without a name: {', '.join(sorted(unknown))}",
                why="dataflows are found by their topics",
                remedy="name them under `topics` in schemas/sdmx.yaml",
            )
        items = tuple(Item(topic, name) for topic, name in self.shape.topics.items() if topic in topics)
        name = Text(en="Topics", fr="Thèmes", es="Temas")
        return CategoryScheme(self.agency.reference(TOPICS), name, items=items)

    def findings(self) -> Iterator[Artefact]:
        """Of each dataflow: its topic, who provides it, and which codes it has data for."""
        contents = contents_of(self.connection, self.flows)
        for flow in self.flows:
            dataflow = self.agency.reference(flow.id)
            yield Categorisation(
                self.agency.reference(f"CAT_{flow.id}"),
                flow.title,
                dataflow=dataflow,
                scheme=self.agency.reference(TOPICS),
                category=flow.topic,
            )
            yield ProvisionAgreement(
                self.agency.reference(f"PA_{flow.id}"),
                flow.title,
                dataflow=dataflow,
                scheme=self.providers,
                provider=self.agency.id,
            )
            content = contents[flow.id]
            yield Constraint(
                self.agency.reference(f"CCA_{flow.id}"),
                flow.title,
                dataflow=dataflow,
                values=content.values,
                first_period=content.first_period,
                last_period=content.last_period,
            )


def _code(codelist: str, code: Code) -> Item:
    notes = (Annotation("IS_TOTAL", "Y" if code.is_total else "N"), Annotation("ORDER", str(code.sort)))
    name = Text(en=code.label_en, fr=code.label_fr, es=code.label_es)
    description = status_descriptions().get(code.code) if codelist == OBS_STATUS else None
    return Item(code.code, name, description, code.parent, notes)


def _classification(name: str) -> Item:
    codelist = f"CL_{name}"
    label = load_codelist(codelist).name
    return Item(name, label, component=FlowComponent(name, label, codelist=codelist))


def _other_ids(indicator: str) -> tuple[Annotation, ...]:
    """An annotation with the older and newer ids of an indicator, each with how closely it corresponds; None where
    there are none."""
    texts = [
        f"{each.indicator} ({'newer' if each.is_newer else 'older'}: {', '.join(row.relation for row in each.path)})"
        for each in other_names(indicator)
    ]
    return (Annotation("OTHER_IDS", "; ".join(texts)),) if texts else ()
