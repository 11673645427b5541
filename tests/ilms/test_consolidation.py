"""A year in a release: there when its four quarters are ready, and not before."""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from small_source import Declare

from ilms.pipeline.stages import run_partition
from ilms.release.candidates import release_inputs
from ilms.release.consolidation import consolidate_sources
from ilms.release.periods_side_by_side import consolidate_side_by_side
from ilms.release.publish import publish_release
from ilms.settings import Settings
from schemas.partition import Partition
from warehouse.release.inputs import ReleasePartition

SOURCE = "ZZZ.small"
QUARTERS = [f"2016-Q{quarter}" for quarter in range(1, 5)]
EMPLOYED = (
    "source = 'BA:ZZZ.small' and indicator = 'MST_TEMP_SEX_AGE_CBR_NB' and sex = 'SEX_T'"
    " and classif1 = 'AGE_YTHADULT_YGE15' and classif2 = 'CBR_BIR_TOTAL'"
)


def survey_file(seed: int, records: int = 150) -> str:
    """A made-up quarter: three strata of four PSUs."""
    draw = random.Random(seed)
    lines = ["id,str,psu,w,sexcode,years,born,act"]
    for number in range(records):
        answers = f"{draw.choice('12')},{draw.randint(15, 85)},{draw.choice('112')},{draw.choice('1111233')}"
        lines.append(f"p{number},s{number % 3},u{number % 12},{draw.uniform(50, 150):.4f},{answers}")
    return "\n".join(lines) + "\n"


def offered_year(settings: Settings) -> ReleasePartition:
    (year,) = (
        each
        for each in release_inputs(settings.layout, settings.profile, None).partitions
        if each.partition == Partition(SOURCE, "2016")
    )
    return year


def declared_quarters(folder: Path, declare: Declare, quarters: Sequence[str]) -> Settings:
    """The settings of a home in which a survey of independent quarters is declared; their files are still to come."""
    waves = {wave: {"files": [{"name": "lfs.csv", "mirror": f"{wave}.csv"}]} for wave in quarters}
    consolidate = {"to": ["annual"], "periods": "independent"}
    declare(SOURCE, waves=waves, cadence="quarterly", consolidate=consolidate, fetch={"size_change": 1000})
    (folder / "mirror").mkdir()
    return Settings(home=folder / "home", mirror=folder / "mirror")


@pytest.mark.slow
def test_a_year_is_published_once_its_four_quarters_are_ready(tmp_path: Path, declare: Declare) -> None:
    settings = declared_quarters(tmp_path, declare, QUARTERS)

    for number, wave in enumerate(QUARTERS):
        consolidate_sources(settings.layout, settings.profile, None, memory_limit=settings.memory_limit)
        year = offered_year(settings)
        assert year.state == "skipped"
        awaited = f"and not all are ready: {', '.join(QUARTERS[number:])}" if number else "none of which is ready"
        assert year.reason == f"It is the average of 4 waves, {awaited}."
        (tmp_path / "mirror" / f"{wave}.csv").write_text(survey_file(number))
        assert len(list(run_partition(settings, f"{SOURCE}|{wave}"))) == 3

    publish_release(settings)
    made = settings.layout.cells(Partition(SOURCE, "2016"))
    written = made.stat().st_mtime_ns
    consolidate_sources(settings.layout, settings.profile, None, memory_limit=settings.memory_limit)
    assert made.stat().st_mtime_ns == written, "nothing new, nothing done"
    with duckdb.connect(str(settings.layout.current() / "warehouse.duckdb"), read_only=True) as connection:
        found = connection.execute(f"select time, obs_value, n, se from observation where {EMPLOYED}").fetchall()
    ((_, value, n, se),) = (row for row in found if row[0] == "2016")
    quarters = [row for row in found if row[0] != "2016"]
    assert len(quarters) == 4
    assert value == pytest.approx(sum(row[1] for row in quarters) / 4, rel=1e-12)
    assert n == sum(row[2] for row in quarters)
    assert se == pytest.approx(sum(row[3] ** 2 for row in quarters) ** 0.5 / 4, rel=1e-9), "independent periods"


@pytest.mark.slow
def test_years_made_side_by_side_are_those_made_one_after_the_other(tmp_path: Path, declare: Declare) -> None:
    quarters = [f"{year}-Q{quarter}" for year in (2016, 2017) for quarter in range(1, 5)]
    settings = declared_quarters(tmp_path, declare, quarters)
    for number, wave in enumerate(quarters):
        (tmp_path / "mirror" / f"{wave}.csv").write_text(survey_file(number))
        list(run_partition(settings, f"{SOURCE}|{wave}"))
        assert settings.layout.profile(Partition(SOURCE, wave)).is_file(), "a release finds it made"
    apart = replace(settings, home=tmp_path / "apart")
    shutil.copytree(settings.home, apart.home)

    consolidate_sources(settings.layout, settings.profile, None, memory_limit=settings.memory_limit)
    said: list[str] = []
    consolidate_side_by_side(apart, 2, said.append)

    assert [line.split(": ")[0] for line in sorted(said)] == [f"{SOURCE}|2016", f"{SOURCE}|2017"]
    for year in ("2016", "2017"):
        one, two = (each.layout.cells(Partition(SOURCE, year)).read_bytes() for each in (settings, apart))
        assert one == two


@pytest.mark.slow
def test_a_year_of_a_panel_is_not_made_as_independent_and_tells_persons_from_records(
    tmp_path: Path, declare: Declare
) -> None:
    waves = {wave: {"files": [{"name": "lfs.csv", "mirror": f"{wave}.csv"}]} for wave in QUARTERS}

    def declared(periods: str) -> None:
        declare(SOURCE, waves=waves, cadence="quarterly", consolidate={"to": ["annual"], "periods": periods})

    declared("independent")
    settings = Settings(home=tmp_path / "home", mirror=tmp_path / "mirror")
    (tmp_path / "mirror").mkdir()
    for number, wave in enumerate(QUARTERS):
        # the same persons in all quarters, and one more in each: files that are all the same are refused
        (tmp_path / "mirror" / f"{wave}.csv").write_text(survey_file(0, 150 + number))
        assert len(list(run_partition(settings, f"{SOURCE}|{wave}"))) == 3

    consolidate_sources(settings.layout, settings.profile, None, memory_limit=settings.memory_limit)
    refused = offered_year(settings)
    assert refused.state == "failed"
    assert "declared independent, and have persons in common: their 606 records are of 153 persons" in refused.reason

    declared("same_units")
    publish_release(settings)
    with duckdb.connect(str(settings.layout.current() / "warehouse.duckdb"), read_only=True) as connection:
        counts = f"select persons, distinct_persons from partition where source = '{SOURCE}' order by wave"
        assert connection.execute(counts).fetchall() == [(606, 153), (150, None), (151, None), (152, None), (153, None)]
        notes = f"select note_source from observation where {EMPLOYED} and time = '2016'"
        assert "the 606 records are of 153 persons, 152 of whom are in several waves" in str(
            connection.execute(notes).fetchall()
        )


def test_no_year_of_a_protected_source_is_made_that_would_reveal_a_quarter(tmp_path: Path, declare: Declare) -> None:
    waves = {wave: {"files": [{"name": "lfs.csv", "mirror": f"{wave}.csv"}]} for wave in QUARTERS}
    consolidate = {"to": ["annual"], "periods": "independent"}
    declare(SOURCE, waves=waves, cadence="quarterly", consolidate=consolidate, protection="suppression")
    year = offered_year(Settings(home=tmp_path / "home"))
    assert year.state == "skipped"
    assert "any quarter could be worked out from the year and the others" in year.reason
