"""From flow records to numbers: every indicator that the register's tables feed, by every combination of its codes.

flows    the records of a partition                             (transforms.flows.records)
coded    those of one table and indicator, under published codes
cells    value, n, status and notes                             (columns of schemas.tables.OBSERVATION)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from pathlib import Path

import duckdb

from schemas.errors import InputError
from schemas.flows import ALL
from schemas.partition import Partition
from schemas.register import Register
from schemas.register_indicators import (
    SEX,
    FlowClassification,
    RegisterIndicator,
    load_register_catalogue,
)
from schemas.tables import OBSERVATION, OBSERVATION_KEY
from transforms.coverage import write_decisions
from transforms.duck import connect, parquet_rows, quote_name, quote_text
from transforms.flows.coverage import decide_flows
from transforms.flows.notes import classification_notes, indicator_notes
from transforms.notes import source_note

KEYS = ("sex", "classif1", "classif2")
STATUSES = {"final": "", "provisional": "P", "partial": "P", "break": "B"}


def estimate_flows(
    register: Register,
    partition: Partition,
    core: Path,
    output: Path,
    *,
    vintage: str,
    warnings: Iterable[str] = (),
    memory_limit: str = "2GB",
    coverage: Path | None = None,
) -> int:
    """Write the cells of a partition and return how many there are.

    A number is the sum of its records; `n` is the cases counted in it, and there is no standard error, because nothing
    is sampled. A sum with a part that the producer hides is not given. A breakdown that the table does not make gives
    the total only, with a note. `coverage` is where the decision on every indicator of registers is written. Raises
    InputError when a value has no published code.
    """
    catalogue = load_register_catalogue()
    with connect(memory_limit=memory_limit, work=output.parent) as connection:
        connection.execute(f"create view flows as from {parquet_rows(core)}")
        columns = ", ".join(f"{column.name} {column.type}" for column in OBSERVATION)
        connection.execute(f"create temp table cells ({columns})")
        made = {}
        for name, table in register.wave_tables(partition.wave).items():
            for indicator in table.feeds_in(partition.wave):
                made[indicator] = _add_indicator(connection, register, partition, name, indicator)
        if coverage is not None:
            write_decisions(decide_flows(register, partition, made), coverage)
        connection.execute(
            "update cells set note_source = ?, vintage = ?", [source_note(register, partition, warnings), vintage]
        )
        cells = f"select * from cells order by {', '.join(OBSERVATION_KEY)}"
        connection.execute(f"copy ({cells}) to {quote_text(str(output))} (format parquet, compression zstd)")
        count = int(connection.execute("select count(*) from cells").fetchall()[0][0])
    if not count:
        raise InputError(
            "no number can be made from the register's tables",
            where=f"{partition.key}, {', '.join(catalogue.indicators)}",
            remedy="name under `feeds` of a table which indicators it feeds",
        )
    return count


def _add_indicator(
    connection: duckdb.DuckDBPyConnection, register: Register, partition: Partition, table: str, name: str
) -> set[str]:
    """Add the numbers of one indicator; gives the variables that its table is not broken down by."""
    catalogue = load_register_catalogue()
    indicator = catalogue.indicators[name]
    dimensions = [catalogue.classifications[dimension] for dimension in indicator.dimensions]
    whole, together = _code(connection, partition, table, indicator, dimensions)
    _sum(connection, dimensions, whole)
    for position, dimension in enumerate(dimensions):
        _add_sums(connection, dimension, position)
    status = connection.execute("select min(status) from coded").fetchall()[0][0]
    keys = _keys(dimensions)
    codes = ", ".join(f"{'c' + str(keys[key]) if key in keys else quote_text('')} as {key}" for key in KEYS)
    connection.execute(
        f"""
        insert into cells by name
        select ? as ref_area, ? as source, ? as indicator, {codes}, ? as time,
            value / {indicator.scale} as obs_value, ? as obs_status, ? as note_classif, ? as note_indicator,
            cast(round(value) as bigint) as n, ? as wave
        from summed
        where not hidden
        """,
        [
            partition.ref_area,
            f"{register.source_type}:{register.id}",
            name,
            partition.time,
            STATUSES[str(status or "final")],
            classification_notes([dimension for dimension in dimensions if dimension.variable in whole], together),
            indicator_notes(register, partition, table),
            partition.wave,
        ],
    )
    return whole


def _keys(dimensions: Sequence[FlowClassification]) -> dict[str, int]:
    """Column of the key -> position of the dimension that stands in it."""
    others = [position for position, dimension in enumerate(dimensions) if dimension.type != SEX]
    keys = {f"classif{number}": position for number, position in enumerate(others, 1)}
    keys.update(("sex", position) for position, dimension in enumerate(dimensions) if dimension.type == SEX)
    return keys


def _code(
    connection: duckdb.DuckDBPyConnection,
    partition: Partition,
    table: str,
    indicator: RegisterIndicator,
    dimensions: Sequence[FlowClassification],
) -> tuple[set[str], dict[str, list[str]]]:
    """Table coded(c0, c1, ..., value, value_missing, status).

    Gives the variables that the table is not broken down by, and per classification the countries without a code.
    """
    conditions = [f"register_table = {quote_text(table)}", f"event in ({_texts(indicator.events)})"]
    conditions += [f"{quote_name(name)} not in ({_texts(values)})" for name, values in indicator.leave_out.items()]
    where = " and ".join(conditions)
    if not connection.execute(f"select count(*) from flows where {where}").fetchall()[0][0]:
        raise InputError(
            f"there is no record of {', '.join(indicator.events)} to count",
            where=f"{partition.key}, table '{table}'",
            why="an indicator that the declaration promises would be missing without a word",
            remedy="name under `feeds` the waves in which the table feeds it",
        )
    whole: set[str] = set()
    together: dict[str, list[str]] = {}
    selected = []
    for position, dimension in enumerate(dimensions):
        found = connection.execute(
            f"select distinct {quote_name(dimension.variable)} from flows where {where} order by 1"
        ).fetchall()
        values = [str(value) for (value,) in found]
        if values == [ALL]:
            whole.add(dimension.variable)
        if lacking := [value for value in values if dimension.lacks(value)]:
            together[dimension.label.en] = lacking
        codes = _codes(partition, table, dimension, values)
        cases = " ".join(f"when {quote_text(value)} then {quote_text(code)}" for value, code in codes.items())
        selected.append(f"case {quote_name(dimension.variable)} {cases} else '' end as c{position}")
    connection.execute(
        f"create or replace temp table coded as"
        f" select {', '.join(selected)}, value, value_missing, status from flows where {where}"
    )
    return whole, together


def _codes(partition: Partition, table: str, dimension: FlowClassification, values: Sequence[str]) -> dict[str, str]:
    """Published code of each value; the empty code is in the total only."""
    if ALL in values and len(values) > 1:
        raise InputError(
            f"'{dimension.variable}' is '{ALL}' in some records and not in others",
            where=f"{partition.key}, table '{table}'",
            why="a table is either broken down by a variable or not; its totals would count twice",
            remedy="declare the total rows under `totals`, or two tables",
        )
    codes = {value: "" if value == ALL else dimension.code(value) for value in values}
    unknown = sorted(value for value, code in codes.items() if code is None)
    if unknown:
        raise InputError(
            f"{', '.join(unknown)} of '{dimension.variable}' have no code in CL_{dimension.type}",
            where=f"{partition.key}, table '{table}'",
            why="ILOSTAT's structure has no place for their numbers",
            remedy="map them to another value, or give them a code in register_indicators.yaml",
        )
    return {value: str(code) for value, code in codes.items()}


def _sum(connection: duckdb.DuckDBPyConnection, dimensions: Sequence[FlowClassification], whole: set[str]) -> None:
    """Table summed(c0, c1, ..., value, hidden): every combination of codes and totals; hidden where a part of it is."""
    selects = []
    for detailed in product((False, True), repeat=len(dimensions)):
        if any(detail and dimension.variable in whole for detail, dimension in zip(detailed, dimensions, strict=True)):
            continue
        codes = ", ".join(
            f"c{position}" if detail else f"{quote_text(dimensions[position].total)} as c{position}"
            for position, detail in enumerate(detailed)
        )
        shown = " and ".join(f"c{position} <> ''" for position, detail in enumerate(detailed) if detail) or "true"
        groups = ", ".join(f"coded.c{position}" for position, detail in enumerate(detailed) if detail)
        grouped = f"group by {groups}" if groups else ""
        selects.append(
            f"select {codes}, sum(value) as value, count(value_missing) > 0 as hidden"
            f" from coded where {shown} {grouped}"
        )
    connection.execute(
        f"create or replace temp table summed as select * from ({' union all '.join(selects)})"
        " where value is not null or hidden"
    )


def _add_sums(connection: duckdb.DuckDBPyConnection, dimension: FlowClassification, position: int) -> None:
    """Add the codes of a coarser version of one classification, each the sum of its parts; hidden where one is."""
    for code, parts in dimension.sums.items():
        connection.execute(
            f"""
            insert into summed by name
            select {quote_text(code)} as c{position}, * exclude (c{position}, value, hidden),
                sum(value) as value, bool_or(hidden) as hidden
            from summed
            where c{position} in ({_texts(parts)})
            group by all
            having count(*) > 0
            """
        )


def _texts(values: Iterable[str]) -> str:
    return ", ".join(quote_text(value) for value in values)
