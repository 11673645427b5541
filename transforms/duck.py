"""DuckDB connections as the transforms use them: bounded, offline, deterministic."""

from __future__ import annotations

import re
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

import duckdb

from transforms import instances

FEW = 10
SEPARATOR = "\x1f"
_THREADS: ContextVar[int | None] = ContextVar("threads", default=None)


def use_threads(number: int) -> None:
    """From here on, connections use so many threads unless they ask for others: this process is one of several.

    No result depends on it.
    """
    _THREADS.set(number)


@contextmanager
def connect(
    *, memory_limit: str = "2GB", work: Path | None = None, threads: int | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """An in-memory database that fetches no extension and keeps rows in order.

    It spills to `work`, without it to a folder of its own among the system's temporary files: DuckDB would take one in
    the folder that the process happens to run in.
    """
    spill = work or Path(tempfile.gettempdir()) / f"ilms-spill-{uuid.uuid4().hex}"
    number = threads or _THREADS.get()
    settings = [
        f"set memory_limit = {quote_text(memory_limit)}",
        "set preserve_insertion_order = true",
        f"set temp_directory = {quote_text(str(spill))}",
        f"set threads = {number}" if number else "reset threads",
    ]
    instance = instances.take()
    try:
        connection = instances.begin(instance, settings)
        try:
            yield connection
        finally:
            connection.close()
    except BaseException:
        instance.close()
        raise
    instances.give_back(instance)


def quote_name(name: str) -> str:
    """A column or table name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def quote_text(text: str) -> str:
    """A text as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def one_of(expression: str, values: Sequence[str]) -> str:
    """SQL of whether a text is one of some; null for null.

    A long list becomes a table: DuckDB compares a value with those of a list in turn, and plans each by itself.
    """
    if len(values) > FEW and not any(SEPARATOR in value for value in values):
        listed = quote_text(SEPARATOR.join(values))
        return f"{expression} in (select unnest(string_split({listed}, '{SEPARATOR}')))"
    return f"{expression} in ({', '.join(map(quote_text, values))})"


def parquet_rows(*files: Path) -> str:
    """The rows of Parquet files as a table in SQL, with no columns but those of the files."""
    paths = ", ".join(quote_path(file) for file in files)
    return f"read_parquet([{paths}], hive_partitioning = false)"


def csv_rows(file: Path, options: str) -> str:
    """The rows of a text file as a table in SQL; `options` are those of DuckDB's `read_csv`.

    The compression is taken from the file's name here: DuckDB would drop everything after a `?` in the path.
    """
    compression = {".gz": "gzip", ".zst": "zstd"}.get(file.suffix, "none")
    return f"read_csv({quote_path(file)}, hive_partitioning = false, compression = '{compression}', {options})"


def quote_path(file: Path) -> str:
    """A file to read as an SQL string literal: this one alone, where DuckDB takes `*`, `?` and `[` for a pattern.

    Use `parquet_rows` and `csv_rows`, which call it: DuckDB also turns folders called `key=value` above a file into
    columns.
    """
    return quote_text(re.sub(r"[*?\[]", r"[\g<0>]", str(file)))
