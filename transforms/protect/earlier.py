"""What earlier releases of the same partition told, which is part of what a reader knows: whoever compares two of
nearly the same records works out the few that differ."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from schemas.errors import GateError
from schemas.partition import Partition
from schemas.protection import Suppression, load_protection
from schemas.statuses import CONFIDENTIAL
from schemas.tables import OBSERVATION_KEY
from transforms.duck import parquet_rows, quote_text
from transforms.sql import load_sql

SHOWN = 5


@dataclass(frozen=True)
class Compared:
    """How numbers differ from those that readers have seen.

    on_and_off  numbers withheld in one release and given in the other
    by_few      counts that differ by at least one person, and by fewer than are published of any set
    names       some of them, without their values
    """

    on_and_off: int
    by_few: int
    names: tuple[str, ...]

    @property
    def tells(self) -> bool:
        """Whether the two together tell what one of them does not."""
        return self.on_and_off + self.by_few > 0


def compare_with_earlier(connection: duckdb.DuckDBPyConnection, numbers: Path, earlier: Path, minimum: int) -> Compared:
    """Compare numbers (Parquet, the columns of `observation`) with those of every earlier release (Parquet, the key,
    `obs_status`, `n` and `method`), as far as they were exact. `minimum`: a count of fewer persons is unsafe."""
    rows = connection.execute(
        load_sql(__file__, "earlier").substitute(
            numbers=parquet_rows(numbers),
            earlier=parquet_rows(earlier),
            key=", ".join(OBSERVATION_KEY),
            confidential=quote_text(CONFIDENTIAL),
            minimum=str(minimum),
        )
    ).fetchall()
    names = [" ".join(part for part in row[:4] if part) for row in rows[:SHOWN]]
    return Compared(sum(row[4] for row in rows), sum(row[5] for row in rows), tuple(names))


def respect_earlier(
    connection: duckdb.DuckDBPyConnection, numbers: Path, earlier: Path, partition: Partition, profile: str
) -> None:
    """Raise GateError when numbers that are to be published tell, together with those of earlier releases, what was
    withheld. There is nothing to compare where no earlier release had the partition, or its numbers are perturbed."""
    declared = load_protection(profile)
    if not isinstance(declared, Suppression) or declared.earlier_releases == "ignored" or not earlier.is_file():
        return
    found = compare_with_earlier(connection, numbers, earlier, declared.minimum_frequency)
    if found.tells:
        raise GateError(
            f"{found.on_and_off} number(s) are withheld here and were given in an earlier release, or the other way"
            f" round, and {found.by_few} count(s) differ from it by fewer than {declared.minimum_frequency}",
            where="; ".join([partition.key, *found.names]),
            why="whoever compares the releases could work out the persons by whom they differ",
            remedy="leave the earlier numbers as they are, which stand meanwhile; where the revision concerns so many"
            " records that nobody can be told apart, `earlier_releases: ignored` in protection.yaml lets it out",
        )
