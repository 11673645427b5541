"""What every source declares: who produced it, where its files are, and what each of its codes means.

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

from pydantic import AliasChoices, Field, model_validator

from schemas.declaration import Declaration, Identifier, Text
from schemas.guards import WavePart
from schemas.periods import ALL_WAVES, WaveName, Waves, last_day
from schemas.read import WaveRead
from schemas.source_coverage import Coverage
from schemas.statuses import BREAK, PROVISIONAL, DeclaredStatus

MAXIMUM_FILES = 10_000
MAXIMUM_WAVES = 1_000
MISSING_KINDS = ("not_asked", "not_available", "not_in_universe", "refused", "unknown")
MissingKind = Literal["not_asked", "not_available", "not_in_universe", "refused", "unknown"]


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

    `status` holds for every number of the wave: B break in series, P provisional, E estimated, I imputed.
    `read` says what of a survey's `read` is otherwise in the wave: some options, or another format with all it needs.
    `records` is how many a survey's data files hold together, as its producer says. `also_in_file` lists years,
    quarters or months beside its own that `wave_in_file` may give in this wave. `population_figure` may still be
    declared under its older name, `benchmark`.
    """

    files: list[RawFile] = Field(min_length=1)
    records: int | None = Field(default=None, ge=1)
    also_in_file: dict[WavePart, list[int]] = {}
    population_figure: PopulationFigure | None = Field(
        default=None, validation_alias=AliasChoices("population_figure", "benchmark")
    )
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


class Source(Declaration):
    """What every source declares, whatever its kind: who produced it, how it is fetched, which waves there are.

    `protection` names the profile of protection.yaml that its numbers go through before they are published.
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


Wave.model_rebuild()
Source.model_rebuild()
Runnable.model_rebuild()
