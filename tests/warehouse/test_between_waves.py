"""Published numbers of a wave against those of the wave before: jumps are told, ordinary changes and breaks are not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from release_example import Row, candidate, cell, inputs

from schemas.catalogue import known_indicators
from schemas.codelists import all_codelists
from schemas.comparison import load_comparison
from schemas.partition import Partition
from warehouse.layout import Layout
from warehouse.release.between_waves import compare_waves
from warehouse.release.build import publish
from warehouse.release.checked import ReleaseCheck
from warehouse.release.database import open_release
from warehouse.release.facts import load_cells
from warehouse.release.over_time import compare_periods
from warehouse.release.precedence import rank_partitions, settle_precedence

UNEMPLOYMENT = "MST_TUNE_SEX_AGE_CBR_RT"
POPULATION = "MST_XWAP_SEX_AGE_CBR_NB"
BEFORE, NOW = (Partition("URY.ech", wave) for wave in ("2024-Q3", "2024-Q4"))
NATIVE, FOREIGN, UNKNOWN, TOTAL = (f"CBR_BIR_{each}" for each in ("NATIVE", "FOREIGN", "X", "TOTAL"))


def rate(of: Partition, value: float, n: int, se: float | None, classif2: str = FOREIGN, **other: Any) -> Row:
    return cell(of, UNEMPLOYMENT, classif2, value, n, se=se, **other)


def people(of: Partition, n: dict[str, int], *, women: int = 50) -> list[Row]:
    """Population of 15 years and over by place of birth: a thousand for each case, so many per cent of them women.

    The standard error is as of a simple random sample, the cases of the unknown are not needed.
    """
    counts = {**n, TOTAL: sum(n.values())}
    shares = {"SEX_T": 100, "SEX_F": women, "SEX_M": 100 - women}
    return [
        cell(of, POPULATION, code, cases * share / 100, cases * share // 100, sex=sex, se=(cases * share / 100) ** 0.5)
        for code, cases in counts.items()
        for sex, share in shares.items()
    ]


def compared(
    folder: Path, before: Iterable[Row], now: Iterable[Row], **other: Any
) -> tuple[dict[str, ReleaseCheck], list[tuple[str, ...]]]:
    """The checks of the later wave by name, and the numbers with a note: indicator, sex, class and the note."""
    partitions = [candidate(folder, list(before)), candidate(folder, list(now), earlier=BEFORE.wave, **other)]
    with duckdb.connect() as connection:
        load_cells(connection, partitions)
        rank_partitions(connection, partitions)
        settle_precedence(connection, partitions)
        compare_periods(connection, partitions)
        results = compare_waves(connection, partitions)
        noted = connection.execute(
            "select indicator, sex, classif2, wave, note_classif from cell"
            " where starts_with(note_classif, 'Quality') order by all"
        ).fetchall()
    assert {each.wave for each in results} <= {NOW.wave}
    assert {wave for *_, wave, _ in noted} <= {NOW.wave}, "the earlier wave says nothing"
    return {each.check_id: each for each in results}, [(*key, note) for *key, _, note in noted]


def verdict(folder: Path, before: Iterable[Row], now: Iterable[Row], check: str, **other: Any) -> bool | None:
    return compared(folder, before, now, **other)[0][check].success


def test_a_rate_that_falls_to_a_fifth_says_so(tmp_path: Path) -> None:
    results, noted = compared(
        tmp_path,
        [rate(BEFORE, 6.97, 46, 1.50), rate(BEFORE, 7.1, 900, 0.3, NATIVE)],
        [rate(NOW, 1.30, 13, 0.64), rate(NOW, 6.9, 880, 0.3, NATIVE)],
    )
    found = results["headline_numbers"]
    said = "was 7.0 in 2024-Q3 with 46 cases and is 1.3 with 13: a change by 3.5 standard errors, no break declared"
    assert (found.success, found.checked, found.unexpected) == (False, 2, 1)
    assert found.observed == f"{UNEMPLOYMENT} SEX_T {FOREIGN} {said}"
    assert noted == [(UNEMPLOYMENT, "SEX_T", FOREIGN, f"Quality: {said}")]


@pytest.mark.parametrize(
    ("before", "now", "why"),
    [
        ((6.97, 46, 1.50), (5.20, 35, 1.30), "within the errors"),
        ((6.97, 46, 1.50), (1.30, 13, 1.60), "a fifth, but the errors are large"),
        ((60.0, 900, 1.0), (52.0, 800, 1.0), "significant, but not twice or half"),
        ((0.2, 40, 0.05), (0.8, 160, 0.1), "four times, but less than a point"),
        ((2.0, 40, 0.1), (1.0, 20, 0.05), "exactly at the limits is beyond them"),
    ],
)
def test_all_limits_must_be_exceeded(
    tmp_path: Path, before: tuple[float, int, float], now: tuple[float, int, float], why: str
) -> None:
    found = verdict(tmp_path, [rate(BEFORE, *before)], [rate(NOW, *now)], "headline_numbers")
    assert found is (why != "exactly at the limits is beyond them"), why


def test_a_rate_that_falls_to_nobody_has_no_error_of_its_own_and_is_beyond_those_of_the_other(tmp_path: Path) -> None:
    assert verdict(tmp_path, [rate(BEFORE, 7.0, 46, 1.5)], [rate(NOW, 0.0, 0, None)], "headline_numbers") is False


@pytest.mark.parametrize(
    ("before", "now"),
    [((7.0, 29, 1.5), (1.0, 4, 0.5)), ((7.0, 46, None), (1.0, 13, 0.5))],
)
def test_few_cases_or_no_standard_error_are_not_judged_and_say_so(
    tmp_path: Path, before: tuple[float, int, float | None], now: tuple[float, int, float]
) -> None:
    results, noted = compared(tmp_path, [rate(BEFORE, *before)], [rate(NOW, *now)])
    found = results["headline_numbers"]
    assert (found.success, found.checked, noted) == (None, 0, [])
    assert found.observed.startswith("no figure has 30 cases in one of the two waves")


def test_the_unknown_are_judged_by_their_share_alone(tmp_path: Path) -> None:
    before, now = rate(BEFORE, 9.0, 90, 0.5, UNKNOWN), rate(NOW, 1.0, 40, 0.1, UNKNOWN)
    assert compared(tmp_path, [before], [now]) == ({}, [])


def test_across_a_declared_break_nothing_is_compared_and_the_check_says_why(tmp_path: Path) -> None:
    before, now = [rate(BEFORE, 6.97, 46, 1.5)], [rate(NOW, 1.3, 13, 0.64, obs_status="B")]
    results, noted = compared(tmp_path, before, now, since_break=True)
    found = results["headline_numbers"]
    assert (found.success, found.checked, found.unexpected, noted) == (None, 0, 0, [])
    assert found.observed == "not compared with 2024-Q3: a break in series is declared between them"


def test_an_ordinary_wave_passes_every_check(tmp_path: Path) -> None:
    before = people(BEFORE, {NATIVE: 9_000, FOREIGN: 1_000, UNKNOWN: 20})
    now = people(NOW, {NATIVE: 8_600, FOREIGN: 1_100, UNKNOWN: 30}, women=52)
    results, noted = compared(tmp_path, before, now)
    assert {name: each.success for name, each in results.items()} == dict.fromkeys(
        load_comparison().between_waves.checks, True
    )
    assert noted == []


def test_a_group_whose_sample_shrinks_says_so_at_its_numbers_alone(tmp_path: Path) -> None:
    before = [*people(BEFORE, {NATIVE: 9_000, FOREIGN: 1_000}), rate(BEFORE, 7.0, 70, 0.8)]
    fewer = {"n": 600}
    now = [
        *(row | fewer if (row["classif2"], row["sex"]) == (FOREIGN, "SEX_T") else row
          for row in people(NOW, {NATIVE: 9_000, FOREIGN: 1_000})),
        rate(NOW, 7.0, 42, 1.0),
        rate(NOW, 7.0, 640, 0.2, NATIVE),
    ]  # fmt: skip
    results, noted = compared(tmp_path, before, now)
    assert [name for name, each in results.items() if each.success is False] == ["sample_size"]
    said = f"Quality: population, AGE_YTHADULT_YGE15 SEX_T {FOREIGN}, had 1,000 sample cases in 2024-Q3 and has 600"
    assert {(indicator, code, note) for indicator, _, code, note in noted} == {
        (POPULATION, FOREIGN, said),
        (UNEMPLOYMENT, FOREIGN, said),
    }


def test_more_unknown_say_so_at_every_number_of_the_classification(tmp_path: Path) -> None:
    before = people(BEFORE, {NATIVE: 9_000, FOREIGN: 1_000})
    now = [
        *people(NOW, {NATIVE: 8_700, FOREIGN: 960, UNKNOWN: 340}),
        cell(NOW, "MST_TEAP_SEX_AGE_CCT_RT", "CCT_CIT_NONCIT", 70.0, 700),
    ]
    results, noted = compared(tmp_path, before, now)
    assert [name for name, each in results.items() if each.success is False] == ["share_unknown"]
    assert {code for _, _, code, _ in noted} == {NATIVE, FOREIGN, UNKNOWN, TOTAL}
    assert noted[0][-1].endswith("unknown for 0.0 per cent in 2024-Q3 and for 3.4")


@pytest.mark.parametrize(
    ("n", "women", "concerned"),
    [
        ({NATIVE: 8_400, FOREIGN: 1_600}, 50, {"SEX_T", "SEX_F", "SEX_M"}),
        ({NATIVE: 9_000, FOREIGN: 1_000}, 62, {"SEX_F", "SEX_M"}),
    ],
)
def test_more_migrants_or_more_women_among_them_say_so(
    tmp_path: Path, n: dict[str, int], women: int, concerned: set[str]
) -> None:
    before = people(BEFORE, {NATIVE: 9_000, FOREIGN: 1_000})
    same_size = {"SEX_T": 1_000, "SEX_F": 500, "SEX_M": 500}  # the sample itself is looked at by another check
    now = [row | {"n": same_size[row["sex"]]} for row in people(NOW, n, women=women)]
    before = [row | {"n": same_size[row["sex"]]} for row in before]
    results, noted = compared(tmp_path, before, now)
    assert [name for name, each in results.items() if each.success is False] == ["composition"]
    assert {sex for _, sex, code, _ in noted if code == FOREIGN} == concerned


def test_what_is_withheld_is_not_looked_at_and_counts_of_a_protected_source_are_not_told(tmp_path: Path) -> None:
    before = [rate(BEFORE, 6.97, 46, 1.5), rate(BEFORE, 8.0, 60, 1.5, TOTAL)]
    withheld = rate(NOW, 1.3, 13, 0.64) | {"obs_value": None, "se": None, "n": None, "obs_status": "C"}
    now = [withheld, rate(NOW, 1.0, 10, 0.3, TOTAL)]
    results, noted = compared(tmp_path, before, now, protection="suppression")
    found = results["headline_numbers"]
    assert (found.success, found.checked, found.unexpected) == (False, None, None)
    assert "7.0" not in found.observed and "8.0" not in found.observed
    assert [code for _, _, code, _ in noted] == [TOTAL]


def test_a_release_shows_the_checks_and_the_note_and_leaves_values_as_they_are(tmp_path: Path) -> None:
    rows = [rate(BEFORE, 6.97, 46, 1.5)], [rate(NOW, 1.3, 13, 0.64)]
    first, second = (candidate(tmp_path / "inputs", each) for each in rows)
    to_publish = inputs([first, replace(second, earlier=BEFORE.wave)])
    layout = Layout(tmp_path / "home")
    publish(layout, to_publish)
    with open_release(layout.current()) as connection:
        values = connection.execute("select wave, obs_value, note_classif <> '' from observation").fetchall()
        found = connection.execute(
            "select wave, stage, check_id, severity, checked, unexpected, belongs_to from checks_not_met"
        ).fetchall()
    assert values == [("2024-Q3", 6.97, False), ("2024-Q4", 1.3, True)]
    assert found == [("2024-Q4", "waves", "headline_numbers", "warning", 1, 1, "published")]


def test_what_is_declared_to_be_compared_exists() -> None:
    declared = load_comparison().between_waves
    codes = {code.code for codelist in all_codelists() for code in codelist.codes}
    assert {declared.age, declared.both_sexes, *declared.totals, *declared.unknown} <= codes
    assert {*declared.numbers, *declared.population} <= known_indicators()
