"""What protection must know of the records behind a partition's numbers, whichever kind of source they are of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

import duckdb

from schemas.partition import Partition
from schemas.protection import ProtectionProfile
from transforms.protect.structure.groups import Structure
from transforms.protect.structure.records import Joint


class ProtectedRecords(ABC):
    """The records of one source as protection reads them."""

    @property
    @abstractmethod
    def tells_squares(self) -> bool:
        """Whether published standard errors tell the squares of weights."""

    @abstractmethod
    def open(self, connection: duckdb.DuckDBPyConnection, core: Path) -> None:
        """View `core` of the records, with all that the structure refers to."""

    @abstractmethod
    def structure(
        self, connection: duckdb.DuckDBPyConnection, partition: Partition, profile: ProtectionProfile
    ) -> Structure:
        """How the numbers of views `cells` and `core` hang together, with what the rules of a profile look at."""

    @abstractmethod
    def joint(self, connection: duckdb.DuckDBPyConnection, structure: Structure, secret: str) -> Joint:
        """The records by everything that tells them apart, in a fixed order, with their record keys."""

    @abstractmethod
    def status(self, connection: duckdb.DuckDBPyConnection, partition: Partition, structure: Structure) -> str:
        """SQL for obs_status after perturbation."""
