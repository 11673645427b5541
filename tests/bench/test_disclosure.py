"""The attacker works out whatever a release gives away, and nothing from one that gives nothing away."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from attacked_survey import (
    ACTIVE,
    EMPLOYED,
    EVERYBODY,
    GUARDED,
    UNEMPLOYED,
    Key,
    count,
    counted,
    counts,
    evidence,
    share,
)

from bench.disclosure.elsewhere import shown_elsewhere
from bench.disclosure.evidence import read_evidence
from bench.disclosure.judge import Findings, judge
from bench.disclosure.release import Row
from bench.disclosure.releases import told
from bench.disclosure.universe import Squaring
from schemas.protection import load_protection

MEN: Key = ("SEX_M", "CBR_BIR_FOREIGN")
WOMEN: Key = ("SEX_F", "CBR_BIR_FOREIGN")
RATE = "MST_TUNE_SEX_AGE_CBR_RT"
TABLES = (EMPLOYED, UNEMPLOYED, ACTIVE)


def attacked(folder: Path, rows: list[Row], protection: str = "suppression") -> Findings:
    """What the attacker gets out of rows."""
    return judge(evidence(folder, rows), rows, load_protection(protection))


def test_nothing_comes_out_where_enough_is_withheld(tmp_path: Path) -> None:
    """Three men and two women are unemployed and foreign-born: that they are five is published, and not how many of
    each sex."""
    found = attacked(tmp_path, counts(TABLES, GUARDED))
    assert (found.withheld, found.unsafe) == (8, 2)
    assert (found.exact, found.inside, found.untried, found.shown, found.differences) == (0, 0, 0, 0, 0)
    assert found.leaks == 0


def of_women(number: float, n: int | None = None) -> Row:
    """The unemployment rate of foreign-born women: its value, or the number of its cases."""
    return share(RATE, WOMEN, number, n)


UNEMPLOYED_WOMEN, ACTIVE_WOMEN = sum(counted(UNEMPLOYED, WOMEN)), sum(counted(ACTIVE, WOMEN))


@pytest.mark.parametrize(
    "given_away",
    [
        pytest.param(share(RATE, WOMEN, None, n=2), id="the cases of a rate are those of its numerator"),
        pytest.param(of_women(100 * UNEMPLOYED_WOMEN / ACTIVE_WOMEN), id="a rate times its published denominator"),
        pytest.param(count(EMPLOYED, MEN), id="the labour force less those who have work"),
        pytest.param(count(EMPLOYED, WOMEN), id="and of the other sex, by the total"),
        pytest.param(count(UNEMPLOYED, ("SEX_M", "CBR_BIR_NATIVE")), id="a margin less the rest of it"),
    ],
)
def test_each_way_to_work_out_a_withheld_number_is_found(tmp_path: Path, given_away: Row) -> None:
    """What one more number gives away: both sexes come out, as their sum is known."""
    rows = [
        row for row in counts(TABLES, GUARDED) if (row.indicator, row.key) != (given_away.indicator, given_away.key)
    ]
    found = attacked(tmp_path, [*rows, given_away])
    assert (found.exact_few, found.inside) == (2, 2)


def test_a_population_is_the_class_that_it_equals(tmp_path: Path) -> None:
    """The share of the foreign-born says how many there are, also where their count is withheld."""
    hidden = {
        (EVERYBODY, (sex, birth)) for sex in ("SEX_M", "SEX_F") for birth in ("CBR_BIR_NATIVE", "CBR_BIR_FOREIGN")
    }
    rows = counts([EVERYBODY], hidden)
    assert attacked(tmp_path, rows).exact == 0
    of_men = Row("observation", "MST_WFOR_SEX_AGE_RT", ("SEX_M", "AGE_YTHADULT_YGE15", ""), "", None, 22, *[None] * 4)
    assert attacked(tmp_path, [*rows, of_men]).exact == len(hidden)


def test_degrees_of_freedom_are_the_cases_of_the_denominator(tmp_path: Path) -> None:
    """With persons as sampling units, 9 degrees of freedom are 10 persons in the labour force."""
    rows = [share(RATE, WOMEN, None, degrees=9)]
    read = evidence(tmp_path, rows)
    assert read.cases == {}  # the declared design has strata and sampling units
    read.universe.squaring = Squaring(persons=151, effect=1)
    assert [said.number for said in read_evidence(read.universe, rows).cases.values()] == [10]


def test_what_two_published_numbers_leave_over_is_found(tmp_path: Path) -> None:
    """Fourteen foreign-born women of working age and ten in the labour force: four are outside, in no row."""
    found = attacked(tmp_path, counts((ACTIVE, EVERYBODY)))
    assert (found.withheld, found.differences) == (0, 1)
    assert found.examples == [
        "in no row: 4 = [MST_XWAP_SEX_AGE_CBR_NB SEX_F AGE_YTHADULT_YGE15 CBR_BIR_FOREIGN]"
        " - [MST_TEAP_SEX_AGE_CBR_NB SEX_F AGE_YTHADULT_YGE15 CBR_BIR_FOREIGN]"
    ]


def test_a_withheld_number_that_can_hardly_vary_is_found(tmp_path: Path) -> None:
    """Where the total is 2, each of two withheld numbers that are not zero is 1: nothing else fits."""
    hidden = {(UNEMPLOYED, (sex, "CBR_BIR_FOREIGN")) for sex in ("SEX_M", "SEX_F")}
    rows = [row for row in counts([UNEMPLOYED], hidden) if "CBR_BIR_FOREIGN" in row.key]
    assert attacked(tmp_path, rows).inside == 0
    rows = [row for row in rows if row.key[0] != "SEX_T"]
    total = count(UNEMPLOYED, ("SEX_T", "CBR_BIR_FOREIGN"), n=3, value=330.0)
    assert attacked(tmp_path, [*rows, total]).inside == 2


def test_a_value_that_keeps_the_mean_weight_gives_the_count(tmp_path: Path) -> None:
    """Counts moved by a case or two, with values at the exact mean weight: total, men and women give the counts."""
    moves = {"SEX_T": 1, "SEX_M": -1, "SEX_F": 2}
    rows = []
    for sex, move in moves.items():
        for birth in ("CBR_BIR_TOTAL", "CBR_BIR_NATIVE", "CBR_BIR_FOREIGN"):
            weights = counted(EVERYBODY, (sex, birth))
            n = len(weights) + move
            rows.append(count(EVERYBODY, (sex, birth), n=n, value=sum(weights) / len(weights) * n))
    read = attacked(tmp_path, rows, "cell_key").readable
    assert len(read.weights) == len(rows)
    assert read.answers[0] == read.answers[1] > 0
    assert len(read.counts) == 2 * len(moves)  # the parts of three sums that just one pair of counts fits
    rounded = [
        count(row.indicator, (row.key[0], row.key[2]), n=row.n, value=round(row.value or 0) * 1000.0) for row in rows
    ]
    read = attacked(tmp_path, rounded, "cell_key").readable
    assert (read.weights, read.counts) == (set(), set())


def test_equal_values_across_tables_single_out_a_person(tmp_path: Path) -> None:
    """A cell of 5 that stands for one person carries five times his weight, wherever he is counted."""
    lone = counted(UNEMPLOYED, WOMEN)[0]
    rows = [count(name, WOMEN, n=5, value=5 * lone) for name in (UNEMPLOYED, ACTIVE, EVERYBODY)]
    (found,) = attacked(tmp_path, rows, "rounding").readable.profiles
    assert (found.sets, found.n, found.persons) == (3, 5, (2, 14))
    assert found.indicators == tuple(sorted((UNEMPLOYED, ACTIVE, EVERYBODY)))
    moved = [count(name, WOMEN, n=5, value=500.0) for name in (UNEMPLOYED, ACTIVE, EVERYBODY)]
    assert attacked(tmp_path, moved, "rounding").readable.profiles == []
    of_many = [count(name, WOMEN, n=20, value=20 * lone) for name in (UNEMPLOYED, ACTIVE, EVERYBODY)]
    assert attacked(tmp_path, of_many, "rounding").readable.profiles == []  # 20 cases are never made of one


def test_the_same_persons_with_other_noise_can_be_averaged(tmp_path: Path) -> None:
    """Two rows about the foreign-born with different counts."""
    of_men = Row("observation", "MST_WFOR_SEX_AGE_RT", ("SEX_M", "AGE_YTHADULT_YGE15", ""), "", None, 21, *[None] * 4)
    rows = [count(EVERYBODY, MEN, n=23), count(EVERYBODY, ("SEX_M", "CBR_BIR_TOTAL")), of_men]
    assert len(attacked(tmp_path, rows, "cell_key").readable.averaged) == 1


def test_two_releases_tell_what_one_withholds(tmp_path: Path) -> None:
    """One release withholds the unemployed, the other those who have work; and a man less is one man."""
    half = {each for each in GUARDED if each[0] == UNEMPLOYED}
    before, after = (evidence(tmp_path, counts([UNEMPLOYED], hidden)) for hidden in (half, ()))
    assert told(before, before).leaks == 0
    assert (told(before, after).let_out, told(before, after).let_out_few) == (4, 2)
    one_less = evidence(tmp_path, [count(ACTIVE, MEN, n=14)])
    assert told(evidence(tmp_path, [count(ACTIVE, MEN)]), one_less).changed_by_few == 1


def test_a_confidential_number_in_a_file_of_sdmx_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "sdmx"
    folder.mkdir()
    (tmp_path / "warehouse.duckdb").touch()
    heading = "OBS_VALUE,OBS_STATUS,SAMPLE_SIZE,STANDARD_ERROR,UPPER_BOUND,LOWER_BOUND\n"
    safe, open_ = folder / "SAFE.v2.csv.gz", folder / "OPEN.v2.csv.gz"
    safe.write_bytes(gzip.compress(f"{heading},C,,,,\n1.5,A,7,,,\n".encode()))
    assert shown_elsewhere(tmp_path) == []
    open_.write_bytes(gzip.compress(f"{heading},C,3,,,\n".encode()))
    assert shown_elsewhere(tmp_path) == [str(open_)]
    xml = folder / "OPEN.xml.gz"
    xml.write_bytes(gzip.compress(b'<Obs TIME_PERIOD="2024" OBS_STATUS="C" LOWER_BOUND="2"/>'))
    assert shown_elsewhere(tmp_path) == [str(open_), str(xml)]
