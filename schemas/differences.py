"""Changes over time and gaps between groups of the numbers of surveys, as `differences.yaml` declares them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from schemas.codelists import load_codelist
from schemas.comparison import load_comparison
from schemas.declaration import Declaration, Trilingual
from schemas.indicators import Indicator, load_catalogue
from schemas.nearest import nearest
from schemas.published_indicator import Published, PublishedIndicator
from schemas.yaml_lines import Location, load_model, refuse_faults

DIFFERENCES_FILE = Path(__file__).parent / "differences.yaml"
ComparedWith = Literal["previous", "year_before", "others"]
Unit = Literal["points", "per_cent"]
UNIT_MEASURE: Mapping[Unit, str] = MappingProxyType({"points": "PP", "per_cent": "PT"})
MEASURE_OF: Mapping[Unit, str] = MappingProxyType({"points": "rate", "per_cent": "count"})
"""The measure of the indicators whose differences are given in a unit."""

_UNIT_OF_TITLE = re.compile(r" \([^()]*\)$")


class DifferenceKind(Declaration):
    """What both numbers of a difference are, and how it is called; the file explains each key."""

    compared_with: ComparedWith
    unit: Unit
    title: Trilingual
    definition: Trilingual


class DifferenceEntry(Declaration):
    """One indicator as the file has it."""

    of: str
    kind: str


class DifferenceIndicator(PublishedIndicator):
    """One difference: of the numbers of the indicator `of`, and those that these are `compared_with`."""

    of: str
    compared_with: ComparedWith
    unit: Unit

    @property
    def measure(self) -> str:
        """Whether it is a change over time or a gap between groups."""
        return "gap" if self.compared_with == "others" else "change"


class _File(Declaration):
    reference: Trilingual
    kinds: dict[str, DifferenceKind]
    indicators: dict[str, DifferenceEntry]


@cache
def load_differences() -> Mapping[str, DifferenceIndicator]:
    """Every difference by its id. Raises DeclarationError that names file and line."""
    declared, lines = load_model(_File, DIFFERENCES_FILE)
    refuse_faults(DIFFERENCES_FILE, lines, _faults(declared))
    indicators = load_catalogue().indicators
    return MappingProxyType(
        {
            name: _difference(entry.of, indicators[entry.of], declared.kinds[entry.kind], declared.reference)
            for name, entry in declared.indicators.items()
        }
    )


def published_differences() -> Mapping[str, Published]:
    """Every difference as it is published."""
    indicators = load_catalogue().indicators
    return {
        name: Published(each, each.measure, tuple(indicators[each.of].types))
        for name, each in load_differences().items()
    }


def differences_of(indicators: Collection[str]) -> frozenset[str]:
    """The differences of the numbers of these indicators."""
    return frozenset(name for name, each in load_differences().items() if each.of in indicators)


def _difference(of: str, indicator: Indicator, kind: DifferenceKind, reference: Trilingual) -> DifferenceIndicator:
    titles = {
        language: form.replace("{title}", _UNIT_OF_TITLE.sub("", getattr(indicator.title, language)))
        for language, form in kind.title
    }
    definitions = {
        language: form.replace("{definition}", getattr(indicator.definition, language))
        for language, form in kind.definition
    }
    return DifferenceIndicator(
        of=of,
        compared_with=kind.compared_with,
        unit=kind.unit,
        title=Trilingual(**titles),
        definition=Trilingual(**definitions),
        dimensions=indicator.dimensions,
        unit_measure=UNIT_MEASURE[kind.unit],
        unit_mult=0,
        decimals=1,
        reference=reference,
    )


def _faults(declared: _File) -> Iterator[tuple[Location, str]]:
    indicators, compared = load_catalogue().indicators, load_comparison().compared
    measures = load_codelist("CL_MEASURE").by_code
    for name, entry in declared.indicators.items():
        at: Location = ("indicators", name)
        if entry.kind not in declared.kinds:
            yield at, f"{name}: there is no kind '{entry.kind}'{nearest(entry.kind, declared.kinds)}"
            continue
        if entry.of not in compared.numbers or entry.of not in indicators:
            known = nearest(entry.of, compared.numbers)
            yield at, f"{name}: '{entry.of}' is not among the numbers that comparison.yaml compares{known}"
            continue
        unit = declared.kinds[entry.kind].unit
        if indicators[entry.of].measure != MEASURE_OF[unit]:
            yield at, f"{name}: a difference in {unit} is one of a {MEASURE_OF[unit]}, and '{entry.of}' is none"
        parts = name.split("_")
        if parts[2:-1] != [*indicators[entry.of].dimensions] or parts[-1] != "RT":
            yield at, f"{name}: the id names the dimensions of '{entry.of}' and ends in RT"
        if "_".join([*parts[:2], parts[-1]]) not in measures:
            yield at, f"{name}: CL_MEASURE has no code for it; add one to CL_MEASURE.user_assigned.csv"
