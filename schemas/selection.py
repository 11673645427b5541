"""Which records of a survey's files count, where not all of them do."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from schemas.declaration import Declaration
from schemas.errors import DeclarationError
from schemas.expressions import check_expression, is_condition, raw_columns
from schemas.nearest import nearest
from schemas.periods import ALL_WAVES, Waves
from schemas.series import declares
from schemas.source import Source


class Selection(Declaration):
    """The records that count, such as those of one period or of the household's reference person alone.

    Several selections of a wave hold one after the other. A selection that keeps no record stops the partition, and so
    does one that leaves none out, or that gives neither yes nor no for a record.
    """

    keep: str = Field(
        description="expression over raw.<column> that holds for the records that count; {wave}, {year}, {half}, "
        "{quarter} and {month} (01 to 12) are those of the wave. Such as raw.trimester = '{quarter}'",
        examples=["raw.trimester = '{quarter}'"],
    )
    waves: Waves = Field(
        default=ALL_WAVES, description="the waves in which it holds; all where left out", examples=["to 2019"]
    )
    because: str = Field(description="why the other records do not count", examples=["the file holds the whole year"])
    all_may_count: str | None = Field(
        default=None,
        description="why a file may hold no other records; without a reason such a file stops",
        examples=["the producer began to leave the others out in 2020"],
    )

    def written(self, source: Source, wave: str) -> str:
        """The expression of a wave, checked and written out for DuckDB. Raises DeclarationError."""
        columns = {f"raw.{column}" for column in source.wave_columns(wave)}
        return check_expression(
            source.filled(self.keep, wave), columns=columns, where=f"{source.id}, where `{self.keep}`"
        )


def selection_faults(source: Source, selections: list[Selection]) -> Iterator[tuple[int, str]]:
    """What is wrong with selections, each with its place in the list."""
    for index, selection in enumerate(selections):
        for wave in sorted(wave for wave in selection.waves.named if not declares(source, wave)):
            yield index, f"names wave '{wave}', which is not declared{nearest(wave, source.waves)}"
        for wave in selection.waves.of(source.waves):
            if fault := _fault(source, selection, wave):
                yield index, fault
                break


def _fault(source: Source, selection: Selection, wave: str) -> str:
    """What is wrong with a selection in a wave; empty when nothing is."""
    named = raw_columns(source.filled(selection.keep, wave)) & source.columns.keys()
    absent = sorted(named - source.wave_columns(wave).keys())
    if absent:
        return f"needs column '{absent[0]}', for which columns.csv has no name in wave {wave}"
    if lacking := source.unknown_placeholder(selection.keep, wave):
        return f"in wave {wave}: `{lacking}` is nothing that the wave has"
    try:
        is_one = is_condition(selection.written(source, wave))
    except DeclarationError as error:
        return f"in wave {wave}: {error.what}; {error.remedy}"
    return "" if is_one else f"in wave {wave}: it gives no yes or no; compare the column, such as raw.relation = '1'"
