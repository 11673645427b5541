"""The last check before a release is published: everything that it discloses about a protected source is attacked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from schemas.errors import IlmsError, PublishError
from schemas.partition import Partition
from schemas.rates import load_rates
from schemas.release_profiles import EXPERIMENTAL, UNPROTECTED
from schemas.tables import OBSERVATION, OBSERVATION_KEY, QUALITY_RESULT
from transforms.duck import quote_text
from transforms.protect import AttackReport, attack_published, respect_earlier
from warehouse.layout import Layout
from warehouse.release.inputs import ReleaseInputs, ReleasePartition
from warehouse.release.manifest import PartitionOutcome


class RefusedPartitions(PublishError):
    """Numbers that a release cannot take, as they or what they are withheld for could be worked out: `errors` has the
    reason of each partition."""

    errors: Mapping[Partition, IlmsError] = {}

    @classmethod
    def because(cls, errors: Mapping[Partition, IlmsError]) -> RefusedPartitions:
        """All of them in one error, which says what the first is about."""
        first = next(iter(errors.values()))
        others = f" (and {len(errors) - 1} other partition(s) were refused)" if len(errors) > 1 else ""
        refused = cls(f"{first.what}{others}", where=first.where, why=first.why, remedy=first.remedy)
        refused.errors = dict(errors)
        return refused


def published(inputs: ReleaseInputs, outcomes: Sequence[PartitionOutcome]) -> list[ReleasePartition]:
    """The partitions of a release that hold confidential numbers."""
    out = {(outcome.source, outcome.wave) for outcome in outcomes if outcome.state == "published"}
    return [
        item
        for item in inputs.partitions
        if item.protection != UNPROTECTED and (item.partition.source, item.partition.wave) in out
    ]


def attack_release(
    connection: duckdb.DuckDBPyConnection, partitions: Sequence[ReleasePartition], layout: Layout, workdir: Path
) -> None:
    """Attack the observations of each partition, by themselves and together with those of earlier releases, and record
    in `quality_result` that the attack disclosed nothing.

    Raises RefusedPartitions, after all were attacked, with every partition of which a confidential number is published
    or can be worked out, or of which the records are missing that show which numbers are confidential.
    """
    refused: dict[Partition, IlmsError] = {}
    for item in partitions:
        try:
            report = _attack(connection, item, layout.disclosed(item.partition), workdir / "attacked.parquet")
        except IlmsError as error:
            refused[item.partition] = error
        else:
            _record_attack(connection, item, report)
    if refused:
        raise RefusedPartitions.because(refused)


def _attack(connection: duckdb.DuckDBPyConnection, item: ReleasePartition, earlier: Path, rows: Path) -> AttackReport:
    if item.core is None or not item.core.is_file() or item.records is None:
        raise PublishError(
            "the records of a protected source are missing",
            where=item.partition.key,
            why="without them it is not known whether its confidential numbers are safe",
            remedy="run the partition again",
        )
    if item.detail is not None:
        raise PublishError(
            "there are tables with every country for a protected source",
            where=item.partition.key,
            why="its withheld numbers could be worked out from them",
            remedy="run the partition again; if it fails again, report it as a fault of the pipeline",
        )
    columns = ", ".join(column.name for column in OBSERVATION)
    # Rates are published numbers over published numbers: they tell nothing that these do not.
    connection.execute(
        f"""
        copy (
            select {columns} from observation
            where split_part(source, ':', 2) = {quote_text(item.partition.source)}
            and wave = {quote_text(item.partition.wave)}
            and indicator not in ({", ".join(map(quote_text, load_rates()))})
            order by {", ".join(OBSERVATION_KEY)}
        ) to {quote_text(str(rows))} (format parquet)
        """
    )
    respect_earlier(connection, rows, earlier, item.partition, item.protection)
    report = attack_published(rows, item.core, item.records, item.partition, item.protection, rows.parent)
    rows.unlink()
    return report


def _record_attack(connection: duckdb.DuckDBPyConnection, item: ReleasePartition, report: AttackReport) -> None:
    """Put the row of this check into its place in table `quality_result`."""
    names = ", ".join(column.name for column in QUALITY_RESULT)
    connection.execute("create or replace temp table with_attack as from quality_result")
    connection.execute(
        f"insert into with_attack ({names}, belongs_to)"
        " values (?, ?, 'release', ?, ?, 'critical', true, ?, 0, ?, 'published')",
        [
            item.partition.source,
            item.partition.wave,
            report.check,
            report.description,
            report.numbers,
            f"{report.observed}. {EXPERIMENTAL}",
        ],
    )
    connection.execute("delete from quality_result")
    connection.execute("insert into quality_result from with_attack order by all")
    connection.execute("drop table with_attack")
