"""The inputs of an edition: the vintages combined in its profile, with declared gaps filled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from schemas.communities import Communities, load_communities
from schemas.editions import Gap, Method, Pairing, Profile
from schemas.errors import InputError
from transforms.regional import frames
from transforms.regional.bands import banded

SEXES = ("male", "female")
AT = ["area", "sex", "age"]
EMPLOYMENT = "employed"
RATES = {
    "epr_15plus": EMPLOYMENT,
    "lfpr_15plus": "15+",
    "lfpr_15_64": "15-64",
    "lfpr_25_54": "25-54",
    "lfpr_65plus": "65+",
}


@dataclass(frozen=True)
class Tables:
    """The benchmarks as long tables (schemas/sources/X01), every vintage of them: frames of the same names.

    Raises InputError for a table that lacks a column, or has it of another type.
    """

    population: pd.DataFrame
    rate: pd.DataFrame
    stock: pd.DataFrame
    reported: pd.DataFrame
    country_group: pd.DataFrame

    def __post_init__(self) -> None:
        """Their keys were checked when they were read."""
        for frame in frames.BENCHMARKS:
            frame.select(getattr(self, frame.name))


@dataclass(frozen=True)
class AtYear:
    """Values at a year, and the year each comes from, by the rows of a `Yearly`."""

    value: pd.Series
    from_year: pd.Series

    def reindex(self, index: pd.Index) -> AtYear:
        """The same for other rows, empty where there is no value."""
        return AtYear(self.value.reindex(index), self.from_year.reindex(index))


@dataclass(frozen=True)
class Yearly:
    """Values by year: one row for each area and sex (and age or band, where distinguished), one column for each
    year."""

    values: pd.DataFrame

    def of_age(self, age: str) -> Yearly:
        """The rows of one age, without the age in their index."""
        ages = self.values.index.get_level_values("age")
        return Yearly(self.values[ages == age].droplevel("age"))

    def at(self, year: int) -> AtYear:
        """The values at a year.

        Between two years of a series the value is interpolated linearly; before its first or after its last year it is
        the value of that year, given in `from_year`.
        """
        years = np.asarray(self.values.columns, dtype=np.int64)
        values = self.values.to_numpy(dtype=np.float64)
        known = ~np.isnan(values)
        before = np.where(known & (years <= year), years, -1).max(axis=1)
        after = np.where(known & (years >= year), years, np.iinfo(np.int64).max).min(axis=1)
        has_before, has_after = before >= 0, after < np.iinfo(np.int64).max
        first = np.where(has_before, before, after)
        last = np.where(has_after, after, before)
        rows = np.arange(len(values))
        position = {int(each): number for number, each in enumerate(years)}
        low = values[rows, [position.get(int(each), 0) for each in first]]
        high = values[rows, [position.get(int(each), 0) for each in last]]
        weight = np.where(last > first, (year - first) / np.maximum(last - first, 1), 0.0)
        from_year = np.where(has_before & has_after, year, first)
        index = self.values.index
        return AtYear(pd.Series(low + weight * (high - low), index), pd.Series(from_year, index))


@dataclass(frozen=True)
class Chosen:
    """The inputs of one edition: population, rates (as shares) and stock by age.

    `employment` is the share of the labour force that is employed, of all ages. `population_bands` and `migrant_bands`
    are persons by age band, the migrants whatever the edition's stock. `areas` are those to estimate, `without_stock`
    those whose number of migrants is not known. `groups` is the benchmark (frames.COUNTRY_GROUP), `communities` are
    as declared. `filled` gives the origin of each filled (input, area).
    """

    areas: tuple[str, ...]
    population: Yearly
    rate: Yearly
    stock: Yearly
    employment: Yearly
    population_bands: Yearly
    migrant_bands: Yearly
    groups: pd.DataFrame
    communities: Communities
    without_stock: frozenset[str]
    filled: dict[tuple[str, str], str]


def choose(tables: Tables, profile: Profile, method: Method) -> Chosen:
    """The inputs combined in a profile.

    Raises InputError when a vintage is missing, or a declared gap is no gap because the area has its input after all.
    """
    groups = tables.country_group
    covered = groups[(groups["scheme"] == "coverage") & (groups["value"] == method.coverage)]
    whole = {"population": tables.population, "rate": _by_age(tables.rate), "stock": tables.stock}
    chosen = {name: _vintage(table, getattr(profile, name), name) for name, table in whole.items()}
    filled: dict[tuple[str, str], str] = {}
    without: set[str] = set()
    for gap in profile.gaps:
        _check_gap(chosen[gap.input], gap)
        if gap.treatment == "no_migrants_known":
            without |= set(gap.areas)
            continue
        rows = [_fill(whole[gap.input], gap, area) for area in gap.areas]
        chosen[gap.input] = pd.concat([chosen[gap.input], *rows])
        filled |= {(gap.input, area): str(gap.vintage) for area in gap.areas}
    ages = _vintage(tables.stock, Pairing(vintage=method.age_structure), "stock")
    wanted = set(covered["area"])
    return Chosen(
        areas=tuple(sorted(wanted)),
        population=_wide(chosen["population"], wanted),
        rate=_wide(chosen["rate"][chosen["rate"]["age"] != EMPLOYMENT], wanted),
        stock=_wide(chosen["stock"][chosen["stock"]["age"] == "15+"], wanted),
        employment=_employment(chosen["rate"], wanted),
        population_bands=Yearly(banded(_wide(chosen["population"], wanted).values)),
        migrant_bands=Yearly(banded(_wide(ages, wanted).values)),
        groups=groups,
        communities=load_communities(),
        without_stock=frozenset(without),
        filled=filled,
    )


def _by_age(rate: pd.DataFrame) -> pd.DataFrame:
    """The rates that are used, as shares; `age` is the age group, or marks employment of the population."""
    used = rate[rate["indicator"].isin(RATES) & rate["sex"].isin(SEXES)]
    return used.assign(age=used["indicator"].map(RATES), value=used["value"] / 100)


def _employment(rate: pd.DataFrame, wanted: set[str]) -> Yearly:
    """The employed as a share of the labour force, from the shares of both in the population."""
    both = _wide(rate[rate["age"].isin([EMPLOYMENT, "15+"])], wanted)
    employed, force = (both.of_age(age).values for age in (EMPLOYMENT, "15+"))
    return Yearly(employed / force.reindex(employed.index))


def _vintage(table: pd.DataFrame, pairing: Pairing, name: str) -> pd.DataFrame:
    found = table[table["vintage"] == pairing.vintage]
    if pairing.year is not None:
        found = found[found["year"] == pairing.year]
    if found.empty:
        known = ", ".join(sorted(table["vintage"].unique()))
        raise InputError(
            f"there is no {name} of vintage {pairing.vintage}" + (f" for {pairing.year}" if pairing.year else ""),
            where=f"benchmark table '{name}', which has {known}",
            why="the edition would use another revision than the one it states",
            remedy="correct the profile in schemas/editions.yaml, or fetch the benchmark again",
        )
    return found


def _check_gap(table: pd.DataFrame, gap: Gap) -> None:
    present = sorted(set(gap.areas) & set(table["area"]))
    if present:
        raise InputError(
            f"{', '.join(present)} has its {gap.input} after all",
            where="gaps of the edition",
            why="a declared gap would replace what the producer gives now",
            remedy="remove the gap from schemas/editions.yaml",
        )


def _fill(whole: pd.DataFrame, gap: Gap, area: str) -> pd.DataFrame:
    rows = whole[(whole["vintage"] == gap.vintage) & (whole["area"] == area)]
    if rows.empty:
        raise InputError(
            f"the gap of {area} cannot be filled as declared: {gap.input} of {gap.vintage} has none either",
            where="gaps of the edition",
            remedy="correct the gap in schemas/editions.yaml",
        )
    return rows


def _wide(table: pd.DataFrame, areas: set[str]) -> Yearly:
    of_areas = table[table["area"].isin(areas)]
    return Yearly(of_areas.pivot_table(index=AT, columns="year", values="value", aggfunc="first").sort_index(axis=1))
