"""The figures of benchmarks that are shown beside those of a survey (`compared_figures.yaml`)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import Field

from schemas.declaration import Declaration, Identifier
from schemas.yaml_lines import load_model

COMPARED_FIGURES_FILE = Path(__file__).parent / "compared_figures.yaml"


class ComparedFigure(Declaration):
    """Where the figure that stands beside one of a survey comes from: rows of a benchmark's table.

    `where` and `value` are SQL, a condition and an aggregate over the columns of the table.
    """

    figure: Identifier
    source: str
    table: Identifier
    where: str
    value: str
    per_cent_of_population: bool = False
    label: str


class ComparedFigures(Declaration):
    """The whole file. A benchmark's figure of a year further away than `years` is not shown."""

    years: int = Field(ge=0)
    figures: list[ComparedFigure]


@cache
def load_compared_figures() -> ComparedFigures:
    """Every figure that is shown beside others. Raises DeclarationError that names file and line of every fault."""
    return load_model(ComparedFigures, COMPARED_FIGURES_FILE)[0]
