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
from transforms.protect.structure.groups import Structure, StructuredRecords
from transforms.protect.structure.records import Joint
from transforms.relation import Relation, create_view


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

    def status(self, core: Relation, partition: Partition, structure: Structure) -> str:
        """The column itself: declared statuses of a register's counts are kept."""
        return "obs_status"
