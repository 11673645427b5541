"""Figures of a benchmark by area and year."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from schemas.compared_figures import FigureOfBenchmark
from transforms.duck import connect, parquet_rows

YearlyFigures = Mapping[tuple[str, int], float]
"""Area and year -> the figure."""


def yearly_figures(figure: FigureOfBenchmark, table: Path) -> YearlyFigures:
    """The figure of every area and year in a benchmark's long table that has one."""
    with connect() as connection:
        found = connection.execute(
            f"select area, year, {figure.value} from {parquet_rows(table)} where {figure.where} group by area, year"
        ).fetchall()
    return {(str(area), int(year)): float(value) for area, year, value in found if value is not None}
