"""What a register declares: the tables of each wave, what their rows and columns mean, and which sums must hold.

`schemas/sources/<ISO3>/<name>/` holds
  source.yaml       this model, with `kind: register`
  columns.csv       `column,<waves>,...`: `<table>.<our column>`, and the producer's name of it in some waves
                    (schemas/source.py)
  code_maps.csv     `map,code,value,label`: what each code, header or spelling of the producer means
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from schemas.calendars import Calendar
from schemas.declaration import Declaration, Identifier, Text
from schemas.periods import ALL_WAVES, Waves, in_order
from schemas.read import TableRead, TableReadInWaves, TableReadOfFiles, most_particular, placed
from schemas.source import Runnable
from schemas.spellings import wave_names
from schemas.survey import Territories
from schemas.table_rows import Drop, Melt, Once, Otherwise, Period, TableCorrection, TotalRows, Values


class FlowSource(Declaration):
    """Where one flow variable of a table comes from: exactly one of the origins below.

    column    our column of the table (columns.csv)
    header    the header of the column that a number stands under, in a table that is spread over columns
    constant  the same value for every record
    `map` translates codes (code_maps.csv). A code that it lacks is a country where `country` says how countries are
    written, the text itself where the variable is a text, and stops the partition otherwise. `fold`: whatever the case.
    `zeros_kept` and `territories`: as for variables of surveys.
    `starts`: the code is the beginning of the field, of that many characters, where the map does not have the whole
    field; a field that begins with a word is not a code. `pattern`: what every field must look
    like, so that codes of another edition of a classification are not taken for those of this one. `blank`: what an
    empty field means.
    """

    column: Identifier | None = None
    header: Literal[True] | None = None
    constant: str | None = None
    map: Identifier | None = None
    country: Literal["m49", "iso2", "iso3", "name"] | None = None
    starts: int | None = Field(default=None, ge=1, le=1_000)
    pattern: str | None = None
    fold: bool = False
    zeros_kept: bool | None = None
    territories: Territories | None = None
    blank: str | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> FlowSource:
        if sum(origin is not None for origin in (self.column, self.header, self.constant)) != 1:
            raise ValueError("give exactly one of column, header or constant")
        return self


class Facts(Declaration):
    """What every number of a table is. A table gives what differs from the register's own `facts`."""

    concept: str | None = None
    direction: str | None = None
    unit: str | None = None


@dataclass(frozen=True)
class TableFacts:
    """What every number of a table is, by the values of flows.yaml; empty where neither table nor register says it."""

    concept: str
    direction: str
    unit: str

    def items(self) -> Iterator[tuple[str, str]]:
        """The variables of flows.yaml, with their values."""
        return iter(asdict(self).items())


class Table(Declaration):
    """One table of the register, in the waves that it covers.

    `file` matches the names of its files. `read_in_waves` says how they are laid out in waves where `read` does not
    hold: workbooks one year, texts the next. `where` keeps some rows, such as those of one year; {wave} and {year} in
    it are the wave and its year, {their_year} the number that the producer's calendar gives it. `fill_down` names
    columns whose value is written only where it changes. `feeds` are the indicators made from this table, each in
    every_wave or in some: waves one by one, or ranges such as `from 2022`, which hold for waves that are added later
    too.
    """

    title: str
    file: str
    waves: Waves = ALL_WAVES
    read: TableRead
    read_in_waves: list[TableReadInWaves] = Field(
        default=[],
        description="how the table's files are laid out in waves where `read` does not hold, each with all it needs",
    )
    read_of_files: list[TableReadOfFiles] = Field(
        default=[],
        description="how some of the table's files are laid out where they differ within a wave; each has all that it "
        "needs, and the first whose `files` match holds",
    )
    facts: Facts = Facts()
    corrections: list[TableCorrection] = []
    fill_down: list[Identifier] = []
    drop: list[Drop] = []
    where: str | None = None
    period: Period | None = None
    once: Once | None = None
    totals: list[TotalRows] = []
    melt: Melt | None = None
    value: Values
    variables: dict[Identifier, FlowSource] = {}
    feeds: dict[str, Waves] = {}

    @property
    def decimal(self) -> str:
        """The mark before decimals: as `read` declares, and never a point where points stand between thousands."""
        return "," if self.value.thousands == "." else self.read.decimal

    def feeds_in(self, wave: str) -> list[str]:
        """The indicators that the table feeds in a wave."""
        return [indicator for indicator, waves in self.feeds.items() if wave in waves]

    @model_validator(mode="after")
    def _melted(self) -> Table:
        if (self.melt is not None) != (self.value.melted is True):
            raise ValueError("a table with `melt`, and only such a table, has `value: {melted: true}`")
        if self.melt is None and any(variable.header for variable in self.variables.values()):
            raise ValueError("`header: true` needs `melt`")
        if self.once is not None and self.melt is not None:
            raise ValueError("`once` works on tables with one number a row, not on melted ones")
        if self.value.thousands == self.decimal:
            raise ValueError(f"'{self.decimal}' cannot be both `read.decimal` and `value.thousands`")
        return self


class Agreement(Declaration):
    """Two tables that must agree: the sums of `parts` by `by`, and those of `whole`, which gives the totals of both.

    Where one that only warns does not hold, the parts keep their numbers and say that they do not add up to the total.
    A breakdown that only the whole has, such as sex, is given of the total. With `shared` only what both tables name is
    compared, for tables that name more or fewer countries, and each keeps its totals.
    """

    parts: str
    whole: str
    by: list[Identifier] = []
    waves: Waves = ALL_WAVES
    shared: bool = False
    tolerance: float = Field(default=0, ge=0)
    otherwise: Otherwise = "fail"
    because: str | None = None

    @model_validator(mode="after")
    def _warnings_have_a_reason(self) -> Agreement:
        if (self.otherwise == "warn") != (self.because is not None):
            raise ValueError("an agreement that only warns, and only such a one, says in `because` why it cannot hold")
        return self


class Figure(Declaration):
    """A figure that the producer publishes, and that the sum of a table's records must equal."""

    wave: str
    table: str
    where: dict[Identifier, str] = {}
    value: float
    tolerance: float = Field(default=0, ge=0)
    reference: str


class WaveStatus(Declaration):
    """What sets the numbers of a wave apart, said in `note`.

    `partial` is for a part of the period that no wave is named after, such as five months of a year: its quarters, half
    and months are waves of their own, so that time is what was counted.
    """

    status: Literal["provisional", "partial", "break"]
    note: Text
    tables: list[str] = []


class Register(Runnable):
    """An administrative register: `source.yaml` with `columns.csv` and `code_maps.csv` beside it.

    `calendar` says which years the producer means, where they are not those of the common calendar.
    """

    kind: Literal["register"]
    facts: Facts = Facts()
    calendar: Calendar | None = None
    tables: dict[Identifier, Table] = Field(min_length=1)
    agreements: list[Agreement] = []
    figures: list[Figure] = []
    statuses: dict[str, WaveStatus] = {}
    maximum_unknown_share: float = Field(default=0.2, gt=0, le=1)

    @property
    def icls_basis(self) -> str:
        """Registers follow no resolution on the labour force."""
        return ""

    def wave_tables(self, wave: str) -> dict[str, Table]:
        """The tables that the register has for a wave, each laid out as it is in the wave."""
        return {name: self._in_wave(table, wave) for name, table in self.tables.items() if wave in table.waves}

    def _in_wave(self, table: Table, wave: str) -> Table:
        names = self.wave_names(wave)
        read = most_particular(table.read_in_waves, wave) or table.read
        of_files = [placed(each, names) for each in table.read_of_files]
        return table.model_copy(update={"read": placed(read, names), "read_in_waves": [], "read_of_files": of_files})

    def status_in(self, wave: str, table: str) -> Literal["final", "provisional", "partial", "break"]:
        """What sets the numbers of a table apart in a wave: what is declared, else a break that follows from it."""
        declared = self.declared_status(wave, table)
        if declared is not None:
            return declared.status
        return "break" if self.break_in(wave) else "final"

    def declared_status(self, wave: str, table: str) -> WaveStatus | None:
        """The status that is declared for a table in a wave."""
        status = self.statuses.get(wave)
        return status if status is not None and (not status.tables or table in status.tables) else None

    def last_day(self, wave: str) -> date:
        """The day on which the period of a wave ends in the producer's calendar."""
        if self.calendar is None or self.calendar.is_common_year:
            return super().last_day(wave)
        return self.calendar.days(wave)[1]

    def is_unfinished(self, wave: str) -> bool:
        """Whether a wave is declared to be provisional or a part of its period, so that it may still run."""
        status = self.statuses.get(wave)
        return status is not None and status.status in ("provisional", "partial")

    def break_in(self, wave: str) -> str:
        """Why a wave cannot be joined with the one before it: other coverage, or a part of a period before it."""
        waves = in_order(self.waves)
        before = waves[waves.index(wave) - 1] if waves.index(wave) else None
        if before in self.statuses and self.statuses[before].status == "partial":
            return f"{before} is a part of its period"
        return super().break_in(wave)

    def of_wave(self, wave: str) -> Self:
        """The register as it is in one wave."""
        return super().of_wave(wave).model_copy(update={"tables": {**self.tables, **self.wave_tables(wave)}})

    def wave_names(self, wave: str) -> dict[str, str]:
        """What placeholders stand for in a wave, the producer's number of its year among them."""
        return wave_names(wave, own=self.spellings, ahead=self.calendar.ahead if self.calendar else 0)

    def wave_fields(self, wave: str) -> dict[str, Any]:
        """What the declaration says of one wave: the columns of its tables alone, and its status, too."""
        tables = self.wave_tables(wave)
        named = self.wave_columns(wave).items()
        columns = {name: raw for name, raw in named if name.partition(".")[0] in tables}
        return {**super().wave_fields(wave), "columns": columns, "statuses": self.statuses.get(wave)}

    def table_columns(self, table: str, wave: str) -> dict[str, str]:
        """Our column name -> the producer's column name, of one table in one wave."""
        prefix = f"{table}."
        columns = self.wave_columns(wave)
        return {name.removeprefix(prefix): raw for name, raw in columns.items() if name.startswith(prefix)}

    def table_facts(self, table: Table) -> TableFacts:
        """What every number of a table is: as the table says, else as the register does."""
        own, general = table.facts, self.facts
        return TableFacts(
            concept=own.concept or general.concept or "",
            direction=own.direction or general.direction or "",
            unit=own.unit or general.unit or "",
        )


Register.model_rebuild()
