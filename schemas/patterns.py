"""Declared patterns: regular expressions as DuckDB reads them, which takes time in proportion to the text alone."""

from __future__ import annotations

from collections.abc import Iterator

MAXIMUM_LENGTH = 1_000


def pattern_faults(pattern: str) -> Iterator[str]:
    """Why a pattern cannot be used."""
    import duckdb

    if len(pattern) > MAXIMUM_LENGTH:
        yield f"its pattern has more than {MAXIMUM_LENGTH:,} characters"
        return
    try:
        with duckdb.connect() as connection:
            connection.execute("select regexp_full_match('', ?)", [pattern])
    except duckdb.Error as error:
        yield f"its pattern cannot be read: {str(error).splitlines()[0]}"
