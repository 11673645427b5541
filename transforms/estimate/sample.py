"""The sample of a partition's persons: one class for each kind of sampling unit.

Everything that differs between kinds of sampling units is in the class: how a person's unit is found, how the scans
sum, whether squares are summed, and how the variance between units is computed. `read_sample`
(transforms.estimate.samples) makes it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from schemas.indicators import Indicator
from schemas.sample_design import Design
from transforms.estimate.coding import WEIGHT_UNITS
from transforms.estimate.domains import Domains, Floats
from transforms.estimate.estimates import Estimates, divided, ratio_of
from transforms.estimate.scores import SampledUnits
from transforms.estimate.squares import UNSCALED, Squares, SquareScales
from transforms.measures import Scale, Sums
from transforms.relation import Relation, create_table
from transforms.sql import load_sql


@dataclass(frozen=True)
class Sample(ABC):
    """The whole sample of a partition.

    design         the declared sample design
    count          its sampling units, numbered from 0
    is_replicated  whether every number is estimated from each unit, instead of from all of them together
    unit           SQL of the number of a person's sampling unit
    """

    design: Design
    count: int
    is_replicated: ClassVar[bool] = False
    unit: ClassVar[str] = "0"

    @property
    def weights(self) -> list[str]:
        """The columns of weights in table `persons`."""
        return ["weight"]

    def records(self, core: Relation) -> str:
        """SQL of the person records, with each of the weights in a column."""
        return str(core)

    def join_units(self) -> str:
        """SQL that joins a person's sampling unit to the records; empty where `unit` needs none."""
        return ""

    def create_persons(self, core: Relation, query: str, columns: Sequence[str]) -> Relation:
        """The table or view that the scans read, from its query."""
        return create_table(core.connection, "persons", query, columns=columns)

    def read_squares(self, _core: Relation, _indicators: Iterable[Indicator]) -> Squares:
        """Which squares of weights and of the indicators' variables are summed."""
        return Squares()

    def atoms_query(
        self,
        persons: Relation,
        keys: Mapping[str, str],
        where: str,
        variables: Iterable[str],
        squares: Mapping[str, str],
    ) -> str:
        """Query of the atoms: a row per combination of the `keys` (SQL by name) and sampling unit.

        `squares` are SQL by name of the sums of squares.
        """
        sums = {name: _weighted(name) for name in variables}
        named = {f"wv_{name}": sql for name, sql in sums.items()} | dict(squares)
        return load_sql(__file__, "atoms").substitute(
            persons=persons,
            coded=",\n    ".join(f"{sql} as {name}" for name, sql in keys.items()),
            weight_units=WEIGHT_UNITS,
            sums="".join(f",\n    {sql} as {name}" for name, sql in named.items()),
            in_any_population=where,
        )

    def below_query(self, valued: Relation, bounds: Relation, squares: Mapping[str, str]) -> str:
        """Query of the cases, weights and `squares` at or below the quantile and in all, per cell and sampling unit."""
        return load_sql(__file__, "below").substitute(
            valued=valued, bounds=bounds, squares="".join(f",\n    {sql} as {name}" for name, sql in squares.items())
        )

    def estimate(self, domains: Domains, sums: Sums, scales: SquareScales = UNSCALED) -> Estimates:
        """The estimates of an indicator computed from sums of the domains.

        `scales` bring the squares back from the units in which they were summed. Variances that the sample cannot give
        are left out: they would come out as zero and look perfectly precise. Where no stratum has cases in two sampling
        units, there are no degrees of freedom, and nothing is known of how a rate, a mean or a gap differs between
        units. A total also varies because of units without a case; it lacks a variance only where there are no such
        units.
        """
        found = self._between_units(domains, sums, scales)
        alone = found.degrees_of_freedom <= 0
        if sums.is_total:
            alone &= np.nan_to_num(found.variance) <= 0
        return replace(found, variance=np.where(alone, np.nan, found.variance))

    def units(self) -> SampledUnits | None:
        """Its units by name, where the same ones may be in another wave; None where they have no names."""
        return None

    def scores(self, domains: Domains, sums: Sums, scale: Scale, cells: Sequence[int]) -> Floats:
        """The scores of an indicator in some cells (transforms.estimate.scores), cells by units, in the published unit.

        Of the linear variable, y or y - ratio x, they are the totals by unit, divided by x for a ratio: their variance
        between the units is the square of the standard error.
        """
        _, x, ratio = (each[list(cells)] for each in ratio_of(domains, sums))
        scores = domains.by_unit(sums.y, cells)
        if sums.x is not None:
            scores = scores - ratio[:, np.newaxis] * domains.by_unit(sums.x, cells)
        return scaled(scores, x, scale)

    @abstractmethod
    def _between_units(self, domains: Domains, sums: Sums, scales: SquareScales) -> Estimates:
        """The estimates, with the variance between the sampling units."""


def scaled(scores: Floats, x: Floats, scale: Scale) -> Floats:
    """Scores, cells by units, on the published scale."""
    over = divided(scores, np.broadcast_to(x[:, np.newaxis], scores.shape)) if scale.over_x else scores
    return np.asarray(np.nan_to_num(over) * scale.times / scale.unit)


def _weighted(name: str) -> str:
    """SQL of the sum of a variable's weighted values."""
    return f"coalesce(sum(cast(cast(weight as double) * {name} as decimal(38, 8))), 0)"
