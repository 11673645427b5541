"""Results of other packages for the same persons: the counts and rates of one table, by sex, age and place of birth.

Every function takes a file of persons and gives {(indicator, sex, age, birth): (estimate, its error)} for all 63
domains, margins included, in persons or per cent, with errors linearised by strata and PSUs.
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

from schemas.indicators import Indicator, load_catalogue
from transforms.duck import connect, parquet_rows
from transforms.measures import measure_of

Key = tuple[str, str, str, str]
Estimates = dict[Key, tuple[float, float]]

TABLE = ("SEX", "AGE", "CBR")
DIMENSIONS = ("sex", "age_band", "birth_status")
ALL = "all"
BANDS = {15: "15-24", 25: "25-34", 35: "35-44", 45: "45-54", 55: "55-64", 65: "65+"}


def shared_indicators() -> dict[str, Indicator]:
    """The counts and rates of the table."""
    indicators = load_catalogue().indicators
    return {
        name: each
        for name, each in indicators.items()
        if tuple(each.dimensions) == TABLE and (measure_of(each).is_sum or measure_of(each).is_share)
    }


def margins() -> Iterator[tuple[str, ...]]:
    """Every combination of dimensions to distinguish, including none."""
    for size in range(len(DIMENSIONS) + 1):
        yield from itertools.combinations(DIMENSIONS, size)


def _parts(indicator: Indicator) -> tuple[str, str | None]:
    """The population that is counted, and the one in the denominator."""
    return indicator.counted, indicator.denominator


def _populations() -> list[str]:
    return sorted({name for each in shared_indicators().values() for name in _parts(each) if name is not None})


def persons_of_working_age(connection: duckdb.DuckDBPyConnection, core: Path) -> duckdb.DuckDBPyRelation:
    """The few columns that the packages need: design, dimensions, and each population as 0 or 1."""
    bands = " ".join(f"when age >= {low} then '{band}'" for low, band in sorted(BANDS.items(), reverse=True))
    condition = load_catalogue().condition
    populations = ", ".join(f"cast(({condition(name)}) as double) as {name}" for name in _populations())
    return connection.sql(
        f"select stratum, psu, weight, sex, case {bands} end as age_band, birth_status, {populations}"
        f" from {parquet_rows(core)} where working_age = 'yes'"
    )


def by_pandas(core: Path) -> Estimates:
    """Groups of groups in pandas: totals of PSUs per domain, all populations at once, and their spread in strata."""
    with connect() as connection:
        persons = persons_of_working_age(connection, core).df()
    units = persons.groupby("stratum")["psu"].nunique()
    names = _populations()
    persons[names] = persons[names].mul(persons["weight"], axis=0)
    results: Estimates = {}
    for chosen in margins():
        sums = persons.groupby([*chosen, "stratum", "psu"], observed=True)[names].sum().reset_index()
        groups = sums.groupby(list(chosen), observed=True) if chosen else [((), sums)]
        for values, domain in groups:
            for name, indicator in shared_indicators().items():
                results[name, *_domain(chosen, values)] = _by_pandas(domain, indicator, units)
    return results


def _by_pandas(domain: pd.DataFrame, indicator: Indicator, units: pd.Series[int]) -> tuple[float, float]:
    counted, base = _parts(indicator)
    total = float(domain[counted].sum())
    if base is None:
        return total, _spread(domain, domain[counted], units)
    whole = float(domain[base].sum())
    share = total / whole
    return 100 * share, 100 * _spread(domain, domain[counted] - share * domain[base], units) / whole


def _spread(domain: pd.DataFrame, z: pd.Series[float], units: pd.Series[int]) -> float:
    of_stratum = domain.assign(z=z, squares=z**2).groupby("stratum")[["z", "squares"]].sum()
    number = units.loc[of_stratum.index]
    within = (of_stratum["squares"] - of_stratum["z"] ** 2 / number) * number / (number - 1)
    return float(within.sum() ** 0.5)


def _domain(chosen: tuple[str, ...], values: Any) -> tuple[str, str, str]:
    given = dict(zip(chosen, values if isinstance(values, tuple | list) else (values,), strict=True))
    sex, age, birth = (str(given.get(name, ALL)) for name in DIMENSIONS)
    return sex, age, birth


def by_svy(core: Path) -> Estimates:
    """The package svy, one call for each combination of dimensions and indicator."""
    import svy

    with connect() as connection:
        frame = persons_of_working_age(connection, core).pl()
    estimation = svy.Sample(frame, svy.Design(wgt="weight", stratum="stratum", psu="psu")).estimation
    found: Estimates = {}
    for chosen, (name, indicator) in itertools.product(margins(), shared_indicators().items()):
        counted, base = _parts(indicator)
        by = list(chosen) or None
        result = estimation.total(counted, by=by) if base is None else estimation.ratio(counted, base, by=by)
        unit = 1 if base is None else 100
        for row in result.to_polars().to_dicts():
            domain = _domain(chosen, tuple(row[each] for each in chosen))
            found[name, *domain] = unit * row["est"], unit * row["se"]
    return found


R_SCRIPT = Path(__file__).parent / "peers.R"


def by_r(core: Path) -> Estimates:
    """R's package survey, which reads the persons as text."""
    asked = [[name, *_parts(each)] for name, each in shared_indicators().items()]
    with tempfile.TemporaryDirectory() as folder, connect() as connection:
        persons, indicators = Path(folder) / "persons.csv", Path(folder) / "indicators.csv"
        persons_of_working_age(connection, core).write_csv(str(persons))
        pd.DataFrame(asked, columns=["name", "counted", "base"]).to_csv(indicators, index=False)
        answer = subprocess.run(
            ["Rscript", "--vanilla", str(R_SCRIPT), str(persons), str(indicators)],
            capture_output=True,
            check=True,
            text=True,
        )
    rows = [json.loads(line) for line in answer.stdout.splitlines()]
    units = {name: 1 if each.denominator is None else 100 for name, each in shared_indicators().items()}
    return {(r[0], r[1], r[2], r[3]): (units[r[0]] * r[4], units[r[0]] * r[5]) for r in rows}
