"""From flow records to numbers: every indicator that the register's tables feed, for every combination of its codes.

flows    the records of a partition                                              (transforms.flows.records)
coded    those of one table and indicator, under published codes                 (transforms.flows.sums)
summed   every combination of codes and totals, with the totals of the whole     (transforms.flows.whole)
cells    value, n, status and notes                                 (columns of schemas.tables.OBSERVATION)
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from schemas.errors import InputError
from schemas.flows import flow_columns
from schemas.partition import Partition
from schemas.register import Register
from schemas.register_indicators import FlowClassification, RegisterIndicator, load_register_catalogue
from transforms.availability import write_decisions
from transforms.duck import connect, parquet_rows, quote_text
from transforms.flows.availability import decide_flows
from transforms.flows.notes import classification_notes, indicator_notes
from transforms.flows.whole import WithTotals, note_other_totals, sum_with_totals
from transforms.notes import join_notes, source_note
from transforms.observations import KEYS, create_observations, key_columns, write_observations
from transforms.relation import Relation, create_view

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
    availability: Path | None = None,
) -> int:
    """Write the cells of a partition; returns their number.

    A number is the sum of its records; `n` is the cases counted in it, and there is no standard error, because nothing
    is sampled. A sum with a part that the producer suppresses is not given. A breakdown that the table does not have
    gives the total only, with a note. `availability` is the file for the decision on every indicator of registers.
    Raises InputError when a value has no published code.
    """
    catalogue = load_register_catalogue()
    with connect(memory_limit=memory_limit, work=output.parent) as connection:
        flows = create_view(connection, "flows", f"from {parquet_rows(core)}", columns=tuple(flow_columns()))
        cells = create_observations(connection)
        unbroken = {}
        for name, table in register.wave_tables(partition.wave).items():
            for indicator in table.feeds_in(partition.wave):
                with_totals = _sum(flows, register, partition, name, indicator)
                _add_indicator(cells, with_totals, register, partition, name, indicator)
                unbroken[indicator] = with_totals.summed.unbroken
        note_other_totals(cells, register, partition)
        if availability is not None:
            write_decisions(decide_flows(register, partition, unbroken), availability)
        connection.execute(
            f"update {cells} set note_source = ?, vintage = ?", [source_note(register, partition, warnings), vintage]
        )
        write_observations(cells, output)
        count = cells.count()
    if not count:
        raise InputError(
            "no number can be estimated from the register's tables",
            where=f"{partition.key}, {', '.join(catalogue.indicators)}",
            remedy="name under `feeds` of a table the indicators that it feeds",
        )
    return count


def _dimensions(indicator: RegisterIndicator) -> list[FlowClassification]:
    """The classifications that an indicator is broken down by, in their order."""
    classifications = load_register_catalogue().classifications
    return [classifications[dimension] for dimension in indicator.dimensions]


def _sum(flows: Relation, register: Register, partition: Partition, table: str, name: str) -> WithTotals:
    """The sums of one indicator from the records of one table of the register."""
    indicator = load_register_catalogue().indicators[name]
    return sum_with_totals(flows, register, partition, table, indicator, _dimensions(indicator))


def _add_indicator(
    cells: Relation, with_totals: WithTotals, register: Register, partition: Partition, table: str, name: str
) -> None:
    """Add the numbers of one indicator; sums with a part that the producer suppresses are left out."""
    indicator, summed = load_register_catalogue().indicators[name], with_totals.summed
    dimensions = _dimensions(indicator)
    unbroken = [dimension for dimension in dimensions if dimension.variable in summed.unbroken]
    notes = [classification_notes(unbroken, summed.together, with_totals.variables), *with_totals.notes]
    places = {column: place for place, column in enumerate(key_columns(each.type for each in dimensions))}
    codes = ", ".join(f"{f'c{places[key]}' if key in places else quote_text('')} as {key}" for key in KEYS)
    cells.insert(
        f"""
        select ? as ref_area, ? as source, ? as indicator, {codes}, ? as time,
            value / {indicator.scale} as obs_value, ? as obs_status, ? as note_classif, ? as note_indicator,
            cast(round(value) as bigint) as n, ? as wave
        from {summed.relation}
        where not hidden
        """,
        [
            partition.ref_area,
            f"{register.source_type}:{register.id}",
            name,
            partition.time,
            STATUSES[summed.status or "final"],
            join_notes(notes),
            indicator_notes(register, partition, table),
            partition.wave,
        ],
    )
