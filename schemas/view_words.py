"""The words that views of a release write themselves, in each language (`view_words.yaml`)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import model_validator

from schemas.codelists import load_codelist
from schemas.declaration import Declaration, Language, Trilingual
from schemas.yaml_lines import load_model

VIEW_WORDS_FILE = Path(__file__).parent / "view_words.yaml"

LANGUAGES: dict[Language, str] = {"en": "english", "fr": "french", "es": "spanish"}
"""The ILO's working languages, and what names of views call them."""


class StatusWords(Declaration):
    """What a reader makes of an observation status.

    nature   problem: to be heeded before the number is used; made: it says how the number was made; normal: neither
    advice   what to do about it; a problem has one
    """

    nature: Literal["normal", "made", "problem"]
    advice: Trilingual | None = None

    @model_validator(mode="after")
    def _advice_on_problems(self) -> StatusWords:
        if (self.advice is not None) != (self.nature == "problem"):
            raise ValueError("a status that is a problem, and only such a one, has `advice`")
        return self


class ViewWords(Declaration):
    """The whole file: labels, regular expressions over notes, and observation statuses."""

    phrases: dict[str, Trilingual]
    patterns: dict[str, Trilingual]
    statuses: dict[str, StatusWords]

    @model_validator(mode="after")
    def _every_status(self) -> ViewWords:
        codes = {"", *load_codelist("CL_OBS_STATUS").by_code}
        if codes != self.statuses.keys():
            raise ValueError(f"statuses that are missing or unknown: {', '.join(sorted(codes ^ self.statuses.keys()))}")
        return self

    def in_language(self, language: Language) -> dict[str, str]:
        """Every phrase and pattern by its name."""
        return {name: text.spoken(language) for name, text in (self.phrases | self.patterns).items()}


@cache
def load_view_words() -> ViewWords:
    """The words. Raises DeclarationError that names file and line."""
    return load_model(ViewWords, VIEW_WORDS_FILE)[0]
