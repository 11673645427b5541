"""The labour-migration series of ILOSTAT's table of contents of October 2024, as `ilostat_series.csv` lists them.

indicator, title_en, unit_measure, unit_mult   as the table of contents and ILOSTAT's metadata of 2019 have them; for
                    series newer than 2019 the unit is the one that the title names
decimals            how many ILOSTAT shows: none for flows of nationals abroad, one for other counts and for rates. They
                    say how a number is shown; the numbers themselves are not rounded (ILOSTAT keeps three). For the
                    other units no list says how many: one for hours and injury rates, none for amounts, days and cases
classifications     versions of its classifications, separated by spaces; `classifications_basis` is `listed` where the
                    metadata of 2019 list them, `analogy` where they are those of older series by the same breakdown
database, toc_id    where the table of contents has it
needs               what kind of source would give it, for series that no declared source feeds
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from pydantic import ValidationError

from schemas.declaration import Declaration, Text
from schemas.errors import DeclarationError

ILOSTAT_SERIES_FILE = Path(__file__).parent / "ilostat_series.csv"


class Series(Declaration):
    """One row of the list."""

    indicator: str
    title_en: str
    title_fr: str
    title_es: str
    unit_measure: str
    unit_mult: int
    decimals: int
    classifications: str
    classifications_basis: Literal["listed", "analogy"]
    database: str
    toc_id: str
    needs: str

    @property
    def title(self) -> Text:
        """Its title in three languages."""
        return Text(en=self.title_en, fr=self.title_fr, es=self.title_es)

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions of classifications that it is disseminated by."""
        return tuple(self.classifications.split())

    @property
    def types(self) -> frozenset[str]:
        """The classifications that these are versions of: AGE of AGE_10YRBANDS."""
        return frozenset(version.split("_")[0] for version in self.versions)


@cache
def load_ilostat_series() -> Mapping[str, Series]:
    """Every series by its id, sorted. Raises DeclarationError that names file and line of what is wrong."""
    with ILOSTAT_SERIES_FILE.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, strict=True))
    series: dict[str, Series] = {}
    for line, row in enumerate(rows, start=2):
        try:
            each = Series.model_validate(row)
        except ValidationError as error:
            raise _fault(line, "; ".join(f"{fault['loc'][0]}: {fault['msg']}" for fault in error.errors())) from error
        if each.indicator in series:
            raise _fault(line, f"{each.indicator} occurs twice")
        series[each.indicator] = each
    return MappingProxyType(dict(sorted(series.items())))


def _fault(line: int, what: str) -> DeclarationError:
    return DeclarationError(
        what,
        where=f"{ILOSTAT_SERIES_FILE}, line {line}",
        remedy="write the row as ILOSTAT's table of contents has the series",
    )


def series_faults(
    name: str, *, title: Text, unit_measure: str, unit_mult: int, decimals: int, types: Collection[str]
) -> Iterator[str]:
    """How a declared indicator differs from the series of the same id; nothing for one that ILOSTAT does not list."""
    series = load_ilostat_series().get(name)
    if series is None:
        return
    if title.en != series.title_en:
        yield f"{name}: its title is '{title.en}', ILOSTAT's is '{series.title_en}'"
    if (unit_measure, unit_mult) != (series.unit_measure, series.unit_mult):
        yield (
            f"{name}: its unit is {unit_measure} with multiplier {unit_mult}, "
            f"ILOSTAT's is {series.unit_measure} with {series.unit_mult}"
        )
    if decimals != series.decimals:
        yield f"{name}: it has {decimals} decimals, ILOSTAT shows {series.decimals}"
    if frozenset(types) != series.types:
        yield f"{name}: it is by {', '.join(sorted(types))}, ILOSTAT's is by {', '.join(sorted(series.types))}"
