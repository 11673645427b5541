"""Words and sentences in the three languages, and numbers as each language writes them."""

from __future__ import annotations

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
MARKS: Mapping[Language, tuple[str, str]] = {"en": (",", "."), "fr": ("\u202f", ","), "es": ("\u00a0", ",")}
"""What stands between thousands, and before decimals."""
MINUS = "\u2212"


@cache
def read_words(file: Path) -> Mapping[str, Text]:
    """Every word and sentence of a file by its name, with `{...}` where something is put in.

    Raises DeclarationError where one lacks a language.
    """
    found = {name: Text.model_validate(text) for name, text in yaml.safe_load(file.read_text("utf-8")).items()}
    for name, text in found.items():
        if not (text.fr and text.es):
            raise DeclarationError(
                f"`{name}` is not given in every language",
                where=file.name,
                why="readers of a language would see another one",
                remedy="give en, fr and es",
            )
    return found


@dataclass(frozen=True)
class Wording:
    """The words of a file in one language."""

    language: Language
    file: Path

    def __call__(self, name: str, **parts: object) -> str:
        """A word or sentence, with what is put into it."""
        return read_words(self.file)[name].spoken(self.language).format(**parts)

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
