"""Files that are joined to a survey's records: of households, rosters, or jobs, each with its keys."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from schemas.declaration import Declaration, Identifier
from schemas.expressions import check_expression
from schemas.periods import ALL_WAVES, Waves
from schemas.read import Read, WaveRead
from schemas.source import Source


class Join(Declaration):
    """One file whose columns are added to the records: each record takes those of the row with the same keys.

    Files that a join names hold no records of their own, unless they are the only ones of the wave: then records and
    rows are members of one zip, which `read.member` tells apart.
    """

    file: str = Field(
        description="pattern of the names of the wave's files that hold the rows", examples=["hogar_*.csv"]
    )
    read: WaveRead | None = Field(
        default=None,
        description="how they are laid out, where not as `read` of the survey says",
        examples=[{"delimiter": ";"}],
    )
    keys: dict[Identifier, Identifier] = Field(
        min_length=1,
        description="our column of the records -> our column of the rows that must be the same (both in columns.csv)",
        examples=[{"household": "hh_household"}],
    )
    columns: list[Identifier] = Field(
        min_length=1,
        description="our columns (columns.csv) that stand in these files, beside the keys",
        examples=[["hh_income"]],
    )
    records: Literal["one", "many"] = Field(
        description="how many records may have the same row: one (a roster beside the persons), many (their household)",
        examples=["many"],
    )
    keep: str | None = Field(
        default=None,
        description="expression over raw.<column> of the rows that are joined, such as raw.job = '2' of a file with a "
        "row for each job; the other rows are ignored",
        examples=["raw.job2_number = '2'"],
    )
    records_without: str | None = Field(
        default=None,
        description="why records may have no row; their joined columns are then empty. Without a reason such records "
        "stop the partition",
        examples=["most persons have one job"],
    )
    rows_without: str | None = Field(
        default=None,
        description="why rows may have no record. Without a reason such rows stop the partition",
        examples=["the file lists households that were not interviewed"],
    )
    waves: Waves = Field(
        default=ALL_WAVES, description="the waves in which it is joined; all where left out", examples=["from 2020"]
    )

    @property
    def own_columns(self) -> list[str]:
        """Our columns that its files hold: the keys of the rows, and what is joined."""
        return list(dict.fromkeys([*self.keys.values(), *self.columns]))

    def read_in(self, read: Read) -> Read:
        """How its files are laid out, where the records are read in some way. Raises ValueError."""
        return self.read.over(read) if self.read else read

    def kept(self, source: Source, wave: str) -> str | None:
        """The condition on rows in a wave, checked and written out for DuckDB. Raises DeclarationError."""
        if self.keep is None:
            return None
        columns = {f"raw.{column}" for column in self.own_columns}
        return check_expression(
            source.filled(self.keep, wave), columns=columns, where=f"{source.id}, join `{self.keep}`"
        )
