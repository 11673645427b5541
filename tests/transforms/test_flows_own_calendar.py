"""Months of a calendar of the producer's own: they add up to its year, all of them, and to no other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from small_register import PERMITS, SmallRegister

from schemas.errors import DeclarationError, InputError

# The fiscal year 2080/81 of Bikram Sambat: from Shrawan 2080 (mid-July 2023) to Ashadh 2081.
MONTHS = [
    ["Shrawan", "Saun"], ["Bhadra"], ["Ashwin", "Asoj"], ["Kartik"], ["Mangsir"], ["Poush"], ["Magh"], ["Falgun"],
    ["Chaitra"], ["Baisakh"], ["Jestha"], ["Ashadh", "Asar"],
]  # fmt: skip
CALENDAR = {
    "name": {"en": "fiscal year of Nepal"},
    "begins": "07-16",
    "ahead": 57,
    "approximate": True,
    "months": MONTHS,
}
COLUMNS = "column,every_wave\npermits.nationality,Country\npermits.month,Month\npermits.permits,Approvals\n"
HEADER = "Country,Month,Approvals\n"
YEAR = [f"{month[0]} {2080 if place < 9 else 2081}" for place, month in enumerate(MONTHS)]


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallRegister:
    return SmallRegister(tmp_path, monkeypatch)


def run(small: SmallRegister, content: str, *, columns: str = COLUMNS, calendar: Any = None, **changes: Any) -> float:
    """The year's total of a table by country and month."""
    waves = {"2023": {"files": [{"name": "permits.csv", "mirror": "permits.csv"}]}}
    table = {**PERMITS, "period": {"column": "month"}, **changes}
    register = small.declare(columns=columns, waves=waves, calendar=calendar or CALENDAR, tables={"permits": table})
    small.harmonise(register, {"permits.csv": content}, wave="2023")
    return small.numbers("REG_PERI_CCT_NB")["CCT_CTZ_TOTAL"]


def rows(*months: str) -> str:
    return HEADER + "".join(f"Qatar,{month},10\n" for month in months)


def test_twelve_months_of_the_producers_calendar_add_up_to_its_year(small: SmallRegister) -> None:
    assert run(small, rows(*YEAR)) == 120
    note = str(small.cells("note_indicator")[0][0])
    assert "fiscal year of Nepal 2080, about 16 July 2023 to 15 July 2024" in note


def test_other_spellings_of_a_month_are_that_month(small: SmallRegister) -> None:
    assert run(small, rows("Saun-2080", *YEAR[1:2], "ASOJ", *YEAR[3:11], "Asar 2081")) == 120


def test_a_year_that_lacks_months_stops_and_names_them(small: SmallRegister) -> None:
    with pytest.raises(InputError, match="no counts of Jestha, Ashadh of fiscal year of Nepal 2080"):
        run(small, rows(*YEAR[:10]))
    period = {"column": "month", "gaps": "no approvals during the ban"}
    assert run(small, rows(*YEAR[:10]), period=period) == 100


def test_a_month_of_another_year_stops(small: SmallRegister) -> None:
    with pytest.raises(InputError, match="counts of 'Shrawan 2082', which is not part of fiscal year of Nepal 2080"):
        run(small, rows("Shrawan 2082", *YEAR[1:]))


def test_a_column_that_names_no_month_of_the_calendar_stops(small: SmallRegister) -> None:
    with pytest.raises(InputError, match="column 'month' does not give months"):
        run(small, rows(*YEAR[:11], "July"))


def test_months_may_be_the_headers_of_a_table_spread_over_columns(small: SmallRegister) -> None:
    names = [month[0] for month in MONTHS]
    content = f"Country,{','.join(names)}\nQatar,{','.join(['10'] * 12)}\nIndia,{','.join(['1'] * 12)}\n"
    table = {"value": {"melted": True}, "melt": {}, "period": {}}
    columns = "column,every_wave\npermits.nationality,Country\n"
    assert run(small, content, columns=columns, **table) == 132
    with pytest.raises(InputError, match="no counts of Ashadh"):
        run(small, content.replace(",10\n", ",\n").replace(",1\n", ",\n"), columns=columns, **table)


def test_monthly_workbooks_of_several_layouts_make_one_year(small: SmallRegister) -> None:
    """Until Kartik the header stands in the first row, afterwards in the third, and a column has another name."""
    table = {
        **PERMITS,
        "file": "approvals_*.csv",
        "period": {"file_name": True},
        "read_of_files": [
            {"files": f"approvals_{month[0].lower()}_*", "format": "delimited", "header_row": 3} for month in MONTHS[4:]
        ],
    }
    names = [f"approvals_{month[0].lower()}_{2080 if place < 9 else 2081}.csv" for place, month in enumerate(MONTHS)]
    early, late = (
        "Country,Approvals\nQatar,10\n",
        "Ministry of Labour\nMonthly report\nDestination,Approvals\nQatar,5\n",
    )
    files = {name: early if place < 4 else late for place, name in enumerate(names)}
    columns = "column,every_wave\npermits.nationality,Country | Destination\npermits.permits,Approvals\n"
    waves = {"2023": {"files": [{"name": name, "mirror": name} for name in names]}}
    register = small.declare(columns=columns, waves=waves, calendar=CALENDAR, tables={"permits": table})
    small.harmonise(register, files, wave="2023")
    assert small.numbers("REG_PERI_CCT_NB") == {"CCT_CTZ_TOTAL": 80, "CCT_CTZ_QAT": 80}
    del files[names[11]]
    with pytest.raises(InputError, match="no counts of Ashadh"):
        small.harmonise(register, files, wave="2023")


@pytest.mark.parametrize(
    ("months", "fault"),
    [(MONTHS[:11], "names 11 months"), ([*MONTHS[:11], ["Saun"]], "has a name twice")],
)
def test_faults_of_named_months_are_found_when_loaded(small: SmallRegister, months: Any, fault: str) -> None:
    with pytest.raises(DeclarationError, match=fault):
        run(small, "", calendar=CALENDAR | {"months": months})
