"""Replicate weights from the producer's columns to standard errors, worked by hand, and what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
from core_records import Person, write_core
from small_source import SMALL_COLUMNS, Cells, Declare, MakeCells

from schemas.errors import DeclarationError, InputError
from schemas.partition import Partition
from transforms.estimate import estimate
from transforms.estimate.replicates import independent_columns
from transforms.harmonise import harmonise
from transforms.notes import ONE_UNIT

SMALL = Partition("ZZZ.small", "2024")
COUNT, RATE = "MST_TEMP_SEX_AGE_CBR_NB", "MST_TEMP_SEX_AGE_CBR_RT"
COLUMNS = "\n".join(["column,2024", *(f"{name},{name}" for name in SMALL_COLUMNS), "replicate_{1-4},REPWT{01-04}"])
SDR: dict[str, object] = {"columns": "replicate_{1-4}", "method": "sdr", "centre": "full_estimate"}

Record = tuple[str, ...]
# Records as elsewhere (id, str, psu, w, sexcode, years, born, act), then four replicate weights.
PERSONS: list[Record] = [
    ("p1", "a", "1", "10", "1", "30", "1", "1", "12", "8", "10", "10"),
    ("p2", "a", "1", "20", "2", "40", "2", "1", "20", "20", "26", "14"),
    ("p3", "a", "2", "30", "1", "50", "1", "3", "30", "30", "30", "30"),
    ("p4", "b", "1", "40", "2", "60", "2", "3", "40", "40", "40", "40"),
]


@pytest.fixture
def cells(declare: Declare, tmp_path: Path) -> MakeCells:
    """The cells of persons under a design of replicate weights."""

    def make(persons: Sequence[Record] = PERSONS, table_of_columns: str = COLUMNS, **replicates: object) -> Cells:
        design = {"kind": "replicate", "weight": {"column": "w"}, "replicates": SDR | replicates}
        source = declare(columns=table_of_columns, design=design)
        names = [*SMALL_COLUMNS, *(f"replicate_{number}" for number in range(1, 5))]
        table = {name: [person[i] for person in persons] for i, name in enumerate(names)}
        table |= {"_file": ["lfs.csv"] * len(persons), "_row": [*map(str, range(1, len(persons) + 1))]}
        pyarrow.parquet.write_table(pyarrow.table(table), tmp_path / "raw.parquet")
        harmonise(source, SMALL, tmp_path / "raw.parquet", tmp_path / "core.parquet")
        estimate(source, SMALL, tmp_path / "core.parquet", tmp_path / "cells.parquet", vintage="a",
                 indicators=[COUNT, RATE])  # fmt: skip
        relation = duckdb.default_connection().sql(
            f"select * from '{tmp_path / 'cells.parquet'}' where classif1 = 'AGE_YTHADULT_YGE15'"
        )
        rows = [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
        return {(row["indicator"], row["sex"], row["classif2"]): row for row in rows}

    return make


def test_a_total_and_a_rate_worked_by_hand(cells: MakeCells) -> None:
    given = cells()
    # 30 employed; the replicates have 32, 28, 36 and 24: 4/4 x (4 + 4 + 36 + 36) = 80
    employed = given[COUNT, "SEX_T", "CBR_BIR_TOTAL"]
    assert (employed["obs_value"], employed["n"]) == (0.030, 2)
    assert employed["se"] == pytest.approx(80**0.5 / 1000)
    # of 100 persons; of 102, 98, 106 and 94 in the replicates
    rate = given[RATE, "SEX_T", "CBR_BIR_TOTAL"]
    departures = [32 / 102 - 0.3, 28 / 98 - 0.3, 36 / 106 - 0.3, 24 / 94 - 0.3]
    assert rate["obs_value"] == pytest.approx(30)
    assert rate["se"] == pytest.approx(100 * sum(each**2 for each in departures) ** 0.5)
    assert "4 replicate weights, successive differences" in rate["note_indicator"]
    assert "standard error" in rate["note_indicator"].lower()


@pytest.mark.parametrize(
    ("declared", "squares"),
    [
        ({"method": "brr"}, 80 / 4),
        ({"method": "fay", "fay": 0.5}, 80 / (4 * 0.25)),
        ({"method": "jackknife_1"}, 80 * 3 / 4),
        ({"method": "bootstrap"}, 80 / 3),
        ({"method": "jackknife_n", "factors": [0.5, 0.5, 0, 1]}, 0.5 * 4 + 0.5 * 4 + 36),
        ({"method": "bootstrap", "scale": 0.1}, 8),
    ],
)
def test_each_method_has_its_factor(cells: MakeCells, declared: dict[str, object], squares: float) -> None:
    assert cells(**declared)[COUNT, "SEX_T", "CBR_BIR_TOTAL"]["se"] == pytest.approx(squares**0.5 / 1000)


def test_squares_around_the_mean_of_the_replicates_are_smaller(cells: MakeCells) -> None:
    moved = [(*person[:8], *(str(float(each) + 1) for each in person[8:])) for person in PERSONS]
    around_full = cells(moved)[COUNT, "SEX_T", "CBR_BIR_TOTAL"]["se"]
    around_mean = cells(moved, centre="mean")[COUNT, "SEX_T", "CBR_BIR_TOTAL"]["se"]
    assert around_full == pytest.approx((80 + 4 * 2**2) ** 0.5 / 1000)  # two employed, each up by one
    assert around_mean == pytest.approx(80**0.5 / 1000)


def test_degrees_of_freedom_are_the_rank_less_one_or_as_declared_and_below_the_cases(cells: MakeCells) -> None:
    everyone = cells()[RATE, "SEX_T", "CBR_BIR_TOTAL"]
    # the fourth replicate is the first two less the third: rank 3
    assert everyone["degrees_of_freedom"] == 2
    declared = cells(degrees_of_freedom=79)
    assert declared[RATE, "SEX_T", "CBR_BIR_TOTAL"]["degrees_of_freedom"] == 3, "four persons"
    assert declared[RATE, "SEX_F", "CBR_BIR_TOTAL"]["degrees_of_freedom"] == 1, "two women"


def test_the_largest_countries_are_those_of_the_full_weights(declare: Declare, tmp_path: Path) -> None:
    """Five countries are named. Replicate weights say how sure a number is, not which country is large."""
    weights = {"ARG": 10.0, "BOL": 20.0, "CHL": 30.0, "COL": 40.0, "ECU": 50.0, "PER": 60.0}
    person = {"labour_force_status": "employed", "working_age": "yes", "sex": "female", "birth_status": "foreign"}
    persons: list[Person] = [
        {**person, "country_of_birth": country, "weight": weight, "replicate_weights": [weight] * 4}
        for country, weight in weights.items()
    ]
    persons[0]["replicate_weights"] = [1000.0] * 4
    write_core(persons, tmp_path / "core.parquet")
    design = {"kind": "replicate", "weight": {"column": "w"}, "replicates": SDR}
    source = declare(columns=COLUMNS, design=design)
    cells = tmp_path / "cells.parquet"
    estimate(source, SMALL, tmp_path / "core.parquet", cells, vintage="a", indicators=["MST_FORP_SEX_CBR_NB"])
    rows = duckdb.execute(
        f"select classif1, 1000 * obs_value from '{cells}' where sex = 'SEX_T' order by 2 desc"
    ).fetchall()
    assert rows == [("CBR_BRT_TOTAL", 210), ("CBR_BRT_PER", 60), ("CBR_BRT_ECU", 50), ("CBR_BRT_COL", 40),
                    ("CBR_BRT_CHL", 30), ("CBR_BRT_BOL", 20), ("CBR_BRT_X", 10)]  # fmt: skip


def test_columns_that_follow_from_others_do_not_count() -> None:
    matrix = np.array([[1.0, 2.0, 3.0], [1.0, 0.0, 1.0], [0.0, 5.0, 5.0]])
    assert independent_columns(matrix) == 2
    assert independent_columns(matrix[:, :2]) == 2


@pytest.mark.parametrize(
    ("number", "wrong", "fault"),
    [
        (8, "", "1 record.s. lack a usable replicate weight; the first is record 1"),
        (8, "many", "1 record.s. lack a usable replicate weight"),
        (3, "0", "1 record.s. have replicate weights but no weight"),
    ],
)
def test_a_record_without_all_its_weights_stops_the_partition(
    cells: MakeCells, number: int, wrong: str, fault: str
) -> None:
    first = [*PERSONS[0]]
    first[number] = wrong
    with pytest.raises(InputError, match=fault):
        cells([tuple(first), *PERSONS[1:]])


def test_factors_in_place_of_weights_stop_the_partition(cells: MakeCells) -> None:
    factors = [(*person[:8], "1.2", "0.8", "1.2", "0.8") for person in PERSONS]
    with pytest.raises(InputError, match="factors that do not include the sampling weight"):
        cells(factors)


def test_a_wave_without_the_columns_stops(cells: MakeCells) -> None:
    with pytest.raises(DeclarationError, match="design needs column 'replicate_1', .* no name in wave 2024"):
        cells(table_of_columns=COLUMNS.replace("REPWT{01-04}", ""))


@pytest.mark.parametrize(
    ("declared", "fault"),
    [
        ({"method": "fay"}, "needs Fay's factor"),
        ({"fay": 0.5}, "needs Fay's factor"),
        ({"method": "jackknife_n"}, "needs the `factors`"),
        ({"factors": [1, 1]}, "one number for each of the 4 replicates"),
        ({"columns": "replicate_{1-5}"}, "design column 'replicate_5' is not in columns.csv"),
        ({"columns": "replicate_1"}, "two replicate weights at least"),
    ],
)
def test_a_declaration_that_cannot_be_meant_is_refused(
    cells: MakeCells, declared: dict[str, object], fault: str
) -> None:
    with pytest.raises(DeclarationError, match=fault):
        cells(**declared)


@pytest.mark.parametrize("row", ["replicate_{1-4},REPWT{1-5}", "replicate_{4-1},REPWT{4-1}"])
def test_ranges_of_columns_must_fit(cells: MakeCells, row: str) -> None:
    with pytest.raises(DeclarationError, match="columns.csv, line 10"):
        cells(table_of_columns=COLUMNS.replace("replicate_{1-4},REPWT{01-04}", row))


def test_a_range_of_columns_stands_for_each_of_them(declare: Declare) -> None:
    source = declare(columns=COLUMNS)
    assert [source.columns[f"replicate_{number}"]["2024"] for number in (1, 4)] == ["REPWT01", "REPWT04"]


def test_replicates_that_change_all_cases_of_a_rate_alike_are_of_one_sampling_unit(cells: MakeCells) -> None:
    """The foreign-born are of one PSU: every replicate multiplies all their weights, and never changes their rate."""
    persons = [(*person[:8], *(str(factor * int(person[3])) for factor in factors)) for person, factors in (
        (PERSONS[0], (1, 1, 1.2, 0.8)), (PERSONS[1], (0.5, 1.5, 1, 1)), (PERSONS[2], (1, 1, 0.8, 1.2)),
        (PERSONS[3], (0.5, 1.5, 1, 1)),
    )]  # fmt: skip
    given = cells(persons)
    foreign, native = (given[RATE, "SEX_T", f"CBR_BIR_{each}"] for each in ("FOREIGN", "NATIVE"))
    assert foreign["obs_value"] == pytest.approx(100 * 20 / 60)
    assert (foreign["se"], foreign["degrees_of_freedom"], foreign["note_classif"]) == (None, None, ONE_UNIT)
    assert native["se"] > 0
    assert given[COUNT, "SEX_T", "CBR_BIR_FOREIGN"]["se"] > 0
