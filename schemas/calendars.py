"""The calendar in which a producer counts its years: fiscal years, the Buddhist Era, Bikram Sambat."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Literal

from pydantic import Field, model_validator

from schemas.declaration import Declaration, Text
from schemas.periods import MONTHS_OF, day_in_words

NEW_YEAR = "01-01"
LEAP_YEAR = 2000
_WORDS = re.compile(r"[^\W_]+")


class Calendar(Declaration):
    """How the producer's years relate to those of the pipeline, whose waves are years of the Gregorian calendar."""

    name: Text = Field(description="what its years are called", examples=[{"en": "fiscal year"}])
    begins: str = Field(
        default=NEW_YEAR,
        description="month and day of the Gregorian calendar on which the producer's years begin",
        examples=["10-01"],
    )
    named_by: Literal["start", "end"] = Field(
        default="start",
        description="the wave of a year that begins within another: that of its `start` or that of its `end`",
        examples=["end"],
    )
    ahead: int = Field(
        default=0,
        ge=-5_000,
        le=5_000,
        description="what is added to the wave to get the producer's number of the year, such as 543 in the "
        "Buddhist Era",
        examples=[543],
    )
    approximate: bool = Field(
        default=False, description="whether its years begin some days earlier or later", examples=[True]
    )
    months: list[list[str]] = Field(
        default=[],
        description="where the producer counts months of its own calendar: the names of the twelve in the order of "
        "its year, each with all its spellings, such as [Shrawan, Saun]; all twelve must be there, and their rows "
        "add up to the year",
        examples=[
            [
                ["Shrawan", "Saun"],
                ["Bhadra"],
                ["Ashwin"],
                ["Kartik"],
                ["Mangsir"],
                ["Poush"],
                ["Magh"],
                ["Falgun"],
                ["Chaitra"],
                ["Baishakh"],
                ["Jestha"],
                ["Ashad"],
            ]
        ],
    )

    @model_validator(mode="after")
    def _twelve_months(self) -> Calendar:
        names = [name.casefold() for spellings in self.months for name in spellings]
        if self.months and (len(self.months) != MONTHS_OF["A"] or not all(self.months)):
            raise ValueError(f"`months` names {len(self.months)} months, and a year has {MONTHS_OF['A']}")
        if len(set(names)) < len(names):
            raise ValueError("`months` has a name twice")
        return self

    @model_validator(mode="after")
    def _day(self) -> Calendar:
        try:
            day = date.fromisoformat(f"{LEAP_YEAR}-{self.begins}")
        except ValueError as error:
            raise ValueError(f"`begins` is month and day, such as 10-01, and not '{self.begins}'") from error
        if (day.month, day.day) == (2, 29):
            raise ValueError("`begins` is a day that every year has")
        return self

    @property
    def is_common_year(self) -> bool:
        """Whether its years are Gregorian years under another number."""
        return self.begins == NEW_YEAR and not self.approximate

    def their_year(self, wave: str) -> str:
        """The producer's number for the year of a wave."""
        return str(int(wave[:4]) + self.ahead)

    def month_of(self, text: str) -> int | None:
        """The place in the year, from 0, of the one month of its own that a text names; None when it names none."""
        words = _words(text)
        found = {place for place, spellings in enumerate(self.months) for name in spellings if _words(name) in words}
        return found.pop() if len(found) == 1 else None

    def years_of(self, wave: str) -> set[int]:
        """The producer's year numbers in the year of a wave: two where a new year begins within it."""
        year = int(self.their_year(wave))
        if self.is_common_year:
            return {year}
        return {year, year + 1} if self.named_by == "start" else {year - 1, year}

    def days(self, wave: str) -> tuple[date, date]:
        """The first and the last day of the year of a wave."""
        year = int(wave[:4])
        starts_before = self.named_by == "end" and self.begins != NEW_YEAR
        first = date.fromisoformat(f"{year - starts_before:04d}-{self.begins}")
        return first, first.replace(year=first.year + 1) - timedelta(days=1)

    def described(self, wave: str) -> str:
        """What the year of a wave is, in words."""
        if self.is_common_year:
            return f"{self.name.en} {self.their_year(wave)} is {wave[:4]}"
        first, last = map(day_in_words, self.days(wave))
        return f"{self.name.en} {self.their_year(wave)}, {'about ' if self.approximate else ''}{first} to {last}"


def _words(text: str) -> str:
    """The words of a text in lower case, with a blank before and after each."""
    return f" {' '.join(_WORDS.findall(text.casefold()))} "
