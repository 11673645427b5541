"""Regional communities among the aggregates: the sum of their members of the year, and nothing else changes."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from small_world import adults, tables_of, write_world

from schemas.communities import Communities
from schemas.editions import load_editions
from transforms.regional.edition import Prepared, aggregates_of, estimate_year, prepare
from transforms.regional.tables import observations

READ = {"document": "a treaty", "verified": "read", "read_at": "where it is"}
MEMBERS = {
    "X_GCC": [("EEE", "1981-05-25", ""), ("KKK", "2019-12-31", ""), ("ZZZ", "1981", "")],
    "X_EU": [("GGG", "1993-11-01", ""), ("KKK", "2004", ""), ("MMM", "2000", "2019-12-30")],
    "X_SADC": [("AAA", "2020", "")],
}
NONE = Communities(member_on="12-31", suspended="left_out", communities={})
COMMUNITIES = Communities.model_validate(
    {
        "member_on": "12-31",
        "suspended": "left_out",
        "communities": {
            code: {
                "site": "x",
                "members": [
                    {"areas": [area], "first_day": first, "last_day": last, **READ} for area, first, last in spans
                ],
            }
            for code, spans in MEMBERS.items()
        },
    }
)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    folder = tmp_path_factory.mktemp("world")
    editions = load_editions()
    simulation = editions.method.simulation.model_copy(update={"draws": 200})
    method = editions.method.model_copy(update={"simulation": simulation})
    return prepare(tables_of(write_world(folder / "mirror"), folder / "tables"), editions.profile("2019"), method)


def published(prepared: Prepared, communities: Communities) -> pd.DataFrame:
    editions = load_editions()
    chosen = replace(prepared.chosen, communities=communities)
    aggregates = aggregates_of(estimate_year(replace(prepared, chosen=chosen), 2019), 0.95)
    return observations(editions, editions.profile("2019"), 2019, aggregates, vintage="0" * 12)


@pytest.fixture(scope="module")
def with_communities(prepared: Prepared) -> pd.DataFrame:
    return published(prepared, COMMUNITIES)


def test_no_other_estimate_changes_by_a_digit(prepared: Prepared, with_communities: pd.DataFrame) -> None:
    before = published(prepared, NONE)
    after = with_communities[~with_communities["ref_area"].isin(MEMBERS)]
    key = ["ref_area", "indicator", "sex", "classif1", "classif2"]
    then, now = (each.sort_values(key).reset_index(drop=True) for each in (before, after))
    assert len(then) > 500
    pd.testing.assert_frame_equal(then, now, check_exact=True)


def test_a_community_is_the_sum_of_its_members_of_31_december(with_communities: pd.DataFrame) -> None:
    people = with_communities[
        (with_communities["indicator"] == "MST_XWAP_SEX_AGE_MIG_NB")
        & (with_communities["classif2"] == "MIG_STATUS_TOTAL")
        & (with_communities["sex"] == "SEX_M")
    ].set_index("ref_area")["obs_value"]
    assert people["X_GCC"] == pytest.approx((adults("EEE") + adults("KKK")) / 1000)
    assert people["X_EU"] == pytest.approx((adults("GGG") + adults("KKK")) / 1000)
    assert "X_SADC" not in people, "its only member joins in 2020"


def test_every_measure_of_a_region_is_given_for_a_community_too(with_communities: pd.DataFrame) -> None:
    series = with_communities.groupby("ref_area").size()
    assert series["X_GCC"] == series["X_EU"] == series["X36"]
    ages = with_communities[with_communities["classif1"].str.startswith("AGE_AGGREGATE")]
    assert set(ages["ref_area"]) >= {"X_GCC", "X_EU"}


def test_its_note_names_the_members_who_changed_and_who_is_not_estimated(with_communities: pd.DataFrame) -> None:
    notes = with_communities.groupby("ref_area")["note_source"].unique().str.join("")
    assert notes["X_GCC"].endswith("Members: EEE, KKK; not estimated and not in the sum: ZZZ; joined since 2018: KKK")
    assert notes["X_EU"].endswith("Members: GGG, KKK; left since 2018: MMM")
    assert "Members" not in notes["X36"]
