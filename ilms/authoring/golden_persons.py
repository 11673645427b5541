"""Golden waves of a survey: made-up records by our column names, and what becomes of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow
import pyarrow.parquet

from schemas.concepts import load_concepts
from schemas.declaration_files import read_rows
from schemas.errors import DeclarationError
from schemas.nearest import nearest
from schemas.partition import Partition
from schemas.survey import Survey, Variable
from schemas.wave_faults import lacking_columns
from transforms.duck import connect, parquet_rows
from transforms.estimate import estimate
from transforms.harmonise import harmonise
from transforms.selection import rows_that_count

ROWS, PERSONS = "rows.csv", "persons.csv"


def estimate_persons(source: Survey, partition: Partition, folder: Path, indicators: set[str], work: Path) -> list[str]:
    """Write the estimates of some indicators, unless `persons.csv` expects of single records what is not given.

    The first column of `rows.csv` names the case that `persons.csv` speaks of; what the rows lack, the wave lacks.
    Raises DeclarationError for columns that are not declared, and without one that the survey needs.
    """
    source = _as_in_rows(source, partition, folder / ROWS)
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


def _as_in_rows(source: Survey, partition: Partition, rows: Path) -> Survey:
    """The survey as if the wave had the columns of the golden rows alone: what these lack was not asked.

    Raises DeclarationError for columns that are not declared, and for lacking ones that it cannot do without.
    """
    wave = partition.wave
    declared = source.wave_columns(wave)
    given = next((list(record) for _, record in read_rows(rows, [])), [])
    if unknown := [name for name in given if name not in declared]:
        named = ", ".join(f"'{name}'{nearest(name, declared)}" for name in unknown)
        raise DeclarationError(
            f"golden rows have columns that are not declared: {named}",
            where=str(rows),
            remedy="use our column names, those of columns.csv",
        )
    of_wave = source.of_wave(wave)
    held = of_wave.model_copy(
        update={
            "columns": {name: {wave: names} if name in given else {} for name, names in declared.items()},
            "variables": {
                name: variable
                for name, variable in of_wave.variables.items()
                if load_concepts()[name].type != "identifier" or _is_given(variable, given)
            },
        }
    )
    if lacking := [f"{column} ({' '.join(map(str, place))})" for place, column in lacking_columns(held, wave)]:
        raise DeclarationError(
            f"golden rows lack columns that the declaration cannot do without: {', '.join(dict.fromkeys(lacking))}",
            where=str(rows),
            remedy="add them; columns that no expected cell needs may be left out",
        )
    return held


def _is_given(variable: Variable, given: Sequence[str]) -> bool:
    """Whether every column of an identifier is among the golden rows; without one, file and row identify a record."""
    return {each for each in (variable.column, *(variable.columns or ())) if each} <= set(given)


def _write_raw(source: Survey, partition: Partition, rows: Path, output: Path) -> None:
    """The golden rows in the form that transforms.read gives a producer's file."""
    records = [record for _, record in read_rows(rows, [])]
    columns: dict[str, pyarrow.Array] = {
        column: pyarrow.array([record[column] or None for record in records], pyarrow.string())
        for column in sorted(source.wave_columns(partition.wave))
    }
    columns["_file"] = pyarrow.array([ROWS] * len(records), pyarrow.string())
    columns["_row"] = pyarrow.array(range(1, len(records) + 1), pyarrow.int64())
    pyarrow.parquet.write_table(pyarrow.table(columns), output)
