"""What a benchmark declares: published tables that estimates for many areas are made from, such as a population.

`schemas/sources/<area>/<name>/source.yaml` with `kind: benchmark`; the area is X01 when it covers the world. Its tables
are brought to long form: one value per row, identified by its key. Column `vintage` holds the name of the revision (the
producer's vintage), so that no edition can mix revisions unnoticed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from schemas.canonical_values import CanonicalValues
from schemas.countries import country_values
from schemas.declaration import Declaration, Identifier
from schemas.read import Read, placed
from schemas.regional_indicators import load_regional_indicators
from schemas.source import Source
from schemas.source_kind import SourceKind
from schemas.spellings import filled
from schemas.statuses import StatusList
from schemas.yaml_lines import Location, line_of

VALUE = "value"


class BenchmarkColumn(Declaration):
    """One column of a long table: its type, the codes it translates, and the values it may take."""

    type: Literal["text", "integer", "number"] = Field(description="what it holds", examples=["integer"])
    codes: dict[str, str] = Field(
        default={},
        description="the producer's word -> ours, and no other word is allowed; one that means '' leaves its row out",
        examples=[{"M": "male", "F": "female", "T": ""}],
    )
    country: Literal["m49", "iso2", "iso3", "name"] | None = Field(
        default=None,
        description="how the producer writes countries, which become ISO 3166-1 alpha-3; `codes` then list what is "
        "not a country, or is written in a way that is not recognised",
        examples=["m49"],
    )
    statuses: StatusList | None = Field(
        default=None,
        description="how the producer writes observation statuses (ilo, sdmx: CL_OBS_STATUS; eurostat: flags such as "
        "bu), which become ILO's; `codes` then list what else occurs there, and the column may be empty",
        examples=["eurostat"],
    )
    minimum: float | None = Field(default=None, description="smallest value", examples=[0])
    maximum: float | None = Field(default=None, description="largest value", examples=[100])
    above: float | None = Field(default=None, description="values are larger than this", examples=[0])
    below: float | None = Field(default=None, description="values are smaller than this", examples=[200])
    optional: bool = Field(default=False, description="whether it may be empty", examples=[True])
    absent: list[str] = Field(
        default=[],
        description="of a number: what the producer writes where there is none, as if the field were empty",
        examples=[[".."]],
    )

    @model_validator(mode="after")
    def _limits_of_numbers(self) -> BenchmarkColumn:
        if self.type == "text" and any(limit is not None for limit in self.limits.values()):
            raise ValueError("only numbers have limits")
        if self.type == "text" and self.absent:
            raise ValueError("`absent` is of numbers; what a text that says nothing means is stated in `codes`")
        if self.type != "text" and self.country is not None:
            raise ValueError("only texts are countries")
        if self.statuses and (self.type != "text" or self.country):
            raise ValueError("a column of statuses holds texts, and no countries")
        return self

    @property
    def is_translated(self) -> bool:
        """Whether countries or statuses become ILO's codes without being listed; `codes` then only add to them."""
        return self.country is not None or self.statuses is not None

    @property
    def limits(self) -> dict[str, float | None]:
        """The SQL comparison that holds for a wrong value -> the limit."""
        return {"<": self.minimum, ">": self.maximum, "<=": self.above, ">=": self.below}


class LeftOut(Declaration):
    """Rows of the producer that are not used, and why."""

    column: str = Field(description="the producer's column", examples=["Region"])
    like: str = Field(description="what it holds in these rows, as a pattern of SQL's `like`", examples=["World%"])
    because: str = Field(description="why they are not used", examples=["sums of others"])


class Part(Declaration):
    """The rows of a table that come from one file."""

    file: str = Field(description="the name of the file among the wave's", examples=["population.csv"])
    read: Read | None = Field(
        default=None,
        description="how the file is laid out, where it is not plain CSV",
        examples=[{"format": "excel", "sheet": "Data"}],
    )
    columns: dict[Identifier, str] = Field(
        description="our column -> the producer's column", examples=[{"area": "Location code", "year": "Year"}]
    )
    constants: dict[Identifier, str] = Field(
        default={}, description="our column -> the same value for every row", examples=[{"vintage": "WPP2024"}]
    )
    unpivot: dict[str, dict[Identifier, str]] = Field(
        default={},
        description="the producer's column -> the values of our columns that it stands for; its content becomes "
        "`value`",
        examples=[{"PopMale": {"sex": "male"}, "PopFemale": {"sex": "female"}}],
    )
    leave_out: list[LeftOut] = Field(
        default=[],
        description="rows of the producer that are not used",
        examples=[[{"column": "Region", "like": "World%", "because": "sums of others"}]],
    )


class BenchmarkTable(Declaration):
    """One table in long form: what it holds, its unit, its columns, the key that is unique, and its vintages."""

    meaning: str = Field(description="what it holds", examples=["population by area, sex and year"])
    unit: str = Field(description="the unit of `value`", examples=["persons"])
    columns: dict[Identifier, BenchmarkColumn] = Field(
        description="its columns, by our names",
        examples=[{"area": {"type": "text", "country": "m49"}, "value": {"type": "number", "minimum": 0}}],
    )
    key: list[Identifier] = Field(
        min_length=1, description="the columns that identify a row", examples=[["area", "year", "sex"]]
    )
    vintages: list[str] = Field(
        default=[],
        description="the names of the producer's revisions that column `vintage` may hold, so that none are mixed "
        "unnoticed",
        examples=[["WPP2024"]],
    )
    parts: list[Part] = Field(
        min_length=1,
        description="the files that give its rows",
        examples=[[{"file": "population.csv", "columns": {"area": "Location code"}}]],
    )


class LongTables(Source):
    """A source whose files are brought to long form, table by table."""

    tables: dict[Identifier, BenchmarkTable] = Field(
        min_length=1,
        description="tables brought to long form: one value per row, identified by its key",
        examples=[
            {
                "population": {
                    "meaning": "population",
                    "unit": "persons",
                    "columns": {"value": {"type": "number"}},
                    "key": ["value"],
                    "parts": [{"file": "population.csv", "columns": {"value": "Pop"}}],
                }
            }
        ],
    )

    def of_wave(self, wave: str) -> Self:
        """The source as it is in one wave: its files, sheets and members are those of the wave."""
        names = self.wave_names(wave)
        tables = {name: _in_wave(table, names) for name, table in self.tables.items()}
        return super().of_wave(wave).model_copy(update={"tables": tables})


class Benchmark(LongTables):
    """A benchmark: `source.yaml` with its tables."""

    kind: Literal["benchmark"] = Field(description="that it is a benchmark", examples=["benchmark"])


def _in_wave(table: BenchmarkTable, names: Mapping[str, str]) -> BenchmarkTable:
    parts = [
        part.model_copy(
            update={
                "file": filled(part.file, names),
                "read": placed(part.read, names) if part.read else None,
                "constants": {column: filled(text, names) for column, text in part.constants.items()},
            }
        )
        for part in table.parts
    ]
    return table.model_copy(update={"parts": parts})


def benchmark_faults(
    benchmark: LongTables, file: Path, lines: dict[Location, int], *, others: tuple[str, ...] = ()
) -> Iterator[str]:
    """What is wrong with a declaration beyond its form, each fault with its line in the file.

    `others` are what a column of countries may hold beside countries.
    """
    names = {raw.name for wave in benchmark.waves.values() for raw in wave.files}
    for name, table in benchmark.tables.items():
        at = f"line {line_of(lines, ('tables', name))} of {file.name}: table '{name}'"
        for column in sorted(set(table.key) - table.columns.keys()):
            yield f"{at}: the key names column '{column}', which is not declared"
        if table.vintages and "vintage" not in table.columns:
            yield f"{at}: vintages are declared, but there is no column 'vintage'"
        for column, declared in table.columns.items():
            yield from (f"{at}, column '{column}': {fault}" for fault in _country_faults(declared, others))
        for part in table.parts:
            yield from (f"{at}, file '{part.file}': {fault}" for fault in _part_faults(table, part, names))


def _country_faults(column: BenchmarkColumn, others: tuple[str, ...]) -> Iterator[str]:
    if column.country is None:
        return
    values = CanonicalValues(others, country_values(None))
    for word, code in column.codes.items():
        if code and (fault := values.fault(code)):
            yield f"'{word}' means {fault}"


def _part_faults(table: BenchmarkTable, part: Part, names: set[str]) -> Iterator[str]:
    if part.file not in names:
        yield f"no wave has it; the waves have {', '.join(sorted(names))}"
    for unpivoted in [*part.unpivot.values()] or [{}]:
        given = {*part.columns, *part.constants, *unpivoted, *([VALUE] if part.unpivot else [])}
        for column in sorted(given - table.columns.keys()):
            yield f"column '{column}' is not declared"
        absent = {name for name, column in table.columns.items() if not column.optional} - given
        for column in sorted(absent):
            yield f"column '{column}' has no origin: name it under `columns`, `constants` or `unpivot`"


def _estimated_from(_source: Benchmark) -> frozenset[str]:
    """What regions have: none of it is of one benchmark alone, and all of it needs them."""
    return frozenset(load_regional_indicators())


BENCHMARK = SourceKind("benchmark", "benchmark", Benchmark, benchmark_faults, may_give=_estimated_from)
"""Published tables that estimates of regions are made from; they give no numbers of their own."""
