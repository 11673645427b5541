"""The structures of a release as SDMX-ML: what refers to what, and parts of them as messages.

They are taken from the message with all of them, element by element, in SDMX-ML 2.1 as in 3.0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from copy import deepcopy
from typing import Any

from lxml import etree

from warehouse.service.structure_request import Address, References, Selected

KINDS = {
    "Dataflow": "dataflow",
    "DataStructure": "datastructure",
    "DataStructureDefinition": "datastructure",
    "Codelist": "codelist",
    "Code": "codelist",
    "ConceptScheme": "conceptscheme",
    "Concept": "conceptscheme",
    "CategoryScheme": "categoryscheme",
    "Category": "categoryscheme",
    "Categorisation": "categorisation",
    "AgencyScheme": "agencyscheme",
    "DataProviderScheme": "dataproviderscheme",
    "DataProvider": "dataproviderscheme",
    "ProvisionAgreement": "provisionagreement",
    "ContentConstraint": "constraint",
    "DataConstraint": "constraint",
    "HierarchicalCodelist": "hierarchy",
    "Hierarchy": "hierarchy",
}
"""The names of classes in SDMX-ML and in URNs, items by the kind of what holds them."""
CLASS_OF_PARENT = {"ConceptIdentity": "Concept", "Enumeration": "Codelist", "Structure": "DataStructure"}
ITEMS = ("Code", "Concept", "Category", "Agency", "DataProvider")
TEXTS = ("Name", "Description", "AnnotationText", "Text")
KEPT_OF_STUBS = {"stub": ("Name",), "complete stub": ("Name", "Description", "Annotations")}
REQUIRED_OF_STUBS = {"ProvisionAgreement": ("StructureUsage", "Dataflow", "DataProvider")}
"""What the official schemas do not let a stub leave out."""
URN = re.compile(r"urn:sdmx:org\.sdmx\.infomodel\.\w+\.(\w+)=([^:()]+):([^:()]+)\(([^()]+)\)")
ORDER = (
    *("OrganisationSchemes", "Dataflows", "Metadataflows", "CategorySchemes", "Categorisations", "Codelists"),
    *("HierarchicalCodelists", "Concepts", "MetadataStructures", "DataStructures", "StructureSets"),
    *("ReportingTaxonomies", "Processes", "Constraints", "ProvisionAgreements"),
)
"""The groups of a message of SDMX-ML 2.1, in their order."""
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
DEFAULT_LANGUAGE = "en"


class XmlStructures:
    """A message of structures that parts are taken from."""

    def __init__(self, message: bytes) -> None:
        self._root = _parsed(message)
        self._elements = {_address(element): element for element in _maintained(self._root)}
        self.references: References = {
            address: frozenset(_referred(element)) - {address} for address, element in self._elements.items()
        }

    def items(self, address: Address) -> list[str]:
        """The ids of the items of a structure: codes, concepts, categories."""
        return [str(item.get("id")) for item in _items(self._elements[address])]

    def parents(self, address: Address) -> dict[str, str]:
        """Item -> the item above it, where there is one."""
        return {str(item.get("id")): parent for item in _items(self._elements[address]) if (parent := _parent(item))}

    def message(self, selected: Iterable[Selected], language: str | None, added: bytes | None = None) -> bytes:
        """A message with these structures, in this language where they have it, and with those of a message added."""
        wanted = {each.address: each for each in selected}
        root = etree.Element(self._root.tag, self._root.attrib, self._root.nsmap)
        root.extend(deepcopy(each) for each in self._root if _tag(each) != "Structures")
        groups: dict[str, list[Any]] = {}
        for address, element in self._elements.items():
            if address in wanted:
                groups.setdefault(element.getparent().tag, []).append(_taken(element, wanted[address]))
        for element in _maintained(_parsed(added)) if added else ():
            groups.setdefault(element.getparent().tag, []).append(deepcopy(element))
        structures = etree.SubElement(root, etree.QName(root, "Structures"))
        for group in sorted(groups, key=_place):
            etree.SubElement(structures, group).extend(groups[group])
        if language is not None:
            _keep_language(root, language)
        etree.cleanup_namespaces(root, keep_ns_prefixes=[prefix for prefix in root.nsmap if prefix])
        return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _parsed(message: bytes) -> Any:
    return etree.fromstring(message, etree.XMLParser(resolve_entities=False, remove_blank_text=True))


def _place(group: str) -> tuple[int, str]:
    """Where a group stands in a message: in the order of SDMX-ML 2.1, or by its name as in 3.0."""
    name = etree.QName(group)
    is_older = "/v2_1/" in str(name.namespace)
    return (ORDER.index(name.localname) if is_older else 0, str(name.localname).lower())


def _tag(element: Any) -> str:
    return str(etree.QName(element).localname) if isinstance(element.tag, str) else ""


def _maintained(root: Any) -> Iterator[Any]:
    for part in root:
        if _tag(part) == "Structures":
            for group in part:
                yield from (each for each in group if _tag(each) in KINDS)


def _address(element: Any) -> Address:
    return Address(
        KINDS.get(_tag(element), ""),
        str(element.get("agencyID")),
        str(element.get("id")),
        str(element.get("version", "1.0")),
    )


def _referred(element: Any) -> Iterator[Address]:
    """What an element refers to, by `Ref` or by URN."""
    for each in element.iter():
        if _tag(each) == "Ref":
            name = each.get("class") or CLASS_OF_PARENT.get(_tag(each.getparent()), "")
            agency, parent = each.get("agencyID"), each.get("maintainableParentID")
            version = each.get("maintainableParentVersion") if parent else each.get("version")
            if name in KINDS and agency:
                yield Address(KINDS[name], agency, parent or each.get("id"), version or "1.0")
        elif each.text and (found := URN.match(each.text.strip())) and found[1] in KINDS:
            yield Address(KINDS[found[1]], found[2], found[3], found[4])


def _items(element: Any) -> list[Any]:
    return [each for each in element.iter() if _tag(each) in ITEMS and each is not element]


def _parent(item: Any) -> str | None:
    """The item above: named in `Parent`, or the one that holds it."""
    for child in item:
        if _tag(child) == "Parent":
            reference = child.find("{*}Ref")
            return str(reference.get("id")) if reference is not None else (child.text or "").rpartition(".")[2] or None
    above = item.getparent()
    return str(above.get("id")) if above is not None and _tag(above) in ITEMS else None


def _taken(element: Any, selected: Selected) -> Any:
    """A copy of an element: whole, a stub of it, or with some of its items."""
    if selected.form != "full":
        stub = etree.Element(element.tag, {**element.attrib, "isExternalReference": "true"}, element.nsmap)
        kept = (*KEPT_OF_STUBS[selected.form], *REQUIRED_OF_STUBS.get(_tag(element), ()))
        stub.extend(deepcopy(each) for each in element if _tag(each) in kept)
        return stub
    copy = deepcopy(element)
    if selected.items is not None:
        _keep_items(copy, selected.items)
    return copy


def _keep_items(element: Any, wanted: frozenset[str]) -> None:
    items = _items(element)
    kept = {each.get("id") for each in items} & wanted
    for item in items:
        if item.get("id") in kept:
            parent = next((child for child in item if _tag(child) == "Parent"), None)
            if parent is not None and _parent(item) not in kept:
                item.remove(parent)
        elif not any(each.get("id") in kept for each in _items(item)):
            item.getparent().remove(item)
    if len(kept) < len(items):
        element.set("isPartial", "true")


def _keep_language(root: Any, language: str) -> None:
    """Of texts in several languages keep the one, or English where there is none in it."""
    for holder in list(root.iter()):
        texts = [each for each in holder if _tag(each) in TEXTS and each.get(LANGUAGE)]
        for name in {each.tag for each in texts}:
            same = [each for each in texts if each.tag == name]
            kept = next(
                (lang for lang in (language, DEFAULT_LANGUAGE) if any(e.get(LANGUAGE) == lang for e in same)), None
            )
            for each in same:
                if kept is not None and each.get(LANGUAGE) != kept:
                    holder.remove(each)
