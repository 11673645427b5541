"""Which numbers of a release are compared over time, and how precise their differences are.

The scores of both numbers by sampling unit (transforms.estimate.scores) give the covariance of a number with itself in
an earlier period, where the survey is declared to have the same units under the same names in several waves, and that
of migrants with non-migrants in one period. The numbers themselves and their standard errors stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import duckdb
import pyarrow as pa

from schemas.comparison import load_comparison
from schemas.partition import Partition
from transforms.estimate.scores import Covariance, NumberKey, Scores, covariances, read_scores
from warehouse.release.inputs import ReleasePartition
from warehouse.release.tables import declare_table

SCHEMA = pa.schema(
    [
        ("partition_number", pa.int32()),
        *((name, pa.string()) for name in (*NumberKey._fields, "other_classif2")),
        ("other_number", pa.int32()),
        ("covariance", pa.float64()),
        ("shared_units", pa.int64()),
    ]
)


def compare_periods(connection: duckdb.DuckDBPyConnection, partitions: Sequence[ReleasePartition]) -> None:
    """Create the tables `compared_period` and `covariance`, and the temporary table `covariance_of`, which has the
    covariances by the numbers of the partitions (`partition_number`, `other_number`).

    Reads the temporary table `cell`.
    """
    numbers = {item.partition: number for number, item in enumerate(partitions)}
    connection.execute("""
        create or replace temp table period_of as
        select distinct partition_number, source, time from cell
    """)
    _create_periods(connection, partitions, numbers)
    columns: dict[str, list[object]] = {name: [] for name in SCHEMA.names}
    for row in _rows(partitions, numbers):
        for name, value in zip(SCHEMA.names, row, strict=True):
            columns[name].append(value)
    connection.register("measured", pa.table(columns, schema=SCHEMA))
    connection.execute("create or replace temp table covariance_of as from measured")
    connection.unregister("measured")
    declare_table(connection, "covariance")
    connection.execute("""
        insert into covariance by name
        select
            now.source, indicator, sex, classif1, classif2, now.time, other_classif2, other.time as other_time,
            covariance, shared_units
        from covariance_of
        inner join period_of as now using (partition_number)
        inner join period_of as other on other.partition_number = other_number and other.source = now.source
        order by all
    """)
    connection.execute("drop table period_of")


def _create_periods(
    connection: duckdb.DuckDBPyConnection,
    partitions: Sequence[ReleasePartition],
    numbers: Mapping[Partition, int],
) -> None:
    connection.execute(
        "create or replace temp table compared_wave"
        " (partition_number integer, time varchar, other_number integer, other_time varchar, which varchar,"
        " since_break boolean)"
    )
    rows = []
    for number, item in enumerate(partitions):
        for each in item.compared:
            other = Partition(item.partition.source, each.wave)
            rows.append([number, item.partition.time, numbers[other], other.time, each.which, each.since_break])
    if rows:
        connection.executemany("insert into compared_wave values (?, ?, ?, ?, ?, ?)", rows)
    declare_table(connection, "compared_period")
    connection.execute("""
        insert into compared_period by name
        select now.source, time, other_time, which, since_break
        from compared_wave
        inner join period_of as now using (partition_number, time)
        inner join period_of as other
            on other.partition_number = other_number and other.time = other_time and other.source = now.source
        order by all
    """)
    connection.execute("drop table compared_wave")


def _rows(partitions: Sequence[ReleasePartition], numbers: Mapping[Partition, int]) -> Iterator[tuple[object, ...]]:
    """The covariances of every partition, in the columns of SCHEMA."""
    for number, item in enumerate(partitions):
        if item.scores is None:
            continue
        now = read_scores(item.scores)
        for each in covariances(now, now, _of_groups(now)):
            yield _row(number, number, each)
        if not now.units.are_kept:
            continue
        for wave in dict.fromkeys(each.wave for each in item.compared):
            other = numbers[Partition(item.partition.source, wave)]
            scores = partitions[other].scores
            before = read_scores(scores) if scores is not None else None
            if before is not None and before.units.are_kept:
                for each in covariances(now, before, [(key, key) for key in now.numbers]):
                    yield _row(number, other, each)


def _of_groups(scores: Scores) -> Iterator[tuple[NumberKey, NumberKey]]:
    """Each number of migrants with that of those whom they are compared with."""
    groups = load_comparison().compared.groups
    for key in scores.numbers:
        if key.classif2 in groups:
            yield key, key._replace(classif2=groups[key.classif2])


def _row(number: int, other: int, found: Covariance) -> tuple[object, ...]:
    return number, *found.one, found.other.classif2, other, found.covariance, found.shared_units
