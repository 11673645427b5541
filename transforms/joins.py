"""Rows of other files joined to a survey's records by declared keys: their households, rosters or jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path

import duckdb

from schemas.errors import InputError, about
from schemas.expressions import Written
from schemas.joins import Join
from schemas.partition import Partition
from schemas.read import Read
from schemas.survey import Survey
from transforms.duck import connect, parquet_rows, quote_name
from transforms.failures import explained
from transforms.numbers import teach_numbers
from transforms.read import RawInput, RawTable, read_wave
from transforms.read.assemble import copy_to
from transforms.relation import Relation, create_table, create_view

PLACE = "_place"
"""Column with a record's position among all records of the wave."""


@dataclass(frozen=True)
class JoinedRecords:
    """The raw table of records with the joined columns, and in words how many rows were not used."""

    file: Path
    table: RawTable
    remarks: tuple[str, ...]


def record_files(source: Survey, partition: Partition, files: Sequence[RawInput]) -> list[RawInput]:
    """The files of a wave except those that only hold rows to be joined.

    Raises InputError when a join finds no file.
    """
    data = [each for each in files if each.role == "data"]
    claimed: list[RawInput] = []
    for name, join in source.wave_joins(partition.wave).items():
        found = [each for each in data if fnmatch(each.path.name, join.file)]
        if not found:
            with about("joins", name):
                raise InputError(
                    f"no file of the wave is called '{join.file}'; its files are"
                    f" {', '.join(each.path.name for each in data)}",
                    where=_where(partition, name),
                    why="the columns of its rows would be empty for everyone",
                    remedy="correct `file` of the join, or supply the file",
                )
        claimed += found
    others = [each for each in files if each not in claimed]
    return others if any(each.role == "data" for each in others) else list(files)


def join_files(
    source: Survey,
    partition: Partition,
    files: Sequence[RawInput],
    raw: Path,
    table: RawTable,
    *,
    memory_limit: str = "2GB",
) -> JoinedRecords:
    """The raw table of a wave's records with the columns of every declared join, in the order of the records.

    Raises InputError for files that are missing or not as declared, empty keys, several rows with the same keys,
    records that share a row although `records: one` is declared, and records without a row or rows without a record
    where no reason is declared.
    """
    remarks: list[str] = []
    for name, join in source.wave_joins(partition.wave).items():
        read = join.read_in(source.wave_read(partition.wave))
        joined = raw.with_name(f"joined-{name}.parquet")
        with about("joins", name):
            rows, told = _read_rows(source, partition, name, join, read, files, raw.parent, memory_limit)
            with connect(memory_limit=memory_limit, work=raw.parent) as connection:
                teach_numbers(connection, read.decimal, read.thousands)
                remarks += _join(connection, source, partition, name, join, raw, rows, joined)
        called = {**table.called_missing, **told.called_missing}
        raw, table = joined, replace(table, called_missing=called, implied={**table.implied, **told.implied})
    return JoinedRecords(raw, table, tuple(remarks))


def _read_rows(
    source: Survey,
    partition: Partition,
    name: str,
    join: Join,
    read: Read,
    files: Sequence[RawInput],
    work: Path,
    memory_limit: str,
) -> tuple[Path, RawTable]:
    chosen = [each for each in files if each.role != "data" or fnmatch(each.path.name, join.file)]
    in_wave = source.wave_columns(partition.wave)
    columns = {column: in_wave[column] for column in join.own_columns}
    rows = work / f"rows-{name}.parquet"
    where = _where(partition, name)
    return rows, read_wave(read, chosen, columns, rows, where=where, workdir=work, memory_limit=memory_limit)


def _join(
    connection: duckdb.DuckDBPyConnection,
    source: Survey,
    partition: Partition,
    name: str,
    join: Join,
    raw: Path,
    rows: Path,
    output: Path,
) -> list[str]:
    """Write records with their rows; returns in words what was not joined."""
    where = _where(partition, name)
    numbered = f"select *, row_number() over () as {PLACE} from {parquet_rows(raw)}"
    records = create_view(connection, "record", numbered)
    every_row = create_view(connection, "every_row", f"select * from {parquet_rows(rows)}")
    kept = join.kept(source, partition.wave) or "true"
    with explained(connection, f"{every_row} as raw", {"condition `keep`": Written(kept, kept)}, where):
        query = f"select raw.* from {every_row} as raw where coalesce({kept}, false)"
        joined = create_table(connection, "joined_row", query)
    remarks = _checked(records, joined, name, join, where)
    same = " and ".join(f"{_of('record', ours)} = {_of('joined', theirs)}" for ours, theirs in join.keys.items())
    columns = ", ".join(_of("joined", column) for column in join.own_columns)
    copy_to(
        connection,
        f"select record.* exclude ({PLACE}), {columns} from {records} as record left join {joined} as joined on {same}"
        f" order by {PLACE}",
        output,
    )
    return remarks


def _of(table: str, column: str) -> str:
    return f"{table}.{quote_name(column)}"


def _checked(records: Relation, rows: Relation, name: str, join: Join, where: str) -> list[str]:
    """Check that the keys are complete and as the join declares; returns in words the records and rows without a
    partner."""
    theirs, ours = list(join.keys.values()), list(join.keys)
    _refuse_empty(rows, theirs, f"row(s) of '{name}'", where)
    if join.records_without is None:
        _refuse_empty(records, ours, "record(s)", where)
    if several := _several(rows, theirs):
        raise InputError(
            f"{several:,} keys of '{name}' occur in several rows",
            where=where,
            why="their records would be counted once for each of these rows",
            remedy="add the key that distinguishes the rows, or choose among them with `keep`",
        )
    if join.records == "one" and (several := _several(records, ours)):
        raise InputError(
            f"{several:,} rows of '{name}' belong to several records, and `records: one` is declared",
            where=where,
            why="the key does not distinguish persons, so one person would get the row of another",
            remedy="add the key that distinguishes the records; or declare `records: many` where rows are of "
            "households",
        )
    back = {theirs: ours for ours, theirs in join.keys.items()}
    found = [
        _without(records, rows, join.keys, join.records_without, "record(s) have no row", where),
        _without(rows, records, back, join.rows_without, "row(s) have no record", where),
    ]
    return [f"'{name}': {each}" for each in found if each]


def _refuse_empty(table: Relation, keys: Sequence[str], called: str, where: str) -> None:
    empty = " or ".join(f"{quote_name(key)} is null" for key in keys)
    rows, first = table.connection.execute(f"select count(*), min(_row) from {table} where {empty}").fetchall()[0]
    if rows:
        raise InputError(
            f"{rows:,} {called} have an empty key ({', '.join(keys)}); the first is number {first} of its file",
            where=where,
            why="it is not known what they belong to",
            remedy="correct the keys, or the file",
        )


def _several(table: Relation, keys: Sequence[str]) -> int:
    """How many keys occur in several rows of a table."""
    by = ", ".join(map(quote_name, keys))
    query = f"select count(*) from (select 1 from {table} group by {by} having count(*) > 1)"
    return int(table.connection.execute(query).fetchall()[0][0])


def _without(
    table: Relation, other: Relation, keys: Mapping[str, str], reason: str | None, what: str, where: str
) -> str:
    """How many rows of a table have no partner in the other, in words with the reason; empty where all have one."""
    same = " and ".join(f"{_of('this', one)} = {_of('that', two)}" for one, two in keys.items())
    query = (
        f"select count(*), (select count(*) from {table}), min(this._row)"
        f" from {table} as this anti join {other} as that on {same}"
    )
    alone, every, first = table.connection.execute(query).fetchall()[0]
    if not alone:
        return ""
    if reason is None or alone == every:
        raise InputError(
            f"{alone:,} of {every:,} {what}; the first is number {first} of its file",
            where=where,
            why="either the files are of different waves, or the keys are written in two ways (01 and 1)"
            if alone == every
            else "what the other file holds would be silently missing for them",
            remedy="compare the keys of both files; where some may lack a partner, give the reason in "
            "`records_without` or `rows_without`",
        )
    return f"{alone:,} of {every:,} {what}: {reason}"


def _where(partition: Partition, name: str) -> str:
    return f"{partition.key}, join '{name}'"
