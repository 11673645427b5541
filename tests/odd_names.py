"""Names of folders that programs of the pipeline read something into: patterns, parameters, columns, escapes."""

from __future__ import annotations

ODD_NAMES = (
    "year=2024",  # DuckDB and pyarrow: a column of every file below
    ":name",  # SQLAlchemy: a parameter
    "a?c",  # DuckDB: a pattern; SQLAlchemy: the end of a file's name
    "a[b]*c",  # DuckDB: a pattern
    "{batch}",  # Great Expectations: the table
    "100 %s",  # Python's and SQL drivers' parameters
    "$HOME",  # DuckDB: a parameter; Airflow: a variable of the environment
    'l\'enquête "2024"',  # SQL: the end of a text
)
