"""Withheld national numbers in the regional estimates: they are imputed, so that no aggregate tells them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from small_source import Declare
from small_world import rename_areas, row_of, write_world

from ilms.pipeline.acceptance import CELLS
from ilms.regional.candidates import regional_candidates
from ilms.regional.inputs import edition_unit
from ilms.regional.stage import WITHHELD, regional_edition
from ilms.release.refused import Refused
from ilms.settings import Settings
from schemas.errors import GateError
from schemas.partition import Partition
from transforms.regional.national import are_withheld, national_activities, national_rates
from warehouse.accepted import UnitFacts, accept, now

OURS = "MWI.lfs"
EDITION = "2019"
ROW = {"ref_area": "MWI", "source": f"BA:{OURS}", "time": "2019", "classif1": "AGE_YTHADULT_YGE15", "obs_status": ""}


def rates(men: float, women: float | None) -> pd.DataFrame:
    """Participation of migrants and others as published; that of migrant women is withheld where it is None."""
    rows = []
    for sex, migrant in (("SEX_M", men), ("SEX_F", women)):
        of_sex = ROW | {"indicator": "MST_TEAP_SEX_AGE_CBR_RT", "sex": sex, "se": 1.0}
        status = {"obs_value": migrant, **({"obs_status": "C", "se": None} if migrant is None else {})}
        rows.append(of_sex | {"classif2": "CBR_BIR_FOREIGN"} | status)
        rows.append(of_sex | {"classif2": "CBR_BIR_NATIVE", "obs_value": 60.0})
    return pd.DataFrame(rows)


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    return rename_areas(write_world(tmp_path / "mirror"), {"AAA": "MWI"})


def home(folder: Path, mirror: Path, declare: Declare, numbers: pd.DataFrame, protection: str) -> Settings:
    """A home in which a survey of its whole country has these accepted numbers."""
    declare(OURS, waves={"2019": {"files": [{"name": "lfs.csv", "mirror": "lfs.csv"}]}}, protection=protection)
    settings = Settings(home=folder, mirror=mirror)
    file = folder / "cells.parquet"
    folder.mkdir()
    numbers.to_parquet(file)
    facts = UnitFacts(mark="m", vintage="v", cells=4, accepted_at=now(), kind="survey", protection=protection)
    accept(settings.layout.accepted(Partition(OURS, "2019")), facts, {CELLS: file})
    regional_edition(settings, EDITION)
    return settings


def table(settings: Settings, name: str) -> pd.DataFrame:
    unit = edition_unit(settings.layout, EDITION)
    assert unit
    return pd.read_parquet(unit.file(f"{name}.parquet"))


def test_what_is_withheld_is_imputed_and_said(tmp_path: Path, mirror: Path, declare: Declare) -> None:
    """With the women withheld everything is as if the survey had never told of women: nothing depends on their rate."""
    some = home(tmp_path / "some", mirror, declare, rates(75.0, None), "suppression")
    told = rates(75.0, 99.0)
    men_alone = told[told["sex"] == "SEX_M"]
    never = home(tmp_path / "never", mirror, declare, men_alone, "suppression")

    assert_same(*(table(each, "observation").drop(columns="vintage") for each in (some, never)))
    assert_same(*(table(each, "regional_input").drop(columns="flags") for each in (some, never)))

    ours = table(some, "regional_input").set_index(["ref_area", "sex"])
    assert row_of(ours, "MWI", "SEX_M")["odds_origin"] == f"BA:{OURS}"
    women = row_of(ours, "MWI", "SEX_F")
    assert women["odds_origin"] != f"BA:{OURS}"
    assert f"national_not_used:{OURS} ({WITHHELD})" in women["flags"]


def assert_same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(one, other)


def test_estimates_made_of_refused_numbers_are_not_published(tmp_path: Path, mirror: Path, declare: Declare) -> None:
    """Here no release has earlier ones that could be given again."""
    settings = home(tmp_path / "some", mirror, declare, rates(75.0, None), "suppression")
    for partition, files in ((Partition(OURS, "2019"), 0), (Partition(OURS, "2018"), 1)):
        refused = Refused(settings.layout, tmp_path, {partition: GateError("they are not safe")})
        assert len(regional_candidates(settings.layout, settings.profile, refused).files) == files


def test_estimates_of_numbers_that_are_protected_since_are_left_out(
    tmp_path: Path, mirror: Path, declare: Declare
) -> None:
    settings = home(tmp_path / "open", mirror, declare, rates(75.0, 81.0), "none")
    for guarded in (False, True):
        if guarded:
            declare(
                OURS, waves={"2019": {"files": [{"name": "lfs.csv", "mirror": "lfs.csv"}]}}, protection="suppression"
            )
        found = regional_candidates(settings.layout, settings.profile)
        published = [each for each in found.partitions if each.reason.startswith("It was made of numbers of MWI.lfs")]
        assert len(found.files) == (0 if guarded else 1)
        assert published == []  # the edition of 2019 is compared, not published

    apart = replace(settings, release_profile="guarded")
    assert not regional_candidates(apart.layout, apart.profile).files


def test_a_withheld_number_is_not_used_even_where_its_value_was_left() -> None:
    left = rates(75.0, 81.0)
    left.loc[left["sex"] == "SEX_F", "obs_status"] = "C"
    assert are_withheld(left)
    assert set(national_rates(left)["sex"]) == {"male"}
    assert not are_withheld(rates(75.0, 81.0))
    activity: dict[str, object] = ROW | {"indicator": "MST_TEMP_SEX_ECO_CBR_NB", "sex": "SEX_M", "obs_value": 5.0}
    activity |= {"classif2": "CBR_BIR_FOREIGN"}
    statuses = {"AGR": "", "IND": "C", "SER": ""}
    by_sector = pd.DataFrame(
        activity | {"classif1": f"ECO_SECTOR_{sector}", "obs_status": status} for sector, status in statuses.items()
    )
    assert national_activities(by_sector).empty
    assert are_withheld(by_sector)
