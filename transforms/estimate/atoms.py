"""Atoms: what one scan over the persons sums, so that cells can be added up from them whatever their codes."""

from __future__ import annotations

from dataclasses import dataclass

from transforms.estimate.coding import WEIGHT_UNITS
from transforms.estimate.persons import UNIT, Persons
from transforms.estimate.plan import Scan
from transforms.estimate.replicates import replicate_atoms_query
from transforms.relation import Relation, create_table
from transforms.sql import load_sql


@dataclass(frozen=True)
class Atoms:
    """What a scan summed: a row per combination of leaves, populations and sampling unit that somebody is in.

    relation  the columns of the coding that the scan tells apart, `unit`, cases (`n`), weights in 1e-8ths (`w`),
              weighted values of each variable (`wv_<variable>`), and squares where persons are the units: of weights
              (`w2`), times the value (`w2v_`), its square (`w2vv_`) or the values of two variables (`w2vu_`)
    persons   of whom
    """

    relation: Relation
    persons: Persons


def create_atoms(persons: Persons, scan: Scan) -> Atoms:
    """The atoms of one scan over the persons."""
    coding, design = persons.coding, persons.sample.design
    keys = coding.keys(scan)
    coded = ",\n    ".join(f"{sql} as {name}" for name, sql in keys.items())
    in_any_population = coding.in_any(scan.populations)
    sums = _sums(scan, persons)
    if design.replicates:
        query = replicate_atoms_query(
            persons.relation, design.replicates, coded, list(keys), in_any_population, scan.variables
        )
    else:
        query = load_sql(__file__, "atoms").substitute(
            persons=persons.relation,
            coded=coded,
            weight_units=WEIGHT_UNITS,
            sums="".join(f",\n    {sql} as {name}" for name, sql in sums.items()),
            in_any_population=in_any_population,
        )
    relation = create_table(persons.relation.connection, "atoms", query)
    relation.require(*keys, UNIT, "n", "w", *sums)
    return Atoms(relation, persons)


def _sums(scan: Scan, persons: Persons) -> dict[str, str]:
    """Name and SQL of the sums beside cases and weights: weighted values, and squares where persons are the units."""
    sums = {
        f"wv_{name}": f"coalesce(sum(cast(cast(weight as double) * {name} as decimal(38, 8))), 0)"
        for name in scan.variables
    }
    if not persons.sample.design.persons_are_units:
        return sums
    units = persons.square_units
    squared = f"power(cast(weight as double) / {units.weight!r}, 2)"
    sums["w2"] = f"sum(cast({squared} as decimal(38, 24)))"
    relative = {name: f"({name} / {units.values[name]!r})" for name in scan.variables}
    for name, value in relative.items():
        sums[f"w2v_{name}"] = f"coalesce(sum(cast({squared} * {value} as decimal(38, 24))), 0)"
        sums[f"w2vv_{name}"] = f"coalesce(sum(cast({squared} * {value} * {value} as decimal(38, 24))), 0)"
    for one, other in scan.pairs:
        product = f"{squared} * {relative[one]} * {relative[other]}"
        sums[f"w2vu_{one}_{other}"] = f"coalesce(sum(cast({product} as decimal(38, 24))), 0)"
    return sums
