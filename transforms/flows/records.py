"""From a register's tables to flow records, one table after the other."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import duckdb
import pyarrow as pa

from schemas.errors import naming
from schemas.flows import ALL, DROPPED, SUPPRESSED, breakdowns, flow_columns
from schemas.partition import Partition
from schemas.register import Register
from schemas.register_table import FlowSource
from transforms.duck import connect, quote_name, quote_text
from transforms.fault_list import FaultList
from transforms.flows.agreements import check_agreements
from transforms.flows.counts import ROW, Counts
from transforms.flows.remarks import NOTHING, Remarks
from transforms.flows.table_in_wave import TableInWave
from transforms.flows.tables import read_table
from transforms.flows.unused import ended_lists
from transforms.flows.words import meanings, named, whole_words
from transforms.read import RawInput
from transforms.relation import Relation, create_empty, load_table


@dataclass(frozen=True)
class HarmonisedFlows:
    """The result of harmonising: number of flow records, warnings to publish as notes, and remarks that are only
    shown."""

    records: int
    warnings: tuple[str, ...]
    remarks: tuple[str, ...] = ()


def harmonise_flows(
    register: Register,
    partition: Partition,
    files: Sequence[RawInput],
    output: Path,
    *,
    workdir: Path,
    memory_limit: str = "2GB",
) -> HarmonisedFlows:
    """Write the flow records of a partition (Parquet, columns of flows.yaml), one per combination of breakdowns.

    Raises InputError when a file is not as declared, a word has no meaning, or sums that must agree do not.
    """
    remarks = NOTHING
    faults = FaultList(partition.key)
    with connect(memory_limit=memory_limit, work=workdir) as connection:
        flows = create_empty(connection, "flows", flow_columns().items())
        for name, declared in register.wave_tables(partition.wave).items():
            table = TableInWave(register, partition, name, declared)
            with faults.collecting("tables", name), naming(f"table '{name}'"):
                counts, of_counts = read_table(connection, table, files, workdir)
                remarks += of_counts + _add_records(flows, counts, table)
        faults.require_none()
        warnings = [*remarks.warnings, *check_agreements(flows, register, partition)]
        warnings += ended_lists(flows, register, partition)
        order = ", ".join(name for name in flow_columns() if name != "value")
        records = f"from {flows} order by {order}"
        connection.execute(f"copy ({records}) to {quote_text(str(output))} (format parquet, compression zstd)")
        count = flows.count()
    return HarmonisedFlows(count, tuple(dict.fromkeys(warnings)), remarks.shown)


def _add_records(flows: Relation, counts: Counts, table: TableInWave) -> Remarks:
    """Add the detail of one table to the flows: words translated, records with the same breakdowns added up."""
    origins, faults = table.declared.variables, FaultList(table.where)
    columns = {name: _Column(quote_text(ALL)) for name in breakdowns()}
    for name in origins:
        with faults.collecting("variables", name):
            columns[name] = _column(counts, table, name, origins[name])
    faults.require_none()
    constants = {
        "register_table": table.name,
        "ref_area": table.partition.ref_area,
        "period": table.partition.time,
        **dict(table.register.table_facts(table.declared).items()),
        "status": table.register.status_in(table.partition.wave, table.name),
    }
    selected = [f"{quote_text(value)} as {quote_name(name)}" for name, value in constants.items()]
    selected += [f"{column.value} as {quote_name(name)}" for name, column in columns.items()]
    kept = " and ".join(f"{quote_name(name)} <> {quote_text(DROPPED)}" for name in columns)
    joins = "\n".join(columns[name].join for name in origins)
    flows.insert(
        f"""
        with counted as (
            select {", ".join(selected)},
                number.number as value,
                case when number.suppressed then {quote_text(SUPPRESSED)} end as value_missing
            from {counts.numbers} as number
            inner join {counts.detail} as detail using ({ROW})
            {joins}
        )
        select * exclude (value), sum(value) as value
        from counted
        where {kept}
        group by all
        """
    )
    return reduce(operator.add, (column.remarks for column in columns.values()), NOTHING)


@dataclass(frozen=True)
class _Column:
    """SQL of a column of the records, from `number` and `detail`, and of the join that it needs; and what is to be said
    of its words.
    """

    value: str
    join: str = ""
    remarks: Remarks = NOTHING


def _word(origin: FlowSource) -> str:
    """SQL of the word from which a variable of a record is translated."""
    return "number.header" if origin.header else f"detail.{quote_name(str(origin.column))}"


def _check_pattern(
    connection: duckdb.DuckDBPyConnection, table: TableInWave, name: str, origin: FlowSource, words: Sequence[str]
) -> None:
    """Stop at fields that do not match the declared pattern: the classification probably has a new edition.

    Fields that are in the map as they are, such as the word for an unknown class, need not match it.
    """
    if origin.pattern is None:
        return
    found = connection.execute(
        "select word from (select unnest(?::varchar[]) as word) where not regexp_full_match(word, ?) order by word",
        [sorted(set(words) - whole_words(table, origin, words)), origin.pattern],
    ).fetchall()
    if found:
        shown = named(str(word) for (word,) in found)
        raise table.fault(
            f"{len(found)} value(s) of '{name}' do not match '{origin.pattern}': {shown}",
            why="codes of another edition of the classification would be read as codes of this one",
            remedy=f"add words that are not codes to map '{origin.map}' as written; where the classification has a new "
            "edition, declare a table with its own map for those waves",
        )


def _column(counts: Counts, table: TableInWave, name: str, origin: FlowSource) -> _Column:
    """One variable of the records, with its words looked up in table `words_<variable>`(word, value)."""
    if origin.constant is not None:
        return _Column(quote_text(origin.constant))
    connection = counts.numbers.connection
    found = connection.execute(
        f"select distinct {_word(origin)} from {counts.numbers} as number"
        f" inner join {counts.detail} as detail using ({ROW}) order by 1"
    ).fetchall()
    words = [str(word) for (word,) in found if word is not None]
    if len(words) < len(found) and origin.blank is None:
        raise table.fault(
            f"'{name}' is empty in some rows",
            why="it is not known what their counts refer to",
            remedy=f"state what an empty field means in `blank` of variable '{name}', or drop the rows",
        )
    _check_pattern(connection, table, name, origin, words)
    values, remarks = meanings(table, name, origin, words)
    lookup = pa.table(
        {
            "word": pa.array(list(values), pa.string()),
            "value": pa.array(list(values.values()), pa.string()),
        }
    )
    looked_up = load_table(connection, f"words_{name}", lookup)
    blank = quote_text(origin.blank) if origin.blank is not None else "null"
    join = f"left join {looked_up} on {looked_up}.word = {_word(origin)}"
    return _Column(f"coalesce({looked_up}.value, {blank})", join, remarks)
