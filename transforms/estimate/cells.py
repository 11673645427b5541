"""From sums to published numbers: units, intervals, status."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import duckdb
import pyarrow as pa

from schemas.indicators import Indicator, Reliability
from schemas.partition import Partition
from schemas.sample_design import Design
from schemas.source import Source
from schemas.tables import OBSERVATION
from transforms.duck import quote_text
from transforms.estimate.plan import KEYS, dimension_of_key
from transforms.estimate.rollup import Rollup
from transforms.notes import BEYOND_THE_SAMPLE, NO_INTERVAL, ONE_UNIT, ONE_UNIT_OF_A_GROUP, SEPARATOR
from transforms.reliability import status_sql


def create_cells_table(connection: duckdb.DuckDBPyConnection, *tables: str) -> None:
    """Empty tables of published numbers, `cells` unless named."""
    columns = ", ".join(f"{column.name} {column.type}" for column in OBSERVATION)
    for table in tables or ("cells",):
        connection.execute(f"create temp table {table} ({columns})")


def create_grid(connection: duckdb.DuckDBPyConnection, dimensions: Sequence[str], rollups: Sequence[Rollup]) -> None:
    """Table grid(cell, sex, classif1, classif2): every cell of some dimensions, in the order of their numbers."""
    of_key = dimension_of_key(dimensions)
    cells = list(itertools.product(*(each.codes for each in rollups)))
    columns = {"cell": pa.array(range(len(cells)), pa.int32())}
    for key in KEYS:
        name = of_key[key]
        codes = [cell[list(dimensions).index(name)] for cell in cells] if name else [""] * len(cells)
        columns[key] = pa.array(codes, pa.string())
    connection.register("every_cell", pa.table(columns))
    connection.execute("create or replace temp table grid as select * from every_cell")
    connection.unregister("every_cell")


def _value(indicator: Indicator) -> tuple[str, str]:
    """SQL of the value and of what brings the standard error of y to its unit."""
    if indicator.measure == "rate":
        # rounding would make 99.99999999999999 of a few who are everybody
        return "case when y = x and x > 0 then 100 else 100.0 * y / nullif(x, 0) end", "100.0 / nullif(x, 0)"
    unit = float(10**indicator.unit_mult)
    if indicator.measure == "count":
        return f"coalesce(y, 0) / {unit}", f"1 / {unit}"
    return f"y / nullif(x, 0) / {unit}", f"1 / nullif(x, 0) / {unit}"


def _bound(indicator: Indicator, sign: str) -> str:
    """SQL of one end of the 95 % interval: on the logit scale for rates, so that it stays within 0 and 100.

    That of a quantile is made with it, and lies between two values.
    """
    if indicator.measure == "quantile":
        return f"case when n > 0 then {'low' if sign == '-' else 'high'} / {float(10**indicator.unit_mult)} end"
    if indicator.measure == "rate":
        share, spread = "obs_value / 100", "se / (obs_value * (1 - obs_value / 100))"
        logit = f"ln(({share}) / (1 - {share})) {sign} t * {spread}"
        return f"case when obs_value > 0 and obs_value < 100 then 100 / (1 + exp(-({logit}))) end"
    end = f"obs_value {sign} t * se"
    return f"case when {end} < 0 then 0 else {end} end" if indicator.measure == "count" and sign == "-" else end


def keep_cells(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    partition: Partition,
    name: str,
    indicator: Indicator,
    reliability: Reliability,
    notes: str,
    *,
    table: str = "cells",
) -> None:
    """Add one indicator to the cells: every code of the grid, in the indicator's unit, flagged by its cases.

    A ratio without a denominator does not exist and gives no row; nor has a number without cases a standard error, nor
    one that may be below zero a coefficient of variation. One whose precision the sample does not tell is unreliable
    and says so among its own notes.
    """
    value, scale = _value(indicator)
    cv = "cast(null as double)" if indicator.is_signed else "100.0 * se / nullif(obs_value, 0)"
    declared = (*source.wave_statuses(partition.wave), indicator.status)
    without_error = "(n > 0 and se is null)" if source.design.kind != "none" else "false"
    query = f"""
        with valued as (
            select {", ".join(KEYS)},
                coalesce(n, 0) as n,
                {value} as obs_value,
                case when n > 0 then {_standard_error(source.design)} * {scale} end as se,
                degrees_of_freedom, t{", low, high" if indicator.measure == "quantile" else ""}
            from grid
            left join estimate using (cell)
        )
        insert into {table} by name
        select
            ? as ref_area, ? as source, ? as indicator, {", ".join(KEYS)}, ? as time,
            obs_value,
            {status_sql(reliability, declared, cv=cv, without_error=without_error)} as obs_status,
            concat_ws({quote_text(SEPARATOR)}, nullif(?, ''), {_own_note(indicator, without_error)}) as note_classif,
            n, se,
            {cv} as cv,
            {_bound(indicator, "-")} as lower_bound,
            {_bound(indicator, "+")} as upper_bound,
            case when se is not null then degrees_of_freedom end as degrees_of_freedom,
            ? as wave
        from valued
        where obs_value is not null
    """
    identity = [partition.ref_area, f"{source.source_type}:{source.id}", name, partition.time, notes, partition.wave]
    connection.execute(query, identity)


def _own_note(indicator: Indicator, without_error: str) -> str:
    """SQL of what a number says of its own precision."""
    otherwise = ONE_UNIT_OF_A_GROUP if indicator.measure == "gap" else BEYOND_THE_SAMPLE
    why = f"case when t is null then {quote_text(ONE_UNIT)} else {quote_text(otherwise)} end"
    no_interval = f"when se is not null and t is null then {quote_text(NO_INTERVAL)}"
    return f"case when {without_error} then {why} {no_interval} end"


def _standard_error(design: Design) -> str:
    return "null" if design.kind == "none" else "case when variance is not null then sqrt(greatest(variance, 0)) end"
