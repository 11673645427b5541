"""The words of the pages in three languages, and numbers and periods as each language writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import get_args

import yaml

from schemas.declaration import Language, Text
from schemas.errors import DeclarationError

LANGUAGES: tuple[Language, ...] = get_args(Language)
NAMES: Mapping[Language, str] = {"en": "English", "fr": "Français", "es": "Español"}
WORDS_FILE = Path(__file__).parent / "words.yaml"
MARKS: Mapping[Language, tuple[str, str]] = {"en": (",", "."), "fr": ("\u202f", ","), "es": ("\u00a0", ",")}
"""What stands between thousands, and before decimals."""
MINUS = "\u2212"
PERIOD = re.compile(r"(\d{4})(?:([SQM])(\d{1,2}))?")


@cache
def load_words() -> Mapping[str, Text]:
    """Every word and sentence of the pages by its name, with `{...}` where something is put in.

    Raises DeclarationError where one lacks a language.
    """
    found = {name: Text.model_validate(text) for name, text in yaml.safe_load(WORDS_FILE.read_text("utf-8")).items()}
    for name, text in found.items():
        if not (text.fr and text.es):
            raise DeclarationError(
                f"`{name}` is not given in every language",
                where=WORDS_FILE.name,
                why="readers of a language would see another one",
                remedy="give en, fr and es",
            )
    return found


@dataclass(frozen=True)
class Words:
    """The words of one language."""

    language: Language

    def __call__(self, name: str, **parts: object) -> str:
        """A word or sentence, with what is put into it."""
        return load_words()[name].spoken(self.language).format(**parts)

    def plural(self, name: str, count: int, **parts: object) -> str:
        """The sentence for one or for several, which are `name.one` and `name.many`."""
        is_one = count == 1 or (count == 0 and self.language == "fr")
        return self(f"{name}.{'one' if is_one else 'many'}", count=self.number(count, 0), **parts)

    def number(self, value: float | None, decimals: int = 1, *, signed: bool = False) -> str:
        """A number as the language writes it; a dash where there is none."""
        if value is None:
            return "–"
        between, before = MARKS[self.language]
        rounded = Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
        plain = f"{abs(rounded):,f}"
        if self.language == "es" and abs(rounded) < 10_000:  # Spanish separates from five digits on
            plain = plain.replace(",", "")
        sign = MINUS if rounded < 0 else "+" if signed and rounded > 0 else ""
        return sign + plain.replace(",", "\0").replace(".", before).replace("\0", between)

    def period(self, time: str) -> str:
        """A period in words: 2024, or the third quarter of it."""
        found = PERIOD.fullmatch(time)
        if found is None or not found[2]:
            return time
        return self(f"period.{found[2]}", year=found[1], number=int(found[3]))


def period_place(time: str) -> float:
    """Where a period stands on an axis of years: the middle of it."""
    found = PERIOD.fullmatch(time)
    if found is None:
        return 0.0
    parts = {"S": 2, "Q": 4, "M": 12}.get(found[2] or "", 1)
    return int(found[1]) + (int(found[3]) - 0.5) / parts if found[2] else float(found[1]) + 0.5
