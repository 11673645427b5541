"""Changes over time and gaps between migrants and others, computed from the published numbers of a release.

The difference D = Y - X of two rates has the variance var(Y) + var(X) - 2 cov(Y, X), and the change of a number in per
cent, 100 (Y / X - 1), by linearisation (Wolter, Introduction to Variance Estimation, 2007, chapter 6) that of
100 / X (Y - r X) with the ratio r = Y / X taken as given. The covariance is that of table `covariance`. A change
without one has the error of independent samples; a gap without one has none, as both groups are of the same sample.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from schemas.codelists import load_codelist
from schemas.comparison import load_comparison
from schemas.differences import load_differences
from schemas.release_profiles import UNPROTECTED
from schemas.reliability import load_reliability
from transforms.notes import SEPARATOR
from transforms.sql import load_sql
from warehouse.release.inputs import ReleasePartition, Row


def add_differences(
    connection: duckdb.DuckDBPyConnection, partitions: Sequence[ReleasePartition], decided: Sequence[Row]
) -> None:
    """Add to the temporary table `cell` every difference that was decided to be given and of which both numbers stand.

    `decided` holds rows of AVAILABILITY_DECIDED. Reads the tables `compared_period` and `covariance`, and adds to
    `left_to_another` the differences of what is left there. Across a break in series, and of protected partitions, none
    is given.
    """
    _create_wanted(connection, partitions, decided)
    compared = load_comparison().compared
    connection.execute("create temp table compared_group (classif2 varchar, others varchar, said varchar)")
    for migrants, others in compared.groups.items():
        labels = load_codelist(f"CL_{migrants.split('_')[0]}").by_code
        said = f"{labels[migrants].label_en} less {labels[others].label_en}".lower()
        connection.execute("insert into compared_group values (?, ?, ?)", [migrants, others, said])
    connection.execute(
        f"insert into cell by name {load_sql(__file__, 'differences').template}",
        {
            "age": compared.age,
            "codes": _codes(),
            "precedence": load_reliability("ilo").precedence,
            "separator": SEPARATOR,
        },
    )
    connection.execute("""
        insert into left_to_another by name
        select left_to_another.* replace (difference_wanted.difference as indicator)
        from left_to_another
        inner join difference_wanted using (partition_number, indicator)
    """)
    connection.execute("drop table difference_wanted; drop table compared_group")


def _create_wanted(
    connection: duckdb.DuckDBPyConnection, partitions: Sequence[ReleasePartition], decided: Sequence[Row]
) -> None:
    """Create `difference_wanted`: which differences a partition gives, and of which numbers."""
    connection.execute("""
        create temp table difference_wanted (
            partition_number integer, indicator varchar, difference varchar, compared_with varchar, is_relative boolean
        )
    """)
    differences = load_differences()
    numbers: dict[tuple[object, object], int] = {
        (item.partition.source, item.partition.wave): number
        for number, item in enumerate(partitions)
        if item.protection == UNPROTECTED
    }
    rows = [
        [numbers[row["source"], row["wave"]], each.of, row["indicator"], each.compared_with, each.unit == "per_cent"]
        for row in decided
        if row["state"] != "not_produced"
        and (row["source"], row["wave"]) in numbers
        and (each := differences.get(str(row["indicator"])))
    ]
    if rows:
        connection.executemany("insert into difference_wanted values (?, ?, ?, ?, ?)", rows)


def _codes() -> list[str]:
    """The groups whose changes are given: everyone, migrants, and those whom these are compared with."""
    comparison = load_comparison()
    groups = comparison.compared.groups
    return [*comparison.between_waves.totals, *groups, *groups.values()]
