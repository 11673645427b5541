"""Differences between two releases, observation by observation: new, vanished, revised, with another status or other
notes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from schemas.errors import PublishError
from schemas.tables import OBSERVATION_KEY
from transforms.duck import connect, quote_text
from transforms.notes import SEPARATOR
from transforms.sql import load_sql
from warehouse.files import replacing
from warehouse.release.changes import declared_changes
from warehouse.release.database import WAREHOUSE

COMPARED = ("observation", "observation_detail")
COUNTED = (
    "new",
    "vanished",
    "value_changed",
    "status_changed",
    "newly_flagged",
    "newly_withheld",
    "reliability_changed",
    "notes_changed",
)
MEASURES = {
    "relative_revision": "by their share of the earlier value",
    "revision_in_errors": "in standard errors of the earlier value",
    "revision": "in the unit of the indicator",
}
"""How revisions are ranked: a column of the differences, and what it is in words."""


@dataclass(frozen=True)
class SourceDifference:
    """How many observations of one source and period differ, by kind of difference; one may count under several
    kinds.

    compared  observation, or observation_detail (tables by country with every country)
    counts    in the order of COUNTED
    before    observations of the earlier release
    after     observations of the later one
    median    half of the revisions are at least so large, in per cent of the earlier value, their sign left out;
              None without any
    upward    how many of the revised values are larger than before
    """

    compared: str
    source: str
    time: str
    counts: tuple[int, ...]
    before: int
    after: int
    median: float | None
    upward: int

    def count(self, name: str) -> int:
        """How many observations differ in that way."""
        return self.counts[COUNTED.index(name)]

    @property
    def revised_share(self) -> float:
        """How many per cent of the observations before have another value now."""
        return 100 * self.count("value_changed") / self.before if self.before else 0.0


@dataclass(frozen=True)
class Revision:
    """One observation whose value changed: its key in words, both values, and the revision in three measures.

    relative   per cent of the earlier value; None where that is zero
    in_errors  in standard errors of the earlier value; None where it has none
    """

    key: str
    before: float | None
    after: float | None
    relative: float | None
    in_errors: float | None


@dataclass(frozen=True)
class CoverageChange:
    """An indicator that a source gives for a period in one of the releases only, and how many numbers of it."""

    change: str
    source: str
    indicator: str
    time: str
    numbers: int


@dataclass(frozen=True)
class StatusChange:
    """How many observations have another status than before; an empty one is normal."""

    before: str
    after: str
    numbers: int


@dataclass(frozen=True)
class NoteChange:
    """A note that observations of both releases have in one of them only: added or removed, and at how many numbers."""

    change: str
    note: str
    numbers: int


@dataclass(frozen=True)
class Difference:
    """What differs between two releases.

    sources   counts by source and period
    revised   for each of MEASURES the largest revisions, the largest first
    statuses  observations with another status, by what it was and is
    coverage  indicators won and lost by source and period
    notes     notes added to and taken from numbers that both releases have
    declared  other files, software, declarations and outcomes of partitions, a line each
    """

    sources: tuple[SourceDifference, ...]
    revised: dict[str, tuple[Revision, ...]]
    statuses: tuple[StatusChange, ...]
    coverage: tuple[CoverageChange, ...]
    notes: tuple[NoteChange, ...]
    declared: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether every observation of both releases is the same to the last digit, including its notes."""
        return not self.sources

    @property
    def largest(self) -> tuple[Revision, ...]:
        """The largest revisions by their share of the earlier value."""
        return self.revised["relative_revision"]


def compare_releases(earlier: Path, later: Path, *, parquet: Path | None = None, largest: int = 10) -> Difference:
    """Compare the observations of two release folders exactly, without tolerance; vintages and waves are not compared.

    Of each measure the `largest` revisions are given; a value that was zero or withheld ranks first. With `parquet`,
    every differing observation is written there, with the columns of diff.sql.
    Raises PublishError when a folder holds no release.
    """
    with differences(earlier, later) as connection:
        if parquet is not None:
            write_differences(connection, parquet)
        return described(connection, earlier, later, largest=largest)


def described(connection: duckdb.DuckDBPyConnection, earlier: Path, later: Path, *, largest: int = 10) -> Difference:
    """What `differences` found between two release folders, counted and ranked."""
    return Difference(
        _counted(connection),
        {name: _largest(connection, name, largest) for name in MEASURES},
        _statuses(connection),
        _coverage(connection),
        _notes(connection),
        declared_changes(connection, earlier, later),
    )


def write_differences(connection: duckdb.DuckDBPyConnection, parquet: Path) -> None:
    """Write every differing observation to a Parquet file, in the order of its key."""
    with replacing(parquet, for_everybody=True) as draft:
        connection.execute(
            f"copy (from difference order by compared, {', '.join(OBSERVATION_KEY)}) "
            f"to {quote_text(str(draft))} (format parquet, compression zstd)"
        )


@contextmanager
def differences(earlier: Path, later: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with two releases, attached as `earlier` and `later`, and what differs between them.

    The temporary table `difference` has the columns of diff.sql: every observation that is not the same in both.
    Raises PublishError when a folder holds no release.
    """
    query = load_sql(__file__, "diff")
    with connect() as connection:
        for name, folder in (("earlier", earlier), ("later", later)):
            connection.execute(f"attach {quote_text(str(_warehouse(folder)))} as {name} (read_only)")
        blanks = {"key": ", ".join(OBSERVATION_KEY), "separator": quote_text(SEPARATOR)}
        parts = [query.substitute(table=table, **blanks) for table in COMPARED]
        connection.execute(f"create temp table difference as {' union all by name '.join(f'({p})' for p in parts)}")
        yield connection


def _warehouse(folder: Path) -> Path:
    file = folder.resolve() / WAREHOUSE
    if not file.is_file():
        raise PublishError(
            "there is no release here", where=str(folder), remedy="name a release of `ilms release list`, or its folder"
        )
    return file


def _counted(connection: duckdb.DuckDBPyConnection) -> tuple[SourceDifference, ...]:
    counts = ", ".join(
        f"count(*) filter (change = '{name}')" if name in ("new", "vanished") else f"count(*) filter ({name})"
        for name in COUNTED
    )
    totals = " union all ".join(
        f"select '{table}' as compared, '{side}' as side, source, time, count(*) as numbers"
        f" from {side}.{table} group by all"
        for table in COMPARED
        for side in ("earlier", "later")
    )
    rows = connection.execute(
        f"""
        with total as ({totals}),

        counted as (
            select
                compared, source, time, {counts},
                median(abs(relative_revision)) filter (value_changed) as median_revision,
                count(*) filter (value_changed and revision > 0) as upward
            from difference
            group by compared, source, time
        )

        select
            counted.*,
            coalesce(earlier_total.numbers, 0) as numbers_before,
            coalesce(later_total.numbers, 0) as numbers_after
        from counted
        left join total as earlier_total
            on (earlier_total.compared, earlier_total.source, earlier_total.time, earlier_total.side)
                = (counted.compared, counted.source, counted.time, 'earlier')
        left join total as later_total
            on (later_total.compared, later_total.source, later_total.time, later_total.side)
                = (counted.compared, counted.source, counted.time, 'later')
        order by all
        """
    ).fetchall()
    return tuple(
        SourceDifference(compared, source, time, tuple(found), before, after, median, upward)
        for compared, source, time, *found, median, upward, before, after in rows
    )


def _largest(connection: duckdb.DuckDBPyConnection, measure: str, limit: int) -> tuple[Revision, ...]:
    """Revisions ranked by a column of MEASURES; ties by the key."""
    rows = connection.execute(
        f"""
        select concat_ws(' ', {", ".join(OBSERVATION_KEY)}), value_before, value_after, relative_revision,
            revision_in_errors
        from difference
        where value_changed and compared = 'observation'
        order by abs({measure}) desc nulls {"last" if measure == "revision_in_errors" else "first"},
            {", ".join(OBSERVATION_KEY)}
        limit ?
        """,
        [limit],
    ).fetchall()
    return tuple(Revision(*row) for row in rows)


def _statuses(connection: duckdb.DuckDBPyConnection) -> tuple[StatusChange, ...]:
    rows = connection.execute(
        """
        select status_before, status_after, count(*) as numbers
        from difference
        where compared = 'observation' and status_changed
        group by all
        order by numbers desc, status_before, status_after
        """
    ).fetchall()
    return tuple(StatusChange(*row) for row in rows)


def _coverage(connection: duckdb.DuckDBPyConnection) -> tuple[CoverageChange, ...]:
    """Indicators of a source and period that one of the releases lacks, those with the most numbers first."""
    rows = connection.execute(
        """
        with held as (
            select source, indicator, time, count(*) filter (side = 'later') as after, count(*) as numbers,
                count(*) filter (side = 'earlier') as before
            from (
                select source, indicator, time, 'earlier' as side from earlier.observation
                union all
                select source, indicator, time, 'later' as side from later.observation
            )
            group by all
        )

        select if(before = 0, 'won', 'lost') as change, source, indicator, time, numbers
        from held
        where before = 0 or after = 0
        order by change, numbers desc, source, indicator, time
        """
    ).fetchall()
    return tuple(CoverageChange(*row) for row in rows)


def _notes(connection: duckdb.DuckDBPyConnection) -> tuple[NoteChange, ...]:
    rows = connection.execute(
        """
        select change, note, count(*) as numbers
        from (
            select 'added' as change, unnest(notes_added) as note from difference where compared = 'observation'
            union all
            select 'removed' as change, unnest(notes_removed) as note from difference where compared = 'observation'
        )
        group by all
        order by numbers desc, change, note
        """
    ).fetchall()
    return tuple(NoteChange(*row) for row in rows)
