"""A year from four quarters, worked by hand: volumes averaged, rates recomputed, cases added up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
from small_source import SMALL_COLUMNS, Cells, Declare, MakeCells, RawTable

from schemas.consolidation import periods
from schemas.errors import DeclarationError
from schemas.partition import Partition
from transforms.consolidate import pool, pooled_source
from transforms.estimate import estimate
from transforms.harmonise import harmonise

QUARTERS = [f"2016-Q{quarter}" for quarter in range(1, 5)]
ADULTS = "AGE_YTHADULT_YGE15"
EMPLOYED, RATE = "MST_TEMP_SEX_AGE_CBR_NB", "MST_TUNE_SEX_AGE_CBR_RT"
INDEPENDENT: dict[str, object] = {"to": ["annual"], "periods": "independent"}
FILES = {"files": [{"name": "lfs.csv", "mirror": "lfs/{wave}/lfs.csv"}]}

# (id, str, psu, w, sexcode, years, born, act): one PSU of employed persons and one of unemployed; in the third quarter
# a foreign-born person works besides.
EMPLOYED_WEIGHTS = {"2016-Q1": 100, "2016-Q2": 300, "2016-Q3": 100, "2016-Q4": 100}
RECORDS = {
    wave: [
        ("p1", "a", "1", str(weight), "1", "30", "1", "1"),
        ("p2", "a", "2", "100", "2", "40", "1", "2"),
        *([("p3", "a", "1", "40", "1", "50", "2", "1")] if wave == "2016-Q3" else []),
    ]
    for wave, weight in EMPLOYED_WEIGHTS.items()
}


@pytest.fixture
def year(declare: Declare, raw_table: RawTable, tmp_path: Path) -> MakeCells:
    """The cells of 2016 under a declared consolidation."""

    def make(
        consolidate: dict[str, object] = INDEPENDENT,
        *,
        not_asked: str = "",
        follows_persons: bool = False,
        **changes: Any,
    ) -> Cells:
        names = [
            ",".join([name, *("" if name == "born" and wave == not_asked else name for wave in QUARTERS)])
            for name in SMALL_COLUMNS
        ]
        waves = {wave: {**FILES, **changes.pop(wave, {})} for wave in QUARTERS}
        columns = "\n".join([",".join(["column", *QUARTERS]), *names])
        source = declare(columns=columns, waves=waves, cadence="quarterly", consolidate=consolidate, **changes)
        cores = {wave: tmp_path / f"{wave}.parquet" for wave in QUARTERS}
        for wave, core in cores.items():
            harmonise(source, Partition(source.id, wave), raw_table(RECORDS[wave]), core)
        pool(source, cores, tmp_path / "2016.parquet", follows_persons=follows_persons)
        pooled = pooled_source(source, "2016", QUARTERS)
        whole = Partition(source.id, "2016")
        estimate(pooled, whole, tmp_path / "2016.parquet", tmp_path / "cells.parquet", vintage="a",
                 indicators=[EMPLOYED, RATE])  # fmt: skip
        relation = duckdb.default_connection().sql(
            f"select * from '{tmp_path / 'cells.parquet'}' where classif1 = '{ADULTS}'"
        )
        rows = [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
        return {(row["indicator"], row["classif2"]): row for row in rows if row["sex"] == "SEX_T"}

    return make


def test_volumes_are_averaged_over_all_quarters_and_cases_added_up(year: MakeCells) -> None:
    given = year()
    # employed: 100, 300, 140 and 100, 640 in all; foreign-born: 40 in one quarter of four
    employed, foreign = given[EMPLOYED, "CBR_BIR_TOTAL"], given[EMPLOYED, "CBR_BIR_FOREIGN"]
    assert (employed["obs_value"], employed["n"], employed["obs_status"]) == (0.160, 5, "U")
    assert (foreign["obs_value"], foreign["n"], foreign["obs_status"]) == (0.010, 1, "S")


def test_a_rate_is_that_of_the_average_volumes_and_no_average_of_rates(year: MakeCells) -> None:
    # 400 unemployed of 1,040 in four quarters; the mean of the four rates would be 41.7
    assert year()[RATE, "CBR_BIR_TOTAL"]["obs_value"] == pytest.approx(100 * 400 / 1040)


def test_the_year_says_what_it_is(year: MakeCells) -> None:
    row = year()[EMPLOYED, "CBR_BIR_TOTAL"]
    assert (row["time"], row["wave"]) == ("2016", "2016")
    assert "Reference period: average of the quarters 2016-Q1 to 2016-Q4" in row["note_source"]


def test_standard_errors_follow_what_is_declared_of_the_periods(year: MakeCells) -> None:
    # each quarter has a stratum of its own with one PSU of employed persons and one of none: variance 2 x 2 x (y / 2)^2
    independent = year()[EMPLOYED, "CBR_BIR_TOTAL"]["se"]
    assert independent == pytest.approx((100**2 + 300**2 + 140**2 + 100**2) ** 0.5 / 4 / 1000)
    # the same two PSUs all year: their totals are 640 and 0
    same = year({"to": ["annual"], "periods": "same_units"})[EMPLOYED, "CBR_BIR_TOTAL"]["se"]
    assert same == pytest.approx(640 / 4 / 1000)
    unknown = year({"to": ["annual"], "periods": "unknown"})[EMPLOYED, "CBR_BIR_TOTAL"]
    assert unknown["se"] is None
    assert "Standard error: not given: the samples of the periods overlap" in unknown["note_indicator"]


def test_reliability_of_a_year_is_judged_by_persons_where_identifiers_follow_them(year: MakeCells) -> None:
    panel: dict[str, object] = {"to": ["annual"], "periods": "same_units"}
    by_records, by_persons = year(panel), year(panel, follows_persons=True)
    # p1 works in all four quarters, p3 in one: five records of two persons. 2 is below the limit of 5, five is not.
    records, persons = (given[EMPLOYED, "CBR_BIR_TOTAL"] for given in (by_records, by_persons))
    assert (records["n"], records["distinct_persons"], records["obs_status"]) == (5, None, "U")
    assert (persons["n"], persons["distinct_persons"], persons["obs_status"]) == (5, 2, "S")
    foreign = by_persons[EMPLOYED, "CBR_BIR_FOREIGN"]
    assert (foreign["n"], foreign["distinct_persons"]) == (1, 1)
    # of a rate those of the numerator: p2, who is unemployed all year
    assert (by_persons[RATE, "CBR_BIR_TOTAL"]["n"], by_persons[RATE, "CBR_BIR_TOTAL"]["distinct_persons"]) == (4, 1)
    numbers = ("obs_value", "n", "se", "cv", "lower_bound", "upper_bound", "degrees_of_freedom")
    for key, row in by_records.items():
        assert [row[name] for name in numbers] == [by_persons[key][name] for name in numbers], "only the status changes"


def test_who_moves_between_groups_counts_once_in_each_and_once_in_both(
    year: MakeCells, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Persons do not add up over groups that they change between, and cases do."""
    moving = {**RECORDS, "2016-Q4": [("p1", "a", "1", "100", "1", "30", "2", "1"), *RECORDS["2016-Q4"][1:]]}
    monkeypatch.setitem(globals(), "RECORDS", moving)
    given = year({"to": ["annual"], "periods": "same_units"}, follows_persons=True)
    told = {code: (row["n"], row["distinct_persons"]) for (name, code), row in given.items() if name == EMPLOYED}
    # p1 is native-born in three quarters and foreign-born in the fourth, as p3 is in the third
    assert told["CBR_BIR_NATIVE"] == (3, 1)
    assert told["CBR_BIR_FOREIGN"] == (2, 2)
    assert told["CBR_BIR_TOTAL"] == (5, 2)


def test_what_one_quarter_does_not_ask_is_not_in_the_year(year: MakeCells) -> None:
    given = year(not_asked="2016-Q2")
    assert {code for indicator, code in given if indicator == EMPLOYED} == {"CBR_BIR_TOTAL"}
    assert given[EMPLOYED, "CBR_BIR_TOTAL"]["obs_value"] == 0.160


def test_a_provisional_quarter_makes_a_provisional_year(year: MakeCells) -> None:
    row = year(**{"2016-Q4": {"status": "P"}})[EMPLOYED, "CBR_BIR_TOTAL"]
    assert "provisional" in row["note_indicator"].lower()


def test_which_periods_there_are(declare: Declare) -> None:
    monthly = {"cadence": "monthly", "consolidate": {"to": ["quarterly", "annual"], "periods": "independent"}}
    source = declare(waves={"2016-M02": FILES, "2016-M01": FILES}, **monthly)
    assert periods(source) == {
        "2016": [f"2016-M{month:02d}" for month in range(1, 13)],
        "2016-Q1": ["2016-M01", "2016-M02", "2016-M03"],
    }
    own_year = declare(waves={"2016-M01": FILES, "2016": FILES}, **monthly)
    assert set(periods(own_year)) == {"2016-Q1"}, "the source has a year of its own"
    assert periods(declare()) == {}


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"consolidate": INDEPENDENT}, "needs shorter waves"),
        (
            {"waves": {"2016-Q1": FILES}, "consolidate": {"to": ["quarterly"], "periods": "unknown"}},
            "needs shorter waves",
        ),
        (
            {
                "waves": {"2016-Q1": FILES},
                "consolidate": {"to": ["annual"], "periods": "same_units"},
                "design": {"kind": "persons", "weight": {"column": "w"}, "reason": "none in the file"},
            },
            "need a design that identifies them",
        ),
    ],
)
def test_a_consolidation_that_cannot_be_is_refused(declare: Declare, changes: dict[str, object], fault: str) -> None:
    with pytest.raises(DeclarationError, match=fault):
        declare(**changes)
