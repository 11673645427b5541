"""What other packages make of the same persons: employed persons and their share, by sex, age and place of birth.

Every function takes a file of persons and gives {(sex, age, birth): (total, its error, share in per cent, its error)}
for all 72 domains, margins included, with errors linearised by strata and PSUs.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from transforms.duck import connect, quote_text

Domain = tuple[str, str, str]
Estimates = dict[Domain, tuple[float, float, float, float]]

DIMENSIONS = ("sex", "age_band", "birth_status")
ALL = "all"
BANDS = {15: "15-24", 25: "25-34", 35: "35-44", 45: "45-54", 55: "55-64", 65: "65+"}
INDICATORS = ("MST_TEMP_SEX_AGE_CBR_NB", "MST_TEMP_SEX_AGE_CBR_RT")


def margins() -> Iterator[tuple[str, ...]]:
    """Every choice of dimensions to tell apart, none of them included."""
    for size in range(len(DIMENSIONS) + 1):
        yield from itertools.combinations(DIMENSIONS, size)


def persons_of_working_age(connection: duckdb.DuckDBPyConnection, core: Path) -> duckdb.DuckDBPyRelation:
    """The few columns that the packages need: strata, PSUs, weights, the three dimensions and employment as 0 or 1."""
    bands = " ".join(f"when age >= {low} then '{band}'" for low, band in sorted(BANDS.items(), reverse=True))
    return connection.sql(
        f"select stratum, psu, weight, sex, case {bands} end as age_band, birth_status,"
        f" cast(labour_force_status = 'employed' as double) as employed, 1.0 as one"
        f" from read_parquet({quote_text(str(core))}) where working_age = 'yes'"
    )


def by_pandas(core: Path) -> Estimates:
    """Groups of groups in pandas: PSU totals per domain, and their spread within strata."""
    with connect() as connection:
        persons = persons_of_working_age(connection, core).df()
    units = persons.groupby("stratum")["psu"].nunique()
    persons["y"] = persons["weight"] * persons["employed"]
    results: Estimates = {}
    for chosen in margins():
        keys = [*chosen, "stratum", "psu"]
        sums = persons.groupby(keys, observed=True)[["y", "weight"]].sum().reset_index()
        groups = sums.groupby(list(chosen), observed=True) if chosen else [((), sums)]
        for values, domain in groups:
            total, base = domain["y"].sum(), domain["weight"].sum()
            share = total / base
            errors = [_spread(domain.assign(z=z), units) for z in (domain["y"], domain["y"] - share * domain["weight"])]
            results[_domain(chosen, values)] = (total, errors[0], 100 * share, 100 * errors[1] / base)
    return results


def _spread(domain: pd.DataFrame, units: pd.Series[int]) -> float:
    of_stratum = domain.groupby("stratum")["z"].agg(total="sum", squares=lambda z: (z**2).sum())
    number = units.loc[of_stratum.index]
    within = (of_stratum["squares"] - of_stratum["total"] ** 2 / number) * number / (number - 1)
    return float(within.sum() ** 0.5)


def _domain(chosen: tuple[str, ...], values: Any) -> Domain:
    given = dict(zip(chosen, values if isinstance(values, tuple | list) else (values,), strict=True))
    return tuple(str(given.get(name, ALL)) for name in DIMENSIONS)  # type: ignore[return-value]


def by_svy(core: Path) -> Estimates:
    """The package svy, one call for each choice of dimensions and measure."""
    import svy

    with connect() as connection:
        frame = persons_of_working_age(connection, core).pl()
    sample = svy.Sample(frame, svy.Design(wgt="weight", stratum="stratum", psu="psu"))
    found: dict[Domain, list[float]] = {}
    for chosen in margins():
        by = list(chosen) or None
        for result in (sample.estimation.total("employed", by=by), sample.estimation.ratio("employed", "one", by=by)):
            for row in result.to_polars().to_dicts():
                values = tuple(row[name] for name in chosen)
                found.setdefault(_domain(chosen, values), []).extend((row["est"], row["se"]))
    return {domain: (n, n_se, 100 * share, 100 * se) for domain, (n, n_se, share, se) in found.items()}


R_SCRIPT = Path(__file__).parent / "peers.R"


def by_r(core: Path) -> Estimates:
    """R's package survey, which reads the persons as text."""
    with tempfile.TemporaryDirectory() as folder, connect() as connection:
        persons = Path(folder) / "persons.csv"
        persons_of_working_age(connection, core).write_csv(str(persons))
        answer = subprocess.run(
            ["Rscript", "--vanilla", str(R_SCRIPT), str(persons)], capture_output=True, check=True, text=True
        )
    rows = [json.loads(line) for line in answer.stdout.splitlines()]
    return {(r[0], r[1], r[2]): (r[3], r[4], 100 * r[5], 100 * r[6]) for r in rows}
