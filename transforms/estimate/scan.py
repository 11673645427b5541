"""The scans of the persons, and what is summed in them."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from schemas.indicators import Indicator
from schemas.sample_design import Design
from transforms.estimate.coding import WEIGHT_UNITS, Coding
from transforms.estimate.plan import Scan
from transforms.estimate.replicates import create_replicate_atoms
from transforms.sql import load_sql


def largest_values(
    connection: duckdb.DuckDBPyConnection, indicators: Mapping[str, Indicator], design: Design
) -> dict[str, float]:
    """The largest weight and the largest size of each variable: units in which the squares of persons are summed."""
    if not design.persons_are_units:
        return {}
    variables = sorted({variable for each in indicators.values() for variable in each.variables})
    wanted = {"weight": "max(weight)", **{name: f"max(abs({name}))" for name in variables}}
    row = connection.execute(f"select {', '.join(wanted.values())} from core where weight > 0").fetchall()[0]
    return {name: float(value) if value else 1.0 for name, value in zip(wanted, row, strict=True)}


def create_atoms(
    connection: duckdb.DuckDBPyConnection, coding: Coding, scan: Scan, design: Design, largest: dict[str, float]
) -> None:
    """Table atoms: sums per combination of leaves, populations and sampling unit, of table persons."""
    keys = coding.keys(scan)
    coded = ",\n    ".join(f"{sql} as {name}" for name, sql in keys.items())
    in_any_population = coding.in_any(scan.populations)
    if design.replicates:
        create_replicate_atoms(connection, design.replicates, coded, list(keys), in_any_population, scan.variables)
        return
    connection.execute(
        load_sql(__file__, "atoms").substitute(
            coded=coded,
            weight_units=WEIGHT_UNITS,
            sums="".join(f",\n    {sql} as {name}" for name, sql in _sums(scan, largest, design).items()),
            in_any_population=in_any_population,
        )
    )


def _sums(scan: Scan, largest: dict[str, float], design: Design) -> dict[str, str]:
    """Name and SQL of the sums beside cases and weights: weighted values, and squares where persons are the units."""
    sums = {
        f"wv_{name}": f"coalesce(sum(cast(cast(weight as double) * {name} as decimal(38, 8))), 0)"
        for name in scan.variables
    }
    if not design.persons_are_units:
        return sums
    squared = f"power(cast(weight as double) / {largest['weight']!r}, 2)"
    sums["w2"] = f"sum(cast({squared} as decimal(38, 24)))"
    relative = {name: f"({name} / {largest[name]!r})" for name in scan.variables}
    for name, value in relative.items():
        sums[f"w2v_{name}"] = f"coalesce(sum(cast({squared} * {value} as decimal(38, 24))), 0)"
        sums[f"w2vv_{name}"] = f"coalesce(sum(cast({squared} * {value} * {value} as decimal(38, 24))), 0)"
    for one, other in scan.pairs:
        product = f"{squared} * {relative[one]} * {relative[other]}"
        sums[f"w2vu_{one}_{other}"] = f"coalesce(sum(cast({product} as decimal(38, 24))), 0)"
    return sums
