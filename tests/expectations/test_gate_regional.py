"""The gate on regional estimates: sound ones pass; each fault below stops the edition by its name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from small_world import tables_of, write_world
from sound_tables import CheckOne, Spoil

from expectations.gate import run_gate
from expectations.parameters import GateParameters
from expectations.suites import load_suite
from schemas.editions import load_editions
from schemas.tables import OBSERVATION
from transforms.regional.edition import aggregates_of, estimate_year, prepare
from transforms.regional.frames import NATIONAL_ACTIVITIES
from transforms.regional.national import NOTHING_NATIONAL
from transforms.regional.tables import observations

EDITIONS = load_editions()
PARAMETERS = GateParameters.of_edition(EDITIONS.source, "2019")
ONE = "indicator = 'MST_TEAP_SEX_AGE_MIG_NB' and sex = 'SEX_T' and classif1 = 'AGE_YTHADULT_YGE15'"
MIGRANTS = f"{ONE} and classif2 = 'MIG_STATUS_MIGRANT'"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The third edition of the made-up world, where one country reports employed migrants by activity."""
    folder = tmp_path_factory.mktemp("regional")
    counts = {"agriculture": 5.0, "industry": 2.0, "services": 3.0}
    rows = [("AAA", "male", 2019, "foreign_born", "BA:AAA.lfs", *each) for each in counts.items()]
    national = replace(NOTHING_NATIONAL, activities=pd.DataFrame(rows, columns=NATIONAL_ACTIVITIES.names))
    simulation = EDITIONS.method.simulation.model_copy(update={"draws": 200})
    method = EDITIONS.method.model_copy(update={"simulation": simulation})
    tables = tables_of(write_world(folder / "mirror"), folder / "tables")
    estimate = estimate_year(prepare(tables, EDITIONS.profile("2019"), method, national), 2019)
    frame = observations(EDITIONS, EDITIONS.profile("2019"), 2019, aggregates_of(estimate, 0.95), vintage="0" * 12)
    file = folder / "observation.parquet"
    typed = ", ".join(f"cast({column.name} as {column.type}) as {column.name}" for column in OBSERVATION)
    with duckdb.connect() as connection:
        connection.register("frame", frame)
        connection.execute(f"copy (select {typed} from frame) to '{file}' (format parquet)")
    return file


FAULTS = {
    "has_cells": "delete from t",
    "columns_present": "alter table t add column country varchar",
    "column_types": "alter table t alter obs_value type varchar",
    "key_filled": "update t set sex = null where sex = 'SEX_F'",
    "key_once": f"insert into t select * from t where {ONE}",
    "own_edition": "update t set wave = '2022' where sex = 'SEX_F'",
    "code_allowed[ref_area]": "update t set ref_area = 'AUT' where ref_area = 'X34'",
    "codes_belong_to_indicator": f"update t set classif1 = 'ECO_SECTOR_TOTAL' where {ONE}",
    "vintage_named": "update t set vintage = ''",
    "value_usable": "update t set obs_value = 100.1 where indicator like '%_RT' and sex = 'SEX_M'",
    "value_within_interval": f"update t set upper_bound = 0.99 * obs_value where {MIGRANTS}",
    "interval_or_reason": f"update t set se = null where {MIGRANTS}",
    "share_observed_said": f"update t set note_classif = '' where {MIGRANTS}",
    "below_declared_share_flagged": "update t set obs_status = 'E'",
    "experimental_said": "update t set note_source = replace(note_source, 'Experimental', 'Official')",
    "no_cases": "update t set n = 100",
    "groups_add_up[regions]": f"update t set obs_value = obs_value + 0.1 where ref_area = 'X06' and {MIGRANTS}",
    "groups_add_up[subregions]": f"delete from t where ref_area = 'X34' and {MIGRANTS}",
    "groups_add_up[income_groups]": f"update t set obs_value = 0 where ref_area = 'X05' and {MIGRANTS}",
    "sexes_add_up": f"update t set obs_value = obs_value + 0.1 where {MIGRANTS}",
    "migrants_and_others_add_up": f"update t set obs_value = obs_value + 0.1 where {MIGRANTS}",
    "ages_add_up": "update t set obs_value = obs_value + 0.1 where classif1 = 'AGE_AGGREGATE_YGE65'",
    "sectors_add_up": "update t set obs_value = obs_value + 0.1 where classif1 = 'ECO_SECTOR_IND'",
    "sectors_have_the_employed": "update t set obs_value = 2 * obs_value where starts_with(classif1, 'ECO_SECTOR')",
    "parts_within_whole": "update t set obs_value = 2 * obs_value where indicator = 'MST_TEMP_SEX_AGE_MIG_NB'",
    "rate_recomputed": "update t set obs_value = obs_value + 0.01 where indicator like '%_RT'",
}


def test_sound_estimates_meet_every_expectation(sound: Path, tmp_path: Path) -> None:
    outcome = run_gate("regional", sound, PARAMETERS, output=tmp_path / "quality.parquet", data_docs=None)
    assert [result.sentence for result in outcome.results if not result.success] == []


@pytest.mark.parametrize("check_id", FAULTS)
def test_each_fault_is_found(check_id: str, sound: Path, spoil: Spoil, check_one: CheckOne) -> None:
    result = check_one("regional", spoil(sound, FAULTS[check_id]), check_id, PARAMETERS)
    assert not result.success
    assert "not checked" not in result.observed or check_id == "column_types"


def test_every_expectation_of_the_suite_has_its_fault() -> None:
    assert {check_id.split("[")[0] for check_id in FAULTS} == {e.id for e in load_suite("regional").expectations}
