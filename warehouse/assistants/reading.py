"""A release as one question reads it: its cursor, and labels in the language asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from schemas.catalogue import all_indicators
from schemas.declaration import Language, Text
from schemas.nearest import nearest
from schemas.sdmx import load_shape
from warehouse.assistants.results import Coded, ReleaseMark
from warehouse.sdmx.flows import Flow
from warehouse.sdmx.rows import CodeNames
from warehouse.service.errors import RequestError, no_results, shown
from warehouse.service.shelf import OpenRelease

AREAS, STATUSES = "CL_AREA", "CL_OBS_STATUS"
UNITS, MULTIPLIERS = "CL_UNIT_MEASURE", "CL_UNIT_MULT"
SHOWN_CODES = 30
"""Codes that an error lists."""


@dataclass(frozen=True)
class Reading:
    """A release, a cursor of it for this question alone, and the language of labels."""

    release: OpenRelease
    cursor: duckdb.DuckDBPyConnection
    names: CodeNames
    language: Language = "en"

    @property
    def mark(self) -> ReleaseMark:
        """Which release it is."""
        made_at = self.release.moment.isoformat()
        return ReleaseMark(id=self.release.id, made_at=made_at, agency=self.release.agency.id)

    def text(self, text: Text) -> str:
        """A text in the language, in English where it has none in that."""
        return text.spoken(self.language)

    def label(self, codelist: str, code: str) -> str:
        """The label of a code; the code itself where its list lacks it."""
        found = self.names.of(codelist).get(code)
        return self.text(found) if found else code

    def coded(self, codelist: str, code: str) -> Coded:
        """A code with its label."""
        return Coded(code=code, label=self.label(codelist, code))

    def unit(self, flow: Flow) -> str:
        """The unit of a dataflow's values, in words."""
        unit = self.label(UNITS, flow.unit_measure)
        multiplier = self.label(MULTIPLIERS, str(flow.unit_mult))
        return f"{unit} ({multiplier.lower()})" if flow.unit_mult else unit

    def topic(self, flow: Flow) -> str:
        """The topic of a dataflow, in words."""
        topic = load_shape().topics.get(flow.topic)
        return self.text(topic) if topic else flow.topic


def version_of(code: str) -> str:
    """The version of a classification that a code is of: AGE_YTHADULT of AGE_YTHADULT_Y15-24; the code of two parts
    itself, such as SEX_T."""
    return "_".join(code.split("_")[:2])


def unknown_indicator(asked: str, plain: str, flows: Iterable[Flow], others: Iterable[str]) -> RequestError:
    """There are no numbers of an indicator: which ids are like it, and which came after or before it."""
    known = [each.indicator for each in flows]
    named = shown(asked)
    listed = [each for each in others if each in set(known)]
    if listed:
        return no_results(f"'{named}' has no numbers here; older or newer ids of it that do: {', '.join(listed)}.")
    if plain in all_indicators():
        return no_results(f"'{named}' is an indicator of the catalogue, of which this release has no numbers.")
    return no_results(
        f"There is no indicator '{named}'{nearest(plain[:100], known)}. find_indicators searches by words."
    )


def unknown_code(asked: str, dimension: str, known: dict[str, str], with_numbers: Iterable[str]) -> RequestError:
    """A code that the list of a dimension lacks: which are like it, by code or label, and which have numbers.

    `known` are all codes with their labels.
    """
    text = asked[:100]
    by_label = [code for code, label in known.items() if label.casefold() == text.casefold()]
    hint = (
        f" ({', '.join(by_label)} is labelled so)"
        if by_label
        else nearest(text, known) or nearest(text, (label for label in known.values()))
    )
    codes = sorted(with_numbers)
    listed = "; ".join(f"{code} {known.get(code, '')}".strip() for code in codes[:SHOWN_CODES])
    more = f", and {len(codes) - SHOWN_CODES} more" if len(codes) > SHOWN_CODES else ""
    return no_results(f"{dimension} has no code '{shown(asked)}'{hint}. Codes with numbers: {listed}{more}.")
