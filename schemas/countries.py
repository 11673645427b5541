"""Countries and territories: their codes, what belongs to which state, and names that leave open which is meant.

`countries.csv`                code of ISO 3166-1 alpha-3 (with ILOSTAT's CHA, and XKX for Kosovo); alpha-2 codes, ISO's
                               first (UK is reserved for GBR in ISO 3166-1, EL is the European Commission's for GRC);
                               code of UN M49; and the state that a territory is `part_of`, as ISO 3166-1 remarks
`country_names.csv`            names in use beside those of CL_AREA: formal and short names of ISO 3166-1 and UN M49,
                               former names of one and the same country that producers still write
`unsettled_country_names.csv`  what must never be taken for one country: `former` ones (names, and their codes of ISO
                               3166-3 and UN M49), and names of `several`; `today` are the countries there now
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from schemas.codelists import load_codelist
from schemas.country_groups import load_country_groups
from schemas.errors import DeclarationError
from schemas.nearest import NEAREST, nearest

FOLDER = Path(__file__).parent
ISO3_LENGTH = len("ISO")


@dataclass(frozen=True)
class Country:
    """One country or territory, its codes, and the state that it belongs to where it is a territory."""

    code: str
    alpha2: tuple[str, ...]
    m49: str
    part_of: str

    @property
    def state(self) -> str:
        """The state that it belongs to: itself, where it is not a territory of another."""
        return self.part_of or self.code


@dataclass(frozen=True)
class Unsettled:
    """A name that means no single country of today: a former country, or several of one name."""

    name: str
    codes: tuple[str, ...]
    kind: Literal["former", "several"]
    today: tuple[str, ...]

    def remark(self) -> str:
        """Why it does not settle which country is meant."""
        there = f"; today {', '.join(self.today)}" if self.today else ""
        what = "a former country" if self.kind == "former" else "a name of several"
        return f"{what} ({self.name}{there}): state in the map what it counts as"


@cache
def load_countries() -> Mapping[str, Country]:
    """Every country and territory by its code. Raises DeclarationError when a row contradicts the others."""
    countries = {
        row["code"]: Country(row["code"], tuple(row["iso2"].split()), row["m49"], row["part_of"])
        for row in _rows("countries.csv")
    }
    for country in countries.values():
        if country.part_of and countries[country.part_of].part_of:
            raise DeclarationError(
                f"{country.code} is a part of {country.part_of}, which is a part itself", where="countries.csv"
            )
    return MappingProxyType(countries)


@cache
def load_country_names() -> tuple[tuple[str, str], ...]:
    """Every known name with its country: CL_AREA in its three languages, then `country_names.csv`."""
    countries = load_countries()
    listed = [
        (label, code.code)
        for code in load_codelist("CL_AREA").codes
        if code.code in countries
        for label in (code.label_en, code.label_fr, code.label_es)
    ]
    return (*listed, *((row["name"], row["code"]) for row in _rows("country_names.csv")))


@cache
def load_unsettled() -> tuple[Unsettled, ...]:
    """Every name and code that must be declared before it counts as any country."""
    return tuple(
        Unsettled(
            row["name"],
            tuple(row["codes"].split()),
            "former" if row["kind"] == "former" else "several",
            tuple(row["today"].split()),
        )
        for row in _rows("unsettled_country_names.csv")
    )


@cache
def country_values(codelist: str | None) -> frozenset[str]:
    """Every code that a variable of countries may hold.

    They are the countries, the reporting areas, and what else the variable's code list publishes: former countries and
    groups of countries.
    """
    areas = {code.code for code in load_codelist("CL_AREA").codes if code.code.isalpha()}
    published = set(load_country_groups()) if codelist else set()
    for code in load_codelist(codelist).codes if codelist else ():
        ending = code.code.removeprefix(f"{code.parent}_")
        if code.parent and len(ending) == ISO3_LENGTH:
            published.add(ending)
    return frozenset({*load_countries(), *areas, *published})


def same_state(area: str) -> frozenset[str]:
    """The other parts of the state that a country or territory belongs to: FRA has REU, and REU has FRA."""
    countries = load_countries()
    if area not in countries:
        return frozenset()
    state = countries[area].state
    return frozenset(code for code, country in countries.items() if country.state == state and code != area)


def nearest_countries(code: str) -> str:
    """Codes that a wrong code may have been meant for, as errors show them: GER is like Germany, ROM like ROU."""
    word = code.casefold()
    exact = [
        country.code
        for country in load_countries().values()
        if code and code.upper() in (*country.alpha2, country.code, country.m49)
    ]
    former = [known for each in load_unsettled() if code.upper() in each.codes for known in each.today]
    named = [known for name, known in load_country_names() if len(word) > 1 and name.casefold().startswith(word)]
    found = list(dict.fromkeys([*exact, *former, *named]))[:NEAREST]
    return f" (nearest: {', '.join(found)})" if found else nearest(code, load_countries())


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream, strict=True)
