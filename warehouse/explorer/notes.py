"""Notes of numbers and texts of checks in the reader's language; what is known in English alone says that it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from schemas.declaration import Text
from schemas.note_texts import SEPARATOR
from warehouse.explorer.reader import Reader

IN_TABLE = "select count(*) from duckdb_tables() where table_name = 'note'"
OF_CHECKS = "select count(*) from duckdb_columns() where table_name = 'quality_result' and column_name = ?"
OF_NOTES = "select note, note_fr, note_es from note where list_contains(?, note)"


@dataclass(frozen=True)
class Said:
    """A text, and whether it is in English for want of one in the reader's language."""

    text: str
    is_english: bool = False


@dataclass(frozen=True)
class Note:
    """A note: what it is about, and what it says."""

    about: Said
    text: Said


def notes_in(reader: Reader, texts: Sequence[str | None]) -> list[Note]:
    """The notes of columns of notes, as the release has them in the language; in releases before that, in English."""
    given = [text for text in texts if text]
    translated = _translated(reader, given)
    return [note for text in given for note in _notes(reader, text, translated.get(text, text))]


def _translated(reader: Reader, texts: Sequence[str]) -> Mapping[str, str]:
    if reader.language == "en" or not texts or reader.cursor.execute(IN_TABLE).fetchall() == [(0,)]:
        return {}
    place = {"fr": 1, "es": 2}[reader.language]
    return {row[0]: row[place] for row in reader.cursor.execute(OF_NOTES, [list(texts)]).fetchall()}


def _notes(reader: Reader, english: str, translated: str) -> Iterator[Note]:
    """The notes of a text; those of both languages stand in the same order."""
    pieces = [text.split(SEPARATOR) for text in (english, translated)]
    for one, other in zip(*pieces, strict=True):
        if one.strip():
            about, said = _parts(one)
            about_there, said_there = _parts(other)
            yield Note(_said(reader, about, about_there), _said(reader, said, said_there))


def _parts(note: str) -> tuple[str, str]:
    """What a note is about, if it says that, and what it says. French has a space before the colon."""
    about, colon, said = note.partition(": ")
    return (about.rstrip(), said) if colon else ("", note)


def _said(reader: Reader, english: str, translated: str) -> Said:
    return Said(translated, is_english=reader.language != "en" and translated == english != "")


def said_in(reader: Reader, text: Text) -> Said:
    """A text in the language, or in English where it has none in that."""
    own = getattr(text, reader.language)
    return Said(own or text.en, is_english=not own)


def check_in(description: str, own: str | None) -> Said:
    """What a check expects: `own` is its text in the language, as `check_text` finds it."""
    return Said(own or description, is_english=not own)


def check_text(reader: Reader) -> str:
    """SQL of what a check expects in the language: a column that releases of earlier software do not have."""
    if reader.language == "en":
        return "description"
    column = f"description_{reader.language}"
    return column if reader.cursor.execute(OF_CHECKS, [column]).fetchall() != [(0,)] else "cast(null as varchar)"
