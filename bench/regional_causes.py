"""Why the estimates of 2022 differ from the ILO's in a subregion and in ages: step by step, area by area.

    ILMS_MIRROR=<folder> python -m bench.regional_causes [release folder]

The subregion: its estimate as inputs are replaced one after the other by those that the ILO's fourth edition had, and
the areas that the change comes from. The ages: surveys of a release that know the ages of migrants in the labour force,
beside what the rule of the estimates gives, as what they know is replaced step by step by what the rule takes.
Nothing here changes an estimate.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd
from rich.console import Console
from rich.table import Table

from bench.regional import MILLION, figure, load_tables, published
from ilms.settings import load_settings
from schemas.editions import Editions, Pairing, load_editions
from schemas.errors import SourceUnavailable
from transforms.regional.ages import age_profile
from transforms.regional.bands import BANDS
from transforms.regional.by_age import by_age
from transforms.regional.edition import Prepared, estimate_areas, prepare
from transforms.regional.inputs import SEXES, Tables
from warehouse.release.database import open_release

YEAR = 2022
SUBREGION = "X64"
"""Northern, Southern and Western Europe."""
AREAS_SHOWN = 8
SURVEYED = """
    select split_part(source, ':', 2) as source, time, ref_area as area, if(sex = 'SEX_M', 'male', 'female') as sex,
        replace(replace(classif1, 'AGE_AGGREGATE_Y', ''), 'GE65', '65+') as age,
        max(obs_value) filter (indicator = $persons and classif2 = 'CBR_BIR_TOTAL') as population,
        max(obs_value) filter (indicator = $force and classif2 = 'CBR_BIR_TOTAL') as labour_force,
        max(obs_value) filter (indicator = $persons and classif2 = 'CBR_BIR_FOREIGN') as migrants,
        max(obs_value) filter (indicator = $force and classif2 = 'CBR_BIR_FOREIGN') as migrant_labour_force
    from observation
    where indicator in ($persons, $force) and sex <> 'SEX_T' and starts_with(classif1, 'AGE_AGGREGATE_Y')
        and length(time) = 4 and not starts_with(ref_area, 'ZZZ')
    group by all
    having migrant_labour_force > 0
    order by all
"""
COUNTED = {"persons": "MST_XWAP_SEX_AGE_CBR_NB", "force": "MST_TEAP_SEX_AGE_CBR_NB"}


@dataclass(frozen=True)
class Step:
    """The areas of the subregion (frames.PARTICIPATION) with one input more replaced."""

    replaced: str
    areas: pd.DataFrame

    def millions(self, column: str) -> float:
        """The sum of a column over the areas."""
        return float(self.areas[column].sum() / MILLION)


def steps(tables: Tables, editions: Editions, migrants: float) -> list[Step]:
    """From the published edition to the inputs of the ILO's fourth one, last with its own total of `migrants`."""
    ours, fourth = editions.profile("latest"), editions.profile("2022")
    two_years_before = ours.model_copy(update={"stock": Pairing(vintage=ours.stock.vintage, year=fourth.stock.year)})
    older_stock = ours.model_copy(update={"stock": fourth.stock, "gaps": fourth.gaps})
    return [
        Step(replaced, _areas(prepare(tables, profile, editions.method), scale))
        for replaced, profile, scale in (
            ("as published here", ours, None),
            (f"migrants of {fourth.stock.year}, not of {YEAR}", two_years_before, None),
            (f"by the revision {fourth.stock.vintage}", older_stock, None),
            (f"population of {fourth.population.vintage}", fourth, None),
            ("migrants scaled to the ILO's total of the world", fourth, migrants),
        )
    ]


def _areas(prepared: Prepared, scaled_to: float | None) -> pd.DataFrame:
    frame = estimate_areas(prepared, YEAR, scaled_to=scaled_to).frame
    return frame[frame["subregion"] == SUBREGION].reset_index(drop=True)


def by_area(before: Step, after: Step) -> pd.DataFrame:
    """Thousands by which migrants, and those in the labour force, change in each area; the largest change first."""
    columns = ["migrants", "migrant_labour_force"]
    one, other = (each.areas.groupby("area")[columns].sum() / 1000 for each in (before, after))
    return (other - one).sort_values("migrant_labour_force", key=abs, ascending=False)


def observed(step: Step) -> Mapping[tuple[str, str], float]:
    """Millions of migrants in the labour force by what their participation comes from: basis and year of the report."""
    areas = step.areas.assign(
        basis=step.areas["basis"].fillna("imputed"),
        year=step.areas["odds_year"].map(lambda year: "" if pd.isna(year) else str(int(year))),
    )
    found = areas.groupby(["basis", "year"], as_index=False)["migrant_labour_force"].sum()
    millions = found["migrant_labour_force"] / MILLION
    return dict(zip(zip(found["basis"], found["year"], strict=True), map(float, millions), strict=True))


@dataclass(frozen=True)
class Shares:
    """Migrants in the labour force by age band, in per cent, with more and more of it by the rule of the estimates."""

    observed: tuple[float, ...]
    one_odds_ratio: tuple[float, ...]
    participation_by_rule: tuple[float, ...]
    ages_of_the_benchmark: tuple[float, ...]


def shares_by_age(survey: pd.DataFrame, profile: pd.DataFrame) -> Shares:
    """What a survey knows of migrants in the labour force by age, beside what the rule gives for it.

    `survey` has a row for each sex and age band, with population, labour_force, migrants and migrant_labour_force;
    `profile` (frames.AGE_PROFILE) is what the estimates take for the area. First the rule has the survey's own ages and
    participation, then its participation by age, then the migrants' ages too.
    """
    known = {
        column: survey.pivot_table(index="sex", columns="age", values=column).loc[list(SEXES), list(BANDS)]
        for column in ("population", "labour_force", "migrants", "migrant_labour_force")
    }
    area = str(survey["area"].iloc[0])
    margins = pd.DataFrame({name: table.sum(axis=1).to_numpy() for name, table in known.items()})
    margins = margins.assign(area=area, sex=list(SEXES), region="", subregion="", income="", communities="")
    rates = known["labour_force"] / known["population"]
    own = pd.concat(
        [
            known["population"].div(known["population"].sum(axis=1), axis=0).add_prefix("population_"),
            known["migrants"].div(known["migrants"].sum(axis=1), axis=0).add_prefix("migrants_"),
            rates.add_prefix("rate_"),
        ],
        axis=1,
    )
    own.index = pd.MultiIndex.from_product([[area], SEXES], names=["area", "sex"])
    benchmark = profile.loc[own.index]
    by_rule = own.assign(**{f"rate_{band}": benchmark[f"rate_{band}"] for band in BANDS})
    aged = by_rule.assign(**{f"migrants_{band}": benchmark[f"migrants_{band}"] for band in BANDS})
    return Shares(
        _per_cent(known["migrant_labour_force"].sum()),
        *(
            _per_cent(by_age(margins, each).groupby("age")["migrant_labour_force"].sum())
            for each in (own, by_rule, aged)
        ),
    )


def _per_cent(bands: pd.Series) -> tuple[float, ...]:
    return tuple(float(100 * bands[band] / bands.sum()) for band in BANDS)


def surveyed(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, pd.DataFrame]]:
    """Surveys of a release, by source and year, that have migrants in the labour force by sex and age."""
    found = connection.execute(SURVEYED, COUNTED).df()
    for (source, time), rows in found.groupby(["source", "time"]):
        if len(rows) == len(SEXES) * len(BANDS):
            yield f"{source} {time}", rows


def show_subregion(console: Console, found: list[Step], theirs: float) -> None:
    """Print the steps, the areas behind the largest, and where participation comes from."""
    table = Table("", "migrants", "in the labour force", "change", title=f"{SUBREGION}, {YEAR}, millions", box=None)
    last = None
    for step in found:
        now = step.millions("migrant_labour_force")
        change = "" if last is None else f"{now - last:+.2f}"
        table.add_row(step.replaced, f"{step.millions('migrants'):.2f}", f"{now:.2f}", change)
        last = now
    table.add_row(
        "published by the ILO (share of the world's total)", "", f"{theirs:.2f}", f"{theirs - (last or 0):+.2f}"
    )
    console.print(table, "")
    table = Table("area", "migrants", "in the labour force", title="From the first to the fourth, thousands", box=None)
    for area, row in by_area(found[0], found[3]).head(AREAS_SHOWN).iterrows():
        table.add_row(str(area), f"{row['migrants']:+,.0f}", f"{row['migrant_labour_force']:+,.0f}")
    console.print(table, "")
    for (basis, year), millions in observed(found[0]).items():
        console.print(f"participation {basis} {year}: {millions:.2f} million in the labour force")
    console.print("")


def show_ages(console: Console, prepared: Prepared, release: Path) -> None:
    """Print the shares of each survey by step."""
    table = Table("", "step", *BANDS, title="Migrants in the labour force by age, per cent", box=None)
    with open_release(release) as connection:
        for name, survey in surveyed(connection):
            area, year = str(survey["area"].iloc[0]), int(survey["time"].iloc[0])
            if area not in prepared.chosen.areas:
                continue
            profile = age_profile(prepared.chosen, year, prepared.method.prime_age_weight)
            for step, shares in vars(shares_by_age(survey, profile)).items():
                table.add_row(name, step.replace("_", " "), *(f"{share:.1f}" for share in shares))
    console.print(table, "")


def main(arguments: list[str]) -> int:
    """Print the causes; those of ages where the folder of a release is given."""
    console, settings = Console(), load_settings()
    if settings.mirror is None:
        raise SourceUnavailable("the causes need ILMS_MIRROR", remedy="set it to the folder of the producers' files")
    theirs, tables, editions = published(settings.mirror), load_tables(settings), load_editions()
    migrants = figure(theirs, 4, YEAR, "international_migrants_15plus", "T")
    world = figure(theirs, 4, YEAR, "migrant_labour_force", "T")
    share = figure(theirs, 4, YEAR, "share_of_migrant_labour_force", "T", SUBREGION)
    show_subregion(console, steps(tables, editions, migrants * MILLION), world * share / 100)
    if arguments:
        show_ages(console, prepare(tables, editions.profile("latest"), editions.method), Path(arguments[0]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
