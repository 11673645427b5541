"""Why regional estimates differ from published ones: the steps of a subregion, and the rule for ages beside surveys."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from bench.regional import MILLION, figure, load_tables, published
from bench.regional_causes import Step, by_area, observed, shares_by_age, steps
from ilms.settings import Settings
from schemas.editions import load_editions
from transforms.regional.bands import BANDS

POPULATION = {"15-24": 100.0, "25-54": 300.0, "55-64": 80.0, "65+": 120.0}
MIGRANTS = {"15-24": 10.0, "25-54": 60.0, "55-64": 12.0, "65+": 8.0}
RATES = {"15-24": 0.40, "25-54": 0.90, "55-64": 0.60, "65+": 0.10}


def odds(rate: float) -> float:
    return rate / (1 - rate)


def survey(ratios: dict[str, float]) -> pd.DataFrame:
    """Men and women alike: in each band, migrants have `ratios` times the odds of others to be in the labour force."""
    rows = []
    for sex in ("male", "female"):
        for band in BANDS:
            others = odds(RATES[band])
            migrants = MIGRANTS[band] * others * ratios[band] / (1 + others * ratios[band])
            force = (POPULATION[band] - MIGRANTS[band]) * RATES[band] + migrants
            rows.append(("ABC", sex, band, POPULATION[band], force, MIGRANTS[band], migrants))
    names = ["area", "sex", "age", "population", "labour_force", "migrants", "migrant_labour_force"]
    return pd.DataFrame(rows, columns=names)


def profile(migrants: dict[str, float], rates: dict[str, float]) -> pd.DataFrame:
    row = {f"population_{band}": POPULATION[band] / sum(POPULATION.values()) for band in BANDS}
    row |= {f"migrants_{band}": migrants[band] / sum(migrants.values()) for band in BANDS}
    row |= {f"rate_{band}": rates[band] for band in BANDS}
    index = pd.MultiIndex.from_product([["ABC"], ["male", "female"]], names=["area", "sex"])
    return pd.DataFrame([row, row], index=index)


def rates_of(found: pd.DataFrame) -> dict[str, float]:
    men = found[found["sex"] == "male"].set_index("age")
    return {str(band): float(rate) for band, rate in (men["labour_force"] / men["population"]).items()}


def test_where_migrants_differ_alike_at_all_ages_the_rule_finds_what_a_survey_counts() -> None:
    found = survey(dict.fromkeys(BANDS, 1.5))
    shares = shares_by_age(found, profile(MIGRANTS, rates_of(found)))
    for by_rule in (shares.one_odds_ratio, shares.participation_by_rule, shares.ages_of_the_benchmark):
        assert by_rule == pytest.approx(shares.observed, abs=1e-6)


def test_one_odds_ratio_for_all_ages_has_too_many_of_prime_age_where_they_differ_least() -> None:
    """As in the surveys at hand: migrants take part more than others when young or old, not between."""
    found = survey({"15-24": 1.6, "25-54": 0.9, "55-64": 1.5, "65+": 1.5})
    shares = shares_by_age(found, profile(MIGRANTS, rates_of(found)))
    assert shares.one_odds_ratio[1] > shares.observed[1] + 1
    assert shares.participation_by_rule == pytest.approx(shares.one_odds_ratio, abs=1e-6), "the rates are its own"


def test_migrants_who_have_aged_since_the_benchmark_are_too_many_of_prime_age() -> None:
    younger = {"15-24": 12.0, "25-54": 64.0, "55-64": 8.0, "65+": 6.0}
    found = survey(dict.fromkeys(BANDS, 1.5))
    shares = shares_by_age(found, profile(younger, rates_of(found)))
    assert shares.participation_by_rule == pytest.approx(shares.observed, abs=1e-6)
    assert shares.ages_of_the_benchmark[1] > shares.observed[1] + 1


def test_a_change_is_that_of_its_areas_and_the_labour_force_that_of_its_reports() -> None:
    one, other = (
        Step(
            name,
            pd.DataFrame(
                {
                    "area": ["AAA", "AAA", "BBB", "BBB"],
                    "migrants": [100.0 * times] * 4,
                    "migrant_labour_force": [60.0 * times, 50.0, 70.0, 10.0],
                    "basis": ["foreign_born", "foreign_born", None, None],
                    "odds_year": [2019, 2019, None, None],
                }
            ),
        )
        for name, times in (("before", 1_000), ("after", 2_000))
    )
    changes = by_area(one, other)
    assert changes["migrant_labour_force"].to_dict() == {"AAA": 60.0, "BBB": 0.0}
    assert observed(one) == {("foreign_born", "2019"): pytest.approx(0.06005), ("imputed", ""): pytest.approx(0.00008)}


@pytest.mark.mirror
@pytest.mark.slow
def test_northern_southern_and_western_europe_differ_by_the_stock_of_migrants(mirror: Path, tmp_path: Path) -> None:
    """With the stock that the ILO's fourth edition had, the estimate is within a hundredth of its figure."""
    theirs = published(mirror)
    world = figure(theirs, 4, 2022, "migrant_labour_force", "T")
    share = figure(theirs, 4, 2022, "share_of_migrant_labour_force", "T", "X64")
    total = figure(theirs, 4, 2022, "international_migrants_15plus", "T") * MILLION
    found = steps(load_tables(Settings(home=tmp_path, mirror=mirror)), load_editions(), total)
    ours, of_2020, older, fourth, _ = [step.millions("migrant_labour_force") for step in found]
    assert (round(ours, 1), round(of_2020, 1), round(older, 1), round(fourth, 1)) == (42.7, 40.1, 39.5, 39.5)
    assert abs(fourth / (world * share / 100) - 1) < 0.012
    changes = by_area(found[0], found[3])["migrant_labour_force"]
    assert changes.sum() / 1000 == pytest.approx(fourth - ours)
    assert list(changes.index[:2]) == ["GBR", "ESP"]
    assert sum(millions for (basis, _), millions in observed(found[0]).items() if basis == "imputed") < 0.1
