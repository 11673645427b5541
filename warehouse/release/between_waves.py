"""The published numbers of each wave against those of the wave before it: what changes more than a reader would expect.

A wave that was accepted long ago is judged like a new one, because the numbers of all waves come together here. Numbers
are compared as they are published: what is withheld is not looked at. Values stay as they are; a number beyond the
limits of `schemas/comparison.yaml` says so in a note, and table `quality_result` has a row for each check, also where
nothing was found. Where a break in series is declared between two waves, nothing is compared: status `B` says it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import duckdb

from schemas.comparison import WAVE_CHECKS, BetweenWaves, load_comparison
from schemas.partition import Partition
from transforms.notes import SEPARATOR
from transforms.sql import load_sql
from warehouse.release.checked import ReleaseCheck
from warehouse.release.inputs import ReleasePartition

STAGE = "waves"
SHOWN = 5


def compare_waves(
    connection: duckdb.DuckDBPyConnection, partitions: Sequence[ReleasePartition]
) -> tuple[ReleaseCheck, ...]:
    """Compare the cells of each partition with those of its `earlier` wave, and add notes to those beyond the limits.

    Reads the temporary tables `cell`, `left_to_another` and `covariance_of` (warehouse.release.over_time), and changes
    `note_classif` of `cell`: what concerns single numbers stands there. Returns the checks of every wave that has an
    earlier one and any of the numbers compared.
    """
    limits = load_comparison().between_waves
    _pair(connection, partitions)
    figures = load_sql(__file__, "compared_figures").template
    connection.execute(f"create or replace temp table compared_figure as {figures}", _parameters(limits))
    _add_notes(connection, limits)
    results = tuple(_results(connection, partitions, limits))
    connection.execute("drop table compared_figure; drop table wave_pair")
    return results


def _pair(connection: duckdb.DuckDBPyConnection, partitions: Sequence[ReleasePartition]) -> None:
    """Create the temporary table `wave_pair`: a partition and the one that it is compared with."""
    numbers = {item.partition: number for number, item in enumerate(partitions)}
    connection.execute(
        "create or replace temp table wave_pair"
        " (partition_number integer, earlier_number integer, earlier varchar, since_break boolean)"
    )
    for number, item in enumerate(partitions):
        before = numbers.get(Partition(item.partition.source, item.earlier)) if item.earlier else None
        if before is not None:
            connection.execute(
                "insert into wave_pair values (?, ?, ?, ?)", [number, before, item.earlier, item.since_break]
            )


def _parameters(limits: BetweenWaves) -> Mapping[str, Any]:
    checks = [limits.checks[name] for name in WAVE_CHECKS]
    return {
        "checks": list(WAVE_CHECKS),
        "errors": [each.errors for each in checks],
        "factors": [each.factor for each in checks],
        "absolutes": [each.absolute for each in checks],
        "cases": limits.cases,
        "age": limits.age,
        "both_sexes": limits.both_sexes,
        "totals": limits.totals,
        "unknown": limits.unknown,
        "numbers": limits.numbers,
        "population": limits.population,
    }


def _add_notes(connection: duckdb.DuckDBPyConnection, limits: BetweenWaves) -> None:
    """Say it at every number concerned: at the number itself; at those of the group whose sample or share changed, of
    all groups where it is the total; at those of the classification that became unknown for more or fewer."""
    noted = load_sql(__file__, "notes_between_waves").template
    given = {"both_sexes": limits.both_sexes, "age": limits.age, "totals": limits.totals, "separator": SEPARATOR}
    connection.execute(f"create or replace temp table wave_note as {noted}", given)
    connection.execute(
        """
        update cell set note_classif = concat_ws($separator, wave_note.said, nullif(note_classif, ''))
        from wave_note where cell.rowid = wave_note.number
        """,
        {"separator": SEPARATOR},
    )
    connection.execute("drop table wave_note")


def _results(
    connection: duckdb.DuckDBPyConnection, partitions: Sequence[ReleasePartition], limits: BetweenWaves
) -> Iterator[ReleaseCheck]:
    found = connection.execute(f"""
        select
            partition_number, earlier, since_break, check_id,
            count(*) filter (is_compared), count(*) filter (is_beyond),
            list(
                concat_ws(' ', indicator, sex, classif2) || ' ' || said
                order by coalesce(abs(errors), factor) desc, indicator, sex, classif2
            ) filter (is_beyond)[:{SHOWN}]
        from compared_figure inner join wave_pair using (partition_number)
        group by all
        order by all
    """).fetchall()
    for number, earlier, since_break, name, *counted, examples in found:
        item = partitions[number]
        checked, unexpected = (0, 0) if since_break else counted
        if since_break:
            said = f"not compared with {earlier}: a break in series is declared between them"
        elif not checked:
            said = f"no figure has {limits.cases} cases in one of the two waves, and the standard errors that it needs"
        else:
            said = "; ".join(examples or ())
        expected = f"{limits.checks[name].expected.en} ({earlier})"
        yield ReleaseCheck.of(item, STAGE, name, expected, checked, unexpected, said)
