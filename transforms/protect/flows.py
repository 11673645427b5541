"""The flow records of a register as protection reads them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from schemas.partition import Partition
from schemas.protection import ProtectionProfile
from schemas.register import Register
from transforms.duck import parquet_rows
from transforms.protect.protected import ProtectedRecords
from transforms.protect.structure.flow_records import read_flow_joint, read_flow_structure
from transforms.protect.structure.groups import Structure
from transforms.protect.structure.records import Joint


@dataclass(frozen=True)
class ProtectedFlows(ProtectedRecords):
    """The flow records of a register."""

    source: Register

    @property
    def tells_squares(self) -> bool:
        """Counts of a register have no standard errors."""
        return False

    def open(self, connection: duckdb.DuckDBPyConnection, core: Path) -> None:
        """View `core` of the flow records."""
        connection.execute(f"create view core as select * from {parquet_rows(core)}")

    def structure(
        self, connection: duckdb.DuckDBPyConnection, partition: Partition, profile: ProtectionProfile
    ) -> Structure:
        """How the counts hang together, whatever the profile."""
        return read_flow_structure(connection, self.source, partition)

    def joint(self, connection: duckdb.DuckDBPyConnection, structure: Structure, secret: str) -> Joint:
        """The flow records by everything that tells them apart, in a fixed order."""
        return read_flow_joint(connection, structure, secret)

    def status(self, connection: duckdb.DuckDBPyConnection, partition: Partition, structure: Structure) -> str:
        """The column itself: what is declared of a register's counts stays as it is."""
        return "obs_status"
