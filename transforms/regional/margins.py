"""The margins to which every estimate must conform: population, labour force and migrants, 15 years and over."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from schemas.communities import Communities
from schemas.editions import Method
from schemas.errors import InputError
from transforms.regional.frames import MARGINS
from transforms.regional.inputs import SEXES, AtYear, Chosen, Yearly

SCHEMES = ("region", "subregion", "income")


def margins(chosen: Chosen, year: int, method: Method) -> pd.DataFrame:
    """Every area and sex with its groups (frames.MARGINS).

    `flags` has remarks on the inputs, separated by ';': capped, no_migrants_known, rate_of:YEAR, stock_of:YEAR,
    population_from:..., stock_from:... Raises InputError naming the areas that lack an input or a group.
    """
    index = pd.MultiIndex.from_product([chosen.areas, SEXES], names=["area", "sex"])
    population = _adults(chosen.population, year).reindex(index)
    rate = _adults(chosen.rate, year).reindex(index)
    stock = _adults(chosen.stock, year).reindex(index)
    too_old = (rate.from_year - year).abs() > method.carry_rates_years
    _refuse_missing(population.value.isna(), "population", year)
    _refuse_missing(rate.value.isna() | too_old, "rate", year)
    unknown = index.get_level_values("area").isin(chosen.without_stock)
    _refuse_missing(stock.value.isna() & ~unknown, "stock", year)
    frame = pd.DataFrame({"population": population.value, "participation": rate.value}, index=index)
    frame["labour_force"] = frame["population"] * frame["participation"]
    frame["migrants_input"] = stock.value.where(~unknown, 0.0)
    frame["migrants"] = frame["migrants_input"].clip(upper=frame["population"] * method.maximum_migrant_share)
    flags = {
        "capped": frame["migrants"] < frame["migrants_input"],
        "no_migrants_known": pd.Series(unknown, index=index),
    }
    frame["flags"] = _flag_texts(flags, {"rate_of": rate, "stock_of": stock}, year, chosen, index)
    grouped = with_groups(frame.reset_index(), chosen.groups, year)
    return MARGINS.of(with_communities(grouped, chosen.communities, year))


def _adults(table: Yearly, year: int) -> AtYear:
    return table.of_age("15+").at(year)


def _refuse_missing(missing: pd.Series, name: str, year: int) -> None:
    areas = sorted(set(missing.index[missing].get_level_values("area")))
    if areas:
        raise InputError(
            f"{len(areas)} area(s) have no {name} for {year}: {', '.join(areas)}",
            where="inputs of the regional estimates",
            why="they would silently count as zero in their region and in the world",
            remedy="declare in `gaps` of schemas/editions.yaml how each is filled, and why",
        )


def _flag_texts(
    flags: Mapping[str, pd.Series], dated: Mapping[str, AtYear], year: int, chosen: Chosen, index: pd.MultiIndex
) -> list[str]:
    texts: list[list[str]] = [[name for name, flag in flags.items() if flag.iloc[row]] for row in range(len(index))]
    for name, table in dated.items():
        for row, of in enumerate(table.from_year):
            if pd.notna(of) and int(of) != year:
                texts[row].append(f"{name}:{int(of)}")
    for (name, area), origin in chosen.filled.items():
        for row in (row for row, (each, _) in enumerate(index) if each == area):
            texts[row].append(f"{name}_from:{origin}")
    return [";".join(text) for text in texts]


def with_groups(frame: pd.DataFrame, groups: pd.DataFrame, year: int) -> pd.DataFrame:
    """Add region, subregion and income group of each area; the income group is that of the year itself.

    A year after the last of the classification takes that last year. Raises InputError for an area in no group.
    """
    for scheme in SCHEMES:
        of_scheme = groups[groups["scheme"] == scheme]
        if of_scheme.empty:
            raise InputError(f"there are no groups of scheme '{scheme}'", where="benchmark table 'country_group'")
        last = int(of_scheme["year"].max())
        of_year = of_scheme[of_scheme["year"] == min(year, last)]
        frame[scheme] = frame["area"].map(of_year.set_index("area")["value"])
        lost = sorted(set(frame.loc[frame[scheme].isna(), "area"]))
        if lost:
            raise InputError(
                f"{len(lost)} area(s) belong to no {scheme} in {year}: {', '.join(lost)}",
                where="benchmark table 'country_group'",
                why="they would count in the world but in no group, and groups would not add up",
                remedy="complete the country groups",
            )
    return frame


def with_communities(frame: pd.DataFrame, communities: Communities, year: int) -> pd.DataFrame:
    """Add the codes of the communities that count each area as a member in the year, separated by spaces."""
    members = communities.members(year)
    of_area = {
        area: " ".join(code for code, inside in members.items() if area in inside) for area in set(frame["area"])
    }
    frame["communities"] = frame["area"].map(of_area)
    return frame
