"""What a source declares: where its files are, how to read them, and what each of its codes means.

`schemas/sources/<ISO3>/<name>/` holds
  source.yaml       this model
  columns.csv       `column,<wave>,<wave>...`: our name of each column, and the producer's name of it in each wave
  code_maps.csv     `map,code,value,label`: what each code of the producer means
  golden/<wave>/    rows.csv (made-up records) and cells.csv (the estimates they must give)
"""

from __future__ import annotations

from datetime import date
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field, model_validator

from schemas.declaration import Declaration, Identifier, Range, Text
from schemas.guards import Guards, WaveInFile, WavePart
from schemas.periods import ALL_WAVES, WaveName, Waves, last_day
from schemas.read import Read, WaveRead
from schemas.sample_design import Design
from schemas.source_coverage import Coverage
from schemas.statuses import BREAK, PROVISIONAL, DeclaredStatus

MAXIMUM_FILES = 10_000
MAXIMUM_WAVES = 1_000
MISSING_KINDS = ("not_asked", "not_available", "not_in_universe", "refused", "unknown")
MissingKind = Literal["not_asked", "not_available", "not_in_universe", "refused", "unknown"]
Territories = Literal["home", "abroad"]
Rule = Literal["labour_force_icls19", "time_related_underemployment_icls19", "potential_labour_force_icls19"]


class Fetch(Declaration):
    """How the producer's files are fetched.

    `method: local` takes `address` for a path on this machine: beside source.yaml, in the mirror, or in a folder that
    ILMS_LOCAL names.
    `size_change` is the largest believable change of the total size against the vintage before (0.5 is half).
    """

    method: Literal["http", "sdmx", "local", "generator"] = "http"
    pool: Identifier = Field(default="default", max_length=100)
    size_change: float = Field(default=0.5, gt=0, le=1e6)
    timeout_seconds: float = Field(default=10, gt=0, le=86_400)
    generator: str | None = None


class RawFile(Declaration):
    """One file of a wave. `name` and `mirror` may be glob patterns when `many` says that several files are one wave."""

    name: str
    mirror: str | None = None
    address: str | None = None
    role: Literal["data", "layout", "codebook"] = "data"
    many: int | None = Field(default=None, ge=1, le=MAXIMUM_FILES)
    parameters: dict[str, list[str]] = {}

    @model_validator(mode="after")
    def _few_combinations(self) -> RawFile:
        if prod(map(len, self.parameters.values())) > MAXIMUM_FILES:
            raise ValueError(f"the `parameters` have more than {MAXIMUM_FILES:,} combinations")
        return self


class Benchmark(Declaration):
    """A published figure that the weighted population must be near: persons, of the age named."""

    population: float = Field(gt=0)
    minimum_age: int = Field(default=0, ge=0, le=150)
    tolerance: float = Field(gt=0)
    reference: str


class Wave(Declaration):
    """One wave: its files and what holds for it alone. `settings` are available as {name} in addresses.

    `status` holds for every number of the wave: B break in series, P provisional, E estimated, I imputed.
    `read` says what of a survey's `read` is otherwise in the wave: some options, or another format with all it needs.
    `records` is how many a survey's data files hold together, as its producer says. `also_in_file` lists years,
    quarters or months beside its own that `wave_in_file` may give in this wave.
    """

    files: list[RawFile] = Field(min_length=1)
    records: int | None = Field(default=None, ge=1)
    also_in_file: dict[WavePart, list[int]] = {}
    benchmark: Benchmark | None = None
    status: DeclaredStatus | None = None
    notes: list[Note] = []
    settings: dict[str, str] = {}
    read: WaveRead | None = None


class Note(Declaration):
    """A note that travels with the numbers. `type` is an ILOSTAT note type, such as S4 or T36.

    `waves` are those of which it is true: one by one or as ranges, such as `2015 to 2017`; all where left out.
    """

    type: str
    text: Text
    waves: Waves = ALL_WAVES
    attach: Literal["source", "indicator", "classification"] = "source"
    variable: Identifier | None = None


class Variable(Declaration):
    """Where one canonical variable comes from: exactly one of the origins below.

    column      our column name (columns.csv); with `map` its codes are translated (code_maps.csv)
    columns     several columns joined by '-' (identifiers)
    country     the column holds countries: m49, iso2, iso3 or name; codes in `map` come first. A name is known whole
                (ISO 3166-1, UN M49, the CLDR in any language) or not at all
    expression  DuckDB SQL over raw.<column> and the variables mapped from columns; parsed and allow-listed. A cast to a
                number reads a text by the declared marks (`read.decimal`, `read.thousands`), one to whole numbers
                leaves the fraction out
    missing     the same kind of missing for everyone: not_asked, mostly
    codes       numbers: {code: kind of missing}, a code being a text as it is written, a number or a range (97..99,
                900.., ..-1); of an expression, values of its columns that an SPSS or Stata file calls missing.
                `blank` says what an empty field means, or an expression that gives no number
    bands       age, year of arrival and years since arrival: {code: {from: 16, to: 19}} where each code of the column
                stands for several years; open where `from` or `to` is left out. No code is then read as a number
                (ages on both sides of the minimum age need `working_age` declared beside them)
    fold        codes of the map match whatever their case
    zeros_kept  whether codes keep their leading zeros: true where they do and none has one, false where they were lost
                and may be given back, as in files that store numbers
    territories what countries of the same state as the reporting one count as, such as Réunion for FRA: home (the
                reporting country) or abroad; beside `country`, a map can say it of each
    constant    the same value for everyone
    derive      a named rule, from the variables that hold the answers (DERIVED_FROM): labour_force_icls19,
                time_related_underemployment_icls19, potential_labour_force_icls19
    multiply    numbers: a factor, such as 0.0833 to bring annual amounts to months
    note        what to know of the variable, told with every number made of it; of a missing one, why it is missing
    """

    column: Identifier | None = None
    columns: list[Identifier] | None = None
    map: Identifier | None = None
    country: Literal["m49", "iso2", "iso3", "name"] | None = None
    expression: str | None = None
    missing: MissingKind | None = None
    constant: str | None = None
    derive: Rule | None = None
    blank: MissingKind | None = None
    codes: dict[str, MissingKind] = {}
    bands: dict[str, Range] = {}
    multiply: float | None = Field(default=None, gt=0)
    fold: bool = False
    zeros_kept: bool | None = None
    territories: Territories | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> Variable:
        origins = [self.column, self.columns, self.expression, self.missing, self.constant, self.derive]
        if sum(origin is not None for origin in origins) != 1:
            raise ValueError("give exactly one of column, columns, expression, constant, derive or missing")
        return self


DERIVED_FROM: dict[Rule, tuple[str, tuple[str, ...]]] = {
    "labour_force_icls19": (
        "labour_force_status",
        ("worked_for_pay_or_profit", "temporarily_absent", "absence_keeps_attachment", "sought_work",
         "available_for_work"),
    ),
    "time_related_underemployment_icls19": (
        "time_related_underemployment", ("wants_more_hours", "available_for_more_hours"),
    ),
    "potential_labour_force_icls19": (
        "potential_labour_force", ("sought_work", "available_for_work", "wanted_work"),
    ),
}  # fmt: skip
"""Rule -> the variable that it gives, and those it cannot do without."""


class Correction(Declaration):
    """A known error of the producer. It stops the partition once it no longer touches `rows` records."""

    wave: str
    where: str
    set: dict[Identifier, str]
    rows: int = Field(ge=1)
    because: str


class Consolidation(Declaration):
    """Longer periods made of the waves: averages over all of them, and none where one is missing.

    periods   how their samples hang together: independent; same_units, the same sampling units (or replicates) in all,
              so that estimates are correlated; or unknown, and then no standard error is given
    """

    to: list[Literal["quarterly", "annual"]] = Field(min_length=1)
    periods: Literal["independent", "same_units", "unknown"]


class SourceBase(Declaration):
    """What every source declares, whatever its kind: who produced it, how it is fetched, which waves there are.

    `protection` names the release profile of protection.yaml that its numbers go through before they are published.
    `reliability` names the profile of reliability.yaml that flags them. With `override`, a source kept elsewhere
    stands in the place of the project's own of the same id. `waves_read_otherwise` says whether one wave's files may
    be laid out otherwise than another's, with `read`, `records` and `also_in_file` of the wave.
    """

    waves_read_otherwise: ClassVar[bool] = False

    id: str
    title: Text
    producer: str
    citation: str
    licence: str
    landing_page: str
    synthetic: bool = False
    source_type: str
    priority: int = 50
    cadence: Literal["annual", "quarterly", "monthly", "irregular"]
    schedule: str
    coverage: Coverage
    protection: Identifier = "none"
    reliability: Identifier = "ilo"
    override: bool = False
    fetch: Fetch = Fetch()
    waves: dict[WaveName, Wave] = Field(min_length=1, max_length=MAXIMUM_WAVES)
    notes: list[Note] = []
    columns: dict[str, dict[str, str]]
    code_maps: dict[str, dict[str, CodeValue]]

    if TYPE_CHECKING:  # each kind has its own word for it, as a field

        @property
        def kind(self) -> str:
            """The kind of source: a key of schemas.kinds.KINDS."""

    @property
    def ref_area(self) -> str:
        """The reporting country, ISO 3166-1 alpha-3."""
        return self.id.split(".")[0]

    def break_in(self, wave: str) -> str:
        """Why a wave cannot be joined with the one before it, in words; empty where nothing says so."""
        before = self.coverage.changes(self.waves).get(wave)
        return f"other coverage than in {before}" if before else ""

    def last_day(self, wave: str) -> date:
        """The day on which the period of a wave ends."""
        return last_day(wave)

    def is_unfinished(self, wave: str) -> bool:
        """Whether a wave is declared to be provisional, so that its period may still run."""
        return self.waves[wave].status == PROVISIONAL

    def wave_statuses(self, wave: str) -> list[DeclaredStatus]:
        """The statuses that hold for every number of a wave: its own, and that of a break."""
        own = self.waves[wave].status
        declared: list[DeclaredStatus] = [own] if own else []
        return [*declared, BREAK] if self.break_in(wave) and own != BREAK else declared

    def wave_columns(self, wave: str) -> dict[str, str]:
        """Our column name -> the producer's column name in that wave; columns that the wave lacks are left out."""
        return {column: names[wave] for column, names in self.columns.items() if names.get(wave)}

    def wave_fields(self, wave: str) -> dict[str, Any]:
        """What the declaration says of one wave, in the place of the fields that speak of all."""
        return {"waves": self.waves[wave], "columns": self.wave_columns(wave), "break": self.break_in(wave)}


class Runnable(SourceBase):
    """A source whose waves run as partitions and give numbers."""

    if TYPE_CHECKING:  # a field of surveys, the same for all of another kind

        @property
        def icls_basis(self) -> str:
            """The resolution on the labour force that its numbers follow, 13 or 19; empty where none applies."""


class Source(Runnable):
    """A national survey: `source.yaml` with `columns.csv` and `code_maps.csv` beside it.

    `without` names the populations of indicators.yaml that the source cannot tell, each with the reason. Indicators
    that need one of them are not estimated: a zero would be read as a finding. `hours_threshold` are the weekly hours
    below which the country counts time-related underemployment, where they are not those of definitions.yaml.
    `guards` and `wave_in_file` (schemas/guards.py) stop files that are too unlikely, or are those of another wave.
    """

    waves_read_otherwise: ClassVar[bool] = True

    kind: Literal["survey"]
    icls_basis: Literal["13", "19"]
    minimum_age: int = Field(ge=0, le=150)
    maximum_unknown_share: float = Field(default=0.2, gt=0, le=1)
    read: Read
    design: Design
    variables: dict[str, Variable]
    corrections: list[Correction] = []
    without: dict[Identifier, Text] = {}
    consolidate: Consolidation | None = None
    hours_threshold: float | None = Field(default=None, gt=0, le=168)
    guards: Guards = Guards()
    wave_in_file: WaveInFile | None = None

    @property
    def answered(self) -> tuple[str, ...]:
        """The variables that are taken from the files, neither missing nor the same for everyone."""
        return tuple(name for name, each in self.variables.items() if each.missing is None and each.constant is None)

    def wave_read(self, wave: str) -> Read:
        """How the files of that wave are laid out."""
        own = self.waves[wave].read if wave in self.waves else None
        return own.over(self.read) if own else self.read

    def wave_fields(self, wave: str) -> dict[str, Any]:
        """What the declaration says of one wave: its variables as the wave has them, too."""
        return {**super().wave_fields(wave), "variables": self.wave_variables(wave)}

    def expression_names(self, variable: str) -> set[str]:
        """What the expression of a variable may name: raw.<column>, and variables that are not expressions."""
        mapped = {name for name, each in self.variables.items() if not each.expression and not each.derive}
        return {f"raw.{column}" for column in self.columns} | (mapped - {variable})

    def wave_variables(self, wave: str) -> dict[str, Variable]:
        """The variables as that wave has them: one whose column the wave lacks was not asked in it."""
        present = self.wave_columns(wave)
        absent = Variable(missing="not_asked")
        return {
            name: absent if variable.column is not None and variable.column not in present else variable
            for name, variable in self.variables.items()
        }


class CodeValue(Declaration):
    """What one code of the producer means: a canonical value or a kind of missing."""

    value: str
    label: str = ""


Wave.model_rebuild()
SourceBase.model_rebuild()
Runnable.model_rebuild()
Source.model_rebuild()
