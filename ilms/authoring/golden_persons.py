"""Golden waves of a survey: made-up records by our column names, and what becomes of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow
import pyarrow.parquet

from schemas.declaration_files import read_rows
from schemas.errors import DeclarationError
from schemas.partition import Partition
from schemas.survey import Survey
from transforms.duck import connect, parquet_rows
from transforms.estimate import estimate
from transforms.harmonise import harmonise
from transforms.selection import rows_that_count

ROWS, PERSONS = "rows.csv", "persons.csv"


def estimate_persons(source: Survey, partition: Partition, folder: Path, indicators: set[str], work: Path) -> list[str]:
    """Write the estimates of some indicators, unless `persons.csv` expects of single records what is not given.

    The first column of `rows.csv` names the case that `persons.csv` speaks of. Raises DeclarationError for rows of
    other columns than those declared.
    """
    core, cells = work / "core.parquet", work / "cells.parquet"
    _write_raw(source, partition, folder / ROWS, work / "raw.parquet")
    made = harmonise(source, partition, work / "raw.parquet", core)
    counted = rows_that_count(source, partition, work / "raw.parquet")
    if faults := _person_faults(folder, core, counted):
        return faults
    estimate(source, partition, core, cells, vintage="golden", indicators=indicators, warnings=made.warnings)
    return []


def _person_faults(folder: Path, core: Path, counted: Sequence[int]) -> list[str]:
    """What `persons.csv` expects of single records, and harmonising does not make of them; `counted` are its rows."""
    expected = folder / PERSONS
    if not expected.exists():
        return []
    every = [next(iter(record.values())) for _, record in read_rows(folder / ROWS, [])]
    cases = [every[row - 1] for row in counted]
    with connect() as connection:
        harmonised = connection.execute(f"select * from {parquet_rows(core)}")
        names = [column[0] for column in harmonised.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in harmonised.fetchall()]
    persons: dict[str, dict[str, object]] = {}
    for case, row in zip(cases, rows, strict=True):
        persons.setdefault(case, row)
    faults = []
    for line, wanted in read_rows(expected, ["case", "variable", "value"]):
        case, variable, value = wanted["case"], wanted["variable"], wanted["value"]
        if case not in persons or variable not in persons[case]:
            faults.append(f"persons.csv, line {line}: there is no {case if case not in persons else variable}")
        elif (found := _as_written(persons[case][variable])) != value:
            faults.append(f"{variable} of {case} is {found}, expected {value}")
    return faults


def _as_written(value: object) -> str:
    """A value as `persons.csv` has it: whole numbers without a point."""
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _write_raw(source: Survey, partition: Partition, rows: Path, output: Path) -> None:
    """The golden rows in the form that transforms.read gives a producer's file."""
    records = [record for _, record in read_rows(rows, [])]
    wanted = set(source.wave_columns(partition.wave))
    unknown = sorted(set(records[0] if records else ()) - wanted)
    absent = sorted(wanted - set(records[0] if records else ()))
    if unknown or absent:
        raise DeclarationError(
            f"golden rows have columns that are not declared ({', '.join(unknown) or 'none'}) or lack some "
            f"({', '.join(absent) or 'none'})",
            where=str(rows),
            remedy="use our column names, those of columns.csv",
        )
    columns: dict[str, pyarrow.Array] = {
        column: pyarrow.array([record[column] or None for record in records], pyarrow.string())
        for column in sorted(wanted)
    }
    columns["_file"] = pyarrow.array([ROWS] * len(records), pyarrow.string())
    columns["_row"] = pyarrow.array(range(1, len(records) + 1), pyarrow.int64())
    pyarrow.parquet.write_table(pyarrow.table(columns), output)
