"""What the stages do for each kind of source: surveys give persons, registers flows, corridors stocks, all numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ilms.scratch import scratch_folder
from ilms.settings import Settings
from schemas.corridors import Corridors
from schemas.errors import InputError
from schemas.loader import Runnable
from schemas.partition import Partition
from schemas.register import Register
from schemas.release_profiles import UNPROTECTED
from schemas.source import Source
from warehouse.accepted import AcceptedVintage, now
from warehouse.intake.drift import find_record_faults
from warehouse.intake.vintage import Vintage

# What only one kind or stage needs is imported there: each stage of each partition is a process of its own in Airflow.
if TYPE_CHECKING:
    from expectations.parameters import GateParameters
    from expectations.suites import SuiteName
    from transforms.read import RawInput


@dataclass(frozen=True)
class Made:
    """What harmonising gave: told in words, as facts to keep, and what travels as notes with the numbers."""

    told: str
    persons: int | None = None
    weighted: float | None = None
    unknown: Mapping[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def core_suite(source: Runnable) -> SuiteName:
    """The suite that harmonised records must pass."""
    if isinstance(source, Corridors):
        return "corridors"
    return "flows" if isinstance(source, Register) else "core"


def cells_suite(source: Runnable) -> SuiteName:
    """The suite that numbers must pass."""
    if isinstance(source, Corridors):
        return "corridor_cells"
    return "flow_cells" if isinstance(source, Register) else "cells"


def gate_parameters(source: Runnable, partition: Partition) -> GateParameters:
    """What the gate must know of a partition."""
    from expectations.parameters import GateParameters

    if isinstance(source, Register):
        return GateParameters.of_register(source, partition)
    if isinstance(source, Corridors):
        return GateParameters.of_corridors(source, partition)
    return GateParameters.of(source, partition)


def harmonise_files(
    settings: Settings, source: Runnable, partition: Partition, vintage: Vintage, draft: Path, work: Path
) -> Made:
    """Harmonise the files of a vintage into a draft of the core table."""
    from transforms.read import RawInput

    if isinstance(source, Corridors):
        from transforms.corridors import harmonise_corridors

        named = {file.name: file.path for file in vintage.files}
        corridors = harmonise_corridors(
            source, partition, named, draft, workdir=work, memory_limit=settings.memory_limit
        )
        return Made(f"{corridors:,} corridors harmonised, by sex")
    files = [RawInput(file.path, file.role) for file in vintage.files]
    if isinstance(source, Register):
        from transforms.flows import harmonise_flows

        flows = harmonise_flows(source, partition, files, draft, workdir=work, memory_limit=settings.memory_limit)
        said = "; ".join([f"{flows.records:,} flow records harmonised", *flows.told, *flows.warnings])
        return Made(said, warnings=flows.warnings)
    made = _persons(settings, source, partition, files, draft, work)
    _compare(settings, source, partition, vintage, made)
    return made


def _persons(
    settings: Settings, source: Source, partition: Partition, files: Sequence[RawInput], draft: Path, work: Path
) -> Made:
    from transforms.harmonise import harmonise
    from transforms.identity import check_records, own_records, unknown_shares
    from transforms.read import read_wave
    from transforms.repeated_persons import check_persons_once

    raw = work / "raw.parquet"
    columns = source.wave_columns(partition.wave)
    limit = settings.memory_limit
    read = source.wave_read(partition.wave)
    table = read_wave(read, files, columns, raw, where=partition.key, workdir=work, memory_limit=limit)
    own, records = own_records(source, partition, raw, table.records, memory_limit=limit)
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
        read_wave(read, files, named, raw, where=partition.key, workdir=work, memory_limit=limit)
        return raw

    check_persons_once(source, partition, draft, table.names, read_columns)
    told = f"{made.persons:,} persons harmonised, standing for {made.weighted:,.0f}"
    unknown = unknown_shares(source, draft, memory_limit=limit)
    return Made(told, persons=made.persons, weighted=made.weighted, unknown=unknown, warnings=made.warnings)


def _compare(settings: Settings, source: Source, partition: Partition, vintage: Vintage, made: Made) -> None:
    """Raise InputError when the records are not like those accepted before."""
    found = AcceptedVintage(
        vintage=vintage.id,
        accepted_at=now(),
        bytes=vintage.bytes,
        records=made.persons or 0,
        weighted=made.weighted or 0,
        unknown=dict(made.unknown),
    )
    if faults := find_record_faults(source, partition, found, settings.layout):
        raise InputError(
            f"the records are not like those accepted before: {'; '.join(faults)}",
            where=partition.key,
            why="records were lost or stand twice, a column has another content, or these are files of another wave",
            remedy="compare with the producer's description. If the change is real, declare `records` of the wave, its "
            "`benchmark`, or other `guards` (records_change, unknown_rise), and say why",
        )


@dataclass(frozen=True)
class Drafts:
    """Where the estimate stage writes: the numbers, the decision on every indicator, and tables with all countries.

    `detail` is None where no such tables are given.
    """

    cells: Path
    coverage: Path
    detail: Path | None = None


def gives_detail(source: Runnable) -> bool:
    """Whether a source's tables by country are kept with every country beside its numbers.

    A register's numbers name every country already. Those of a protected survey are left out: numbers withheld in its
    tables could be worked out from the countries that these put together.
    """
    return isinstance(source, Source) and source.protection == UNPROTECTED


def estimate_core(
    settings: Settings, source: Runnable, partition: Partition, drafts: Drafts, vintage: str, warnings: Sequence[str]
) -> int:
    """Estimate into drafts, protected as the source declares; what the gate warned of travels as a note.

    Unprotected numbers exist only in a scratch folder that is gone afterwards.
    """
    core, limit = settings.layout.core(partition), settings.memory_limit
    common: dict[str, Any] = {"vintage": vintage, "warnings": warnings, "memory_limit": limit}
    common["coverage"] = drafts.coverage

    if isinstance(source, Corridors):
        from transforms.corridors import estimate_corridors

        return estimate_corridors(source, partition, core, drafts.cells, **common)

    def make(output: Path) -> int:
        if isinstance(source, Register):
            from transforms.flows import estimate_flows

            return estimate_flows(source, partition, core, output, **common)
        from transforms.estimate import estimate

        return estimate(source, partition, core, output, detail=drafts.detail, **common)

    if source.protection == UNPROTECTED:
        return make(drafts.cells)
    from transforms.coverage import say_protection
    from transforms.protect import protect_cells

    with scratch_folder(settings) as work:
        unprotected, seed = work / "estimates.parquet", settings.protection_seed
        count = make(unprotected)
        protect_cells(
            unprotected, core, source, partition, source.protection, drafts.cells, work, seed=seed, memory_limit=limit
        )
    say_protection(drafts.coverage, source.protection)
    return count
