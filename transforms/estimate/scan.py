"""The scans of the persons and what is summed from them per cell."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from schemas.classifications import Classification
from schemas.concepts import core_columns
from schemas.errors import InputError
from schemas.expressions import check_expression
from schemas.indicators import Catalogue
from schemas.partition import Partition
from schemas.source import Design, Source
from transforms.derive import sql_template
from transforms.estimate.plan import KEYS, Part, Scan, dimension_of_key
from transforms.estimate.rollup import leaf_expression


def largest_values(connection: duckdb.DuckDBPyConnection, variables: Iterable[str]) -> dict[str, float]:
    """The largest weight and the largest size of each variable: units in which squares are summed."""
    wanted = {"weight": "max(weight)", **{name: f"max(abs({name}))" for name in variables}}
    row = connection.execute(f"select {', '.join(wanted.values())} from core where weight > 0").fetchall()[0]
    return {name: float(value) if value else 1.0 for name, value in zip(wanted, row, strict=True)}


def create_atoms(
    connection: duckdb.DuckDBPyConnection,
    catalogue: Catalogue,
    classifications: dict[str, Classification],
    scan: Scan,
    design: Design,
    largest: dict[str, float],
) -> None:
    """Table atoms: sums per combination of leaves, populations, stratum and PSU."""
    leaves = {f"leaf_{name}": leaf_expression(classifications[name]) for name in scan.leaves}
    populations = {}
    for name in scan.populations:
        where = catalogue.populations[name].where
        populations[f"in_{name}"] = check_expression(where, columns=set(core_columns()), where=f"population {name}")
    has = {f"has_{name}": f"{name} is not null" for name in scan.variables}
    is_clustered = design.kind == "clustered"
    connection.execute(
        sql_template("atoms.sql").substitute(
            leaves=_chosen(leaves),
            populations=_chosen({**populations, **has}),
            stratum="coalesce(stratum, '')" if is_clustered else "''",
            psu="psu" if is_clustered else "''",
            values="".join(f"{name} as value_{name},\n        " for name in scan.variables),
            largest_weight=repr(largest["weight"]),
            keys=",\n    ".join([*leaves, *populations, *has]),
            sums="".join(_value_sums(name, largest[name]) for name in scan.variables),
        )
    )


def _chosen(expressions: dict[str, str]) -> str:
    return ",\n        ".join(f"({expression}) as {name}" for name, expression in expressions.items())


def _value_sums(name: str, largest: float) -> str:
    value, relative = f"value_{name}", f"(value_{name} / {largest!r})"
    squared = "weight_relative * weight_relative"
    return f""",
    coalesce(sum(cast(weight_exact * {value} as decimal(38, 8))), 0) as wv_{name},
    coalesce(sum(cast({squared} * {relative} as decimal(38, 24))), 0) as w2v_{name},
    coalesce(sum(cast({squared} * {relative} * {relative} as decimal(38, 24))), 0) as w2vv_{name}"""


def create_strata(connection: duckdb.DuckDBPyConnection, source: Source, partition: Partition) -> None:
    """Table strata(stratum, units): the PSUs of each stratum of the whole sample, or all persons as one stratum.

    Raises InputError when a stratum has a single PSU and the declaration does not say how to treat it.
    """
    if source.design.kind != "clustered":
        connection.execute("create temp table strata as select count(*) as units from core where weight > 0")
        return
    connection.execute(
        "create temp table strata as select coalesce(stratum, '') as stratum, count(distinct psu) as units"
        " from core where weight > 0 group by 1"
    )
    single = connection.execute("select count(*), min(stratum) from strata where units = 1").fetchall()[0]
    if single[0] and source.design.single_psu == "error":
        raise InputError(
            f"{single[0]} stratum or strata have a single PSU, '{single[1]}' among them",
            where=f"{partition.key}, column '{source.design.stratum}'",
            why="one PSU says nothing about the variance within its stratum",
            remedy="merge strata in the column map, or declare `single_psu: adjust`, average, certainty or remove",
        )


def create_units(connection: duckdb.DuckDBPyConnection, scan: Scan, dimensions: tuple[str, ...]) -> None:
    """Tables `units` (sums per cell, stratum and PSU of every part of the scan) and `grid` (every cell published)."""
    of_key = dimension_of_key(dimensions)
    joins = [f"inner join rollup_{name} on rollup_{name}.leaf = atoms.leaf_{name}" for name in dimensions]
    connection.execute(
        sql_template("units.sql").substitute(
            codes=",\n    ".join(_key_column(key, of_key[key], "rollup") for key in KEYS),
            joins="\n".join(joins),
            measures=",\n    ".join(measure for part in scan.parts for measure in _measures(part)),
            any_population=" or ".join(f"in_{name}" for name in scan.populations),
        )
    )
    published = ", ".join(_key_column(key, of_key[key], "codes") for key in KEYS)
    tables = " cross join ".join(f"codes_{name}" for name in dimensions)
    connection.execute(f"create or replace temp table grid as select {published} from {tables}")


def _key_column(key: str, dimension: str | None, table: str) -> str:
    return f"{table}_{dimension}.code as {key}" if dimension else f"'' as {key}"


def _measures(part: Part) -> list[str]:
    condition = f"in_{part.population}" + (f" and has_{part.variable}" if part.variable else "")
    sums = {each: each for each in ("n", "w", "w2")}
    if part.variable:
        sums |= {each: f"{each}_{part.variable}" for each in ("wv", "w2v", "w2vv")}
    return [f"coalesce(sum({column}) filter ({condition}), 0) as {name}_{part.name}" for name, column in sums.items()]
