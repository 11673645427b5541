"""From flow records to numbers: every indicator that the register's tables feed, by every combination of its codes.

flows    the records of a partition                             (transforms.flows.records)
coded    those of one table and indicator, under published codes
cells    value, n, status and notes                             (columns of schemas.tables.OBSERVATION)
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb

from schemas.errors import InputError
from schemas.partition import Partition
from schemas.register import Register
from schemas.register_indicators import load_register_catalogue
from transforms.availability import write_decisions
from transforms.duck import connect, parquet_rows, quote_text
from transforms.flows.availability import decide_flows
from transforms.flows.notes import classification_notes, indicator_notes
from transforms.flows.whole import note_other_totals, sum_with_totals
from transforms.notes import join_notes, source_note
from transforms.observations import KEYS, create_observations, key_columns, write_observations

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
    """Write the cells of a partition and return how many there are.

    A number is the sum of its records; `n` is the cases counted in it, and there is no standard error, because nothing
    is sampled. A sum with a part that the producer hides is not given. A breakdown that the table does not make gives
    the total only, with a note. `availability` is where the decision on every indicator of registers is written. Raises
    InputError when a value has no published code.
    """
    catalogue = load_register_catalogue()
    with connect(memory_limit=memory_limit, work=output.parent) as connection:
        connection.execute(f"create view flows as from {parquet_rows(core)}")
        cells = create_observations(connection)
        made = {}
        for name, table in register.wave_tables(partition.wave).items():
            for indicator in table.feeds_in(partition.wave):
                made[indicator] = _add_indicator(connection, register, partition, name, indicator)
        note_other_totals(connection, register, partition)
        if availability is not None:
            write_decisions(decide_flows(register, partition, made), availability)
        connection.execute(
            "update cells set note_source = ?, vintage = ?", [source_note(register, partition, warnings), vintage]
        )
        write_observations(cells, output)
        count = cells.count()
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
    made, totals = sum_with_totals(connection, register, partition, table, indicator, dimensions)
    unbroken = [dimension for dimension in dimensions if dimension.variable in made.unbroken]
    notes = [classification_notes(unbroken, made.together, totals.variables), *totals.notes]
    keys = {column: place for place, column in enumerate(key_columns(each.type for each in dimensions))}
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
            STATUSES[made.status or "final"],
            join_notes(notes),
            indicator_notes(register, partition, table),
            partition.wave,
        ],
    )
    return made.unbroken
