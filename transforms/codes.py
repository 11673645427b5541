"""From the producer's codes to canonical values: every code that occurs is resolved, or named as unknown."""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.source import CodeValue

if TYPE_CHECKING:
    import country_converter

RANGE = re.compile(r"(\d+)\.\.(\d+)")
INTEGER = re.compile(r"-?\d+(\.0*)?")
ISO3 = re.compile(r"[A-Z]{3}")
NO_COUNTRY = "no country"
NEAREST = 3
LIKENESS = 0.6
COUNTRY_SCHEMES = {"m49": "UNnumeric", "iso2": "ISO2", "iso3": "ISO3", "name": "regex"}


@dataclass(frozen=True)
class Resolved:
    """Canonical value of each code that is known, and the codes that are not."""

    values: dict[str, str]
    unknown: tuple[str, ...]


def as_integer(code: str) -> int | None:
    """The integer that a code stands for, whether written 1, 01 or 1.0; None when it is no integer."""
    return int(code.split(".", maxsplit=1)[0]) if INTEGER.fullmatch(code) else None


class CodeMap:
    """One map of `code_maps.csv`: looks a code up as it is written, then as an integer, then in the ranges."""

    def __init__(self, codes: Mapping[str, CodeValue], *, fold: bool = False) -> None:
        self._fold = fold
        self._text = {self._folded(code): meaning.value for code, meaning in codes.items()}
        self._integers: dict[int, str] = {}
        self._ranges: list[tuple[int, int, str]] = []
        for code, meaning in codes.items():
            bounds = RANGE.fullmatch(code)
            number = as_integer(code)
            if bounds:
                self._ranges.append((int(bounds[1]), int(bounds[2]), meaning.value))
            elif number is not None:
                self._integers.setdefault(number, meaning.value)

    def _folded(self, code: str) -> str:
        return code.casefold() if self._fold else code

    def get(self, code: str) -> str | None:
        """The canonical value of one code; None when the map does not know it."""
        exact = self._text.get(self._folded(code))
        number = as_integer(code)
        if exact is not None or number is None:
            return exact
        if number in self._integers:
            return self._integers[number]
        return next((value for low, high, value in self._ranges if low <= number <= high), None)


def resolve(codes: Iterable[str], code_map: CodeMap | None, *, country: str | None = None) -> Resolved:
    """What each code means: by the map first, then as a country (ISO 3166-1 alpha-3) where `country` names a scheme."""
    values: dict[str, str] = {}
    unknown: list[str] = []
    for code in codes:
        value = code_map.get(code) if code_map else None
        if value is None and country is not None:
            value = to_iso3(code, country)
        if value is None:
            unknown.append(code)
        else:
            values[code] = value
    return Resolved(values, tuple(unknown))


@functools.cache
def to_iso3(code: str, scheme: str) -> str | None:
    """ISO 3166-1 alpha-3 of a country written in `scheme` (m49, iso2, iso3 or name); None when it is none."""
    found = _converter().convert(_as_scheme(code, scheme), src=COUNTRY_SCHEMES[scheme], to="ISO3", not_found=NO_COUNTRY)
    return found if isinstance(found, str) and ISO3.fullmatch(found) else None


def known_countries() -> dict[str, str]:
    """ISO 3166-1 alpha-3 code of every country -> its short English name, as the converter writes it."""
    table = _converter().data
    return dict(zip(map(str, table["ISO3"]), map(str, table["name_short"]), strict=True))


def nearest(word: str, known: Iterable[str]) -> str:
    """The known words that a word is most like, as errors show them; empty when there is none."""
    folded = {" ".join(other.split()).casefold(): other for other in known}
    close = get_close_matches(" ".join(word.split()).casefold(), list(folded), n=NEAREST, cutoff=LIKENESS)
    return f" (nearest: {', '.join(folded[each] for each in close)})" if close else ""


def _as_scheme(code: str, scheme: str) -> str:
    number = as_integer(code) if scheme == "m49" else None
    return str(number) if number is not None else code


@functools.cache
def _converter() -> country_converter.CountryConverter:
    """The country converter, over its own table.

    The table is read here because country_converter 1.3.2 leaves that to pandas, and pandas 3 takes Namibia's ISO2
    code NA for a missing value.
    """
    import country_converter
    import pandas

    logging.getLogger("country_converter").setLevel(logging.CRITICAL)  # what it cannot place is our error to tell
    table = pandas.read_csv(
        Path(country_converter.__file__).parent / "country_data.tsv",
        sep="\t",
        encoding="utf-8",
        dtype=str,
        keep_default_na=False,
    )
    words = [name for name in map(str, table) if name.startswith(("name", "regex", "ISO2", "ISO3"))]
    others = table.columns.difference(words)
    table[others] = table[others].apply(lambda column: pandas.to_numeric(column.where(column != ""), errors="coerce"))
    return country_converter.CountryConverter(country_data=table)
