"""Rows of the tables by which views speak three languages: observation statuses, currencies, notes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from itertools import groupby

import duckdb

from schemas.codelists import load_codelist
from schemas.countries import load_countries
from schemas.declaration import Text
from schemas.note_texts import NoteTexts
from schemas.view_words import load_view_words
from warehouse.release.inputs import Row
from warehouse.release.tables import create_table

FIRST_YEAR, LAST_YEAR = 1970, 2100
"""Years whose currencies are listed."""


def create_words(connection: duckdb.DuckDBPyConnection, declared: Sequence[Text]) -> None:
    """Create and fill tables `status`, `currency` and `note` of a warehouse whose observations are there.

    `declared` are the texts of its sources, of which notes are made.
    """
    areas = connection.execute("select distinct ref_area from observation").fetchall()
    create_table(connection, "status", status_rows())
    create_table(connection, "currency", currency_rows({area for (area,) in areas}))
    create_table(connection, "note", _note_rows(connection, NoteTexts(declared)))


def _note_rows(connection: duckdb.DuckDBPyConnection, texts: NoteTexts) -> Sequence[Row]:
    """Rows of table `note`: every text of the columns of notes, in three languages."""
    found = connection.execute("""
        select note_classif from observation
        union select note_indicator from observation
        union select note_source from observation
    """).fetchall()
    rows = []
    for (note,) in found:
        french, spanish, known = texts.translated(note)
        rows.append({"note": note, "note_fr": french, "note_es": spanish, "translated": known})
    return rows


def status_rows() -> Sequence[Row]:
    """Rows of table `status`: every observation status, whether a reader must heed it, and how."""
    labels = load_codelist("CL_OBS_STATUS").by_code
    return [
        {
            "obs_status": status,
            "label_en": labels[status or "A"].label_en,
            "label_fr": labels[status or "A"].label_fr,
            "label_es": labels[status or "A"].label_es,
            "nature": words.nature,
            "advice_en": words.advice.en if words.advice else "",
            "advice_fr": words.advice.fr if words.advice else "",
            "advice_es": words.advice.es if words.advice else "",
        }
        for status, words in load_view_words().statuses.items()
    ]


def currency_rows(areas: Collection[str]) -> Sequence[Row]:
    """Rows of table `currency`: the legal tender of each of these countries in the middle of each year.

    Years with several, or with none that the CLDR knows, are left out: their currency is not guessed.
    """
    from babel.numbers import get_currency_name

    rows = []
    for area in sorted(areas):
        for currency, years in groupby(_tender_by_year(area), key=lambda found: found[1]):
            span = [year for year, _ in years]
            if currency is None:
                continue
            names = {f"label_{each}": get_currency_name(currency, count=2, locale=each) for each in ("en", "fr", "es")}
            rows.append({
                "ref_area": area, "first_year": str(span[0]), "last_year": str(span[-1]), "currency": currency, **names
            })  # fmt: skip
    return rows


def _tender_by_year(area: str) -> Iterator[tuple[int, str | None]]:
    from babel.numbers import get_territory_currencies

    country = load_countries().get(area)
    if country is None or not country.alpha2:
        return
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        tender = get_territory_currencies(country.alpha2[0], date(year, 7, 1), tender=True)
        yield year, tender[0] if len(tender) == 1 else None
