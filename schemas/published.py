"""Figures that a producer has estimated and published: what a source of them declares.

`schemas/sources/<area>/<name>/source.yaml` with `kind: published`, and tables in long form (schemas/benchmark.py) whose
columns are those of FIGURE_COLUMNS: what a row is a number of, the number, and what its producer tells of its error.
The indicators are those of the other kinds of source. A figure stays its producer's: it is taken in as it is, with
status and error, and is never combined with estimates made here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from statistics import NormalDist
from types import MappingProxyType
from typing import Literal

from pydantic import Field

from schemas.benchmark import BenchmarkTable, LongTables, benchmark_faults
from schemas.codelists import codelist_ids, load_codelist
from schemas.corridors import CORRIDORS
from schemas.declaration import Declaration, Identifier
from schemas.nearest import nearest
from schemas.published_indicator import Published, PublishedIndicator
from schemas.register_faults import counted_indicators
from schemas.source import Runnable
from schemas.source_kind import SourceKind
from schemas.survey_faults import SURVEY
from schemas.yaml_lines import Location, line_of, load_model

KEY_COLUMNS = ("indicator", "ref_area", "sex", "classif1", "classif2", "time")
NUMBER_COLUMNS = ("value", "n", "se", "cv", "lower", "upper", "margin")
FIGURE_COLUMNS: Mapping[str, Literal["text", "integer", "number"]] = {
    **dict.fromkeys(KEY_COLUMNS, "text"),
    **dict.fromkeys(NUMBER_COLUMNS, "number"),
    "n": "integer",
    **dict.fromkeys(("status", "note", "note_source", "note_indicator", "place"), "text"),
}
"""The columns that a table of figures may have, and what each holds.

indicator .. time  the key, in the codes that are published; `time` as 2024, 2024-Q1 or 2024Q1
value              the figure; a row without one is left out, unless its status is C (confidential)
n                  the producer's sample cases behind it
se, cv             its standard error, in the unit of the value; its coefficient of variation, per cent
lower, upper       the ends of its interval, of the level that `interval` declares
margin             half of that interval: the figure plus or minus this much
status             observation status
note               a note of the producer on the figure, `Type: text`
note_source        one on the source, and
note_indicator     one on the indicator, the same for all figures of an indicator, area and period
place              where it stands in the file, for errors
"""
PUBLISHED_INDICATORS_FILE = Path(__file__).parent / "published_indicators.yaml"
NEEDED = ("indicator", "ref_area", "time", "value")
OWN_PRIORITY = 20


class PublishedFigures(LongTables, Runnable):
    """A source of published figures: `source.yaml` with its tables."""

    kind: Literal["published"] = Field(
        description="that it holds figures which their producer has estimated", examples=["published"]
    )
    priority: int = Field(
        default=OWN_PRIORITY,
        description="of two sources with an indicator of the same area and period, the higher one gives it, whole. It "
        "is lower than that of surveys and registers where left out: their numbers are made here from records",
        examples=[60],
    )
    interval: float = Field(
        default=95,
        gt=50,
        lt=100,
        description="the level of the producer's intervals, in per cent: those of `lower` and `upper`, or of `margin`",
        examples=[90],
    )
    scale: dict[Identifier, float] = Field(
        default={},
        description="table -> what its values, errors and intervals are multiplied by to be in the indicator's unit, "
        "such as 0.001 where persons are published and the indicator is in thousands",
        examples=[{"employment": 0.001}],
    )
    prefixes: dict[Literal["classif1", "classif2"], str] = Field(
        default={},
        description="what stands before the ISO 3166-1 alpha-3 code of a country in the published code, where a "
        "classification is by country",
        examples=[{"classif1": "CBR_BRT_"}],
    )

    @property
    def icls_basis(self) -> str:
        """Which resolution the figures follow is for their producer to say, in a note."""
        return ""

    @property
    def standard_errors_in_margin(self) -> float:
        """How many standard errors half an interval of the declared level is, by the normal distribution."""
        return NormalDist().inv_cdf(0.5 + self.interval / 200)


def published_faults(source: PublishedFigures, file: Path, lines: dict[Location, int]) -> Iterator[str]:
    """What is wrong with a declaration beyond its form, each fault with its line in the file."""
    yield from benchmark_faults(source, file, lines, others=_all_codes())
    for name in sorted(source.scale.keys() - source.tables.keys()):
        yield f"line {line_of(lines, ('scale', name))}: there is no table '{name}'{nearest(name, source.tables)}"
    for name, table in source.tables.items():
        at = f"line {line_of(lines, ('tables', name))} of {file.name}: table '{name}'"
        yield from (f"{at} {fault}" for fault in _table_faults(table))


def _table_faults(table: BenchmarkTable) -> Iterator[str]:
    for column in sorted(table.columns.keys() - FIGURE_COLUMNS.keys()):
        yield f"has a column '{column}' that figures do not have{nearest(column, FIGURE_COLUMNS)}"
    for column, declared in table.columns.items():
        wanted = FIGURE_COLUMNS.get(column)
        if wanted is not None and declared.type != wanted:
            yield f"has a column '{column}' of type {declared.type}, and it is {wanted}"
    for column in sorted(set(NEEDED) - table.columns.keys()):
        yield f"has no column '{column}', which every figure has"
    for column in sorted((set(KEY_COLUMNS) & table.columns.keys()) - set(table.key)):
        yield f"has column '{column}', and its key lacks it"
    for named in sorted(_named(table) - published_indicators().keys()):
        yield f"gives {named}, which no kind of source declares{nearest(named, published_indicators())}"


def _named(table: BenchmarkTable) -> set[str]:
    """The indicators that a table names: the same for a part of it, or behind the producer's codes."""
    if "indicator" not in table.columns:
        return set()
    codes = table.columns["indicator"].codes
    constant = [codes.get(each, each) for part in table.parts if (each := part.constants.get("indicator"))]
    return {*codes.values(), *constant} - {""}


def _given(source: PublishedFigures) -> frozenset[str]:
    return frozenset().union(*(_named(table) for table in source.tables.values()))


class PublishedAlone(PublishedIndicator):
    """One indicator that is taken from its producers alone; `signed` says that it may be below zero."""

    measure: Literal["count", "rate"]
    signed: bool = False


class _File(Declaration):
    indicators: dict[str, PublishedAlone]


@cache
def published_alone() -> Mapping[str, Published]:
    """The indicators that nothing here makes from records. Raises DeclarationError that names file and line."""
    declared, _ = load_model(_File, PUBLISHED_INDICATORS_FILE)
    return {name: Published(each, each.measure, each.classifications) for name, each in declared.indicators.items()}


def signed_alone() -> tuple[str, ...]:
    """Those that may be below zero."""
    declared, _ = load_model(_File, PUBLISHED_INDICATORS_FILE)
    return tuple(name for name, each in declared.indicators.items() if each.signed)


@cache
def published_indicators() -> Mapping[str, Published]:
    """The indicators that a producer's figures may be of: those of all kinds of source, and some of its own."""
    others = {**CORRIDORS.indicators(), **counted_indicators(), **SURVEY.indicators()}
    return MappingProxyType({**published_alone(), **others})


def _all_codes() -> tuple[str, ...]:
    """Every code of every list: what a column of countries may hold beside countries, such as a total."""
    return tuple(code.code for name in codelist_ids() for code in load_codelist(name).codes)


PUBLISHED = SourceKind(
    "published",
    "source of published figures",
    PublishedFigures,
    published_faults,
    published_indicators,
    may_give=_given,
)
"""Tables of figures that their producer has estimated, and answers of focal points to a questionnaire."""
