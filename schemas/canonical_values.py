"""What a variable may hold: every value that a declaration gives is checked when the declaration is loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from schemas.aggregates import SIGN, aggregate_codes, aggregate_members
from schemas.concepts import COUNTRY_VALUES, Concept, load_concepts
from schemas.countries import country_values, nearest_countries
from schemas.nearest import nearest
from schemas.source import MISSING_KINDS, CodeValue

NAMED = 50
"""How many wrong values of a map are named."""


@dataclass(frozen=True)
class CanonicalValues:
    """The values that a variable can take: those listed, and the countries of its code list where it is a country.

    `aggregates_of` is the variable whose aggregates are values as well, where there are some.
    """

    listed: tuple[str, ...]
    countries: frozenset[str] = frozenset()
    aggregates_of: str = ""

    def fault(self, value: str) -> str:
        """What is wrong with a value, with the nearest right ones; empty when it is one of them."""
        if value in self.listed or value in self.countries:
            return ""
        if self.aggregates_of and aggregate_members(self.aggregates_of, value):
            return ""
        listed = ", ".join(self.listed)
        if self.countries:
            beside = f", nor one of {listed}" if listed else ""
            return f"'{value}', which is not a country of ISO 3166-1 alpha-3{nearest_countries(value)}{beside}"
        known = [*self.listed, *(aggregate_codes(self.aggregates_of) if self.aggregates_of else ())]
        several = f", nor some of them joined as in {SIGN.join(self.listed[:2])}" if self.aggregates_of else ""
        return f"'{value}', which is not one of {listed}{nearest(value, known)}{several}"

    def map_faults(self, name: str, codes: Mapping[str, CodeValue]) -> Iterator[str]:
        """What is wrong with the values of a map, each with its code; of very many, the first and how many more."""
        wrong = {code: fault for code, meaning in codes.items() if (fault := self.fault(meaning.value))}
        for code, fault in list(wrong.items())[:NAMED]:
            yield f"map '{name}': code '{code}' means {fault}"
        if len(wrong) > NAMED:
            yield f"map '{name}': {len(wrong) - NAMED} more codes mean something that is not a value"


def declarable() -> list[str]:
    """Variables that a source may declare."""
    return [name for name, concept in load_concepts().items() if concept.role != "derived"]


def allowed_values(concept: Concept) -> tuple[str, ...] | None:
    """Values and kinds of missing that a variable can take; None when its values are not listed."""
    kinds = tuple(kind for kind in MISSING_KINDS if kind in concept.missing)
    if concept.type == "category":
        return (*concept.values, *kinds)
    if concept.type == "country":
        return (*COUNTRY_VALUES, *kinds)
    return None


def canonical_values(concept: Concept) -> CanonicalValues | None:
    """The values that a variable can take, countries among them; None when they are not listed."""
    listed = allowed_values(concept)
    if listed is None:
        return None
    return CanonicalValues(listed, country_values(concept.codelist) if concept.type == "country" else frozenset())
