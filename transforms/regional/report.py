"""Diagnostics of an edition: performance of models, a naive baseline, components of changes, revisions of
benchmarks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pandas as pd

from transforms.regional.aggregate import WORLD
from transforms.regional.change import contributions
from transforms.regional.compare import naive_baseline, score
from transforms.regional.edition import Prepared, YearEstimate
from transforms.regional.frames import DIAGNOSTICS
from transforms.regional.tables import diagnostic, melted

Row = tuple[str, str, str, float]


@dataclass(frozen=True)
class OtherEdition:
    """The result of another edition for its year: `areas` (frames.PARTICIPATION)."""

    name: str
    year: int
    areas: pd.DataFrame


def diagnostics(
    edition: str,
    prepared: Prepared,
    years: Sequence[YearEstimate],
    others: Sequence[OtherEdition],
) -> pd.DataFrame:
    """Every diagnostic of an edition (frames.DIAGNOSTICS); `others` are editions for one of its years."""
    last = years[-1]
    parts = [diagnostic(edition, last.year, "inputs", _inputs(prepared, last), model=last.used)]
    parts.append(diagnostic(edition, last.year, "benchmark_error", _benchmark_errors(prepared)))
    for model, table in last.models.groupby("model", sort=False):
        for sex, rows in (("total", table), *table.groupby("sex")):
            scores = [(WORLD, str(sex), item, value) for item, value in score(rows).items()]
            parts.append(diagnostic(edition, last.year, "leave_one_out", scores, model=str(model)))
        rows = list(melted(table.drop(columns=["model", "migrants"]), {"area": "area", "sex": "sex"}))
        parts.append(diagnostic(edition, last.year, "left_out", rows, model=str(model)))
    baseline = naive_baseline(last.areas)
    parts.append(diagnostic(edition, last.year, "theta_one", melted(baseline, {"area": "group", "sex": "sex"})))
    for before, after in pairwise(years):
        parts.append(diagnostic(edition, after.year, "contribution", _changes(before.areas, after.areas, "")))
    by_year = {each.year: each for each in years}
    for other in others:
        rows = _changes(other.areas, by_year[other.year].areas, f" since edition {other.name}")
        parts.append(diagnostic(edition, other.year, "revision", rows))
    return DIAGNOSTICS.of(pd.concat(parts, ignore_index=True))


def _changes(before: pd.DataFrame, after: pd.DataFrame, suffix: str) -> Iterator[Row]:
    for group, sex, component, value in contributions(before, after).itertuples(index=False):
        yield group, sex, f"{component}{suffix}", value


def _inputs(prepared: Prepared, estimate: YearEstimate) -> Iterator[Row]:
    areas = estimate.areas
    yield WORLD, "total", "areas", float(areas["area"].nunique())
    yield WORLD, "total", "areas observed", float(areas.loc[~areas["is_imputed"], "area"].nunique())
    yield WORLD, "total", "areas and sexes capped", float(areas["flags"].str.contains("capped").sum())
    yield WORLD, "total", "reports without odds (rate missing, 0 or 100)", float(prepared.unusable)
    yield WORLD, "total", "national estimates used", float((areas["quality"] == "national").sum())
    over = areas["migrants_input"] > areas["population"]
    yield WORLD, "total", "stocks above the population", float(over.sum())
    reported = areas.loc[~areas["employment_is_imputed"], "area"].nunique()
    yield WORLD, "total", "areas with unemployment by migrant status", float(reported)
    reporting = areas.loc[areas["activity_origin"].isin(["observed", "raked"]), "area"].nunique()
    yield WORLD, "total", "areas with a structure by activity", float(reporting)


def _benchmark_errors(prepared: Prepared) -> Iterator[Row]:
    for name in ("population", "rate", "employment", "stock"):
        revision = getattr(prepared.errors, name)
        yield WORLD, "total", f"{name}: typical of an area", revision.typical
        yield WORLD, "total", f"{name}: common to all", revision.common
