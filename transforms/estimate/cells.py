"""From estimates to published numbers: every cell of a table with its codes, unit, interval, status and notes."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import duckdb
import pyarrow as pa

from schemas.indicators import Indicator
from schemas.partition import Partition
from schemas.reliability import load_reliability
from schemas.survey import Survey
from transforms.duck import quote_text
from transforms.estimate.estimates import ESTIMATE
from transforms.estimate.rollup import Rollup
from transforms.measures import Measure, measure_of
from transforms.notes import NO_INTERVAL, ONE_UNIT, SEPARATOR, no_error_note
from transforms.observations import KEYS, key_columns
from transforms.relation import Relation, load_table
from transforms.reliability import status_sql
from transforms.sql import load_sql


def create_grid(connection: duckdb.DuckDBPyConnection, rollups: Sequence[Rollup]) -> Relation:
    """Table grid(cell, sex, classif1, classif2): every cell of some dimensions, in the order of their numbers."""
    places = {column: place for place, column in enumerate(key_columns(each.name for each in rollups))}
    cells = list(itertools.product(*(each.codes for each in rollups)))
    columns = {"cell": pa.array(range(len(cells)), pa.int32())}
    for key in KEYS:
        codes = [cell[places[key]] for cell in cells] if key in places else [""] * len(cells)
        columns[key] = pa.array(codes, pa.string())
    return load_table(connection, "grid", pa.table(columns))


def add_cells(
    numbers: Relation,
    grid: Relation,
    estimate: Relation,
    source: Survey,
    partition: Partition,
    name: str,
    indicator: Indicator,
    notes: str,
    *,
    persons_are_told: bool = False,
) -> None:
    """Add the rows of one indicator to a table of numbers, from its estimate (ESTIMATE, and the measure's `ends`).

    Reliability is judged by distinct persons where the estimate tells them, else by cases: a person who is asked four
    times is four cases, and no more information on who is in the cell than one person.
    A number that may be negative has no coefficient of variation. A number without a standard error is unreliable,
    which is noted beside the `notes` on its classifications.
    """
    measure, gives_errors = measure_of(indicator), source.design.gives_errors
    estimate.require(*ESTIMATE, *measure.ends)
    cv = "cast(null as double)" if measure.is_signed else "100.0 * se / nullif(obs_value, 0)"
    without_error = "(n > 0 and se is null)" if gives_errors else "false"
    declared = (*source.wave_statuses(partition.wave), indicator.status)
    reliability = load_reliability(source.reliability)
    identity = {
        "ref_area": partition.ref_area,
        "source": f"{source.source_type}:{source.id}",
        "indicator": name,
        "time": partition.time,
        "wave": partition.wave,
    }
    query = load_sql(__file__, "cells").substitute(
        grid=grid,
        estimate=estimate,
        keys=", ".join(KEYS),
        identity=",\n    ".join(f"{quote_text(text)} as {column}" for column, text in identity.items()),
        value=measure.value(indicator),
        standard_error="case when n > 0 then se end" if gives_errors else "cast(null as double)",
        distinct_persons="coalesce(persons, 0)" if persons_are_told else "cast(null as bigint)",
        of_interval=", ".join(("degrees_of_freedom", "t", *measure.ends)),
        status=status_sql(reliability, declared, n="coalesce(distinct_persons, n)", cv=cv, without_error=without_error),
        separator=quote_text(SEPARATOR),
        notes=f"nullif({quote_text(notes)}, '')",
        own_note=_own_note(measure, without_error),
        cv=cv,
        lower_bound=measure.bound(indicator, "-"),
        upper_bound=measure.bound(indicator, "+"),
    )
    numbers.insert(query)


def _own_note(measure: Measure, without_error: str) -> str:
    """SQL of the note on a number's own precision."""
    why = f"case when t is null then {quote_text(ONE_UNIT)} else {quote_text(no_error_note(measure))} end"
    no_interval = f"when se is not null and t is null then {quote_text(NO_INTERVAL)}"
    return f"case when {without_error} then {why} {no_interval} end"
