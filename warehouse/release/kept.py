"""What a release holds of a partition, taken out of it so that the next release gives it again as it is."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from schemas.partition import Partition
from schemas.rates import load_rates
from schemas.tables import OBSERVATION_KEY, QUALITY_RESULT
from transforms.duck import connect, parquet_rows, quote_path, quote_text
from transforms.notes import SEPARATOR, note
from warehouse.release.agreement import STAGE
from warehouse.release.database import WAREHOUSE
from warehouse.release.inputs import KEPT, RegionalFiles, Row
from warehouse.release.manifest import InputVintage, PartitionOutcome, read_manifest
from warehouse.release.pointer import Release, time_of

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class KeptNumbers:
    """The numbers of a partition in a release, and what the release says of them.

    cells      the numbers (Parquet, the columns of `observation`), without the note that they are kept
    quality    the results of the checks that they passed (Parquet, the columns of `quality_result`), without those that
               every release makes anew
    since      from when they are: of the first release that gave them
    decisions  what was decided on every indicator (Parquet, the fields of schemas.availability.Decision)
    sources    rows of table `source`
    """

    outcome: PartitionOutcome
    since: str
    cells: Path
    quality: Path
    decisions: Path
    inputs: tuple[InputVintage, ...]
    sources: tuple[Row, ...]


def kept_numbers(release: Release, partition: Partition, protection: str, folder: Path) -> KeptNumbers | None:
    """What a release holds of a partition, with files in a folder; None where it has no number of it, or numbers that
    went through another protection."""
    manifest = read_manifest(release.folder)
    outcome = next((each for each in manifest.partitions if Partition(each.source, each.wave) == partition), None)
    if outcome is None or outcome.state != "published" or outcome.protection != protection:
        return None
    place = folder / f"{partition.source}.{partition.wave}"
    place.mkdir(exist_ok=True)
    cells, quality, decisions = (place / f"{name}.parquet" for name in ("cells", "quality", "decisions"))
    of_one = f"source = {quote_text(partition.source)} and wave = {quote_text(partition.wave)}"
    columns = ", ".join(column.name for column in QUALITY_RESULT)
    passed = f"from kept.quality_result where {of_one} and belongs_to = 'published' and stage <> {quote_text(STAGE)}"
    try:
        with _opened(release) as connection:
            _copy(connection, _numbers(partition), cells)
            _copy(connection, f"select {columns} {passed} order by all", quality)
            _copy(connection, f"{_DECISIONS} where {of_one} order by indicator", decisions)
            declared = connection.sql(f"from kept.source where source = {quote_text(partition.source)}")
            sources: tuple[Row, ...] = tuple(declared.to_arrow_table().to_pylist())
    except (duckdb.CatalogException, duckdb.BinderException):
        logger.error("release %s was made by software too old for its numbers to be given again", release.id)
        return None
    inputs = tuple(each for each in manifest.inputs if (each.source, each.wave) == (partition.source, partition.wave))
    since = outcome.standing_since or time_of(release.id).isoformat()
    return KeptNumbers(outcome, since, cells, quality, decisions, inputs, sources)


def kept_edition(release: Release, edition: str, folder: Path) -> RegionalFiles | None:
    """Inputs and diagnostics of an edition of the regional estimates in a release; None where it has none."""
    found = {name: folder / f"{edition}.{name}.parquet" for name in ("regional_input", "regional_diagnostic")}
    with _opened(release) as connection:
        for name, file in found.items():
            _copy(connection, f"from kept.{name} where edition = {quote_text(edition)} order by all", file)
        some = connection.execute(f"select 1 from {parquet_rows(found['regional_input'])} limit 1").fetchall()
    return RegionalFiles(**found) if some else None


def are_among(some: Path, others: Path) -> bool:
    """Whether numbers (files with the columns of `observation`) are all among others, with the same value, error
    and count."""
    told = ", ".join((*OBSERVATION_KEY, "obs_value", "n", "se"))
    with connect() as connection:
        one, other = (f"select {told} from {parquet_rows(file)}" for file in (some, others))
        return not connection.execute(f"{one} except {other} limit 1").fetchall()


_DECISIONS = """
    select
        indicator, state, reason_code as code, variables,
        trim(replace(reason, format('{} of {} numbers are withheld', withheld, cells), ''), '; ') as reason
    from kept.availability
"""
"""The decisions on every indicator, without what a release adds to them of its own numbers."""


def _numbers(partition: Partition) -> str:
    """The numbers but for rates, which every release makes anew of its own numbers."""
    said = quote_text(f"{SEPARATOR}{note('Quality', KEPT)}")
    return f"""
        select * replace (replace(note_source, {said}, '') as note_source)
        from kept.observation
        where split_part(source, ':', 2) = {quote_text(partition.source)} and wave = {quote_text(partition.wave)}
            and indicator not in ({", ".join(map(quote_text, load_rates()))})
        order by {", ".join(OBSERVATION_KEY)}
    """


@contextmanager
def _opened(release: Release) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to a release as `kept`; with one thread, so that the same rows give the same file."""
    with connect(threads=1) as connection:
        connection.execute(f"attach {quote_path(release.folder / WAREHOUSE)} as kept (read_only)")
        yield connection


def _copy(connection: duckdb.DuckDBPyConnection, query: str, file: Path) -> None:
    connection.execute(f"copy ({query}) to {quote_text(str(file))} (format parquet, compression zstd)")
