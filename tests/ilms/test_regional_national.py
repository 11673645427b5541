"""Our own national estimates in the regional ones: where they stand for a country, and where they do not."""

from __future__ import annotations

import random
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from small_source import SMALL_CODES, SMALL_COLUMNS, SMALL_SOURCE, Declare
from small_world import rename_areas, row_of, write_world

from ilms.pipeline.stages import run_partition
from ilms.regional.stage import regional_edition
from ilms.release.publish import publish_release
from ilms.settings import Settings
from transforms.regional.solve import logit

WHOLE, URBAN, MADE_UP, BUDGET = "MWI.lfs", "NER.lfs", "MLI.lfs", "TCD.budget"
SECTORS = (
    "industry,A,A,Farming\nindustry,C,C,Manufacturing\nindustry,G,G,Trade\nindustry,,not_in_universe,Not employed\n"
)


def survey(seed: int) -> str:
    """Twelve strata of adults; every third is foreign-born, and takes part more often than others."""
    draw = random.Random(seed)
    lines = [",".join([*SMALL_COLUMNS, "ind"])]
    for number in range(6000):
        foreign = draw.random() < 1 / 3
        status = draw.choices("123", weights=(80, 6, 14) if foreign else (60, 4, 36))[0]
        sector = draw.choice("ACG" if foreign else "AAG") if status == "1" else ""
        born = "2" if foreign else "1"
        age = draw.randint(15, 80)
        lines.append(f"p{number},s{number % 12},u{number % 48},100,{draw.choice('12')},{age},{born},{status},{sector}")
    return "\n".join(lines) + "\n"


@pytest.fixture
def settings(tmp_path: Path, declare: Declare) -> Settings:
    """Four countries of the made-up world have surveys of 2019: a whole one, an urban one, one of synthetic data, and
    one that has fewer foreigners than there are.
    """
    mirror = rename_areas(write_world(tmp_path / "mirror"), {"AAA": "MWI", "BBB": "NER", "III": "MLI", "CCC": "TCD"})
    coverage = {"complete": False, "geographical": {"en": "towns only"}}
    changed: dict[str, dict[str, object]] = {WHOLE: {}, URBAN: {"coverage": coverage}, MADE_UP: {"synthetic": True}}
    few_foreigners = {"en": "a fifth fewer foreigners"}
    changed[BUDGET] = {"coverage": {"complete": True, "migrants": few_foreigners}}
    for seed, (source, changes) in enumerate(changed.items()):
        declare(
            source,
            codes=SMALL_CODES + SECTORS,
            columns="\n".join(["column,2019", *(f"{name},{name}" for name in [*SMALL_COLUMNS, "ind"])]),
            waves={"2019": {"files": [{"name": "lfs.csv", "mirror": f"{source}.csv"}]}},
            guards={"plausible": {"population": {"minimum": 0.01, "because": "the countries of this world are small"}}},
            variables={
                **SMALL_SOURCE["variables"],
                "industry_isic4": {"column": "ind", "map": "industry"},
            },
            **changes,
        )
        (mirror / f"{source}.csv").write_text(survey(seed))
    return Settings(home=tmp_path / "home", mirror=mirror)


@pytest.mark.slow
def test_a_whole_survey_takes_the_place_of_a_report_and_others_do_not(settings: Settings) -> None:
    assert regional_edition(settings, "2019").did_work
    before = inputs(settings)
    assert row_of(before, "MWI", "SEX_M")["odds_origin"] == "made-up survey"
    assert activities(settings).empty

    for source in (WHOLE, URBAN, MADE_UP, BUDGET):
        assert all(result.did_work for result in run_partition(settings, f"{source}|2019"))
    assert regional_edition(settings, "2019").did_work
    after = inputs(settings)

    ours = row_of(after, "MWI", "SEX_M")
    assert (ours["odds_origin"], ours["odds_quality"], ours["odds_year"]) == ("BA:MWI.lfs", "national", 2019)
    migrant, other = (participation(settings, code) for code in ("CBR_BIR_FOREIGN", "CBR_BIR_NATIVE"))
    assert ours["log_odds"] == pytest.approx(float(logit(migrant / 100) - logit(other / 100)))
    assert (ours["employment_origin"], ours["activity_origin"]) == ("BA:MWI.lfs", "observed")
    assert "national_not_used" not in ours["flags"]

    urban = row_of(after, "NER", "SEX_M")
    assert (urban["odds_origin"], urban["log_odds"]) == ("made-up survey", row_of(before, "NER", "SEX_M")["log_odds"])
    assert "national_not_used:NER.lfs (incomplete coverage (towns only))" in urban["flags"]
    budget = row_of(after, "TCD", "SEX_M")
    assert budget["odds_origin"] == row_of(before, "TCD", "SEX_M")["odds_origin"]
    assert "national_not_used:TCD.budget (migrants are covered less than others (a fifth fewer" in budget["flags"]
    synthetic = row_of(after, "MLI", "SEX_M")
    assert synthetic["is_imputed"]
    assert "national_not_used:MLI.lfs (synthetic data)" in synthetic["flags"]
    check_activities(activities(settings))
    check_release(settings)


def check_activities(sectors: pd.DataFrame) -> None:
    """One country in 14 reports its structure: every group has one, and none passes for an estimate."""
    assert set(sectors["classif1"]) == {f"ECO_SECTOR_{code}" for code in ("TOTAL", "AGR", "IND", "SER")}
    status = sectors.groupby("ref_area")["obs_status"].first()
    assert (status["X06"], status["X01"], status["X21"]) == ("M", "M", "I")
    africa = sectors[(sectors["ref_area"] == "X06") & (sectors["sex"] == "SEX_T")].set_index("classif1")["obs_value"]
    assert np.allclose(
        africa[["ECO_SECTOR_AGR", "ECO_SECTOR_IND", "ECO_SECTOR_SER"]] / africa["ECO_SECTOR_TOTAL"], 1 / 3, atol=0.05
    )
    is_estimate = sectors["obs_status"] == "E"
    assert set(sectors.loc[is_estimate, "ref_area"]) == {"X_SADC"}, "its only member here is the country that reports"
    said = sectors["note_classif"].str.contains("declared for an estimate")
    assert said[~is_estimate].all()
    assert not said[is_estimate].any()
    assert sectors["note_classif"].str.contains("the structure by activity is imputed from few countries").all()


def check_release(settings: Settings) -> None:
    """Each country's rows are its own survey's, and what was estimated for it stands in regional_input only."""
    result = publish_release(settings)
    with duckdb.connect(str(result.folder / "warehouse.duckdb"), read_only=True) as release:
        countries = "select distinct ref_area, source from observation where ref_area not like 'X%' order by 1"
        assert release.execute(countries).fetchall() == [
            ("MLI", "BA:MLI.lfs"),
            ("MWI", "BA:MWI.lfs"),
            ("NER", "BA:NER.lfs"),
            ("TCD", "BA:TCD.budget"),
        ]
        kept = "select count(*) from regional_input where ref_area = 'MWI' and odds_quality = 'national'"
        assert release.execute(kept).fetchall() == [(2,)]


def inputs(settings: Settings) -> pd.DataFrame:
    return (
        pd.read_parquet(settings.layout.regional("2019", "regional_input")).set_index(["ref_area", "sex"]).sort_index()
    )


def activities(settings: Settings) -> pd.DataFrame:
    rows = pd.read_parquet(settings.layout.regional("2019", "observation"))
    return rows[rows["indicator"] == "MST_TEMP_SEX_ECO_MIG_NB"]


def participation(settings: Settings, code: str) -> float:
    from schemas.partition import Partition

    cells = pd.read_parquet(settings.layout.cells(Partition(WHOLE, "2019")))
    (rate,) = cells[
        (cells["indicator"] == "MST_TEAP_SEX_AGE_CBR_RT")
        & (cells["sex"] == "SEX_M")
        & (cells["classif1"] == "AGE_YTHADULT_YGE15")
        & (cells["classif2"] == code)
    ]["obs_value"]
    return float(rate)
