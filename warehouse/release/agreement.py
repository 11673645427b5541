"""The numbers of surveys against the figures that others publish of the same country and period.

A survey declares the figures (`figures`), and how far its numbers may be from them, in per cent and in standard errors.
Each pair has a row in table `agreement_with_published_figures`, also where nothing could be compared. A number that is
further away says so in a note, and so do those of its group; where that is declared it is flagged as unreliable. Values
stay as they are. Both sides are taken as they are published: what is withheld is not compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb
import pyarrow as pa

from schemas.agreement_table import AGREEMENT
from schemas.statuses import UNRELIABLE
from schemas.survey_figure import BOTH_SEXES
from transforms.notes import SEPARATOR
from transforms.sql import load_sql
from warehouse.release.checked import ReleaseCheck
from warehouse.release.inputs import DeclaredFigure, ReleasePartition
from warehouse.release.manifest import ComparedSource
from warehouse.release.tables import TABLES, declare_table

NAME = "agreement_with_published_figures"
STAGE = "published_figures"
CHECK = "near_published_figures"
EXPECTED = "the numbers are as near to figures that others publish as the source declares"
AGE = "AGE_"
SHOWN = 5
TEXTS = (
    "wave",
    "ref_area",
    "time",
    "indicator",
    "sex",
    "classif1",
    "classif2",
    "published",
    "published_by",
    "beyond",
    "why",
)
NUMBERS = ("value", "se", "allowed_percent", "allowed_errors")
DECLARED = pa.schema(
    [
        ("partition_number", pa.int32()),
        *((name, pa.string()) for name in TEXTS),
        *((name, pa.float64()) for name in NUMBERS),
    ]
)
"""The columns of a declared figure, as agreement.sql takes them."""


def compare_with_figures(
    connection: duckdb.DuckDBPyConnection, partitions: Sequence[ReleasePartition], figures: Sequence[DeclaredFigure]
) -> tuple[ReleaseCheck, ...]:
    """Fill table `agreement_with_published_figures`, and add notes and flags to numbers that are too far away.

    Reads the temporary tables `cell` and `left_to_another`: figures may be left to the survey that they are compared
    with, its numbers may not. Changes `note_classif` and `obs_status` of `cell`. Returns a check of every partition
    that has figures.
    """
    declare_table(connection, NAME)
    _declared(connection, partitions, figures)
    connection.execute(f"create or replace temp table agreement as {load_sql(__file__, 'agreement').template}")
    names = ", ".join(column.name for column in AGREEMENT)
    connection.execute(f"insert into {NAME} select {names} from agreement order by {', '.join(TABLES[NAME].key)}")
    _add_notes(connection)
    checks = tuple(_checks(connection, partitions))
    connection.execute("drop table agreement; drop table declared_figure")
    return checks


def compared_sources(connection: duckdb.DuckDBPyConnection) -> tuple[ComparedSource, ...]:
    """How many numbers of each source were compared with published figures, and what came of it."""
    found = connection.execute(f"""
        select
            split_part(source, ':', 2) as source_id,
            count(*) filter (verdict <> 'not_compared'),
            count(*) filter (verdict = 'differs'),
            count(*) filter (verdict = 'not_compared'),
            coalesce(max(abs(difference_percent)) filter (verdict = 'differs'), 0)
        from {NAME}
        group by source_id
        order by source_id
    """).fetchall()
    return tuple(
        ComparedSource(source=source, compared=compared, differ=differ, not_compared=rest, furthest_percent=furthest)
        for source, compared, differ, rest, furthest in found
    )


def _declared(
    connection: duckdb.DuckDBPyConnection, partitions: Sequence[ReleasePartition], figures: Sequence[DeclaredFigure]
) -> None:
    """Create the temporary table `declared_figure`: the figures of partitions that have numbers."""
    numbers = {item.partition: number for number, item in enumerate(partitions) if item.cells}
    rows = [
        {
            "partition_number": numbers[each.partition],
            "wave": each.partition.wave,
            "ref_area": each.partition.ref_area,
            "time": each.partition.time,
            "indicator": each.indicator,
            "sex": each.sex,
            "classif1": each.classif1,
            "classif2": each.classif2,
            "published": each.published,
            "published_by": each.published_by,
            "value": each.value,
            "se": each.se,
            "allowed_percent": each.per_cent,
            "allowed_errors": each.errors,
            "beyond": each.beyond,
            "why": each.because,
        }
        for each in figures
        if each.partition in numbers
    ]
    connection.register("rows_declared", pa.Table.from_pylist(rows, schema=DECLARED))
    connection.execute("create or replace temp table declared_figure as from rows_declared")
    connection.unregister("rows_declared")


def _add_notes(connection: duckdb.DuckDBPyConnection) -> None:
    noted = load_sql(__file__, "notes_of_agreement").template
    given = {"both_sexes": BOTH_SEXES, "age": AGE, "separator": SEPARATOR}
    connection.execute(f"create or replace temp table figure_note as {noted}", given)
    connection.execute(
        """
        update cell set
            note_classif = concat_ws($separator, figure_note.said, nullif(note_classif, '')),
            obs_status = case when figure_note.is_flagged and obs_status = '' then $unreliable else obs_status end
        from figure_note
        where cell.rowid = figure_note.number
            and not contains(note_classif, figure_note.said) -- of numbers that are given again as they were
        """,
        {"separator": SEPARATOR, "unreliable": UNRELIABLE},
    )
    connection.execute("drop table figure_note")


def _checks(connection: duckdb.DuckDBPyConnection, partitions: Sequence[ReleasePartition]) -> Iterator[ReleaseCheck]:
    found = connection.execute(f"""
        select
            partition_number,
            count(*) filter (verdict <> 'not_compared'),
            count(*) filter (verdict = 'differs'),
            list(
                concat_ws(' ', indicator, sex, classif1, classif2)
                || coalesce(printf(' %+.1f per cent', difference_percent), '')
                order by abs(difference_percent) desc, indicator, sex, classif1, classif2
            ) filter (verdict = 'differs')[:{SHOWN}]
        from agreement
        group by partition_number
        order by partition_number
    """).fetchall()
    for number, checked, differ, furthest in found:
        said = "; ".join(furthest or ()) if checked else "nothing is compared: the number or the figure is not there"
        yield ReleaseCheck.of(partitions[number], STAGE, CHECK, EXPECTED, checked, differ, said)
