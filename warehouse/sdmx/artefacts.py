"""Structures as plain values: code lists, concepts, data structures, dataflows and what makes them findable.

Every artefact knows its kind, its address and the addresses of those that it refers to, so that a message of any choice
of them can be put together; the formats of structures write such a message.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from schemas.declaration import Text
from warehouse.sdmx.agency import Agency
from warehouse.sdmx.rows import Component, Group, Reference


@dataclass(frozen=True)
class Kind:
    """A kind of artefact: its class and package in URNs, and how REST and SDMX-JSON name several of them."""

    name: str
    package: str
    resource: str
    plural: str

    def urn(self, reference: Reference, item: str | None = None) -> str:
        """The URN of an artefact of this kind; of one of its items, this is the kind of the item."""
        below = f".{item}" if item else ""
        return f"urn:sdmx:org.sdmx.infomodel.{self.package}.{self.name}={reference}{below}"


AGENCY_SCHEME = Kind("AgencyScheme", "base", "agencyscheme", "agencySchemes")
AGENCY = Kind("Agency", "base", "", "agencies")
PROVIDER_SCHEME = Kind("DataProviderScheme", "base", "dataproviderscheme", "dataProviderSchemes")
PROVIDER = Kind("DataProvider", "base", "", "dataProviders")
CATEGORY_SCHEME = Kind("CategoryScheme", "categoryscheme", "categoryscheme", "categorySchemes")
CATEGORY = Kind("Category", "categoryscheme", "", "categories")
CATEGORISATION = Kind("Categorisation", "categoryscheme", "categorisation", "categorisations")
CODELIST = Kind("Codelist", "codelist", "codelist", "codelists")
CODE = Kind("Code", "codelist", "", "codes")
CONCEPT_SCHEME = Kind("ConceptScheme", "conceptscheme", "conceptscheme", "conceptSchemes")
CONCEPT = Kind("Concept", "conceptscheme", "", "concepts")
DATA_STRUCTURE = Kind("DataStructure", "datastructure", "datastructure", "dataStructures")
DATAFLOW = Kind("Dataflow", "datastructure", "dataflow", "dataflows")
PROVISION_AGREEMENT = Kind("ProvisionAgreement", "registry", "provisionagreement", "provisionAgreements")
CONSTRAINT = Kind("DataConstraint", "registry", "contentconstraint", "dataConstraints")


@dataclass(frozen=True)
class Annotation:
    """A note for programs: its id, which is its type too, and its text."""

    id: str
    text: str


@dataclass(frozen=True)
class Item:
    """A code, concept, category, agency or provider. `component` says what values a concept has."""

    id: str
    name: Text
    description: Text | None = None
    parent: str | None = None
    annotations: tuple[Annotation, ...] = ()
    component: Component | None = None


@dataclass(frozen=True)
class Artefact:
    """What every artefact has: its address, name, description and notes.

    `is_stub` leaves out everything else when it is written.
    """

    kind: ClassVar[Kind]

    reference: Reference
    name: Text
    description: Text | None = None
    annotations: tuple[Annotation, ...] = ()
    is_stub: bool = field(default=False, kw_only=True)

    @property
    def urn(self) -> str:
        """Its address as a URN."""
        return self.kind.urn(self.reference)

    @property
    def id(self) -> str:
        """Its id."""
        return self.reference.id

    def refers_to(self) -> Iterator[tuple[Kind, Reference]]:
        """The artefacts that it refers to, not those that these refer to."""
        yield from ()


@dataclass(frozen=True)
class ItemScheme(Artefact):
    """A list of items; a partial one holds some of them."""

    items: tuple[Item, ...] = ()
    is_partial: bool = False
    item_kind: ClassVar[Kind]

    def beside(self, artefact: str) -> Reference:
        """The address of an artefact of the same agency and version."""
        return Reference(self.reference.agency, artefact, self.reference.version)


class AgencyScheme(ItemScheme):
    """Agencies."""

    kind, item_kind = AGENCY_SCHEME, AGENCY


class ProviderScheme(ItemScheme):
    """Providers of data."""

    kind, item_kind = PROVIDER_SCHEME, PROVIDER


class CategoryScheme(ItemScheme):
    """Topics."""

    kind, item_kind = CATEGORY_SCHEME, CATEGORY


class Codelist(ItemScheme):
    """Codes, each with its parent."""

    kind, item_kind = CODELIST, CODE


class ConceptScheme(ItemScheme):
    """Concepts, each with the values that it has."""

    kind, item_kind = CONCEPT_SCHEME, CONCEPT

    def refers_to(self) -> Iterator[tuple[Kind, Reference]]:
        """The code lists of its concepts."""
        lists = dict.fromkeys(each.component.codelist for each in self.items if each.component)
        for codelist in filter(None, lists):
            yield CODELIST, Reference(self.reference.agency, codelist, self.reference.version)


@dataclass(frozen=True)
class DataStructure(Artefact):
    """The components of a dataflow; `schemes` says which concept scheme each belongs to.

    Code lists and concept schemes are of the same agency and version as the structure, but those that are `elsewhere`.
    """

    kind = DATA_STRUCTURE

    dimensions: tuple[Component, ...] = ()
    measure: Component | None = None
    attributes: tuple[Component, ...] = ()
    groups: tuple[Group, ...] = ()
    schemes: tuple[tuple[str, str], ...] = ()
    elsewhere: tuple[Reference, ...] = ()

    @property
    def components(self) -> tuple[Component, ...]:
        """All of them."""
        measures = (self.measure,) if self.measure else ()
        return (*self.dimensions, *measures, *self.attributes)

    def concept(self, component: Component) -> tuple[Reference, str]:
        """The scheme and the id of the concept of a component."""
        return self.beside(dict(self.schemes)[component.id]), component.id

    def beside(self, artefact: str) -> Reference:
        """The address of a code list or concept scheme that it refers to."""
        found = next((each for each in self.elsewhere if each.id == artefact), None)
        return found or Reference(self.reference.agency, artefact, self.reference.version)

    def refers_to(self) -> Iterator[tuple[Kind, Reference]]:
        """Its code lists and concept schemes."""
        for codelist in dict.fromkeys(each.codelist for each in self.components if each.codelist):
            yield CODELIST, self.beside(codelist)
        for scheme in dict.fromkeys(scheme for _, scheme in self.schemes):
            yield CONCEPT_SCHEME, self.beside(scheme)


@dataclass(frozen=True, kw_only=True)
class Dataflow(Artefact):
    """What data are published by: a data structure in use."""

    kind = DATAFLOW

    structure: Reference

    def refers_to(self) -> Iterator[tuple[Kind, Reference]]:
        """Its data structure."""
        yield DATA_STRUCTURE, self.structure


@dataclass(frozen=True, kw_only=True)
class Categorisation(Artefact):
    """A dataflow under a topic."""

    kind = CATEGORISATION

    dataflow: Reference
    scheme: Reference
    category: str

    def refers_to(self) -> Iterator[tuple[Kind, Reference]]:
        """Its dataflow and its topics."""
        yield DATAFLOW, self.dataflow
        yield CATEGORY_SCHEME, self.scheme


@dataclass(frozen=True, kw_only=True)
class ProvisionAgreement(Artefact):
    """Who provides the data of a dataflow."""

    kind = PROVISION_AGREEMENT

    dataflow: Reference
    scheme: Reference
    provider: str

    def refers_to(self) -> Iterator[tuple[Kind, Reference]]:
        """Its dataflow and its providers."""
        yield DATAFLOW, self.dataflow
        yield PROVIDER_SCHEME, self.scheme


@dataclass(frozen=True, kw_only=True)
class Constraint(Artefact):
    """The codes that a dataflow has data for, by dimension, and its first and last period, where these are given."""

    kind = CONSTRAINT

    dataflow: Reference
    values: tuple[tuple[str, tuple[str, ...]], ...]
    first_period: str | None
    last_period: str | None

    def refers_to(self) -> Iterator[tuple[Kind, Reference]]:
        """Its dataflow."""
        yield DATAFLOW, self.dataflow


@dataclass(frozen=True)
class StructureMessage:
    """One message of structures: what its header says, and the artefacts."""

    id: str
    prepared: datetime
    sender: Agency
    artefacts: tuple[Artefact, ...]

    def of(self, kind: Kind) -> tuple[Artefact, ...]:
        """The artefacts of one kind, in order."""
        return tuple(each for each in self.artefacts if each.kind is kind)

    def described(self, structure: Reference, dataflow: Reference | None = None) -> Described:
        """A data structure that it has, with the code lists that the structure refers to."""
        (found,) = (each for each in self.of(DATA_STRUCTURE) if each.reference == structure)
        lists = {to for kind, to in found.refers_to() if kind is CODELIST}
        codelists = tuple(each for each in self.artefacts if isinstance(each, Codelist) and each.reference in lists)
        assert isinstance(found, DataStructure)
        return Described(dataflow, found, codelists)


@dataclass(frozen=True)
class Described:
    """What data are of: their dataflow, None where they are of a structure alone; the structure, and its code lists."""

    dataflow: Reference | None
    structure: DataStructure
    codelists: tuple[Codelist, ...]

    @property
    def address(self) -> Reference:
        """What data are named by: their dataflow, or their structure."""
        return self.dataflow or self.structure.reference

    @property
    def codes(self) -> Mapping[str, frozenset[str]]:
        """The codes of each list, by its id."""
        return {each.id: frozenset(item.id for item in each.items) for each in self.codelists}
