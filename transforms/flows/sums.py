"""From the flow records of one table to the sums of an indicator: every combination of its codes and of their totals.

coded    the records that the indicator counts, under published codes
summed   value of each combination, and whether a part of it is hidden
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product

import duckdb

from schemas.errors import InputError
from schemas.flows import ALL
from schemas.partition import Partition
from schemas.register_indicators import FlowClassification, RegisterIndicator
from transforms.duck import quote_name, quote_text


@dataclass(frozen=True)
class Summed:
    """What is to be said of the sums: variables that do not break it down, countries without a code, status."""

    unbroken: set[str]
    together: dict[str, list[str]] = field(default_factory=dict)
    status: str = ""


def sum_table(
    connection: duckdb.DuckDBPyConnection,
    partition: Partition,
    table: str,
    indicator: RegisterIndicator,
    dimensions: Sequence[FlowClassification],
    *,
    only: Collection[str] | None = None,
) -> Summed:
    """Table summed(c0, c1, ..., value, hidden) of one table of the register; `only` these variables are broken down.

    Raises InputError when the table has no record to count, or a value without a published code.
    """
    where = counted(table, indicator)
    if not connection.execute(f"select count(*) from flows where {where}").fetchall()[0][0]:
        raise InputError(
            f"there is no record of {', '.join(indicator.events)} to count",
            where=f"{partition.key}, table '{table}'",
            why="an indicator that the declaration promises would be missing without a word",
            remedy="name under `feeds` the waves in which the table feeds it",
        )
    made = _code(connection, partition, table, where, dimensions, only)
    _sum(connection, dimensions, made.unbroken)
    for position, dimension in enumerate(dimensions):
        _add_sums(connection, dimension, position)
    return made


def counted(table: str, indicator: RegisterIndicator) -> str:
    """SQL of the records of a table that an indicator counts."""
    conditions = [f"register_table = {quote_text(table)}", f"event in ({_texts(indicator.events)})"]
    conditions += [f"{quote_name(name)} not in ({_texts(values)})" for name, values in indicator.leave_out.items()]
    return " and ".join(conditions)


def _code(
    connection: duckdb.DuckDBPyConnection,
    partition: Partition,
    table: str,
    where: str,
    dimensions: Sequence[FlowClassification],
    only: Collection[str] | None,
) -> Summed:
    """Table coded(c0, c1, ..., value, value_missing)."""
    unbroken: set[str] = set()
    together: dict[str, list[str]] = {}
    selected = []
    for position, dimension in enumerate(dimensions):
        if only is not None and dimension.variable not in only:
            unbroken.add(dimension.variable)
            selected.append(f"'' as c{position}")
            continue
        found = connection.execute(
            f"select distinct {quote_name(dimension.variable)} from flows where {where} order by 1"
        ).fetchall()
        values = [str(value) for (value,) in found]
        if values == [ALL]:
            unbroken.add(dimension.variable)
        if lacking := [value for value in values if dimension.lacks(value)]:
            together[dimension.label.en] = lacking
        codes = _codes(partition, table, dimension, values)
        cases = " ".join(f"when {quote_text(value)} then {quote_text(code)}" for value, code in codes.items())
        selected.append(f"case {quote_name(dimension.variable)} {cases} else '' end as c{position}")
    connection.execute(
        f"create or replace temp table coded as"
        f" select {', '.join(selected)}, value, value_missing from flows where {where}"
    )
    status = connection.execute(f"select min(status) from flows where {where}").fetchall()[0][0]
    return Summed(unbroken, together, str(status or ""))


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


def _sum(connection: duckdb.DuckDBPyConnection, dimensions: Sequence[FlowClassification], unbroken: set[str]) -> None:
    """Table summed(c0, c1, ..., value, hidden): every combination of codes and totals; hidden where a part of it is."""
    selects = []
    for detailed in product((False, True), repeat=len(dimensions)):
        detailed_by = {each.variable for each, detail in zip(dimensions, detailed, strict=True) if detail}
        if detailed_by & unbroken:
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
