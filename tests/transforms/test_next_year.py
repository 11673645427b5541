"""A further year of a register with an unchanged layout needs no edit: the declarations as they are, on made-up files
of a year that is not declared. A file with another layout stops, and the error says what to write.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb
import pytest
from workbooks import workbook

from schemas.errors import InputError
from schemas.loader import load_of_kind
from schemas.partition import Partition
from schemas.register_faults import REGISTER
from schemas.spellings import load_spellings
from transforms.flows import estimate_flows, harmonise_flows
from transforms.read import RawInput

MONTHS = [word.capitalize() for word in load_spellings().month["name_en"]]
NATIONALITIES = (("Nationality", "Issued", "Refused"), ("India", 9, 2), ("Brazil", 3, None))
SECTORS = (
    ("Economic Sector", *MONTHS, "Grand Total"),
    ("C - Manufacture of Food, Drink & Tobacco", *[1] * 5, *[None] * 7, 5),
    ("Q - Health & Social Work Activities", *[None] * 5, *[1] * 7, 7),
)
COUNTIES = (("County", "Issued", "Refused"), ("Dublin", 12, 2))
Rows = Sequence[Sequence[object]]


def irish(folder: Path, *, counties: Rows = COUNTIES, sheets: Sequence[str] = ("Sheet1",)) -> dict[str, float]:
    """The numbers of permits issued in 2027 by citizenship, from workbooks as the Department writes them."""
    register, partition = load_of_kind(REGISTER, "IRL.permits", date(2028, 3, 1)), Partition("IRL.permits", "2027")
    files = []
    for name, rows in {"nationalities": NATIONALITIES, "sectors": SECTORS, "counties": counties}.items():
        files.append(RawInput(folder / f"{name}.xlsx", "data"))
        files[-1].path.write_bytes(workbook(dict.fromkeys(sheets, rows)))
    of_wave, core = register.of_wave(partition.wave), folder / "core.parquet"
    harmonise_flows(of_wave, partition, files, core, workdir=folder)
    estimate_flows(of_wave, partition, core, folder / "cells.parquet", vintage="v")
    query = f"select classif1, obs_value from '{folder / 'cells.parquet'}' where indicator = 'REG_PERI_CCT_NB'"
    with duckdb.connect() as connection:
        return dict(connection.execute(query).fetchall())


def test_a_year_that_nobody_declared_runs(tmp_path: Path) -> None:
    assert irish(tmp_path) == {"CCT_CTZ_TOTAL": 12, "CCT_CTZ_IND": 9, "CCT_CTZ_BRA": 3}


def test_a_renamed_column_is_reported_with_what_is_new_and_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        irish(tmp_path, counties=(("Region", "Issued", "Refused"), *COUNTIES[1:]))
    assert "declared column not in the file: 'County'" in refused.value.what
    assert "not declared are 'Region', 'Issued', 'Refused'" in refused.value.what
    assert "write its new name in columns.csv under this wave, or under `from 2027`" in refused.value.remedy


def test_a_new_sheet_is_reported_with_the_key_that_names_the_right_one(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        irish(tmp_path, sheets=("Notes", "Sheet1"))
    workbooks = refused.value.what.split("the workbook has several sheets: 'Notes', 'Sheet1'")
    assert len(workbooks) == 1 + 3, "each of the three tables is named"
    assert all("in `read_in_waves` of the table" in each for each in workbooks[1:])


@pytest.mark.parametrize(
    ("source", "last"),
    [
        ("ARG.dnm", "2030"),
        ("GBR.sponsorship", "2030"),
        ("IRL.permits", "2030"),
        ("LKA.slbfe", "2030"),
        ("PHL.cfo", "2030"),
        ("SWE.work_permits", "2030"),
        ("USA.state_visas", "2030"),
    ],
)
def test_years_to_come_are_declared_whole(source: str, last: str) -> None:
    """Every table has a file, and every column that it reads a name."""
    register = load_of_kind(REGISTER, source, date(2031, 6, 1))
    of_wave = register.of_wave(last)
    tables = of_wave.wave_tables(last)
    assert {indicator for table in tables.values() for indicator in table.feeds_in(last)}
    for name in tables:
        assert "{" not in " ".join(of_wave.table_columns(name, last).values())


def test_names_of_columns_follow_the_year() -> None:
    register = load_of_kind(REGISTER, "USA.state_visas", date(2031, 6, 1))
    assert register.table_columns("class", "2028") == {"nationality": "Fiscal Year 2028"}
