"""The definitions behind the indicators (`standards.yaml`): what they say, in which document, and how far verified."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from pydantic import Field, model_validator

from schemas.catalogue import all_indicators
from schemas.declaration import Declaration, Language, Trilingual
from schemas.differences import DifferenceIndicator
from schemas.errors import DeclarationError
from schemas.indicators import Indicator, load_catalogue
from schemas.nearest import nearest
from schemas.published_indicator import Published
from schemas.yaml_lines import load_model

STANDARDS_FILE = Path(__file__).parent / "standards.yaml"
VERIFIED: Mapping[str, Trilingual] = MappingProxyType(
    {
        "read": Trilingual(en="read", fr="lu", es="leído"),
        "quoted": Trilingual(
            en="read where another text quotes it",
            fr="lu dans un texte qui le cite",
            es="leído en un texto que lo cita",
        ),
        "not_verified": Trilingual(en="not verified", fr="non vérifié", es="no verificado"),
    }
)
"""How far a definition was verified -> in words."""


PARAGRAPH = Trilingual(en="paragraph", fr="paragraphe", es="párrafo")
COLON: Mapping[Language, str] = MappingProxyType({"en": ":", "fr": " :", "es": ":"})


class Document(Declaration):
    """A text that defines something, and where it is; without an address where it is no single text.

    The title is that of the text as it was read, in its own language; one that describes several texts is translated.
    """

    title: str
    title_fr: str = ""
    title_es: str = ""
    address: str

    def called(self, language: Language) -> str:
        """Its title, for readers of a language."""
        return {"en": self.title, "fr": self.title_fr, "es": self.title_es}[language] or self.title


class AppliesTo(Declaration):
    """Which indicators use a definition; populations stand for those within them too, ids for what begins with them.

    `others` are those that no other definition applies to.
    """

    populations: list[str] = []
    variables: list[str] = []
    classifications: list[str] = []
    kinds: list[str] = []
    indicators: list[str] = []
    others: bool = False


class StandardDefinition(Declaration):
    """What a text says of a term, in our words, and how far that was verified."""

    term: Trilingual
    says: str
    says_fr: str = Field(min_length=1)
    says_es: str = Field(min_length=1)
    document: str
    paragraph: str = ""
    verified: Literal["read", "quoted", "not_verified"]
    read_at: list[str] = []
    not_verified: str = ""
    applies_to: AppliesTo = Field(default_factory=AppliesTo)

    @model_validator(mode="after")
    def _as_far_as_verified(self) -> StandardDefinition:
        if self.verified != "not_verified" and not self.read_at:
            raise ValueError("what was read was read somewhere: give `read_at`")
        if self.verified == "not_verified" and self.paragraph:
            raise ValueError("a paragraph is only given where it was read")
        if (self.verified != "read" or not self.paragraph) and not self.not_verified:
            raise ValueError("say in `not_verified` what was not verified, and what was tried")
        return self


class Standards(Declaration):
    """The whole file."""

    documents: dict[str, Document]
    definitions: dict[str, StandardDefinition]

    def cited(self, name: str, language: Language = "en") -> str:
        """A definition as a reference: its term, document and paragraph, and whether that was verified."""
        found = self.definitions[name]
        document = self.documents[found.document].called(language)
        at = f", {PARAGRAPH.spoken(language)} {found.paragraph}" if found.paragraph else ""
        told = "" if found.verified == "read" else f" ({VERIFIED[found.verified].spoken(language)})"
        return f"{found.term.spoken(language)}{COLON[language]} {document}{at}{told}"


@cache
def load_standards() -> Standards:
    """Every document and definition. Raises DeclarationError that names the file and what does not exist."""
    standards, _ = load_model(Standards, STANDARDS_FILE)
    faults = list(_faults(standards))
    if faults:
        raise DeclarationError("; ".join(faults), where=str(STANDARDS_FILE))
    return standards


def _faults(standards: Standards) -> Iterator[str]:
    populations = load_catalogue().populations
    for name, found in standards.definitions.items():
        if found.document not in standards.documents:
            yield f"{name}: there is no document '{found.document}'{nearest(found.document, standards.documents)}"
        for each in found.applies_to.populations:
            if each not in populations:
                yield f"{name}: there is no population '{each}'{nearest(each, populations)}"


@cache
def definitions_of_indicators() -> Mapping[str, tuple[str, ...]]:
    """Indicator -> the definitions that it uses, in the order of the file."""
    definitions = load_standards().definitions
    others = tuple(each for each, found in definitions.items() if found.applies_to.others)

    def used(name: str, indicator: Published) -> tuple[str, ...]:
        found = tuple(each for each, one in definitions.items() if _applies(one.applies_to, name, indicator))
        return found or others

    return MappingProxyType({name: used(name, indicator) for name, indicator in all_indicators().items()})


def _applies(to: AppliesTo, name: str, indicator: Published) -> bool:
    declared = indicator.declared
    if isinstance(declared, DifferenceIndicator):
        declared = load_catalogue().indicators[declared.of]
    named = {"populations": set[str](), "variables": set[str]()}
    if isinstance(declared, Indicator):
        named = {"populations": _with_those_around(declared), "variables": set(declared.variables)}
    return (
        not named["populations"].isdisjoint(to.populations)
        or not named["variables"].isdisjoint(to.variables)
        or not set(indicator.classifications).isdisjoint(to.classifications)
        or indicator.kinds[0] in to.kinds
        or name.startswith(tuple(to.indicators))
    )


def _with_those_around(indicator: Indicator) -> set[str]:
    """The populations of an indicator, and those that they are within."""
    populations = load_catalogue().populations
    found: set[str] = set()
    waiting = [name for name in indicator.populations if name is not None]
    while waiting:
        name = waiting.pop()
        found.add(name)
        within = populations[name].within
        waiting += [within] if within and within not in found else []
    return found
