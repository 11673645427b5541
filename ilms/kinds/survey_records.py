"""From a survey's files to canonical persons, in three steps: the records with what is joined to them, the wave's own
records, and the persons that these become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ilms.kinds.base import CoreFacts
from schemas.partition import Partition
from schemas.survey import Survey
from transforms.harmonise import harmonise
from transforms.identity import check_records, own_records, unknown_shares
from transforms.joins import join_files, record_files
from transforms.read import RawInput, RawTable, read_wave
from transforms.repeated_persons import check_persons_once


@dataclass(frozen=True)
class Records:
    """The raw table of a wave's records, how many they are, and what to say of those that are left aside.

    files  those that hold the records, and what describes them
    """

    file: Path
    table: RawTable
    files: Sequence[RawInput]
    remarks: tuple[str, ...]
    count: int


def read_records(
    source: Survey, partition: Partition, files: Sequence[RawInput], work: Path, *, memory_limit: str
) -> Records:
    """The records of the files, with the rows of other files that are joined to them.

    Raises InputError for files that are not as declared, and for joins that find no partner.
    """
    own = record_files(source, partition, files)
    read, columns, raw = source.wave_read(partition.wave), source.record_columns(partition.wave), work / "raw.parquet"
    table = read_wave(read, own, columns, raw, where=partition.key, workdir=work, memory_limit=memory_limit)
    joined = join_files(source, partition, files, raw, table, memory_limit=memory_limit)
    return Records(joined.file, joined.table, own, joined.remarks, joined.table.records)


def records_of_wave(source: Survey, partition: Partition, records: Records, *, memory_limit: str) -> Records:
    """The records of the wave itself. Raises InputError where they are another number than declared, or of others."""
    file, count = own_records(source, partition, records.file, records.count, memory_limit=memory_limit)
    check_records(source, partition, count)
    return replace(records, file=file, count=count)


def harmonise_records(
    source: Survey, partition: Partition, records: Records, draft: Path, *, memory_limit: str
) -> CoreFacts:
    """Write the persons that the records become. Raises InputError as `harmonise` does."""
    made = harmonise(
        source,
        partition,
        records.file,
        draft,
        called_missing=records.table.called_missing,
        implied=records.table.implied,
        memory_limit=memory_limit,
    )
    told = f"{made.persons:,} persons harmonised, standing for {made.weighted:,.0f}"
    return CoreFacts(
        "; ".join([told, *records.remarks, *made.left_out]),
        persons=made.persons,
        weighted=made.weighted,
        unknown=unknown_shares(source, draft, memory_limit=memory_limit),
        warnings=made.warnings,
        records=records.count,
        remarks=(*records.remarks, *made.left_out),
    )


def require_persons_once(
    source: Survey, partition: Partition, records: Records, draft: Path, work: Path, *, memory_limit: str
) -> None:
    """Raise InputError when persons occur once for each of several periods in the file."""

    def read_columns(named: Mapping[str, str]) -> Path:
        read, raw = source.wave_read(partition.wave), work / "raw.parquet"
        read_wave(read, records.files, named, raw, where=partition.key, workdir=work, memory_limit=memory_limit)
        return raw

    check_persons_once(source, partition, draft, records.table.names, read_columns)
