"""From sums to published numbers: units, intervals, status."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import duckdb
import pyarrow as pa

from schemas.indicators import Indicator, Reliability
from schemas.partition import Partition
from schemas.survey import Survey
from transforms.duck import quote_text
from transforms.estimate.rollup import Rollup
from transforms.measures import Measure, measure_of
from transforms.notes import NO_INTERVAL, ONE_UNIT, SEPARATOR, no_error_note
from transforms.observations import KEYS, key_columns
from transforms.reliability import status_sql


def create_grid(connection: duckdb.DuckDBPyConnection, dimensions: Sequence[str], rollups: Sequence[Rollup]) -> None:
    """Table grid(cell, sex, classif1, classif2): every cell of some dimensions, in the order of their numbers."""
    places = {column: place for place, column in enumerate(key_columns(dimensions))}
    cells = list(itertools.product(*(each.codes for each in rollups)))
    columns = {"cell": pa.array(range(len(cells)), pa.int32())}
    for key in KEYS:
        codes = [cell[places[key]] for cell in cells] if key in places else [""] * len(cells)
        columns[key] = pa.array(codes, pa.string())
    connection.register("every_cell", pa.table(columns))
    connection.execute("create or replace temp table grid as select * from every_cell")
    connection.unregister("every_cell")


def keep_cells(
    connection: duckdb.DuckDBPyConnection,
    source: Survey,
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
    measure = measure_of(indicator)
    cv = "cast(null as double)" if measure.is_signed else "100.0 * se / nullif(obs_value, 0)"
    declared = (*source.wave_statuses(partition.wave), indicator.status)
    gives_errors = source.design.gives_errors
    without_error = "(n > 0 and se is null)" if gives_errors else "false"
    standard_error = "case when n > 0 then se end" if gives_errors else "cast(null as double)"
    query = f"""
        with valued as (
            select {", ".join(KEYS)},
                coalesce(n, 0) as n,
                {measure.value(indicator)} as obs_value,
                {standard_error} as se,
                {", ".join(("degrees_of_freedom", "t", *measure.ends))}
            from grid
            left join estimate using (cell)
        )
        insert into {table} by name
        select
            ? as ref_area, ? as source, ? as indicator, {", ".join(KEYS)}, ? as time,
            obs_value,
            {status_sql(reliability, declared, cv=cv, without_error=without_error)} as obs_status,
            concat_ws({quote_text(SEPARATOR)}, nullif(?, ''), {_own_note(measure, without_error)}) as note_classif,
            n, se,
            {cv} as cv,
            {measure.bound(indicator, "-")} as lower_bound,
            {measure.bound(indicator, "+")} as upper_bound,
            case when se is not null then degrees_of_freedom end as degrees_of_freedom,
            ? as wave
        from valued
        where obs_value is not null
    """
    identity = [partition.ref_area, f"{source.source_type}:{source.id}", name, partition.time, notes, partition.wave]
    connection.execute(query, identity)


def _own_note(measure: Measure, without_error: str) -> str:
    """SQL of what a number says of its own precision."""
    why = f"case when t is null then {quote_text(ONE_UNIT)} else {quote_text(no_error_note(measure))} end"
    no_interval = f"when se is not null and t is null then {quote_text(NO_INTERVAL)}"
    return f"case when {without_error} then {why} {no_interval} end"
