"""Two sources with the same indicator of an area and period: the higher priority gives it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from release_example import Row, candidate, cell, inputs, source_row, uruguay, write_rows

from schemas.partition import Partition
from schemas.tables import OBSERVATION
from warehouse.layout import Layout
from warehouse.release.build import PublishResult, publish
from warehouse.release.database import open_release
from warehouse.release.inputs import ReleasePartition

SURVEY, REGISTER = "URY.ech", "URY.permits"
SHARED, OWN = "MST_TEAP_SEX_AGE_CBR_RT", "MST_TEAP_SEX_AGE_CCT_RT"


def register(name: str = REGISTER, **other: Any) -> list[Row]:
    """A register of 2018 that gives an indicator of the survey too, and one by citizenship."""
    permits = Partition(name, "2018")
    return [
        cell(permits, SHARED, "CBR_BIR_X", 50.0, 90, **other),
        cell(permits, OWN, "CCT_CIT_NONCIT", 71.0, 900, **other),
    ]


def release(folder: Path, *candidates: ReleasePartition, **other: Any) -> PublishResult:
    return publish(Layout(folder / "home"), inputs(list(candidates), **other))


def ask(result: PublishResult, query: str) -> list[tuple[Any, ...]]:
    with open_release(result.folder) as connection:
        return connection.execute(query).fetchall()


def givers(result: PublishResult, indicator: str) -> list[str]:
    query = f"select distinct split_part(source, ':', 2) from observation where indicator = '{indicator}' order by 1"
    return [name for (name,) in ask(result, query)]


@pytest.mark.parametrize(
    ("priority", "first", "because"),
    [
        (60, REGISTER, "its priority is 60, this one's 50"),
        (40, SURVEY, "its priority is 50, this one's 40"),
        (50, SURVEY, "both have priority 50 and it comes first by name; declare different priorities"),
    ],
)
def test_only_the_indicator_that_both_give_is_left_to_the_one_of_higher_priority(
    tmp_path: Path, priority: int, first: str, because: str
) -> None:
    kinds = [source_row(SURVEY), source_row(REGISTER) | {"kind": "register"}]
    candidates = candidate(tmp_path, uruguay()), candidate(tmp_path, register(), priority=priority)
    result = release(tmp_path, *candidates, sources=kinds)
    assert givers(result, SHARED) == [first]
    assert givers(result, OWN) == [REGISTER]
    assert givers(result, "MST_TUNE_SEX_AGE_CBR_RT") == givers(result, "MST_TEMP_SEX_AGE_CBR_NB") == [SURVEY]

    outcomes = {outcome.source: outcome for outcome in result.partitions}
    (second,) = {SURVEY, REGISTER} - {first}
    assert [outcomes[name].state for name in (first, second)] == ["published", "published"]
    assert outcomes[first].reason == ""
    said = f"{first}|2018 gives 1 indicator(s) of the same area and period and goes first: {because}"
    assert outcomes[second].reason == said
    assert outcomes[second].cells == len(ask(result, f"select * from observation where source = 'BA:{second}'"))
    query = (
        f"select indicator, state, reason from availability where source = '{second}' and reason_code = 'superseded'"
    )
    assert ask(result, query) == [(SHARED, "not_produced", f"{first}|2018 gives it too and goes first: {because}")]


def test_a_source_with_nothing_else_is_superseded(tmp_path: Path) -> None:
    result = release(tmp_path, candidate(tmp_path, uruguay()), candidate(tmp_path, register()[:1], priority=10))
    assert ask(result, "select source, cells from partition where state = 'superseded'") == [(REGISTER, 0)]
    assert givers(result, SHARED) == [SURVEY]


def test_real_data_go_before_synthetic_data_of_the_same_priority(tmp_path: Path) -> None:
    made_up = register("URY.early")
    result = release(tmp_path, candidate(tmp_path, uruguay()), candidate(tmp_path, made_up, synthetic=True))
    assert givers(result, SHARED) == [SURVEY]
    (reason,) = (outcome.reason for outcome in result.partitions if outcome.source == "URY.early")
    assert "both have priority 50 and this one is synthetic" in reason


def test_of_three_sources_each_indicator_is_given_by_the_first_that_has_it(tmp_path: Path) -> None:
    third = [{**row, "source": "BA:URY.late"} for row in register()]
    candidates = [
        candidate(tmp_path, uruguay(), priority=90),
        candidate(tmp_path, register(), priority=50),
        candidate(tmp_path, third, priority=10),
    ]
    result = release(tmp_path, *candidates)
    assert (givers(result, SHARED), givers(result, OWN)) == ([SURVEY], [REGISTER])
    (reason,) = ask(result, "select reason from partition where state = 'superseded' and source = 'URY.late'")
    assert reason[0].count("goes first") == 2, "it leaves one indicator to each of the others"


def test_another_period_or_area_of_the_same_indicator_is_published(tmp_path: Path) -> None:
    """A source with several years in one wave, and one for many countries."""
    rows = [
        row | {"time": time, "ref_area": area}
        for row in register()
        for time, area in (("2018", "URY"), ("2017", "URY"), ("2018", "BRA"))
    ]
    result = release(tmp_path, candidate(tmp_path, uruguay()), candidate(tmp_path, rows, priority=10, worldwide=True))
    query = f"""select ref_area, time from observation
        where indicator = '{SHARED}' and source = 'BA:{REGISTER}' order by all"""
    assert ask(result, query) == [("BRA", "2018"), ("URY", "2017")]
    query = f"select state, cells, reason from availability where indicator = '{SHARED}' and source = '{REGISTER}'"
    ((state, cells, reason),) = ask(result, query)
    assert (state, cells) == ("published", 2)
    assert reason.startswith(f"not for URY 2018: {SURVEY}|2018 gives it too and goes first")


def test_tables_by_country_of_what_is_left_to_another_are_left_out_too(tmp_path: Path) -> None:
    detail = write_rows(tmp_path / "detail.parquet", OBSERVATION, register())
    candidates = candidate(tmp_path, uruguay()), candidate(tmp_path, register(), priority=10, detail=detail)
    result = release(tmp_path, *candidates)
    assert ask(result, "select distinct indicator from observation_detail") == [(OWN,)]
