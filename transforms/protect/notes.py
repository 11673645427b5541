"""The notes of protected numbers."""

from __future__ import annotations

from transforms.duck import quote_text
from transforms.notes import OWN_NOTES, SEPARATOR, note


def with_note(kind: str, text: str, to: str = "note_indicator") -> str:
    """SQL of a column of notes with one more."""
    return f"concat_ws({quote_text(SEPARATOR)}, nullif({to}, ''), {quote_text(note(kind, text))})"


def without_own_notes() -> str:
    """SQL of note_classif without the note on a number's own precision, which discloses its cases."""
    text = "note_classif"
    for own in OWN_NOTES:
        text = f"replace(replace({text}, {quote_text(SEPARATOR + own)}, ''), {quote_text(own)}, '')"
    return text
