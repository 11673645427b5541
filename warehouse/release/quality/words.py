"""The words of the quality report in one language; texts that there are in English alone are marked as English."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markupsafe import Markup, escape

from schemas.declaration import Text
from schemas.note_texts import NoteTexts
from warehouse.language import Wording

WORDS_FILE = Path(__file__).parent / "words.yaml"


@dataclass(frozen=True)
class ReportWords(Wording):
    """The words of the report in one language."""

    file: Path = WORDS_FILE

    def figures(self, value: float, digits: int = 3) -> str:
        """A number with so many significant figures, whole where it has more."""
        if value == 0:
            return "0"
        decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
        rounded = round(value, decimals)
        while decimals and rounded == round(rounded, decimals - 1):
            decimals -= 1
        return self.number(rounded, decimals)

    def text(self, text: Text) -> Markup:
        """A text of the release, marked as English where the page's language has none."""
        own = {"en": text.en, "fr": text.fr, "es": text.es}[self.language]
        return self._marked(own or text.en, is_english=not own and text.en != "")

    def said(self, english: str) -> Markup:
        """What checks, reasons and findings say in English, in the page's language where that is declared."""
        if self.language == "en" or not english:
            return escape(english)
        french, spanish, is_known = _note_texts().said(english)
        return self._marked({"fr": french, "es": spanish}[self.language], is_english=not is_known)

    def _marked(self, text: str, *, is_english: bool) -> Markup:
        return Markup('<span lang="en">{}</span>').format(text) if is_english else escape(text)


@cache
def _note_texts() -> NoteTexts:
    return NoteTexts()
