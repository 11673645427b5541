"""A sample of strata and primary sampling units, and the linearised variance between these."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.sparse import csr_array

from schemas.errors import InputError, about
from schemas.partition import Partition
from schemas.survey import Survey
from transforms.estimate.domains import Domains, Floats
from transforms.estimate.estimates import Estimates, divided, ratio_of
from transforms.estimate.sample import Sample
from transforms.estimate.scores import SampledUnits
from transforms.estimate.squares import SquareScales
from transforms.measures import Sums
from transforms.relation import Relation, create_table
from transforms.sql import load_sql

SAMPLING_UNIT = ("unit", "stratum", "stratum_name", "psu")
LEFT_OF_ROUNDING = 1e-13


@dataclass(frozen=True)
class SampleOfPsus(Sample):
    """The units are the primary sampling units of the sample, with or without persons in the records.

    strata           1 where a unit is in a stratum, units by strata
    psus_of_stratum  how many PSUs each stratum has
    psus             the table sampling_unit(unit, stratum, stratum_name, psu)
    """

    strata: csr_array
    psus_of_stratum: Floats
    psus: Relation
    unit: ClassVar[str] = "sampling_unit.unit"

    def join_units(self) -> str:
        """By the names of the stratum and the PSU."""
        return (
            f"inner join {self.psus} as sampling_unit"
            " on coalesce(core.psu, '') = sampling_unit.psu and coalesce(core.stratum, '') = sampling_unit.stratum_name"
        )

    def units(self) -> SampledUnits:
        """The PSUs by stratum and name."""
        query = f"select stratum_name, psu from {self.psus} order by unit"
        strata, names = zip(*self.psus.connection.execute(query).fetchall(), strict=True)
        return SampledUnits(np.array(strata, dtype=str), np.array(names, dtype=str))

    def _between_units(self, domains: Domains, sums: Sums, _: SquareScales) -> Estimates:
        """Linearised variance under a stratified design, PSUs taken as drawn with replacement.

        Wolter, Introduction to Variance Estimation, 2007, chapter 6; the same as svytotal and svyratio of R's survey. A
        total is itself linear; the linear variable of a ratio is z = y - ratio x. PSUs of the sample without a case in
        the cell count with z = 0. A stratum with a single PSU adds nothing, its own square (adjust, as in R's survey),
        or the mean of the others (average).
        """
        y, x, ratio = ratio_of(domains, sums)
        z, squares = domains.by_stratum(sums.y, self.strata), domains.products(sums.y, sums.y, self.strata)
        size = squares
        if sums.x is not None:
            rate = ratio[:, np.newaxis]
            z = z - rate * domains.by_stratum(sums.x, self.strata)
            of_x = rate**2 * domains.products(sums.x, sums.x, self.strata)
            squares, size = squares - 2 * rate * domains.products(sums.y, sums.x, self.strata) + of_x, squares + of_x
        units = self.psus_of_stratum
        spread = squares - z**2 / units
        spread = np.where(spread > LEFT_OF_ROUNDING * size, spread, 0)
        alone = z**2 if self.design.single_psu == "adjust" else np.zeros_like(z)
        of_strata = np.where(units > 1, spread * units / np.maximum(units - 1, 1), alone)
        base_units = domains.units_with(sums.base, self.strata)
        with_cases = (base_units > 0).sum(axis=1)
        variance = of_strata.sum(axis=1)
        if self.design.single_psu == "average":
            usable = ((base_units > 0) & (units > 1)).sum(axis=1)
            variance = variance * divided(with_cases, usable)
        return Estimates(domains.totals[sums.n], y, x, base_units.sum(axis=1) - with_cases, variance)


def read_psus(core: Relation, source: Survey, partition: Partition) -> SampleOfPsus:
    """The strata and PSUs of the person records.

    Raises InputError when a stratum has a single PSU and the declaration does not say how to treat it.
    """
    design = source.design
    query = load_sql(__file__, "sampling_units").substitute(core=core)
    psus = create_table(core.connection, "sampling_unit", query, columns=SAMPLING_UNIT)
    found = core.connection.execute(f"select unit, stratum, stratum_name from {psus} order by unit").fetchnumpy()
    strata = csr_array((np.ones(len(found["unit"])), (found["unit"], found["stratum"])))
    psus_of_stratum = np.asarray(strata.sum(axis=0)).ravel()
    single = sorted(found["stratum_name"][psus_of_stratum[found["stratum"]] == 1])
    if single and design.single_psu == "error":
        with about("design", "single_psu"):
            raise InputError(
                f"{len(single)} stratum or strata have a single PSU, '{single[0]}' among them",
                where=f"{partition.key}, column '{design.stratum}'",
                why="a single PSU does not give the variance within its stratum",
                remedy="merge strata in the column map, or declare `single_psu: adjust`, average, certainty or remove",
            )
    return SampleOfPsus(design, len(found["unit"]), strata, psus_of_stratum, psus)
