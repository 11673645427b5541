"""Write schemas/world_population.csv from the declared benchmark of the population, after a new revision of it.

python -m ilms.authoring.world_population MIRROR
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from schemas.loader import load_benchmark
from schemas.world_population import AGES, COLUMNS, VINTAGE, WORLD_POPULATION_FILE
from transforms.benchmark import read_benchmark
from transforms.duck import parquet_rows, quote_text

SOURCE = "X01.population"
TABLE = "population"


def read_world_population(mirror: Path) -> Iterator[tuple[str, int, int]]:
    """Area, year and persons of 15 years and over, in the order of the file. Raises InputError for files that are not
    as declared."""
    source = load_benchmark(SOURCE)
    wave = max(source.waves)
    files = {file.name: mirror / str(file.mirror) for file in source.waves[wave].files}
    with TemporaryDirectory() as folder:
        table = Path(folder) / "population.parquet"
        read_benchmark(source.of_wave(wave).tables[TABLE], files, table, where=f"{SOURCE}|{wave}")
        yield from duckdb.execute(
            f"""select area, year, cast(sum(value) as bigint) from {parquet_rows(table)}
                where vintage = {quote_text(VINTAGE)} and age = {quote_text(AGES)} group by all order by all"""
        ).fetchall()


def main() -> None:
    """Write the file again from the mirror that the command names."""
    rows = list(read_world_population(Path(sys.argv[1])))
    with WORLD_POPULATION_FILE.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([COLUMNS, *rows])


if __name__ == "__main__":
    main()
