"""The structures of a release, and parts of them: some items, stubs, one language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from schemas.declaration import Text
from warehouse.sdmx.artefacts import Artefact, Item, ItemScheme, StructureMessage
from warehouse.service.structure_request import Address, References, Selected


class Structures:
    """The structures of a release by their addresses, and which of them refers to which."""

    def __init__(self, message: StructureMessage) -> None:
        self.whole = message
        self.artefacts: Mapping[Address, Artefact] = {address_of(each): each for each in message.artefacts}
        self.references: References = {
            address: frozenset(
                Address(kind.resource, to.agency, to.id, to.version) for kind, to in artefact.refers_to()
            )
            & self.artefacts.keys()
            for address, artefact in self.artefacts.items()
        }

    def items(self, address: Address) -> tuple[Item, ...]:
        """The items of a structure: codes, concepts, topics; none where it has no such."""
        artefact = self.artefacts[address]
        return artefact.items if isinstance(artefact, ItemScheme) else ()

    def with_parents(self, address: Address, items: Iterable[str]) -> frozenset[str]:
        """Items and all that are above them in their list."""
        parents = {each.id: each.parent for each in self.items(address)}
        found: set[str] = set()
        waiting = list(items)
        while waiting:
            item = waiting.pop()
            if item not in found:
                found.add(item)
                waiting += [parent] if (parent := parents.get(item)) else []
        return frozenset(found)

    def message(
        self, selected: Iterable[Selected], language: str | None, *added: Artefact, id: str
    ) -> StructureMessage:
        """A message with these structures, and with those added, in the order of the whole."""
        wanted = {each.address: each for each in selected}
        taken = [taken_of(self.artefacts[each], wanted[each]) for each in self.artefacts if each in wanted]
        artefacts = [*taken, *added]
        if language is not None:
            artefacts = [in_language(each, language) for each in artefacts]
        return replace(self.whole, id=id, artefacts=tuple(artefacts))


def address_of(artefact: Artefact) -> Address:
    """The address of a structure."""
    here = artefact.reference
    return Address(artefact.kind.resource, here.agency, here.id, here.version)


def taken_of(artefact: Artefact, selected: Selected) -> Artefact:
    """A structure as it is wanted: whole, as a stub, or with some of its items."""
    if selected.form != "full":
        stub = replace(artefact, is_stub=True)
        return stub if selected.form == "complete stub" else replace(stub, description=None, annotations=())
    if selected.items is None or not isinstance(artefact, ItemScheme):
        return artefact
    kept = [each for each in artefact.items if each.id in selected.items]
    items = [each if each.parent in selected.items else replace(each, parent=None) for each in kept]
    return replace(artefact, items=tuple(items), is_partial=len(items) < len(artefact.items))


def in_language(artefact: Artefact, language: str) -> Artefact:
    """A structure with its texts in one language, in English where it has none in that."""
    description = artefact.description and _only(artefact.description, language)
    found = replace(artefact, name=_only(artefact.name, language), description=description)
    if not isinstance(found, ItemScheme):
        return found
    items = (
        replace(
            each,
            name=_only(each.name, language),
            description=each.description and _only(each.description, language),
        )
        for each in found.items
    )
    return replace(found, items=tuple(items))


def _only(text: Text, language: str) -> Text:
    words = dict(text).get(language)
    return Text(**{"en": "", language: words}) if words else Text(en=text.en)
