"""What sending money home costs, beside the migrants of each corridor: views of a release, by hand-worked numbers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from release_example import example

from warehouse.layout import Layout
from warehouse.release.build import publish

BORN_ABROAD = "Definition of migrants: foreign-born | Quality: a"
STOCKS = [
    # Sending to Bolivia costs 4 per cent from Argentina, 8 from Spain, 6 from Japan, whose Bolivians nobody estimates.
    ("BOL", "REM_COST_CRS_RT", "CRS_RES_ARG", "2019Q3", 4.0, ""),
    ("BOL", "REM_COST_CRS_RT", "CRS_RES_ESP", "2019Q3", 8.0, ""),
    ("BOL", "REM_COST_CRS_RT", "CRS_RES_JPN", "2019Q3", 6.0, ""),
    ("BOL", "REM_COST_CRS_RT", "CRS_RES_ARG", "2014Q1", 5.0, ""),
    ("BOL", "COR_NPOP_SEX_CRS_NB", "CRS_RES_ARG", "2010", 345.0, BORN_ABROAD),
    ("BOL", "COR_NPOP_SEX_CRS_NB", "CRS_RES_ARG", "2020", 300.0, BORN_ABROAD),
    ("BOL", "COR_NPOP_SEX_CRS_NB", "CRS_RES_ESP", "2020", 100.0, BORN_ABROAD),
    ("BOL", "COR_NPOP_SEX_CRS_NB", "CRS_RES_USA", "2020", 100.0, BORN_ABROAD),
    ("BOL", "COR_NPOP_SEX_CRS_NB", "CRS_RES_TOTAL", "2020", 500.0, ""),
    ("ARG", "MST_FORP_SEX_CBR_NB", "CBR_BRT_BOL", "2016Q4", 210.0, ""),
    ("ARG", "REG_RESF_SEX_CCT_NB", "CCT_CTZ_BOL", "2023", 250.0, ""),
    ("BOL", "REM_INFL_CRS_NB", "CRS_RES_ESP", "2019", 400.0, ""),
    ("BOL", "REM_INFL_CRS_NB", "CRS_RES_ESP", "2020", 380.0, ""),
]


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    folder = tmp_path_factory.mktemp("remittances")
    warehouse = publish(Layout(folder / "home"), example(folder / "inputs")).folder / "warehouse.duckdb"
    copy = folder / "changed.duckdb"
    copy.write_bytes(Path(warehouse).read_bytes())
    with duckdb.connect(str(copy)) as changed:
        changed.executemany(
            """insert into observation by name select ? as ref_area, 'BA:URY.ech' as source, ? as indicator,
            'SEX_T' as sex, ? as classif1, '' as classif2, ? as time, ? as obs_value, '' as obs_status,
            ? as note_classif, '' as note_indicator, '' as note_source, '2018' as wave, 'v' as vintage""",
            STOCKS,
        )
        changed.execute("insert into indicator (indicator) select distinct unnest(?)", [[row[1] for row in STOCKS]])
        yield changed


def test_each_corridor_has_the_migrants_of_the_nearest_year(release: duckdb.DuckDBPyConnection) -> None:
    """The estimate of 2010 is as far from 2014 as no other; what Argentina counts is nearer in 2016 than in 2023."""
    found = release.execute(
        """select residence_code, time, obs_value, is_above_5_percent, corridor_migrants, corridor_migrants_time,
        corridor_migrants_are, counted_migrants, counted_migrants_time, counted_migrants_are
        from remittance_cost_by_corridor"""
    ).fetchall()
    adults = "foreign-born of 15 years and over"
    assert found == [
        ("CRS_RES_ARG", "2014Q1", 5, False, 345, "2010", "foreign-born", 210, "2016Q4", adults),
        ("CRS_RES_ARG", "2019Q3", 4, False, 300, "2020", "foreign-born", 210, "2016Q4", adults),
        ("CRS_RES_ESP", "2019Q3", 8, True, 100, "2020", "foreign-born", None, None, None),
        ("CRS_RES_JPN", "2019Q3", 6, True, None, None, None, None, None, None),
    ]


def test_money_received_from_the_country_in_the_year_stands_beside_it(release: duckdb.DuckDBPyConnection) -> None:
    query = "select residence_code, time, remittances_received from remittance_cost_by_corridor where time = '2019Q3'"
    assert {code: money for code, _, money in release.execute(query).fetchall()} == {
        "CRS_RES_ARG": None,
        "CRS_RES_ESP": 400,
        "CRS_RES_JPN": None,
    }


def test_the_cost_of_a_countrys_emigrants_is_weighted_by_them(release: duckdb.DuckDBPyConnection) -> None:
    """(300 x 4 + 100 x 8) / 400 = 5 per cent; 100 of 400 pay more than 5; these are 400 of 500 emigrants."""
    found = release.execute(
        """select time, cost_weighted_by_migrants, share_above_5_percent, corridors, corridor_migrants,
        share_in_surveyed_corridors, corridor_migrants_time from remittance_cost_by_origin where origin = 'BOL'"""
    ).fetchall()
    assert found == [("2014Q1", 5, 0, 1, 345, 100, "2010"), ("2019Q3", 5, 25, 2, 400, 80, "2020")]
