"""Rates of cases that one source counts per workers that another one counts, as `rates.yaml` declares them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from pydantic import Field, model_validator

from schemas.codelists import codelist_ids, load_codelist
from schemas.declaration import Declaration
from schemas.ilostat import series_faults
from schemas.indicators import load_catalogue
from schemas.nearest import nearest
from schemas.published_indicator import Published, PublishedIndicator
from schemas.register_indicators import load_register_catalogue
from schemas.yaml_lines import Location, load_model, refuse_faults

RATES_FILE = Path(__file__).parent / "rates.yaml"
Column = Literal["sex", "classif1", "classif2"]
MigrantsBy = Literal["country_of_birth", "citizenship"]
"""What makes a person a migrant where a source counts `migrant_status`."""


class GroupKey(Declaration):
    """One key of the workers to divide by: `like` a key of the cases, translated by `codes` if given; or one `code`."""

    like: Column | None = None
    codes: dict[str, str] = {}
    code: str | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> GroupKey:
        if (self.like is None) == (self.code is None) or (self.codes and self.like is None):
            raise ValueError("give either `code`, or `like` with or without `codes`")
        return self

    def of(self, keys: Mapping[str, str]) -> str | None:
        """The code for cases of these keys; None where there is none."""
        if self.like is None:
            return self.code
        found = keys[self.like]
        return self.codes.get(found) if self.codes else found


class Workers(Declaration):
    """The indicator that counts the workers, and which of its numbers are of the same group as the cases."""

    indicator: str
    sex: GroupKey
    classif1: GroupKey
    classif2: GroupKey

    def group(self, keys: Mapping[str, str]) -> tuple[str, str, str] | None:
        """Sex, classif1 and classif2 of the workers for cases of these keys; None where there is no such group."""
        sex, classif1, classif2 = self.sex.of(keys), self.classif1.of(keys), self.classif2.of(keys)
        return None if sex is None or classif1 is None or classif2 is None else (sex, classif1, classif2)


class RateIndicator(PublishedIndicator):
    """One rate: the cases of `numerator` per so many workers of the same group."""

    numerator: str
    per: float = Field(gt=0)
    workers: dict[MigrantsBy, Workers] = Field(min_length=1)
    measure: Literal["rate"] = "rate"

    def factor(self, by: MigrantsBy) -> float:
        """What cases over workers, both as published, are multiplied by."""
        cases = load_register_catalogue().indicators[self.numerator]
        counted = load_catalogue().indicators[self.workers[by].indicator]
        return float(self.per * 10.0 ** (cases.unit_mult - counted.unit_mult))


class _File(Declaration):
    indicators: dict[str, RateIndicator]


@cache
def load_rates() -> Mapping[str, RateIndicator]:
    """Every rate by its id. Raises DeclarationError that names file and line."""
    declared, lines = load_model(_File, RATES_FILE)
    refuse_faults(RATES_FILE, lines, _faults(declared.indicators))
    return MappingProxyType(declared.indicators)


def rates_of(numerators: Collection[str]) -> Mapping[str, Published]:
    """The rates whose cases these indicators count, as they are published."""
    return {
        name: Published(rate, rate.measure, rate.classifications)
        for name, rate in load_rates().items()
        if rate.numerator in numerators
    }


def _faults(rates: Mapping[str, RateIndicator]) -> Iterator[tuple[Location, str]]:
    counts, workers = load_register_catalogue().indicators, load_catalogue().indicators
    codes = {code for name in codelist_ids() for code in load_codelist(name).by_code}
    for name, rate in rates.items():
        at: Location = ("indicators", name)
        if rate.numerator not in counts:
            yield at, f"{name}: nothing counts '{rate.numerator}'{nearest(rate.numerator, counts)}"
        for by, group in rate.workers.items():
            at = ("indicators", name, "workers", by)
            if group.indicator not in workers or workers[group.indicator].measure != "count":
                yield at, f"{name}: '{group.indicator}' is no count of surveys{nearest(group.indicator, workers)}"
            for key in (group.sex, group.classif1, group.classif2):
                named = {*key.codes, *key.codes.values(), *([key.code] if key.code else [])}
                for code in sorted(named - codes):
                    yield at, f"{name}: no list has the code '{code}'{nearest(code, codes)}"
        yield from (
            (("indicators", name), fault)
            for fault in series_faults(
                name,
                title=rate.title,
                unit_measure=rate.unit_measure,
                unit_mult=rate.unit_mult,
                decimals=rate.decimals,
                types=set(rate.dimensions),
            )
        )
