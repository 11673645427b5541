"""Value and variance of an indicator in every cell, by the declared design."""

from __future__ import annotations

import duckdb

from schemas.indicators import Indicator
from schemas.source import Design
from transforms.derive import sql_template
from transforms.estimate.plan import KEYS, parts_of, sums_of


def estimate_indicator(
    connection: duckdb.DuckDBPyConnection, design: Design, indicator: Indicator, largest: dict[str, float]
) -> None:
    """Table estimate(sex, classif1, classif2, n, y, x, degrees_of_freedom, variance) of one indicator.

    y is the total of a count, or the numerator of a ratio over x; `variance` is that of y, or of x times the ratio.
    """
    sums = sums_of(indicator)
    squared = largest["weight"] ** 2
    value = largest.get(str(indicator.variable), 1.0)
    template = "variance_clustered.sql" if design.kind == "clustered" else "variance_persons.sql"
    query = sql_template(template).substitute(
        keys=", ".join(KEYS),
        n=sums.n,
        base_n=f"n_{parts_of(indicator)[-1].name}",
        y=sums.y,
        x=sums.x,
        yy=sums.yy,
        xy=sums.xy,
        xx=sums.xx,
        scale_yy=repr(squared * value**2),
        scale_xy=repr(squared * value),
        scale_xx=repr(squared),
        rate=_ratio(design) if sums.is_ratio else "0",
        single_psu=design.single_psu,
        design_effect=repr(design.design_effect),
    )
    connection.execute(f"create or replace temp table estimate as {query}")


def _ratio(design: Design) -> str:
    return "coalesce(cell_y / nullif(cell_x, 0), 0)" if design.kind == "clustered" else "coalesce(y / nullif(x, 0), 0)"
