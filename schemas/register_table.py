"""One table of a register: its files, its waves, where its variables come from, which indicators are made of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Literal

from pydantic import Field, model_validator

from schemas.declaration import Declaration, Identifier
from schemas.periods import ALL_WAVES, Waves
from schemas.read import ANSWERS, TableRead, TableReadInWaves, TableReadOfFiles
from schemas.survey import Territories
from schemas.table_rows import Drop, Melt, Once, Period, TableCorrection, TotalRows, Values


class FlowSource(Declaration):
    """Where one flow variable of a table comes from: exactly one of column, header, constant."""

    column: Identifier | None = Field(
        default=None, description="our column of the table (columns.csv)", examples=["nationality"]
    )
    header: Literal[True] | None = Field(
        default=None,
        description="the header of the column that a number stands under, in a table that is spread over columns",
        examples=[True],
    )
    constant: str | None = Field(default=None, description="the same value for every record", examples=["issued"])
    map: Identifier | None = Field(
        default=None,
        description="the map of code_maps.csv that translates codes. A code that it lacks is a country where "
        "`country` says how countries are written, the text itself where the variable is a text, and "
        "stops the partition otherwise",
        examples=["nationality"],
    )
    country: Literal["m49", "iso2", "iso3", "name"] | None = Field(
        default=None, description="how countries are written: m49, iso2, iso3 or name", examples=["name"]
    )
    starts: int | None = Field(
        default=None,
        ge=1,
        le=1_000,
        description="where the map does not have the whole field, the code is its first so many characters; a field "
        "that begins with a word is not a code",
        examples=[2],
    )
    pattern: str | None = Field(
        default=None,
        description="regular expression of what every field must look like, so that codes of another edition of a "
        "classification are not taken for those of this one",
        examples=["[0-9]{4}-.*"],
    )
    fold: bool = Field(default=False, description="codes of the map match whatever their case", examples=[True])
    zeros_kept: bool | None = Field(
        default=None,
        description="whether codes keep their leading zeros, as for variables of surveys",
        examples=[False],
    )
    territories: Territories | None = Field(
        default=None,
        description="what countries of the same state as the reporting one count as, as for variables of surveys",
        examples=["abroad"],
    )
    blank: str | None = Field(
        default=None, description="what an empty field means: a value of the variable", examples=["unknown"]
    )

    @model_validator(mode="after")
    def _one_origin(self) -> FlowSource:
        if sum(origin is not None for origin in (self.column, self.header, self.constant)) != 1:
            raise ValueError("give exactly one of column, header or constant")
        return self


class Facts(Declaration):
    """What every number of a table is. A table gives what differs from the register's own `facts`."""

    concept: str | None = Field(
        default=None, description="what the numbers are about (schemas/flows.yaml)", examples=["work_authorisation"]
    )
    direction: str | None = Field(default=None, description="in or out of the reporting country", examples=["in"])
    unit: str | None = Field(default=None, description="what is counted", examples=["permits"])


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
    """One table of the register, in the waves that it covers."""

    title: str = Field(description="what the table is", examples=["Permits issued by nationality and sex"])
    file: str = Field(description="pattern of the names of its files", examples=["permits_{year}*.csv"])
    waves: Waves = Field(
        default=ALL_WAVES,
        description="the waves that it covers: waves one by one, or ranges, which hold for new waves too; all "
        "where left out",
        examples=["from 2022"],
    )
    read: TableRead = Field(
        description="how its files are laid out", examples=[{"format": "excel", "sheet": "Table 2", "header_row": 3}]
    )
    read_in_waves: list[TableReadInWaves] = Field(
        default=[],
        description="how the table's files are laid out in waves where `read` does not hold, each with all it needs",
        examples=[[{"waves": "from 2020", "format": "excel"}]],
    )
    read_of_files: list[TableReadOfFiles] = Field(
        default=[],
        description="how some of the table's files are laid out where they differ within a wave; each has all that it "
        "needs, and the first whose `files` match holds",
        examples=[[{"files": "permits_{year}_0*.xlsx", "format": "excel", "header_row": 4}]],
    )
    facts: Facts = Field(
        default=Facts(),
        description="what every number of it is, where the register's own `facts` do not hold",
        examples=[{"unit": "persons"}],
    )
    corrections: list[TableCorrection] = Field(
        default=[],
        description="known errors of the producer, applied as long as they are there",
        examples=[
            [
                {
                    "wave": "2019",
                    "where": "raw.nationality = 'Fiij'",
                    "set": {"nationality": "'Fiji'"},
                    "rows": 1,
                    "because": "the yearbook has Fiji in this row",
                }
            ]
        ],
    )
    fill_down: list[Identifier] = Field(
        default=[], description="our columns whose value is written only where it changes", examples=[["region"]]
    )
    drop: list[Drop] = Field(
        default=[],
        description="rows that hold no count: notes, headings, percentages",
        examples=[[{"when": "raw.permits is null", "because": "notes under the table"}]],
    )
    where: str | None = Field(
        default=None,
        description="expression over raw.<column> that keeps some rows, such as those of one year; {wave} and "
        "{year} are the wave and its year, {their_year} the number that the producer's calendar gives "
        "it",
        examples=["raw.year = '{year}'"],
    )
    period: Period | None = Field(
        default=None, description="which month, quarter or half each row counts", examples=[{"column": "month"}]
    )
    once: Once | None = Field(
        default=None,
        description="several rows of one case, which is counted once",
        examples=[{"by": ["case_number"], "largest": True, "because": "sub rows repeat parts of a case"}],
    )
    totals: list[TotalRows] = Field(
        default=[],
        description="rows that are sums of others: checks, and never a part",
        examples=[[{"when": "raw.nationality = 'Total'", "by": ["sex"]}]],
    )
    melt: Melt | None = Field(
        default=None,
        description="a table that is spread over columns: every column that is not in columns.csv is a class, its "
        "header the code",
        examples=[{"total": "Total"}],
    )
    value: Values = Field(description="where the number is", examples=[{"column": "permits", "suppressed": ["*"]}])
    variables: dict[Identifier, FlowSource] = Field(
        default={},
        description="variable of schemas/flows.yaml -> where it comes from",
        examples=[{"sex": {"column": "sex", "map": "sex"}}],
    )
    feeds: dict[str, Waves] = Field(
        default={},
        description="indicators (schemas/register_indicators.yaml) made from the table -> the waves: every_wave, "
        "waves one by one, or ranges",
        examples=[{"REG_PERI_CCT_NB": "every_wave"}],
    )

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
        reads = [self.read, *self.read_in_waves, *self.read_of_files]
        if self.value.column is None and any(each.format in ANSWERS for each in reads):
            raise ValueError("the answer of a service has one number a row: name its column in `value.column`")
        if self.once is not None and self.melt is not None:
            raise ValueError("`once` works on tables with one number a row, not on melted ones")
        if self.value.thousands == self.decimal:
            raise ValueError(f"'{self.decimal}' cannot be both `read.decimal` and `value.thousands`")
        return self
