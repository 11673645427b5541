"""Gaps by region: which countries have no number of an indicator, or no recent one, since when, and why."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from release_example import candidate, code_rows, example, failed, inputs, uruguay

from schemas.codelists import load_codelist
from schemas.communities import load_communities
from schemas.partition import Partition
from warehouse.layout import Layout
from warehouse.release.build import publish
from warehouse.release.database import open_release

RATE = "MST_TEAP_SEX_AGE_CBR_RT"
AREAS = [{"codelist": "CL_AREA"} | vars(code) for code in load_codelist("CL_AREA").codes]
CODES = [*(row for row in code_rows() if row["codelist"] != "CL_AREA"), *AREAS]
WITHHELD: dict[str, object] = dict.fromkeys(
    ("obs_value", "n", "se", "cv", "lower_bound", "upper_bound", "degrees_of_freedom")
)
WITHHELD |= {"obs_status": "C"}
Row = tuple[object, ...]


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """Uruguay in 2018, Brazil in 2017 and a failed wave of 2018, Argentina failed, and a synthetic country in 2024."""
    folder = tmp_path_factory.mktemp("regions")
    given = example(folder / "inputs", codes=CODES)
    later = replace(failed(folder / "later"), partition=Partition("BRA.pnadc", "2018-Q1"), reason="no file")
    decided = [
        {**row, "source": "BRA.pnadc", "wave": "2018-Q1"} for row in given.availability if row["source"] == "ARG.eph"
    ]
    whole = replace(given, partitions=[*given.partitions, later], availability=[*given.availability, *decided])
    with open_release(publish(Layout(folder / "home"), whole).folder) as connection:
        yield connection


def of(release: duckdb.DuckDBPyConnection, region: str, indicator: str = RATE) -> Mapping[str, Row]:
    query = """
        select ref_area, how_recent, last_time, no_number_since, why_not from numbers_by_region
        where region = ? and indicator = ?
    """
    return {area: tuple(rest) for area, *rest in release.execute(query, [region, indicator]).fetchall()}


def test_each_member_of_a_community_has_its_last_number_or_the_reason_why_not(
    release: duckdb.DuckDBPyConnection,
) -> None:
    no_source = ("none", None, None, "No source of the country is in the release")
    assert of(release, "X_MERCOSUR") == {
        "ARG": ("none", None, None, "The wave failed"),
        "BOL": no_source,
        "BRA": ("older", "2017Q4", 2018, "The wave failed"),
        "PRY": no_source,
        "URY": ("current", "2018", None, ""),
    }


def test_a_source_that_gives_no_number_says_why(release: duckdb.DuckDBPyConnection) -> None:
    found = of(release, "X_MERCOSUR", "MST_TEAP_SEX_AGE_CCT_RT")
    assert found["URY"] == ("none", None, None, "No number came out of the records")


def test_regions_hold_the_countries_of_their_subregions_and_no_made_up_one(release: duckdb.DuckDBPyConnection) -> None:
    south, latin, americas = (set(of(release, region)) for region in ("X33", "X26", "X21"))
    assert {"ARG", "VEN", "URY"} <= south < latin < americas
    assert "ZZZ" not in {area for (area,) in release.execute("select ref_area from numbers_by_region").fetchall()}
    newest = release.execute("select distinct newest_year from numbers_by_region where indicator = ?", [RATE])
    assert newest.fetchall() == [(2018,)], "the synthetic country, of 2024, makes no number older"


def test_communities_are_those_of_todays_members(release: duckdb.DuckDBPyConnection) -> None:
    assert {"GBR"}.isdisjoint(of(release, "X_EU")) and len(of(release, "X_EU")) == 27
    assert {"BFA", "MLI", "NER"}.isdisjoint(of(release, "X_ECOWAS")) and "NGA" in of(release, "X_ECOWAS")
    members = release.execute("select counts from community_member where ref_area = 'VEN' and last_day = ''").fetchall()
    assert members == [(False,)] and "VEN" not in of(release, "X_MERCOSUR")


def test_gaps_are_all_but_what_is_current(release: duckdb.DuckDBPyConnection) -> None:
    gaps = {
        area
        for (area,) in release.execute(
            "select ref_area from gaps_by_region where region = 'X_MERCOSUR' and indicator = ?", [RATE]
        ).fetchall()
    }
    assert gaps == {"ARG", "BOL", "BRA", "PRY"}


def test_where_no_later_wave_is_known_that_is_the_reason_and_withheld_numbers_are_none(tmp_path: Path) -> None:
    earlier = [row | {"time": "2016", "wave": "2016"} for row in uruguay()]
    later = [row | {"ref_area": "PRY", "source": "BA:PRY.eph"} for row in uruguay()]
    withheld = [row | WITHHELD | {"ref_area": "BOL", "source": "BA:BOL.eh"} for row in uruguay()]
    given = inputs([candidate(tmp_path, rows) for rows in (earlier, later, withheld)], codes=CODES)
    with open_release(publish(Layout(tmp_path / "home"), given).folder) as connection:
        found = of(connection, "X_MERCOSUR")
    assert found["URY"] == ("older", "2016", 2017, "No later wave is in the release")
    assert found["PRY"][0] == "current"
    assert found["BOL"] == ("none", None, None, "Some numbers are confidential and withheld")


def test_migrants_within_a_community_are_those_from_another_member_of_the_year(
    release: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """Venezuela counts in Mercosur in 2015 and not in 2020, when it is suspended; Peru never does."""
    (file,) = release.execute("select path from duckdb_databases() where path is not null").fetchall()[0]
    corridors = [
        (origin, residence, time, value)
        for time in ("2015", "2020")
        for origin, residence, value in (
            ("PRY", "ARG", 600.0),
            ("PER", "ARG", 200.0),
            ("VEN", "ARG", 100.0),
            ("ARG", "VEN", 50.0),
            ("ARG", "TOTAL", 900.0),
        )
    ]
    copy = shutil.copy(file, tmp_path / "changed.duckdb")
    with duckdb.connect(str(copy)) as changed:
        changed.executemany(
            """insert into observation by name select ? as ref_area, 'BA:URY.ech' as source, 'COR_NPOP_SEX_CRS_NB' as
            indicator, 'SEX_T' as sex, 'CRS_RES_' || ? as classif1, '' as classif2, ? as time, ? as obs_value,
            '' as obs_status, '' as note_classif, '' as note_indicator, '' as note_source, '2018' as wave,
            'v' as vintage""",
            corridors,
        )
        changed.execute("insert into indicator (indicator) values ('COR_NPOP_SEX_CRS_NB')")
        found = changed.execute(
            """select time, from_other_members, from_all_countries, share_from_other_members, members, members_counted
            from migrants_within_communities where community = 'X_MERCOSUR' order by time"""
        ).fetchall()
    assert found == [
        ("2015", 750.0, 950.0, pytest.approx(100 * 750 / 950), 5, 2),
        ("2020", 600.0, 900.0, pytest.approx(100 * 600 / 900), 4, 1),
    ]
    assert load_communities().member_on == "12-31", "as the view counts"
