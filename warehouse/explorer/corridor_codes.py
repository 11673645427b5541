"""Which numbers are of a corridor: by the codes of countries in their classifications."""

from __future__ import annotations

import re
from dataclasses import dataclass

import duckdb

from warehouse.explorer.numbers import Number
from warehouse.service.shelf import OpenRelease

INTO = {"CCT": "CCT_CTZ", "CBR": "CBR_BRT", "CPR": "CPR_PRV"}
"""Classifications whose codes are origins of those who are in the reporting country; their versions of countries."""
OUT_OF = {"CRS": "CRS_RES", "CDS": "CDS_DES"}
"""Those whose codes are destinations of the reporting country's people."""
VERSIONS = "|".join([*INTO.values(), *OUT_OF.values()])
CODE = re.compile(rf"(?:{VERSIONS})_([A-Z]{{3}})")
ONE_COUNTRY = f"^({VERSIONS})_[A-Z]{{3}}$"
"""Such a code, as DuckDB has it."""
GIVEN = f"""
    with coded as (
        select indicator, ref_area, unnest([classif1, classif2]) as code
        from observation
        where regexp_matches(classif1, '{ONE_COUNTRY}') or regexp_matches(classif2, '{ONE_COUNTRY}')
    )
    select indicator, count(distinct ref_area), count(distinct code)
    from coded
    inner join indicator using (indicator)
    where regexp_matches(code, '{ONE_COUNTRY}')
    group by indicator
    order by any_value(unit_measure) = 'PT', 2 desc, 3 desc, 1
"""


@dataclass(frozen=True)
class Given:
    """The indicators that tell corridors, persons and cases before rates, those of the most countries first."""

    indicators: tuple[str, ...]


def read_given(_: OpenRelease, cursor: duckdb.DuckDBPyConnection) -> Given:
    """Which indicators tell corridors."""
    return Given(tuple(row[0] for row in cursor.execute(GIVEN).fetchall()))


def ends_of(number: Number) -> tuple[str, str] | None:
    """The origin and the destination that a number is of; None where it is of no single corridor."""
    for code in (number.classif1, number.classif2):
        if code and (found := CODE.fullmatch(code)):
            is_into = code.split("_")[0] in INTO
            return (found[1], number.area) if is_into else (number.area, found[1])
    return None
