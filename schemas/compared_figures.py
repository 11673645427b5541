"""The figures of benchmarks that are shown beside those of a survey, and those that its numbers are compared with
(`compared_figures.yaml`)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import Field

from schemas.declaration import Declaration, Identifier
from schemas.survey_figure import Number
from schemas.yaml_lines import load_model

COMPARED_FIGURES_FILE = Path(__file__).parent / "compared_figures.yaml"


class FigureOfBenchmark(Declaration):
    """Where a figure of a benchmark comes from: rows of a table.

    `where` and `value` are SQL, a condition and an aggregate over the columns of the table.
    """

    source: str
    table: Identifier
    where: str
    value: str
    label: str


class ComparedFigure(FigureOfBenchmark):
    """The figure that stands beside one of `ilms check`."""

    figure: Identifier
    per_cent_of_population: bool = False


class ComparedNumber(FigureOfBenchmark):
    """The figure that a number of the same area and year is compared with, in the unit of its indicator."""

    number: Number


class ComparedFigures(Declaration):
    """The whole file. A benchmark's figure of a year further away than `years` is not shown beside those of `figures`;
    `numbers` are compared with those of the same year alone."""

    years: int = Field(ge=0)
    figures: list[ComparedFigure]
    numbers: dict[Identifier, ComparedNumber]


@cache
def load_compared_figures() -> ComparedFigures:
    """Every figure that is shown beside others. Raises DeclarationError that names file and line of every fault."""
    return load_model(ComparedFigures, COMPARED_FIGURES_FILE)[0]
