"""The scans of the persons and what is summed from them per cell."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from schemas.classifications import Classification
from schemas.errors import InputError
from schemas.indicators import Catalogue
from schemas.partition import Partition
from schemas.source import Design, Source
from transforms.derive import sql_template
from transforms.estimate.plan import KEYS, Part, Scan, dimension_of_key, product_name, sums_of
from transforms.estimate.replicates import create_replicate_atoms, create_replicates
from transforms.estimate.rollup import leaf_expression

PRECISION = 10**18


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
    populations = {f"in_{name}": catalogue.condition(name) for name in scan.populations}
    has = {f"has_{name}": f"{name} is not null" for name in scan.variables}
    if design.replicates:
        create_replicate_atoms(
            connection,
            design.replicates,
            leaves=_chosen(leaves),
            populations=_chosen({**populations, **has}),
            keys=",\n        ".join([*leaves, *populations, *has]),
            variables=scan.variables,
        )
        return
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
            sums="".join(f",\n    {sql} as {name}" for name, sql in _sums(scan, largest, design).items()),
        )
    )


def _chosen(expressions: dict[str, str]) -> str:
    return ",\n        ".join(f"({expression}) as {name}" for name, expression in expressions.items())


def _sums(scan: Scan, largest: dict[str, float], design: Design) -> dict[str, str]:
    """Name and SQL of the sums beside cases and weights: weighted values, and squares where persons are the units."""
    sums = {
        f"wv_{name}": f"coalesce(sum(cast(weight_exact * value_{name} as decimal(38, 8))), 0)"
        for name in scan.variables
    }
    if design.kind == "clustered":
        return sums
    squared = "weight_relative * weight_relative"
    sums["w2"] = f"sum(cast({squared} as decimal(38, 24)))"
    relative = {name: f"(value_{name} / {largest[name]!r})" for name in scan.variables}
    for name, value in relative.items():
        sums[f"w2v_{name}"] = f"coalesce(sum(cast({squared} * {value} as decimal(38, 24))), 0)"
        sums[f"w2vv_{name}"] = f"coalesce(sum(cast({squared} * {value} * {value} as decimal(38, 24))), 0)"
    for one, other in scan.pairs:
        product = f"{squared} * {relative[one]} * {relative[other]}"
        sums[f"w2vu_{one}_{other}"] = f"coalesce(sum(cast({product} as decimal(38, 24))), 0)"
    return sums


def create_strata(connection: duckdb.DuckDBPyConnection, source: Source, partition: Partition) -> None:
    """Table strata(stratum, units): the PSUs of each stratum of the whole sample, or all persons as one stratum.

    Raises InputError when a stratum has a single PSU and the declaration does not say how to treat it.
    """
    if source.design.replicates:
        create_replicates(connection, source.design.replicates)
        return
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


def create_units(
    connection: duckdb.DuckDBPyConnection, scan: Scan, dimensions: tuple[str, ...], design: Design
) -> None:
    """Tables `units` and `grid`, and `moments` where persons are drawn in clusters.

    units    sums of every part of the scan per cell, stratum and PSU
    moments  sums and products of those over the PSUs of a stratum (see `create_moments`)
    grid     cell, sex, classif1, classif2: every cell published, by the number that stands for it in the others
    """
    of_key = dimension_of_key(dimensions)
    measures = [measure for part in scan.parts for measure in _measures(part, design)]
    joins = [f"inner join rollup_{name} on rollup_{name}.leaf = of_leaves.leaf_{name}" for name in dimensions]
    connection.execute(
        sql_template("units.sql").substitute(
            leaves=",\n        ".join(f"leaf_{name}" for name in dimensions),
            measures=",\n        ".join(f"{sql} as {name}" for name, sql in measures),
            totals=",\n    ".join(f"sum({name}) as {name}" for name, _ in measures),
            cell=cell_number(connection, dimensions, "rollup"),
            joins="\n".join(joins),
            any_population=" or ".join(f"in_{name}" for name in scan.populations),
        )
    )
    published = ", ".join(f"codes_{of_key[key]}.code as {key}" if of_key[key] else f"'' as {key}" for key in KEYS)
    tables = " cross join ".join(f"codes_{name}" for name in dimensions)
    cell = cell_number(connection, dimensions, "codes")
    connection.execute(f"create or replace temp table grid as select {cell} as cell, {published} from {tables}")
    if design.kind == "clustered":
        sums = [sums_of(each) for each in scan.indicators.values() if tuple(each.dimensions) == dimensions]
        create_moments(
            connection,
            cases=sorted({f"n_{part.name}" for part in scan.parts}),
            products=sorted({pair for each in sums for pair in each.products}),
        )


def create_moments(
    connection: duckdb.DuckDBPyConnection,
    *,
    cases: Iterable[str],
    products: Iterable[tuple[str, str]],
    units: str = "units",
    target: str = "moments",
) -> None:
    """Table moments: per cell and stratum, what the variance of all indicators of the cells is made of.

    For each column of `cases` its sum and, in `units_<column>`, the PSUs that have some; for each column of `products`
    its sum and the sum of its products over PSUs, in `<column>__<column>`.
    """
    pairs = list(products)
    columns = sorted({column for pair in pairs for column in pair})
    connection.execute(
        sql_template("moments.sql").substitute(
            target=target,
            units=units,
            largest=", ".join(f"nullif(max(abs(cast({name} as double))), 0) as largest_{name}" for name in columns),
            cases=",\n    ".join(
                f"sum({name}) as {name}, count(*) filter ({name} > 0) as units_{name}" for name in cases
            ),
            totals=",\n    ".join(f"sum({name}) as {name}" for name in columns),
            products=",\n        ".join(f"{_product(a, b)} as {product_name((a, b))}" for a, b in pairs),
            rescaled=",\n    ".join(
                f"coalesce({product_name((a, b))} * largest_{a} * largest_{b}, 0) as {product_name((a, b))}"
                for a, b in pairs
            ),
        )
    )


def _product(a: str, b: str) -> str:
    """SQL of the sum of products of two columns, each relative to the cell's largest, exact to the 18th digit."""
    relative = f"(cast({a} as double) / largest_{a}) * (cast({b} as double) / largest_{b})"
    return f"cast(sum(cast(round({PRECISION} * {relative}) as bigint)) as double) / {PRECISION}"


def cell_number(connection: duckdb.DuckDBPyConnection, dimensions: tuple[str, ...], table: str) -> str:
    """SQL of a cell's number, from the positions of its codes."""
    number = "0"
    for name in dimensions:
        codes = connection.execute(f"select count(*) from codes_{name}").fetchall()[0][0]
        number = f"({number} * {codes} + {table}_{name}.position)"
    return f"cast({number} as integer)"


def _measures(part: Part, design: Design) -> list[tuple[str, str]]:
    """Name and SQL of a part's sums; squares where persons are the units."""
    condition = " and ".join([f"in_{part.population}", *(f"has_{name}" for name in part.variables)])
    squares = design.kind not in ("clustered", "replicate")
    sums = {"n": "n", "w": "w", **({"w2": "w2"} if squares else {})}
    if part.variable:
        wanted = ("wv", "w2v", "w2vv") if squares else ("wv",)
        sums |= {each: f"{each}_{part.variable}" for each in wanted}
    if part.base:
        sums["wu"] = f"wv_{part.base}"
        squared = {"w2uu": f"w2vv_{part.base}", "w2vu": f"w2vu_{part.variable}_{part.base}"}
        sums |= squared if squares else {}
    return [
        (f"{name}_{part.name}", f"coalesce(sum({column}) filter ({condition}), 0)") for name, column in sums.items()
    ]
