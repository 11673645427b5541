"""The flow records of a register as protection reads them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from schemas.partition import Partition
from schemas.protection import ProtectionProfile
from schemas.register import Register
from transforms.duck import parquet_rows, quote_text
from transforms.protect.protected import ProtectedRecords
from transforms.protect.structure.flow_records import TABLE, read_flow_joint, read_flow_structure
from transforms.protect.structure.groups import Structure, StructuredRecords
from transforms.protect.structure.records import Joint
from transforms.relation import Relation, create_view

EARLIER = "of_an_earlier_version"


@dataclass(frozen=True)
class ProtectedFlows(ProtectedRecords):
    """The flow records of a register."""

    source: Register

    @property
    def discloses_squares(self) -> bool:
        """Counts of a register have no standard errors."""
        return False

    def read(self, connection: duckdb.DuckDBPyConnection, file: Path) -> Relation:
        """View `core` of the flow records."""
        return create_view(connection, "core", f"from {parquet_rows(file)}")

    def structured(
        self, core: Relation, cells: Relation, partition: Partition, profile: ProtectionProfile
    ) -> StructuredRecords:
        """How the counts are related, which does not depend on the profile."""
        return read_flow_structure(core, cells, self.source, partition)

    def joint(self, read: StructuredRecords, secret: str) -> Joint:
        """The flow records by everything that distinguishes them, in a fixed order."""
        return read_flow_joint(read, secret)

    def write_both(self, connection: duckdb.DuckDBPyConnection, now: Path, then: Path, both: Path) -> None:
        """The mark is a column of its own."""
        query = f"select *, true as {EARLIER} from {parquet_rows(then)} union all by name from {parquet_rows(now)}"
        connection.execute(f"copy ({query}) to {quote_text(str(both))} (format parquet)")

    def net_of_both(self, read: StructuredRecords) -> list[tuple[int, float, float]]:
        """The persons or permits that are counted, all of the same weight."""
        columns, populations = ", ".join(read.columns), read.columns[: read.columns.index(TABLE)]
        return read.records.connection.execute(
            f"""
            select
                row_number() over (order by {columns}) - 1, 1.0::double,
                cast(sum(case when {EARLIER} then -value else value end) as double)
            from {read.records}
            where {" or ".join(populations)}
            group by {columns}
            having sum(value) > 0
            """
        ).fetchall()

    def status(self, core: Relation, partition: Partition, structure: Structure) -> str:
        """The column itself: declared statuses of a register's counts are kept."""
        return "obs_status"
