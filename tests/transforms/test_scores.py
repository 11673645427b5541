"""Covariances of numbers from the scores of the sampling units that they share, worked by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import numpy as np
import pytest
from small_source import Declare, RawTable

from schemas.partition import Partition
from transforms.estimate import estimate
from transforms.estimate.scores import NumberKey, SampledUnits, Scores, covariances, read_scores, write_scores
from transforms.harmonise import harmonise

QUARTERS = ("2016-Q1", "2016-Q2")
EMPLOYED, RATE = "MST_TEMP_SEX_AGE_CBR_NB", "MST_TUNE_SEX_AGE_CBR_RT"
FILES = {"files": [{"name": "lfs.csv", "mirror": "lfs/{wave}/lfs.csv"}]}
Person = tuple[str, str, str, str, str, str, str, str]
Wave = tuple[Scores, dict[NumberKey, float]]
Estimated = Callable[..., Wave]


def worker(psu: int, weight: int, born: str = "1", activity: str = "1") -> Person:
    """A person of 30 years in stratum a."""
    return (f"{psu}{born}{activity}", "a", str(psu), str(weight), "1", "30", born, activity)


# Dwellings 2 and 3 are in both quarters, 1 and 4 in one of them.
FIRST = [worker(1, 100), worker(2, 200), worker(3, 400)]
SECOND = [worker(2, 300), worker(3, 500), worker(4, 100)]


@pytest.fixture
def estimated(declare: Declare, raw_table: RawTable, tmp_path: Path) -> Estimated:
    """The scores and the standard errors of a quarter of a survey with some records."""

    def make(wave: str, records: Sequence[Person], periods: str = "same_units", **changes: object) -> Wave:
        declared = {"to": ["annual"], "periods": periods}
        waves = dict.fromkeys(QUARTERS, FILES)
        source = declare(waves=waves, cadence="quarterly", consolidate=declared, **changes)
        partition, core = Partition(source.id, wave), tmp_path / f"{wave}.parquet"
        cells, scores = tmp_path / f"{wave}.cells.parquet", tmp_path / f"{wave}.scores.parquet"
        harmonise(source, partition, raw_table(records), core)
        estimate(source, partition, core, cells, vintage="a", indicators=[EMPLOYED, RATE], scores=scores)
        rows = duckdb.execute(f"select indicator, sex, classif1, classif2, se from '{cells}'").fetchall()
        return read_scores(scores), {NumberKey(*key): error for *key, error in rows}

    return make


def key(indicator: str, group: str = "CBR_BIR_TOTAL", sex: str = "SEX_T") -> NumberKey:
    return NumberKey(indicator, sex, "AGE_YTHADULT_YGE15", group)


def test_covariance_of_the_employed_of_two_quarters_with_two_dwellings_in_common(estimated: Estimated) -> None:
    (before, error_before), (now, error_now) = estimated("2016-Q1", FIRST), estimated("2016-Q2", SECOND)
    number = key(EMPLOYED)
    (found,) = covariances(now, before, [(number, number)])
    # of dwellings 2 and 3: (200, 400) before, (300, 500) now; 100 to either side of their means, so that the covariance
    # is 2 x (100 x 100 + 100 x 100) / (2 - 1) persons squared, in thousands
    assert found.shared_units == 2
    assert found.covariance == pytest.approx(40_000 / 1e6)
    # variances: 3 x 46,667 / 2 before and 3 x 80,000 / 2 now
    assert error_before[number] ** 2 == pytest.approx(70_000 / 1e6)
    assert error_now[number] ** 2 == pytest.approx(120_000 / 1e6)
    # the change from 700 to 900 has a standard error of 332, and not of 436
    variance = error_now[number] ** 2 + error_before[number] ** 2 - 2 * found.covariance
    assert variance**0.5 == pytest.approx(110_000**0.5 / 1000)


@pytest.mark.parametrize(("indicator", "group"), [(EMPLOYED, "CBR_BIR_TOTAL"), (RATE, "CBR_BIR_FOREIGN")])
def test_the_variance_of_a_number_is_its_covariance_with_itself(
    estimated: Estimated, indicator: str, group: str
) -> None:
    mixed = [*FIRST, worker(1, 50, "2", "2"), worker(2, 70, "2"), worker(3, 20, "2", "2"), worker(3, 30, "2")]
    scores, errors = estimated("2016-Q1", mixed)
    (found,) = covariances(scores, scores, [(key(indicator, group), key(indicator, group))])
    assert found.covariance == pytest.approx(errors[key(indicator, group)] ** 2, rel=1e-12)


def test_migrants_and_natives_of_the_same_dwellings_covary(estimated: Estimated) -> None:
    foreign = [worker(1, 300, "2"), worker(2, 200, "2"), worker(3, 100, "2")]
    scores, _ = estimated("2016-Q1", [*FIRST, *foreign])
    (found,) = covariances(scores, scores, [(key(EMPLOYED, "CBR_BIR_FOREIGN"), key(EMPLOYED, "CBR_BIR_NATIVE"))])
    # natives 100, 200, 400 (mean 233.3), foreign-born 300, 200, 100: 3 x (-133.3 x 100 - 166.7 x 100) / 2
    assert found.covariance == pytest.approx(-45_000 / 1e6)


def test_what_only_looks_like_the_same_unit_gives_no_covariance_over_time(estimated: Estimated) -> None:
    """Whether units keep their names is declared: numbers of a file's dwellings are the same in every file."""
    kept, _ = estimated("2016-Q1", FIRST)
    renumbered, _ = estimated("2016-Q1", FIRST, periods="independent")
    assert (kept.units.are_kept, renumbered.units.are_kept) == (True, False)


def test_persons_as_units_have_no_scores(estimated: Estimated) -> None:
    scores, _ = estimated(
        "2016-Q1", FIRST, periods="unknown", design={"kind": "persons", "weight": {"column": "w"}, "reason": "no PSUs"}
    )
    assert scores.numbers == ()
    assert covariances(scores, scores, [(key(EMPLOYED), key(EMPLOYED))]) == []


def test_strata_add_up_and_one_common_unit_of_a_stratum_tells_nothing() -> None:
    number = key(EMPLOYED)

    def scores(values: list[float], names: list[str], strata: list[str]) -> Scores:
        return Scores(SampledUnits(np.array(strata), np.array(names), True), (number,), np.array([values]).T)

    one = scores([1, 3, 5, 9], ["1", "2", "1", "9"], ["a", "a", "b", "b"])
    other = scores([2, 6, 7, 8], ["1", "2", "1", "8"], ["a", "a", "b", "b"])
    (found,) = covariances(one, other, [(number, number)])
    # stratum a: 2 x (-1 x -2 + 1 x 2) / 1; of stratum b only unit 1 is in both; the units called 1 of a and b are two
    assert (found.covariance, found.shared_units) == (8, 3)


def test_replicates_covary_by_the_products_of_their_deviations(tmp_path: Path) -> None:
    number = key(RATE)
    one, other = (
        Scores(SampledUnits(None, np.array(["1", "2"]), True), (number,), np.array([values]).T)
        for values in ([0.1, -0.2], [0.3, 0.1])
    )
    write_scores(one, tmp_path / "one.parquet")
    (found,) = covariances(read_scores(tmp_path / "one.parquet"), other, [(number, number)])
    assert found.covariance == pytest.approx(0.1 * 0.3 - 0.2 * 0.1)
    assert found.shared_units == 2
