"""The inputs of an edition: the vintages that its profile pairs, with the gaps filled that it declares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from schemas.editions import Gap, Method, Pairing, Profile
from schemas.errors import InputError
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
    """The benchmarks as long tables (schemas/sources/X01), every vintage of them."""

    population: pd.DataFrame
    rate: pd.DataFrame
    stock: pd.DataFrame
    reported: pd.DataFrame
    country_group: pd.DataFrame


@dataclass(frozen=True)
class Chosen:
    """The inputs of one edition: on index (area, sex, age), one column a year; rates as shares.

    `employment` is the share of the labour force that is employed. `population_bands` and `migrant_bands` are persons
    by age band, the migrants whatever the edition's stock. `areas` are those to estimate, `without_stock` those whose
    migrants nobody knows. `filled` says which (input, area) comes from where.
    """

    areas: tuple[str, ...]
    population: pd.DataFrame
    rate: pd.DataFrame
    stock: pd.DataFrame
    employment: pd.DataFrame
    population_bands: pd.DataFrame
    migrant_bands: pd.DataFrame
    groups: pd.DataFrame
    without_stock: frozenset[str]
    filled: dict[tuple[str, str], str]


def choose(tables: Tables, profile: Profile, method: Method) -> Chosen:
    """The inputs that a profile pairs.

    Raises InputError when a vintage is missing, or a declared gap is none: the area has its input after all.
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
        population_bands=banded(_wide(chosen["population"], wanted)),
        migrant_bands=banded(_wide(ages, wanted)),
        groups=groups,
        without_stock=frozenset(without),
        filled=filled,
    )


def _by_age(rate: pd.DataFrame) -> pd.DataFrame:
    """The rates that are used, as shares; `age` says of whom, or that it is employment of the population."""
    used = rate[rate["indicator"].isin(RATES) & rate["sex"].isin(SEXES)]
    return used.assign(age=used["indicator"].map(RATES), value=used["value"] / 100)


def _employment(rate: pd.DataFrame, wanted: set[str]) -> pd.DataFrame:
    """The employed as a share of the labour force, from both as shares of the population."""
    both = _wide(rate[rate["age"].isin([EMPLOYMENT, "15+"])], wanted)
    ages = both.index.get_level_values("age")
    employed, force = (both[ages == age].droplevel("age") for age in (EMPLOYMENT, "15+"))
    return employed / force.reindex(employed.index)


def _vintage(table: pd.DataFrame, pairing: Pairing, name: str) -> pd.DataFrame:
    found = table[table["vintage"] == pairing.vintage]
    if pairing.year is not None:
        found = found[found["year"] == pairing.year]
    if found.empty:
        known = ", ".join(sorted(table["vintage"].unique()))
        raise InputError(
            f"there is no {name} of vintage {pairing.vintage}" + (f" for {pairing.year}" if pairing.year else ""),
            where=f"benchmark table '{name}', which has {known}",
            why="the edition would be made from another revision than it says",
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


def _wide(table: pd.DataFrame, areas: set[str]) -> pd.DataFrame:
    of_areas = table[table["area"].isin(areas)]
    return of_areas.pivot_table(index=AT, columns="year", values="value", aggfunc="first").sort_index(axis=1)


def at_year(wide: pd.DataFrame, year: int) -> pd.DataFrame:
    """The values of a wide table at a year: `value`, and `from_year`, the year that they are of.

    Between two years of a series the value lies on the line between them; before its first or after its last year it is
    the value of that year, which `from_year` then names.
    """
    years = np.asarray(wide.columns, dtype=np.int64)
    values = wide.to_numpy(dtype=np.float64)
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
    return pd.DataFrame({"value": low + weight * (high - low), "from_year": from_year}, index=wide.index)
