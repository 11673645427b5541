"""How the files of a survey are laid out: declared once as `read` of the source, and by a wave where it differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol, TypeVar

from pydantic import Field, ValidationError, model_validator

from schemas.declaration import Declaration
from schemas.encodings import Encoding
from schemas.periods import Waves
from schemas.spellings import filled

Format = Literal[
    "delimited",
    "fixed_width",
    "stata",
    "spss",
    "parquet",
    "excel",
    "json",
    "r",
    "sdmx_csv",
    "sdmx_ml",
    "json_stat",
    "questionnaire",
]

ANSWERS = ("sdmx_csv", "sdmx_ml", "json_stat")
"""The formats in which statistical services answer: a row for each observation, a column for each component."""


class Layout(Declaration):
    """A fixed-width layout: a SAS input statement, a DDI codebook or a workbook of variables among the wave's files."""

    format: Literal["sas", "ddi", "workbook"] = Field(
        description="what it is: a SAS program with an input statement, a DDI codebook (XML), or a workbook of "
        "the record layout",
        examples=["sas"],
    )
    file: str = Field(description="its name among the wave's files, with role layout", examples=["input.sas"])
    encoding: Encoding = Field(default="utf-8", description="its encoding, where it is a text", examples=["latin-1"])


class ReadOptions(Declaration):
    """What `read` may say beside the format."""

    encoding: Encoding = Field(
        default="utf-8", description="of a text, such as utf-8, latin-1 or windows-1252", examples=["latin-1"]
    )
    delimiter: str = Field(default=",", description="of delimited text: the character between fields", examples=[";"])
    quote: str = Field(
        default='"',
        max_length=1,
        description="of delimited text: the character around fields; '' where fields are never quoted",
        examples=[""],
    )
    decimal: Literal[".", ","] = Field(
        default=".", description="the mark before decimals: a point, or a comma", examples=[","]
    )
    thousands: Literal[".", ",", " ", "'"] | None = Field(
        default=None,
        description="the character between groups of three digits, where numbers are written with one",
        examples=["."],
    )
    header_row: int = Field(
        default=1, ge=1, le=10_000, description="the row of the column names (delimited, Excel)", examples=[3]
    )
    sheet: str | None = Field(
        default=None,
        description="of a workbook with several sheets, the name of the sheet; of an R file, that of the data frame",
        examples=["Table 2"],
    )
    records: str | None = Field(
        default=None, description="path to the array of records in JSON", examples=["data.items"]
    )
    header: str | None = Field(
        default=None,
        description="JSON: the path to a list of names, where records are lists of values in their order",
        examples=["meta.columns"],
    )
    layout: Layout | None = Field(
        default=None,
        description="of fixed-width text: the file among the wave's that says where each variable stands",
        examples=[{"format": "sas", "file": "input.sas"}],
    )
    line_length: int | None = Field(
        default=None,
        ge=1,
        le=1_000_000,
        description="of fixed-width text: the length of its lines where that is not the end of the layout; where "
        "it is given, all lines may have lost the blanks at their end",
        examples=[300],
    )
    member: str | None = Field(
        default=None, description="pattern that picks the file inside a zip", examples=["*_persons.csv"]
    )
    maximum_expansion: int = Field(
        default=200, ge=1, le=100_000, description="how many times its size an archive may unpack to", examples=[1000]
    )


class Read(ReadOptions):
    """How the wave's files are laid out. Zip and gzip around any of them are unwrapped.

    What statistical services give is read by the ids of its dimensions and attributes: `sdmx_csv` (1.0 and 2.0) and
    `sdmx_ml` (2.1) with OBS_VALUE, `json_stat` with `value` and `status`. No observation may come twice.
    `questionnaire` is the workbook that `ilms questionnaire` writes (schemas/questionnaire.py).
    """

    format: Format = Field(
        description="what the files are; zip and gzip around them are unwrapped", examples=["delimited"]
    )

    @model_validator(mode="after")
    def _whole(self) -> Read:
        if (self.format == "fixed_width") != (self.layout is not None):
            raise ValueError("a fixed_width file, and only such a file, needs a `layout`")
        if self.header is not None and self.format != "json":
            raise ValueError("`header` is the path to the names in a JSON file; elsewhere write `header_row`")
        if self.line_length is not None and self.layout is None:
            raise ValueError("only a fixed_width file has a `line_length`")
        if self.thousands == self.decimal:
            raise ValueError(f"'{self.decimal}' cannot be both `decimal` and `thousands`")
        return self


def zeros_kept(read: Read, declared: bool | None) -> bool | None:
    """Whether codes keep their leading zeros: as declared; not where files store numbers; otherwise None, unknown."""
    if declared is None and read.format not in ("delimited", "fixed_width"):
        return False
    return declared


class WaveRead(ReadOptions):
    """How a wave is read where it differs: some of the options, or another `format` with all that the format needs."""

    format: Format | None = Field(
        default=None,
        description="another format than the survey's, for which nothing is taken over from `read`",
        examples=["excel"],
    )

    def over(self, read: Read) -> Read:
        """The source's `read` with the wave's parts in place of its own; of another format nothing is taken over.

        Raises ValueError when the two do not make a whole.
        """
        kept = {"format"} if self.format is None else set()
        if self.format in (None, read.format):
            kept |= read.model_fields_set
        options = {name: getattr(read, name) for name in kept}
        options |= {name: getattr(self, name) for name in self.model_fields_set if name != "format" or self.format}
        try:
            return Read(**options)
        except ValidationError as error:
            raise ValueError("; ".join(each["msg"].removeprefix("Value error, ") for each in error.errors())) from error


class TableRead(Read):
    """How a table's files are laid out: as for surveys, but that blank lines of a text do not count as rows.

    The answers of statistical services (`sdmx_csv`, `sdmx_ml`, `json_stat`) are read by their components too. A
    dimension that columns.csv does not name must have one value, and so must one that it names and no variable tells
    apart, once `where` and `totals` have been applied.
    """

    header_rows: int = Field(
        default=1,
        ge=1,
        le=4,
        description="how many rows of names there are, joined from top to bottom by ' / '; a name that is left "
        "out in an upper row is that of the column to the left, as merged cells are written",
        examples=[2],
    )
    header_shift: int = Field(
        default=0,
        ge=-20,
        le=20,
        description="how many columns to the right of their names the values stand, where the header is shifted (1: "
        "the name of the first column stands over the second); below zero to the left",
        examples=[1],
    )
    names: list[str] | None = Field(
        default=None,
        min_length=1,
        description="the names of the columns, in their order, of a file that has no header of its own, so that "
        "`header_row` is its first record; once such a file has a header, it is refused",
        examples=[["Nationality", "Permits"]],
    )

    @model_validator(mode="after")
    def _formats_of_tables(self) -> TableRead:
        if self.format not in ("delimited", "excel", "json", *ANSWERS):
            raise ValueError(
                "tables of registers are read from delimited text, Excel, JSON, or the answers of statistical services "
                f"({', '.join(ANSWERS)})"
            )
        if self.thousands is not None:
            raise ValueError("the thousands separator of a register's table is written as `value.thousands`")
        if self.format in ANSWERS and (self.header_rows > 1 or self.header_shift or self.names is not None):
            raise ValueError(
                "the columns of a service's answer are its components: no `names`, `header_rows` or `header_shift`"
            )
        if self.names is not None and (self.format == "json" or self.header_rows > 1 or self.header_shift):
            raise ValueError("`names` is for delimited text and Excel without a header, which has no rows to be joined")
        return self


class TableReadInWaves(TableRead):
    """How a table's files are laid out in some waves, in the place of the table's `read`."""

    waves: Waves = Field(description="one wave, a range such as `from 2022`, or a list of them", examples=["from 2020"])


class TableReadOfFiles(TableRead):
    """How some of a table's files are laid out in one wave, in the place of the table's `read`: monthly workbooks
    whose header moves within the year."""

    files: str = Field(
        description="pattern of the names of those files; placeholders of the wave may stand in it",
        examples=["permits_{year}_0*.xlsx"],
    )


class _InWaves(Protocol):
    @property
    def waves(self) -> Waves: ...


AnyRead = TypeVar("AnyRead", bound=Read)
Particular = TypeVar("Particular", bound=_InWaves)


def most_particular(declared: Sequence[Particular], wave: str) -> Particular | None:
    """What is declared for a wave: of itself before that of a range; None where nothing is."""
    holding = [each for each in declared if wave in each.waves]
    return min(holding, key=lambda each: wave not in each.waves.named, default=None)


def placed(read: AnyRead, names: Mapping[str, str]) -> AnyRead:
    """A layout whose sheet, member and layout file are those of a wave, by what its placeholders stand for."""
    said: dict[str, Any] = {
        name: filled(text, names) for name in ("sheet", "member") if (text := getattr(read, name)) is not None
    }
    if read.layout is not None:
        said["layout"] = read.layout.model_copy(update={"file": filled(read.layout.file, names)})
    return read.model_copy(update=said)
