"""The persons of a survey as protection reads them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from schemas.indicators import Catalogue, load_catalogue
from schemas.partition import Partition
from schemas.protection import ProtectionProfile
from schemas.reliability import load_reliability
from schemas.survey import Survey
from transforms.duck import parquet_rows, quote_text
from transforms.estimate.aggregates import aggregates_in, told_catalogue
from transforms.estimate.core import read_core
from transforms.estimate.nonresponse import has_limits, item_nonresponse
from transforms.protect.primary import contributions_needed
from transforms.protect.protected import ProtectedRecords
from transforms.protect.structure.groups import Structure, StructuredRecords
from transforms.protect.structure.records import Joint, read_joint, read_structure
from transforms.relation import Relation
from transforms.reliability import status_sql

EARLIER = "of an earlier version|"


def _told(connection: duckdb.DuckDBPyConnection, records: str) -> Catalogue:
    """The catalogue as applied to records with aggregates."""
    return told_catalogue(load_catalogue(), aggregates_in(connection, records))


@dataclass(frozen=True)
class ProtectedPersons(ProtectedRecords):
    """The persons of a survey."""

    source: Survey

    @property
    def discloses_squares(self) -> bool:
        """Whether the sample design has standard errors that disclose the squares of weights."""
        return self.source.design.discloses_squares

    def read(self, connection: duckdb.DuckDBPyConnection, file: Path) -> Relation:
        """View `core` of the persons with the thresholds that populations refer to."""
        return read_core(connection, _told(connection, parquet_rows(file)), file)

    def structured(
        self, core: Relation, cells: Relation, partition: Partition, profile: ProtectionProfile
    ) -> StructuredRecords:
        """How the estimates are related, with as many of the largest weights as the rules of a profile use."""
        catalogue = _told(core.connection, str(core))
        return read_structure(core, cells, catalogue, contributions=contributions_needed(profile))

    def joint(self, read: StructuredRecords, secret: str) -> Joint:
        """The persons by everything that distinguishes them, in a fixed order."""
        return read_joint(read, secret)

    def write_both(self, connection: duckdb.DuckDBPyConnection, now: Path, then: Path, both: Path) -> None:
        """The mark is in the identifier, which every person has."""
        marked = f"select * replace (concat({quote_text(EARLIER)}, person_id) as person_id) from {parquet_rows(then)}"
        query = f"{marked} union all by name from {parquet_rows(now)}"
        connection.execute(f"copy ({query}) to {quote_text(str(both))} (format parquet)")

    def net_of_both(self, read: StructuredRecords) -> list[tuple[int, float, float]]:
        """The persons of a wave, by their weights."""
        columns = ", ".join(read.columns)
        return read.records.connection.execute(
            f"""
            select
                dense_rank() over (order by {columns}) - 1, weight,
                cast(count(*) - 2 * count(*) filter (starts_with(person_id, {quote_text(EARLIER)})) as double)
            from {read.records}
            group by {columns}, weight
            """
        ).fetchall()

    def status(self, core: Relation, partition: Partition, structure: Structure) -> str:
        """SQL for obs_status after perturbation: flags follow the perturbed cases, declared statuses are kept."""
        reliability = load_reliability(self.source.reliability)
        catalogue = load_catalogue()
        of_wave = self.source.wave_statuses(partition.wave)
        indicators = {number.indicator: catalogue.indicators[number.indicator] for number in structure.numbers}
        shares = item_nonresponse(core, indicators, catalogue) if has_limits(reliability) else {}
        steps = []
        for name, indicator in indicators.items():
            share = repr(shares[name]) if name in shares else None
            if indicator.status or share:
                status = status_sql(reliability, [*of_wave, indicator.status], cv="cv", nonresponse=share)
                steps.append(f"when {quote_text(name)} then {status}")
        otherwise = status_sql(reliability, of_wave, cv="cv")
        return f"case indicator {' '.join(steps)} else {otherwise} end" if steps else otherwise
