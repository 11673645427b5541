"""A made-up release of the shape of a real one, as large as one likes: for measuring what pages take.

It has the whole catalogue of indicators in each of many countries, with its own source, over many years; estimates of
regions; and a row of every table that a page asks, for every source and wave. The numbers are of no country.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path

import duckdb
import pyarrow as pa

from bench.made_up_release import make_current
from ilms.release.catalogue_rows import code_rows, indicator_rows
from schemas.catalogue import all_indicators
from schemas.codelists import load_codelist
from warehouse.layout import Layout
from warehouse.release.database import STORAGE_VERSION, WAREHOUSE
from warehouse.release.inputs import Row
from warehouse.release.lists import declared_lists
from warehouse.release.tables import create_table, declare_table

COUNTRIES = 70
YEARS = (2005, 2024)
SEXES = ("SEX_T", "SEX_F", "SEX_M")
MOST_CODES = {1: (14,), 2: (5, 4)}
"""Codes of each classification that a country gives, where an indicator has one, and where it has two."""
CORRIDORS, MOST_ORIGINS = "COR_", 250
"""Indicators that are of every pair of countries."""
CHECKS = 95
"""Checks of a wave."""
OF_REGIONS = "MIG"
FIRST = ("BIR", "CIT", "STATUS", "YTHADULT")
"""Versions that come before others: those that tell migrants from others, and ages that headlines are about."""
OBSERVATIONS = """
    insert into observation
    select
        area.code as ref_area, area.source, key.indicator, key.sex, key.classif1, key.classif2,
        cast(year as varchar) as time,
        30 + (hash(area.code, key.indicator, key.sex, key.classif1, key.classif2) % 4000) / 100 + (year - 2005) / 10
            as obs_value,
        case when hash(area.code, key.classif2, year) % 9 = 0 then 'U' when year = 2015 then 'B' else '' end
            as obs_status,
        '' as note_classif, 'Labour force concept: 19th ICLS' as note_indicator,
        'Synthetic data: generated numbers' as note_source, 400 as n, cast(null as bigint) as distinct_persons,
        1.5 as se, 4.5 as cv, obs_value - 3 as lower_bound, obs_value + 3 as upper_bound, 60 as degrees_of_freedom,
        cast(year as varchar) as wave, '0123456789ab' as vintage
    from area
    inner join key using (of_regions), range($first, $last + 1) as years (year)
    order by all
"""
TABLES = {
    "partition": """
        select
            source_id as source, cast(year as varchar) as wave, 'published' as state, '' as reason,
            '' as standing_since, '0123456789ab' as vintage, 50000 as persons, cast(null as bigint) as distinct_persons,
            2500 as cells, '19' as icls_basis, true as synthetic, '' as protection
        from area, range($first, $last + 1) as years (year) where not of_regions
    """,
    "quality_result": """
        select
            source_id as source, cast(year as varchar) as wave, 'cells' as stage, 'check_' || number as check_id,
            'weights are positive' as description, 'critical' as severity, true as success, 1000 as checked,
            0 as unexpected, '' as observed, 'published' as belongs_to
        from area, range($first, $last + 1) as years (year), range($checks) as numbers (number)
        where not of_regions order by source, wave, check_id
    """,
    "availability": """
        select
            indicator, source_id as source, cast(year as varchar) as wave, 'not_produced' as state,
            (select min(reason_code) from availability_reason) as reason_code, '' as variables, 'not asked' as reason,
            0 as cells, 0 as withheld
        from indicator, area, range($first, $last + 1) as years (year)
        where not of_regions
        order by indicator, source, wave
    """,
    "covariance": """
        select
            source, indicator, sex, classif1, classif2, time, 'CBR_BIR_NATIVE' as other_classif2, time as other_time,
            0.1 as covariance, 400 as shared_units
        from observation
        where
            indicator in ('MST_TEAP_SEX_AGE_CBR_RT', 'MST_TEMP_SEX_AGE_CBR_RT', 'MST_TUNE_SEX_AGE_CBR_RT')
            and classif1 = 'AGE_YTHADULT_YGE15' and classif2 = 'CBR_BIR_FOREIGN'
        order by all
    """,
}


def make_large_release(home: Path, observations: int, countries: int = COUNTRIES) -> Path:
    """A release of about so many observations, at least a year of each country, in a home; its database."""
    folder = Layout(home).releases() / "20260101T000000Z-00000000"
    folder.mkdir(parents=True)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{folder / WAREHOUSE}' as made (storage_version '{STORAGE_VERSION}')")
        connection.execute("use made")
        create_table(connection, "indicator", indicator_rows())
        create_table(connection, "code", code_rows())
        for name, rows in declared_lists().items():
            create_table(connection, name, rows)
        areas, keys = _areas(countries), list(_keys())
        connection.register("area", pa.Table.from_pylist(areas))
        connection.register("key", pa.Table.from_pylist(keys))
        create_table(connection, "source", list({str(each["source"]): _source(each) for each in areas}.values()))
        rows_of_a_year = sum(1 for key in keys for area in areas if key["of_regions"] == area["of_regions"])
        years = {"first": YEARS[1] + 1 - max(1, -(-observations // rows_of_a_year)), "last": YEARS[1]}
        declare_table(connection, "observation")
        connection.execute(OBSERVATIONS, years)
        for name, query in TABLES.items():
            declare_table(connection, name)
            asked = {**years, "checks": CHECKS}
            connection.execute(
                f"insert into {name} by name {query}", {k: v for k, v in asked.items() if f"${k}" in query}
            )
        for name in ("note", "regional_input"):
            create_table(connection, name, [])
        (count,) = connection.execute("select count(*) from observation").fetchone() or (0,)
    make_current(home, folder, count, dataflows=len(all_indicators()))
    return folder / WAREHOUSE


def _areas(count: int) -> list[dict[str, str | bool]]:
    """Countries with a survey each, and every region with the estimates of them."""
    codes = [each.code for each in load_codelist("CL_AREA").codes]
    countries = [code for code in codes if re.fullmatch("[A-Z]{3}", code)][:count]
    regions = [code for code in codes if re.fullmatch(r"X\d\d", code)]
    named = [(code, f"BA:{code}.made_up", f"{code}.made_up") for code in countries]
    named += [(code, "XA:X01.made_up", "X01.made_up") for code in regions]
    return [
        {"code": code, "source": source, "source_id": source_id, "of_regions": code in regions}
        for code, source, source_id in named
    ]


def _source(area: Mapping[str, str | bool]) -> Row:
    return {
        "source": area["source"],
        "source_id": area["source_id"],
        "ref_area": area["code"],
        **{f"title_{language}": f"Survey {area['code']}" for language in ("en", "fr", "es")},
        **dict.fromkeys(("producer", "citation", "licence", "landing_page"), ""),
        **dict.fromkeys(("coverage", "coverage_fr", "coverage_es"), ""),
        "kind": "estimates" if area["of_regions"] else "survey",
        "synthetic": False,
    }


def _keys() -> Iterator[dict[str, str | bool]]:
    """What of each indicator a country, or a region, gives: sex and classifications."""
    for name, published in all_indicators().items():
        parts = published.classifications
        sexes: Sequence[str] = SEXES if "_SEX_" in name else ("",)
        most = (MOST_ORIGINS,) * len(parts) if name.startswith(CORRIDORS) else MOST_CODES.get(len(parts), ())
        codes = [_codes(part, count) for part, count in zip(parts, most, strict=True)] + [[""], [""]]
        for sex, one, two in product(sexes, *codes[:2]):
            yield {
                "indicator": name, "sex": sex, "classif1": one, "classif2": two, "of_regions": OF_REGIONS in parts,
            }  # fmt: skip


def _codes(classification: str, most: int) -> Sequence[str]:
    """The first codes of a classification: those that tell who is compared, and countries of origin after them."""
    codes = [each.code for each in load_codelist(f"CL_{classification}").codes]
    return sorted(codes, key=lambda code: code.split("_")[1] not in FIRST)[:most]
