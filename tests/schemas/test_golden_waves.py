"""Golden waves: made-up records in a source's own codes, and the estimates they must give.

Every source folder may hold `golden/<wave>/rows.csv` (columns as in columns.csv, the first one names the case) and
`golden/<wave>/cells.csv` (the numbers, with their cases). An empty `obs_value` says that the number must not exist.
`persons` names the cases behind a count, so that whoever reads the table can add them up. `golden/<wave>/persons.csv`
says what single cases become once they are harmonised.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow
import pyarrow.parquet
import pytest

from schemas.loader import list_surveys, load_survey, source_folder
from schemas.partition import Partition
from transforms.estimate import estimate
from transforms.harmonise import harmonise

KEY = ("indicator", "sex", "classif1", "classif2")


def table(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, strict=True))


def golden_partitions() -> list[Partition]:
    return [
        Partition(source, rows.parent.name)
        for source in list_surveys()
        for rows in sorted(source_folder(source).glob("golden/*/rows.csv"))
    ]


def golden_folder(partition: Partition) -> Path:
    return source_folder(partition.source) / "golden" / partition.wave


def expected_cells(partition: Partition) -> Iterator[tuple[tuple[str, ...], tuple[float, int] | None]]:
    for cell in table(golden_folder(partition) / "cells.csv"):
        value = (float(cell["obs_value"]), int(cell["n"])) if cell["obs_value"] else None
        yield tuple(cell[name] for name in KEY), value


def write_raw(records: list[dict[str, str]], file: Path) -> None:
    """The records as transforms.read would give them: text, empty fields null, file and record number."""
    columns = {
        name: pyarrow.array([record[name] or None for record in records], pyarrow.string()) for name in records[0]
    }
    columns["_file"] = pyarrow.array(["rows.csv"] * len(records), pyarrow.string())
    columns["_row"] = pyarrow.array(range(1, len(records) + 1), pyarrow.int64())
    pyarrow.parquet.write_table(pyarrow.table(columns), file)


@pytest.fixture(scope="module", params=golden_partitions(), ids=lambda partition: partition.key)
def partition(request: pytest.FixtureRequest) -> Partition:
    given: Partition = request.param
    return given


@pytest.fixture(scope="module")
def core(partition: Partition, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The golden records of a partition as harmonised persons."""
    folder = tmp_path_factory.mktemp("golden")
    write_raw(table(golden_folder(partition) / "rows.csv"), folder / "raw.parquet")
    harmonise(
        load_survey(partition.source).of_wave(partition.wave),
        partition,
        folder / "raw.parquet",
        folder / "core.parquet",
    )
    return folder / "core.parquet"


def as_text(value: object) -> str:
    """A value as persons.csv writes it: whole numbers without a point."""
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def test_golden_records_become_the_golden_persons(partition: Partition, core: Path) -> None:
    file = golden_folder(partition) / "persons.csv"
    wanted = [(row["case"], row["variable"], row["value"]) for row in table(file)] if file.exists() else []
    cases = [next(iter(record.values())) for record in table(golden_folder(partition) / "rows.csv")]
    harmonised = duckdb.default_connection().sql(f"select * from read_parquet('{core}')")
    persons = [dict(zip(harmonised.columns, row, strict=True)) for row in harmonised.fetchall()]
    found = [(case, name, as_text(persons[cases.index(case)][name])) for case, name, _ in wanted]
    assert found == wanted


def test_golden_records_give_exactly_the_golden_cells(partition: Partition, core: Path, tmp_path: Path) -> None:
    source = load_survey(partition.source).of_wave(partition.wave)
    estimate(source, partition, core, tmp_path / "cells.parquet", vintage="0" * 12)
    rows = duckdb.execute(
        f"select {', '.join(KEY)}, obs_value, n from read_parquet('{tmp_path / 'cells.parquet'}')"
    ).fetchall()
    estimated = {tuple(row[:4]): (row[4], row[5]) for row in rows}
    expected = dict(expected_cells(partition))
    assert {key: estimated.get(key) for key in expected} == expected


def test_the_cases_named_add_up_to_the_golden_count(partition: Partition) -> None:
    records = table(golden_folder(partition) / "rows.csv")
    weight = load_survey(partition.source).design.weight
    case = next(iter(records[0]))
    for cell in table(golden_folder(partition) / "cells.csv"):
        names = (cell.get("persons") or "").split()
        if names and cell["indicator"].endswith("_NB"):
            weights = [
                float(record[weight.column] if weight.column else weight.constant or 0)
                for record in records
                if record[case] in names
            ]
            assert sum(weights) / 1000 == pytest.approx(float(cell["obs_value"])), cell
            assert len(weights) == int(cell["n"]), cell


def test_golden_records_have_the_columns_of_their_wave(partition: Partition) -> None:
    declared = set(load_survey(partition.source).wave_columns(partition.wave))
    assert set(table(golden_folder(partition) / "rows.csv")[0]) == declared


@pytest.mark.parametrize("source_id", list_surveys())
def test_every_declared_source_has_a_golden_wave(source_id: str) -> None:
    waves = {partition.wave for partition in golden_partitions() if partition.source == source_id}
    assert waves, f"add schemas/sources/{source_id.replace('.', '/')}/golden/<wave>/rows.csv and cells.csv"
    assert waves <= set(load_survey(source_id).waves)
