"""The page of a region: its estimates, and how much of them is observed and how much imputed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from warehouse.explorer.across import Across, read_across
from warehouse.explorer.catalogue import is_country
from warehouse.explorer.charts.draw import Figure
from warehouse.explorer.groups import WOMEN
from warehouse.explorer.headlines import load_headlines
from warehouse.explorer.page import Link, Page
from warehouse.explorer.reader import Reader
from warehouse.explorer.time_lines import read_lines
from warehouse.service.errors import no_results, shown

SHOWN = "MST_TEAP_SEX_AGE_MIG_RT"
ADULTS = "AGE_YTHADULT_YGE15"
MEMBERS = """
    select ref_area, is_imputed, odds_year, coalesce(odds_origin, ''), migrants, time
    from regional_input
    where
        edition = (select max(edition) from regional_input)
        and time = (select max(time) from regional_input where edition = (select max(edition) from regional_input))
        and sex = ?
        and list_contains(?, ref_area)
    order by migrants desc nulls last, ref_area
"""


@dataclass(frozen=True)
class Member:
    """A country of a region: whether what its migrants do is reported or imputed, of which year and by whom."""

    name: str
    address: str
    is_imputed: bool
    year: int | None
    origin: str
    share: float


@dataclass(frozen=True)
class RegionPage(Page):
    """A region, an income group, a community or the world."""

    template: ClassVar[str] = "region.html"
    time: str
    imputed: float | None
    members: Sequence[Member]
    figures: Sequence[Figure]
    figures_about: str
    indicators: Sequence[Link]
    parts: Sequence[Link]
    above: Link | None
    countries: Sequence[Link]
    across: Across | None

    @property
    def charts(self) -> Sequence[Figure]:
        """Those of participation: over time, and of the countries beside each other."""
        return [*self.figures, *(self.across.figures if self.across else ())]


def region_page(reader: Reader, asked: Mapping[str, str]) -> RegionPage:
    """The page of a region. Raises RequestError (404) where the release knows no such region."""
    region, catalogue = asked["area"], reader.catalogue
    names = reader.release.names.of("CL_AREA")
    if region not in names or is_country(region):
        raise no_results(reader.say("no.country", area=shown(region)))
    below = [code for code, parent in catalogue.parents.items() if parent == region]
    time, imputed, members = _members(reader, region)
    given = sorted({each.indicator for each in catalogue.areas.get(region, ())})
    lines = read_lines(reader, SHOWN, region, ADULTS) if SHOWN in given else None
    parent = catalogue.parents.get(region)
    within = _within(catalogue.parents, region)
    countries = [each for each in catalogue.countries if each in within]
    return RegionPage(
        title=reader.area(region),
        time=time,
        imputed=imputed,
        members=members,
        figures=lines.figures if lines else (),
        figures_about=reader.text(reader.flow(SHOWN).title) if lines else "",
        indicators=[Link(reader.text(reader.flow(each).title), reader.to("indicator", each, region)) for each in given],
        parts=[Link(reader.area(each), reader.to("region", each)) for each in below if not is_country(each)],
        above=Link(reader.area(parent), reader.to("region", parent)) if parent else None,
        countries=[Link(reader.area(each), reader.to("country", each)) for each in countries],
        across=_beside(reader, countries),
    )


def _beside(reader: Reader, countries: Sequence[str]) -> Across | None:
    """The first subject in the countries of a region beside each other; None where none tells migrants from others."""
    headline = next(iter(load_headlines().values()))
    indicator = next((each for each in headline.by.values() if reader.has(each)), None)
    across = read_across(reader, indicator, headline.code, countries) if indicator and countries else None
    return across if across and across.apart else None


def _within(parents: Mapping[str, str], region: str) -> set[str]:
    """The countries of a region, at any depth."""
    found: set[str] = set()
    for code in parents:
        at = code
        while at in parents and at != region:
            at = parents[at]
        if at == region and is_country(code):
            found.add(code)
    return found


def _members(reader: Reader, region: str) -> tuple[str, float | None, list[Member]]:
    """The last year of the estimates, the share of migrants for whom nothing is reported, and every country."""
    of_community = reader.cursor.execute(
        "select ref_area from community_member where community = ? and counts and last_day = ''", [region]
    ).fetchall()
    countries = [code for (code,) in of_community] or sorted(_within(reader.catalogue.parents, region))
    rows = reader.cursor.execute(MEMBERS, [WOMEN, countries]).fetchall()
    total = sum(row[4] or 0.0 for row in rows)
    if not total:
        return "", None, []
    members = [
        Member(
            reader.area(area),
            reader.to("country", area) if area in reader.catalogue.countries else "",
            bool(is_imputed),
            year,
            origin,
            100 * (migrants or 0.0) / total,
        )
        for area, is_imputed, year, origin, migrants, _ in rows
    ]
    return rows[0][5], sum(each.share for each in members if each.is_imputed), members
