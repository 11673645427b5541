"""The catalogue of indicators, as `indicators.yaml` declares it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from schemas.classifications import load_classifications, load_versions
from schemas.concepts import core_columns, load_concepts
from schemas.declaration import Declaration, Trilingual
from schemas.errors import DeclarationError
from schemas.expressions import check_expression, expression_columns
from schemas.ilostat import series_faults
from schemas.published_indicator import PublishedIndicator
from schemas.reliability import Reliability, load_reliability
from schemas.statuses import DeclaredStatus
from schemas.yaml_lines import load_model, refuse_faults

__all__ = ["Catalogue", "Indicator", "Population", "Reliability", "load_catalogue", "load_reliability"]

THRESHOLD = "threshold_"
PARTS = (
    "population", "numerator", "denominator", "variable", "base_variable", "quantile", "against", "factors",
    "shares_of",
)  # fmt: skip
INDICATORS_FILE = Path(__file__).parent / "indicators.yaml"


class Population(Declaration):
    """A named group of persons: an expression over canonical variables.

    A population `within` another one adds its own condition and needs to those of the other; once the catalogue is
    loaded, `where` and `needs` are the whole.
    Where a source has a variable of `needs` for nobody, it is not known who belongs to the population, and its
    indicators are left out; so they are where the source is declared to be without one of the populations that it is
    `made_of`, or cannot have one of the values that it `includes`.
    """

    label: Trilingual
    within: str | None = None
    where: str
    needs: list[str] = []
    made_of: list[str] = []
    includes: dict[str, str] = Field(
        default={},
        description="category -> a value that its persons have: where neither the records nor the declaration know it, "
        "the source covers nobody of the population, and a zero would be read as a finding",
    )
    absent: bool = Field(
        default=False, description="whether it consists of household members who live abroad, and so of no residents"
    )


class Threshold(Declaration):
    """A value computed from the partition before its indicators, to which populations then refer.

    It is `factor` times the weighted `quantile` of `variable` over a `population`: the smallest value at which the
    cumulative weight reaches the share. Expressions name it `threshold_<its name>`. Standard errors take it as known.
    """

    label: Trilingual
    population: str
    variable: str
    quantile: float = Field(gt=0, lt=1)
    factor: str = Field(default="1", pattern=r"^\d+(/[1-9]\d*)?$")
    reference: str

    @property
    def multiplier(self) -> float:
        """The factor as a number: two thirds of '2/3'."""
        return float(Fraction(self.factor))


class Indicator(PublishedIndicator):
    """One indicator.

    count     a population, in persons
    rate      one population (`numerator`) per hundred of another that holds it (`denominator`)
    mean      of a numeric `variable` over the persons of a `population` who have a value
    ratio     the total of a `variable` over that of a `base_variable`, over the persons who have both
    quantile  of a `variable`; `quantile` 0.5 is the median
    gap       by how many per cent the mean of a `variable` over a `population` is below its mean `against` another.
              With `factors` (versions of classifications) it is the mean of the gaps inside their classes, each
              weighted by its part of the persons `shares_of` who have a value; a class without both groups is left out

    `essential` are the dimensions without which it says nothing that others do not: a source that lacks one does not
    give it, where it would else give totals.
    """

    measure: Literal["count", "rate", "mean", "ratio", "quantile", "gap"]
    population: str | None = None
    numerator: str | None = None
    denominator: str | None = None
    variable: str | None = None
    base_variable: str | None = None
    quantile: float | None = Field(default=None, gt=0, lt=1)
    against: str | None = None
    factors: list[str] | None = Field(default=None, min_length=1)
    shares_of: str | None = None
    essential: list[str] = []
    status: DeclaredStatus | None = None

    @model_validator(mode="after")
    def _populations_of_the_measure(self) -> Indicator:
        given = {part for part in PARTS if getattr(self, part) is not None}
        wanted = {
            "count": {"population"},
            "rate": {"numerator", "denominator"},
            "mean": {"population", "variable"},
            "ratio": {"population", "variable", "base_variable"},
            "quantile": {"population", "variable", "quantile"},
            "gap": {"population", "variable", "against"} | ({"factors", "shares_of"} if self.factors else set()),
        }[self.measure]
        if given != wanted:
            raise ValueError(f"a {self.measure} has {' and '.join(sorted(wanted))}, and nothing else")
        return self

    @property
    def types(self) -> tuple[str, ...]:
        """The ids of those classifications in data structures: two may share one, as CBR and CBR_BRT do."""
        declared = load_classifications()
        return tuple(declared[name].dimension or name for name in self.classifications)

    @property
    def counted(self) -> str:
        """The population whose cases are counted: the numerator of a rate."""
        return str(self.population or self.numerator)

    @property
    def populations(self) -> set[str]:
        """Every population that the indicator needs."""
        named = (self.population, self.numerator, self.denominator, self.against, self.shares_of)
        return {name for name in named if name is not None}

    @property
    def variables(self) -> tuple[str, ...]:
        """The numeric variables that it is made of."""
        return tuple(name for name in (self.variable, self.base_variable) if name is not None)


class Catalogue(Declaration):
    """The whole file."""

    thresholds: dict[str, Threshold] = {}
    populations: dict[str, Population]
    indicators: dict[str, Indicator]

    @property
    def columns(self) -> set[str]:
        """What the expression of a population may name: core columns and thresholds."""
        return {*core_columns(), *(f"{THRESHOLD}{name}" for name in self.thresholds)}

    def condition(self, population: str) -> str:
        """SQL of who belongs to a population, over core records with the thresholds beside them."""
        where = self.populations[population].where
        return check_expression(where, columns=self.columns, where=f"population {population}")

    def populations_of(self, indicator: Indicator) -> set[str]:
        """Every population that an indicator needs, and those that these are made of."""
        made_of = {part for name in indicator.populations for part in self.populations[name].made_of}
        return indicator.populations | made_of

    def only(self, names: Collection[str]) -> Catalogue:
        """Some of the indicators, with the populations and thresholds that they need."""
        indicators = {name: each for name, each in self.indicators.items() if name in names}
        needed = set().union(*(self.populations_of(each) for each in indicators.values()))
        used = [each for indicator in indicators.values() for each in self.thresholds_of(indicator)]
        thresholds = {name: each for name, each in self.thresholds.items() if each in used}
        needed |= {each.population for each in thresholds.values()}
        populations = {name: each for name, each in self.populations.items() if name in needed}
        return Catalogue.model_construct(thresholds=thresholds, populations=populations, indicators=indicators)

    def thresholds_of(self, indicator: Indicator) -> list[Threshold]:
        """The thresholds that the populations of an indicator refer to."""
        named = {
            column for each in indicator.populations for column in expression_columns(self.populations[each].where)
        }
        return [threshold for name, threshold in self.thresholds.items() if f"{THRESHOLD}{name}" in named]


@cache
def load_catalogue() -> Catalogue:
    """Every population and indicator. Raises DeclarationError that names file and line."""
    declared, lines = load_model(Catalogue, INDICATORS_FILE)
    catalogue = declared.model_copy(update={"populations": _composed(declared.populations)})
    refuse_faults(INDICATORS_FILE, lines, _faults(catalogue))
    return catalogue


def _composed(declared: Mapping[str, Population]) -> dict[str, Population]:
    """The populations with the conditions and needs of all those that they are within, the widest first."""
    composed = {}
    for name, own in declared.items():
        parts = [declared[each] for each in reversed(_around(declared, name))] + [own]
        where = " and ".join([parts[0].where, *(f"({each.where})" for each in parts[1:])])
        needs = list(dict.fromkeys(need for each in parts for need in each.needs))
        includes = {variable: value for each in parts for variable, value in each.includes.items()}
        composed[name] = own.model_copy(update={"where": where, "needs": needs, "includes": includes})
    return composed


def _around(declared: Mapping[str, Population], name: str) -> list[str]:
    """The populations that one is within, the nearest first, up to one that does not exist or has occurred before."""
    around: list[str] = []
    at = declared[name].within
    while at is not None and at in declared and at not in (name, *around):
        around.append(at)
        at = declared[at].within
    return around


def _within_faults(catalogue: Catalogue) -> Iterator[tuple[tuple[str, ...], str]]:
    for name, population in catalogue.populations.items():
        widest = catalogue.populations[([name, *_around(catalogue.populations, name)])[-1]]
        if population.within is not None and population.within not in catalogue.populations:
            yield (
                ("populations", name),
                f"population '{name}' is within '{population.within}', which is not a population",
            )
        elif widest.within in catalogue.populations:
            yield ("populations", name), f"population '{name}' is within itself, by '{population.within}'"


def _faults(catalogue: Catalogue) -> Iterator[tuple[tuple[str, ...], str]]:
    for name, threshold in catalogue.thresholds.items():
        yield from (
            (("thresholds", name), f"threshold '{name}': {fault}") for fault in _faults_of(catalogue, threshold)
        )
    yield from _within_faults(catalogue)
    for name, population in catalogue.populations.items():
        try:
            catalogue.condition(name)
        except DeclarationError as error:
            yield ("populations", name), f"population '{name}': {error.what}; {error.remedy}"
        for variable in sorted(set(population.needs) - set(core_columns())):
            yield ("populations", name), f"population '{name}' needs '{variable}', which is not a variable"
        for variable, value in population.includes.items():
            if value not in getattr(load_concepts().get(variable), "values", {}):
                yield (
                    ("populations", name),
                    f"population '{name}' includes '{value}', which is no value of '{variable}'",
                )
        for part in sorted(set(population.made_of) - catalogue.populations.keys()):
            yield ("populations", name), f"population '{name}' is made of '{part}', which is not a population"
    for name, indicator in catalogue.indicators.items():
        yield from ((("indicators", name), f"{name}: {fault}") for fault in _indicator_faults(catalogue, indicator))
        if set(indicator.dimensions) <= load_classifications().keys():
            yield from ((("indicators", name), fault) for fault in _series_faults(name, indicator))


def _faults_of(catalogue: Catalogue, threshold: Threshold) -> Iterator[str]:
    if threshold.population not in catalogue.populations:
        yield f"there is no population '{threshold.population}'"
    elif THRESHOLD in catalogue.populations[threshold.population].where:
        yield "its population may not refer to a threshold"
    if f"{threshold.variable}_missing" not in core_columns():
        yield f"'{threshold.variable}' is not a numeric variable"


def _indicator_faults(catalogue: Catalogue, indicator: Indicator) -> Iterator[str]:
    for population in sorted(indicator.populations - catalogue.populations.keys()):
        yield f"there is no population '{population}'"
    for variable in indicator.variables:
        if f"{variable}_missing" not in core_columns():
            yield f"'{variable}' is not a numeric variable"
    for factor in sorted(set(indicator.factors or []) - load_versions().keys()):
        yield f"there is no version '{factor}' of a classification"
    for dimension in sorted(set(indicator.dimensions) - load_classifications().keys()):
        yield f"there is no classification '{dimension}'"
    for dimension in sorted(set(indicator.essential) - set(indicator.dimensions)):
        yield f"'{dimension}' is essential and not among its dimensions"


def _series_faults(name: str, indicator: Indicator) -> Iterator[str]:
    """How an indicator differs from ILOSTAT's series of the same id."""
    declared = load_classifications()
    types = {declared[each].dimension or each for each in indicator.dimensions}
    yield from series_faults(
        name,
        title=indicator.title,
        unit_measure=indicator.unit_measure,
        unit_mult=indicator.unit_mult,
        decimals=indicator.decimals,
        types=types,
    )
