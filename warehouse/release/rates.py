"""Rates of cases that one source counts per workers of another, computed where both stand: in a release.

The cases N are a complete count of what a register holds; the workers W come from a sample. The variance of the rate
R = k N / W is therefore that of 1 / W, to the first order (Wolter, Introduction to Variance Estimation, 2007, chapter
6, Taylor series): var(R) = R^2 var(W) / W^2, so that the rate has the coefficient of variation of the workers. Its
interval is as wide, in relation to it, as theirs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb

from schemas.rates import RateIndicator, load_rates
from schemas.reliability import load_reliability
from transforms.notes import SEPARATOR
from transforms.observations import KEYS
from transforms.sql import load_sql
from warehouse.release.inputs import ReleasePartition

Pair = tuple[str, str, float, str, str, str, str, str, str, str, str]
"""A row of `rate_pair`: rate, migrants_by, factor, numerator and its keys, denominator and its keys."""


def add_rates(connection: duckdb.DuckDBPyConnection, partitions: Sequence[ReleasePartition]) -> None:
    """Add to the temporary table `cell` every rate of which both cases and workers stand in it.

    Reads `precedence` too: workers come from the source that gives their number. A rate is a number of the partition of
    its cases. One without a count of workers, or with none above zero, is left out.
    """
    connection.execute("create temp table rate_basis (partition_number integer, migrants_by varchar)")
    for number, item in enumerate(partitions):
        if item.migrants_by:
            connection.execute("insert into rate_basis values (?, ?)", [number, item.migrants_by])
    connection.execute("""
        create temp table rate_pair (
            rate varchar, migrants_by varchar, factor double,
            numerator varchar, sex varchar, classif1 varchar, classif2 varchar,
            denominator varchar, workers_sex varchar, workers_classif1 varchar, workers_classif2 varchar
        )
    """)
    for name, rate in load_rates().items():
        if pairs := list(_pairs(connection, name, rate)):
            connection.executemany(f"insert into rate_pair values ({', '.join('?' * len(pairs[0]))})", pairs)
    connection.execute(
        f"insert into cell by name {load_sql(__file__, 'rates').template}",
        {"precedence": load_reliability("ilo").precedence, "separator": SEPARATOR},
    )
    connection.execute("drop table rate_pair; drop table rate_basis")


def _pairs(connection: duckdb.DuckDBPyConnection, name: str, rate: RateIndicator) -> Iterator[Pair]:
    """The numbers of cases that there are, each with that of the workers to divide by."""
    query = f"select distinct {', '.join(KEYS)} from cell where indicator = ? order by all"
    for keys in connection.execute(query, [rate.numerator]).fetchall():
        for by, workers in rate.workers.items():
            if group := workers.group(dict(zip(KEYS, keys, strict=True))):
                yield (name, by, rate.factor(by), rate.numerator, *keys, workers.indicator, *group)
