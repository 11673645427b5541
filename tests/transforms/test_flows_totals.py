"""Totals among the rows of registers' tables are checks, and nothing is counted twice with them."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_register import CODES, COLUMNS, PERMITS, PLAIN, SmallRegister, table

from schemas.errors import DeclarationError, InputError


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallRegister:
    return SmallRegister(tmp_path, monkeypatch)


def test_a_total_among_the_rows_is_a_check_and_not_a_part(small: SmallRegister) -> None:
    content = PLAIN + "Total,17\n"
    with pytest.raises(InputError, match="'Total'"):
        small.run(content)
    small.run(content, totals=[{"when": "raw.nationality = 'Total'"}])
    assert small.issued()["CCT_CTZ_TOTAL"] == 17


def test_a_total_that_is_not_the_sum_stops_the_partition_or_warns_as_declared(small: SmallRegister) -> None:
    content = PLAIN + "Total,18\n"
    with pytest.raises(InputError, match=r"1 total\(s\) are not the sum of their parts, such as 18 and 17"):
        small.run(content, totals=[{"when": "raw.nationality = 'Total'"}])
    made = small.run(content, totals=[{"when": "raw.nationality = 'Total'", "otherwise": "warn"}])
    assert made.warnings == ("1 total(s) are not the sum of their parts, such as 18 and 17",)
    assert "such as 18 and 17" in small.cells("note_source")[0][0]
    assert small.run(content, totals=[{"when": "raw.nationality = 'Total'", "tolerance": 1}]).warnings == ()


def test_subtotals_of_regions_are_sums_of_the_rows_above_them(small: SmallRegister) -> None:
    content = (
        "Nationality,Permits\nAsia,\nIndia,10\nNepal,3\nTotals for Asia,13\n\n"
        "America,\nBrazil,5\nTotals for America,5\nGrand Totals,18\n"
    )
    totals = [
        {"when": "raw.nationality like 'Totals for %'", "above": True},
        {"when": "raw.nationality = 'Grand Totals'"},
    ]
    small.run(content, totals=totals)
    assert small.issued()["CCT_CTZ_TOTAL"] == 18
    with pytest.raises(InputError, match="such as 12 and 13"):
        small.run(content.replace("for Asia,13", "for Asia,12"), totals=totals)


def test_totals_under_a_new_name_stop_the_partition_and_never_double_its_numbers(small: SmallRegister) -> None:
    columns = COLUMNS + "permits.group,Group\n"
    variables = {**PERMITS["variables"], "producer_class": {"column": "group"}}
    totals = [{"when": "raw.group = 'Total'", "by": ["nationality"]}]
    content = (
        "Nationality,Group,Permits\nIndia,Cooks,3\nIndia,Smiths,4\nIndia,Total,7\nBrazil,Cooks,1\nBrazil,Total,1\n"
    )

    small.run(content, columns=columns, variables=variables, totals=totals)
    assert small.issued()["CCT_CTZ_TOTAL"] == 8
    with pytest.raises(InputError, match="no row is a total by `raw.group = 'Total'`"):
        small.run(content.replace("Total", "Sum"), columns=columns, variables=variables, totals=totals)
    with pytest.raises(InputError, match=r"1 group\(s\) of rows have no total by .*, such as 'Brazil'"):
        small.run(
            content.replace("Cooks,1\nBrazil,Total", "Cooks,1\nBrazil,Sum"),
            columns=columns,
            variables=variables,
            totals=totals,
        )


def test_a_wave_without_totals_is_declared_so_and_then_has_none(small: SmallRegister) -> None:
    totals = [{"when": "raw.nationality = 'Total'", "not_in": ["2024"]}]
    small.run(PLAIN, totals=totals)
    assert small.issued()["CCT_CTZ_TOTAL"] == 17
    with pytest.raises(InputError, match="1 row.s. are totals .* declared to have none"):
        small.run(PLAIN + "Total,17\n", totals=totals)
    with pytest.raises(DeclarationError, match="lacking in wave '2023', which the table does not cover"):
        small.run(PLAIN, totals=[{"when": "raw.nationality = 'Total'", "not_in": ["2023"]}])


def test_totals_within_groups_are_those_of_their_group(small: SmallRegister) -> None:
    columns = COLUMNS + "permits.year,Year\n"
    content = "Year,Nationality,Permits\n1,India,10\n1,Total,10\n2,India,4\n2,Brazil,1\n2,Total,5\n"
    small.run(content, columns=columns, totals=[{"when": "raw.nationality = 'Total'", "by": ["year"]}])
    assert small.issued()["CCT_CTZ_IND"] == 14
    with pytest.raises(InputError, match="2 total"):
        small.run(content, columns=columns, totals=[{"when": "raw.nationality = 'Total'"}])


def test_year_rows_beside_month_rows_count_once(small: SmallRegister) -> None:
    columns = COLUMNS + "permits.is_year_total,is_year_total\n"
    content = "is_year_total,Nationality,Permits\nTrue,India,10\nFalse,India,4\nFalse,India,6\n"
    small.run(content, columns=columns)
    assert small.issued()["CCT_CTZ_IND"] == 20, "the trap: everything counts twice"
    small.run(content, columns=columns, where="raw.is_year_total = 'True'")
    assert small.issued()["CCT_CTZ_IND"] == 10


def test_a_whole_beside_its_parts_is_refused_when_it_is_summed(small: SmallRegister) -> None:
    columns = COLUMNS + "permits.sex,Sex\n"
    codes = CODES + "sex,M,male,\nsex,F,female,\nsex,T,all,\n"
    variables = {
        "event": {"constant": "registered"},
        "sex": {"column": "sex", "map": "sex"},
        "partner_country": PERMITS["variables"]["citizenship"],
    }
    register = small.declare(
        columns=columns,
        codes=codes,
        facts={"concept": "employment_abroad", "direction": "out", "unit": "departures"},
        tables=table(variables=variables, feeds={"MNA_OEMP_SEX_CDS_NB": "every_wave"}),
    )
    with pytest.raises(InputError, match="'sex' is 'all' in some records and not in others"):
        small.harmonise(register, {"permits.csv": "Sex,Nationality,Permits\nT,India,10\nM,India,7\nF,India,3\n"})
    small.harmonise(register, {"permits.csv": "Sex,Nationality,Permits\nM,India,7\nF,India,3\n"})
    assert small.numbers("MNA_OEMP_SEX_CDS_NB")["SEX_F CDS_DES_IND"] == 0.003
