"""What every source declares: who produced it, where its files are, and what each of its codes means.

`schemas/sources/<ISO3>/<name>/` holds
  source.yaml       this model
  columns.csv       `column,<waves>,<waves>...`: our name of each column, and the producer's name of it in some waves:
                    one wave, a range such as `from 2022` or `2015 to 2017`, or `every_wave`. What is said of a wave
                    itself goes before what is said of a range, and that before `every_wave`; two ranges that share a
                    wave do not both name a column. A wave lacks a column that none of its fields names.
                    {year} and other placeholders are those of the wave
  code_maps.csv     `map,code,value,label`: what each code of the producer means. A further column `waves` holds the
                    wave or the range in which a row is true; the row of a wave itself goes before that of a range, and
                    this before one without
  golden/<wave>/    rows.csv (made-up records) and cells.csv (the estimates they must give)
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, get_args

from pydantic import AliasChoices, ConfigDict, Field, model_validator

from schemas.declaration import Declaration, Identifier, Text
from schemas.guards import WavePart
from schemas.periods import ALL_WAVES, EVERY_WAVE, WaveName, Waves, is_range, last_day
from schemas.read import WaveRead
from schemas.source_coverage import Coverage
from schemas.spellings import NAMED, NO_SPELLINGS, Spellings, filled, wave_names
from schemas.statuses import BREAK, PROVISIONAL, DeclaredStatus

MAXIMUM_FILES = 10_000
MAXIMUM_WAVES = 1_000
MissingKind = Literal["not_asked", "not_available", "not_in_universe", "refused", "unknown"]
MISSING_KINDS: tuple[MissingKind, ...] = get_args(MissingKind)


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


class PopulationFigure(Declaration):
    """A published figure that the weighted population must be near: persons of `minimum_age` and over."""

    population: float = Field(gt=0)
    minimum_age: int = Field(default=0, ge=0, le=150)
    tolerance: float = Field(gt=0)
    reference: str


class Wave(Declaration):
    """One wave: its files and what holds for it alone. `settings` are available as {name} in addresses.

    A wave of a series says only what is otherwise in it; what it says takes the place of the series' own, field by
    field. Any other wave needs its files.

    `status` holds for every number of the wave: B break in series, P provisional, E estimated, I imputed.
    `read` says what of a survey's `read` is otherwise in the wave: some options, or another format with all it needs.
    `records` is how many a survey's data files hold together, as its producer says. `also_in_file` lists years,
    quarters or months beside its own that `wave_in_file` may give in this wave. `population_figure` may still be
    declared under its older name, `benchmark`.
    """

    files: list[RawFile] = Field(default=[], min_length=1)
    records: int | None = Field(default=None, ge=1)
    also_in_file: dict[WavePart, list[int]] = {}
    population_figure: PopulationFigure | None = Field(
        default=None, validation_alias=AliasChoices("population_figure", "benchmark")
    )
    status: DeclaredStatus | None = None
    notes: list[Note] = []
    settings: dict[str, str] = {}
    read: WaveRead | None = None


class Series(Wave):
    """Waves that come one after another, declared once with all that a wave declares (docs/waves.md).

    Several series follow one another where files or layout change; no wave lies in two of them.
    """

    model_config = ConfigDict(populate_by_name=True)

    files: list[RawFile] = Field(min_length=1)
    first: WaveName = Field(
        alias="from",
        description="the first wave; its form gives the rhythm: 2013 years, 2013-S1 halves, 2013-Q1 quarters, 2013-M01 "
        "months",
    )
    until: WaveName | None = Field(
        default=None,
        description="the last wave, where the producer has stopped or another series goes on; open where left out",
    )
    every: int = Field(default=1, ge=1, le=100, description="2 for every second year, half, quarter or month")
    comes_out_after: int = Field(
        ge=-1_000,
        le=10_000,
        description="days from the end of a wave to the day on which its files come out; below zero where that is "
        "before the end, as for a stock at the beginning of the year",
    )
    overdue_after: int = Field(
        default=30, ge=0, le=10_000, description="after how many days more a wave that is not there is overdue"
    )
    never_taken: dict[WaveName, str] = Field(default={}, description="waves of the rhythm that do not exist -> why")


class Note(Declaration):
    """A note that travels with the numbers. `type` is an ILOSTAT note type, such as S4 or T36.

    `waves` are those of which it is true: one by one or as ranges, such as `2015 to 2017`; all where left out.
    """

    type: str
    text: Text
    waves: Waves = ALL_WAVES
    attach: Literal["source", "indicator", "classification"] = "source"
    variable: Identifier | None = None


class Source(Declaration):
    """What every source declares, whatever its kind: who produced it, how it is fetched, which waves there are.

    `protection` names the profile of protection.yaml that its numbers go through before they are published.
    `reliability` names the profile of reliability.yaml that flags them. With `override`, a source kept elsewhere
    replaces the project's own of the same id. `waves_read_otherwise` says whether one wave's files may
    be laid out otherwise than another's, with `read`, `records` and `also_in_file` of the wave.

    Waves are declared one by one under `waves`, or as `series`. Once loaded, `waves` holds those of the series too,
    whose period has ended by the day on which they are looked for. `spellings` are how the producer writes halves,
    quarters and months, beside those of spellings.yaml.
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
    waves: dict[WaveName, Wave] = Field(default={}, max_length=MAXIMUM_WAVES)
    series: list[Series] = Field(
        default=[], description="waves that follow one another, declared together; a new one needs no edit"
    )
    spellings: Spellings = Field(
        default=NO_SPELLINGS,
        description="how the producer writes halves, quarters and months in file names, beside schemas/spellings.yaml: "
        "{quarter: {theirs: [ene-mar, abr-jun, jul-sep, oct-dic]}} is {quarter:theirs}",
    )
    notes: list[Note] = []
    columns: dict[str, dict[str, str]]
    code_maps: CodeMaps
    codes_in_waves: list[CodeInWaves] = Field(default=[], description="rows of code_maps.csv with a field `waves`")

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
        holding = _holding(wave, {header for names in self.columns.values() for header in names})
        named = {
            column: next((names[header] for header in holding if names.get(header)), "")
            for column, names in self.columns.items()
        }
        names = self.wave_names(wave)
        return {column: filled(name, names) for column, name in named.items() if name}

    def wave_codes(self, wave: str) -> CodeMaps:
        """Every map as it is in a wave."""
        holding = [each for each in self.codes_in_waves if wave in each.waves]
        maps = {name: dict(codes) for name, codes in self.code_maps.items()}
        for each in sorted(holding, key=lambda each: wave in each.waves.named):
            maps[each.map][each.code] = each.meaning
        return maps

    def map_forms(self, name: str) -> list[dict[str, CodeValue]]:
        """A map as it is in all waves, each form of it once."""
        if not any(each.map == name for each in self.codes_in_waves):
            return [self.code_maps[name]]
        forms = [self.wave_codes(wave)[name] for wave in self.waves]
        return [form for at, form in enumerate(forms) if form not in forms[:at]]

    def of_wave(self, wave: str) -> Self:
        """The source as it is in one wave: what is declared by ranges of waves stands as what holds for all."""
        return self.model_copy(update={"code_maps": self.wave_codes(wave), "codes_in_waves": []})

    def wave_names(self, wave: str) -> dict[str, str]:
        """What the placeholders of file names, addresses, sheets and members stand for in a wave."""
        return wave_names(wave, own=self.spellings)

    def filled(self, text: str, wave: str) -> str:
        """A declared text with what its placeholders stand for in a wave."""
        return filled(text, self.wave_names(wave))

    def unknown_placeholder(self, text: str, wave: str) -> str:
        """The first placeholder of a text that stands for nothing in a wave; empty without one."""
        found = NAMED.search(self.filled(text, wave))
        return found[0] if found else ""

    def wave_fields(self, wave: str) -> dict[str, Any]:
        """What the declaration says of one wave, in the place of the fields that speak of all."""
        return {"waves": self.waves[wave], "columns": self.wave_columns(wave), "break": self.break_in(wave)}


def _holding(wave: str, headers: Collection[str]) -> list[str]:
    """The headers of columns.csv that hold for a wave, the most particular first."""
    ranges = [each for each in sorted(headers) if each not in (wave, EVERY_WAVE) and is_range(each)]
    return [wave, *(each for each in ranges if wave in Waves(each)), EVERY_WAVE]


class Runnable(Source):
    """A source whose waves run as partitions and give numbers."""

    if TYPE_CHECKING:  # a field of surveys, the same for all of another kind

        @property
        def icls_basis(self) -> str:
            """The resolution on the labour force that its numbers follow, 13 or 19; empty where none applies."""


class CodeValue(Declaration):
    """What one code of the producer means: a canonical value or a kind of missing."""

    value: str
    label: str = ""


class CodeInWaves(Declaration):
    """What a code of a map means in some waves: one wave, or a range."""

    map: str
    code: str
    waves: Waves
    meaning: CodeValue


CodeMaps = dict[str, dict[str, CodeValue]]
"""Map -> the producer's code -> what it means."""


Wave.model_rebuild()
Series.model_rebuild()
Source.model_rebuild()
Runnable.model_rebuild()
