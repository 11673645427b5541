"""The calendar in which a producer counts its years: fiscal years, the Buddhist Era, Bikram Sambat."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

from pydantic import Field, model_validator

from schemas.declaration import Declaration, Text

NEW_YEAR = "01-01"
LEAP_YEAR = 2000


class Calendar(Declaration):
    """How the producer's years relate to those of the pipeline, whose waves are years of the common calendar.

    begins       month and day of the common calendar on which the producer's years begin, such as 10-01
    named_by     the wave of a year that begins within another: that of its `start` or that of its `end`
    ahead        what is added to the wave to get the producer's number of the year, such as 543 in the Buddhist Era
    approximate  whether its years begin some days earlier or later
    """

    name: Text
    begins: str = NEW_YEAR
    named_by: Literal["start", "end"] = "start"
    ahead: int = Field(default=0, ge=-5_000, le=5_000)
    approximate: bool = False

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
        """Whether its years are those of the common calendar under another number."""
        return self.begins == NEW_YEAR and not self.approximate

    def their_year(self, wave: str) -> str:
        """The producer's number of the year of a wave."""
        return str(int(wave[:4]) + self.ahead)

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
        first, last = (f"{day.day} {day:%B} {day.year}" for day in self.days(wave))
        return f"{self.name.en} {self.their_year(wave)}, {'about ' if self.approximate else ''}{first} to {last}"
