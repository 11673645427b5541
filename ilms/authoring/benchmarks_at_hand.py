"""Benchmarks as far as they are available: as fetched last, else in the mirror. Nothing is fetched for this."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from schemas.benchmark import Benchmark
from schemas.compared_figures import load_compared_figures
from schemas.errors import InputError
from schemas.loader import list_benchmarks, load_benchmark
from schemas.partition import Partition
from schemas.periods import in_order
from transforms.benchmark import read_benchmark
from transforms.preview.benchmarks import figure_of_benchmark
from transforms.preview.previewed import Beside
from warehouse.intake.vintage import latest_vintage
from warehouse.layout import Layout


@dataclass(frozen=True)
class FiguresAtHand:
    """Figures of benchmarks by the names of those that they stand beside, and which benchmarks could not be read."""

    figures: Mapping[str, Beside]
    remarks: tuple[str, ...]


def figures_at_hand(
    layout: Layout, mirror: Path | None, partition: Partition, names: Collection[str], work: Path, *, memory_limit: str
) -> FiguresAtHand:
    """The figures of benchmarks that stand beside some of a partition.

    A benchmark whose file is not as declared stops no one who looks at another source.
    """
    declared = load_compared_figures()
    tables: dict[tuple[str, str], Path | None] = {}
    found: dict[str, Beside] = {}
    remarks = []
    for each in (each for each in declared.figures if each.figure in names):
        key = (each.source, each.table)
        if key not in tables:
            try:
                tables[key] = _table(layout, mirror, each.source, each.table, work, memory_limit)
            except InputError as error:
                tables[key] = None
                remarks.append(f"table '{each.table}' of {each.source} cannot be compared with: {error.what}")
        table = tables[key]
        beside = figure_of_benchmark(each, table, partition, declared.years) if table else None
        if beside is not None:
            found[each.figure] = beside
    return FiguresAtHand(found, tuple(remarks))


def _table(layout: Layout, mirror: Path | None, source: str, table: str, work: Path, memory_limit: str) -> Path | None:
    """One table of the latest wave of a benchmark in long form; None where its files are not available."""
    if source not in list_benchmarks():
        return None
    benchmark = load_benchmark(source)
    for wave in reversed(in_order(benchmark.waves)):
        files = _files(layout, mirror, benchmark, wave)
        wanted = {part.file for part in benchmark.of_wave(wave).tables[table].parts}
        if wanted <= files.keys():
            long = work / f"{source}-{table}.parquet"
            where = Partition(source, wave).key
            read_benchmark(benchmark.of_wave(wave).tables[table], files, long, where=where, memory_limit=memory_limit)
            return long
    return None


def _files(layout: Layout, mirror: Path | None, benchmark: Benchmark, wave: str) -> dict[str, Path]:
    """The files of a wave by name, as fetched last, else in the mirror."""
    vintage = latest_vintage(layout, Partition(benchmark.id, wave))
    if vintage is not None:
        return {file.name: file.path for file in vintage.files}
    if mirror is None:
        return {}
    places = {
        benchmark.filled(each.name, wave): mirror / benchmark.filled(each.mirror, wave)
        for each in benchmark.waves[wave].files
        if each.mirror
    }
    return {name: place for name, place in places.items() if place.is_file()}
