"""What every source declares: who produced it, where its files are, and what each of its codes means.

`schemas/sources/<ISO3>/<name>/` holds
  source.yaml       this model
  columns.csv       `column,<waves>,<waves>...`: our name of each column, and the producer's name of it in some waves:
                    one wave, a range such as `from 2022` or `2015 to 2017`, or `every_wave`. A field for the wave
                    itself takes precedence over one for a range, and that over `every_wave`; two ranges that share a
                    wave do not both name a column. A wave lacks a column that none of its fields names. {year} and
                    other placeholders are those of the wave
  code_maps.csv     `map,code,value,label`: what each code of the producer means. A further column `waves` holds the
                    wave or the range in which a row is true; the row of a wave itself takes precedence over that of a
                    range, and that over one without
  golden/<wave>/    rows.csv (made-up records) and cells.csv (the estimates they must give)
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, get_args

from pydantic import Field

from schemas.declaration import Declaration, Identifier, Text
from schemas.periods import EVERY_WAVE, WaveName, Waves, is_range, last_day, months
from schemas.source_coverage import Coverage
from schemas.spellings import NAMED, NO_SPELLINGS, Spellings, filled, wave_names
from schemas.statuses import BREAK, PROVISIONAL, DeclaredStatus
from schemas.wave import Fetch, Note, Origin, Series, Wave

MAXIMUM_WAVES = 1_000
MissingKind = Literal["not_asked", "not_available", "not_in_universe", "refused", "unknown"]
MISSING_KINDS: tuple[MissingKind, ...] = get_args(MissingKind)


class Source(Declaration):
    """What every source declares, whatever its kind: who produced it, how it is fetched, which waves there are.

    Waves are declared one by one under `waves`, or as `series`. Once loaded, `waves` also holds those of the series
    whose period has ended by the day of loading. `waves_read_otherwise` says whether one wave's files may be laid out
    otherwise than another's, with `read`, `records` and `also_in_file` of the wave.
    """

    waves_read_otherwise: ClassVar[bool] = False

    id: str
    title: Text = Field(
        description="what it is called", examples=[{"en": "Labour force survey", "fr": "Enquête sur la main-d'œuvre"}]
    )
    producer: str = Field(description="who produces or keeps it", examples=["National Statistics Office"])
    citation: str = Field(description="how the producer wants to be cited", examples=["NSO, Labour force survey 2024"])
    licence: str = Field(description="the licence of the files, which every number carries", examples=["CC BY 4.0"])
    landing_page: str = Field(
        description="the address where the producer describes it", examples=["https://www.example.org/lfs"]
    )
    synthetic: bool = Field(
        default=False, description="whether it is made up; every number of it then says so", examples=[True]
    )
    source_type: str = Field(
        description="ILOSTAT's type: BA labour force survey, BX other household survey, AA census, FA "
        "administrative records",
        examples=["BA"],
    )
    priority: int = Field(
        default=50,
        description="of two sources with an indicator of the same area and period, the higher one gives it",
        examples=[60],
    )
    cadence: Literal["annual", "quarterly", "monthly", "irregular"] = Field(
        description="how often it comes out", examples=["quarterly"]
    )
    schedule: str = Field(description="when Airflow looks for new files, as cron", examples=["0 6 1 * *"])
    coverage: Coverage = Field(
        description="whom and where it covers; a note to every number", examples=[{"complete": True}]
    )
    protection: Identifier = Field(
        default="none",
        description="the profile of schemas/protection.yaml that its numbers go through; none of them is "
        "protected where left out",
        examples=["suppression"],
    )
    reliability: Identifier = Field(
        default="ilo", description="the profile of schemas/reliability.yaml that flags its numbers", examples=["ilo"]
    )
    override: bool = Field(
        default=False,
        description="a source kept elsewhere (ILMS_SOURCES) replaces the project's own of the same id",
        examples=[True],
    )
    fetch: Fetch = Field(
        default=Fetch(),
        description="how its files are fetched, where not from their addresses as they come",
        examples=[{"size_change": 0.8}],
    )
    waves: dict[WaveName, Wave] = Field(
        default={},
        max_length=MAXIMUM_WAVES,
        description="its waves, one by one, each named after the period it covers: 2024, 2024-S1, 2024-Q1 or 2024-M01",
        examples=[{"2024": {"files": [{"name": "lfs_2024.csv", "mirror": "abc/lfs_2024.csv"}]}}],
    )
    series: list[Series] = Field(
        default=[],
        description="waves that follow one another, declared together; a new one needs no edit",
        examples=[
            [{"from": "2019", "comes_out_after": 90, "files": [{"name": "lfs.csv", "mirror": "abc/lfs_{year}.csv"}]}]
        ],
    )
    spellings: Spellings = Field(
        default=NO_SPELLINGS,
        description="how the producer writes halves, quarters and months in file names, beside schemas/spellings.yaml: "
        "{quarter: {theirs: [ene-mar, abr-jun, jul-sep, oct-dic]}} is {quarter:theirs}",
        examples=[{"quarter": {"theirs": ["ene-mar", "abr-jun", "jul-sep", "oct-dic"]}}],
    )
    notes: list[Note] = Field(
        default=[],
        description="notes that travel with its numbers",
        examples=[[{"type": "S4", "text": {"en": "two-stage sample"}}]],
    )
    columns: dict[str, dict[str, str]]
    code_maps: CodeMaps
    codes_in_waves: list[CodeInWaves] = Field(default=[], description="rows of code_maps.csv with a field `waves`")

    if TYPE_CHECKING:  # each kind declares it as a field, with its own description

        @property
        def kind(self) -> str:
            """The kind of source: a key of schemas.kinds.KINDS."""

    @property
    def ref_area(self) -> str:
        """The reporting country, ISO 3166-1 alpha-3."""
        return self.id.split(".")[0]

    def break_in(self, wave: str) -> str:
        """Why a wave cannot be joined with the one before it, in words; empty where nothing says so."""
        before = self.coverage.changed_since(wave, self.waves)
        return f"other coverage than in {before}" if before else ""

    def begins_anew(self, wave: str) -> bool:
        """Whether a break in series is declared at a wave, for all of its numbers."""
        return wave in self.waves and self.waves[wave].status == BREAK

    def is_comparable(self, one: str, other: str) -> bool:
        """Whether two waves are of one series: covered alike, and with no break declared after the earlier of them."""
        begin, stop = min(months(one).start, months(other).start), max(months(one).stop, months(other).stop)
        since = [wave for wave in self.waves if begin < months(wave).start < stop]
        return self.coverage.is_alike(one, other) and not any(map(self.begins_anew, since))

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

    def from_origin(self, wave: str, origin: Origin) -> Self:
        """The source as it is where files come from an origin: every wave, and what is said of them all in one."""
        there = self.waves[wave].by_origin.get(origin)
        if there is None:
            return self
        waves = {name: each.from_origin(origin) for name, each in self.waves.items()}
        return self.model_copy(update={"waves": waves, **there.of_source()})

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
        """What the declaration says of one wave, in place of the fields for all waves."""
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
