"""How far the samples of several waves overlap, measured from the identifiers of persons.

In a rotating panel the same persons answer in several waves of a year: its records are more than its persons. Whether
an identifier follows a person from wave to wave, or only numbers the records of a file, shows in the sex and the age of
those who share it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from schemas.consolidation import PERIODS_KEY
from schemas.declaration import Text
from schemas.errors import InputError, about
from schemas.partition import Partition
from schemas.survey import Survey
from schemas.wave import Note
from transforms.duck import connect, parquet_rows, quote_text
from transforms.sql import load_sql

SEXES = ("female", "male")
YOUNGER, OLDER = -1, 2
"""By how many years the age of a person may change within a year of waves: a birthday, and a year misreported."""
SAME_PERSONS = 0.5
"""The least share of those compared who agree. Panels lie above 0.9, serial numbers near 0.05, as by chance."""
INDEPENDENT_UP_TO = 0.01
"""The share of records of persons who were counted before that is compatible with independent samples."""


@dataclass(frozen=True)
class Overlap:
    """The records of several waves and the identifiers of their persons.

    records      of all waves
    identifiers  different ones
    in_several   identifiers that are in more than one wave
    compared     records whose sex and age, and those of the record before with the same identifier, are known
    agreeing     those of them that are of the same person by sex and age
    """

    records: int
    identifiers: int
    in_several: int
    compared: int
    agreeing: int

    @property
    def persons(self) -> int | None:
        """The distinct persons; None where no identifier occurs again, or those that do are not of the same persons."""
        follows_persons = self.compared > 0 and self.agreeing >= SAME_PERSONS * self.compared
        return self.identifiers if follows_persons else None

    @property
    def share_again(self) -> float:
        """The share of records whose person has one in an earlier wave; 0 where identifiers do not tell."""
        return 0.0 if self.persons is None else (self.records - self.persons) / self.records


def measure_overlap(cores: Mapping[str, Path], *, memory_limit: str = "2GB") -> Overlap:
    """The overlap of waves, from their core tables, given by wave in order of time."""
    known = ", ".join(map(quote_text, SEXES))
    records = " union all ".join(
        f"select person_id, case when sex in ({known}) then sex end as sex, age, {place} as place"
        f" from {parquet_rows(core)}"
        for place, core in enumerate(cores.values())
    )
    query = load_sql(__file__, "overlap").substitute(records=f"({records})", youngest=YOUNGER, oldest=OLDER)
    with connect(memory_limit=memory_limit) as connection:
        return Overlap(*connection.execute(query).fetchall()[0])


def require_as_declared(overlap: Overlap, source: Survey, period: Partition) -> None:
    """Raise InputError where waves are declared independent and their identifiers show the same persons again."""
    declared = source.consolidate
    if declared is None or declared.periods != "independent" or overlap.share_again <= INDEPENDENT_UP_TO:
        return
    with about(*PERIODS_KEY):
        raise InputError(
            f"the waves of {period.wave} are declared independent, and have persons in common: their"
            f" {overlap.records:,} records are of {overlap.persons:,} persons",
            where=f"{period.key}, key `{'.'.join(PERIODS_KEY)}` of {source.id}",
            why="answers of the same persons are correlated over time, and standard errors would come out too small",
            remedy="declare `periods: same_units` where the design's sampling units keep their names from wave to wave,"
            " or `periods: unknown`, which gives no standard errors",
        )


def overlap_note(overlap: Overlap) -> Note | None:
    """The note that tells records from persons; None where the identifiers do not tell."""
    if overlap.persons is None:
        return None
    text = Text(
        en=f"the {overlap.records:,} records are of {overlap.persons:,} persons, {overlap.in_several:,} of whom are in"
        " several waves; n counts records, distinct_persons the persons behind them, by whom reliability is judged"
    )
    return Note(type="Sample overlap", text=text)
