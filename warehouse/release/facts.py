"""The checked estimates of a release."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from schemas.editions import load_editions
from schemas.errors import PublishError
from schemas.release_profiles import CONFIDENTIALITY, EXPERIMENTAL, UNPROTECTED
from schemas.tables import OBSERVATION, OBSERVATION_KEY, Column
from transforms.duck import parquet_rows, quote_text
from transforms.notes import SEPARATOR, join_notes, note
from warehouse.release.inputs import KEPT, ReleasePartition

SDMX_KEY = tuple(column for column in OBSERVATION_KEY if column != "source")
"""The key of an observation in SDMX; the form of `time` gives the frequency."""

MAXIMUM_EXAMPLES = 5

_NOT_OF_THE_PARTITION = """
    ref_area <> $ref_area or wave <> $wave or split_part(source, ':', 2) <> $source
"""
_NOT_OF_THE_AGGREGATE = """
    not list_contains($groups, ref_area) or wave <> $wave or split_part(source, ':', 2) <> $source
"""
_NOT_OF_THE_SOURCE = "wave <> $wave or split_part(source, ':', 2) <> $source"
_INCOMPLETE = " or ".join(f"{column} is null" for column in (*OBSERVATION_KEY, "obs_status", "wave", "vintage"))
_FAULTS = {
    "number(s) have an empty key, status, wave or vintage": _INCOMPLETE,
    "value(s) are not finite": "not isfinite(obs_value) or not isfinite(se) or not isfinite(cv)",
}


def load_cells(connection: duckdb.DuckDBPyConnection, partitions: Sequence[ReleasePartition]) -> None:
    """Create the temporary table `cell`: the cells of every partition, and its number in `partitions`.

    Raises PublishError when a file does not have the columns of `observation`, or holds numbers of another partition.
    """
    _load(connection, "cell", partitions, [item.cells for item in partitions])


def load_detail(connection: duckdb.DuckDBPyConnection, partitions: Sequence[ReleasePartition]) -> None:
    """Create the temporary table `detail_cell` as `load_cells` does: the tables with every country."""
    _load(connection, "detail_cell", partitions, [item.detail for item in partitions])


def _load(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    partitions: Sequence[ReleasePartition],
    files: Sequence[Path | None],
) -> None:
    columns = ", ".join(column.name for column in OBSERVATION)
    types = ", ".join(f"{column.name} {column.type}" for column in OBSERVATION)
    connection.execute(f"create temp table {table} (partition_number integer, {types})")
    for number, (item, file) in enumerate(zip(partitions, files, strict=True)):
        if file is None:
            continue
        parquet = kept_rows(connection, file, OBSERVATION, item, where=f"the cells of {item.partition.key}")
        _check_cells(connection, parquet, item)
        named = f"(select * replace ({_vintage_of(item)} as vintage) from {parquet})"
        connection.execute(f"insert into {table} select {number}, {columns} from {named}")
        if said := _said_of_wave(item):
            _add_notes(connection, table, number, said)


def _vintage_of(item: ReleasePartition) -> str:
    """SQL for the vintage that numbers name: where they are protected, as the release gives it (module keyed)."""
    return quote_text(item.vintage) if item.protection != UNPROTECTED and item.vintage else "vintage"


def _said_of_wave(item: ReleasePartition) -> str:
    """Notes for all numbers of a wave: how it differs from the one before it, and how far protection can be trusted."""
    said = [note("Quality", remark) for remark in item.remarks]
    if item.is_kept:  # it says all else already
        return join_notes([*said, note("Quality", KEPT)])
    if item.protection != UNPROTECTED:
        said.append(note(CONFIDENTIALITY, EXPERIMENTAL))
    return join_notes(said)


def _add_notes(connection: duckdb.DuckDBPyConnection, table: str, number: int, said: str) -> None:
    connection.execute(
        f"update {table} set note_source = case when note_source = '' then $said"
        " else concat(note_source, $separator, $said) end where partition_number = $number",
        {"said": said, "separator": SEPARATOR, "number": number},
    )


def kept_rows(
    connection: duckdb.DuckDBPyConnection, file: Path, columns: Sequence[Column], item: ReleasePartition, *, where: str
) -> str:
    """The rows of a partition's file, as a relation with these columns.

    Accepted numbers may have been made by earlier software: a column that it did not have is empty. Raises PublishError
    for any other difference.
    """
    relation = parquet_rows(file)
    if item.standing_since:
        known = {str(name) for name, *_ in connection.execute(f"describe from {relation}").fetchall()}
        listed = (
            column.name if column.name in known else f"cast(null as {column.type}) as {column.name}"
            for column in columns
        )
        relation = f"(select {', '.join(listed)} from {relation})"
    check_columns(connection, relation, columns, where=where)
    return relation


def check_columns(
    connection: duckdb.DuckDBPyConnection, relation: str, columns: Sequence[Column], *, where: str
) -> None:
    """Raise PublishError unless the relation has exactly these columns and types, in any order."""
    found = {str(name): str(type_) for name, type_, *_ in connection.execute(f"describe from {relation}").fetchall()}
    wanted = {column.name: column.type for column in columns}
    if found != wanted:
        wrong = sorted(name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name))
        raise PublishError(
            f"the columns {', '.join(wrong)} are not as the warehouse declares them",
            where=where,
            why="the release would not have the columns that its readers rely on",
            remedy="estimate the partition again with this version of the software",
        )


def _check_cells(connection: duckdb.DuckDBPyConnection, parquet: str, item: ReleasePartition) -> None:
    identity: dict[str, object] = {"wave": item.partition.wave, "source": item.partition.source}
    foreign = _NOT_OF_THE_SOURCE
    if item.aggregate:
        identity["groups"] = list(load_editions().groups.every)
        foreign = _NOT_OF_THE_AGGREGATE
    elif not item.worldwide:
        identity["ref_area"] = item.partition.ref_area
        foreign = _NOT_OF_THE_PARTITION
    for fault, condition in {**_FAULTS, "number(s) belong to another country, source or wave": foreign}.items():
        values = identity if condition == foreign else {}
        found = connection.execute(f"select count(*) from {parquet} where {condition}", values).fetchall()[0][0]
        if found:
            raise PublishError(
                f"{found} {fault}",
                where=f"the cells of {item.partition.key}",
                why="they would be published under a wrong name, or could not be read back",
                remedy="estimate the partition again",
            )


def check_duplicates(connection: duckdb.DuckDBPyConnection, partitions: Sequence[ReleasePartition]) -> None:
    """Raise PublishError naming the observations that one source gives more than once."""
    key = ", ".join(SDMX_KEY)
    found = connection.execute(f"""
        with sourced as (
            select *, split_part(source, ':', 2) as source_id from cell
        ),
        repeated as (
            select source_id, {key}, count(*) as times, list_sort(list(distinct partition_number)) as numbers
            from sourced
            group by source_id, {key}
            having count(*) > 1
        )
        select source_id, concat_ws(' ', {key}), times, numbers, count(*) over () as total
        from repeated
        order by source_id, {key}
        limit {MAXIMUM_EXAMPLES}
    """).fetchall()
    if found:
        keys = sorted({partitions[number].partition.key for *_, numbers, _ in found for number in numbers})
        examples = "; ".join(f"{observation} ({times} times)" for _, observation, times, *_ in found)
        raise PublishError(
            f"{found[0][-1]} observation(s) occur more than once: {examples}",
            where=f"the cells of {', '.join(keys)}",
            why="a reader would not know which number is right, and adding them would count persons twice",
            remedy="check the waves and classifications that this source declares, then estimate it again",
        )


def check_sources(connection: duckdb.DuckDBPyConnection) -> None:
    """Raise PublishError naming the sources of `observation` without a row in table source."""
    query = "select distinct source from observation anti join source using (source) order by source"
    found = [str(row[0]) for row in connection.execute(query).fetchall()]
    if found:
        raise PublishError(
            f"{len(found)} source(s) of the observations are not in table source: {', '.join(found)}",
            why="it would not be known who produced the numbers",
            remedy="check that source type and id are those of the declaration, then estimate again",
        )
