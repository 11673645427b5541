"""Estimates: every indicator of the catalogue by all its cells, with cases, standard error and status.

core    persons                                 (transforms.harmonise)
atoms   one scan: sums per combination of leaves, stratum and PSU
units   per set of dimensions: sums per cell, stratum and PSU
cells   value, n, se, cv, obs_status and notes  (columns of schemas.tables.OBSERVATION)
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb

from schemas.classifications import Classification, load_classifications
from schemas.concepts import core_columns
from schemas.errors import InputError
from schemas.expressions import check_expression
from schemas.indicators import Catalogue, Indicator, Reliability, load_catalogue, load_reliability
from schemas.partition import Partition
from schemas.source import Design, Source
from schemas.tables import OBSERVATION, OBSERVATION_KEY
from transforms.derive import sql_template
from transforms.duck import connect, quote_text
from transforms.notes import classification_note, indicator_note, source_note
from transforms.rollup import create_rollup, is_absent, leaf_expression

SEX = "SEX"
KEYS = ("sex", "classif1", "classif2")


def estimate(
    source: Source,
    partition: Partition,
    core: Path,
    output: Path,
    *,
    vintage: str,
    warnings: Iterable[str] = (),
    memory_limit: str = "2GB",
) -> int:
    """Write the cells of a partition and return how many there are.

    A variable that the source has for nobody gives totals only, with a note; a class without cases gives a zero count.
    An indicator of a population that the source is declared to be without is left out.
    Raises InputError when a stratum has a single PSU and the declaration does not say how to treat it.
    """
    catalogue = load_catalogue()
    with connect(memory_limit=memory_limit, work=output.parent) as connection:
        connection.execute(f"create view core as select * from read_parquet({quote_text(str(core))})")
        absent = _absent_variables(connection, catalogue)
        _create_atoms(connection, catalogue, source.design)
        for name, classification in _used(catalogue).items():
            create_rollup(connection, name, classification, absent=classification.variable in absent)
        _create_strata(connection, source, partition)
        _create_cells_table(connection)
        for dimensions in dict.fromkeys(tuple(each.dimensions) for each in catalogue.indicators.values()):
            _create_units(connection, catalogue, dimensions)
            notes = _classification_notes(source, partition, dimensions, absent)
            for name, indicator in catalogue.indicators.items():
                if tuple(indicator.dimensions) == dimensions and not indicator.populations & source.without.keys():
                    _estimate_indicator(connection, source.design, indicator)
                    _keep(connection, source, partition, name, indicator, load_reliability(), notes)
        _finish(connection, source, partition, vintage, warnings)
        order = ", ".join(OBSERVATION_KEY)
        connection.execute(
            f"copy (select * from cells order by {order}) to {quote_text(str(output))} (format parquet, compression zstd)"
        )
        return int(connection.execute("select count(*) from cells").fetchall()[0][0])


def _used(catalogue: Catalogue) -> dict[str, Classification]:
    classifications = load_classifications()
    names = dict.fromkeys(name for each in catalogue.indicators.values() for name in each.dimensions)
    return {name: classifications[name] for name in names}


def _absent_variables(connection: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> dict[str, str]:
    """Variables that the source has for nobody, and the kind of missing (the more frequent one)."""
    absent = {}
    for classification in _used(catalogue).values():
        if is_absent(connection, classification, "core"):
            column = f"{classification.variable}_missing" if classification.is_numeric else classification.variable
            kinds = connection.execute(
                f"select {column} from core group by 1 order by count(*) desc, 1 limit 1"
            ).fetchall()
            absent[classification.variable] = str(kinds[0][0]) if kinds else "not_available"
    return absent


def _create_atoms(connection: duckdb.DuckDBPyConnection, catalogue: Catalogue, design: Design) -> None:
    leaves = [f"{leaf_expression(each)} as leaf_{name}" for name, each in _used(catalogue).items()]
    populations = []
    for name, population in catalogue.populations.items():
        where = check_expression(population.where, columns=set(core_columns()), where=f"population {name}")
        populations.append(f"({where}) as in_{name}")
    connection.execute(
        sql_template("atoms.sql").substitute(
            leaves=",\n        ".join(leaves),
            populations=",\n        ".join(populations),
            stratum="coalesce(stratum, '')" if design.kind == "clustered" else "''",
            psu="psu" if design.kind == "clustered" else "''",
        )
    )


def _create_strata(connection: duckdb.DuckDBPyConnection, source: Source, partition: Partition) -> None:
    """Table strata(stratum, units): the PSUs of each stratum, or all persons as one stratum."""
    if source.design.kind != "clustered":
        connection.execute("create temp table strata as select count(*) as units from core where weight > 0")
        return
    connection.execute(
        "create temp table strata as select stratum, count(distinct psu) as units from atoms group by stratum"
    )
    single = connection.execute("select count(*), min(stratum) from strata where units = 1").fetchall()[0]
    if single[0] and source.design.single_psu == "error":
        raise InputError(
            f"{single[0]} stratum or strata have a single PSU, '{single[1]}' among them",
            where=f"{partition.key}, column '{source.design.stratum}'",
            why="one PSU says nothing about the variance within its stratum",
            remedy="merge strata in the column map, or declare `single_psu: adjust`, average, certainty or remove",
        )


def _create_units(connection: duckdb.DuckDBPyConnection, catalogue: Catalogue, dimensions: tuple[str, ...]) -> None:
    of_key = _dimension_of_key(dimensions)
    joins = [f"inner join rollup_{name} on rollup_{name}.leaf = atoms.leaf_{name}" for name in dimensions]
    measures = []
    for name in catalogue.populations:
        measures += [f"coalesce(sum({sum_}) filter (in_{name}), 0) as {sum_}_{name}" for sum_ in ("n", "w", "w2")]
    connection.execute(
        sql_template("units.sql").substitute(
            codes=",\n    ".join(
                f"rollup_{of_key[key]}.code as {key}" if of_key[key] else f"'' as {key}" for key in KEYS
            ),
            joins="\n".join(joins),
            measures=",\n    ".join(measures),
            any_population=" or ".join(f"in_{name}" for name in catalogue.populations),
        )
    )
    published = ", ".join(f"codes_{of_key[key]}.code as {key}" if of_key[key] else f"'' as {key}" for key in KEYS)
    tables = " cross join ".join(f"codes_{name}" for name in dimensions)
    connection.execute(f"create or replace temp table grid as select {published} from {tables}")


def _dimension_of_key(dimensions: tuple[str, ...]) -> dict[str, str | None]:
    """Which classification stands in sex, classif1 and classif2; an empty column where there is none."""
    others = [name for name in dimensions if name != SEX]
    return {
        "sex": SEX if SEX in dimensions else None,
        "classif1": others[0] if others else None,
        "classif2": others[1] if len(others) > 1 else None,
    }


def _estimate_indicator(connection: duckdb.DuckDBPyConnection, design: Design, indicator: Indicator) -> None:
    """Table estimate(sex, classif1, classif2, n, y, x, variance) of one indicator; weights in persons."""
    counted, base = indicator.counted, indicator.denominator or indicator.counted
    rate = "coalesce(y / nullif(x, 0), 0)" if indicator.measure == "rate" else "0"
    file = "variance_clustered.sql" if design.kind == "clustered" else "variance_persons.sql"
    query = sql_template(file).substitute(
        keys=", ".join(KEYS),
        n_y=f"n_{counted}",
        w_y=f"w_{counted}",
        w_x=f"w_{base}",
        w2_y=f"w2_{counted}",
        w2_x=f"w2_{base}",
        rate=rate,
        single_psu=design.single_psu,
        design_effect=repr(design.design_effect),
    )
    connection.execute(f"create or replace temp table estimate as {query}")


def _create_cells_table(connection: duckdb.DuckDBPyConnection) -> None:
    columns = ", ".join(f"{column.name} {column.type}" for column in OBSERVATION)
    connection.execute(f"create temp table cells ({columns})")


def _keep(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    partition: Partition,
    name: str,
    indicator: Indicator,
    reliability: Reliability,
    notes: str,
) -> None:
    """Add one indicator to the cells: every code of the grid, in the indicator's unit, flagged by its cases.

    A rate without a denominator does not exist and gives no row; nor has a number without cases a standard error.
    """
    unit = float(10**indicator.unit_mult)
    scale = "100.0 / nullif(x, 0)" if indicator.measure == "rate" else f"1 / {unit}"
    value = "100.0 * y / nullif(x, 0)" if indicator.measure == "rate" else f"coalesce(y, 0) / {unit}"
    variance = "null" if source.design.kind == "none" else "variance"
    query = f"""
        with valued as (
            select {", ".join(KEYS)},
                coalesce(n, 0) as n,
                {value} as obs_value,
                case when n > 0 and {variance} is not null then sqrt(greatest({variance}, 0)) * {scale} end as se
            from grid
            left join estimate using ({", ".join(KEYS)})
        )
        insert into cells by name
        select
            ? as ref_area, ? as source, ? as indicator, {", ".join(KEYS)}, ? as time,
            obs_value,
            case
                when n < {reliability.not_significant_below} then 'S'
                when n < {reliability.unreliable_below} then 'U'
                else ''
            end as obs_status,
            ? as note_classif,
            n, se,
            100.0 * se / nullif(obs_value, 0) as cv,
            ? as wave
        from valued
        where obs_value is not null
    """
    identity = [partition.ref_area, f"{source.source_type}:{source.id}", name, partition.time, notes, partition.wave]
    connection.execute(query, identity)


def _classification_notes(
    source: Source, partition: Partition, dimensions: tuple[str, ...], absent: dict[str, str]
) -> str:
    classifications = load_classifications()
    return classification_note(source, partition, [classifications[name] for name in dimensions], absent)


def _finish(
    connection: duckdb.DuckDBPyConnection, source: Source, partition: Partition, vintage: str, warnings: Iterable[str]
) -> None:
    connection.execute(
        "update cells set note_indicator = ?, note_source = ?, vintage = ?",
        [indicator_note(source, partition), source_note(source, partition, warnings), vintage],
    )
