"""A sample whose units are persons: no strata or PSUs are in the file, or none are used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from schemas.indicators import Indicator
from schemas.partition import Partition
from schemas.survey import Survey
from transforms.estimate.domains import Domains
from transforms.estimate.estimates import Estimates, ratio_of
from transforms.estimate.sample import Sample
from transforms.estimate.squares import Squares, SquareScales, read_squares
from transforms.measures import Sums
from transforms.relation import Relation


@dataclass(frozen=True)
class SampleOfPersons(Sample):
    """All persons are summed together, and the squares of their weights with them; weights of zero count as persons.

    persons  their number in the sample
    """

    persons: float

    def read_squares(self, core: Relation, indicators: Iterable[Indicator]) -> Squares:
        """The squares of weights and of every variable."""
        return read_squares(core, indicators)

    def _between_units(self, domains: Domains, sums: Sums, scales: SquareScales) -> Estimates:
        """Persons as independent units, drawn with replacement, times the declared design effect.

        svydesign(ids = ~1, weights = ~w) of R's survey.
        """
        y, x, ratio = ratio_of(domains, sums)
        yy, xy, xx = (
            scale * domains.totals[name] if name is not None else np.zeros_like(y)
            for scale, name in zip(scales, (sums.yy, sums.xy, sums.xx), strict=True)
        )
        units = self.persons
        squares = yy - 2 * ratio * xy + ratio**2 * xx
        spread = squares - (y - ratio * x) ** 2 / units
        variance = self.design.design_effect * spread * (units / (units - 1) if units > 1 else np.nan)
        return Estimates(domains.totals[sums.n], y, x, domains.totals[sums.base] - 1, variance)


def read_persons(core: Relation, source: Survey, _partition: Partition) -> SampleOfPersons:
    """The persons of the records."""
    return SampleOfPersons(source.design, 1, float(core.count()))
