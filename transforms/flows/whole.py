"""One total of an area, period and concept: where two tables tell it, that of the table which holds the whole.

An agreement names a table of `parts` and one of the `whole`. The totals of what the parts feed are those of the whole,
also by a breakdown that the whole has and the parts have not, such as sex; the parts keep their numbers, and where they
do not add up, all of them say so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import duckdb

from schemas.flows import ALL
from schemas.partition import Partition
from schemas.register import Agreement, Register, Table
from schemas.register_indicators import FlowClassification, RegisterIndicator, load_register_catalogue
from schemas.release_profiles import UNPROTECTED
from transforms.flows.sums import Summed, counted, sum_table
from transforms.notes import note

DO_NOT_ADD_UP = "the parts do not add up to their total"
"""Begins the note of parts that differ from their total; the gate looks for it."""


@dataclass
class Totals:
    """What another table gave: the variables by which it breaks the total down, and notes on where the parts differ."""

    variables: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)


def sum_with_totals(
    connection: duckdb.DuckDBPyConnection,
    register: Register,
    partition: Partition,
    table: str,
    indicator: RegisterIndicator,
    dimensions: Sequence[FlowClassification],
) -> tuple[Summed, Totals]:
    """Table `summed` of one table and indicator, its totals those of the table that holds the whole.

    A protected register keeps the totals of its own table: what is withheld is worked out from one table's records.
    """
    made = sum_table(connection, partition, table, indicator, dimensions)
    totals = Totals()
    if register.protection != UNPROTECTED:
        return made, totals
    for agreement, variables in _wholes(connection, register, partition, table, indicator, made):
        connection.execute("create or replace temp table own as from summed")
        sum_table(connection, partition, agreement.whole, indicator, dimensions, only=variables)
        totals.notes += _take(connection, dimensions, agreement)
        totals.variables |= variables
    return made, totals


def _wholes(
    connection: duckdb.DuckDBPyConnection,
    register: Register,
    partition: Partition,
    table: str,
    indicator: RegisterIndicator,
    made: Summed,
) -> Iterator[tuple[Agreement, set[str]]]:
    """The agreements whose whole gives totals of what a table feeds, each with the variables that break these down."""
    tables = register.wave_tables(partition.wave)
    for agreement in register.agreements:
        if agreement.parts != table or agreement.shared or partition.wave not in agreement.waves:
            continue
        whole = tables.get(agreement.whole)
        if whole is None or register.table_facts(whole) != register.table_facts(tables[table]):
            continue
        broken = {name for name in whole.variables if _is_broken_down(whole, name)}
        if not set(indicator.leave_out) <= broken:
            continue  # the whole holds what the indicator leaves out
        query = f"select count(*), count(value_missing) from flows where {counted(agreement.whole, indicator)}"
        records, hidden = connection.execute(query).fetchall()[0]
        if records and not hidden:
            yield agreement, broken & ({*agreement.by} | made.unbroken)


def _is_broken_down(table: Table, variable: str) -> bool:
    return table.variables[variable].constant != ALL


def _take(
    connection: duckdb.DuckDBPyConnection, dimensions: Sequence[FlowClassification], agreement: Agreement
) -> Iterator[str]:
    """Put the totals in table `summed`, those of the whole, in the place of those in `own`; gives what differs."""
    key = ", ".join(f"c{position}" for position in range(len(dimensions)))
    differing = connection.execute(
        f"""
        select count(*), any_value(own.value order by own.value desc), any_value(summed.value order by own.value desc)
        from own inner join summed using ({key})
        where own.value <> summed.value and not own.hidden
        """
    ).fetchall()[0]
    connection.execute(
        f"create or replace temp table summed as from summed"
        f" union all by name select own.* from own anti join summed using ({key})"
    )
    if differing[0]:
        why = agreement.because or "within what is declared to be tolerated"
        yield note("Quality", f"{DO_NOT_ADD_UP}, {differing[1]:,.0f} and {differing[2]:,.0f}: {why}")


def note_other_totals(connection: duckdb.DuckDBPyConnection, register: Register, partition: Partition) -> None:
    """Say in table `cells` where totals of series that count the same differ, and no agreement says which holds."""
    catalogue = load_register_catalogue()
    totals = connection.execute(
        """
        select indicator, max(n) from cells
        where sex in ('', 'SEX_T')
            and (classif1 = '' or classif1 like '%_TOTAL') and (classif2 = '' or classif2 like '%_TOTAL')
        group by indicator order by indicator
        """
    ).fetchall()
    alike: dict[str, dict[str, int]] = {}
    for table in register.wave_tables(partition.wave).values():
        for indicator in table.feeds_in(partition.wave):
            counts = catalogue.indicators[indicator]
            same = f"{register.table_facts(table)} {sorted(counts.events)} {sorted(counts.leave_out.items())}"
            alike.setdefault(same, {}).update({each: total for each, total in totals if each == indicator})
    for series in alike.values():
        if len(set(series.values())) > 1:
            said = ", ".join(f"{total:,} in {indicator}" for indicator, total in series.items())
            text = f" | {note('Quality', f'totals of series that count the same differ: {said}')}"
            for indicator in series:
                update = "update cells set note_classif = ltrim(note_classif || ?, ' |') where indicator = ?"
                connection.execute(update, [text, indicator])
