"""Implausible waves stop: the weighted population against the United Nations', figures, a source's own limits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from sound_tables import CheckOne, Spoil

from expectations.gate import run_gate
from expectations.parameters import GateParameters
from ilms.authoring.world_population import read_world_population
from schemas.guard_faults import guard_faults
from schemas.guards import Guards
from schemas.loader import load_survey
from schemas.partition import Partition
from schemas.plausibility import OwnLimits, load_plausibility
from schemas.world_population import load_world_population, population_near

COPIES = "insert into t select t.* from t, range(199)"
OUTSIDE = {
    "share_of_oldest": "update t set age = 99 where age % 10 = 0",
    "unemployment_rate": "update t set labour_force_status = 'unemployed' where age > 20",
    "participation_rate": "update t set labour_force_status = 'outside' where age > 20",
    "employment_ratio": "update t set labour_force_status = 'employed' where age > 13",
    "mean_hours_actual": "update t set hours_actual = 3280 where labour_force_status = 'employed'",
    "mean_hours_usual": "update t set hours_usual = 3.5 where labour_force_status = 'employed'",
    "mean_earnings_to_median": """update t set monthly_earnings = case when age % 5 = 0 then 9999999 else 2000 end
        where labour_force_status = 'employed'""",
    "foreign_born_share": "update t set birth_status = 'foreign'",
    "non_citizen_share": "update t set citizenship_status = 'non_citizen'",
}


def test_every_figure_is_tried() -> None:
    assert OUTSIDE.keys() == load_plausibility().figures.keys()


@pytest.mark.parametrize("figure", OUTSIDE)
def test_a_figure_beyond_its_limits_stops(figure: str, good_core: Path, spoil: Spoil, check_one: CheckOne) -> None:
    result = check_one("core", spoil(good_core, COPIES, OUTSIDE[figure]), f"figure_plausible[{figure}]")

    assert not result.success
    assert "not checked" not in result.observed


def test_a_sample_too_small_to_tell_is_not_stopped(good_core: Path, spoil: Spoil, check_one: CheckOne) -> None:
    table = spoil(good_core, "update t set labour_force_status = 'employed' where labour_force_status = 'unemployed'")

    assert check_one("core", table, "figure_plausible[unemployment_rate]").success


@pytest.mark.parametrize(
    ("check", "fault", "found"),
    [
        (
            "numbers_mostly_in_range[hours_usual]",
            "update t set hours_usual = 4000 where age between 20 and 40 and hours_usual is not null",
            "per cent of the numbers outside",
        ),
        (
            "adults_mostly_in_universe",
            "update t set labour_force_status = 'not_in_universe' where age > 40",
            "51.8 per",
        ),
        (
            "arrivals_mostly_plausible",
            "update t set years_since_arrival = age + 10 where birth_status = 'foreign'",
            "100",
        ),
        ("residence_mostly_agrees_with_arrival", "update t set residence_one_year_ago = 'abroad'", "20 records that"),
    ],
)
def test_what_is_mostly_wrong_is_told_with_how_much(
    good_core: Path, spoil: Spoil, check_one: CheckOne, check: str, fault: str, found: str
) -> None:
    result = check_one("core", spoil(good_core, fault), check)

    assert not result.success
    assert found in result.observed


def test_limits_of_the_source_take_the_place_of_those_of_all(
    good_core: Path, spoil: Spoil, check_one: CheckOne, parameters: GateParameters
) -> None:
    table = spoil(good_core, COPIES, OUTSIDE["foreign_born_share"])
    wider = replace(parameters, own_limits=(("foreign_born_share", 0.0, 100.0),))

    assert check_one("core", table, "figure_plausible[foreign_born_share]", wider).success


def test_unscaled_weights_are_reported_with_the_figure_of_the_united_nations(
    good_core: Path, spoil: Spoil, parameters: GateParameters, tmp_path: Path
) -> None:
    table = spoil(good_core, "update t set weight = weight * 100")

    failures = run_gate(
        "core", table, parameters, output=tmp_path / "quality.parquet", data_docs=None
    ).critical_failures

    (failure,) = (each for each in failures if "population_not_too_large" in each)
    assert "at most 2 times that of the United Nations" in failure
    assert "persons, against 2,000 by the United Nations in 2020" in failure
    assert "Weights without their scale" in failure
    assert "`guards: plausible: population`" in failure


def test_a_population_that_cannot_be_compared_is_reported_as_unchecked(
    good_core: Path, parameters: GateParameters, tmp_path: Path
) -> None:
    none = replace(parameters, un_population=None, un_year=None, not_compared="none of ZZZ", not_compared_below="too")
    output = tmp_path / "quality.parquet"

    outcome = run_gate("core", good_core, none, output=output, data_docs=tmp_path / "docs")

    assert outcome.passed
    rows = {row["check_id"]: row for row in pq.read_table(output).to_pylist()}
    assert rows["population_not_too_large"]["success"] is None
    assert rows["population_not_too_large"]["observed"] == "not checked: none of ZZZ"
    assert rows["population_not_too_small"]["observed"] == "not checked: too"


def test_partial_coverage_has_an_upper_limit_only() -> None:
    survey = load_survey("ARG.eph")

    parameters = GateParameters.of(survey, Partition("ARG.eph", "2016-Q3"))

    assert parameters.un_population == population_near("ARG", 2016).persons  # type: ignore[union-attr]
    assert not parameters.complete
    assert parameters.not_compared_below == "the coverage is declared partial"


def test_an_area_without_a_figure_is_not_compared() -> None:
    survey = load_survey("ZZZ.synthetic")

    parameters = GateParameters.of(survey, Partition("ZZZ.synthetic", "2024"))

    assert parameters.un_population is None
    assert parameters.not_compared == "no population of ZZZ from the United Nations is available"


def test_figures_that_a_source_cannot_give_are_not_checked() -> None:
    told = GateParameters.of(load_survey("GHA.glss"), Partition("GHA.glss", "2005")).figures_told

    assert "unemployment_rate" not in told
    assert "non_citizen_share" in told


def test_an_own_limit_names_a_figure_and_says_why() -> None:
    survey = load_survey("ZZZ.synthetic")
    guards = Guards(plausible={"unemployement_rate": OwnLimits(minimum=0.01, because="so it is")})

    faults = list(guard_faults(survey.model_copy(update={"guards": guards})))

    assert any("unemployement_rate" in fault and "unemployment_rate" in fault for fault in faults)
    with pytest.raises(ValueError, match="because"):
        OwnLimits.model_validate({"minimum": 0.01})


def test_an_own_limit_below_the_other_is_a_fault() -> None:
    survey = load_survey("ZZZ.synthetic")
    guards = Guards(plausible={"unemployment_rate": OwnLimits(minimum=70, because="so it is")})

    assert list(guard_faults(survey.model_copy(update={"guards": guards}))) == [
        "guards: plausible, unemployment_rate: minimum 70 is not below maximum 60"
    ]


@pytest.mark.mirror
def test_the_populations_at_hand_are_those_of_the_benchmark(mirror: Path) -> None:
    kept = [
        (area, each.year, each.persons) for area, years in sorted(load_world_population().items()) for each in years
    ]

    assert list(read_world_population(mirror)) == kept
