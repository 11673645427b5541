"""The waves of a source: their files, what holds for one alone, and those that follow one another as a series."""

from __future__ import annotations

from math import prod
from typing import Literal

from pydantic import AliasChoices, ConfigDict, Field, model_validator

from schemas.declaration import Declaration, Identifier, Text
from schemas.guards import WavePart
from schemas.periods import ALL_WAVES, WaveName, Waves
from schemas.read import WaveRead
from schemas.services import PxWebQuery, Query, SdmxQuery
from schemas.source_coverage import Coverage
from schemas.statuses import DeclaredStatus

MAXIMUM_FILES = 10_000


DEFAULT_POOL = "default"
"""The pool of sources that declare none: any number of them are fetched at a time."""


class Fetch(Declaration):
    """How the producer's files are fetched."""

    method: Literal["http", "service", "local", "generator"] = Field(
        default="http",
        description="how the producer's files come: http from their addresses; service from a service that is made "
        "for programs (SDMX, PxWeb, JSON-stat), which robots.txt is not meant for; local, where `address` is a path "
        "beside source.yaml, in the mirror or in a folder that ILMS_LOCAL names; generator, made by the project itself",
        examples=["local"],
    )
    pool: Identifier = Field(
        default=DEFAULT_POOL,
        max_length=100,
        description="the pool of Airflow through which the files are fetched, which limits how many are fetched "
        "at once",
        examples=["default"],
    )
    size_change: float = Field(
        default=0.5,
        gt=0,
        le=1e6,
        description="the largest believable change of the total size from the vintage before; 0.5 is half",
        examples=[0.2],
    )
    timeout_seconds: float = Field(
        default=10,
        gt=0,
        le=86_400,
        description="after how many seconds of silence a request is given up",
        examples=[60],
    )
    pause_seconds: float = Field(
        default=1,
        ge=0,
        le=3_600,
        description="the pause between two requests to one host of the producer",
        examples=[5],
    )
    generator: str | None = Field(
        default=None,
        description="which generator makes the files, with method generator",
        examples=["labour_force_survey"],
    )


class RawFile(Declaration):
    """One file of a wave, or several that fit a pattern."""

    name: str = Field(
        description="what the file is called when it is kept; a pattern where `many` says that several files are "
        "one wave",
        examples=["lfs_{year}.csv"],
    )
    mirror: str | None = Field(
        default=None,
        description="where it lies below ILMS_MIRROR; a pattern with `many`",
        examples=["abc/lfs/lfs_{year}.csv"],
    )
    address: str | None = Field(
        default=None,
        description="where the producer offers it; a path with method local",
        examples=["https://www.example.org/lfs_{year}.zip"],
    )
    listing: str | None = Field(
        default=None,
        description="address of a page, folder or table of contents that names the file, where its own address is not "
        "known beforehand, as where revisions carry their date",
        examples=["https://ftp.example.org/microdata/{year}/"],
    )
    link: str | None = Field(
        default=None,
        description="pattern of the name that the file has in `listing`; exactly one link fits it",
        examples=["LFS_{quarter}{year}*.zip"],
    )
    role: Literal["data", "layout", "codebook"] = Field(
        default="data",
        description="data, or what describes them: the layout of a fixed-width text, a codebook",
        examples=["layout"],
    )
    many: int | None = Field(
        default=None,
        ge=1,
        le=MAXIMUM_FILES,
        description="how many files there are, where `name` and `mirror` are patterns, or `parameters` give several",
        examples=[12],
    )
    parameters: dict[str, list[str]] = Field(
        default={},
        description="placeholders of `address` and `name` that several files have instead of one: each "
        "combination of values is a file",
        examples=[{"month": ["01", "02", "03"]}],
    )

    sdmx: SdmxQuery | None = Field(
        default=None,
        description="a query of an SDMX service, in the place of an address; with method service",
        examples=[{"service": "ESTAT", "flow": "LFSA_UGAN", "key": "A.THS_PER.T..FOR.", "start": "2015"}],
    )
    pxweb: PxWebQuery | None = Field(
        default=None,
        description="a query of a table of PxWeb, in the place of an address; with method service",
        examples=[{"table": "https://api.example.org/v1/en/ssd/AM/Permits.px", "select": {"Year": ["{year}"]}}],
    )

    @property
    def query(self) -> Query | None:
        """The query of a statistical service whose answer is the file."""
        return self.sdmx or self.pxweb

    @property
    def is_offered(self) -> bool:
        """Whether the producer offers the file, where it is not a path on this machine."""
        return bool(self.address or self.listing or self.query)

    @property
    def places(self) -> list[str]:
        """Where the file is declared to be, in the mirror and at the producer's."""
        listed = f"{self.listing} {self.link}" if self.listing else None
        asked = self.query.place if self.query else None
        return [place for place in (self.mirror, self.address, listed, asked) if place]

    @model_validator(mode="after")
    def _one_origin(self) -> RawFile:
        origins = [self.address, self.listing, self.sdmx, self.pxweb]
        if sum(each is not None for each in origins) > 1:
            raise ValueError("a file has one of `address`, `listing`, `sdmx` and `pxweb`")
        if self.query and (self.many or self.parameters):
            raise ValueError("a query gives one file; it stands without `many` and `parameters`")
        return self

    @model_validator(mode="after")
    def _one_listing(self) -> RawFile:
        if (self.listing is None) != (self.link is None):
            raise ValueError("a `listing` is searched for a `link`: declare both or neither")
        if self.listing is not None and (self.many or self.parameters):
            raise ValueError("a `listing` gives one file; it stands without `many` and `parameters`")
        return self

    @model_validator(mode="after")
    def _few_combinations(self) -> RawFile:
        if prod(map(len, self.parameters.values())) > MAXIMUM_FILES:
            raise ValueError(f"the `parameters` have more than {MAXIMUM_FILES:,} combinations")
        return self


class PopulationFigure(Declaration):
    """A published figure that the weighted population must be near: persons of `minimum_age` and over."""

    population: float = Field(gt=0, description="the persons, as published", examples=[8_254_298])
    minimum_age: int = Field(default=0, ge=0, le=150, description="the youngest whom the figure counts", examples=[15])
    tolerance: float = Field(
        gt=0, description="how far the weighted population may be from it, as a share", examples=[0.02]
    )
    reference: str = Field(
        description="where it is published", examples=["National Statistics Office, Projections 2024, table 2"]
    )


Origin = Literal["mirror", "producer"]
"""Where the files of a wave come from: a folder on this machine, or the producer's own addresses."""


class FromOrigin(Declaration):
    """What holds for a wave only where its files come from one origin; it takes the place of what holds otherwise."""

    files: list[RawFile] = Field(
        default=[],
        min_length=1,
        description="the files there, where their names, members or layouts are other ones",
        examples=[[{"name": "lfs.zip", "address": "https://www.example.org/lfs_{year}.zip"}]],
    )
    records: int | None = Field(
        default=None, ge=1, description="surveys: how many records these files hold together", examples=[48_012]
    )
    population_figure: PopulationFigure | None = Field(
        default=None,
        description="surveys: the published figure that their weighted population must be near",
        examples=[{"population": 8_254_298, "tolerance": 0.02, "reference": "Projections 2024, table 2"}],
    )
    read: WaveRead | None = Field(
        default=None, description="surveys: what of `read` is otherwise", examples=[{"member": "person_*.csv"}]
    )
    notes: list[Note] = Field(
        default=[],
        description="notes to the numbers of the wave",
        examples=[[{"type": "T36", "text": {"en": "a sample of 2,000 records"}}]],
    )
    coverage: Coverage | None = Field(
        default=None, description="whom and where these files cover", examples=[{"complete": True}]
    )
    title: Text | None = Field(
        default=None, description="what the source is called", examples=[{"en": "Labour force survey"}]
    )
    citation: str | None = Field(
        default=None, description="how it is cited", examples=["NSO, Labour force survey 2024"]
    )

    def of_source(self) -> dict[str, object]:
        """What is said of the source."""
        return {name: getattr(self, name) for name in self.model_fields_set - Wave.model_fields.keys()}

    def of_wave(self) -> dict[str, object]:
        """What is said of the wave."""
        return {name: getattr(self, name) for name in self.model_fields_set & Wave.model_fields.keys()}


class Wave(Declaration):
    """One wave: its files and what holds for it alone.

    A wave of a series declares only what differs in it, which takes the place of the series' own, field by field. Any
    other wave needs its files.
    """

    files: list[RawFile] = Field(
        default=[],
        min_length=1,
        description="the files of the wave; a wave of a series takes those of the series where it has none of its own",
        examples=[[{"name": "lfs_2024.csv", "mirror": "abc/lfs/lfs_2024.csv"}]],
    )
    records: int | None = Field(
        default=None,
        ge=1,
        description="surveys: how many records the data files hold together, as the producer says; part of a file, or "
        "a file given twice, then stops the partition",
        examples=[21_450],
    )
    also_in_file: dict[WavePart, list[int]] = Field(
        default={},
        description="surveys: years, quarters or months beside its own that `wave_in_file` may give in this wave",
        examples=[{"year": [2023]}],
    )
    population_figure: PopulationFigure | None = Field(
        default=None,
        validation_alias=AliasChoices("population_figure", "benchmark"),
        description="surveys: a published figure that the weighted population must be near; unscaled weights then "
        "stop the partition. Its older name, `benchmark`, is still read",
        examples=[{"population": 8_254_298, "tolerance": 0.02, "reference": "Projections 2024, table 2"}],
    )
    status: DeclaredStatus | None = Field(
        default=None,
        description="holds for every number of the wave: B break in series, P provisional, E estimated, I imputed",
        examples=["P"],
    )
    notes: list[Note] = Field(
        default=[],
        description="notes to the numbers of this wave",
        examples=[[{"type": "T36", "text": {"en": "week before the interview in March"}}]],
    )
    settings: dict[str, str] = Field(
        default={},
        description="texts of its own that stand in names, mirror paths and addresses as {name}",
        examples=[{"edition": "v2"}],
    )
    read: WaveRead | None = Field(
        default=None,
        description="surveys: what of `read` differs in the wave: some options, or another format with all "
        "that it needs",
        examples=[{"delimiter": ";"}],
    )
    by_origin: dict[Origin, FromOrigin] = Field(
        default={},
        description="what differs where the files come from the `mirror`, or from the `producer`, as where a "
        "mirror holds samples of the producer's files",
        examples=[{"mirror": {"records": 2000}}],
    )

    def from_origin(self, origin: Origin) -> Wave:
        """The wave as it is where its files come from an origin."""
        there = self.by_origin.get(origin)
        return self.model_copy(update=there.of_wave()) if there else self


class NotExpected(Declaration):
    """Waves of a series that are not expected to come out, and why."""

    waves: Waves = Field(description="the waves, one by one or as a range", examples=["from 2024"])
    because: str = Field(
        min_length=1,
        description="why they are not expected",
        examples=["the producer announced in 2024 that the register is replaced"],
    )


class Series(Wave):
    """Waves that come one after another, declared once with all that a wave declares (docs/waves.md).

    Several series follow one another where files or layout change; no wave lies in two of them.
    """

    model_config = ConfigDict(populate_by_name=True)

    files: list[RawFile] = Field(
        min_length=1,
        description="the files of each wave, with placeholders ([waves](waves.md))",
        examples=[[{"name": "lfs.csv", "mirror": "abc/lfs_{year}.csv"}]],
    )
    first: WaveName = Field(
        alias="from",
        description="the first wave; its form gives the rhythm: 2013 years, 2013-S1 halves, 2013-Q1 quarters, 2013-M01 "
        "months",
        examples=["2019-Q1"],
    )
    until: WaveName | None = Field(
        default=None,
        description="the last wave, where the producer has stopped or another series goes on; open where left out",
        examples=["2024-Q3"],
    )
    every: int = Field(
        default=1, ge=1, le=100, description="2 for every second year, half, quarter or month", examples=[2]
    )
    comes_out_after: int = Field(
        ge=-1_000,
        le=10_000,
        description="days from the end of a wave to the day on which its files come out; below zero where that is "
        "before the end, as for a stock at the beginning of the year",
        examples=[75],
    )
    overdue_after: int = Field(
        default=30,
        ge=0,
        le=10_000,
        description="after how many days more a wave that is not there is overdue",
        examples=[30],
    )
    never_taken: dict[WaveName, str] = Field(
        default={},
        description="waves of the rhythm that do not exist -> why",
        examples=[{"2020-Q2": "no interviews during the lockdown"}],
    )
    not_expected: list[NotExpected] = Field(
        default=[],
        description="waves that may never come out, as where the producer has discontinued the series: they are never "
        "overdue, and run like any other should their files be there",
        examples=[[{"waves": "from 2024", "because": "discontinued by the producer in 2024"}]],
    )


class Note(Declaration):
    """A note that travels with the numbers."""

    type: str = Field(
        description="an ILOSTAT note type, such as S4 or T36, or a word of the source's own", examples=["T36"]
    )
    text: Text = Field(description="the note", examples=[{"en": "week before the interview in March 2017"}])
    waves: Waves = Field(
        default=ALL_WAVES, description="the waves of which it is true; all where left out", examples=["2015 to 2017"]
    )
    attach: Literal["source", "indicator", "classification"] = Field(
        default="source",
        description="where it stands: note_source, note_indicator or note_classif of the numbers",
        examples=["indicator"],
    )
    variable: Identifier | None = Field(
        default=None,
        description="with `attach: classification`, the variable whose classifications it is about",
        examples=["birth_status"],
    )


FromOrigin.model_rebuild()
