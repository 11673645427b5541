"""Ten tables written in pandas give the engine's numbers and errors, each of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.analyst import TABLES, Numbers, ten_tables
from bench.estimation import largest_difference, not_tabulated, tables_of, ten_of_ours, versions_of
from bench.persons import write_persons


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("persons")
    write_persons(folder / "core.parquet", 20_000)
    return folder


@pytest.fixture(scope="module")
def ours(folder: Path) -> Numbers:
    return ten_of_ours(folder / "core.parquet", folder / "cells.parquet")


def test_the_analyst_and_the_engine_agree_on_every_number_of_ten_tables(folder: Path, ours: Numbers) -> None:
    theirs, _, seconds = ten_tables(folder / "core.parquet")

    assert len(TABLES) == len(seconds) == 10
    assert len(theirs) > 500
    assert largest_difference(ours, theirs) < 1e-9
    assert not_tabulated(ours, theirs) == []
    without = {key: number for key, number in theirs.items() if "FOREIGN" not in key[3] or "Y15-24" not in key[2]}
    assert len(not_tabulated(ours, without)) == 6, "three sexes of two tables"


def test_a_table_is_an_indicator_in_one_combination_of_classifications(folder: Path, ours: Numbers) -> None:
    assert versions_of(["AGE_10YRBANDS_Y15-24", "CBR_BIR_TOTAL"]) == ("AGE_10YRBANDS", "CBR_BIR")
    employed = {versions_of(key[2:]) for key in ours if key[0] == "MST_TEMP_SEX_EDU_CBR_NB"}
    assert employed == {("EDU_ISCED11", "CBR_BIR"), ("EDU_AGGREGATE", "CBR_BIR")}
    assert tables_of(folder / "cells.parquet") == len({(key[0], versions_of(key[2:])) for key in ours})
