"""The matrix of indicator, source and wave in a release, and the tables by country with every country."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from schemas.errors import PublishError
from schemas.rates import load_rates
from schemas.register_indicators import load_register_catalogue
from schemas.tables import AVAILABILITY_DECIDED, OBSERVATION, OBSERVATION_KEY
from transforms.duck import quote_text
from transforms.sql import load_sql
from warehouse.files import link_or_copy
from warehouse.release.availability_matrix import read_availability
from warehouse.release.availability_page import availability_page
from warehouse.release.facts import load_detail
from warehouse.release.inputs import ReleasePartition, Row
from warehouse.release.tables import declare_table

MAXIMUM_EXAMPLES = 5


def create_availability(connection: duckdb.DuckDBPyConnection, decided: Sequence[Row]) -> None:
    """Create table `availability` from the decisions and `observation`, `left_to_another`, `availability_reason`.

    Raises PublishError when a number is published for an indicator that was decided not to be produced.
    """
    schema = pa.schema([(name, pa.string()) for name in AVAILABILITY_DECIDED])
    connection.register("incoming", pa.Table.from_pylist([dict(row) for row in decided], schema=schema))
    connection.execute("create temp table decided as from incoming")
    connection.unregister("incoming")
    _check_numbers(connection)
    declare_table(connection, "availability")
    query = load_sql(__file__, "availability").template
    connection.execute(
        f"insert into availability {query} order by indicator, source, wave", {"rates": list(load_rates())}
    )
    connection.execute("drop table decided")


def _check_numbers(connection: duckdb.DuckDBPyConnection) -> None:
    found = connection.execute(load_sql(__file__, "contradictions").template).fetchall()
    if found:
        raise PublishError(
            f"{len(found)} indicator(s) have numbers although it was decided not to produce them: "
            + ", ".join(str(row[0]) for row in found[:MAXIMUM_EXAMPLES]),
            where="table availability",
            why="readers would read that a number cannot be given, and then find it",
            remedy="report it as a fault of the pipeline; estimate the partitions named again",
        )


def create_detail(connection: duckdb.DuckDBPyConnection, partitions: Sequence[ReleasePartition]) -> None:
    """Create table `observation_detail`: the separate tables of surveys, and the numbers of registers.

    What a survey leaves to another source is left out here too.
    """
    load_detail(connection, partitions)
    declare_table(connection, "observation_detail")
    catalogue = load_register_catalogue()
    by_country = [
        name
        for name, indicator in catalogue.indicators.items()
        if any(catalogue.classifications[dimension].countries for dimension in indicator.dimensions)
    ]
    columns = ", ".join(column.name for column in OBSERVATION)
    connection.execute(
        f"""
        insert into observation_detail
        with surveys as (
            select {columns} from detail_cell
            anti join left_to_another using (partition_number, ref_area, indicator, time)
        ),
        registers as (
            select {columns} from observation
            where list_contains(?::varchar[], indicator)
                and source in (select source from source where kind = 'register')
        )
        select * from surveys union all by name select * from registers
        order by {", ".join(OBSERVATION_KEY)}
        """,
        [by_country],
    )


def write_availability(
    connection: duckdb.DuckDBPyConnection, folder: Path, warnings: Sequence[str] = ()
) -> dict[str, int]:
    """Write the matrix as Parquet, as CSV with titles, and as a page; returns how many cells are in each state.

    The page begins with the warnings of the release.

    The files also have their names of earlier releases, for readers who use these: one file with two names.
    """
    files = {"availability.parquet": "(format parquet, compression zstd)", "availability.csv": "(format csv, header)"}
    tables = {"availability.parquet": "availability", "availability.csv": "what_is_available"}
    connection.execute("set threads = 1")
    for name, options in files.items():
        connection.execute(f"copy (from {tables[name]}) to {quote_text(str(folder / name))} {options}")
    connection.execute("reset threads")
    page = availability_page(read_availability(connection), warnings)
    (folder / "availability.html").write_text(page, encoding="utf-8")
    for suffix in ("parquet", "csv", "html"):
        link_or_copy(folder / f"availability.{suffix}", folder / f"coverage.{suffix}")
    return dict(connection.execute("select state, count(*) from availability group by all order by 1").fetchall())
