"""Item non-response by Eurostat's rule: above 20 per cent of the cases asked U, above 50 per cent S."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from small_source import Declare, RawTable

from schemas.partition import Partition
from transforms.estimate import estimate
from transforms.harmonise import harmonise

PERSONS_DESIGN = {"kind": "persons", "weight": {"column": "w"}, "reason": "no design variables"}
INDICATORS = ("MST_TEMP_SEX_AGE_CBR_NB", "MST_TEMP_SEX_AGE_CCT_NB", "MST_TUNE_SEX_AGE_CBR_NB")
ALL = "sex = 'SEX_T' and classif1 = 'AGE_AGGREGATE_TOTAL' and classif2 like '%TOTAL'"


def people(unknown: int, of: int = 200) -> list[tuple[str, ...]]:
    """Employed persons; the first `unknown` of them do not say where they were born, and a child is not asked."""
    rows = [
        (f"p{i}", "a", str(i), "100", "12"[i % 2], str(20 + i % 40), "9" if i < unknown else "12"[i % 2], "1")
        for i in range(of)
    ]
    return [*rows, ("child", "a", "c", "100", "1", "8", "1", "")]


def totals(
    declare: Declare, raw_table: RawTable, folder: Path, unknown: int, **changes: object
) -> dict[str, tuple[str, str]]:
    """Status and note of the total of each indicator."""
    source = declare(design=PERSONS_DESIGN, maximum_unknown_share=0.9, **changes)
    partition = Partition(source.id, "2024")
    core, cells = folder / "core.parquet", folder / "cells.parquet"
    harmonise(source, partition, raw_table(people(unknown)), core)
    estimate(source, partition, core, cells, vintage="v", indicators=INDICATORS)
    found = duckdb.execute(f"select indicator, obs_status, note_indicator from '{cells}' where {ALL}").fetchall()
    return {indicator: (status, text) for indicator, status, text in found}


@pytest.mark.parametrize(("unknown", "status"), [(40, ""), (41, "U"), (100, "U"), (101, "S")])
def test_tables_by_birth_are_flagged_when_many_do_not_say_where_they_were_born(
    declare: Declare, raw_table: RawTable, tmp_path: Path, unknown: int, status: str
) -> None:
    found = totals(declare, raw_table, tmp_path, unknown, reliability="eurostat")
    given, text = found["MST_TEMP_SEX_AGE_CBR_NB"]
    assert given == status
    assert ("item non-response" in text) == bool(status)
    if status:
        assert f"item non-response {100 * unknown / 201:.1f} per cent" in text
    assert found["MST_TEMP_SEX_AGE_CCT_NB"][0] == ""  # everybody's sex, age and activity are known


def test_a_graver_status_stays_and_a_lesser_one_gives_way(
    declare: Declare, raw_table: RawTable, tmp_path: Path
) -> None:
    waves = {"2024": {"files": [{"name": "lfs.csv", "mirror": "lfs.csv"}], "status": "P"}}
    provisional = totals(declare, raw_table, tmp_path, 60, reliability="eurostat", waves=waves)
    assert provisional["MST_TEMP_SEX_AGE_CBR_NB"][0] == "U"
    assert provisional["MST_TEMP_SEX_AGE_CCT_NB"][0] == "P"
    assert "Observation status: provisional" in provisional["MST_TEMP_SEX_AGE_CBR_NB"][1]
    few = totals(declare, raw_table, tmp_path, 60, reliability="eurostat")
    assert few["MST_TUNE_SEX_AGE_CBR_NB"][0] == "S"  # nobody is unemployed


def test_a_profile_without_limits_ignores_item_nonresponse(
    declare: Declare, raw_table: RawTable, tmp_path: Path
) -> None:
    found = totals(declare, raw_table, tmp_path, 150)
    assert found["MST_TEMP_SEX_AGE_CBR_NB"][0] == ""
