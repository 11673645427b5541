"""The catalogue of indicators, as `indicators.yaml` declares it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from schemas.classifications import load_classifications
from schemas.concepts import core_columns
from schemas.errors import DeclarationError
from schemas.expressions import check_expression
from schemas.ilostat import series_faults
from schemas.reliability import Reliability, load_reliability
from schemas.source import Declaration, Text
from schemas.statuses import DeclaredStatus
from schemas.yaml_lines import line_of, load_model

__all__ = ["Catalogue", "Indicator", "Population", "Reliability", "load_catalogue", "load_reliability"]

INDICATORS_FILE = Path(__file__).parent / "indicators.yaml"


class Population(Declaration):
    """A named group of persons: an expression over canonical variables.

    A source that has a variable of `needs` for nobody cannot tell who belongs to it, so its indicators are left out.
    """

    label: Text
    where: str
    needs: list[str] = []


class Indicator(Declaration):
    """One indicator.

    count     a population, in persons
    rate      one population (`numerator`) per hundred of another that holds it (`denominator`)
    mean      of a numeric `variable` over the persons of a `population` who have a value
    quantile  of the same; `quantile` 0.5 is the median
    """

    title: Text
    definition: str
    measure: Literal["count", "rate", "mean", "quantile"]
    population: str | None = None
    numerator: str | None = None
    denominator: str | None = None
    variable: str | None = None
    quantile: float | None = Field(default=None, gt=0, lt=1)
    dimensions: list[str] = Field(min_length=1, max_length=3)
    unit_measure: str
    unit_mult: int
    decimals: int
    status: DeclaredStatus | None = None
    reference: str

    @model_validator(mode="after")
    def _populations_of_the_measure(self) -> Indicator:
        parts = ("population", "numerator", "denominator", "variable", "quantile")
        given = {part for part in parts if getattr(self, part) is not None}
        wanted = {
            "count": {"population"},
            "rate": {"numerator", "denominator"},
            "mean": {"population", "variable"},
            "quantile": {"population", "variable", "quantile"},
        }[self.measure]
        if given != wanted:
            raise ValueError(f"a {self.measure} has {' and '.join(sorted(wanted))}, and nothing else")
        return self

    @property
    def classifications(self) -> tuple[str, ...]:
        """The classifications that stand in classif1 and classif2: all but sex, in their order."""
        return tuple(dimension for dimension in self.dimensions if dimension != "SEX")

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
        return {name for name in (self.population, self.numerator, self.denominator) if name is not None}


class Catalogue(Declaration):
    """The whole file."""

    populations: dict[str, Population]
    indicators: dict[str, Indicator]


@cache
def load_catalogue() -> Catalogue:
    """Every population and indicator. Raises DeclarationError that names file and line."""
    catalogue, lines = load_model(Catalogue, INDICATORS_FILE)
    faults = [f"line {line_of(lines, at)}: {fault}" for at, fault in _faults(catalogue)]
    if faults:
        raise DeclarationError(
            f"{len(faults)} fault(s) in {INDICATORS_FILE.name}: " + "; ".join(faults), where=str(INDICATORS_FILE)
        )
    return catalogue


def _faults(catalogue: Catalogue) -> Iterator[tuple[tuple[str, ...], str]]:
    for name, population in catalogue.populations.items():
        try:
            check_expression(population.where, columns=set(core_columns()), where=name)
        except DeclarationError as error:
            yield ("populations", name), f"population '{name}': {error.what}; {error.remedy}"
        for variable in sorted(set(population.needs) - set(core_columns())):
            yield ("populations", name), f"population '{name}' needs '{variable}', which is no variable"
    for name, indicator in catalogue.indicators.items():
        for population_name in filter(None, (indicator.population, indicator.numerator, indicator.denominator)):
            if population_name not in catalogue.populations:
                yield ("indicators", name), f"{name}: there is no population '{population_name}'"
        if indicator.variable is not None and f"{indicator.variable}_missing" not in core_columns():
            yield ("indicators", name), f"{name}: '{indicator.variable}' is no numeric variable"
        for dimension in indicator.dimensions:
            if dimension not in load_classifications():
                yield ("indicators", name), f"{name}: there is no classification '{dimension}'"
        if all(dimension in load_classifications() for dimension in indicator.dimensions):
            yield from ((("indicators", name), fault) for fault in _series_faults(name, indicator))


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
