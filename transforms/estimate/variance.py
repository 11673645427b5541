"""Value and variance of an indicator in every cell, by the declared design."""

from __future__ import annotations

import duckdb

from schemas.indicators import Indicator
from schemas.source import Design, Replicates
from transforms.derive import sql_template
from transforms.estimate.plan import Sums, parts_of, product_name, sums_of


def estimate_indicator(
    connection: duckdb.DuckDBPyConnection, design: Design, indicator: Indicator, largest: dict[str, float]
) -> None:
    """Table estimate(cell, n, y, x, degrees_of_freedom, variance) of one indicator.

    y is the total of a count, or the numerator of a ratio over x; `variance` is that of y, or of x times the ratio.
    """
    sums = sums_of(indicator)
    base = f"n_{parts_of(indicator)[-1].name}"
    if design.kind == "clustered":
        query = clustered_variance(design, sums, base)
    elif design.replicates:
        query = replicate_variance(design.replicates, sums, base)
    else:
        value, base_value = (largest.get(str(name), 1.0) for name in (indicator.variable, indicator.base_variable))
        query = persons_variance(design, sums, base, (largest["weight"], value, base_value))
    connection.execute(f"create or replace temp table estimate as {query}")


def clustered_variance(design: Design, sums: Sums, base: str, moments: str = "moments") -> str:
    """SQL of the estimate and its variance from the moments of strata; `base` counts the cases of the denominator."""
    x = sums.x or "0"
    return sql_template("variance_clustered.sql").substitute(
        moments=moments,
        n=sums.n,
        base_units=f"units_{base}",
        y=sums.y,
        x=x,
        yy=product_name((sums.y, sums.y)),
        xy=product_name((sums.y, x)) if sums.x else "0",
        xx=product_name((x, x)) if sums.x else "0",
        rate="coalesce(cell_y / nullif(cell_x, 0), 0)" if sums.x else "0",
        single_psu=design.single_psu,
    )


def replicate_variance(replicates: Replicates, sums: Sums, base: str, units: str = "units") -> str:
    """SQL of the same from the sums of every replicate weight."""
    return sql_template("variance_replicate.sql").substitute(
        units_table=units,
        n=sums.n,
        base_n=base,
        y=sums.y,
        x=sums.x or "0",
        estimate="y / nullif(x, 0)" if sums.x else "y",
        unit="x * x" if sums.x else "1",
        centre=replicates.centre,
    )


def persons_variance(
    design: Design, sums: Sums, base: str, largest: tuple[float, float, float] = (1.0, 1.0, 1.0), units: str = "units"
) -> str:
    """SQL of the same for persons as units, whose squares were summed relative to the `largest`: weight, value of the
    variable and value of the base variable."""
    squared, value, base_value = largest[0] ** 2, largest[1], largest[2]
    return sql_template("variance_persons.sql").substitute(
        units_table=units,
        n=sums.n,
        base_n=base,
        y=sums.y,
        x=sums.x or "0",
        yy=sums.yy,
        xy=sums.xy,
        xx=sums.xx,
        scale_yy=repr(squared * value**2),
        scale_xy=repr(squared * value * base_value),
        scale_xx=repr(squared * base_value**2),
        rate="coalesce(y / nullif(x, 0), 0)" if sums.x else "0",
        design_effect=repr(design.design_effect),
    )
