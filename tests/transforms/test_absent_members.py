"""Members of households who live abroad, as those who stayed report them: counted by themselves, never as residents."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from small_source import SMALL_CODES, Declare, RawTable

from expectations.gate import run_gate
from expectations.parameters import GateParameters
from schemas.availability import Decision
from schemas.errors import DeclarationError
from schemas.partition import Partition
from schemas.survey import Survey
from transforms.availability import read_decisions
from transforms.estimate import estimate
from transforms.harmonise import harmonise

SMALL = Partition("ZZZ.small", "2024")
ABROAD, WORKING_AGE, EMPLOYED = "MNA_HHAB_SEX_CRS_NB", "MST_XWAP_SEX_CBR_NB", "MST_TEMP_SEX_ECO_CBR_NB"
# The roster of a labour force survey: who is here, and in which country those are who left (column `act` for both).
CODES = SMALL_CODES + (
    "where,1,yes,\nwhere,QA,absent_abroad,\nwhere,MY,absent_abroad,\nwhere,?,absent_abroad,\n"
    "country,QA,QAT,\ncountry,MY,MYS,\ncountry,?,unknown,\ncountry,1,not_in_universe,\n"
)
WORK = "case when raw.act = '1' then 'employed' else 'not_in_universe' end"
ROSTER: dict[str, Any] = {
    "usual_resident": {"column": "act", "map": "where"},
    "country_of_residence": {"column": "act", "map": "country"},
    "labour_force_status": {"expression": WORK},
}
Made = tuple[Path, Path, dict[str, Decision]]


@pytest.fixture
def made(declare: Declare, raw_table: RawTable, tmp_path: Path) -> Callable[..., Made]:
    """Core, numbers and decisions of records with these answers, one of ten persons in each of two sampling units."""

    def make(*answers: str, **variables: Any) -> Made:
        source = roster(declare, **variables)
        records = [
            (f"p{i}{unit}", "a", unit, "10", unit, "30", "1", answer)
            for i, answer in enumerate(answers)
            for unit in "12"
        ]
        core, cells, decisions = (tmp_path / f"{each}.parquet" for each in ("core", "cells", "decisions"))
        harmonise(source, SMALL, raw_table(records), core)
        estimate(source, SMALL, core, cells, vintage="abc", availability=decisions,
                 indicators={ABROAD, WORKING_AGE, EMPLOYED})  # fmt: skip
        report = run_gate("core", core, GateParameters.of(source, SMALL), output=tmp_path / "q.parquet", data_docs=None)
        failed = [each.check.id for each in report.results if not each.success and each.check.severity == "critical"]
        assert not failed
        return core, cells, {each.indicator: each for each in read_decisions(decisions)}

    return make


def roster(declare: Declare, **variables: Any) -> Survey:
    declared = declare(codes=CODES).model_dump(exclude_unset=True)["variables"]
    return declare(codes=CODES, variables=declared | ROSTER | variables)


def numbers(cells: Path, indicator: str) -> dict[str, float]:
    where = f"indicator = '{indicator}' and sex = 'SEX_T' and classif2 in ('', 'CBR_BIR_TOTAL')"
    query = f"select classif1, 1000 * obs_value from '{cells}' where {where}"
    with duckdb.connect() as connection:
        return dict(connection.execute(query).fetchall())


def test_absent_members_are_counted_by_country_and_are_in_no_number_of_residents(made: Callable[..., Made]) -> None:
    core, cells, _ = made("1", "1", "1", "1", "1", "QA", "MY", "QA", "?")
    given = numbers(cells, ABROAD)
    assert given == {"CRS_RES_TOTAL": 80, "CRS_RES_QAT": 40, "CRS_RES_MYS": 20, "CRS_RES_X": 20}
    assert numbers(cells, EMPLOYED)["ECO_SECTOR_TOTAL"] == 100
    with duckdb.connect() as connection:
        query = f"select distinct country_of_residence, imw_a_birth from '{core}' where usual_resident = 'yes'"
        assert connection.execute(query).fetchall() == [("not_in_universe", "no")]


def test_a_roster_of_absent_members_alone_gives_no_zeros_of_residents(made: Callable[..., Made]) -> None:
    """Their own set of records, as a source of its own: everybody is abroad, and nobody was asked about work."""
    constants = {
        "usual_resident": {"constant": "absent_abroad"},
        "labour_force_status": {"constant": "not_in_universe"},
    }
    _, cells, decisions = made("QA", "MY", "QA", **constants)
    assert numbers(cells, ABROAD) == {"CRS_RES_TOTAL": 60, "CRS_RES_QAT": 40, "CRS_RES_MYS": 20, "CRS_RES_X": 0}
    assert numbers(cells, EMPLOYED) == {}
    assert {each.code for name, each in decisions.items() if name != ABROAD} == {"absent_members_only"}


def test_a_survey_that_asks_for_no_absent_members_gives_no_number_of_them(made: Callable[..., Made]) -> None:
    residents = {"usual_resident": {"constant": "yes"}, "country_of_residence": {"missing": "not_asked"}}
    _, cells, decisions = made("1", "1", **residents)
    assert numbers(cells, ABROAD) == {}
    assert decisions[ABROAD].code == "variable_not_asked"


def test_where_somebody_absent_lives_is_a_country(declare: Declare) -> None:
    with pytest.raises(DeclarationError, match="'Qatar', which is not a country"):
        roster(declare, country_of_residence={"constant": "Qatar"})
