"""From the producer's records to canonical persons: one row in, one row out, in one query.

    raw        the producer's columns under our names, as text (transforms.read)
    mapped     corrections applied, codes translated by the declared maps
    declared   declared expressions and named rules added
    core       consistent within each record: universes, derived variables (transforms.derive)

A code that no map knows, a number that is not one, or a correction that no longer fits stops the partition.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from schemas.concepts import Concept, load_concepts
from schemas.definitions import migrant_worker
from schemas.errors import InputError, naming
from schemas.expressions import check_expression
from schemas.loader import allowed_values, expression_names
from schemas.partition import Partition
from schemas.source import Correction, Source, Variable
from transforms.codes import CodeMap, resolve
from transforms.derive import core_query
from transforms.duck import connect, parquet_rows, quote_name, quote_text
from transforms.replicate_weights import replicate_weights, row_group_size
from transforms.sampling_design import design_columns

MAXIMUM_NAMED = 8


@dataclass(frozen=True)
class Harmonised:
    """What harmonising one partition gave: records, and the sum of their weights (persons)."""

    persons: int
    weighted: float


def harmonise(
    source: Source, partition: Partition, raw: Path, output: Path, *, memory_limit: str = "2GB"
) -> Harmonised:
    """Write the core table of a partition (columns of `schemas.concepts.core_columns`) from its raw table.

    Rows keep the order of the raw table, so the same input gives the same bytes.
    Raises InputError that names every column, code and count that the declaration does not foresee.
    """
    with connect(memory_limit=memory_limit, work=output.parent) as connection:
        connection.execute(f"create view received as select * from {parquet_rows(raw)}")
        _check_corrections(connection, source, partition)
        connection.execute(f"create view raw as {_corrected(source, partition)}")
        mapped = _mapped_query(connection, source, partition)
        connection.execute(f"create view declared as {_declared_query(source, mapped)}")
        _check_values(connection, source, partition)
        query = core_query(source, partition, migrant_worker())
        connection.execute(
            f"copy ({query}) to {quote_text(str(output))}"
            f" (format parquet, compression zstd, row_group_size {row_group_size(source)})"
        )
        row = connection.execute(
            f"select count(*), coalesce(sum(cast(weight as decimal(18, 8))), 0) from {parquet_rows(output)}"
        ).fetchall()[0]
    return Harmonised(persons=int(row[0]), weighted=float(row[1]))


def _where(partition: Partition, column: str) -> str:
    return f"{partition.key}, column '{column}'"


def _check_corrections(connection: duckdb.DuckDBPyConnection, source: Source, partition: Partition) -> None:
    for correction in _corrections(source, partition):
        condition = _expression(source, partition, correction.where)
        rows = connection.execute(f"select count(*) from received as raw where {condition}").fetchall()[0][0]
        if rows != correction.rows:
            raise InputError(
                f"a declared correction should touch {correction.rows} record(s) and touches {rows}",
                where=f"{partition.key}, correction '{correction.because}'",
                why="the producer may have corrected the file; applying it again would damage good data",
                remedy="look at the new file, then remove the correction or change its `rows`",
            )


def _corrections(source: Source, partition: Partition) -> list[Correction]:
    return [correction for correction in source.corrections if correction.wave == partition.wave]


def _expression(source: Source, partition: Partition, sql: str) -> str:
    names = {f"raw.{column}" for column in source.wave_columns(partition.wave)}
    return check_expression(sql, columns=names, where=f"{source.id}, corrections")


def _corrected(source: Source, partition: Partition) -> str:
    """The raw table with the declared corrections applied, in their order, to the columns they set."""
    columns = {column: f"raw.{quote_name(column)}" for column in source.wave_columns(partition.wave)}
    for correction in _corrections(source, partition):
        condition = _expression(source, partition, correction.where)
        for column, value in correction.set.items():
            replacement = _expression(source, partition, value)
            columns[column] = f"case when {condition} then cast({replacement} as varchar) else {columns[column]} end"
    absent = [column for column in source.columns if column not in columns]
    chosen = [f"{expression} as {quote_name(column)}" for column, expression in columns.items()]
    chosen += [f"cast(null as varchar) as {quote_name(column)}" for column in absent]
    return f"select {', '.join(chosen)}, raw._file, raw._row from received as raw"


def _mapped_query(connection: duckdb.DuckDBPyConnection, source: Source, partition: Partition) -> str:
    """Every variable that comes from columns, codes translated; `raw` travels along for the expressions."""
    concepts = load_concepts()
    columns = ["raw"]
    for name, variable in source.wave_variables(partition.wave).items():
        if not variable.expression and not variable.derive:
            with naming(f"variable '{name}'"):
                columns += _mapped(connection, source, partition, name, variable, concepts[name])
    columns += [*_weight(connection, source, partition), *design_columns(connection, source, partition)]
    return f"select {', '.join(columns)} from raw"


def _mapped(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    partition: Partition,
    name: str,
    variable: Variable,
    concept: Concept,
) -> list[str]:
    """One variable that is no expression, as columns of a query."""
    if concept.is_numeric and variable.column:
        return _number(connection, source, partition, name, variable)
    if variable.column and (variable.map or variable.country):
        return [_translated(connection, source, partition, name, variable)]
    return _plain(name, variable, concept)


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
            f"cast({quote_text(str(variable.constant))} as double) as {name}",
            f"cast(null as varchar) as {name}_missing",
        ]
    return [f"{quote_text(str(variable.constant))} as {name}"]


def _translated(
    connection: duckdb.DuckDBPyConnection, source: Source, partition: Partition, name: str, variable: Variable
) -> str:
    """The codes of a column as canonical values. Raises InputError for codes that no map knows.

    The codes that occur stand in one `case`, the most frequent first: rows keep their order, which a join would not
    promise, and most are decided by the first comparisons.
    """
    column = str(variable.column)
    code = f"coalesce(raw.{quote_name(column)}, '')"
    counts = dict(connection.execute(f"select {code}, count(*) from raw group by 1 order by 2 desc, 1").fetchall())
    code_map = CodeMap(source.code_maps[variable.map], fold=variable.fold) if variable.map else None
    blank = {"": variable.blank} if variable.blank and "" in counts else {}
    resolved = resolve([code for code in counts if code not in blank], code_map, country=variable.country)
    if resolved.unknown:
        raise InputError(
            f"{len(resolved.unknown)} code(s) of {name} that no map knows: {_named(resolved.unknown, counts)}",
            where=_where(partition, source.wave_columns(partition.wave).get(column, column)),
            why="a code of unknown meaning is never published as 'other'",
            remedy=(
                f"look the code up in the codebook and add it to map '{variable.map}' in code_maps.csv, "
                "or correct the file"
            ),
        )
    values = {**resolved.values, **blank}
    cases = " ".join(f"when {quote_text(each)} then {quote_text(str(values[each]))}" for each in counts)
    return f"case {code} {cases} end as {name}" if counts else f"cast(null as varchar) as {name}"


def _named(codes: tuple[str, ...], counts: dict[str, int]) -> str:
    """Codes with their counts, the most frequent first; a very long text is cut, since it is hardly a code."""
    first = sorted(codes, key=lambda code: (-counts[code], code))[:MAXIMUM_NAMED]
    named = ", ".join(
        f"'{code[:20]}' ({counts[code]} record(s))" if code else f"empty ({counts['']} record(s))" for code in first
    )
    return named + (f" and {len(codes) - len(first)} more" if len(codes) > len(first) else "")


def _as_number(source: Source, column: str) -> str:
    text = f"raw.{quote_name(column)}"
    return (
        f"try_cast(replace({text}, ',', '.') as double)"
        if source.read.decimal == ","
        else f"try_cast({text} as double)"
    )


def _number(
    connection: duckdb.DuckDBPyConnection, source: Source, partition: Partition, name: str, variable: Variable
) -> list[str]:
    """A numeric variable and its kind of missing.

    Raises InputError for text that is no number and for blanks that are not declared.
    """
    column = str(variable.column)
    text, number = f"raw.{quote_name(column)}", _as_number(source, column)
    kinds = [f"when {number} = {float(code)} then {quote_text(kind)}" for code, kind in variable.codes.items()]
    if variable.blank:
        kinds.append(f"when {text} is null then {quote_text(variable.blank)}")
    missing = f"case {' '.join(kinds)} end" if kinds else "cast(null as varchar)"
    bad = connection.execute(
        f"select count(*), min(raw._row) from raw"
        f" where ({missing}) is null and ({number} is null or not isfinite({number}))"
    ).fetchall()[0]
    if bad[0]:
        raise InputError(
            f"{bad[0]} record(s) hold no number where {name} is expected; the first is record {bad[1]} of its file",
            where=_where(partition, source.wave_columns(partition.wave).get(column, column)),
            why="they would silently drop out of every estimate",
            remedy=(
                "declare what an empty field means (`blank`), which codes mean missing (`codes`), or correct the file"
            ),
        )
    factor = f" * {variable.multiply!r}" if variable.multiply is not None else ""
    return [f"case when ({missing}) is null then {number}{factor} end as {name}", f"{missing} as {name}_missing"]


def _weight(connection: duckdb.DuckDBPyConnection, source: Source, partition: Partition) -> list[str]:
    design = source.design
    number = _as_number(source, design.weight.column)
    bad = connection.execute(
        f"select count(*), min(raw._row) from raw where {number} is null or not isfinite({number}) or {number} < 0"
    ).fetchall()[0]
    if bad[0]:
        raise InputError(
            f"{bad[0]} record(s) have no usable weight; the first is record {bad[1]} of its file",
            where=_where(
                partition, source.wave_columns(partition.wave).get(design.weight.column, design.weight.column)
            ),
            why="a record without a weight stands for nobody, and the totals would be too small",
            remedy="check that the right weight column is declared, or ask the producer for the missing weights",
        )
    scale = "" if design.weight.scale == 1 else f" * {design.weight.scale!r}"
    return [f"{number}{scale} as weight", replicate_weights(connection, source, partition, number)]


def _declared_query(source: Source, mapped: str) -> str:
    """The mapped records with the declared expressions added."""
    concepts = load_concepts()
    chosen = []
    for name, variable in source.variables.items():
        if variable.expression is None:
            continue
        checked = check_expression(
            variable.expression, columns=expression_names(source, name), where=f"{source.id}, {name}"
        )
        if concepts[name].is_numeric:
            chosen.append(f"try_cast(({checked}) as double) as {name}")
            blank = quote_text(variable.blank) if variable.blank else "'unknown'"
            chosen.append(f"case when try_cast(({checked}) as double) is null then {blank} end as {name}_missing")
        else:
            chosen.append(f"cast(({checked}) as varchar) as {name}")
    extra = f", {', '.join(chosen)}" if chosen else ""
    return f"with mapped as ({mapped}) select mapped.*{extra} from mapped"


def _check_numbers(connection: duckdb.DuckDBPyConnection, partition: Partition, name: str) -> None:
    bad = connection.execute(f"select count(*), min(raw._row) from declared where {name} is null").fetchall()[0]
    if bad[0]:
        raise InputError(
            f"the expression of {name} gives no number for {bad[0]} record(s); the first is record {bad[1]} of a file",
            where=f"{partition.key}, variable '{name}'",
            why="they would silently drop out of every estimate",
            remedy="correct the expression or the file, or declare what it means when there is no number (`blank`)",
        )


def _check_values(connection: duckdb.DuckDBPyConnection, source: Source, partition: Partition) -> None:
    """Declared expressions must give a canonical value for every record, or a number where no `blank` is declared."""
    concepts = load_concepts()
    for name, variable in source.variables.items():
        if variable.expression is not None and variable.blank is None and concepts[name].is_numeric:
            _check_numbers(connection, partition, name)
        allowed = allowed_values(concepts[name])
        if variable.expression is None or allowed is None:
            continue
        listed = ", ".join(quote_text(value) for value in allowed)
        country = f" and not regexp_full_match({name}, '[A-Z]{{3}}')" if concepts[name].type == "country" else ""
        bad = connection.execute(
            f"select coalesce({name}, 'nothing'), count(*) from declared"
            f" where {name} is null or ({name} not in ({listed}){country}) group by 1 order by 2 desc, 1"
        ).fetchall()
        if bad:
            given = ", ".join(f"{value[:20]} ({rows} record(s))" for value, rows in bad[:MAXIMUM_NAMED])
            raise InputError(
                f"the expression of {name} gives {given}",
                where=f"{partition.key}, variable '{name}'",
                why="every record needs a canonical value or a kind of missing",
                remedy=f"make the expression give one of: {', '.join(allowed)}",
            )
