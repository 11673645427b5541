"""The estimates against published figures (status R or D): the bounds that `make bench` prints, kept from slipping."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bench.regional import (
    MILLION,
    employment_lines,
    figure,
    fourth_lines,
    keeps_bounds,
    load_tables,
    margin_lines,
    published,
    third_lines,
    total,
)
from ilms.settings import Settings
from schemas.editions import load_editions
from transforms.regional.compare import naive_baseline, score
from transforms.regional.edition import Prepared, YearEstimate, estimate_year, prepare
from transforms.regional.inputs import Tables

pytestmark = [pytest.mark.mirror, pytest.mark.slow]
Prepare = Callable[[str], Prepared]


@pytest.fixture(scope="module")
def figures(mirror: Path) -> pd.DataFrame:
    return published(mirror)


@pytest.fixture(scope="module")
def tables(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> Tables:
    return load_tables(Settings(home=tmp_path_factory.mktemp("bench"), mirror=mirror))


@pytest.fixture(scope="module")
def third(tables: Tables) -> YearEstimate:
    editions = load_editions()
    return estimate_year(prepare(tables, editions.profile("2019"), editions.method), 2019)


@pytest.fixture(scope="module")
def fourth(tables: Tables) -> Prepared:
    editions = load_editions()
    return prepare(tables, editions.profile("2022"), editions.method)


@pytest.fixture(scope="module")
def scaled(fourth: Prepared, figures: pd.DataFrame) -> YearEstimate:
    migrants = figure(figures, 4, 2022, "international_migrants_15plus", "T")
    return estimate_year(fourth, 2022, scaled_to=migrants * MILLION)


def test_no_recalled_figure_is_used(figures: pd.DataFrame) -> None:
    assert set(figures["status_R_read_K_recall_D_derived"]) == {"R", "D"}


def test_the_margins_of_2019_are_those_published(third: YearEstimate, figures: pd.DataFrame) -> None:
    assert third.areas["area"].nunique() == 189
    outside = [line for line in margin_lines(third, figures) if not line.holds]
    assert outside == []


def test_the_fourth_edition_is_met_with_its_own_number_of_migrants(scaled: YearEstimate, figures: pd.DataFrame) -> None:
    outside = [line for line in fourth_lines(scaled, figures) if not line.holds]
    assert outside == []


def test_the_third_edition_is_met_for_men_and_known_to_be_higher_for_women(
    third: YearEstimate, figures: pd.DataFrame
) -> None:
    lines = {line.what: line for line in third_lines(third, figures)}
    men, women = lines["World, male"], lines["World, female"]
    assert men.ours == pytest.approx(men.published, rel=0.03)
    assert 5 < women.published - women.ours < 10


def test_employed_migrants_come_near_the_published_though_few_countries_report_unemployment(
    scaled: YearEstimate, figures: pd.DataFrame
) -> None:
    lines = {line.what: line for line in employment_lines(scaled, figures)}
    assert lines["Employed migrants"].ours == pytest.approx(lines["Employed migrants"].published, rel=0.02)
    men, women = (lines[f"Unemployment of migrants, {sex} (%)"] for sex in ("male", "female"))
    assert men.ours < women.ours
    assert all(abs(line.ours - line.published) < 2 for line in (men, women))


def test_areas_left_out_come_out_within_the_bounds_declared(
    third: YearEstimate, fourth: Prepared, tables: Tables
) -> None:
    editions = load_editions()
    latest = prepare(tables, editions.profile("latest"), editions.method)
    for estimate in (third, estimate_year(fourth, 2022), estimate_year(latest, 2022)):
        assert keeps_bounds(score(estimate.left_out))
    naive = score(estimate.left_out.assign(imputed=_everybody(estimate)))
    assert score(estimate.left_out)["weighted_absolute_error"] < 0.7 * naive["weighted_absolute_error"]


def _everybody(estimate: YearEstimate) -> pd.Series:
    """Participation of the whole population, in the order of the areas left out."""
    rates = estimate.areas.set_index(["area", "sex"])["participation"] * 100
    return rates.reindex(pd.MultiIndex.from_frame(estimate.left_out[["area", "sex"]])).reset_index(drop=True)


def test_the_combined_model_errs_less_than_each_of_those_that_it_combines(
    third: YearEstimate, scaled: YearEstimate
) -> None:
    for estimate in (third, scaled):
        models = estimate.models.groupby("model")
        errors = {str(name): score(table)["weighted_absolute_error"] for name, table in models}
        assert errors.keys() == {"cell_median", "mixed_effects", "ridge", "combined"}
        assert min(errors, key=lambda name: errors[name]) == "combined"


def test_theta_one_everywhere_is_a_weaker_estimate_of_men(scaled: YearEstimate, figures: pd.DataFrame) -> None:
    """The naive baseline misses the world's men by more than the bound that the estimate keeps."""
    baseline = naive_baseline(scaled.areas).set_index(["group", "sex"])["theta_one"].to_dict()
    men = figure(figures, 4, 2022, "migrant_labour_force", "M")
    assert abs(baseline["X01", "male"] / MILLION - men) > 0.03 * men
    assert abs(total(scaled, "migrant_labour_force", "male") - men) < 0.03 * men


def test_gulf_men_are_capped_and_flagged(scaled: YearEstimate) -> None:
    capped = scaled.areas[scaled.areas["flags"].str.contains("capped")]
    assert set(capped["region"]) == {"X36"}
    assert set(capped["sex"]) == {"male"}


def test_errors_declared_for_reports_are_those_that_series_show(tables: Tables) -> None:
    """Year-to-year differences of the 15-64 series: what editions.yaml declares is no smaller than half of it."""
    rates = tables.reported[(tables.reported["age"] == "15-64") & (tables.reported["basis"] == "foreign_born")]
    odds = (rates["migrant"] / (100 - rates["migrant"])) / (rates["non_migrant"] / (100 - rates["non_migrant"]))
    series = np.log(odds.set_axis(pd.MultiIndex.from_frame(rates[["area", "sex", "year"]])).sort_index())
    spread = series.groupby(["area", "sex"]).diff().std() / 2**0.5
    declared = load_editions().method.odds.errors["default"]
    assert 0.5 * spread < declared < 2 * spread
