"""A release as one page reads it: its numbers, the words of the reader's language, and the addresses of other pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from urllib.parse import quote, urlencode

import duckdb

from schemas.codelists import load_codelist
from schemas.declaration import Language, Text
from warehouse.explorer.catalogue import Catalogue
from warehouse.explorer.compare import is_gap
from warehouse.explorer.language import Words
from warehouse.explorer.numbers import Number
from warehouse.explorer.shelves import Shelves
from warehouse.language import LANGUAGES, NAMES
from warehouse.layout import Layout
from warehouse.sdmx.flows import Flow
from warehouse.service.shelf import OpenRelease

AREAS, SEX, STATUSES = "CL_AREA", "CL_SEX", "CL_OBS_STATUS"
UNITS = "CL_UNIT_MEASURE"


@dataclass(frozen=True)
class Reader:
    """What a page is made from.

    path      the address of the page after its language and, where it has one, its release
    pinned    the id of the release, where the address names it
    query     what the address asks besides, as it was written
    host      the beginning of full addresses, as the reader wrote it: http://127.0.0.1:8480
    """

    release: OpenRelease
    cursor: duckdb.DuckDBPyConnection
    shelves: Shelves
    language: Language
    path: str
    pinned: str | None = None
    query: str = ""
    host: str = ""

    @cached_property
    def catalogue(self) -> Catalogue:
        """What the release has."""
        return self.shelves.catalogues.of(self.release, self.cursor)

    @property
    def layout(self) -> Layout:
        """The home of the releases."""
        return self.shelves.layout

    @cached_property
    def say(self) -> Words:
        """The words of the language."""
        return Words(self.language)

    def text(self, text: Text) -> str:
        """A text in the language."""
        return text.spoken(self.language)

    def label(self, codelist: str, code: str) -> str:
        """The label of a code; the code itself where its list lacks it."""
        found = self.release.names.of(codelist).get(code)
        return self.text(found) if found else code

    def area(self, code: str) -> str:
        """The name of a country or region."""
        return self.label(AREAS, code)

    def classification(self, name: str) -> str:
        """What a classification is called: AGE, SEX, CBR."""
        return self.text(load_codelist(f"CL_{name.upper()}").name)

    def of_column(self, flow: Flow, column: str, code: str) -> str:
        """The label of a code in a column of an indicator: sex, classif1 or classif2."""
        names = {column_: f"CL_{name}" for name, column_ in flow.classifications}
        return self.label(names[column], code) if code and column in names else code

    def ordered(self, codelist: str, codes: Iterable[str]) -> list[str]:
        """Codes in the order of their list."""
        places = {code: place for place, code in enumerate(self.release.names.of(codelist))}
        return sorted(set(codes), key=lambda code: (places.get(code, len(places)), code))

    def unit(self, flow: Flow) -> str:
        """The unit of an indicator's values, in words."""
        if flow.unit_measure == "PT":
            return self.say("unit.percent")
        if flow.unit_measure == "PS" and flow.unit_mult == 3:
            return self.say("unit.thousands")
        unit = self.label(UNITS, flow.unit_measure).lower()
        return f"{unit} (10^{flow.unit_mult})" if flow.unit_mult else unit

    def decimals(self, flow: Flow) -> int:
        """How many decimals are shown: one of rates and thousands, none of cases and money."""
        return 1 if flow.unit_measure in ("PT", "PP", "HR", "MO") or flow.unit_mult else 0

    def value(self, number: Number, flow: Flow | None = None) -> str:
        """The value of a number as it is shown."""
        decimals = self.decimals(flow or self.flow(number.indicator))
        return self.say("withheld") if number.value is None else self.say.number(number.value, decimals)

    def interval(self, number: Number, flow: Flow | None = None) -> str:
        """Its interval as it is shown; empty where it has none."""
        if number.lower is None or number.upper is None or number.value is None:
            return ""
        decimals = self.decimals(flow or self.flow(number.indicator))
        low, high = self.say.number(number.lower, decimals), self.say.number(number.upper, decimals)
        return self.say("interval.to", low=low, high=high) if number.lower < 0 else f"{low}–{high}"

    def status(self, number: Number) -> str:
        """Its status in words; empty where it is normal."""
        return self.label(STATUSES, number.status) if number.status not in ("", "A") else ""

    def side(self, indicator: str, basis: str, side: str) -> str:
        """What a side of a comparison is called; a gap, which stands under the code of migrants, is called one."""
        return self.say("gap") if is_gap(indicator) else self.say(f"side.{basis}.{side}")

    def flow(self, indicator: str) -> Flow:
        """The dataflow of an indicator that has numbers. Raises KeyError."""
        return self.release.flows[f"DF_{indicator}"]

    def has(self, indicator: str) -> bool:
        """Whether an indicator has numbers."""
        return f"DF_{indicator}" in self.release.flows

    # Addresses

    @property
    def base(self) -> str:
        """What every address of this reader begins with: language, and the release where it is named."""
        return _base(self.language, self.pinned)

    def to(self, *parts: str, **asked: str) -> str:
        """The address of another page."""
        path = "/".join([self.base, *map(_quoted, parts)])
        return path + (f"?{urlencode(asked)}" if asked else "")

    def story(self, number: Number) -> str:
        """The address of the story of a number."""
        return self.to("number", *number.key)

    def chart(self, number: int, form: str = "chart") -> str:
        """The address of a chart of this page, of this release, by its number; of its specification for `spec`."""
        rest = self.path + (f"?{self.query}" if self.query else "")
        return f"{_base(self.language, self.release.id)}/{form}/{number}{rest}"

    @property
    def languages(self) -> list[tuple[str, str, str]]:
        """This page in every language: the language, its name in itself, the address."""
        rest = self.path + (f"?{self.query}" if self.query else "")
        return [(each, NAMES[each], _base(each, self.pinned) + rest) for each in LANGUAGES]

    @property
    def permanent(self) -> str:
        """The address of this page as this release has it."""
        rest = self.path + (f"?{self.query}" if self.query else "")
        return _base(self.language, self.release.id) + rest

    @property
    def newest(self) -> str:
        """The address of this page as the current release has it."""
        return _base(self.language, None) + self.path + (f"?{self.query}" if self.query else "")


@lru_cache(maxsize=8192)
def _quoted(part: str) -> str:
    """A part of an address, as addresses have it; pages repeat the same ones a thousand times."""
    return quote(part, safe=":.-_")


def _base(language: str, release: str | None) -> str:
    return f"/{language}/at/{release}" if release else f"/{language}"


def options(chosen: str, labels: Mapping[str, str]) -> list[tuple[str, str, bool]]:
    """What a field to choose from offers: value, label, whether it is chosen."""
    return [(value, label, value == chosen) for value, label in labels.items()]
