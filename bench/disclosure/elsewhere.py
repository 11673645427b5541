"""The same numbers in other files of a release, and numbers about persons that stand in no table of numbers."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import duckdb

from bench.disclosure.release import database_of
from schemas.statuses import CONFIDENTIAL
from transforms.duck import parquet_rows, quote_name, quote_text

QUANTITIES = (
    "OBS_VALUE", "UPPER_BOUND", "LOWER_BOUND", "SAMPLE_SIZE", "STANDARD_ERROR", "COEFFICIENT_OF_VARIATION",
    "DEGREES_OF_FREEDOM",
)  # fmt: skip
OBSERVATION = re.compile(r"<Obs\b[^>]*>")
WITHHELD = f'OBS_STATUS="{CONFIDENTIAL}"'
ABOUT_RECORDS = ("core", "flows")
COUNT = re.compile(
    r"\b\d[\d,]* (?:persons?|people|men|women|records?|cases?|respondents?|observations?|households?)\b|\bn ?= ?\d+",
    re.IGNORECASE,
)
OF_NOISE = re.compile(r"(?:rounded to|standard deviation of) [\d.,]+ (?:persons|cases)")
"""What notes say of how far numbers are moved, which everybody may know."""
PAGES = ("**/*.html", "*.json")
NOT_TEXT = re.compile(r"<style.*?</style>|<script.*?</script>|<[^>]*>", re.DOTALL)
OF_CHECKS = "quality_result"


def shown_elsewhere(folder: Path) -> list[str]:
    """The places of a release where a confidential row holds a quantity: Parquet, SDMX in CSV and in XML."""
    home = database_of(folder).parent
    found = [str(file) for file in sorted((home / "sdmx").glob("*.csv.gz")) if _shows_in_csv(file)]
    found += [str(file) for file in sorted((home / "sdmx").glob("*.xml.gz")) if _shows_in_xml(file)]
    numbers = home / "observation.parquet"
    given = "obs_value, n, se, cv, lower_bound, upper_bound, degrees_of_freedom"
    if numbers.exists():
        query = f"select count(*) from {parquet_rows(numbers)} where obs_status = ? and coalesce({given}) is not null"
        found += [str(numbers)] * (duckdb.execute(query, [CONFIDENTIAL]).fetchall()[0][0] > 0)
    return found


def _shows_in_csv(file: Path) -> bool:
    rows = f"read_csv({quote_text(str(file))}, all_varchar = true, header = true)"
    columns = {row[0] for row in duckdb.execute(f"describe select * from {rows}").fetchall()}
    given = [name for name in QUANTITIES if name in columns]
    query = f"select count(*) from {rows} where OBS_STATUS = ? and coalesce({', '.join(given)}) is not null"
    return bool(duckdb.execute(query, [CONFIDENTIAL]).fetchall()[0][0])


def _shows_in_xml(file: Path) -> bool:
    with gzip.open(file, "rt", encoding="utf-8") as text:
        observations = OBSERVATION.findall(text.read())
    return any(WITHHELD in each and any(f" {name}=" in each for name in QUANTITIES) for each in observations)


def counts_in_texts(folder: Path, source: str, wave: str, declared: str = "") -> list[str]:
    """Where a release gives numbers of records of a protected partition beside its numbers: results of checks of the
    records, counts in any text about the partition, and where all partitions are protected, counts in the pages.

    What stands in the `declared` texts is no result.
    """
    known = _counts_said(" ".join(declared.split()))
    with duckdb.connect(str(database_of(folder)), read_only=True) as connection:
        found = [*_counts(connection, source, wave), *_counts_in_columns(connection, source, wave, known)]
        unprotected = connection.execute(
            "select count(*) from partition where protection = 'none' and state in ('published', 'superseded')"
        ).fetchall()[0][0]
    home = database_of(folder).parent
    pages = sorted(file for pattern in PAGES for file in home.glob(pattern)) if not unprotected else []
    return found + [f"{file.name}: {count}" for file in pages for count in _counts_in_page(file, known)]


def _counts_in_columns(connection: duckdb.DuckDBPyConnection, source: str, wave: str, known: set[str]) -> Iterator[str]:
    """Counts in the texts of every table that has rows of partitions. Descriptions of checks give what is declared."""
    columns = connection.execute(
        """
        with of_partitions as (
            select table_name from duckdb_columns() join duckdb_tables() using (table_name)
            where column_name in ('source', 'wave') group by 1 having count(*) = 2
        )

        select table_name, column_name from duckdb_columns() join of_partitions using (table_name)
        where data_type = 'VARCHAR' and (table_name, column_name) <> (?, 'description')
        order by all
        """,
        [OF_CHECKS],
    ).fetchall()
    for table, column in columns:
        texts = connection.execute(
            f"select distinct {quote_name(column)} from {quote_name(table)}"
            f" where (source = $1 or ends_with(source, ':' || $1)) and wave = $2 and {quote_name(column)} is not null",
            [source, wave],
        ).fetchall()
        for count in sorted({each for (text,) in texts for each in _counts_said(text)} - known):
            yield f"{table} {column}: {count}"


def _counts_in_page(file: Path, known: set[str]) -> list[str]:
    words = " ".join(unescape(NOT_TEXT.sub(" ", file.read_text(encoding="utf-8"))).split())
    return sorted(_counts_said(words) - known)


def _counts_said(text: str) -> set[str]:
    return set(COUNT.findall(OF_NOISE.sub("", text)))


def _counts(connection: duckdb.DuckDBPyConnection, source: str, wave: str) -> Iterator[str]:
    about = [source, wave]
    checks = connection.execute(
        "select check_id, checked, unexpected, observed from quality_result where source = ? and wave = ?"
        f" and stage in {ABOUT_RECORDS}",
        about,
    ).fetchall()
    for check, checked, unexpected, observed in checks:
        if checked is not None or unexpected or COUNT.search(str(observed)):
            yield f"quality_result {check}"
    for (persons,) in connection.execute(
        "select persons from partition where source = ? and wave = ?", about
    ).fetchall():
        if persons is not None:
            yield "partition persons"
