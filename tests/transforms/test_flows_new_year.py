"""A year is added to a register: nothing is lost because a list ends with the year before."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_register import PERMITS, SmallRegister

from schemas.register import Register

COLUMNS = "column,every_wave\npermits.year,Year\npermits.kind,Kind\npermits.field,Field\npermits.permits,Permits\n"
CODES = "map,code,value,label\nkind,new,first,\nkind,old,extension,\nfield,Cooks,5,\nfield,Cleaners,9,\n"
TABLE = {
    **PERMITS,
    "where": "raw.year = '{year}'",
    "variables": {
        "event": {"column": "kind", "map": "kind"},
        "occupation_isco08": {"column": "field", "map": "field"},
    },
}
FIRST, RENEWED = "REG_PERF_OCU_NB", "REG_PERX_OCU_NB"
YEARS = ("2022", "2023", "2024")
WAVE = {"files": [{"name": "permits.csv", "mirror": "permits.csv"}]}


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallRegister:
    return SmallRegister(tmp_path, monkeypatch)


def declared(small: SmallRegister, waves: list[str], renewed: object, **changes: object) -> Register:
    table = {**TABLE, "feeds": {FIRST: "every_wave", RENEWED: renewed}, **changes}
    return small.declare(columns=COLUMNS, codes=CODES, waves=dict.fromkeys(waves, WAVE), tables={"permits": table})


def years(*names: str) -> dict[str, str]:
    rows = "".join(f"{year},new,Cooks,7\n{year},old,Cleaners,3\n" for year in names)
    return {"permits.csv": f"Year,Kind,Field,Permits\n{rows}"}


@pytest.mark.parametrize("renewed", ["from 2022", ["2022", "from 2023"], "every_wave"])
def test_a_range_goes_on_with_the_year_that_is_added(small: SmallRegister, renewed: list[str] | str) -> None:
    register = declared(small, ["2022", "2023", "2024"], renewed)
    assert small.harmonise(register, years("2022", "2023", "2024"), wave="2024").warnings == ()
    assert small.numbers(RENEWED)["OCU_ISCO08_TOTAL"] == 3


def test_a_list_that_ends_with_the_year_before_is_reported_where_there_are_records(small: SmallRegister) -> None:
    register = declared(small, ["2022", "2023", "2024"], ["2022", "2023"])
    (warning,) = small.harmonise(register, years("2022", "2023", "2024"), wave="2024").warnings
    assert warning == (
        f"table 'permits' has records for {RENEWED}, which `feeds` lists for waves up to 2023: use `from ...`"
    )
    assert small.numbers(RENEWED) == {}
    assert warning in small.cells("note_source")[0][0]
    small.harmonise(declared(small, ["2022", "2023", "2024"], "2022 to 2023"), years("2024"), wave="2024")
    assert "for waves up to" not in small.cells("note_source")[0][0], "a range that ends is meant to end"


def test_a_table_whose_list_of_waves_ends_with_the_year_before_is_reported(small: SmallRegister) -> None:
    months = {**TABLE, "title": "The same by month", "waves": ["2022", "2023"]}
    tables = {"permits": {**TABLE, "feeds": {FIRST: "every_wave"}}, "month": months | {"feeds": {}}}
    columns = COLUMNS + COLUMNS.partition("\n")[2].replace("permits.", "month.")
    waves = dict.fromkeys(["2022", "2023", "2024"], WAVE)
    register = small.declare(columns=columns, codes=CODES, waves=waves, tables=tables)
    reported = "table 'month' is listed for waves up to 2023 and is not read: use `waves: from ...`"
    assert small.harmonise(register, years("2022", "2023", "2024"), wave="2024").warnings == (reported,)
    assert small.harmonise(register, years("2022", "2023", "2024"), wave="2023").warnings == ()


def test_an_agreement_whose_list_of_waves_ends_with_the_year_before_is_reported(small: SmallRegister) -> None:
    tables = {"permits": {**TABLE, "feeds": {FIRST: "every_wave"}}, "again": {**TABLE, "feeds": {}}}
    columns = COLUMNS + COLUMNS.partition("\n")[2].replace("permits.", "again.")
    waves = dict.fromkeys(["2023", "2024"], WAVE)

    def reported(*listed: object) -> tuple[str, ...]:
        agreements = [{"parts": "again", "whole": "permits", "by": ["event"], "waves": each} for each in listed]
        register = small.declare(columns=columns, codes=CODES, waves=waves, tables=tables, agreements=agreements)
        return small.harmonise(register, years("2023", "2024"), wave="2024").warnings

    assert reported(["2023"]) == ("the agreement of tables 'again' and 'permits' is listed for waves up to 2023",)
    assert reported(["2023"], ["2024"]) == reported("from 2023") == reported("to 2023") == ()


def test_a_table_that_takes_the_place_of_another_is_no_loss(small: SmallRegister) -> None:
    later = {**TABLE, "waves": ["2024"], "feeds": {FIRST: "every_wave"}}
    tables = {"permits": {**TABLE, "waves": ["2022", "2023"], "feeds": {FIRST: "every_wave"}}, "later": later}
    columns = COLUMNS + COLUMNS.partition("\n")[2].replace("permits.", "later.")
    waves = dict.fromkeys(["2022", "2023", "2024"], WAVE)
    register = small.declare(columns=columns, codes=CODES, waves=waves, tables=tables)
    assert small.harmonise(register, years("2022", "2023", "2024"), wave="2024").warnings == ()


def test_years_of_the_file_that_no_wave_uses_are_reported_with_the_newest_wave(small: SmallRegister) -> None:
    register = declared(small, ["2022", "2023"], "every_wave")
    content = years("2019", "2020", "2021", "2022", "2023", "2024")
    assert small.harmonise(register, content, wave="2022").warnings == ()
    made = small.harmonise(register, content, wave="2023")
    assert made.warnings == ("table 'permits': its file also has 2024, which no wave uses",)
    assert made.remarks == ("table 'permits': its file also has 2019 to 2021, before the first wave",)


def test_quarters_that_no_wave_uses_are_reported_and_those_within_a_year_are_used(small: SmallRegister) -> None:
    where = "starts_with(left(raw.year, 4) || '-' || right(raw.year, 2), '{wave}')"
    register = declared(small, ["2022", "2023-Q1"], "every_wave", where=where)
    made = small.harmonise(register, years("2022 Q1", "2022 Q2", "2022 Q3", "2022 Q4", "2023 Q1", "2023 Q2"), "2023-Q1")
    assert made.warnings == ("table 'permits': its file also has 2023 Q2, which no wave uses",)


def test_years_of_another_era_are_the_waves_they_are(small: SmallRegister) -> None:
    calendar = {"name": {"en": "year of the Buddhist Era"}, "ahead": 543}
    table = {**TABLE, "where": "raw.year = '{their_year}'", "feeds": {FIRST: "every_wave"}}
    waves = dict.fromkeys(["2022", "2023"], WAVE)
    register = small.declare(columns=COLUMNS, codes=CODES, waves=waves, tables={"permits": table}, calendar=calendar)
    made = small.harmonise(register, years("2565", "2566", "2567"), wave="2023")
    assert made.warnings == ("table 'permits': its file also has 2567, which no wave uses",)


def test_a_list_that_ends_is_reported_for_a_wave_of_a_series_although_later_ones_are_to_come(
    small: SmallRegister,
) -> None:
    table = {**TABLE, "feeds": {FIRST: "every_wave", RENEWED: ["2022"]}}
    series = {"from": "2022", "comes_out_after": 30, **WAVE}
    register = small.declare(columns=COLUMNS, codes=CODES, waves={}, series=[series], tables={"permits": table})
    found = {wave: small.harmonise(register, years("2022", "2023", "2024"), wave=wave).warnings for wave in YEARS}
    (warning,) = found["2023"]
    assert "which `feeds` lists for waves up to 2022" in warning
    assert (found["2022"], found["2024"]) == ((), ())
