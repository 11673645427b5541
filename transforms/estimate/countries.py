"""Which countries get a code of their own in a table by country."""

from __future__ import annotations

import duckdb

from schemas.classifications import load_classifications
from schemas.indicators import Indicator
from transforms.estimate.plan import parts_of
from transforms.estimate.rollup import country_codes


def largest_countries(
    connection: duckdb.DuckDBPyConnection, dimension: str, indicator: Indicator, number: int | None
) -> list[str]:
    """The countries with most weighted persons in the indicator's population, by table atoms; ties by code.

    All countries that somebody of the population is from when `number` is None.
    """
    countries = load_classifications()[dimension].countries
    if countries is None:
        return []
    rows = connection.execute(
        f"select leaf_{dimension}, sum(w) from atoms where n > 0 and in_{parts_of(indicator)[0].population}"
        f" group by 1 order by 2 desc, 1"
    ).fetchall()
    known = country_codes(countries, [str(row[0]) for row in rows])
    return [leaf for leaf, _ in rows if leaf in known][:number]
