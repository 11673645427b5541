"""A population that a source cannot identify is left out, with the reason, instead of being published as zero."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from small_source import Declare, RawTable

from schemas.errors import DeclarationError
from schemas.indicators import load_catalogue
from schemas.partition import Partition
from transforms.estimate import estimate
from transforms.harmonise import harmonise

SMALL = Partition("ZZZ.small", "2024")
REASON = "whoever is not at work was not asked about search"
#          id    str  psu  w      sex years born act
RECORDS = [
    ("p1", "a", "1", "300", "2", "34", "2", "1"),
    ("p2", "a", "2", "100", "1", "60", "1", "9"),
]
CODES = """map,code,value,label
sex,1,male,Man
sex,2,female,Woman
birth,1,native,Here
birth,2,foreign,Abroad
activity,1,employed,At work
activity,9,unknown,Not at work
"""


def cells(declare: Declare, raw_table: RawTable, tmp_path: Path, **changes: object) -> pd.DataFrame:
    source = declare(codes=CODES, **changes)
    core, output = tmp_path / "core.parquet", tmp_path / "cells.parquet"
    harmonise(source, SMALL, raw_table(RECORDS), core)
    estimate(source, SMALL, core, output, vintage="0" * 12)
    return pd.read_parquet(output)


def test_indicators_of_that_population_are_left_out_and_the_others_stay(
    declare: Declare, raw_table: RawTable, tmp_path: Path
) -> None:
    without = {name: {"en": REASON} for name in ("labour_force", "unemployed", "outside_labour_force")}
    table = cells(declare, raw_table, tmp_path, without=without)
    assert {name.split("_")[1] for name in table["indicator"]} == {
        "XWAP",
        "TEMP",
        "FORP",
        "FORE",
        "WFOR",
        "XFOR",
        "IMEB",
    }
    ratio = table[(table["indicator"] == "MST_TEMP_SEX_AGE_CBR_RT") & (table["sex"] == "SEX_T")]
    total = ratio[(ratio["classif1"] == "AGE_YTHADULT_YGE15") & (ratio["classif2"] == "CBR_BIR_TOTAL")]
    assert total["obs_value"].to_list() == [75.0]  # 300 of 400


def test_a_population_made_of_it_is_left_out_too() -> None:
    """Unemployed persons are part of every measure of labour underutilisation, whatever else the source asks."""
    catalogue = load_catalogue()
    lost = {name for name, each in catalogue.indicators.items() if "unemployed" in catalogue.populations_of(each)}
    assert {f"LUU_XLU{level}_SEX_CBR_RT" for level in (1, 2, 3, 4)} <= lost
    assert not {"EIP_NEET_SEX_CBR_RT", "MST_TEAP_SEX_AGE_CBR_RT"} & lost


def test_every_number_says_what_is_not_estimated_and_why_once(
    declare: Declare, raw_table: RawTable, tmp_path: Path
) -> None:
    without = {name: {"en": REASON} for name in ("labour_force", "unemployed")}
    table = cells(declare, raw_table, tmp_path, without=without)
    (note,) = set(table["note_indicator"])
    assert note.count(REASON) == 1
    assert f"not estimated: labour force, persons in unemployment; {REASON}" in note


def test_without_it_the_indicator_would_be_published_as_zero(
    declare: Declare, raw_table: RawTable, tmp_path: Path
) -> None:
    table = cells(declare, raw_table, tmp_path)
    assert set(table[table["indicator"] == "MST_TUNE_SEX_AGE_CBR_NB"]["obs_value"]) == {0.0}


def test_a_population_that_no_indicator_knows_is_a_fault_of_the_declaration(declare: Declare) -> None:
    with pytest.raises(DeclarationError, match=r"line \d+: 'unemployd' is not a population of indicators.yaml"):
        declare(without={"unemployd": {"en": REASON}})
