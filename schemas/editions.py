"""Editions of the regional estimates, as `editions.yaml` declares them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from schemas.codelists import load_codelist
from schemas.communities import load_communities
from schemas.declaration import Declaration, Trilingual
from schemas.errors import DeclarationError
from schemas.yaml_lines import load_model, refuse_faults

EDITIONS_FILE = Path(__file__).parent / "editions.yaml"
Basis = Literal["foreign_born", "foreign_citizens"]
Model = Literal["cell_median", "mixed_effects", "ridge", "combined"]
Input = Literal["population", "rate", "stock"]


class EstimateSource(Declaration):
    """Who publishes the estimates."""

    id: str
    title: Trilingual
    producer: str
    citation: str
    licence: str
    landing_page: str
    source_type: str

    @property
    def written(self) -> str:
        """As column `source` of the observations has it."""
        return f"{self.source_type}:{self.id}"


class Odds(Declaration):
    """How an observed odds ratio is chosen, and how far it may be off (standard errors of its logarithm).

    Under `odds` it is that of being in the labour force, under `employment` that of being employed when in it.

    Of several reports the basis named first wins, then the nearest year within the window, then 15+ before 15-64.
    A series of reports is first smoothed over `smooth_years` years around each; 1 leaves it as it is.
    """

    bases: list[Basis] = Field(min_length=1)
    window_years: int = Field(ge=0)
    replaced_by_national: bool
    errors: dict[str, float]
    error_per_root_year: float = Field(ge=0)
    error_of_other_basis: float = Field(ge=0)
    error_of_extension: float = Field(ge=0)
    smooth_years: int = Field(default=1, ge=1)

    @model_validator(mode="after")
    def _default_error(self) -> Odds:
        if "default" not in self.errors:
            raise ValueError("errors need a `default`")
        if self.smooth_years % 2 == 0:
            raise ValueError("`smooth_years` is odd: as many years before as after")
        return self


class ModelRules(Declaration):
    """What the models for areas that do not report are fitted with."""

    penalty: float = Field(gt=0)
    smallest_cell: int = Field(ge=2)


class Imputation(ModelRules):
    """The model used for areas that do not report; the others are fitted beside it and shown."""

    model: Model


class Activities(Declaration):
    """Whose structure by broad activity is used: the nearest year within the window, the basis named first."""

    bases: list[Basis] = Field(min_length=1)
    window_years: int = Field(ge=0)


class Simulation(Declaration):
    """How intervals are simulated."""

    draws: int = Field(ge=100)
    seed: int
    level: float = Field(gt=0, lt=1)


class Method(Declaration):
    """What all editions have in common.

    coverage               scheme `coverage` of the country groups: the areas that are estimated
    maximum_migrant_share  migrants are capped at this share of the population of their sex
    carry_rates_years      an area without a rate in the year takes the nearest one not further away
    share_observed_needed  aggregates with a smaller share of observed migrants are flagged unreliable
    age_structure          vintage of the stock whose ages all editions use
    prime_age_weight       where participation of 55-64 lies between that of 65+ (0) and of 25-54 (1), in log odds
    """

    coverage: str
    maximum_migrant_share: float = Field(gt=0, lt=1)
    carry_rates_years: int = Field(ge=0)
    share_observed_needed: float = Field(ge=0, le=1)
    age_structure: str
    prime_age_weight: float = Field(ge=0, le=1)
    odds: Odds
    employment: Odds
    employment_imputation: Imputation
    activities: Activities
    imputation: ModelRules
    simulation: Simulation


class Pairing(Declaration):
    """The vintage of one input, and its year when that is not the reference year."""

    vintage: str
    year: int | None = None


class Gap(Declaration):
    """What is done for areas that an input lacks, and why.

    other_vintage      the nearest year of another vintage
    no_migrants_known  population and labour force count, migrants do not (stock only)
    """

    input: Input
    areas: list[str] = Field(min_length=1)
    treatment: Literal["other_vintage", "no_migrants_known"]
    vintage: str | None = None
    because: str

    @model_validator(mode="after")
    def _complete(self) -> Gap:
        if (self.treatment == "other_vintage") != (self.vintage is not None):
            raise ValueError("`other_vintage`, and only it, names a `vintage`")
        if self.treatment == "no_migrants_known" and self.input != "stock":
            raise ValueError("only a stock can be unknown; population and rates are needed")
        return self


class Profile(Declaration):
    """One edition: its reference year, the vintages it pairs, its imputation model, and what it does about gaps.

    `first_year` is where its back series begins; `published` says whether a release carries its aggregates.
    """

    title: str
    year: int
    first_year: int | None = None
    published: bool = False
    population: Pairing
    rate: Pairing
    stock: Pairing
    model: Model
    mixes_revisions: str | None = None
    gaps: list[Gap] = []

    @property
    def years(self) -> range:
        """The years estimated, the reference year last."""
        return range(self.first_year or self.year, self.year + 1)

    @property
    def vintages(self) -> tuple[str, str, str]:
        """The vintages paired: population, rate, stock."""
        return self.population.vintage, self.rate.vintage, self.stock.vintage


class AreaGroups(Declaration):
    """The groups of areas that are published, in the codes of CL_AREA; each list divides the world.

    Regional communities (schemas/communities.yaml), which overlap, are published beside them.
    """

    world: str
    regions: tuple[str, ...] = Field(min_length=1)
    subregions: tuple[str, ...] = Field(min_length=1)
    income_groups: tuple[str, ...] = Field(min_length=1)

    @property
    def partitions(self) -> dict[str, tuple[str, ...]]:
        """Each way in which the world is divided."""
        return {"regions": self.regions, "subregions": self.subregions, "income_groups": self.income_groups}

    @property
    def every(self) -> tuple[str, ...]:
        """Every code once, the world first, the communities last."""
        divisions = [self.world, *self.regions, *self.subregions, *self.income_groups]
        return tuple(dict.fromkeys([*divisions, *load_communities().communities]))


class Editions(Declaration):
    """The whole file."""

    source: EstimateSource
    groups: AreaGroups
    built_on: dict[str, str]
    method: Method
    profiles: dict[str, Profile] = Field(min_length=1)

    def profile(self, edition: str) -> Profile:
        """One edition. Raises DeclarationError when there is none of that name."""
        if edition not in self.profiles:
            raise DeclarationError(
                f"there is no edition '{edition}'",
                where=str(EDITIONS_FILE),
                remedy=f"use one of: {', '.join(self.profiles)}; or declare it",
            )
        return self.profiles[edition]


@cache
def load_editions(file: Path = EDITIONS_FILE) -> Editions:
    """Every edition. Raises DeclarationError that names file and line, for mixed revisions among other things."""
    editions, lines = load_model(Editions, file)
    refuse_faults(file, lines, _faults(editions))
    return editions


def _faults(editions: Editions) -> Iterator[tuple[tuple[str, ...], str]]:
    areas = {code.code for code in load_codelist("CL_AREA").codes}
    for code in editions.groups.every:
        if code not in areas:
            yield ("groups",), f"group '{code}' is not in CL_AREA; write the code list's code, or add it there"
    published = [name for name, profile in editions.profiles.items() if profile.published]
    if len(published) != 1:
        fault = f"exactly one edition is published, so that no series mixes two; {len(published)} are declared so"
        yield ("profiles",), fault
    for name, profile in editions.profiles.items():
        at = ("profiles", name)
        unknown = [vintage for vintage in profile.vintages if vintage not in editions.built_on]
        for vintage in unknown:
            yield at, f"{name}: vintage '{vintage}' is not in built_on"
        revisions = {editions.built_on.get(vintage) for vintage in profile.vintages}
        if len(revisions) > 1 and not unknown and not profile.mixes_revisions:
            made = ", ".join(f"{vintage} on {editions.built_on[vintage]}" for vintage in profile.vintages)
            yield (
                at,
                (
                    f"{name}: the vintages were made with different populations ({made}); pair vintages of one, "
                    "or say in `mixes_revisions` why not"
                ),
            )
        if profile.years.start > profile.year:
            yield at, f"{name}: the back series begins after the reference year"
