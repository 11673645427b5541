"""Numbers whose cases lie in one sampling unit say so and have no standard error; all units drawn count, as in R."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path

import duckdb
import pytest
from small_source import Cells, Declare, MakeCells, RawTable

from schemas.partition import Partition
from transforms.estimate import estimate
from transforms.harmonise import harmonise
from transforms.measures import MEASURES
from transforms.notes import NO_INTERVAL, ONE_UNIT, no_error_note

SMALL = Partition("ZZZ.small", "2024")
Record = tuple[str, ...]
FOREIGN = ("SEX_T", "AGE_YTHADULT_YGE15", "CBR_BIR_FOREIGN")
PARTICIPATION, LABOUR_FORCE = "MST_TEAP_SEX_AGE_CBR_RT", "MST_TEAP_SEX_AGE_CBR_NB"
MEAN, MEDIAN, GAP = "EAR_4MTH_SEX_CBR_CUR_NB", "EAR_4MDN_SEX_CBR_CUR_NB", "EAR_RGPB_SEX_RT"
POPULATION = "MST_XWAP_SEX_AGE_CBR_NB"
INDICATORS = (PARTICIPATION, LABOUR_FORCE, MEAN, MEDIAN, GAP, POPULATION)
PAID = {"status_in_employment_icse93": {"constant": "1"}, "monthly_earnings": {"column": "years", "multiply": 10}}


@pytest.fixture
def cells(declare: Declare, raw_table: RawTable, tmp_path: Path) -> MakeCells:
    """Cells of records, both sexes, by indicator and classes."""

    def make(records: list[Record], **changes: object) -> Cells:
        variables = declare().model_dump(exclude_unset=True)["variables"] | PAID
        source = declare(variables=variables, **changes)
        harmonise(source, SMALL, raw_table(records), tmp_path / "core.parquet")
        estimate(source, SMALL, tmp_path / "core.parquet", tmp_path / "cells.parquet", vintage="abc",
                 indicators=INDICATORS)  # fmt: skip
        relation = duckdb.default_connection().sql(f"select * from read_parquet('{tmp_path / 'cells.parquet'}')")
        rows = [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
        return {
            tuple(filter(None, (row["indicator"], row["sex"], row["classif1"], row["classif2"]))): row for row in rows
        }

    return make


def persons(units: str, born: str, *, weight: int = 10, count: int = 12) -> list[Record]:
    """Persons in sampling units such as `a1 a2`: stratum and number; two of three are employed."""
    draw = random.Random(f"{units} {born}")
    return [
        (
            f"{unit}-{born}-{i}",
            unit[0],
            unit[1],
            str(weight),
            "12"[i % 2],
            str(draw.randint(20, 60)),
            born,
            "113"[i % 3],
        )
        for unit in units.split()
        for i in range(count)
    ]


NATIVES = persons("a1 a2 b1 b2", "1")
PRECISION = ("se", "cv", "lower_bound", "upper_bound", "degrees_of_freedom")


@pytest.mark.parametrize("units", ["a1", "a1 b1"])
def test_nothing_is_known_of_the_precision_of_rates_and_means_in_one_unit_of_each_stratum(
    cells: MakeCells, units: str
) -> None:
    given = cells(NATIVES + persons(units, "2", count=30))
    for row in (
        given[PARTICIPATION, *FOREIGN],
        given[MEAN, "SEX_T", "CBR_BIR_FOREIGN", "CUR_TYPE_LCU"],
        given[MEDIAN, "SEX_T", "CBR_BIR_FOREIGN", "CUR_TYPE_LCU"],
    ):
        assert row["n"] >= 15
        assert [row[name] for name in PRECISION] == [None] * 5
        assert (row["obs_status"], row["note_classif"].split(" | ")[-1]) == ("U", ONE_UNIT)
    native = given[PARTICIPATION, "SEX_T", "AGE_YTHADULT_YGE15", "CBR_BIR_NATIVE"]
    assert native["se"] is not None and native["obs_status"] == "" and ONE_UNIT not in native["note_classif"]


def test_a_total_in_one_unit_differs_from_that_of_the_units_without_cases(cells: MakeCells) -> None:
    given = cells(NATIVES + persons("a1", "2", count=30))
    row = given[LABOUR_FORCE, *FOREIGN]
    # 20 persons of weight 10 in a1 and none in a2; variance 2 / 1 x (100^2 + 100^2) = 200^2, as svytotal of R
    assert (row["obs_value"], row["se"], row["cv"]) == pytest.approx((0.2, 0.2, 100))
    assert (row["lower_bound"], row["upper_bound"], row["obs_status"]) == (None, None, "")
    assert row["note_classif"] == NO_INTERVAL


def test_a_total_in_the_only_unit_of_its_stratum_is_not_perfectly_precise(cells: MakeCells) -> None:
    design = {"kind": "clustered", "weight": {"column": "w"}, "stratum": "str", "psu": "psu", "single_psu": "certainty"}
    given = cells(NATIVES + persons("c1", "2", count=30), design=design)
    row = given[LABOUR_FORCE, *FOREIGN]
    assert [row[name] for name in PRECISION] == [None] * 5
    assert (row["obs_status"], row["note_classif"]) == ("U", ONE_UNIT)


def test_a_gap_is_no_better_known_than_the_mean_of_either_group(cells: MakeCells) -> None:
    gap = GAP, "SEX_T"
    both = cells(NATIVES + persons("a1 a2", "2", count=30))[gap]
    assert both["se"] is not None
    one = cells(NATIVES + persons("a1", "2", count=30))[gap]
    assert [one[name] for name in PRECISION] == [None] * 5
    assert (one["obs_status"], one["note_classif"]) == ("U", no_error_note(MEASURES["gap"]))


def test_one_case_gives_no_standard_error_where_persons_are_the_units(cells: MakeCells) -> None:
    design = {"kind": "persons", "weight": {"column": "w"}, "reason": "no design variables in the file"}
    row = cells(NATIVES + persons("a1", "2", count=1), design=design)[PARTICIPATION, *FOREIGN]
    assert (row["n"], row["se"], row["note_classif"]) == (1, None, ONE_UNIT)


@pytest.mark.parametrize(
    ("years", "ends", "se"), [([20] * 7 + [30], (200, None), None), (range(20, 32), (220, 290), 15.90197)]
)
def test_no_value_of_the_sample_is_the_end_of_an_interval_that_goes_beyond_it(
    cells: MakeCells, years: Iterable[int], ends: tuple[int, int | None], se: float | None
) -> None:
    """svyquantile of R (mean, math) gives (1, NaN) of seven 1 and a 2, and (3, 10), SE 1.590197, of 1 to 12."""
    units = "0123456789xy"
    records = [(f"p{i}", "a", units[i], "1", "1", str(each), "1", "1") for i, each in enumerate(years)]
    row = cells(records)[MEDIAN, "SEX_T", "CBR_BIR_NATIVE", "CUR_TYPE_LCU"]
    assert (row["lower_bound"], row["upper_bound"]) == ends
    assert row["se"] == (None if se is None else pytest.approx(se, rel=1e-6))
    assert (no_error_note(MEASURES["quantile"]) in row["note_classif"]) == (se is None)


def test_sampling_units_whose_weights_are_all_zero_were_drawn_and_count(cells: MakeCells) -> None:
    counted = persons("c1", "1", count=3)
    without = [(f"z{i}", "c", "2", "0", "1", "30", "1", "1") for i in range(3)]
    given = cells(NATIVES + counted + without)  # no stratum of a single PSU
    row = given[POPULATION, "SEX_T", "AGE_YTHADULT_YGE15", "CBR_BIR_TOTAL"]
    # strata a and b have the same total in both units; c: 30 and 0, variance 2 / 1 x (15^2 + 15^2) = 30^2
    assert (row["obs_value"], row["n"]) == (0.51, 51)
    assert row["se"] == pytest.approx(0.03)
