"""Programmes of labour migration with their typology, and the published numbers of each (`programmes.yaml`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from pydantic import Field, model_validator

from schemas.codelists import codelist_ids, load_codelist
from schemas.declaration import Declaration, Trilingual
from schemas.nearest import nearest
from schemas.register_indicators import load_register_catalogue
from schemas.yaml_lines import Location, load_model, refuse_faults

PROGRAMMES_FILE = Path(__file__).parent / "programmes.yaml"


class ProgrammeSeries(Declaration):
    """Numbers that are of one programme alone: a code of an indicator, in all waves of a source or in some."""

    source: str
    indicator: str
    code: str
    waves: list[str] = []


class Programme(Declaration):
    """One programme of a country: to what it ties a worker, and where that was read."""

    ref_area: str
    name: str
    label: Trilingual
    employer: Literal["one", "one_at_first", "any"]
    season: Literal["seasonal", "not_seasonal", "both", "not_told"]
    skill: Literal["low", "high", "any", "not_told"]
    says: str
    document: str
    verified: Literal["read", "quoted", "not_verified"]
    read_at: str = ""
    series: list[ProgrammeSeries] = Field(min_length=1)

    @model_validator(mode="after")
    def _says_where(self) -> Programme:
        if (self.verified == "not_verified") != (not self.read_at):
            raise ValueError("`read_at` says where it was read, unless it is `not_verified`")
        return self


class _File(Declaration):
    programmes: dict[str, Programme]


@cache
def load_programmes() -> Mapping[str, Programme]:
    """Every programme by its id. Raises DeclarationError that names file and line."""
    declared, lines = load_model(_File, PROGRAMMES_FILE)
    refuse_faults(PROGRAMMES_FILE, lines, _faults(declared.programmes))
    return MappingProxyType(declared.programmes)


def _faults(programmes: Mapping[str, Programme]) -> Iterator[tuple[Location, str]]:
    indicators, areas = load_register_catalogue().indicators, load_codelist("CL_AREA").by_code
    codes = {code for name in codelist_ids() for code in load_codelist(name).by_code}
    counted: dict[tuple[str, str, str, str], str] = {}
    for name, programme in programmes.items():
        at: Location = ("programmes", name)
        if programme.ref_area not in areas:
            yield at, f"{name}: '{programme.ref_area}' is not an area of CL_AREA"
        for each in programme.series:
            if each.indicator not in indicators:
                yield at, f"{name}: there is no indicator '{each.indicator}'{nearest(each.indicator, indicators)}"
            if each.code not in codes:
                yield at, f"{name}: no list has the code '{each.code}'{nearest(each.code, codes)}"
            for wave in each.waves or [""]:
                key = (each.source, each.indicator, each.code, wave)
                if other := counted.get(key):
                    yield at, f"{name}: its numbers ({', '.join(filter(None, key))}) are those of {other}"
                counted[key] = name
