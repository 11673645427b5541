"""The tables that SDMX is written from, with the real catalogue and code lists and observations of a test's choice."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

import duckdb
import pyarrow as pa

from schemas.codelists import all_codelists, load_codelist
from schemas.indicators import load_catalogue
from schemas.tables import CODE, INDICATOR, OBSERVATION, Column

EMPLOYMENT = "MST_TEMP_SEX_AGE_CBR_NB"
ARROW = {"VARCHAR": pa.string(), "BIGINT": pa.int64(), "DOUBLE": pa.float64(), "BOOLEAN": pa.bool_()}
Row = dict[str, Any]

AN_OBSERVATION: Row = {
    "ref_area": "ARG",
    "source": "BA:ARG.eph",
    "indicator": EMPLOYMENT,
    "sex": "SEX_T",
    "classif1": "AGE_YTHADULT_YGE15",
    "classif2": "CBR_BIR_FOREIGN",
    "time": "2016Q3",
    "obs_value": 22.717,
    "obs_status": "",
    "note_classif": None,
    "note_indicator": "Labour force concept: 13th ICLS",
    "note_source": "Geographical coverage: 31 urban areas",
    "n": 80,
    "distinct_persons": None,
    "se": 2.5,
    "cv": 11.0,
    "lower_bound": 0.1,
    "upper_bound": 0.3,
    "degrees_of_freedom": 60,
    "wave": "2016-Q3",
    "vintage": "0123456789ab",
}


def observation(**changes: Any) -> Row:
    """Foreign-born employed persons of one country and quarter, with what a test changes."""
    return AN_OBSERVATION | changes


def one_of_each_indicator() -> list[Row]:
    """An observation of every indicator of the catalogue, with the last codes of its lists."""
    rows = []
    for name, indicator in load_catalogue().indicators.items():
        classif1, classif2, *_ = *(load_codelist(f"CL_{each}").codes[-1].code for each in indicator.types), None, None
        sex = "SEX_T" if "SEX" in indicator.dimensions else None
        rows.append(observation(indicator=name, sex=sex, classif1=classif1, classif2=classif2))
    return rows


def warehouse_of(observations: Iterable[Row]) -> duckdb.DuckDBPyConnection:
    """A database with the tables observation, indicator and code."""
    connection = duckdb.connect()
    fill(connection, "observation", OBSERVATION, observations)
    fill(connection, "indicator", INDICATOR, _indicators())
    codes = ({"codelist": each.id, **dataclasses.asdict(code)} for each in all_codelists() for code in each.codes)
    fill(connection, "code", CODE, codes)
    return connection


def fill(connection: duckdb.DuckDBPyConnection, table: str, columns: tuple[Column, ...], rows: Iterable[Row]) -> None:
    schema = pa.schema([(column.name, ARROW[column.type]) for column in columns])
    connection.register("rows", pa.Table.from_pylist(list(rows), schema=schema))
    connection.execute(f"create table {table} as from rows")
    connection.unregister("rows")


def _indicators() -> Iterable[Row]:
    for name, indicator in load_catalogue().indicators.items():
        classif1, classif2, *_ = *indicator.types, None, None
        yield {
            "indicator": name,
            "title_en": indicator.title.en,
            "title_fr": indicator.title.fr,
            "title_es": indicator.title.es,
            "measure": indicator.measure,
            "unit_measure": indicator.unit_measure,
            "unit_mult": indicator.unit_mult,
            "classif1": classif1,
            "classif2": classif2,
            "definition": indicator.definition.en,
            "definition_fr": indicator.definition.fr,
            "definition_es": indicator.definition.es,
            "reference": indicator.reference.en,
            "reference_fr": indicator.reference.fr,
            "reference_es": indicator.reference.es,
        }
