"""One source for every indicator, area and period: what a source leaves to another of higher priority."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb

from transforms.sql import load_sql
from warehouse.release.inputs import ReleasePartition


def rank_partitions(connection: duckdb.DuckDBPyConnection, partitions: Sequence[ReleasePartition]) -> None:
    """Create the temporary table `precedence`: the place of each partition, of which 1 goes first."""
    ranked = sorted(range(len(partitions)), key=lambda number: partitions[number].rank)
    connection.execute(
        "create temp table precedence (partition_number integer, source varchar, wave varchar, place integer)"
    )
    for place, number in enumerate(ranked, start=1):
        partition = partitions[number].partition
        connection.execute(
            "insert into precedence values (?, ?, ?, ?)", [number, partition.source, partition.wave, place]
        )


def settle_precedence(
    connection: duckdb.DuckDBPyConnection, partitions: Sequence[ReleasePartition]
) -> Mapping[int, str]:
    """Create the temporary table `left_to_another` from `cell` and `precedence`; returns the reason by partition.

    In SDMX, source and notes belong to an indicator of an area and a period as a whole, so only one source can give it:
    the one with the highest rank. The others leave it out, with the reason, and keep their other indicators.
    """
    query = load_sql(__file__, "precedence").template
    connection.execute(f"create temp table left_to_another as {query}")
    connection.execute("alter table left_to_another add column reason varchar default ''")
    return _give_reasons(connection, partitions)


def _give_reasons(connection: duckdb.DuckDBPyConnection, partitions: Sequence[ReleasePartition]) -> dict[int, str]:
    """Write the reasons into `left_to_another`; returns them by partition, with the number of indicators concerned."""
    pairs = connection.execute("""
        select partition_number, winner, count(distinct indicator)
        from left_to_another
        group by all
        order by all
    """).fetchall()
    given: dict[int, list[str]] = {}
    for number, winner, shared in pairs:
        loser, first = partitions[number], partitions[winner]
        why = f"goes first: {_because(loser, first)}"
        connection.execute(
            "update left_to_another set reason = ? where partition_number = ? and winner = ?",
            [f"{first.partition.key} gives it too and {why}", number, winner],
        )
        given.setdefault(number, []).append(
            f"{first.partition.key} gives {shared} indicator(s) of the same area and period and {why}"
        )
    return {number: "; ".join(reasons) for number, reasons in given.items()}


def _because(loser: ReleasePartition, winner: ReleasePartition) -> str:
    if loser.priority != winner.priority:
        return f"its priority is {winner.priority}, this one's {loser.priority}"
    if loser.synthetic != winner.synthetic:
        return f"both have priority {winner.priority} and this one is synthetic"
    return f"both have priority {winner.priority} and it comes first by name; declare different priorities"
