"""What the rows and columns of a register's table are: counts, sums of others, cases, periods, known errors."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from schemas.declaration import Declaration, Identifier
from schemas.periods import NO_WAVES, Waves

Otherwise = Literal["fail", "warn"]


class Melt(Declaration):
    """A table that is spread over columns: every column that is not in columns.csv is a class, its header the code.

    `ignore` names columns without counts, one without a name by its place (`#1`). `total` names the column that must be
    the sum of the classes in every row.
    """

    ignore: list[str] = []
    total: str | None = None


class Values(Declaration):
    """Where the number is: in a `column`, in the melted columns, or one for each record (`each_record`).

    `suppressed` are the signs of a number that the producer hides; `zero` the signs of none; `thousands` the sign
    between groups of three digits. An empty field holds no number, and its record is left out.
    """

    column: Identifier | None = None
    melted: Literal[True] | None = None
    each_record: Literal[True] | None = None
    suppressed: list[str] = []
    zero: list[str] = []
    thousands: Literal[",", " ", ".", "'"] | None = None
    negative: bool = False

    @model_validator(mode="after")
    def _one_origin(self) -> Values:
        if sum(origin is not None for origin in (self.column, self.melted, self.each_record)) != 1:
            raise ValueError("give exactly one of column, melted or each_record")
        return self


class Drop(Declaration):
    """Rows that hold no count: notes, headings, percentages. `when` is an expression over raw.<column>."""

    when: str
    because: str


class TotalRows(Declaration):
    """Rows that are sums of others: they are left out of the records and used as checks.

    The total is the sum of the rows that are alike in `by`; with `above`, of the rows above it, up to the total before.
    A wave in which no row is one, or in which rows alike in `by` have none, is stopped: totals under another name would
    be counted as parts. `not_in` names the waves for which the producer gives none; the sum that it publishes of them
    stands under `figures`, since nothing else tells a file that was cut.
    """

    when: str
    by: list[Identifier] = []
    above: bool = False
    not_in: Waves = NO_WAVES
    tolerance: float = Field(default=0, ge=0)
    otherwise: Otherwise = "fail"

    @model_validator(mode="after")
    def _one_reach(self) -> TotalRows:
        if self.above and self.by:
            raise ValueError("a total is of the rows `above` it or of the rows alike in `by`, not both")
        return self


class Once(Declaration):
    """Several rows of one case: a primary row, and sub rows that repeat parts of it. Each case is counted once.

    `primary` is an expression that holds for the one primary row of each case; with `largest`, the row with the largest
    number is it, the first in the file among equals.
    """

    by: list[Identifier] = Field(min_length=1)
    primary: str | None = None
    largest: bool = False
    because: str

    @model_validator(mode="after")
    def _one_way(self) -> Once:
        if (self.primary is None) == (not self.largest):
            raise ValueError("say which row is the primary one: by `primary`, or `largest: true`")
        return self


class TableCorrection(Declaration):
    """A known error of the producer. It stops the partition once it no longer touches `rows` rows.

    `where` and the values of `set` are expressions over raw.<column>; `set` names declared columns of the table.
    """

    wave: str
    where: str
    set: dict[Identifier, str] = Field(min_length=1)
    rows: int = Field(ge=1)
    because: str


class Period(Declaration):
    """Which month, quarter or half each row counts.

    column   ours of the column that tells it; one whose header is a month, quarter or half is found without it
    numbers  what plain numbers in it count, where its header does not say so: M months, Q quarters, S halves
    gaps     why some months may be lacking; a wave must have all its months otherwise, and no others in any case
    """

    column: Identifier | None = None
    numbers: Literal["M", "Q", "S"] | None = None
    gaps: str | None = None
    file_name: bool = Field(
        default=False, description="the names of the files tell it, as those of monthly workbooks do"
    )

    @model_validator(mode="after")
    def _told_once(self) -> Period:
        if self.file_name and self.column is not None:
            raise ValueError("either a `column` tells the period, or the names of the files do (`file_name`)")
        return self
