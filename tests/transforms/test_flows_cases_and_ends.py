"""Cases in several rows, and files that may have lost their end: what looks wrong is reported or stops."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_register import COLUMNS, SmallRegister, table

from schemas.errors import InputError


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallRegister:
    return SmallRegister(tmp_path, monkeypatch)


def test_a_largest_row_that_cannot_hold_the_others_is_reported(small: SmallRegister) -> None:
    columns = COLUMNS + "permits.case_number,Case\n"
    once = {"by": ["case_number"], "largest": True, "because": "no flag"}
    content = "Case,Nationality,Permits\nA,India,20\nA,India,15\nA,India,9\nB,Brazil,5\nB,Brazil,5\nC,Nepal,1\n"
    made = small.run(content, columns=columns, once=once)
    assert made.warnings == (
        "table 'permits': in 1 of 2 cases with several rows the largest is less than the others together (4 in all),"
        " so it may be a part and not the whole",
    )
    assert "may be a part and not the whole" in small.cells("note_source")[0][0]
    assert small.run(content.replace("India,20", "India,24"), columns=columns, once=once).warnings == ()


def test_a_largest_row_that_is_not_the_first_is_reported_where_it_mostly_is(small: SmallRegister) -> None:
    columns = COLUMNS + "permits.case_number,Case\n"
    once = {"by": ["case_number"], "largest": True, "because": "the first row has all positions"}
    content = "Case,Nationality,Permits\n" + "".join(f"{case},India,9\n{case},India,4\n" for case in "ABCDE")
    assert small.run(content, columns=columns, once=once).warnings == ()
    (warning,) = small.run(content + "F,India,9\nF,India,12\n", columns=columns, once=once).warnings
    assert warning == (
        "table 'permits': in 1 of 6 cases with several rows the largest is not the first, as it is in the others, so"
        " it may be a part and not the whole"
    )
    backwards = "Case,Nationality,Permits\n" + "".join(f"{case},India,4\n{case},India,9\n" for case in "ABCDE")
    assert small.run(backwards, columns=columns, once=once).warnings == (), "the order tells nothing"


@pytest.mark.parametrize("header", ["CASE_NO", "Case Number", "application id", "Permit No."])
def test_cases_that_repeat_without_a_rule_are_reported(small: SmallRegister, header: str) -> None:
    content = f"{header},Nationality,Permits\nA,India,35\nA,India,31\nB,Brazil,5\n"
    (warning,) = small.run(content).warnings
    assert warning == (
        "table 'permits': 1 of 3 rows repeat the number of a case, and `once` does not declare which row of a case"
        " counts"
    )
    assert small.run(content.replace("A,India,31\n", "")).warnings == ()


def test_a_new_wave_without_a_published_figure_says_so(small: SmallRegister) -> None:
    figure = {"wave": "2023", "table": "permits", "value": 10, "reference": "yearbook"}
    waves = {year: {"files": [{"name": "permits.csv", "mirror": "permits.csv"}]} for year in ("2022", "2023", "2024")}
    register = small.declare(waves=waves, figures=[figure])
    content = {"permits.csv": "Nationality,Permits\nIndia,10\n"}
    reported = {wave: small.harmonise(register, content, wave=wave).warnings for wave in waves}
    assert [wave for wave, warnings in reported.items() if any("no published figure" in each for each in warnings)] == [
        "2024"
    ]


COUNTRIES = [
    *(
        "Albania",
        "Bangladesh",
        "Bolivia",
        "Brazil",
        "Chile",
        "China",
        "Colombia",
        "Cuba",
        "Ecuador",
        "Egypt",
        "Ethiopia",
    ),
    *("Fiji", "Gambia", "Ghana", "Haiti", "India", "Indonesia", "Iraq", "Jamaica", "Japan", "Jordan", "Kenya"),
    *("Nepal", "Peru", "Thailand", "Uganda", "Zambia"),
]


def listed(*names: str) -> str:
    return "Nationality,Permits\n" + "".join(f"{name},10\n" for name in names)


def test_a_file_that_lost_its_end_is_distinguished_from_one_without_totals(small: SmallRegister) -> None:
    totals = [{"when": "raw.nationality = 'Total'"}]
    cut = COUNTRIES[: COUNTRIES.index("Kenya") + 1]
    with pytest.raises(InputError, match="the last row is 'Kenya'.*the file may be truncated"):
        small.run(listed(*cut), totals=totals)
    with pytest.raises(
        InputError, match="alphabetical order and end with 'Kenya', and the wave is declared to have no"
    ):
        small.run(listed(*cut), totals=[{**totals[0], "not_in": ["2024"]}])
    assert small.run(listed(*COUNTRIES), totals=[{**totals[0], "not_in": ["2024"]}]).warnings == ()


def test_rows_below_the_last_subtotal_are_in_no_total_when_the_end_is_cut_off(small: SmallRegister) -> None:
    content = "Nationality,Permits\nIndia,10\nNepal,3\nTotals for Asia,13\nBrazil,5\nChile,2\n"
    regions = {"when": "raw.nationality like 'Totals for %'", "above": True}
    whole = {"when": "raw.nationality = 'Grand Totals'"}
    with pytest.raises(InputError, match="2 row.s. follow the last total .* the last row is 'Chile'"):
        small.run(content, totals=[regions, {**whole, "not_in": ["2024"]}])
    small.run(content + "Totals for America,7\n", totals=[regions, {**whole, "not_in": ["2024"]}])
    small.run(content + "Grand Totals,20\n", totals=[regions, whole])
    assert small.issued()["CCT_CTZ_TOTAL"] == 20


def test_a_published_figure_vouches_for_a_list_that_ends_early(small: SmallRegister) -> None:
    cut = COUNTRIES[: COUNTRIES.index("Kenya") + 1]
    totals = [{"when": "raw.nationality = 'Total'", "not_in": ["2024"]}]
    figure = {"wave": "2024", "table": "permits", "value": 10 * len(cut), "reference": "yearbook"}
    register = small.declare(tables=table(totals=totals), figures=[figure])
    assert small.harmonise(register, {"permits.csv": listed(*cut)}).warnings == ()


def test_a_list_without_declared_totals_that_ends_early_is_published_with_a_warning(small: SmallRegister) -> None:
    cut = COUNTRIES[: COUNTRIES.index("Kenya") + 1]
    (warning,) = small.run(listed(*cut)).warnings
    assert (
        warning == "table 'permits': its rows are in alphabetical order and end with 'Kenya'; the file may be truncated"
    )
    assert small.run(listed(*reversed(cut))).warnings == (), "another order tells nothing"


def test_files_each_with_a_total_of_their_own_are_pointed_to_above(small: SmallRegister) -> None:
    totals = [{"when": "raw.nationality = 'Total'"}]
    files = {"permits1.csv": listed("India") + "Total,10\n", "permits2.csv": listed("Nepal", "Peru") + "Total,20\n"}
    register = small.declare(tables=table(totals=totals, file="permits*.csv"))
    with pytest.raises(
        InputError, match="each of the 2 files may have its own total, of the rows above it: `above: true`"
    ):
        small.harmonise(register, files)
    register = small.declare(tables=table(totals=[{**totals[0], "above": True}], file="permits*.csv"))
    small.harmonise(register, files)
    assert small.issued()["CCT_CTZ_TOTAL"] == 30
