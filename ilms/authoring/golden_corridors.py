"""Golden waves of corridors: made-up tables of the world, named as the producer's files and written as CSV."""

from __future__ import annotations

from pathlib import Path

from schemas.corridors import Corridors
from schemas.partition import Partition
from transforms.corridors import estimate_corridors, harmonise_corridors


def estimate_made_up(corridors: Corridors, partition: Partition, folder: Path, work: Path) -> None:
    """The shares that made-up tables give: each is named as the producer's file and written as CSV."""
    tables = {
        name: table.model_copy(update={"parts": [part.model_copy(update={"read": None}) for part in table.parts]})
        for name, table in corridors.tables.items()
    }
    made_up = corridors.model_copy(update={"tables": tables})
    names = [file.name for file in corridors.waves[partition.wave].files]
    files = {name: folder / f"{name.partition('.')[0]}.csv" for name in names}
    core, cells = work / "core.parquet", work / "cells.parquet"
    harmonise_corridors(made_up, partition, files, core, workdir=work)
    estimate_corridors(made_up, partition, core, cells, vintage="golden")
