"""From the producer's records to canonical persons: one row in, one row out, in one query.

    raw        the producer's columns under our names, as text (transforms.read)
    selected   corrections applied, the records that count (transforms.selection)
    mapped     codes translated by the declared maps
    declared   declared expressions and named rules added
    core       consistent within each record: universes, derived variables (transforms.derive)

A code that is in no map, text where a number is expected, or a correction that no longer fits stops the partition.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from schemas.concepts import Concept, load_concepts
from schemas.correction import Correction
from schemas.definitions import migrant_worker
from schemas.errors import InputError, naming
from schemas.expressions import Written, check_expression
from schemas.partition import Partition
from schemas.survey import Survey, Variable
from transforms.bands import banded_columns
from transforms.called_missing import CalledMissing, refuse_unspoken
from transforms.declared_expressions import (
    check_values,
    create_declared,
    expressions,
    refuse_other_marks,
    territories_of_expressions,
)
from transforms.derive import core_query
from transforms.duck import connect, parquet_rows, quote_name, quote_text
from transforms.failures import explained
from transforms.fault_list import FaultList
from transforms.implied_decimals import refuse_shifted_codes
from transforms.number_variables import number_columns, number_sql, weight_columns
from transforms.numbers import teach_numbers
from transforms.read.assemble import Implied
from transforms.relation import Relation, create_view
from transforms.replicate_weights import row_group_size
from transforms.sampling_design import design_columns
from transforms.selection import select_records
from transforms.translated import translated


@dataclass(frozen=True)
class Harmonised:
    """The result of harmonising one partition: number of records, sum of their weights (persons), and warnings.

    `left_out` states in words how many records do not count, and why.
    """

    persons: int
    weighted: float
    warnings: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def harmonise(
    source: Survey,
    partition: Partition,
    raw: Path,
    output: Path,
    *,
    called_missing: CalledMissing | None = None,
    implied: Mapping[str, Implied] | None = None,
    memory_limit: str = "2GB",
) -> Harmonised:
    """Write the core table of a partition (columns of `schemas.concepts.core_columns`) from its raw table.

    `called_missing` is what the files themselves mark as missing, by column; `implied` the columns of a fixed-width
    file whose layout implies decimals. Rows keep the order of the raw table, so the same input gives the same bytes.
    Raises InputError naming every column, code and count that the declaration does not provide for.
    """
    read, called = source.wave_read(partition.wave), called_missing or {}
    with connect(memory_limit=memory_limit, work=output.parent) as connection:
        teach_numbers(connection, read.decimal, read.thousands)
        received = create_view(connection, "received", f"from {parquet_rows(raw)}")
        corrections = _correcting(source, partition)
        of_codes = expressions(source, of_codes=True)
        with explained(connection, f"{received} as raw", corrections | of_codes, f"{partition.key}, source.yaml"):
            _check_corrections(received, source, partition)
            corrected = create_view(connection, "corrected", _corrected_query(received, source, partition))
            selected = select_records(corrected, source, partition)
            refuse_unspoken(selected.records, source, partition, called)
            refuse_shifted_codes(selected.records, source, partition, implied or {})
            mapped = _create_mapped(selected.records, source, partition)
        with explained(connection, str(mapped.records), expressions(source), f"{partition.key}, source.yaml"):
            refuse_other_marks(selected.records, source, partition)
            declared = create_declared(mapped.records, source, called)
            check_values(declared, source, partition, called)
            warnings = (*mapped.warnings, *territories_of_expressions(declared, source, partition))
            query = core_query(declared, source, partition, migrant_worker())
            connection.execute(
                f"copy ({query}) to {quote_text(str(output))}"
                f" (format parquet, compression zstd, row_group_size {row_group_size(source)})"
            )
        row = connection.execute(
            f"select count(*), coalesce(sum(cast(weight as decimal(18, 8))), 0) from {parquet_rows(output)}"
        ).fetchall()[0]
    return Harmonised(persons=int(row[0]), weighted=float(row[1]), warnings=warnings, left_out=selected.left_out)


def _check_corrections(received: Relation, source: Survey, partition: Partition) -> None:
    """Raise InputError for every correction that touches another number of records than it declares."""
    faults = FaultList(partition.key)
    for index, correction in _corrections(source, partition).items():
        condition = _expression(source, partition, correction.where)
        query = f"select count(*) from {received} as raw where {condition}"
        rows = received.connection.execute(query).fetchall()[0][0]
        if rows != correction.rows:
            with faults.collecting("corrections", index):
                raise InputError(
                    f"a declared correction should touch {correction.rows} record(s) and touches {rows}",
                    where=f"{partition.key}, correction '{correction.because}'",
                    why="the producer may have corrected the file; applying it again would damage good data",
                    remedy="look at the new file, then remove the correction or change its `rows`",
                )
    faults.require_none()


def _corrections(source: Survey, partition: Partition) -> dict[int, Correction]:
    """The corrections of the wave, by their place in the declaration."""
    return {index: each for index, each in enumerate(source.corrections) if each.wave == partition.wave}


def _expression(source: Survey, partition: Partition, sql: str) -> str:
    names = {f"raw.{column}" for column in source.wave_columns(partition.wave)}
    return check_expression(sql, columns=names, where=f"{source.id}, corrections")


def _correcting(source: Survey, partition: Partition) -> dict[str, Written]:
    """The expressions of the wave's corrections, under the names used for them in errors."""
    return {
        f"correction '{correction.because}', {key}": Written(
            sql, _expression(source, partition, sql), ("corrections", index)
        )
        for index, correction in _corrections(source, partition).items()
        for key, sql in {"where": correction.where, **correction.set}.items()
    }


def _corrected_query(received: Relation, source: Survey, partition: Partition) -> str:
    """The raw table with the declared corrections applied, in their order, to the columns they set."""
    columns = {column: f"raw.{quote_name(column)}" for column in source.wave_columns(partition.wave)}
    for correction in _corrections(source, partition).values():
        condition = _expression(source, partition, correction.where)
        for column, value in correction.set.items():
            replacement = _expression(source, partition, value)
            columns[column] = f"case when {condition} then written({replacement}) else {columns[column]} end"
    absent = [column for column in source.columns if column not in columns]
    chosen = [f"{expression} as {quote_name(column)}" for column, expression in columns.items()]
    chosen += [f"cast(null as varchar) as {quote_name(column)}" for column in absent]
    return f"select {', '.join(chosen)}, raw._file, raw._row from {received} as raw"


@dataclass(frozen=True)
class _Mapped:
    """The records with their codes translated (view `mapped`), and the warnings."""

    records: Relation
    warnings: tuple[str, ...]


def _create_mapped(raw: Relation, source: Survey, partition: Partition) -> _Mapped:
    """Every variable that comes from columns, with codes translated; `raw` is kept for the expressions.

    Raises one InputError for the faults of all of them.
    """
    concepts = load_concepts()
    columns, warnings, faults = ["raw"], [], FaultList(partition.key)
    for name, variable in source.wave_variables(partition.wave).items():
        if variable.computed is None and not variable.derive:
            with faults.collecting("variables", name), naming(f"variable '{name}'"):
                of_variable, warning = _mapped(raw, source, partition, name, variable, concepts[name])
                columns += of_variable
                warnings += [warning] if warning else []
    for columns_of in (weight_columns, design_columns):
        with faults.collecting("design"):
            columns += columns_of(raw, source, partition)
    faults.require_none()
    query = f"select {', '.join(columns)} from {raw}"
    return _Mapped(create_view(raw.connection, "mapped", query), tuple(warnings))


def _mapped(
    raw: Relation, source: Survey, partition: Partition, name: str, variable: Variable, concept: Concept
) -> tuple[list[str], str]:
    """One variable that is not computed, as columns of a query, with its warning or None."""
    if concept.is_numeric and variable.column:
        columns_of = banded_columns if variable.bands else number_columns
        return columns_of(raw, source, partition, name, variable, concept), ""
    if variable.is_translated:
        column, warning = translated(raw, source, partition, name, variable)
        return [column], warning
    return _plain(name, variable, concept), ""


def _plain(name: str, variable: Variable, concept: Concept) -> list[str]:
    """Identifiers, constants and kinds of missing: nothing to translate."""
    if variable.columns or (variable.column and concept.type == "identifier"):
        parts = ", ".join(f"raw.{quote_name(column)}" for column in variable.columns or [str(variable.column)])
        return [f"concat_ws('-', {parts}) as {name}"]
    if variable.missing:
        if concept.is_numeric:
            return [f"cast(null as double) as {name}", f"{quote_text(variable.missing)} as {name}_missing"]
        return [f"{quote_text(variable.missing)} as {name}"]
    if concept.is_numeric:
        return [
            f"{number_sql(f'cast({quote_text(str(variable.constant))} as double)', concept)} as {name}",
            f"cast(null as varchar) as {name}_missing",
        ]
    return [f"{quote_text(str(variable.constant))} as {name}"]
