"""Figures of benchmarks beside those of a preview."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from schemas.compared_figures import ComparedFigure
from schemas.partition import Partition
from schemas.world_population import population_near
from transforms.duck import connect, parquet_rows
from transforms.preview.previewed import Beside, Figure


def figure_of_benchmark(compared: ComparedFigure, table: Path, partition: Partition, years: int) -> Beside | None:
    """The figure of a benchmark's long table of a partition's area in the nearest year, the later of two.

    None where no year is near.
    """
    year = int(partition.wave[:4])
    with connect(work=table.parent) as connection:
        found = connection.execute(
            f"select year, {compared.value} from {parquet_rows(table)} where area = ? and ({compared.where})"
            " group by year having count(*) > 0 order by abs(year - ?), year desc limit 1",
            [partition.ref_area, year],
        ).fetchall()
    if not found or found[0][1] is None or abs(found[0][0] - year) > years:
        return None
    value, of = float(found[0][1]), f"{compared.label}, {found[0][0]}"
    if not compared.per_cent_of_population:
        return Beside(value, of)
    near = population_near(partition.ref_area, int(found[0][0]))
    return Beside(100 * value / near.persons, of) if near else None


def beside_benchmarks(figures: Iterable[Figure], found: Mapping[str, Beside]) -> tuple[Figure, ...]:
    """Figures with those of benchmarks beside them, by the names of the figures."""
    return tuple(
        replace(each, beside=(*each.beside, found[each.name])) if each.name in found else each for each in figures
    )
