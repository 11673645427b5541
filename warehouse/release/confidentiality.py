"""The last check before a release is published: everything that it discloses about a protected source is attacked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from schemas.errors import GateError, IlmsError, PublishError
from schemas.partition import Partition
from schemas.rates import load_rates
from schemas.release_profiles import EXPERIMENTAL, UNPROTECTED
from schemas.tables import OBSERVATION, OBSERVATION_KEY, QUALITY_RESULT
from transforms.duck import parquet_rows, quote_text
from transforms.protect import AttackReport, Earlier, attack_published
from warehouse.layout import Layout
from warehouse.release.check_texts import translate_checks
from warehouse.release.disclosed import known_earlier
from warehouse.release.inputs import ReleaseInputs, ReleasePartition
from warehouse.release.manifest import PartitionOutcome
from warehouse.release.verdicts import Refusal, Verdict, keep_verdict, read_verdict, told_before

NOTES = ("note_classif", "note_indicator", "note_source")
TOLD = ", ".join(column.name for column in OBSERVATION if column.name not in NOTES)
"""The columns of a number that an attack is about."""


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
    in `quality_result` that the attack disclosed nothing. Nothing is attacked twice: verdicts are kept. What a release
    gives as the one before it did was attacked then.

    Raises RefusedPartitions, after all were attacked, with every partition of which a confidential number is published
    or can be worked out, or of which the records are missing that show which numbers are confidential.
    """
    refused: dict[Partition, IlmsError] = {}
    for item in (each for each in partitions if not each.is_kept):
        rows = workdir / "attacked.parquet"
        _write_rows(connection, item.partition, rows)
        try:
            report = _judged(connection, item, layout, rows)
        except IlmsError as error:
            refused[item.partition] = error
        else:
            _record_attack(connection, item, report)
        rows.unlink()
    if refused:
        raise RefusedPartitions.because(refused)


def _judged(connection: duckdb.DuckDBPyConnection, item: ReleasePartition, layout: Layout, rows: Path) -> AttackReport:
    """What the last attack on the same numbers found, where nothing has changed that decides it; else a new attack."""
    asked = Verdict(
        mark=item.attack_mark,
        protection=item.protection,
        numbers=_digest(connection, f"select {TOLD} from {parquet_rows(rows)}"),
        earlier=_told_otherwise(connection, rows, layout.disclosed(item.partition)),
    )
    known = read_verdict(layout, item.partition)
    if item.attack_mark and known and known.report and known == asked.model_copy(update={"report": known.report}):
        return known.report
    try:
        report = _attack(item, known_earlier(layout, item.partition), rows)
    except GateError as error:
        before = {"earlier": told_before(layout, item.partition), "refusal": Refusal.of(error)}
        keep_verdict(layout, item.partition, asked.model_copy(update=before))
        raise
    keep_verdict(layout, item.partition, asked.model_copy(update={"report": report}))
    return report


def _write_rows(connection: duckdb.DuckDBPyConnection, partition: Partition, rows: Path) -> None:
    """Write the numbers of a partition but for rates, which are published numbers over published numbers: they tell
    nothing that these do not."""
    columns = ", ".join(column.name for column in OBSERVATION)
    connection.execute(
        f"""
        copy (
            select {columns} from observation
            where split_part(source, ':', 2) = {quote_text(partition.source)} and wave = {quote_text(partition.wave)}
                and indicator not in ({", ".join(map(quote_text, load_rates()))})
            order by {", ".join(OBSERVATION_KEY)}
        ) to {quote_text(str(rows))} (format parquet)
        """
    )


def _told_otherwise(connection: duckdb.DuckDBPyConnection, rows: Path, earlier: Path) -> str:
    """One hash of what earlier releases told, but for what the numbers tell themselves; empty where that is all."""
    if not earlier.is_file():
        return ""
    same = ", ".join((*OBSERVATION_KEY, "obs_status", "n", "obs_value"))
    told, tells = (f"select {same} from {parquet_rows(file)}" for file in (earlier, rows))
    return _digest(connection, f"{told} except {tells}")


def _digest(connection: duckdb.DuckDBPyConnection, query: str) -> str:
    """One hash of the rows of a query, in whatever order; empty where there is none."""
    found = connection.execute(
        f"select coalesce(sha256(string_agg(cast(told as varchar), chr(10) order by cast(told as varchar))), '')"
        f" from ({query}) as told"
    ).fetchall()
    return str(found[0][0])


def _attack(item: ReleasePartition, earlier: Earlier | None, rows: Path) -> AttackReport:
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
    return attack_published(
        rows, item.core, item.records, item.partition, item.protection, rows.parent, earlier=earlier
    )


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
    translate_checks(connection, "with_attack")
    connection.execute("delete from quality_result")
    connection.execute("insert into quality_result from with_attack order by all")
    connection.execute("drop table with_attack")
