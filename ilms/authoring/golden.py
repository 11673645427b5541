"""Golden waves: made-up records beside a declaration, and the numbers that they must give."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow
import pyarrow.parquet

from schemas.corridors import Corridors
from schemas.declaration_files import listed_faults, read_rows
from schemas.errors import DeclarationError, IlmsError, naming
from schemas.loader import Runnable, load_runnable, source_folder
from schemas.partition import Partition
from schemas.register import Period, Register, Table, TableRead
from schemas.source import Source
from transforms.corridors import estimate_corridors, harmonise_corridors
from transforms.duck import connect, parquet_rows
from transforms.estimate import estimate
from transforms.flows import estimate_flows, harmonise_flows
from transforms.harmonise import harmonise
from transforms.read import RawInput

KEY_COLUMNS = ("ref_area", "indicator", "sex", "classif1", "classif2")
VALUE_COLUMNS = ("obs_value", "n")


@dataclass(frozen=True)
class GoldenWave:
    """Made-up records of one wave (`rows.csv`; a register's tables) and the numbers they must give (`cells.csv`).

    A survey's `persons.csv` says what single records become; its `case` is the first column of `rows.csv`.
    """

    partition: Partition
    folder: Path

    @property
    def persons(self) -> Path:
        """What single records must become; need not be there."""
        return self.folder / "persons.csv"


def golden_waves(source_id: str) -> list[GoldenWave]:
    """The golden waves in a source's folder. Raises DeclarationError for a wave that is not declared."""
    source = load_runnable(source_id)
    folders = sorted(path for path in (source_folder(source_id) / "golden").glob("*") if path.is_dir())
    unknown = [folder.name for folder in folders if folder.name not in source.waves]
    if unknown:
        raise DeclarationError(
            f"golden wave(s) {', '.join(unknown)} of {source_id} are not declared",
            remedy="name each folder as its wave",
        )
    return [GoldenWave(Partition(source_id, folder.name), folder) for folder in folders]


def require_golden(source: Runnable, wave: GoldenWave) -> None:
    """Raise DeclarationError, with what is expected and what is given, unless a golden wave gives what it must."""
    try:
        with naming(f"golden wave {wave.partition.wave}"):
            count, faults = listed_faults(golden_faults(source, wave))
    except IlmsError as error:
        raise DeclarationError(
            f"golden wave {wave.partition.wave}: {error.what}",
            where=f"{wave.folder}: {error.where}",
            why=error.why,
            remedy=error.remedy,
        ) from error
    if faults:
        raise DeclarationError(
            f"golden wave {wave.partition.wave} gives something else in {count} place(s): {faults}",
            where=str(wave.folder),
            why="the declaration no longer does what its author worked out by hand",
            remedy="correct the declaration, or what is expected if that is wrong; `ilms check` tells when they agree",
        )


def golden_faults(source: Runnable, wave: GoldenWave) -> list[str]:
    """Expected persons of a golden wave, or where these are met expected cells, that the pipeline does not give."""
    expected = list(_expected(wave))
    named = {cell["indicator"] for _, cell in expected}
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        if isinstance(source, Register):
            _estimate_tables(source, wave, work)
        elif isinstance(source, Corridors):
            _estimate_corridors(source, wave, work)
        else:
            _write_raw(source, wave, work / "raw.parquet")
            made = harmonise(source, wave.partition, work / "raw.parquet", work / "core.parquet")
            if faults := _person_faults(wave, work / "core.parquet"):
                return faults
            core, cells = work / "core.parquet", work / "cells.parquet"
            estimate(source, wave.partition, core, cells, vintage="golden", indicators=named, warnings=made.warnings)
        with connect() as connection:
            table = parquet_rows(work / "cells.parquet")
            rows = connection.execute(f"select {', '.join((*KEY_COLUMNS, *VALUE_COLUMNS))} from {table}").fetchall()
    given = {row[: len(KEY_COLUMNS)]: row[len(KEY_COLUMNS) :] for row in rows}
    return [fault for line, cell in expected if (fault := _fault(line, cell, given))]


def _person_faults(wave: GoldenWave, core: Path) -> list[str]:
    """What `persons.csv` expects of single records, and harmonising does not make of them."""
    if not wave.persons.exists():
        return []
    cases = [next(iter(record.values())) for _, record in read_rows(wave.folder / "rows.csv", [])]
    with connect() as connection:
        harmonised = connection.execute(f"select * from {parquet_rows(core)}")
        names = [column[0] for column in harmonised.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in harmonised.fetchall()]
    persons: dict[str, dict[str, object]] = {}
    for case, row in zip(cases, rows, strict=True):
        persons.setdefault(case, row)
    faults = []
    for line, wanted in read_rows(wave.persons, ["case", "variable", "value"]):
        case, variable, value = wanted["case"], wanted["variable"], wanted["value"]
        if case not in persons or variable not in persons[case]:
            faults.append(f"persons.csv, line {line}: there is no {case if case not in persons else variable}")
        elif (found := _as_written(persons[case][variable])) != value:
            faults.append(f"{variable} of {case} is {found}, expected {value}")
    return faults


def _as_written(value: object) -> str:
    """A value as `persons.csv` has it: whole numbers without a point."""
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _estimate_tables(register: Register, wave: GoldenWave, work: Path) -> None:
    """The numbers of made-up tables, which are named as the producer's; published figures do not hold for them.

    A table that the producer gives as a workbook is written as CSV, so that everybody can read it.
    """
    tables = {name: _made_up(_as_text(table)) for name, table in register.tables.items()}
    made_up = register.model_copy(update={"figures": [], "tables": tables})
    files = [RawInput(path, "data") for path in sorted(wave.folder.iterdir()) if path.name != "cells.csv"]
    flows = harmonise_flows(made_up, wave.partition, files, work / "core.parquet", workdir=work)
    estimate_flows(
        made_up,
        wave.partition,
        work / "core.parquet",
        work / "cells.parquet",
        vintage="golden",
        warnings=flows.warnings,
    )


def _estimate_corridors(corridors: Corridors, wave: GoldenWave, work: Path) -> None:
    """The shares that made-up tables give: each is named as the producer's file and written as CSV."""
    tables = {
        name: table.model_copy(update={"parts": [part.model_copy(update={"read": None}) for part in table.parts]})
        for name, table in corridors.tables.items()
    }
    made_up = corridors.model_copy(update={"tables": tables})
    names = [file.name for file in corridors.waves[wave.partition.wave].files]
    files = {name: wave.folder / f"{name.partition('.')[0]}.csv" for name in names}
    core, cells = work / "core.parquet", work / "cells.parquet"
    harmonise_corridors(made_up, wave.partition, files, core, workdir=work)
    estimate_corridors(made_up, wave.partition, core, cells, vintage="golden")


def _made_up(table: Table) -> Table:
    """The same table of made-up rows, which need not fill every month of the wave."""
    column = table.period.column if table.period else None
    return table.model_copy(update={"period": Period(column=column, gaps="made-up rows")})


def _as_text(table: Table) -> Table:
    """The same table in a file of text, where the producer gives a workbook."""
    if table.read.format != "excel":
        return table
    kept = {name: getattr(table.read, name) for name in ("header_row", "header_rows", "decimal")}
    read = TableRead(format="delimited", **kept)
    return table.model_copy(update={"file": f"{table.file.rpartition('.')[0]}.csv", "read": read})


def _expected(wave: GoldenWave) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of cells.csv with their lines; a row without `ref_area` is about the area of the source."""
    for line, row in read_rows(wave.folder / "cells.csv", [*KEY_COLUMNS[1:], *VALUE_COLUMNS]):
        yield line, {"ref_area": wave.partition.ref_area, **row}


def _fault(line: int, cell: dict[str, str], given: dict[tuple[str, ...], tuple[float, int | None]]) -> str:
    """What is wrong with the number of a row; empty when it is given as expected."""
    key = tuple(cell[name] for name in KEY_COLUMNS)
    if key not in given:
        return f"{' '.join(key)} is not given" if cell["obs_value"] else ""
    value, cases = given[key]
    if not cell["obs_value"]:
        return f"{' '.join(key)} is {value!r} from {cases} case(s), and must not exist"
    try:
        expected, expected_cases = float(cell["obs_value"]), int(cell["n"]) if cell["n"] else None
    except ValueError:
        return f"cells.csv, line {line}: obs_value '{cell['obs_value']}' or n '{cell['n']}' is no number"
    if abs(value - expected) <= 1e-9 * max(1.0, abs(value)) and cases == expected_cases:
        return ""
    return f"{' '.join(key)} is {value!r} from {cases} case(s), expected {cell['obs_value']} from {cell['n']}"


def _write_raw(source: Source, wave: GoldenWave, output: Path) -> None:
    """The golden rows in the form that transforms.read gives a producer's file."""
    records = [record for _, record in read_rows(wave.folder / "rows.csv", [])]
    wanted = set(source.wave_columns(wave.partition.wave))
    unknown = sorted(set(records[0] if records else ()) - wanted)
    absent = sorted(wanted - set(records[0] if records else ()))
    if unknown or absent:
        raise DeclarationError(
            f"golden rows have columns that are not declared ({', '.join(unknown) or 'none'}) or lack some "
            f"({', '.join(absent) or 'none'})",
            where=str(wave.folder / "rows.csv"),
            remedy="use our column names, those of columns.csv",
        )
    columns: dict[str, pyarrow.Array] = {
        column: pyarrow.array([record[column] or None for record in records], pyarrow.string())
        for column in sorted(wanted)
    }
    columns["_file"] = pyarrow.array(["rows.csv"] * len(records), pyarrow.string())
    columns["_row"] = pyarrow.array(range(1, len(records) + 1), pyarrow.int64())
    pyarrow.parquet.write_table(pyarrow.table(columns), output)
