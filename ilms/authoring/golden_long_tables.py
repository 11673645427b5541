"""Golden waves of published tables: made-up ones, named as the producer's files and written as CSV."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from schemas.benchmark import LongTables
from schemas.corridors import Corridors
from schemas.partition import Partition
from schemas.published import PublishedFigures
from transforms.corridors import estimate_corridors, harmonise_corridors
from transforms.published import estimate_published, harmonise_published

Tables = TypeVar("Tables", bound=LongTables)


def estimate_corridor_tables(corridors: Corridors, partition: Partition, folder: Path, work: Path) -> None:
    """Write to `work` the shares that the made-up tables of a folder give (cells.parquet)."""
    core, cells = work / "core.parquet", work / "cells.parquet"
    made_up = _as_csv(corridors)
    harmonise_corridors(made_up, partition, _files(corridors, partition, folder), core, workdir=work)
    estimate_corridors(made_up, partition, core, cells, vintage="golden")


def estimate_figures(source: PublishedFigures, partition: Partition, folder: Path, work: Path) -> None:
    """Write to `work` the numbers that the made-up figures of a folder give (cells.parquet)."""
    core, cells = work / "core.parquet", work / "cells.parquet"
    made_up = _as_csv(source)
    harmonise_published(made_up, partition, _files(source, partition, folder), core, workdir=work)
    estimate_published(made_up, partition, core, cells, vintage="golden")


def _as_csv(source: Tables) -> Tables:
    """The source as if all of its files were plain CSV."""
    tables = {
        name: table.model_copy(update={"parts": [part.model_copy(update={"read": None}) for part in table.parts]})
        for name, table in source.tables.items()
    }
    return source.model_copy(update={"tables": tables})


def _files(source: LongTables, partition: Partition, folder: Path) -> Mapping[str, Path]:
    names = [file.name for file in source.waves[partition.wave].files]
    return {name: folder / f"{name.partition('.')[0]}.csv" for name in names}
