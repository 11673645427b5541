"""The figures that surveys declare for their numbers: of benchmarks as fetched last, of other sources, or told."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_source import Declare
from small_world import PARTICIPATION, write_world

from ilms.regional.inputs import fetch_benchmark
from ilms.release.figures import declared_figures
from ilms.release.standing import Candidate
from schemas.partition import Partition
from schemas.survey import Survey
from warehouse.intake.access import Access
from warehouse.layout import Layout
from warehouse.release.inputs import DeclaredFigure, ReleasePartition

RATE = "MST_TEAP_SEX_AGE_CBR_RT"
NUMBER = {"indicator": RATE, "classif1": "AGE_YTHADULT_YGE15", "classif2": "CBR_BIR_TOTAL"}


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A home with the participation rates of a small world."""
    layout = Layout(tmp_path / "home")
    fetch_benchmark(layout, Access(mirror=write_world(tmp_path / "mirror")), "X01.participation")
    return layout


def survey(declare: Declare, *figures: dict[str, object]) -> Survey:
    return declare(figures=list(figures)).model_copy(update={"id": "AAA.lfs"})


def figures_of(layout: Layout, source: Survey, *items: ReleasePartition) -> list[DeclaredFigure]:
    return list(declared_figures(layout, [(source, [Candidate(item) for item in items])], memory_limit="1GB"))


def in_wave(wave: str) -> ReleasePartition:
    """A wave with numbers; which ones does not matter for what they are compared with."""
    cells = Path(f"{wave}.parquet")
    return ReleasePartition(Partition("AAA.lfs", wave), "ready", icls_basis="19", synthetic=False, cells=cells)


def test_a_benchmark_gives_the_figure_of_the_same_area_and_year(layout: Layout, declare: Declare) -> None:
    source = survey(declare, {"beside": ["participation_rate"], "per_cent": 2, "because": {"en": "towns only"}})
    now, later = figures_of(layout, source, in_wave("2022-Q3"), in_wave("2031"))
    men, women = (PARTICIPATION[sex]["15+"] for sex in "MF")
    assert now.value == pytest.approx((men + women) / 2), "as many women as men"
    assert (now.indicator, now.classif1, now.classif2, now.sex) == (*NUMBER.values(), "SEX_T")
    assert (now.published_by, now.published) == ("ILO modelled estimates of December 2025", "")
    assert (now.per_cent, now.errors, now.beyond, now.because) == (2, 3, "note", "towns only")
    assert later.value is None, "nothing is taken from another year"


def test_a_benchmark_that_was_never_fetched_has_no_figures(tmp_path: Path, declare: Declare) -> None:
    source = survey(declare, {"beside": ["participation_rate"]})
    (found,) = figures_of(Layout(tmp_path / "empty"), source, in_wave("2022"))
    assert found.value is None


def test_a_figure_that_is_told_and_one_of_another_source(layout: Layout, declare: Declare) -> None:
    told: dict[str, object] = {
        "value": 61.5,
        "se": 0.4,
        "reference": "Yearbook 2024, page 12",
        "waves": "2024",
        "numbers": [NUMBER],
    }
    other: dict[str, object] = {"published": "X01.eurostat_lfs", "waves": "2024", "numbers": [NUMBER], "beyond": "flag"}
    source = survey(declare, told, other)
    one, two = figures_of(layout, source, in_wave("2024"), in_wave("2023"))
    assert (one.value, one.se, one.published_by, one.published) == (61.5, 0.4, "Yearbook 2024, page 12", "")
    assert (two.value, two.published_by, two.published, two.beyond) == (None, "Eurostat", "X01.eurostat_lfs", "flag")


def test_a_partition_without_numbers_has_no_figures(layout: Layout, declare: Declare) -> None:
    failed = ReleasePartition(
        Partition("AAA.lfs", "2022"), "failed", icls_basis="19", synthetic=False, reason="the weights are not positive"
    )
    assert figures_of(layout, survey(declare, {"beside": ["participation_rate"]}), failed) == []
