"""The records of a survey's files that count, as declared under `where`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from schemas.errors import InputError, about
from schemas.expressions import Written
from schemas.partition import Partition
from schemas.selection import Selection
from schemas.survey import Survey
from transforms.duck import connect, parquet_rows
from transforms.failures import explained
from transforms.numbers import teach_numbers
from transforms.relation import Relation, create_view


def selections_of(source: Survey, partition: Partition) -> dict[int, Selection]:
    """The selections that hold in a wave, by their place in the declaration."""
    return {index: each for index, each in enumerate(source.where) if partition.wave in each.waves}


@dataclass(frozen=True)
class Selected:
    """The records that count; and in words, how many do not and why.

    records  view `raw`, the name that declared expressions use for the records
    """

    records: Relation
    left_out: tuple[str, ...]


def select_records(records: Relation, source: Survey, partition: Partition) -> Selected:
    """The records that count.

    Raises InputError when a selection keeps no record, leaves none out though some are expected, or is undecided.
    """
    connection, left_out = records.connection, []
    query = f"select * from {records}"
    for index, selection in selections_of(source, partition).items():
        keep = selection.written(source, partition.wave)
        written = {f"selection `{selection.keep}`": Written(keep, keep, ("where", index))}
        with explained(connection, f"({query}) as raw", written, f"{partition.key}, where"):
            row = connection.execute(
                f"select count(*), count(*) filter ({keep}), count(*) filter (({keep}) is null),"
                f" min(raw._row) filter (({keep}) is null) from ({query}) as raw"
            ).fetchall()[0]
        with about("where", index):
            _check(partition, selection, *row)
        if row[0] > row[1]:
            left_out.append(f"{row[0] - row[1]:,} of {row[0]:,} records do not count: {selection.because}")
        query = f"select raw.* from ({query}) as raw where {keep}"
    return Selected(create_view(connection, "raw", query), tuple(left_out))


def _check(
    partition: Partition, selection: Selection, records: int, kept: int, undecided: int, first_undecided: int | None
) -> None:
    where = f"{partition.key}, where `{selection.keep}`"
    if undecided:
        raise InputError(
            f"the selection gives neither yes nor no for {undecided:,} record(s); the first is record {first_undecided}"
            " of its file",
            where=where,
            why="these records would be left out silently",
            remedy="state what an empty field means, such as coalesce(raw.relationship, '') = '1'",
        )
    if not kept:
        raise InputError(
            f"none of the {records:,} records is selected",
            where=where,
            why="the wave would be empty",
            remedy="compare the expression with the codes of the file, or supply the file that holds the wave",
        )
    if kept == records and selection.all_may_count is None:
        raise InputError(
            f"all {records:,} records are selected",
            where=where,
            why=f"some should have been left out ({selection.because}); the file is another one, or its codes have "
            "changed",
            remedy="look at the file; where all its records may count, give the reason in `all_may_count`, or give the "
            "selection `waves`",
        )


def rows_that_count(source: Survey, partition: Partition, raw: Path) -> list[int]:
    """The numbers of the records of a raw table that count, in their order."""
    read = source.wave_read(partition.wave)
    with connect(work=raw.parent) as connection:
        teach_numbers(connection, read.decimal, read.thousands)
        received = create_view(connection, "received", f"from {parquet_rows(raw)}")
        records = select_records(received, source, partition).records
        return [int(row) for (row,) in connection.execute(f"select _row from {records}").fetchall()]
