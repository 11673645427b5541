"""A made-up world of 14 areas, in the producers' files: what the regional estimates read, small enough to check.

Every area has the same ages and takes part alike at each age. Migrants of AAA to HHH report; the others do not.
"""

from __future__ import annotations

import csv
import gzip
import io
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from schemas.loader import list_benchmarks, load_benchmark
from transforms.benchmark import read_benchmark
from transforms.regional.inputs import Tables

Row = dict[str, Any]  # of a table, by column
FOLDER = Path("reference") / "global_inputs"
REGIONS = {
    "Africa": ("X13", "LI", ("AAA", "BBB", "III")),
    "Americas": ("X34", "HI", ("CCC", "DDD", "JJJ")),
    "Arab States": ("X36", "UMI", ("EEE", "KKK")),
    "Asia and the Pacific": ("X45", "LMI", ("FFF", "LLL")),
    "Europe and Central Asia": ("X64", "HI", ("GGG", "HHH", "MMM", "CHI")),
}
AREAS = tuple(area for _, _, areas in REGIONS.values() for area in areas)
REPORTING = tuple(area for area in AREAS if area <= "HHH" and area != "CHI")
YEARS = (2010, 2013, 2015, 2017, 2019, 2020, 2022)
STARTS = tuple(range(0, 80, 5))
PARTICIPATION = {
    "M": {"employed": 67.68, "15+": 72.0, "15-64": 79.0, "25-54": 92.0, "65+": 22.0},
    "F": {"employed": 46.0, "15+": 50.0, "15-64": 56.0, "25-54": 66.0, "65+": 10.0},
}
LOG_ODDS = {"M": 0.5, "F": 0.1}
"""The log odds ratio of migrants in reporting areas, before what is added for an area and sex (`own`)."""


def own(area: str, sex: str) -> float:
    """What is added to the log odds ratio for an area and sex."""
    number = ord(area[0]) - ord("A")
    return 0.1 * (number % 3 - 1) + 0.03 * ((3 * number + (sex == "M")) % 4 - 1.5)


def adults(area: str, year: int = 2019) -> float:
    """Men, and as many women, of 15 and over."""
    return 1_000_000.0 * (AREAS.index(area) + 1) * (1 + 0.01 * (year - 2019))


def stock(area: str) -> float:
    """Migrant men, and as many women, of 15 and over; those of EEE outnumber its population."""
    return adults(area) * (1.2 if area == "EEE" else 0.08)


def reported(area: str, sex: str) -> tuple[float, float]:
    """Participation of migrants and others in per cent, as the area reports it."""
    other = PARTICIPATION[sex]["15+"] / 100
    odds = other / (1 - other) * math.exp(LOG_ODDS[sex] + own(area, sex))
    return 100 * odds / (1 + odds), 100 * other


def unemployment(area: str, sex: str) -> float:
    """Unemployment of migrants in per cent, as the area reports it; that of others is 6 everywhere."""
    return 10.0 - 8 * own(area, sex)


def write_world(mirror: Path, *, without: Iterable[str] = ()) -> Path:
    """Write the files; areas of `without` are left out of the population."""
    folder = mirror / FOLDER
    folder.mkdir(parents=True)
    _groups(folder)
    _population(folder, set(without))
    _rates(folder)
    _stocks(folder)
    _reports(folder)
    return mirror


def tables_of(mirror: Path, work: Path) -> Tables:
    """The files as the declared benchmarks read them."""
    files = {file.name: file for file in (mirror / FOLDER).iterdir()}
    work.mkdir(parents=True, exist_ok=True)
    frames = {}
    for source_id in list_benchmarks():
        for name, table in load_benchmark(source_id).tables.items():
            read_benchmark(table, files, work / f"{name}.parquet", where=source_id)
            frames[name] = pd.read_parquet(work / f"{name}.parquet")
    return Tables(**frames)


def _write(file: Path, rows: list[dict[str, Any]]) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    content = text.getvalue().encode()
    file.write_bytes(gzip.compress(content, mtime=0) if file.suffix == ".gz" else content)


def _groups(folder: Path) -> None:
    rows = []
    for region, (subregion, income, areas) in REGIONS.items():
        for area in areas:
            row = {
                "iso3": area,
                "ilo_region": region,
                "ilo_broad_subregion_code": subregion,
                "in_ilo_modelled_189": "1",
            }
            rows.append(row | {f"wb_cy{year}": income for year in range(2012, 2024)})
    _write(folder / "country_groups.csv", rows)


def _population(folder: Path, without: set[str]) -> None:
    whole, by_age = [], []
    for vintage, area, year in _each(("WPP2019", "WPP2022", "WPP2024"), YEARS):
        if area in without or (area == "CHI" and vintage != "WPP2019"):
            continue
        people = adults(area, year)
        counts = {f"pop15_{sex}": people for sex in "MF"} | {f"pop1564_{sex}": people * 10 / 14 for sex in "MF"}
        whole.append({"vintage": vintage, "iso3": area, "year": year} | counts)
        for sex in "MF":
            for start in (*STARTS, 80):
                label = "80+" if start == 80 else f"{start}-{start + 4}"
                row = {"vintage": vintage, "iso3": area, "year": year, "sex": sex, "age_group": label}
                by_age.append(row | {"population": people / 14})
    _write(folder / "population_15plus.csv", whole)
    _write(folder / "population_age_sex.csv.gz", by_age)


def _rates(folder: Path) -> None:
    names = {
        "employed": "epr_15plus",
        "15+": "lfpr_15plus",
        "15-64": "lfpr_15_64",
        "25-54": "lfpr_25_54",
        "65+": "lfpr_65plus",
    }
    rows = [
        {
            "vintage": vintage,
            "indicator": name,
            "iso3": area,
            "year": year,
            "sex": sex,
            "value": sum(PARTICIPATION[each][age] for each in of) / len(of),
        }
        for vintage, area, year in _each(("SG2020-06", "SG2021-11", "SG2025-12"), range(2010, 2025))
        for sex, of in (("M", "M"), ("F", "F"), ("T", "MF"))
        for age, name in names.items()
    ]
    _write(folder / "ilo_modelled_rates.csv.gz", rows)


def _stocks(folder: Path) -> None:
    def row(vintage: str, area: str, year: int) -> dict[str, Any]:
        counts = {f"mig_{sex}": stock(area) * 1.1 for sex in "MF"} | {f"mig15_{sex}": stock(area) for sex in "MF"}
        return {"revision": vintage, "iso3": area, "year": year} | counts

    old = [row(*each) for each in _each(("UNDESA2019",), (2010, 2015, 2019))]
    new = [row(*each) for each in _each(("UNDESA2020",), (2010, 2020))]
    new += [row(*each) for each in _each(("UNDESA2024",), (2010, 2020, 2022, 2024))]
    new = [each | {"share15_source": "made up"} for each in new if each["iso3"] != "CHI"]
    ages = [
        {
            "revision": "UNDESA2019",
            "iso3": area,
            "year": year,
            "sex": sex,
            "age_group": label,
            "migrants": stock(area) / 13,
        }
        for _, area, year in _each(("UNDESA2019",), (2010, 2019))
        for sex in "MF"
        for label in [*(f"{start}-{start + 4}" for start in range(15, 75, 5)), "75+"]
    ]
    _write(folder / "migrant_stock_15plus_undesa2019.csv", old)
    _write(folder / "migrant_stock_undesa2020_2024.csv", new)
    _write(folder / "migrant_stock_age_sex_undesa2019.csv", ages)


def _reports(folder: Path) -> None:
    rows = []
    for area in REPORTING:
        for sex in "MF":
            migrant, other = reported(area, sex)
            row = {"iso3": area, "sex": sex, "year": 2018, "age": "15+", "basis": "foreign_born"}
            row |= {"lfpr_migrant": migrant, "lfpr_native": other, "quality": "transcribed", "source": "made-up survey"}
            row |= {"ur_migrant": unemployment(area, sex), "ur_native": 6.0}
            rows.append(row)
    _write(folder / "lfpr_by_migrant_status.csv", rows)


def _each(vintages: Iterable[str], years: Iterable[int]) -> Iterable[tuple[str, str, int]]:
    return [(vintage, area, year) for vintage in vintages for area in AREAS for year in years]


def rename_areas(mirror: Path, names: dict[str, str]) -> Path:
    """Give made-up areas the codes of others, such as a country that a test declares a source for."""
    for file in (mirror / FOLDER).iterdir():
        packed = file.suffix == ".gz"
        content = gzip.decompress(file.read_bytes()) if packed else file.read_bytes()
        rows = list(csv.DictReader(io.StringIO(content.decode())))
        _write(file, [row | {"iso3": names.get(row["iso3"], row["iso3"])} for row in rows])
    return mirror


def row_of(table: pd.DataFrame, *key: str) -> Row:
    """The one row of that key in a table with an index."""
    (row,) = table.loc[[key]].to_dict("records")
    return {str(name): value for name, value in row.items()}
