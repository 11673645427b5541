"""What the project's founding documents ask for, and what became of it (`founding_documents.yaml`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from pydantic import model_validator

from schemas.catalogue import known_indicators
from schemas.codelists import codelist_ids, load_codelist
from schemas.declaration import Declaration
from schemas.errors import DeclarationError
from schemas.kinds import KINDS
from schemas.loader import list_of_kind, load_of_kind
from schemas.nearest import nearest
from schemas.standards import definitions_of_indicators, load_standards
from schemas.yaml_lines import load_model

FOUNDING_DOCUMENTS_FILE = Path(__file__).parent / "founding_documents.yaml"
State = Literal["met", "partly", "not_met"]
STATES: Mapping[State, str] = MappingProxyType({"met": "met", "partly": "partly met", "not_met": "not met"})
"""What became of a statistic -> in words."""


class FoundingDocument(Declaration):
    """A text by its title, and what the page calls it."""

    called: str
    title: str


class Statistic(Declaration):
    """One statistic: where it is named, what is asked, what gives it, and whether that is enough."""

    name: str
    named: dict[str, str]
    asked: str
    indicators: list[str] = []
    codes: list[str] = []
    tables: list[str] = []
    definitions: list[str] = []
    state: State
    remarks: str = ""

    @model_validator(mode="after")
    def _says_why(self) -> Statistic:
        if self.state != "met" and not self.remarks:
            raise ValueError("what is not met, or in part, says why: give `remarks`")
        if self.state == "met" and not self.indicators:
            raise ValueError("what is met names its indicators")
        return self

    def defined_by(self) -> list[str]:
        """The entries of standards.yaml that its indicators use, and those that it names itself, in their order."""
        used = {each for name, found in definitions_of_indicators().items() if self.holds(name) for each in found}
        return [each for each in load_standards().definitions if each in used or each in self.definitions]

    def holds(self, indicator: str) -> bool:
        """Whether an indicator is one of those that it names by their beginnings."""
        return indicator.startswith(tuple(self.indicators))


class Subject(Declaration):
    """Statistics that belong together."""

    title: str
    statistics: dict[str, Statistic]


class FoundingDocuments(Declaration):
    """The whole file."""

    documents: dict[str, FoundingDocument]
    subjects: dict[str, Subject]

    @model_validator(mode="after")
    def _each_key_once(self) -> FoundingDocuments:
        keys = Counter(key for subject in self.subjects.values() for key in subject.statistics)
        twice = sorted(key for key, times in keys.items() if times > 1)
        if twice:
            raise ValueError(f"{', '.join(twice)} stands in two subjects")
        return self

    @property
    def statistics(self) -> dict[str, Statistic]:
        """Every statistic by its key, in the order of the file."""
        return {key: each for subject in self.subjects.values() for key, each in subject.statistics.items()}


@dataclass(frozen=True)
class Giver:
    """A declared source: whether it is of real records, and the indicators that it may give by its declaration."""

    source: str
    real: bool
    indicators: frozenset[str]


@cache
def load_founding_documents() -> FoundingDocuments:
    """Every statistic. Raises DeclarationError that names the file and what does not exist."""
    declared, _ = load_model(FoundingDocuments, FOUNDING_DOCUMENTS_FILE)
    faults = list(unknown_names(declared))
    if faults:
        raise DeclarationError("; ".join(faults), where=str(FOUNDING_DOCUMENTS_FILE))
    return declared


def givers() -> list[Giver]:
    """Every declared source with what it may give, in the order of their ids."""
    found = []
    for kind in KINDS.values():
        for source in list_of_kind(kind):
            loaded = load_of_kind(kind, source)
            found.append(Giver(source, not loaded.synthetic, kind.may_give(loaded)))
    return sorted(found, key=lambda each: each.source)


def unknown_names(declared: FoundingDocuments) -> Iterator[str]:
    """Documents, definitions, codes and indicators that are named and do not exist."""
    known, definitions = known_indicators(), load_standards().definitions
    codes = {code for name in codelist_ids() for code in load_codelist(name).by_code}
    for key, each in declared.statistics.items():
        for name in each.named.keys() - declared.documents.keys():
            yield f"{key}: there is no document '{name}'{nearest(name, declared.documents)}"
        for name in sorted(set(each.definitions) - definitions.keys()):
            yield f"{key}: there is no definition '{name}'{nearest(name, definitions)}"
        for code in sorted(set(each.codes) - codes):
            yield f"{key}: no list has the code '{code}'{nearest(code, codes)}"
        for begins in each.indicators:
            if not any(name.startswith(begins) for name in known):
                yield f"{key}: no indicator begins with '{begins}'{nearest(begins, known)}"


def untrue_states(declared: FoundingDocuments, sources: Collection[Giver]) -> Iterator[str]:
    """States that the declarations of sources do not bear out, with what speaks against each."""
    real = {name for each in sources if each.real for name in each.indicators}
    for key, each in declared.statistics.items():
        lacking = [begins for begins in each.indicators if not any(name.startswith(begins) for name in real)]
        given = len(lacking) < len(each.indicators)
        if each.state == "met" and lacking:
            yield f"{key} is met, and no real source gives {', '.join(lacking)}"
        if each.state == "partly" and not given and not each.tables:
            yield f"{key} is met in part, and no real source gives anything of it"
        if each.state == "not_met" and given:
            told = ", ".join(begins for begins in each.indicators if begins not in lacking)
            yield f"{key} is not met, and a real source gives {told}"
