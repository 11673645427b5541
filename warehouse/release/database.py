"""The warehouse: one DuckDB file with its tables, comments and views."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from expectations.checks import NOT_SHOWN
from schemas.errors import PublishError
from schemas.release_profiles import UNPROTECTED
from schemas.tables import OBSERVATION, OBSERVATION_KEY, QUALITY_RESULT, RELEASED_QUALITY
from transforms.duck import connect, parquet_rows, quote_text
from warehouse.release.agreement import compare_with_figures
from warehouse.release.availability import create_availability, create_detail
from warehouse.release.between_waves import compare_waves
from warehouse.release.check_texts import notes_of_checks, translate_checks
from warehouse.release.checked import ReleaseCheck
from warehouse.release.differences import add_differences
from warehouse.release.facts import check_columns, check_duplicates, check_sources, kept_rows, load_cells
from warehouse.release.inputs import ReleaseInputs, ReleasePartition
from warehouse.release.lists import declared_lists
from warehouse.release.manifest import PartitionOutcome
from warehouse.release.over_time import compare_periods
from warehouse.release.precedence import rank_partitions, settle_precedence
from warehouse.release.rates import add_rates
from warehouse.release.tables import TABLES, create_table, declare_table
from warehouse.release.views import create_views
from warehouse.release.words import create_words

STORAGE_VERSION = "v1.0.0"
"""Version of the file format: the drivers of other programs are often one or two years old."""

OLDEST_READER = "1.1.3"
"""The oldest DuckDB that opens a release and reads every table and view of it."""

OLDEST_ATTACHING_READER = "1.2.2"
"""The oldest one that also does so when the file is attached to another database: older ones look there for the tables
of views."""

WAREHOUSE = "warehouse.duckdb"


@contextmanager
def new_warehouse(file: Path, *, spill: Path, memory_limit: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose default database is a new file; when the block ends, the file is complete and closed."""
    with _writable_name(file) as place, connect(memory_limit=memory_limit, work=spill) as connection:
        connection.execute(f"attach {quote_text(str(place))} as warehouse (storage_version '{STORAGE_VERSION}')")
        connection.execute("use warehouse")
        # One transaction: each of some hundred statements would otherwise wait for the disk.
        connection.begin()
        yield connection
        connection.commit()
        connection.execute("use memory")
        connection.execute("detach warehouse")


@contextmanager
def _writable_name(file: Path) -> Iterator[Path]:
    """Where DuckDB can write a database that becomes `file`: it puts `.wal` before the first `?` of a path."""
    if "?" not in str(file):
        yield file
        return
    with TemporaryDirectory(prefix="ilms-warehouse-") as folder:
        place = Path(folder) / file.name
        yield place
        shutil.move(place, file)


def fill_warehouse(connection: duckdb.DuckDBPyConnection, inputs: ReleaseInputs) -> tuple[PartitionOutcome, ...]:
    """Create and fill every table and view of the warehouse; returns the outcome of each partition.

    Raises PublishError when an observation occurs twice, has an unknown source or contradicts the decision on its
    indicator, or when there is none.
    """
    partitions = sorted(inputs.partitions, key=lambda item: item.partition)
    create_table(connection, "source", inputs.sources)
    create_table(connection, "indicator", inputs.indicators)
    create_table(connection, "code", inputs.codes)
    load_cells(connection, partitions)
    check_duplicates(connection, partitions)
    rank_partitions(connection, partitions)
    add_rates(connection, partitions)
    left_out = settle_precedence(connection, partitions)
    compare_periods(connection, partitions)
    add_differences(connection, partitions, inputs.availability)
    between_waves = compare_waves(connection, partitions)
    beside_figures = compare_with_figures(connection, partitions, inputs.figures)
    _create_observations(connection)
    check_sources(connection)
    outcomes = _outcomes(connection, partitions, left_out)
    create_table(connection, "partition", [outcome.model_dump() for outcome in outcomes])
    for name, rows in declared_lists().items():
        create_table(connection, name, rows)
    create_availability(connection, inputs.availability)
    create_detail(connection, partitions)
    create_words(connection, [*inputs.texts, *notes_of_checks()])
    _create_quality_results(connection, partitions, [*between_waves, *beside_figures])
    for name in ("regional_input", "regional_diagnostic"):
        _create_regional_table(connection, name, [getattr(files, name) for files in inputs.regional])
    create_views(connection)
    return outcomes


def _create_observations(connection: duckdb.DuckDBPyConnection) -> None:
    declare_table(connection, "observation")
    columns = ", ".join(column.name for column in OBSERVATION)
    connection.execute(
        f"""
        insert into observation
        select {columns} from cell
        anti join left_to_another using (partition_number, ref_area, indicator, time)
        order by {", ".join(OBSERVATION_KEY)}
        """
    )
    if not connection.execute("select count(*) from observation").fetchall()[0][0]:
        raise PublishError(
            "no partition has any estimates",
            why="a release without numbers would replace the one that readers use",
            remedy="`ilms sources` shows why each partition failed or was skipped",
        )


def _outcomes(
    connection: duckdb.DuckDBPyConnection, partitions: Sequence[ReleasePartition], left_out: Mapping[int, str]
) -> tuple[PartitionOutcome, ...]:
    """The outcome of each partition; `left_out` states what some leave to others."""
    counted = connection.execute("""
        select partition_number, count(*)
        from cell
        anti join left_to_another using (partition_number, ref_area, indicator, time)
        group by all
    """).fetchall()
    cells: dict[int, int] = dict(counted)
    return tuple(
        PartitionOutcome(
            source=item.partition.source,
            wave=item.partition.wave,
            state=_state(item, is_superseded=number in left_out and number not in cells),
            reason="; ".join(filter(None, (item.reason, left_out.get(number, "")))),
            standing_since=item.standing_since,
            vintage=item.vintage,
            persons=item.persons,
            distinct_persons=item.distinct_persons,
            cells=cells.get(number, 0),
            icls_basis=item.icls_basis,
            synthetic=item.synthetic,
            protection=item.protection,
        )
        for number, item in enumerate(partitions)
    )


def _state(item: ReleasePartition, *, is_superseded: bool) -> str:
    if is_superseded:
        return "superseded"
    return "published" if item.state == "ready" else item.state


def _create_quality_results(
    connection: duckdb.DuckDBPyConnection,
    partitions: Sequence[ReleasePartition],
    compared: Sequence[ReleaseCheck],
) -> None:
    """The checks that published numbers passed, those of attempts whose numbers are not published, and those that
    compare published numbers with those of the wave before, or with figures of others.

    What they counted is left out where the numbers are protected, whatever their files hold.
    """
    names = ", ".join(column.name for column in QUALITY_RESULT)
    types = ", ".join(f"{column.name} {column.type}" for column in RELEASED_QUALITY)
    connection.execute(f"create temp table quality ({types})")
    for item in partitions:
        for belongs_to, files in (("published", item.quality), ("refused", item.refused)):
            for file in files:
                where = f"the quality results of {item.partition.key}"
                parquet = kept_rows(connection, file, QUALITY_RESULT, item, where=where)
                is_told = item.protection == UNPROTECTED or item.is_kept
                rows = f"from {parquet}" if is_told else _without_counts(parquet)
                connection.execute(f"insert into quality by name select {names}, ? as belongs_to {rows}", [belongs_to])
    for result in compared:
        connection.execute("insert into quality by name select unnest($row)", {"row": result.row()})
    translate_checks(connection, "quality")
    declare_table(connection, "quality_result")
    connection.execute("insert into quality_result from quality order by all")


def _without_counts(quality: str) -> str:
    """Results of the gate as `expectations.checks.without_counts` gives them for a confidential source."""
    return (
        "from (select * replace (cast(null as bigint) as checked, cast(null as bigint) as unexpected, "
        f"case when observed = '' then '' else {quote_text(NOT_SHOWN)} end as observed) from {quality})"
    )


def _create_regional_table(connection: duckdb.DuckDBPyConnection, name: str, files: Sequence[Path]) -> None:
    """Create a table of the regional estimates from the files of every edition; empty when there is none."""
    table = TABLES[name]
    declare_table(connection, name)
    names = ", ".join(column.name for column in table.columns)
    for file in files:
        check_columns(connection, parquet_rows(file), table.columns, where=f"table {name}")
    if files:
        key = ", ".join(table.key)
        connection.execute(f"insert into {name} select {names} from {parquet_rows(*files)} order by {key}")


def open_release(folder: Path, *, memory_limit: str = "1GB") -> duckdb.DuckDBPyConnection:
    """A connection to the warehouse of a release for readers.

    It cannot write, read other files, reach the network, spill to disk, or change these settings. The folder may be the
    pointer to the current release: the connection stays with the release current at this moment. Raises PublishError
    when there is no warehouse in the folder.
    """
    file = folder.resolve() / WAREHOUSE
    if not file.is_file():
        raise PublishError("there is no release here", where=str(folder), remedy="publish one with `ilms run`")
    connection = duckdb.connect(str(file), read_only=True, config={"memory_limit": memory_limit})
    # Set only once it is open: DuckDB would otherwise refuse the log that it looks for beside a file with `?` in its
    # path.
    connection.execute("set temp_directory = ''; set enable_external_access = false; set lock_configuration = true")
    return connection
