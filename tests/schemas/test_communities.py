"""Who is a member of a regional community in a year: on the declared day, and with dates that tell a year only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from schemas.communities import COMMUNITIES_FILE, Communities, load_communities
from schemas.editions import load_editions
from schemas.errors import DeclarationError


def made_up(*spans: tuple[str, str, str], **changes: Any) -> Communities:
    """A community of members given as (area, first day, last day)."""
    read = {"document": "a treaty", "verified": "read", "read_at": "where it is"}
    members = [{"areas": [area], "first_day": first, "last_day": last, **read} for area, first, last in spans]
    rule = {"member_on": "12-31", "suspended": "left_out"}
    return Communities.model_validate(rule | {"communities": {"X_EU": {"site": "x", "members": members}}} | changes)


@pytest.mark.parametrize(
    ("first", "last", "years"),
    [
        ("2013-07-01", "", {2013, 2014, 2015, 2016}),
        ("2010-01-01", "2014-01-31", {2012, 2013}),
        ("2010-01-01", "2014-12-31", {2012, 2013, 2014}),
        ("2010-01-01", "2014-12-30", {2012, 2013}),
        ("2014", "", {2014, 2015, 2016}),
        ("2014-12", "2015", {2014}),
        ("2010", "2014-12", {2012, 2013}),
    ],
)
def test_members_of_31_december_count_in_the_year(first: str, last: str, years: set[int]) -> None:
    communities = made_up(("FRA", first, last))
    assert {year for year in range(2012, 2017) if "FRA" in communities.members(year)["X_EU"]} == years


def test_another_day_may_be_declared() -> None:
    communities = made_up(("FRA", "2013-07-01", ""), ("GBR", "1993-11-01", "2013-03-01"), member_on="01-01")
    assert [communities.members(year)["X_EU"] for year in (2013, 2014)] == [{"GBR"}, {"FRA"}]


def test_a_composition_says_who_joined_and_left() -> None:
    communities = made_up(("FRA", "2000", ""), ("HRV", "2013-07-01", ""), ("GBR", "2000", "2013-01-31"))
    found = communities.compositions(2013)["X_EU"]
    assert (found.members, found.joined, found.left) == (("FRA", "HRV"), ("HRV",), ("GBR",))


def test_suspended_members_count_where_that_is_declared() -> None:
    declared = load_communities()
    assert "VEN" in declared.members(2015)["X_MERCOSUR"]
    assert "VEN" not in declared.members(2016)["X_MERCOSUR"]
    counted = declared.model_copy(update={"suspended": "counted"})
    assert "VEN" in counted.members(2022)["X_MERCOSUR"]


@pytest.mark.parametrize(
    ("code", "year", "number", "joined", "left"),
    [
        ("X_EU", 2013, 28, ("HRV",), ()),
        ("X_EU", 2020, 27, (), ("GBR",)),
        ("X_ECOWAS", 2024, 15, (), ()),
        ("X_ECOWAS", 2025, 12, (), ("BFA", "MLI", "NER")),
        ("X_ASEAN", 2025, 11, ("TLS",), ()),
        ("X_EAC", 2016, 6, ("SSD",), ()),
        ("X_EAC", 2022, 7, ("COD",), ()),
        ("X_EAC", 2024, 8, ("SOM",), ()),
        ("X_SADC", 2018, 16, ("COM",), ()),
        ("X_MERCOSUR", 2024, 5, ("BOL",), ()),
        ("X_ANDEAN", 2006, 4, (), ("VEN",)),
        ("X_GCC", 2022, 6, (), ()),
    ],
)
def test_communities_as_their_texts_have_them(
    code: str, year: int, number: int, joined: tuple[str, ...], left: tuple[str, ...]
) -> None:
    found = load_communities().compositions(year)[code]
    assert (len(found.members), found.joined, found.left) == (number, joined, left)


def test_every_community_is_published_and_divides_nothing() -> None:
    groups = load_editions().groups
    assert set(load_communities().communities) <= set(groups.every)
    assert not set(load_communities().communities) & {code for part in groups.partitions.values() for code in part}


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ("areas: [HRV]", "areas: [HRX]", "X_EU: 'HRX' is not a country"),
        ("  X_EU:", "  X_EUU:", "'X_EUU' is not in CL_AREA"),
        ("areas: [HRV]", "areas: [GRC]", "X_EU: GRC is entered twice for the same days"),
        ('last_day: "2016-12-01"', 'last_day: "2016-12-02"', "X_MERCOSUR: VEN is entered twice"),
        ('first_day: "2013-07-01"', 'first_day: "July 2013"', "'July 2013' is no date"),
        ('last_day: "2020-01-31"', 'last_day: "1990-01-31"', "after the last one"),
        ("        verified: quoted\n", "        verified: not_verified\n", "says where it was read"),
        ('member_on: "12-31"', 'member_on: "31 December"', "no day of a year"),
    ],
)
def test_what_is_declared_wrongly_is_refused(right: str, wrong: str, fault: str, tmp_path: Path) -> None:
    text = COMMUNITIES_FILE.read_text(encoding="utf-8")
    assert right in text
    file = tmp_path / "communities.yaml"
    file.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(DeclarationError, match=fault):
        load_communities(file)
