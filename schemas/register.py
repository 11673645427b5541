"""What a register declares: the tables of each wave, what their rows and columns mean, and which sums must hold.

`schemas/sources/<ISO3>/<name>/` holds
  source.yaml       this model, with `kind: register`
  columns.csv       `column,<waves>,...`: `<table>.<our column>`, and the producer's name of it in some waves
                    (schemas/source.py)
  code_maps.csv     `map,code,value,label`: what each code, header or spelling of the producer means
"""

from __future__ import annotations

from datetime import date
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from schemas.calendars import Calendar
from schemas.declaration import Declaration, Identifier, Text
from schemas.guards import RegisterGuards
from schemas.periods import ALL_WAVES, Waves, in_order
from schemas.plausibility import load_plausibility
from schemas.rates import MigrantsBy
from schemas.read import most_particular, placed
from schemas.register_table import Facts, Table, TableFacts
from schemas.source import Runnable
from schemas.spellings import wave_names
from schemas.table_rows import Otherwise


class Agreement(Declaration):
    """Two tables that must agree: the sums of `parts` by `by`, and those of `whole`, which gives the totals of both.

    A breakdown that only the whole has, such as sex, is given of the total.
    """

    parts: str = Field(description="the table whose sums are compared", examples=["monthly"])
    whole: str = Field(
        description="the table that they must equal, which gives the totals of both", examples=["yearly"]
    )
    by: list[Identifier] = Field(
        default=[],
        description="variables by which sums are compared; the whole sums where left out",
        examples=[["sex"]],
    )
    waves: Waves = Field(
        default=ALL_WAVES, description="the waves in which it holds; all where left out", examples=["from 2020"]
    )
    shared: bool = Field(
        default=False,
        description="only what both tables name is compared, for tables that name more or fewer countries, and "
        "each keeps its totals",
        examples=[True],
    )
    tolerance: float = Field(default=0, ge=0, description="how far the sums may be apart", examples=[5])
    otherwise: Otherwise = Field(
        default="fail",
        description="what becomes of a wave in which they are further apart: it fails, or a warning is given, and "
        "the parts keep their numbers and say that they do not add up to the total",
        examples=["warn"],
    )
    because: str | None = Field(
        default=None,
        description="why an agreement that only warns cannot hold",
        examples=["the yearly table was revised later"],
    )

    @model_validator(mode="after")
    def _warnings_have_a_reason(self) -> Agreement:
        if (self.otherwise == "warn") != (self.because is not None):
            raise ValueError("an agreement that only warns, and only such a one, says in `because` why it cannot hold")
        return self


class Figure(Declaration):
    """A figure that the producer publishes, and that the sum of a table's records must equal."""

    wave: str = Field(description="the wave", examples=["2024"])
    table: str = Field(description="the table", examples=["permits"])
    where: dict[Identifier, str] = Field(
        default={},
        description="variable -> value: of which records; of all where left out",
        examples=[{"sex": "female"}],
    )
    value: float = Field(description="the figure", examples=[18_233])
    tolerance: float = Field(default=0, ge=0, description="how far the sum may be from it", examples=[1])
    reference: str = Field(description="where it is published", examples=["Yearbook 2024, page 12"])


class WaveStatus(Declaration):
    """What sets the numbers of a wave apart."""

    status: Literal["provisional", "partial", "break"] = Field(
        description="what sets the numbers apart: provisional; partial, a part of the period that no wave is "
        "named after, such as five months of a year (quarters, halves and months are waves of their "
        "own); or a break in series",
        examples=["partial"],
    )
    note: Text = Field(description="what to know of it", examples=[{"en": "January to May only"}])
    tables: list[str] = Field(
        default=[], description="the tables of which it is true; all where left out", examples=[["permits"]]
    )


class Register(Runnable):
    """An administrative register: `source.yaml` with `columns.csv` and `code_maps.csv` beside it."""

    kind: Literal["register", "events"] = Field(
        description="that it is a register, or one of events", examples=["register"]
    )
    facts: Facts = Field(
        default=Facts(),
        description="what every number of it is; it decides which indicators the register may feed",
        examples=[{"concept": "work_authorisation", "direction": "in", "unit": "permits"}],
    )
    migrants_by: MigrantsBy | None = Field(
        default=None,
        description="what makes a person a migrant where a table has the variable `migrant_status`: country_of_birth "
        "or citizenship. Rates divide by workers who are told apart in the same way",
        examples=["citizenship"],
    )
    calendar: Calendar | None = Field(
        default=None,
        description="which years the producer means, where they are not those of the common calendar",
        examples=[{"name": {"en": "fiscal year"}, "begins": "10-01", "named_by": "end"}],
    )
    tables: dict[Identifier, Table] = Field(
        min_length=1,
        description="its tables, by our names",
        examples=[
            {
                "permits": {
                    "title": "Permits by sex",
                    "file": "permits*.csv",
                    "read": {"format": "delimited"},
                    "value": {"column": "permits"},
                }
            }
        ],
    )
    agreements: list[Agreement] = Field(
        default=[],
        description="tables that must agree",
        examples=[[{"parts": "monthly", "whole": "yearly", "by": ["sex"]}]],
    )
    figures: list[Figure] = Field(
        default=[],
        description="figures that the producer publishes, and that the sum of a table's records must equal",
        examples=[[{"wave": "2024", "table": "permits", "value": 18_233, "reference": "Yearbook 2024, page 12"}]],
    )
    statuses: dict[str, WaveStatus] = Field(
        default={},
        description="wave -> what sets its numbers apart",
        examples=[{"2025": {"status": "partial", "note": {"en": "January to May only"}}}],
    )
    guards: RegisterGuards = Field(
        default=RegisterGuards(),
        description="limits of what its tables can say",
        examples=[{"plausible": {"change": {"maximum": 20, "because": "the programme began in 2022"}}}],
    )
    maximum_unknown_share: float = Field(
        default=0.2,
        gt=0,
        le=1,
        description="the largest share of unknown values in a variable, beyond which a warning is given",
        examples=[0.1],
    )

    @property
    def icls_basis(self) -> str:
        """Registers follow no resolution on the labour force."""
        return ""

    def highest(self, figure: str, wave: str) -> float:
        """What a figure of plausibility.yaml may be at most in a wave: as the register says, else as for all."""
        own = self.guards.plausible.get(figure)
        return own.maximum if own and wave in own.waves else load_plausibility().registers.figure(figure).maximum

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

    def begins_anew(self, wave: str) -> bool:
        """Whether a break in series is declared at a wave, for all of its tables."""
        declared = self.statuses.get(wave)
        broken = declared is not None and declared.status == "break" and not declared.tables
        return broken or super().begins_anew(wave)

    def is_comparable(self, one: str, other: str) -> bool:
        """Whether two waves are of one series, and neither is a part of its period."""
        partial = any(wave in self.statuses and self.statuses[wave].status == "partial" for wave in (one, other))
        return not partial and super().is_comparable(one, other)

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
