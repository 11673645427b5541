"""Golden waves of a register: made-up tables, named as the producer's."""

from __future__ import annotations

import glob
from fnmatch import fnmatch
from pathlib import Path

from schemas.partition import Partition
from schemas.read import TableRead
from schemas.register import Register
from schemas.register_table import Table
from schemas.table_rows import Period
from transforms.flows import estimate_flows, harmonise_flows
from transforms.read import RawInput


def estimate_tables(register: Register, partition: Partition, folder: Path, work: Path) -> None:
    """The numbers of made-up tables, which are named as the producer's; published figures do not hold for them.

    A table that the producer gives as a workbook is written as CSV, so that everybody can read it. Where a table is one
    of several sheets, the name of its file ends with that of the sheet: `permits_2022 Citizenship.csv`.
    """
    files = [RawInput(path, "data") for path in sorted(folder.iterdir()) if path.name != "cells.csv"]
    names = [file.path.name for file in files]
    tables = {name: _made_up(_as_text(table, names)) for name, table in register.of_wave(partition.wave).tables.items()}
    made_up = register.model_copy(update={"figures": [], "tables": tables})
    flows = harmonise_flows(made_up, partition, files, work / "core.parquet", workdir=work)
    estimate_flows(
        made_up,
        partition,
        work / "core.parquet",
        work / "cells.parquet",
        vintage="golden",
        warnings=flows.warnings,
    )


def _made_up(table: Table) -> Table:
    """The same table of made-up rows, which need not fill every month of the wave."""
    column = table.period.column if table.period else None
    return table.model_copy(update={"period": Period(column=column, gaps="made-up rows")})


def _as_text(table: Table, names: list[str]) -> Table:
    """The same table in a file of text, where the producer gives a workbook; `names` are those of the made-up files."""
    if table.read.format != "excel":
        return table
    options = ("header_row", "header_rows", "header_shift", "names", "decimal")
    kept = {name: getattr(table.read, name) for name in options}
    read = TableRead(format="delimited", **kept)
    workbook = table.file.rpartition(".")[0]
    of_sheet = f"{workbook} {glob.escape(table.read.sheet or '')}.csv"
    file = of_sheet if any(fnmatch(name, of_sheet) for name in names) else f"{workbook}.csv"
    return table.model_copy(update={"file": file, "read": read, "read_of_files": []})
