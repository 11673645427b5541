"""Surveys: person records become canonical persons, and these become weighted estimates with standard errors."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ilms.kinds.base import CoreFacts, Drafts, Estimator, Kind
from schemas.errors import InputError
from schemas.partition import Partition
from schemas.release_profiles import UNPROTECTED
from schemas.survey import Survey
from schemas.survey_faults import SURVEY
from warehouse.accepted import AcceptedVintage, now
from warehouse.intake.drift import find_record_faults
from warehouse.intake.vintage import Vintage
from warehouse.layout import Layout

if TYPE_CHECKING:
    from expectations.parameters import GateParameters
    from transforms.compare import Profile
    from transforms.protect import ProtectedRecords


class SurveyKind(Kind[Survey]):
    """National surveys."""

    declared = SURVEY
    core_suite = "core"
    cells_suite = "cells"
    golden_files = "rows.csv"

    def described(self, source: Survey) -> str:
        """How many variables it declares."""
        return f"{len(source.variables)} variables declared"

    def gate_parameters(self, source: Survey, partition: Partition) -> GateParameters:
        """What the gate must know of a partition."""
        from expectations.parameters import GateParameters

        return GateParameters.of(source, partition)

    def harmonise(
        self,
        layout: Layout,
        source: Survey,
        partition: Partition,
        vintage: Vintage,
        draft: Path,
        work: Path,
        *,
        memory_limit: str,
    ) -> CoreFacts:
        """Persons, each once, that are like those accepted before."""
        made = _persons(source, partition, vintage, draft, work, limit=memory_limit)
        _compare(layout, source, partition, vintage, made)
        return made

    def estimator(self, drafts: Drafts) -> Estimator[Survey]:
        """Estimates of every indicator, with the tables of all countries where `drafts` has a place for them."""
        from transforms.estimate import estimate

        return partial(estimate, detail=drafts.detail)

    def golden_faults(
        self, source: Survey, partition: Partition, folder: Path, indicators: set[str], work: Path
    ) -> list[str]:
        """`rows.csv` are made-up records by our column names; `persons.csv` says what single ones become."""
        from ilms.authoring.golden_persons import estimate_persons

        return estimate_persons(source, partition, folder, indicators, work)

    def protected(self, source: Survey) -> ProtectedRecords:
        """Its persons."""
        from transforms.protect import ProtectedPersons

        return ProtectedPersons(source)

    def gives_detail(self, source: Survey) -> bool:
        """Whether its numbers are unprotected.

        Those withheld in the tables of a protected survey could be worked out from the countries that these put
        together.
        """
        return source.protection == UNPROTECTED

    def consolidated(self, source: Survey) -> Survey:
        """Every survey: whether it declares longer periods, `consolidate` says."""
        return source

    def profile(self, source: Survey, partition: Partition, core: Path) -> Profile:
        """Its persons by each variable of a classification or of countries."""
        from transforms.compare import persons_profile

        return persons_profile(core)


KIND = SurveyKind()


def _persons(
    source: Survey, partition: Partition, vintage: Vintage, draft: Path, work: Path, *, limit: str
) -> CoreFacts:
    from transforms.harmonise import harmonise
    from transforms.identity import check_records, own_records, unknown_shares
    from transforms.joins import join_files, record_files
    from transforms.read import RawInput, read_wave
    from transforms.repeated_persons import check_persons_once

    files = [RawInput(file.path, file.role) for file in vintage.files]
    raw = work / "raw.parquet"
    columns = source.record_columns(partition.wave)
    read = source.wave_read(partition.wave)
    own_files = record_files(source, partition, files)
    table = read_wave(read, own_files, columns, raw, where=partition.key, workdir=work, memory_limit=limit)
    joined = join_files(source, partition, files, raw, table, memory_limit=limit)
    table = joined.table
    own, records = own_records(source, partition, joined.file, table.records, memory_limit=limit)
    check_records(source, partition, records)
    made = harmonise(
        source,
        partition,
        own,
        draft,
        called_missing=table.called_missing,
        implied=table.implied,
        memory_limit=limit,
    )

    def read_columns(named: Mapping[str, str]) -> Path:
        read_wave(read, own_files, named, raw, where=partition.key, workdir=work, memory_limit=limit)
        return raw

    check_persons_once(source, partition, draft, table.names, read_columns)
    told = f"{made.persons:,} persons harmonised, standing for {made.weighted:,.0f}"
    summary = "; ".join([told, *joined.remarks, *made.left_out])
    unknown = unknown_shares(source, draft, memory_limit=limit)
    return CoreFacts(summary, persons=made.persons, weighted=made.weighted, unknown=unknown, warnings=made.warnings)


def _compare(layout: Layout, source: Survey, partition: Partition, vintage: Vintage, made: CoreFacts) -> None:
    """Raise InputError when the records are not like those accepted before."""
    found = AcceptedVintage(
        vintage=vintage.id,
        accepted_at=now(),
        bytes=vintage.bytes,
        records=made.persons or 0,
        weighted=made.weighted or 0,
        unknown=dict(made.unknown),
    )
    if faults := find_record_faults(source, partition, found, layout, vintage.origin):
        raise InputError(
            f"the records are not like those accepted before: {'; '.join(faults)}",
            where=partition.key,
            why="records were lost or occur twice, a column has different content, or these are files of another wave",
            remedy="compare with the producer's description. If the change is real, declare `records` of the wave, its "
            "`population_figure`, or other `guards` (records_change, unknown_rise), and say why",
        )
