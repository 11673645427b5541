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
from transforms.sql import load_sql
from warehouse.files import replacing
from warehouse.release.database import WAREHOUSE

COMPARED = ("observation", "observation_detail")
COUNTED = ("new", "vanished", "value_changed", "status_changed", "reliability_changed", "notes_changed")


@dataclass(frozen=True)
class SourceDifference:
    """How many observations of one source and wave differ, by kind of difference; one may count under several kinds.

    compared  observation, or observation_detail (tables by country with every country)
    counts    in the order of COUNTED
    """

    compared: str
    source: str
    time: str
    counts: tuple[int, ...]


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
class Difference:
    """The differences between two releases: counts by source and period, and revisions, the largest first."""

    sources: tuple[SourceDifference, ...]
    largest: tuple[Revision, ...]

    @property
    def is_empty(self) -> bool:
        """Whether every observation of both releases is the same to the last digit, including its notes."""
        return not self.sources


def compare_releases(earlier: Path, later: Path, *, parquet: Path | None = None, largest: int = 10) -> Difference:
    """Compare the observations of two release folders exactly, without tolerance; vintages and waves are not compared.

    Revisions are ranked by their share of the earlier value; a value that was zero or withheld ranks first. With
    `parquet`, every differing observation is written there, with the columns of release_diff.sql.
    Raises PublishError when a folder holds no release.
    """
    with _differences(earlier, later) as connection:
        if parquet is not None:
            with replacing(parquet) as draft:
                connection.execute(
                    f"copy (from difference order by compared, {', '.join(OBSERVATION_KEY)}) "
                    f"to {quote_text(str(draft))} (format parquet, compression zstd)"
                )
        return Difference(_counted(connection), _largest(connection, largest))


@contextmanager
def _differences(earlier: Path, later: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the temporary table `difference`: every observation that is not the same in both."""
    query = load_sql(__file__, "diff")
    with connect() as connection:
        for name, folder in (("earlier", earlier), ("later", later)):
            connection.execute(f"attach {quote_text(str(_warehouse(folder)))} as {name} (read_only)")
        parts = [query.substitute(table=table, key=", ".join(OBSERVATION_KEY)) for table in COMPARED]
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
    rows = connection.execute(
        f"select compared, source, time, {counts} from difference group by all order by all"
    ).fetchall()
    return tuple(SourceDifference(compared, source, time, tuple(found)) for compared, source, time, *found in rows)


def _largest(connection: duckdb.DuckDBPyConnection, limit: int) -> tuple[Revision, ...]:
    rows = connection.execute(
        f"""
        select concat_ws(' ', {", ".join(OBSERVATION_KEY)}), value_before, value_after, relative_revision,
            revision_in_errors
        from difference
        where value_changed and compared = 'observation'
        order by abs(relative_revision) desc nulls first, {", ".join(OBSERVATION_KEY)}
        limit ?
        """,
        [limit],
    ).fetchall()
    return tuple(Revision(*row) for row in rows)
