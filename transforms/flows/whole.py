"""One total for an area, period and concept: where two tables give it, the total of the table that covers the whole.

An agreement names a table of `parts` and one of the `whole`. The totals of an indicator fed by the parts are taken from
the whole, also by a breakdown that only the whole has, such as sex; the parts keep their numbers, and where they do not
add up, all of them carry a note.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from schemas.flows import ALL
from schemas.partition import Partition
from schemas.register import Agreement, Register
from schemas.register_indicators import FlowClassification, RegisterIndicator, load_register_catalogue
from schemas.register_table import Table
from schemas.release_profiles import UNPROTECTED
from transforms.flows.sums import Summed, counted, sum_table
from transforms.notes import note
from transforms.relation import Relation, create_table

DO_NOT_ADD_UP = "the parts do not add up to their total"
"""Beginning of the note on parts that differ from their total; the gate looks for it."""


@dataclass(frozen=True)
class WithTotals:
    """The sums of an indicator, with totals from the table that covers the whole.

    summed     the sums; their notes are those of the indicator's own table
    variables  those by which the other table breaks down the total
    notes      on parts that do not add up to it
    """

    summed: Summed
    variables: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


def sum_with_totals(
    flows: Relation,
    register: Register,
    partition: Partition,
    table: str,
    indicator: RegisterIndicator,
    dimensions: Sequence[FlowClassification],
) -> WithTotals:
    """The sums of one table and indicator, with the totals of the tables that cover the whole.

    A protected register keeps the totals of its own table, because suppression is computed from the records of one
    table.
    """
    result = WithTotals(sum_table(flows, partition, table, indicator, dimensions))
    if register.protection != UNPROTECTED:
        return result
    for agreement, variables in _wholes(flows, register, partition, table, indicator, result.summed):
        whole = sum_table(flows, partition, agreement.whole, indicator, dimensions, only=variables, name="whole")
        notes = (*result.notes, *_differences(result.summed.relation, whole.relation, dimensions, agreement))
        relation = _with_totals(result.summed.relation, whole.relation, dimensions)
        result = WithTotals(replace(result.summed, relation=relation), result.variables | variables, notes)
    return result


def _wholes(
    flows: Relation,
    register: Register,
    partition: Partition,
    table: str,
    indicator: RegisterIndicator,
    made: Summed,
) -> Iterator[tuple[Agreement, set[str]]]:
    """The agreements whose whole gives the totals of an indicator fed by a table, each with the variables that break
    them down."""
    tables = register.wave_tables(partition.wave)
    for agreement in register.agreements:
        if agreement.parts != table or agreement.shared or partition.wave not in agreement.waves:
            continue
        whole = tables.get(agreement.whole)
        if whole is None or register.table_facts(whole) != register.table_facts(tables[table]):
            continue
        broken = {name for name in whole.variables if _is_broken_down(whole, name)}
        if not set(indicator.leave_out) <= broken:
            continue  # the whole includes records that the indicator leaves out
        query = f"select count(*), count(value_missing) from {flows} where {counted(agreement.whole, indicator)}"
        records, hidden = flows.connection.execute(query).fetchall()[0]
        if records and not hidden:
            yield agreement, broken & ({*agreement.by} | made.unbroken)


def _is_broken_down(table: Table, variable: str) -> bool:
    return table.variables[variable].constant != ALL


def _key(dimensions: Sequence[FlowClassification]) -> str:
    return ", ".join(f"c{position}" for position in range(len(dimensions)))


def _with_totals(own: Relation, whole: Relation, dimensions: Sequence[FlowClassification]) -> Relation:
    """Table `with_totals`, columns as those of sums: totals from the whole, all other numbers from the indicator's own
    table."""
    query = (
        f"from {whole} union all by name select own.* from {own} as own anti join {whole} using ({_key(dimensions)})"
    )
    return create_table(own.connection, "with_totals", query)


def _differences(
    own: Relation, whole: Relation, dimensions: Sequence[FlowClassification], agreement: Agreement
) -> Iterator[str]:
    """The note that parts do not add up to the totals of the whole, where they do not."""
    differing = own.connection.execute(
        f"""
        select count(*), any_value(own.value order by own.value desc), any_value(whole.value order by own.value desc)
        from {own} as own inner join {whole} as whole using ({_key(dimensions)})
        where own.value <> whole.value and not own.hidden
        """
    ).fetchall()[0]
    if differing[0]:
        why = agreement.because or "within the declared tolerance"
        yield note("Quality", f"{DO_NOT_ADD_UP}, {differing[1]:,.0f} and {differing[2]:,.0f}: {why}")


def note_other_totals(cells: Relation, register: Register, partition: Partition) -> None:
    """Note on the numbers where totals of series that count the same differ, and no agreement declares which to use."""
    catalogue = load_register_catalogue()
    totals = cells.connection.execute(
        f"""
        select indicator, max(n) from {cells}
        where sex in ('', 'SEX_T')
            and (classif1 = '' or classif1 like '%_TOTAL') and (classif2 = '' or classif2 like '%_TOTAL')
        group by indicator order by indicator
        """
    ).fetchall()
    alike: dict[tuple[object, ...], dict[str, int]] = {}
    for table in register.wave_tables(partition.wave).values():
        for indicator in table.feeds_in(partition.wave):
            counts = catalogue.indicators[indicator]
            left_out = tuple((name, *values) for name, values in sorted(counts.leave_out.items()))
            same = (register.table_facts(table), tuple(sorted(counts.events)), left_out)
            alike.setdefault(same, {}).update({each: total for each, total in totals if each == indicator})
    for series in alike.values():
        if len(set(series.values())) > 1:
            said = ", ".join(f"{total:,} in {indicator}" for indicator, total in series.items())
            text = f" | {note('Quality', f'totals of series that count the same differ: {said}')}"
            for indicator in series:
                update = f"update {cells} set note_classif = ltrim(note_classif || ?, ' |') where indicator = ?"
                cells.connection.execute(update, [text, indicator])
