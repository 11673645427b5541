"""What the tools answer. The descriptions are part of the schemas that assistants read."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Result(BaseModel):
    """Base of everything that is answered."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ReleaseMark(Result):
    """The release that an answer is of."""

    id: str = Field(description="Id of the release; name it when numbers are quoted")
    made_at: str = Field(description="When it was made, ISO 8601")
    agency: str = Field(description="Id of the agency that publishes it")


class Coded(Result):
    """A code and its label."""

    code: str
    label: str


class FoundIndicator(Result):
    """An indicator that fits words."""

    indicator: str = Field(description="Id, for the other tools")
    title: str
    topic: str
    unit: str
    definition: str = Field(description="What it measures")
    first_year: str
    last_year: str
    areas: int = Field(description="How many areas have numbers")
    observations: int
    older_or_newer_of: list[str] = Field(description="Ids asked for by the words, of which it is an older or newer id")


class FoundIndicators(Result):
    """Indicators that fit words, the best first."""

    release: ReleaseMark
    found: list[FoundIndicator]
    total: int = Field(description="How many fit; more than are listed when the list is truncated")
    is_truncated: bool
    words_without_match: list[str] = Field(
        description="Words that occur nowhere in titles, definitions, codes or areas"
    )


class Version(Result):
    """Codes that divide the same persons once: a version of a classification."""

    version: str = Field(description="Code of the version; empty where the dimension has none")
    label: str
    codes: list[Coded] = Field(description="Codes with numbers")


class Dimension(Result):
    """A dimension to filter by."""

    id: str = Field(description="Id, a key of `filters` of get_numbers")
    name: str
    versions: list[Version] = Field(description="Versions overlap: never add codes of two of them")
    total: int = Field(description="How many codes have numbers")
    is_truncated: bool


class AreaCovered(Result):
    """An area that has numbers."""

    code: str
    label: str
    first_year: str
    last_year: str
    observations: int


class OtherId(Result):
    """An older or newer id of an indicator."""

    indicator: str
    is_newer: bool
    relation: str = Field(
        description="How closely it corresponds, step by step: exact, replaced_by, narrower, computed_from"
    )
    note: str
    has_numbers: bool = Field(description="Whether this release has numbers of it")


class Description(Result):
    """What an indicator is, and which numbers of it there are."""

    release: ReleaseMark
    indicator: str
    dataflow: str = Field(description="Id of its SDMX dataflow")
    title: str
    topic: str
    definition: str = Field(description="What it measures")
    reference: str = Field(
        description="The standard and paragraph that it follows, in English; empty where none is given"
    )
    unit: str
    dimensions: list[Dimension]
    areas: list[AreaCovered]
    areas_total: int
    areas_are_truncated: bool
    first_year: str
    last_year: str
    observations: int
    other_ids: list[OtherId]
    reading: list[str] = Field(description="How its numbers are to be read, and what must not be done with them")


class Status(Result):
    """The status of a number."""

    code: str = Field(description="ILOSTAT's code; empty for a normal value")
    label: str


class Number(Result):
    """One published number, with how reliable it is and where it comes from."""

    area: Coded
    period: str = Field(description="2024, 2017-S1, 2024-Q3 or 2024-11")
    codes: dict[str, Coded] = Field(description="Dimension -> its code")
    value: float | None = Field(description="In the unit of the answer; null is not zero, the status says why")
    status: Status
    n: int | None = Field(description="Sample cases behind it, unweighted; of the numerator for rates")
    distinct_persons: int | None = Field(
        description="Persons behind these cases, where some were asked in several waves of the period; null elsewhere"
    )
    standard_error: float | None = Field(description="In the unit of the value; null with its reason in the notes")
    cv: float | None = Field(description="Coefficient of variation, per cent of the value")
    lower_bound: float | None = Field(description="Lower end of the 95 % confidence interval")
    upper_bound: float | None = Field(description="Upper end of the 95 % confidence interval")
    source: str = Field(description="Key of `sources`")
    notes: list[str] = Field(description="Keys of `notes`")


class Source(Result):
    """Where numbers come from."""

    title: str
    area: str
    producer: str
    citation: str
    licence: str
    landing_page: str
    kind: str = Field(description="survey, register, events, corridors, published, benchmark or estimates")
    is_synthetic: bool = Field(description="True for generated records, based on no real person: say so when quoting")
    coverage: str


class Numbers(Result):
    """Numbers of one indicator."""

    release: ReleaseMark
    indicator: str
    title: str
    unit: str
    numbers: list[Number] = Field(description="In the order of area, frequency, dimensions and period")
    total: int = Field(description="How many fit; more than are listed when the list is truncated")
    is_truncated: bool
    without_numbers: list[str] = Field(description="Codes asked for that exist and have no number here")
    sources: dict[str, Source]
    notes: dict[str, str] = Field(description="Notes of source, indicator and classification, each once")
    reading: list[str] = Field(description="How these numbers are to be read, and what must not be done with them")


class ListedSource(Source):
    """A source with its id and its published waves."""

    source: str = Field(description="Id, as in `source` of numbers")
    waves: list[str] = Field(description="Waves whose numbers are published")


class Sources(Result):
    """Sources of a release."""

    release: ReleaseMark
    sources: list[ListedSource]
    total: int
    is_truncated: bool


class StatusMeaning(Status):
    """What a status means."""

    in_sdmx: str = Field(description="Its code in SDMX's own list, where the same letter may mean something else")
    rule: str = Field(description="When a number gets it, or what the two lists say differently; empty where nothing")
    observations: int = Field(description="Numbers of the release that have it")


class Statuses(Result):
    """The statuses of numbers."""

    release: ReleaseMark
    statuses: list[StatusMeaning]


class ReleaseFacts(Result):
    """What a release is."""

    release: ReleaseMark
    observations: int
    indicators: int
    partitions: dict[str, int] = Field(description="Sources and waves by their outcome")
    warnings: list[str] = Field(description="What anyone who passes the release on must know")
    software_version: str
