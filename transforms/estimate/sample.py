"""The sampling units of a partition, and what the variance between them counts with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from schemas.errors import InputError
from schemas.partition import Partition
from schemas.sample_design import Design
from schemas.survey import Survey
from transforms.estimate.replicates import degrees_of_freedom
from transforms.relation import Relation, create_table
from transforms.sql import load_sql

Floats = NDArray[np.float64]
SAMPLING_UNIT = ("unit", "stratum", "stratum_name", "psu")


@dataclass(frozen=True)
class Sample:
    """The whole sample of a partition.

    count               its sampling units, numbered from 0: PSUs, or the full weight and its replicates; one where
                        persons are the units, which are then summed together
    strata              clustered: 1 where a unit is in a stratum, units by strata
    units               clustered: PSUs of each stratum; persons: the persons of the sample; weights of zero included
    factors             replicates: what the squared departure of each counts with
    degrees_of_freedom  replicates: those of the whole sample
    psus                clustered: the table sampling_unit(unit, stratum, stratum_name, psu)
    """

    design: Design
    count: int
    strata: csr_array
    units: Floats
    factors: Floats
    degrees_of_freedom: int = 0
    psus: Relation | None = None


def read_sample(core: Relation, source: Survey, partition: Partition) -> Sample:
    """The sample that the person records are of.

    Raises InputError when a stratum has a single PSU and the declaration does not say how to treat it.
    """
    design, nothing = source.design, np.zeros(0)
    if design.replicates:
        factors = np.array(design.replicates.variance_factors)
        degrees = degrees_of_freedom(core, design.replicates)
        return Sample(design, len(factors) + 1, csr_array((0, 0)), nothing, factors, degrees)
    if design.persons_are_units:
        return Sample(design, 1, csr_array((0, 0)), np.array([float(core.count())]), nothing)
    query = load_sql(__file__, "sampling_units").substitute(core=core)
    psus = create_table(core.connection, "sampling_unit", query, columns=SAMPLING_UNIT)
    found = core.connection.execute(f"select unit, stratum, stratum_name from {psus} order by unit").fetchnumpy()
    strata = csr_array((np.ones(len(found["unit"])), (found["unit"], found["stratum"])))
    units = np.asarray(strata.sum(axis=0)).ravel()
    single = sorted(found["stratum_name"][units[found["stratum"]] == 1])
    if single and design.single_psu == "error":
        raise InputError(
            f"{len(single)} stratum or strata have a single PSU, '{single[0]}' among them",
            where=f"{partition.key}, column '{design.stratum}'",
            why="one PSU says nothing about the variance within its stratum",
            remedy="merge strata in the column map, or declare `single_psu: adjust`, average, certainty or remove",
        )
    return Sample(design, len(found["unit"]), strata, units, nothing, psus=psus)
