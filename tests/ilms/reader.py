"""A reader of a release with a DuckDB of its own: `reader.py FILE opened|attached` prints all tables and views.

Run as a program by any DuckDB that a test gives it, so it imports nothing of the project.
"""

from __future__ import annotations

import json
import sys

import duckdb

SERIES = "MST_TEAP_SEX_AGE_CBR_RT"


def read_opened(file: str) -> dict[str, list[str]]:
    """The rows of every table and view of a warehouse, as sorted texts."""
    with duckdb.connect(file, read_only=True) as reader:
        return _rows(reader, "warehouse") | _of_macro(reader, f"observation_of('{SERIES}', language := 'fr')")


def read_attached(file: str) -> dict[str, list[str]]:
    """The same for a warehouse that is attached under another name, beside tables that are called as its own."""
    with duckdb.connect() as reader:
        reader.execute(f"attach '{file}' as ours (read_only)")
        for name in _names(reader, "ours"):
            reader.execute(f"create table {name} as select 'of another' as code, 'of another' as indicator")
        asked = f"ours.observation_of('{SERIES}', language := 'fr', release := 'ours')"
        return _rows(reader, "ours") | _of_macro(reader, asked)


def _of_macro(reader: duckdb.DuckDBPyConnection, asked: str) -> dict[str, list[str]]:
    return {"observation_of": [json.dumps(row, default=str) for row in reader.execute(f"from {asked}").fetchall()]}


def _names(reader: duckdb.DuckDBPyConnection, database: str) -> list[str]:
    query = f"select table_name from information_schema.tables where table_catalog = '{database}' order by all"
    return [name for (name,) in reader.execute(query).fetchall()]


def _rows(reader: duckdb.DuckDBPyConnection, database: str) -> dict[str, list[str]]:
    return {
        name: sorted(json.dumps(row, default=str) for row in reader.execute(f"from {database}.{name}").fetchall())
        for name in _names(reader, database)
    }


if __name__ == "__main__":
    read = {"opened": read_opened, "attached": read_attached}[sys.argv[2]]
    json.dump({"version": [duckdb.__version__], **read(sys.argv[1])}, sys.stdout)
