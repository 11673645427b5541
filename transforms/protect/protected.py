"""What protection needs from the records behind a partition's numbers, for every kind of source."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

import duckdb

from schemas.partition import Partition
from schemas.protection import ProtectionProfile
from transforms.protect.structure.groups import Structure, StructuredRecords
from transforms.protect.structure.records import Joint
from transforms.relation import Relation


class ProtectedRecords(ABC):
    """The records of one source as protection reads them."""

    @property
    @abstractmethod
    def discloses_squares(self) -> bool:
        """Whether published standard errors disclose the squares of weights."""

    @abstractmethod
    def read(self, connection: duckdb.DuckDBPyConnection, file: Path) -> Relation:
        """View `core`: the records of a file, with everything that the structure refers to."""

    @abstractmethod
    def structured(
        self, core: Relation, cells: Relation, partition: Partition, profile: ProtectionProfile
    ) -> StructuredRecords:
        """How the numbers of `cells` are related, from their records, with the contributions that the rules of a
        profile use."""

    @abstractmethod
    def joint(self, read: StructuredRecords, secret: str) -> Joint:
        """The records by everything that distinguishes them, in a fixed order, with their record keys."""

    @abstractmethod
    def write_both(self, connection: duckdb.DuckDBPyConnection, now: Path, then: Path, both: Path) -> None:
        """Write the records of two versions into one file, in which those of the earlier one are marked."""

    @abstractmethod
    def net_of_both(self, read: StructuredRecords) -> list[tuple[int, float, float]]:
        """Of the records of such a file: a combination of everything that distinguishes them, by its position; a
        weight; and how many persons more have both in the later version."""

    @abstractmethod
    def status(self, core: Relation, partition: Partition, structure: Structure) -> str:
        """SQL for obs_status after perturbation, over the columns of a number."""
