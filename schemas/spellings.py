"""What the placeholders of a wave stand for in file names, addresses, sheets and members: {year}, {quarter:ordinal_es}.

Each is a plain text between braces. How producers write halves, quarters and months is declared in spellings.yaml, and
by a source in its own `spellings`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path

from pydantic import Field, model_validator

from schemas.declaration import Declaration, Identifier
from schemas.periods import MONTHS_OF, frequency, months
from schemas.yaml_lines import load_model

SPELLINGS_FILE = Path(__file__).parent / "spellings.yaml"
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
NAMED = re.compile(r"\{[a-z_]+(:[a-z_]+)*\}")
"""A placeholder, and not the count of a regular expression."""
YEAR = MONTHS_OF["A"]
PLAIN_NAMES = ("wave", "year", "yy", "last_year", "last_yy", "next_year", "next_yy", "their_year", "their_yy",
               "half", "quarter", "month", "first_month", "last_month")  # fmt: skip
"""What placeholders without a spelling may be called."""


class Spellings(Declaration):
    """How parts of a year are written: name of a spelling -> its words for all halves, quarters or months in order."""

    half: dict[Identifier, list[str]] = Field(
        default={},
        description="name of a spelling -> its words for both halves",
        examples=[{"theirs": ["1er semestre", "2do semestre"]}],
    )
    quarter: dict[Identifier, list[str]] = Field(
        default={},
        description="name of a spelling -> its words for the four quarters",
        examples=[{"theirs": ["ene-mar", "abr-jun", "jul-sep", "oct-dic"]}],
    )
    month: dict[Identifier, list[str]] = Field(
        default={},
        description="name of a spelling -> its words for the twelve months",
        examples=[{"theirs": ["jan", "fev", "mar", "abr", "mai", "jun", "jul", "ago", "set", "out", "nov", "dez"]}],
    )

    @model_validator(mode="after")
    def _of_the_whole_year(self) -> Spellings:
        for part, count in (("half", 2), ("quarter", 4), ("month", YEAR)):
            for name, words in getattr(self, part).items():
                if len(words) != count:
                    raise ValueError(f"`{part}.{name}` has {len(words)} words, and a year has {count}")
        return self


NO_SPELLINGS = Spellings()


@cache
def load_spellings() -> Spellings:
    """The spellings that every source may use. Raises DeclarationError that names file and line."""
    return load_model(Spellings, SPELLINGS_FILE)[0]


def wave_names(wave: str, *, own: Spellings = NO_SPELLINGS, ahead: int = 0) -> dict[str, str]:
    """Placeholder -> what it stands for in a wave.

    wave                     as it is declared, such as 2024-Q3
    year, yy                 2024, 24; last_year, last_yy, next_year and next_yy those beside it
    their_year, their_yy     the producer's number of the year, `ahead` of it
    half, quarter, month     1 or 2; 1 to 4; 01 to 12: of waves that are one
    first_month, last_month  those of the wave, 01 to 12
    quarter:ordinal_es ...   a spelling of spellings.yaml or of the source (`own`), also of first_month and last_month;
                             with :upper, :capital, :plain, :plain:upper or :plain:capital behind it
    """
    found = dict(_common_names(wave, ahead))
    for part, (table, number) in _parts(wave).items():
        found |= _spelled(part, number, getattr(own, table))
    return found


@lru_cache(maxsize=1_000)
def _common_names(wave: str, ahead: int) -> Mapping[str, str]:
    """What stands for a wave of any source."""
    year = int(wave[:4])
    numbers = {"year": year, "last_year": year - 1, "next_year": year + 1, "their_year": year + ahead}
    found = {"wave": wave}
    for name, number in numbers.items():
        found |= {name: str(number), name.replace("year", "yy"): f"{number % 100:02d}"}
    for part, (table, number) in _parts(wave).items():
        found[part] = f"{number:02d}" if table == "month" else str(number)
        found |= _spelled(part, number, getattr(load_spellings(), table))
    return found


def _parts(wave: str) -> dict[str, tuple[str, int]]:
    """The parts of a year that a wave has: placeholder -> the table of its spellings, and its number."""
    period = months(wave)
    first, last = period.start % YEAR + 1, (period.stop - 1) % YEAR + 1
    parts = {"first_month": ("month", first), "last_month": ("month", last)}
    if frequency(wave) == "A":
        return parts
    name = {"S": "half", "Q": "quarter", "M": "month"}[frequency(wave)]
    return parts | {name: (name, int(wave[6:]))}


def _spelled(part: str, number: int, table: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {f"{part}:{name}{how}": text for name, words in table.items() for how, text in _written(words[number - 1])}


def _written(word: str) -> Iterator[tuple[str, str]]:
    """A word as the placeholder asks, by what follows its name there: upper case, without accents and so on."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", word) if not unicodedata.combining(sign))
    for how, text in (("", word), (":plain", plain)):
        yield how, text
        yield f"{how}:upper", text.upper()
        yield f"{how}:capital", text.capitalize()


def placeholders(pattern: str) -> set[str]:
    """The names between braces."""
    return set(PLACEHOLDER.findall(pattern))


def filled(pattern: str, names: Mapping[str, str]) -> str:
    """A pattern with the known placeholders filled in; the others stay as they are."""
    return PLACEHOLDER.sub(lambda found: names.get(found[1], found[0]), pattern)
