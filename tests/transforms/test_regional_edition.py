"""Imputation, aggregates, intervals and change: a world whose odds ratios are known is recovered as it was made."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from odds import odds_ratio
from small_world import AREAS, REPORTING, row_of, tables_of, unemployment, write_world

from schemas.editions import Imputation, load_editions
from schemas.errors import InputError
from transforms.regional.activities import by_activity, choose_structures, rake
from transforms.regional.aggregate import WORLD, aggregate, aggregate_ages
from transforms.regional.by_age import by_age
from transforms.regional.change import contributions
from transforms.regional.compare import naive_baseline, score
from transforms.regional.edition import (
    Prepared,
    YearEstimate,
    aggregates_of,
    estimate_year,
    prepare,
)
from transforms.regional.imputation_models import cell_median, encode
from transforms.regional.impute import COMBINED, NAMES, impute
from transforms.regional.inputs import Tables
from transforms.regional.tables import observations, regional_input

RULES = Imputation(model="ridge", penalty=1, smallest_cell=2)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    folder = tmp_path_factory.mktemp("world")
    return tables_of(write_world(folder / "mirror"), folder / "tables")


@pytest.fixture(scope="module")
def prepared(world: Tables) -> Prepared:
    editions = load_editions()
    return prepare(world, editions.profile("2019"), editions.method)


@pytest.fixture(scope="module")
def estimate(prepared: Prepared) -> YearEstimate:
    return estimate_year(prepared, 2019)


def test_reporting_areas_are_observed_and_all_others_imputed(estimate: YearEstimate) -> None:
    observed = estimate.areas.loc[~estimate.areas["is_imputed"], "area"]
    assert set(observed) == set(REPORTING)
    assert set(estimate.areas["area"]) == set(AREAS)


def test_every_area_has_the_odds_ratio_it_was_given(estimate: YearEstimate) -> None:
    areas = estimate.areas
    found = np.log(
        odds_ratio(areas["population"], areas["migrants"], areas["labour_force"], areas["migrant_labour_force"])
    )
    plain = (~areas["flags"].str.contains("capped")).to_numpy()
    assert found[plain] == pytest.approx(areas.loc[plain, "log_odds"].to_numpy())


@pytest.mark.parametrize("model", NAMES)
def test_each_model_imputes_between_what_is_observed(prepared: Prepared, model: str) -> None:
    imputation = prepared.imputation.model_copy(update={"model": model})
    areas = estimate_year(replace(prepared, imputation=imputation), 2019).areas
    for _, rows in areas.groupby("sex"):
        observed = rows.loc[~rows["is_imputed"], "log_odds"]
        imputed = rows.loc[rows["is_imputed"], "log_odds"]
        assert imputed.between(observed.min() - 0.1, observed.max() + 0.1).all()


def test_the_profile_names_the_model_that_is_used(world: Tables) -> None:
    editions = load_editions()
    profile = editions.profile("2019").model_copy(update={"model": "cell_median"})
    assert estimate_year(prepare(world, profile, editions.method), 2019).used == "cell_median"


def test_the_cell_median_needs_two_areas_of_a_cell_and_widens_it_otherwise() -> None:
    shared = {"sex": "male", "age_gap": 0.0, "region": "X06", "income": "X02"}
    shared |= {"male": 1.0, "migrant_share": 0.0, "participation_odds": 0.0}
    train = pd.DataFrame(
        [
            shared | {"area": "AAA", "subregion": "X13", "log_odds": 0.1},
            shared | {"area": "BBB", "subregion": "X13", "log_odds": 0.3},
            shared | {"area": "CCC", "subregion": "X10", "log_odds": 0.9},
        ]
    )
    wanted = pd.DataFrame([shared | {"subregion": "X13"}, shared | {"subregion": "X10", "age_gap": 0.5}])
    whole = encode(pd.concat([train, wanted.assign(area="ZZZ")], ignore_index=True))
    known = ~np.isnan(whole.log_odds)
    assert cell_median(whole.at(known), whole.at(~known), RULES).tolist() == pytest.approx([0.2, 0.3 + 0.5])


def test_the_combined_model_is_the_mean_of_the_others(estimate: YearEstimate) -> None:
    taught = estimate.seen[~estimate.areas["is_imputed"] & (estimate.areas["migrants"] > 0)]
    wanted = estimate.seen[estimate.areas["is_imputed"]]
    found = {name: impute(taught, wanted, RULES.model_copy(update={"model": name})) for name in NAMES}
    others = [values for name, values in found.items() if name != COMBINED]
    assert len(others) == 3
    assert found[COMBINED] == pytest.approx(np.mean(others, axis=0))


def test_with_one_report_nothing_can_be_imputed(estimate: YearEstimate) -> None:
    one = estimate.seen[estimate.seen["area"] == "AAA"]
    with pytest.raises(InputError, match="only 1 area.s. report"):
        impute(one, estimate.seen, RULES)


def test_an_area_left_out_is_not_used_for_itself(prepared: Prepared, estimate: YearEstimate) -> None:
    table = estimate.left_out
    changed = prepared.reports.copy()
    changed.loc[changed["area"] == "CCC", "log_odds"] += 2
    again = estimate_year(replace(prepared, reports=changed), 2019).left_out
    then, now = (each[each["area"] == "CCC"].set_index("sex") for each in (table, again))
    assert now["imputed"].to_numpy() == pytest.approx(then["imputed"].to_numpy())
    assert (now["observed"] > then["observed"]).all()


def test_every_model_is_scored_and_intervals_cover_as_they_say(estimate: YearEstimate) -> None:
    assert tuple(estimate.models["model"].unique()) == NAMES
    for _, table in estimate.models.groupby("model"):
        found = score(table)
        assert found["areas"] == len(REPORTING)
        assert found["weighted_absolute_error"] < 5
        assert 0 <= found["coverage"] <= 100


def test_groups_add_up_and_shares_observed_are_those_of_migrants(estimate: YearEstimate) -> None:
    whole = aggregates_of(estimate, 0.95).whole
    force = whole[(whole["measure"] == "labour_force") & (whole["status"] == "migrant") & (whole["sex"] == "total")]
    values = force.set_index("group")["value"]
    assert values[["X06", "X21", "X36", "X40", "X60"]].sum() == pytest.approx(values[WORLD])
    assert values[["X02", "X03", "X04", "X05"]].sum() == pytest.approx(values[WORLD])
    arab = estimate.areas[estimate.areas["region"] == "X36"]
    observed = arab.loc[~arab["is_imputed"], "migrants"].sum() / arab["migrants"].sum()
    assert force.set_index("group").loc["X36", "share_observed"] == pytest.approx(observed)


def test_the_same_seed_gives_the_same_intervals_and_another_seed_others(
    prepared: Prepared, estimate: YearEstimate
) -> None:
    again = estimate_year(prepared, 2019)
    assert np.array_equal(again.draws.migrant_labour_force, estimate.draws.migrant_labour_force)
    simulation = prepared.method.simulation.model_copy(update={"seed": 7})
    other = replace(prepared, method=prepared.method.model_copy(update={"simulation": simulation}))
    assert not np.array_equal(
        estimate_year(other, 2019).draws.migrant_labour_force, estimate.draws.migrant_labour_force
    )


def test_draws_stay_feasible_and_imputed_areas_are_less_certain(estimate: YearEstimate) -> None:
    draws, areas = estimate.draws, estimate.areas
    assert (draws.migrants <= draws.population).all()
    assert (draws.migrant_labour_force <= np.minimum(draws.migrants, draws.labour_force) + 1e-6).all()
    relative = draws.migrant_labour_force.std(axis=1) / draws.migrant_labour_force.mean(axis=1)
    plain = (~areas["flags"].str.contains("capped")).to_numpy()
    imputed = areas["is_imputed"].to_numpy()
    assert relative[plain & imputed].min() > 0
    whole = aggregate(areas, draws, 0.95)
    inside = whole["value"].between(whole["lower"], whole["upper"])
    assert inside.mean() > 0.95


def test_ages_add_up_to_the_whole_and_stay_within_their_migrants(estimate: YearEstimate) -> None:
    ages = by_age(estimate.areas, estimate.profile)
    sums = ages.groupby(["area", "sex"])["migrant_labour_force"].sum()
    wanted = estimate.areas.set_index(["area", "sex"])["migrant_labour_force"].reindex(sums.index)
    assert sums.to_numpy() == pytest.approx(wanted.to_numpy(), rel=1e-6)
    assert (ages["migrant_labour_force"] <= ages["migrants"] + 1e-6).all()
    prime = ages[ages["age"] == "25-54"].set_index(["area", "sex"])
    older = ages[ages["age"] == "65+"].set_index(["area", "sex"])
    assert (prime["migrant_labour_force"] / prime["migrants"] > older["migrant_labour_force"] / older["migrants"]).all()
    groups = aggregate_ages(ages)
    world = groups[(groups["group"] == WORLD) & (groups["sex"] == "total")]["value"].sum()
    assert world == pytest.approx(estimate.areas["migrant_labour_force"].sum(), rel=1e-6)


def test_raking_meets_both_margins_and_keeps_the_odds_ratio() -> None:
    table = rake(np.array([[1.0, 2.0], [3.0, 1.0]]), np.array([60.0, 40.0]), np.array([70.0, 30.0]))
    assert table.sum(axis=1) == pytest.approx([60, 40])
    assert table.sum(axis=0) == pytest.approx([70, 30])
    assert table[0, 0] * table[1, 1] / (table[0, 1] * table[1, 0]) == pytest.approx(1 / 6)


@pytest.mark.parametrize(
    ("seed", "rows", "columns", "fault"),
    [
        ([[1, 1], [1, 1]], [60, 40], [70, 31], "do not add up to the same total"),
        ([[0, 0], [1, 1]], [60, 40], [70, 30], "a row or column to rake is empty"),
        ([[1, 0], [0, 1]], [60, 40], [70, 30], "does not converge"),
    ],
)
def test_margins_that_cannot_be_raked_to_are_refused(
    seed: list[list[int]], rows: list[int], columns: list[int], fault: str
) -> None:
    with pytest.raises(InputError, match=fault):
        rake(np.array(seed, dtype=float), np.array(rows, dtype=float), np.array(columns, dtype=float))


STRUCTURE = pd.DataFrame(
    [
        ("AAA", "male", "agriculture", 30.0),
        ("AAA", "male", "industry", 0.0),
        ("AAA", "male", "services", 10.0),
        ("CCC", "male", "agriculture", 0.0),
        ("CCC", "male", "industry", 2.0),
        ("CCC", "male", "services", 8.0),
        ("GGG", "total", "agriculture", 1.0),
        ("GGG", "total", "industry", 4.0),
        ("GGG", "total", "services", 5.0),
    ],
    columns=["area", "sex", "activity", "migrants"],
)


def test_activities_follow_reports_where_there_are_any_and_neighbours_elsewhere(estimate: YearEstimate) -> None:
    found = by_activity(estimate.areas, STRUCTURE)
    share = found.pivot_table(index=["sex", "area"], columns="activity", values="migrant_employment")
    share = share.div(share.sum(axis=1), axis=0)
    origin = found[found["sex"] == "male"].groupby("area")["origin"].first()
    assert list(row_of(share, "male", "AAA").values()) == pytest.approx([0.75, 0, 0.25])
    assert list(row_of(share, "male", "BBB").values()) == pytest.approx([0.75, 0, 0.25])
    assert list(row_of(share, "male", "DDD").values()) == pytest.approx([0, 0.2, 0.8])
    assert list(row_of(share, "male", "EEE").values()) == pytest.approx([0.6, 0.04, 0.36])
    assert (origin["AAA"], origin["BBB"], origin["GGG"]) == ("observed", "imputed", "raked")
    sums = found.groupby(["area", "sex"])["migrant_employment"].sum()
    wanted = estimate.areas.set_index(["area", "sex"])["migrant_employment"].reindex(sums.index)
    assert sums.to_numpy() == pytest.approx(wanted.to_numpy())


def test_a_structure_of_both_sexes_together_is_met_by_the_sexes_imputed(estimate: YearEstimate) -> None:
    found = by_activity(estimate.areas, STRUCTURE)
    both = found[found["area"] == "GGG"].groupby("activity")["migrant_employment"].sum()
    assert (both / both.sum()).to_list() == pytest.approx([0.1, 0.4, 0.5])


def test_without_any_report_there_is_no_structure(estimate: YearEstimate) -> None:
    assert by_activity(estimate.areas, STRUCTURE.iloc[:0]).empty
    assert estimate.activities.empty


def test_the_structure_of_an_area_comes_from_one_source_and_year(prepared: Prepared) -> None:
    candidates = [(2019, "foreign_citizens", "one"), (2013, "foreign_born", "two"), (2017, "foreign_born", "three")]
    rows = [
        {
            "area": "AAA",
            "sex": "male",
            "year": year,
            "basis": basis,
            "origin": origin,
            "activity": "services",
            "migrants": 1,
        }
        for year, basis, origin in candidates
    ]
    chosen = choose_structures(pd.DataFrame(rows), 2019, prepared.method.activities)
    assert chosen["origin"].to_list() == ["three"]
    assert choose_structures(pd.DataFrame(rows), 2030, prepared.method.activities).empty


def test_employed_migrants_have_the_odds_that_are_reported(estimate: YearEstimate) -> None:
    areas = estimate.areas.set_index(["area", "sex"])
    one = row_of(areas, "CCC", "male")
    found = odds_ratio(one["labour_force"], one["migrant_labour_force"], one["employed"], one["migrant_employment"])
    assert found == pytest.approx((1 / (unemployment("CCC", "M") / 100) - 1) / (0.94 / 0.06))
    assert one["employed"] == pytest.approx(0.94 * one["labour_force"])
    assert set(areas.loc[areas["employment_is_imputed"]].index.get_level_values("area")) == set(AREAS) - set(REPORTING)
    assert (areas["migrant_employment"] < areas["migrant_labour_force"]).all()


def test_employment_adds_up_and_has_an_interval(estimate: YearEstimate) -> None:
    whole = aggregates_of(estimate, 0.95).whole
    rows = whole[(whole["measure"] == "employment") & (whole["status"] == "migrant")].set_index(["group", "sex"])
    world = row_of(rows, WORLD, "total")
    assert world["value"] == pytest.approx(estimate.areas["migrant_employment"].sum())
    assert world["lower"] < world["value"] < world["upper"]
    assert rows.loc[["X06", "X21", "X36", "X40", "X60"]].xs("total", level="sex")["value"].sum() == pytest.approx(
        world["value"]
    )


def test_contributions_add_up_to_the_change(prepared: Prepared, estimate: YearEstimate) -> None:
    later = estimate_year(prepared, 2020).areas
    parts = contributions(estimate.areas, later)
    world = parts[(parts["group"] == WORLD) & (parts["sex"] == "total")].set_index("component")["value"]
    change = later["migrant_labour_force"].sum() - estimate.areas["migrant_labour_force"].sum()
    assert world.sum() == pytest.approx(change)
    assert world["population"] > 0
    assert world["other"] == 0


def test_a_change_of_one_factor_is_that_factors_alone(estimate: YearEstimate) -> None:
    before = estimate.areas
    grown = before.assign(**{name: before[name] * 1.1 for name in ("population", "migrants", "migrant_labour_force")})
    parts = contributions(before, grown)
    world = parts[(parts["group"] == WORLD) & (parts["sex"] == "total")].set_index("component")["value"]
    assert world["population"] == pytest.approx(0.1 * before["migrant_labour_force"].sum())
    assert world[["migrant_share", "participation"]].abs().max() == pytest.approx(0, abs=1e-3)


def test_the_naive_baseline_is_what_theta_one_gives(estimate: YearEstimate) -> None:
    baseline = naive_baseline(estimate.areas).set_index(["group", "sex"])
    areas = estimate.areas
    naive = (areas["migrants"] * areas["participation"]).sum()
    assert baseline.loc[(WORLD, "total"), "theta_one"] == pytest.approx(naive)


def test_observations_are_of_groups_only_flagged_and_complete(estimate: YearEstimate) -> None:
    editions = load_editions()
    aggregates = aggregates_of(estimate, editions.method.simulation.level)
    rows = observations(editions, editions.profile("2019"), 2019, aggregates, vintage="0" * 12)

    assert rows["ref_area"].str.fullmatch(r"X\d\d").all()
    assert rows["note_source"].str.startswith("Experimental estimates: ").all()
    migrants = rows[(rows["classif2"] == "MIG_STATUS_MIGRANT") & (rows["sex"] == "SEX_T")]
    status = migrants.groupby("ref_area")["obs_status"].first()
    assert status[["X34", "X36", "X45", "X60"]].to_list() == ["E", "E", "M", "M"]
    nobody = replace(aggregates, whole=aggregates.whole.assign(share_observed=0.0))
    imputed = observations(editions, editions.profile("2019"), 2019, nobody, vintage="0" * 12)
    assert set(imputed.loc[imputed["classif1"] == "AGE_YTHADULT_YGE15", "obs_status"]) == {"E", "I"}
    by_band = rows[rows["classif1"] == "AGE_AGGREGATE_YGE65"]
    assert by_band["lower_bound"].isna().all()
    assert by_band["note_classif"].str.contains("the structure by age is imputed").all()


def test_country_rows_are_kept_apart_and_say_how_they_were_made(estimate: YearEstimate) -> None:
    rows = regional_input("2019", 2019, estimate.areas).set_index(["ref_area", "sex"])
    assert row_of(rows, "EEE", "SEX_M")["flags"] == "observed;odds_carried:1;capped"
    imputed = row_of(rows, "III", "SEX_F")
    assert imputed["flags"] == "imputed"
    assert pd.isna(imputed["odds_basis"])
