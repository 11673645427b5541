"""What the rows and columns of a register's table are: counts, sums of others, cases, periods, known errors."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from schemas.declaration import Declaration, Identifier
from schemas.periods import NO_WAVES, Waves

Otherwise = Literal["fail", "warn"]


class Melt(Declaration):
    """A table that is spread over columns: every column that is not in columns.csv is a class, its header the code."""

    ignore: list[str] = Field(
        default=[],
        description="columns without counts; one without a name by its place (`#1`)",
        examples=[["Rank", "#1"]],
    )
    total: str | None = Field(
        default=None, description="the column that must be the sum of the classes in every row", examples=["Total"]
    )


class Values(Declaration):
    """Where the number is: in a column, in the melted columns, or one for each record.

    An empty field holds no number, and its record is left out.
    """

    column: Identifier | None = Field(default=None, description="our column of the number", examples=["permits"])
    melted: Literal[True] | None = Field(
        default=None, description="the numbers stand in the columns that `melt` spreads", examples=[True]
    )
    each_record: Literal[True] | None = Field(default=None, description="each record counts as one", examples=[True])
    status: Identifier | None = Field(
        default=None,
        description="our column that says why there is no number, such as the observation status of a service; its "
        "words are then listed under `suppressed`, `zero` or `absent`",
        examples=["status"],
    )
    suppressed: list[str] = Field(
        default=[],
        description="what the producer writes in place of a number that it withholds",
        examples=[["*", ".."]],
    )
    zero: list[str] = Field(default=[], description="what the producer writes for zero", examples=[["-"]])
    absent: list[str] = Field(
        default=[],
        description="what the producer writes where it has no number; the record is left out, as with an empty field",
        examples=[["n/a", ":"]],
    )
    thousands: Literal[",", " ", ".", "'"] | None = Field(
        default=None, description="the character between groups of three digits", examples=[","]
    )
    negative: bool = Field(
        default=False,
        description="whether numbers may be below zero, as corrections of earlier ones are",
        examples=[True],
    )

    @model_validator(mode="after")
    def _one_origin(self) -> Values:
        if sum(origin is not None for origin in (self.column, self.melted, self.each_record)) != 1:
            raise ValueError("give exactly one of column, melted or each_record")
        if self.status is not None and self.column is None:
            raise ValueError("`status` stands beside the one number of a row, in a `column`")
        return self


class Drop(Declaration):
    """Rows that hold no count: notes, headings, percentages."""

    when: str = Field(description="expression over raw.<column> that holds for them", examples=["raw.permits is null"])
    because: str = Field(description="what they are", examples=["notes under the table"])


class TotalRows(Declaration):
    """Rows that are sums of others: they are left out of the records and used as checks.

    A wave without any such row, or in which rows alike in `by` have none, is stopped: totals under another name would
    be counted as parts.
    """

    when: str = Field(
        description="expression over raw.<column> that holds for them", examples=["raw.nationality = 'Total'"]
    )
    by: list[Identifier] = Field(
        default=[],
        description="our columns: the total is the sum of the rows that are alike in them; of all rows where left out",
        examples=[["sex"]],
    )
    above: bool = Field(
        default=False, description="the total is the sum of the rows above it, up to the total before", examples=[True]
    )
    not_in: Waves = Field(
        default=NO_WAVES,
        description="waves for which the producer gives none; declare a sum that it publishes under `figures`, since "
        "nothing else shows that a file was cut short",
        examples=[["2019"]],
    )
    tolerance: float = Field(default=0, ge=0, description="how far the total may be from the sum", examples=[1])
    otherwise: Otherwise = Field(
        default="fail",
        description="what becomes of a wave in which they differ by more: it fails, or a warning is given",
        examples=["warn"],
    )

    @model_validator(mode="after")
    def _one_reach(self) -> TotalRows:
        if self.above and self.by:
            raise ValueError("a total is of the rows `above` it or of the rows alike in `by`, not both")
        return self


class Once(Declaration):
    """Several rows of one case: a primary row, and sub rows that repeat parts of it. Each case is counted once."""

    by: list[Identifier] = Field(
        min_length=1, description="our columns that distinguish cases", examples=[["case_number"]]
    )
    primary: str | None = Field(
        default=None,
        description="expression over raw.<column> that holds for the one primary row of each case",
        examples=["raw.worksite = '1'"],
    )
    largest: bool = Field(
        default=False,
        description="the row with the largest number is the primary one, the first in the file among equals",
        examples=[True],
    )
    because: str = Field(description="why a case has several rows", examples=["sub rows repeat parts of a case"])

    @model_validator(mode="after")
    def _one_way(self) -> Once:
        if (self.primary is None) == (not self.largest):
            raise ValueError("say which row is the primary one: by `primary`, or `largest: true`")
        return self


class TableCorrection(Declaration):
    """A known error of the producer in some rows of a table."""

    wave: str = Field(description="the wave whose file has the error", examples=["2019"])
    where: str = Field(
        description="expression over raw.<column> that holds for the wrong rows", examples=["raw.nationality = 'Fiij'"]
    )
    set: dict[Identifier, str] = Field(
        min_length=1,
        description="our column of the table -> the expression that gives what should stand there",
        examples=[{"nationality": "'Fiji'"}],
    )
    rows: int = Field(
        ge=1,
        description="how many rows it corrects; where that is another number in a file, the partition stops",
        examples=[1],
    )
    because: str = Field(
        description="what the error is, and how it is known", examples=["the yearbook has Fiji in this row"]
    )


class Period(Declaration):
    """Which month, quarter or half each row counts."""

    column: Identifier | None = Field(
        default=None,
        description="our column that gives it; one whose header is a month, quarter or half is found without this",
        examples=["month"],
    )
    numbers: Literal["M", "Q", "S"] | None = Field(
        default=None,
        description="what plain numbers in it count, where its header does not say so: M months, Q quarters, S halves",
        examples=["M"],
    )
    gaps: str | None = Field(
        default=None,
        description="why some months may be lacking; a wave must have all its months otherwise, and no others in "
        "any case",
        examples=["months without permits have no row"],
    )
    file_name: bool = Field(
        default=False, description="the names of the files give it, as with monthly workbooks", examples=[True]
    )

    @model_validator(mode="after")
    def _told_once(self) -> Period:
        if self.file_name and self.column is not None:
            raise ValueError("either a `column` gives the period, or the names of the files do (`file_name`)")
        return self
