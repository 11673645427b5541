"""Margins, observed odds and ages: what each step does with a good world and with a bad one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_world import AREAS, LOG_ODDS, PARTICIPATION, adults, own, reported, row_of, stock, tables_of, write_world

from schemas.editions import Editions, Profile, load_editions
from schemas.errors import InputError
from transforms.regional.ages import age_gap, age_profile, age_profiles
from transforms.regional.inputs import Tables, Yearly, choose
from transforms.regional.margins import margins
from transforms.regional.odds_ratio import choose_odds, national_odds, reported_odds, smoothed, without_odds
from transforms.regional.solve import logit


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    folder = tmp_path_factory.mktemp("world")
    return tables_of(write_world(folder / "mirror"), folder / "tables")


@pytest.fixture
def editions() -> Editions:
    return load_editions()


def third(editions: Editions) -> Profile:
    return editions.profile("2019")


def without(table: pd.DataFrame, area: str) -> pd.DataFrame:
    return table[table["area"] != area]


def test_margins_are_those_of_the_vintages_paired(world: Tables, editions: Editions) -> None:
    frame = margins(choose(world, third(editions), editions.method), 2019, editions.method)
    man = frame[(frame["area"] == "BBB") & (frame["sex"] == "male")].iloc[0]
    assert len(frame) == 2 * len(AREAS)
    assert man["population"] == adults("BBB")
    assert man["labour_force"] == pytest.approx(adults("BBB") * PARTICIPATION["M"]["15+"] / 100)
    assert man["migrants"] == stock("BBB")
    assert (man["region"], man["subregion"], man["income"], man["flags"]) == ("X06", "X13", "X02", "")


def test_a_stock_above_the_population_is_capped_and_flagged(world: Tables, editions: Editions) -> None:
    frame = margins(choose(world, third(editions), editions.method), 2019, editions.method)
    capped = frame[frame["flags"].str.contains("capped")]
    assert set(capped["area"]) == {"EEE"}
    assert capped["migrants"].to_list() == pytest.approx([0.95 * adults("EEE")] * 2)
    assert capped["migrants_input"].to_list() == [stock("EEE")] * 2


@pytest.mark.parametrize("name", ["population", "rate", "stock"])
def test_an_input_with_a_missing_area_is_an_error_that_names_it(world: Tables, editions: Editions, name: str) -> None:
    lacking = replace(world, **{name: without(getattr(world, name), "GGG")})
    with pytest.raises(InputError, match=f"no {name} for 2019: GGG.*declare in `gaps`"):
        margins(choose(lacking, third(editions), editions.method), 2019, editions.method)


def test_a_declared_gap_is_filled_or_left_without_migrants_and_flagged(world: Tables, editions: Editions) -> None:
    lacking = replace(world, stock=without(world.stock, "AAA"))
    gap = third(editions).gaps[0].model_copy(update={"areas": ["AAA"]})
    profile = third(editions).model_copy(update={"gaps": [gap]})
    frame = margins(choose(lacking, profile, editions.method), 2019, editions.method)
    left = frame[frame["area"] == "AAA"]
    assert left["migrants"].to_list() == [0.0, 0.0]
    assert set(left["flags"]) == {"no_migrants_known"}
    fourth = margins(choose(world, editions.profile("2022"), editions.method), 2022, editions.method)
    channel = fourth.loc[fourth["area"] == "CHI", "flags"]
    assert channel.str.contains("population_from:WPP2019").all()


def test_a_declared_gap_that_does_not_exist_is_an_error(world: Tables, editions: Editions) -> None:
    gap = third(editions).gaps[0].model_copy(update={"areas": ["AAA"]})
    profile = third(editions).model_copy(update={"gaps": [gap]})
    with pytest.raises(InputError, match="AAA has its stock after all"):
        choose(world, profile, editions.method)


def test_a_vintage_that_is_not_there_is_an_error(world: Tables, editions: Editions) -> None:
    old = replace(world, rate=world.rate[world.rate["vintage"] != "SG2021-11"])
    with pytest.raises(InputError, match="there is no rate of vintage SG2021-11"):
        choose(old, third(editions), editions.method)


@pytest.mark.parametrize("scheme", ["region", "subregion", "income"])
def test_an_area_that_no_group_holds_is_an_error(world: Tables, editions: Editions, scheme: str) -> None:
    groups = world.country_group
    lost = groups[~((groups["scheme"] == scheme) & (groups["area"] == "FFF"))]
    with pytest.raises(InputError, match=f"belong to no {scheme} in 2019: FFF"):
        margins(choose(replace(world, country_group=lost), third(editions), editions.method), 2019, editions.method)


def test_income_groups_are_those_of_the_year_itself(world: Tables, editions: Editions) -> None:
    groups = world.country_group.copy()
    groups.loc[(groups["area"] == "FFF") & (groups["year"] == 2019), "value"] = "X04"
    frame = margins(
        choose(replace(world, country_group=groups), third(editions), editions.method), 2019, editions.method
    )
    assert set(frame.loc[frame["area"] == "FFF", "income"]) == {"X04"}
    assert set(frame.loc[frame["area"] == "LLL", "income"]) == {"X03"}


def test_a_year_between_two_lies_between_them_and_one_beyond_is_the_last() -> None:
    index = pd.MultiIndex.from_tuples([("AAA", "male", "15+")], names=["area", "sex", "age"])
    wide = pd.DataFrame([[100.0, 110.0]], index=index, columns=[2010, 2020])
    between, beyond = Yearly(wide).at(2013), Yearly(wide).at(2022)
    assert (between.value.to_list(), between.from_year.to_list()) == ([103.0], [2013])
    assert (beyond.value.to_list(), beyond.from_year.to_list()) == ([110.0], [2020])


def test_ages_reproduce_participation_and_older_migrants_take_part_less(world: Tables, editions: Editions) -> None:
    chosen = choose(world, third(editions), editions.method)
    profile = age_profile(chosen, 2019, 0.7)
    bands = ["15-24", "25-54", "55-64"]
    one = row_of(profile, "AAA", "male")
    working = sum(one[f"population_{band}"] * one[f"rate_{band}"] for band in bands)
    assert working / sum(one[f"population_{band}"] for band in bands) == pytest.approx(0.79)
    older = profile.assign(**{"migrants_65+": 0.9, **{f"migrants_{band}": 0.1 / 3 for band in bands}})
    assert (age_gap(older) < age_gap(profile)).all()


def odds_of(world: Tables, editions: Editions, reports: pd.DataFrame) -> pd.DataFrame:
    chosen = choose(world, third(editions), editions.method)
    profiles = age_profiles(chosen, map(int, reports["year"].unique()), 0.7)
    return reported_odds(reports, profiles, editions.method.odds)


def test_a_report_gives_its_log_odds_ratio(world: Tables, editions: Editions) -> None:
    odds = odds_of(world, editions, world.reported).set_index(["area", "sex"])
    assert odds.loc[("CCC", "male"), "log_odds"] == pytest.approx(LOG_ODDS["M"] + own("CCC", "M"))
    assert odds.loc[("CCC", "male"), "variance"] == pytest.approx(editions.method.odds.errors["transcribed"] ** 2)


def test_a_15_64_report_is_brought_to_15_plus_with_its_own_error(world: Tables, editions: Editions) -> None:
    short = world.reported[world.reported["area"] == "CCC"].assign(age="15-64")
    odds = odds_of(world, editions, short).set_index("sex").loc["male"]
    migrant, other = (rate / 100 for rate in reported("CCC", "M"))
    of_migrants = 10 / 13 * migrant + 3 / 13 * 0.22
    of_others = 10 / 14 * other + 4 / 14 * 0.22
    assert odds["log_odds"] == pytest.approx(float(logit(of_migrants) - logit(of_others)))
    rules = editions.method.odds
    assert odds["variance"] == pytest.approx(rules.errors["transcribed"] ** 2 + rules.error_of_extension**2)


@pytest.mark.parametrize("rate", [0.0, 100.0, np.nan])
def test_a_rate_of_0_or_100_or_none_has_no_odds_and_leaves_its_area_to_imputation(
    world: Tables, editions: Editions, rate: float
) -> None:
    reports = world.reported.copy()
    reports.loc[(reports["area"] == "CCC") & (reports["sex"] == "male"), "migrant"] = rate
    assert without_odds(reports).sum() == 1
    odds = odds_of(world, editions, reports)
    assert ("CCC", "male") not in set(zip(odds["area"], odds["sex"], strict=True))
    assert ("CCC", "female") in set(zip(odds["area"], odds["sex"], strict=True))


def test_a_report_of_both_sexes_serves_each_with_a_larger_error(world: Tables, editions: Editions) -> None:
    both = world.reported[(world.reported["area"] == "CCC") & (world.reported["sex"] == "male")].assign(sex="total")
    odds = odds_of(world, editions, both)
    assert set(odds["sex"]) == {"male", "female"}
    assert set(odds["quality"]) == {"pooled_sexes"}
    assert (odds["variance"] > editions.method.odds.errors["transcribed"] ** 2).all()


def report(**changes: object) -> dict[str, object]:
    usual = {
        "area": "AAA",
        "sex": "male",
        "year": 2019,
        "basis": "foreign_born",
        "age": "15+",
        "quality": "transcribed",
    }
    return {**usual, "origin": "one", "log_odds": 0.3, "variance": 0.01} | changes


@pytest.mark.parametrize(
    ("other", "better"),
    [
        ({"basis": "foreign_citizens"}, "one"),
        ({"year": 2018}, "one"),
        ({"age": "15-64"}, "one"),
        ({"year": 2018, "age": "15+", "basis": "foreign_citizens"}, "one"),
        ({"year": 2030}, "one"),
    ],
)
def test_foreign_born_then_the_nearest_year_then_15_plus(
    editions: Editions, other: dict[str, object], better: str
) -> None:
    reports = pd.DataFrame([report(**other, origin="two"), report()])
    chosen = choose_odds(reports, reports.iloc[:0], 2019, editions.method.odds)
    assert chosen["origin"].to_list() == [better]


def test_a_series_is_smoothed_within_itself_and_only_when_declared(editions: Editions) -> None:
    series = [report(year=2016 + number, log_odds=value) for number, value in enumerate((0.1, 0.4, 0.7))]
    other = [report(year=2017, log_odds=9.0, origin="two"), report(year=2017, log_odds=8.0, sex="female")]
    reports = pd.DataFrame([*series, *other])

    assert editions.method.odds.smooth_years == 1
    assert smoothed(reports, 1)["log_odds"].to_list() == [0.1, 0.4, 0.7, 9.0, 8.0]
    assert smoothed(reports, 3)["log_odds"].to_list() == pytest.approx([0.25, 0.4, 0.55, 9.0, 8.0])
    assert smoothed(reports, 3)["variance"].to_list() == reports["variance"].to_list()


def test_a_report_from_another_year_or_basis_is_less_certain(editions: Editions) -> None:
    rules = editions.method.odds
    reports = pd.DataFrame([report(year=2015, basis="foreign_citizens")])
    chosen = choose_odds(reports, reports.iloc[:0], 2019, rules)
    expected = 0.01 + 4 * rules.error_per_root_year**2 + rules.error_of_other_basis**2
    assert chosen["variance"].to_list() == pytest.approx([expected])
    assert chosen["carried_years"].to_list() == [4]


def test_our_own_estimate_takes_the_place_of_a_countrys_report(editions: Editions) -> None:
    ours = {"area": "AAA", "sex": "male", "year": 2017, "basis": "foreign_born", "origin": "BA:AAA.lfs"}
    rates = {"migrant": 80.0, "migrant_se": 2.0, "non_migrant": 60.0, "non_migrant_se": 1.0}
    national = national_odds(pd.DataFrame([ours | rates]))
    assert national["log_odds"].iloc[0] == pytest.approx(np.log(4) - np.log(1.5))
    assert national["variance"].iloc[0] == pytest.approx((0.02 / 0.16) ** 2 + (0.01 / 0.24) ** 2)
    reports = pd.DataFrame([report()])
    assert choose_odds(reports, national, 2019, editions.method.odds)["origin"].to_list() == ["BA:AAA.lfs"]


def test_nothing_in_the_transforms_reads_published_figures() -> None:
    """What others publish is only for comparison: neither the folder nor the file is ever named."""
    room = Path(__file__).resolve().parents[2] / "transforms"
    named = [file.name for file in room.rglob("*.py") if "ilo_global_estimates" in file.read_text(encoding="utf-8")]
    named += [file.name for file in room.rglob("*.py") if "benchmarks/" in file.read_text(encoding="utf-8")]
    assert named == []
