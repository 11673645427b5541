"""What checks expect, in French and Spanish: the columns `description_fr` and `description_es` of `quality_result`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import duckdb
import pyarrow as pa

from expectations.suites import list_suites, load_suite
from schemas.comparison import load_comparison
from schemas.declaration import Text, Trilingual
from schemas.note_texts import NoteTexts
from schemas.plausibility import load_plausibility
from warehouse.release.between_waves import STAGE

_COLUMNS = ("stage", "check_id", "said", "fr", "es")


def notes_of_checks() -> Iterator[Text]:
    """The notes of warnings, and the texts that notes and descriptions of checks name."""
    for name in list_suites():
        yield from (entry.note for entry in load_suite(name).expectations if entry.note)
    for figure in load_plausibility().figures.values():
        yield from (figure.label, figure.unit)


def translate_checks(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Fill both columns of a table that has those of `quality_result`; they stay empty where the description is none of
    today's checks."""
    texts = NoteTexts(notes_of_checks())
    found = connection.execute(f"select distinct stage, check_id, description from {table}").fetchall()
    rows = [dict(zip(_COLUMNS, (*each, *_translated(texts, *each)), strict=True)) for each in found]
    schema = pa.schema([(name, pa.string()) for name in _COLUMNS])
    connection.register("translated_check", pa.Table.from_pylist(rows, schema=schema))
    connection.execute(f"""
        update {table} set description_fr = fr, description_es = es
        from translated_check
        where {table}.stage = translated_check.stage and {table}.check_id = translated_check.check_id
            and description = said
    """)
    connection.unregister("translated_check")


def _translated(texts: NoteTexts, stage: str, check: str, description: str) -> tuple[str | None, str | None]:
    template = _templates().get((stage, check.partition("[")[0]))
    if template is not None:
        made = texts.made_from(template, description)
        return made[:2] if made else (None, None)
    french, spanish, is_known = texts.said(description)
    return (french, spanish) if is_known else (None, None)


@cache
def _templates() -> dict[tuple[str, str], Trilingual]:
    """Stage and id of a check -> what it expects, with {references}."""
    suites = [load_suite(name) for name in list_suites()]
    declared = {(suite.suite, entry.id): entry.description for suite in suites for entry in suite.expectations}
    waves = {
        (STAGE, name): Trilingual(**{language: f"{text} ({{wave}})" for language, text in each.expected})
        for name, each in load_comparison().between_waves.checks.items()
    }
    return declared | waves
