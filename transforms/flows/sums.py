"""From the flow records of one table to the sums of an indicator: every combination of its codes and their totals.

coded    the records that the indicator counts, under published codes
summed   value of each combination, in the unit counted, and whether part of it is suppressed
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product

from schemas.errors import InputError
from schemas.flows import ALL
from schemas.partition import Partition
from schemas.register_indicators import FlowClassification, RegisterIndicator
from transforms.duck import quote_name, quote_text
from transforms.relation import Relation, create_table


@dataclass(frozen=True)
class Summed:
    """The sums of one indicator from one table of the register, and what their notes need.

    relation  (c0, c1, ..., value, hidden): a code of each dimension in their order, the sum, and whether the producer
              suppresses part of it
    unbroken  the variables by which the table is not broken down
    together  countries without a code of their own, by the label of the dimension
    status    of the records, empty when they are final
    """

    relation: Relation
    unbroken: set[str]
    together: dict[str, list[str]] = field(default_factory=dict)
    status: str = ""


@dataclass(frozen=True)
class _Coded:
    """The records that an indicator counts, under published codes: (c0, c1, ..., value, value_missing)."""

    relation: Relation
    unbroken: set[str]
    together: dict[str, list[str]]


def sum_table(
    flows: Relation,
    partition: Partition,
    table: str,
    indicator: RegisterIndicator,
    dimensions: Sequence[FlowClassification],
    *,
    only: Collection[str] | None = None,
    name: str = "summed",
) -> Summed:
    """The sums of one table of the register, as table `name`; broken down by `only` these variables.

    Raises InputError when the table has no record to count, or a value without a published code.
    """
    where, connection = counted(table, indicator), flows.connection
    if not connection.execute(f"select count(*) from {flows} where {where}").fetchall()[0][0]:
        raise InputError(
            f"there is no record of {', '.join(indicator.events)} to count",
            where=f"{partition.key}, table '{table}'",
            why="an indicator in the declaration would be silently missing",
            remedy="name under `feeds` the waves in which the table feeds it",
        )
    coded = _code(flows, partition, table, where, dimensions, only)
    summed = _sum(coded, dimensions, name)
    for position, dimension in enumerate(dimensions):
        _add_sums(summed, dimension, position)
    status = connection.execute(f"select min(status) from {flows} where {where}").fetchall()[0][0]
    return Summed(summed, coded.unbroken, coded.together, str(status or ""))


def counted(table: str, indicator: RegisterIndicator) -> str:
    """SQL of the records of a table that an indicator counts."""
    conditions = [f"register_table = {quote_text(table)}", f"event in ({_texts(indicator.events)})"]
    conditions += [f"{quote_name(name)} not in ({_texts(values)})" for name, values in indicator.leave_out.items()]
    return " and ".join(conditions)


def _code(
    flows: Relation,
    partition: Partition,
    table: str,
    where: str,
    dimensions: Sequence[FlowClassification],
    only: Collection[str] | None,
) -> _Coded:
    """The records that meet a condition, under the published codes of some dimensions."""
    unbroken: set[str] = set()
    together: dict[str, list[str]] = {}
    selected = []
    for position, dimension in enumerate(dimensions):
        if only is not None and dimension.variable not in only:
            unbroken.add(dimension.variable)
            selected.append(f"'' as c{position}")
            continue
        query = f"select distinct {quote_name(dimension.variable)} from {flows} where {where} order by 1"
        found = flows.connection.execute(query).fetchall()
        values = [str(value) for (value,) in found]
        if values == [ALL]:
            unbroken.add(dimension.variable)
        if lacking := [value for value in values if dimension.lacks(value)]:
            together[dimension.label.en] = lacking
        codes = _codes(partition, table, dimension, values)
        cases = " ".join(f"when {quote_text(value)} then {quote_text(code)}" for value, code in codes.items())
        selected.append(f"case {quote_name(dimension.variable)} {cases} else '' end as c{position}")
    query = f"select {', '.join(selected)}, value, value_missing from {flows} where {where}"
    codes_of = (f"c{position}" for position in range(len(dimensions)))
    columns = (*codes_of, "value", "value_missing")
    return _Coded(create_table(flows.connection, "coded", query, columns=columns), unbroken, together)


def _codes(partition: Partition, table: str, dimension: FlowClassification, values: Sequence[str]) -> dict[str, str]:
    """Published code of each value; the empty code counts in the total only."""
    if ALL in values and len(values) > 1:
        raise InputError(
            f"'{dimension.variable}' is '{ALL}' in some records and not in others",
            where=f"{partition.key}, table '{table}'",
            why="a table is either broken down by a variable or not; its totals would be counted twice",
            remedy="declare the total rows under `totals`, or two tables",
        )
    codes = {value: "" if value == ALL else dimension.code(value) for value in values}
    unknown = sorted(value for value, code in codes.items() if code is None)
    if unknown:
        raise InputError(
            f"{', '.join(unknown)} of '{dimension.variable}' has no code in CL_{dimension.type}",
            where=f"{partition.key}, table '{table}'",
            why="their numbers have no place in ILOSTAT's structure",
            remedy="map them to another value, or give them a code in register_indicators.yaml",
        )
    return {value: str(code) for value, code in codes.items()}


def _sum(coded: _Coded, dimensions: Sequence[FlowClassification], name: str) -> Relation:
    """Table (c0, c1, ..., value, hidden): every combination of codes and totals; `hidden` where part of it is
    suppressed."""
    selects = []
    for detailed in product((False, True), repeat=len(dimensions)):
        detailed_by = {each.variable for each, detail in zip(dimensions, detailed, strict=True) if detail}
        if detailed_by & coded.unbroken:
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
            f" from {coded.relation} as coded where {shown} {grouped}"
        )
    query = f"select * from ({' union all '.join(selects)}) where value is not null or hidden"
    return create_table(coded.relation.connection, name, query)


def _add_sums(summed: Relation, dimension: FlowClassification, position: int) -> None:
    """Add the codes of a coarser version of one classification, each the sum of its parts; `hidden` where a part is."""
    for code, parts in dimension.sums.items():
        summed.insert(
            f"""
            select {quote_text(code)} as c{position}, * exclude (c{position}, value, hidden),
                sum(value) as value, bool_or(hidden) as hidden
            from {summed}
            where c{position} in ({_texts(parts)})
            group by all
            having count(*) > 0
            """
        )


def _texts(values: Iterable[str]) -> str:
    return ", ".join(quote_text(value) for value in values)
