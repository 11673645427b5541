"""What a request for structures asks for, and which structures of a release that is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from warehouse.service.addresses import ALL_NAMES, LATEST_VERSION, Names, Versions, names, versions
from warehouse.service.errors import no_results, shown, syntax_error

TYPES: Mapping[str, tuple[str, ...]] = {
    "dataflow": ("dataflow",),
    "datastructure": ("datastructure",),
    "codelist": ("codelist",),
    "conceptscheme": ("conceptscheme",),
    "categoryscheme": ("categoryscheme",),
    "categorisation": ("categorisation",),
    "agencyscheme": ("agencyscheme",),
    "dataproviderscheme": ("dataproviderscheme",),
    "organisationscheme": ("agencyscheme", "dataproviderscheme"),
    "provisionagreement": ("provisionagreement",),
    "contentconstraint": ("contentconstraint",),
    "actualconstraint": ("contentconstraint",),
    "allowedconstraint": (),
    "dataconstraint": ("contentconstraint",),
    "hierarchicalcodelist": (),
    "hierarchy": (),
}
"""The types of structures by their names in addresses, with the resources of `warehouse.sdmx.artefacts`."""

ANY_TYPE = ("structure", "*")
EVERY_KIND = tuple(dict.fromkeys(kind for kinds in TYPES.values() for kind in kinds))
HOLDS_NONE = (
    *("metadatastructure", "metadataflow", "reportingtaxonomy", "process", "structureset", "valuelist"),
    *("dataconsumerscheme", "organisationunitscheme", "attachmentconstraint", "metadataconstraint", "structuremap"),
    *("hierarchyassociation", "representationmap", "conceptschememap", "categoryschememap", "organisationschememap"),
    *("reportingtaxonomymap", "transformationscheme", "rulesetscheme", "userdefinedoperatorscheme"),
    *("customtypescheme", "namepersonalisationscheme", "vtlmappingscheme", "metadataproviderscheme"),
    "metadataprovisionagreement",
)
"""Types of SDMX of which there are no structures here."""
ITEM_KINDS = ("codelist", "conceptscheme", "categoryscheme", "agencyscheme", "dataproviderscheme")

STRUCTURE_DETAILS = (
    *("full", "allstubs", "referencestubs", "allcompletestubs", "referencecompletestubs", "referencepartial", "raw"),
)
DIRECTIONS = ("none", "parents", "parentsandsiblings", "ancestors", "children", "descendants", "all")
PARAMETERS = ("detail", "references", "asOf", "format")
Form = Literal["full", "stub", "complete stub"]
STUBS: Mapping[str, tuple[Form, Form]] = {
    "allstubs": ("stub", "stub"),
    "referencestubs": ("full", "stub"),
    "allcompletestubs": ("complete stub", "complete stub"),
    "referencecompletestubs": ("full", "complete stub"),
}
"""For each detail, the form of what is asked for and of what it refers to; both are full where it is not here."""


class Address(NamedTuple):
    """The address of a structure: its kind (of EVERY_KIND), agency, id and version."""

    kind: str
    agency: str
    id: str
    version: str


References = Mapping[Address, frozenset[Address]]
"""Every structure of a release with those that it refers to."""


@dataclass(frozen=True)
class StructureRequest:
    """A request for structures of some kinds; `is_modern` when it is written in the syntax of SDMX 3.0."""

    kinds: tuple[str, ...]
    agency: Names = ALL_NAMES
    ids: Names = ALL_NAMES
    version: Versions = LATEST_VERSION
    items: Names = ALL_NAMES
    detail: str = "full"
    references: tuple[str, ...] = ("none",)
    as_of: str | None = None
    is_modern: bool = False


@dataclass(frozen=True)
class Selected:
    """A structure of an answer: how much of it, and which of its items; None for all."""

    address: Address
    form: Form = "full"
    items: frozenset[str] | None = None


def structure_request(type_: str, parts: Sequence[str], given: Mapping[str, str]) -> StructureRequest:
    """The request that an address and its parameters make. Raises RequestError (400, 404) for what is none.

    `structure` stands in front of a type in the syntax of SDMX 3.0, and for all types in that of SDMX 2.1.
    """
    unknown = [name for name in given if name not in PARAMETERS]
    if unknown:
        raise syntax_error(f"There is no parameter '{shown(unknown[0])}'. There are: {', '.join(PARAMETERS)}.")
    is_modern = type_ == "structure" and bool(parts) and (parts[0] in {*TYPES, *HOLDS_NONE, "*"})
    if is_modern:
        type_, parts = parts[0], parts[1:]
    if type_ in HOLDS_NONE:
        raise no_results(f"There are no structures of type {type_}.")
    if len(parts) > 4:
        raise syntax_error(f"'{shown(parts[0])}' is no type of structures.")
    agency, name, version, item = [*parts, *["all", "all", "latest", "all"][len(parts) :]]
    if item not in ("all", "ALL", "*") and not set(TYPES.get(type_, ())) & set(ITEM_KINDS):
        raise syntax_error(f"A {type_} has no items.")
    detail = given.get("detail") or "full"
    if detail not in STRUCTURE_DETAILS:
        raise syntax_error(f"detail is one of {', '.join(STRUCTURE_DETAILS)}.")
    return StructureRequest(
        kinds=EVERY_KIND if type_ in ANY_TYPE else TYPES[type_],
        agency=names(agency),
        ids=names(name),
        version=versions(version),
        items=names(item),
        detail=detail,
        references=read_references(given.get("references")),
        as_of=given.get("asOf") or None,
        is_modern=is_modern,
    )


def read_references(text: str | None) -> tuple[str, ...]:
    """Which structures are wanted besides: a direction, or types. Raises RequestError (400) for anything else."""
    found = tuple((text or "none").split(","))
    for each in found:
        if each not in DIRECTIONS and each not in TYPES and each not in HOLDS_NONE:
            raise syntax_error(f"references is one of {', '.join(DIRECTIONS)}, or types of structures.")
    return found


def matching(asked: StructureRequest, held: Iterable[Address]) -> list[Address]:
    """The structures that a request names."""
    return [
        each
        for each in held
        if each.kind in asked.kinds
        and asked.agency.has(each.agency)
        and asked.ids.has(each.id)
        and asked.version.has(each.version)
    ]


def related(found: Iterable[Address], references: Sequence[str], held: References) -> set[Address]:
    """What is wanted besides the structures found, by what refers to what."""
    found = set(found)
    wanted: set[Address] = set()
    parents = {each for each, referred in held.items() if referred & found}
    for reference in references:
        if reference in ("children", "descendants", "all"):
            wanted |= _below(found, held, deep=reference != "children")
        if reference in ("parents", "parentsandsiblings", "all"):
            wanted |= parents
        if reference in ("parentsandsiblings", "all"):
            wanted |= _below(parents, held, deep=False)
        if reference == "ancestors":
            wanted |= _above(found, held)
        if kinds := TYPES.get(reference, ()):
            wanted |= {each for each in _below(found, held, deep=True) | _above(found, held) if each.kind in kinds}
    return wanted - found


def _below(found: Iterable[Address], held: References, *, deep: bool) -> set[Address]:
    reached: set[Address] = set()
    waiting = list(found)
    while waiting:
        new = held.get(waiting.pop(), frozenset()) - reached
        reached |= new
        waiting += new if deep else ()
    return reached & held.keys()


def _above(found: Iterable[Address], held: References) -> set[Address]:
    reached: set[Address] = set()
    level = set(found)
    while level:
        level = {each for each, referred in held.items() if referred & level} - reached
        reached |= level
    return reached
