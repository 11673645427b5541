"""The tables of the warehouse: their columns, keys and meanings, and how they are created."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import pyarrow as pa

from schemas.agreement_table import AGREEMENT
from schemas.errors import PublishError
from schemas.tables import (
    AVAILABILITY,
    AVAILABILITY_REASON,
    CODE,
    COMMUNITY_MEMBER,
    CURRENCY,
    DEFINITION,
    ILOSTAT_SERIES,
    INDICATOR,
    INDICATOR_ALIAS,
    INDICATOR_DEFINITION,
    NOTE,
    OBS_STATUS_MAP,
    OBSERVATION,
    OBSERVATION_KEY,
    PARTITION,
    PROGRAMME,
    PROGRAMME_SERIES,
    REGIONAL_DIAGNOSTIC,
    REGIONAL_INPUT,
    RELEASED_QUALITY,
    SOURCE,
    STATUS,
    Column,
)
from schemas.tables_over_time import COMPARED_PERIOD, COVARIANCE
from transforms.duck import quote_text
from warehouse.release.inputs import Row


class Table:
    """A table of the warehouse: its columns, key (its rows are sorted by it, and so is its content) and meaning."""

    def __init__(self, columns: Sequence[Column], key: Sequence[str], meaning: str) -> None:
        self.columns, self.key, self.meaning = columns, key, meaning


TABLES: Mapping[str, Table] = {
    "observation": Table(
        OBSERVATION, OBSERVATION_KEY, "The published numbers, in the columns and codes of ILOSTAT's bulk files"
    ),
    "code": Table(CODE, ("codelist", "code"), "Every code of every code list, with its labels in three languages"),
    "indicator": Table(INDICATOR, ("indicator",), "The catalogue of indicators: what each measures, and its unit"),
    "definition": Table(
        DEFINITION,
        ("definition",),
        "The international definitions behind the indicators: document, paragraph, and how far that was verified",
    ),
    "indicator_definition": Table(
        INDICATOR_DEFINITION, ("indicator", "definition"), "Which definitions each indicator uses"
    ),
    "source": Table(SOURCE, ("source",), "The national sources: producer, licence, coverage"),
    "partition": Table(
        PARTITION, ("source", "wave"), "The outcome of every source and wave, and why one was not published"
    ),
    "compared_period": Table(
        COMPARED_PERIOD,
        ("source", "time", "which"),
        "The earlier periods that the numbers of each are compared with in view change_between_periods",
    ),
    "covariance": Table(
        COVARIANCE,
        ("source", "indicator", "sex", "classif1", "classif2", "time", "other_classif2", "other_time"),
        "Covariances of headline numbers over time, and of migrants with non-migrants: standard errors of differences",
    ),
    "quality_result": Table(
        RELEASED_QUALITY,
        ("source", "wave", "belongs_to", "stage", "check_id"),
        "Results of the checks: of published numbers, and of attempts whose numbers were refused",
    ),
    "agreement_with_published_figures": Table(
        AGREEMENT,
        ("source", "wave", "indicator", "sex", "classif1", "classif2", "published_by"),
        "Numbers of surveys beside figures that others publish: the difference, what is allowed, and the verdict",
    ),
    "observation_detail": Table(
        OBSERVATION,
        OBSERVATION_KEY,
        "Tables by country with every country; those of surveys whose numbers are protected are left out",
    ),
    "availability": Table(
        AVAILABILITY,
        ("indicator", "source", "wave"),
        "The availability of every indicator in every wave of every source, and the reason where it is not published",
    ),
    "availability_reason": Table(
        AVAILABILITY_REASON, ("reason_code",), "The reasons of table availability in three languages"
    ),
    "ilostat_series": Table(
        ILOSTAT_SERIES, ("indicator",), "ILOSTAT's labour-migration series, table of contents of October 2024"
    ),
    "indicator_alias": Table(
        INDICATOR_ALIAS,
        ("older", "newer"),
        "Older and newer ids of a series, step by step; view other_names finds them in both directions",
    ),
    "obs_status_map": Table(
        OBS_STATUS_MAP,
        ("ilo", "sdmx"),
        "Observation statuses of ILOSTAT and of SDMX, which share letters, not meanings",
    ),
    "status": Table(
        STATUS,
        ("obs_status",),
        "Observation statuses in three languages, and what a reader does about each",
    ),
    "currency": Table(
        CURRENCY, ("ref_area", "first_year"), "The currency of money in local currency, by country and year"
    ),
    "note": Table(NOTE, ("note",), "Every text of the columns of notes, in three languages"),
    "regional_input": Table(
        REGIONAL_INPUT,
        ("edition", "time", "ref_area", "sex"),
        "Inputs of the regional estimates by area: experimental, no row is a national figure",
    ),
    "community_member": Table(
        COMMUNITY_MEMBER,
        ("community", "ref_area", "first_day"),
        "Members of the regional communities over time, with the text that says so",
    ),
    "programme": Table(
        PROGRAMME,
        ("programme",),
        "Programmes of labour migration: what they tie a worker to, and the text that says so",
    ),
    "programme_series": Table(
        PROGRAMME_SERIES,
        ("programme", "source_id", "indicator", "code", "wave"),
        "Which published numbers are of one programme alone; view programme_numbers has them",
    ),
    "regional_diagnostic": Table(
        REGIONAL_DIAGNOSTIC,
        ("edition", "time", "subject", "model", "ref_area", "sex", "item"),
        "Diagnostics of the regional estimates: areas left out, naive baseline, components of change",
    ),
}
_WITH_PRIMARY_KEY = (
    "code",
    "community_member",
    "definition",
    "indicator_definition",
    "indicator",
    "source",
    "partition",
    "availability_reason",
    "ilostat_series",
    "indicator_alias",
    "obs_status_map",
    "status",
    "currency",
    "note",
    "programme",
    "programme_series",
)
_ARROW_TYPES = {"VARCHAR": pa.string(), "BIGINT": pa.int64(), "DOUBLE": pa.float64(), "BOOLEAN": pa.bool_()}


def create_table(connection: duckdb.DuckDBPyConnection, name: str, rows: Sequence[Row]) -> None:
    """Create a small table from rows with exactly its columns."""
    table = TABLES[name]
    wanted = {column.name for column in table.columns}
    for row in rows:
        if row.keys() != wanted:
            raise PublishError(
                f"the columns {', '.join(sorted(row.keys() ^ wanted))} are missing or unknown", where=f"table {name}"
            )
    declare_table(connection, name)
    schema = pa.schema([(column.name, _ARROW_TYPES[column.type]) for column in table.columns])
    connection.register("new_rows", pa.Table.from_pylist([dict(row) for row in rows], schema=schema))
    try:
        connection.execute(f"insert into {name} from new_rows order by {', '.join(table.key)}")
    except duckdb.ConstraintException as error:
        raise PublishError(f"two rows have the same key: {error}", where=f"table {name}") from error
    finally:
        connection.unregister("new_rows")


def declare_table(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Create an empty table with its comments. Only small tables have a primary key: on large ones it is slow."""
    table = TABLES[name]
    parts = [f"{column.name} {column.type}" for column in table.columns]
    if name in _WITH_PRIMARY_KEY:
        parts.append(f"primary key ({', '.join(table.key)})")
    connection.execute(f"create table {name} ({', '.join(parts)})")
    connection.execute(f"comment on table {name} is {quote_text(table.meaning)}")
    for column in table.columns:
        connection.execute(f"comment on column {name}.{column.name} is {quote_text(column.meaning)}")
