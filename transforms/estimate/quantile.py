"""Weighted quantiles by cell, with Woodruff's standard errors."""

from __future__ import annotations

import duckdb

from schemas.classifications import Classification
from schemas.indicators import Catalogue, Indicator
from schemas.source import Design
from transforms.derive import sql_template
from transforms.estimate.cells import add_t_quantiles
from transforms.estimate.plan import Sums
from transforms.estimate.replicates import core_of_replicates, replicate_columns, sum_replicates_below
from transforms.estimate.rollup import leaf_expression
from transforms.estimate.scan import cell_number, create_moments
from transforms.estimate.variance import clustered_variance, persons_variance, replicate_variance

ROUNDING = 1e-12


def estimate_quantile(
    connection: duckdb.DuckDBPyConnection,
    design: Design,
    catalogue: Catalogue,
    classifications: dict[str, Classification],
    indicator: Indicator,
) -> None:
    """Table estimate(cell, n, y, x, low, high, degrees_of_freedom, variance) of a quantile: y over x is it.

    Its 95 % interval is Woodruff's own, from `low` to `high`, as R's svyquantile gives it: two values that persons
    have, and not the quantile plus or minus a multiple of its standard error, which can end below zero.

    References: Woodruff, Confidence intervals for medians and other position measures, JASA 47 (1952); the interval of
    the share is linearised by the design (Francisco and Fuller, Annals of Statistics 19, 1991).
    """
    share = float(indicator.quantile or 0.5)
    connection.execute(_valued(connection, catalogue, classifications, indicator, design))
    connection.execute(sql_template("quantile.sql").template)
    connection.execute(
        f"create or replace temp table quantile as select cell, min(value) as q from distribution"
        f" where share >= {share - ROUNDING} group by cell"
    )
    _share_below(connection, design)
    create_share_interval(connection)
    connection.execute(
        f"""
        create or replace temp table estimate as
        with ends as (
            select cell,
                min(value) filter (share >= lower - {ROUNDING}) as low,
                min(value) filter (share >= least(upper, 1) - {ROUNDING}) as high
            from distribution
            inner join share_interval using (cell)
            group by cell
        )
        select cell, n, q as y, 1 as x, low, high, degrees_of_freedom,
            case when t > 0 then power((high - low) / (2 * t), 2) end as variance
        from quantile
        inner join share_interval using (cell)
        inner join ends using (cell)
        """
    )


def _valued(
    connection: duckdb.DuckDBPyConnection,
    catalogue: Catalogue,
    classifications: dict[str, Classification],
    indicator: Indicator,
    design: Design,
) -> str:
    """The persons of the population with a value, once for every cell they are in.

    A view where replicate weights are among it: kept as a table they would not fit into memory.
    """
    where = catalogue.condition(str(indicator.population))
    joins = " ".join(
        f"inner join rollup_{name} on rollup_{name}.leaf = {leaf_expression(classifications[name])}"
        for name in indicator.dimensions
    )
    unit = "coalesce(stratum, '') as stratum, psu" if design.kind == "clustered" else "'' as stratum, '' as psu"
    weights = ", ".join(replicate_columns(design.replicates)) if design.replicates else "weight"
    core = core_of_replicates(design.replicates)
    return (
        f"create or replace temp {'view' if design.replicates else 'table'} valued as"
        f" select {cell_number(connection, tuple(indicator.dimensions), 'rollup')} as cell, {unit}, {weights},"
        f" {indicator.variable} as value from {core} {joins}"
        f" where weight > 0 and ({where}) and {indicator.variable} is not null"
    )


def _share_below(connection: duckdb.DuckDBPyConnection, design: Design) -> None:
    """Table share_below: the share of weights at or below the quantile, with its variance, per cell."""
    if design.replicates:
        sum_replicates_below(connection, design.replicates)
    else:
        _sum_below(connection)
    sums = Sums("n", "w_below", "w_all", "w2_below", "w2_below", "w2_all")
    if design.kind == "clustered":
        create_moments(connection, cases=["n"], products=sums.products, units="units_below", target="moments_below")
        query = clustered_variance(design, sums, "n", "moments_below")
    elif design.replicates:
        query = replicate_variance(design.replicates, sums, "n", "units_below")
    else:
        query = persons_variance(design, sums, "n", units="units_below")
    connection.execute(f"create or replace temp table share_below as {query}")


def _sum_below(connection: duckdb.DuckDBPyConnection) -> None:
    """Table units_below: cases, weights and their squares, at or below the quantile and in all, per cell and PSU."""
    squares = "cast(weight as double) * weight"
    connection.execute(
        f"""
        create or replace temp table units_below as
        select cell, stratum, psu,
            count(*) as n,
            coalesce(sum(cast(weight as decimal(38, 8))) filter (value <= q), 0) as w_below,
            sum(cast(weight as decimal(38, 8))) as w_all,
            coalesce(sum(cast({squares} as decimal(38, 12))) filter (value <= q), 0) as w2_below,
            sum(cast({squares} as decimal(38, 12))) as w2_all
        from valued
        inner join quantile using (cell)
        group by cell, stratum, psu
        """
    )


def create_share_interval(connection: duckdb.DuckDBPyConnection) -> None:
    """Table share_interval: the 95 % interval of the share, cut to 0 and 1, and the t quantile that made it.

    It lies around the estimated share at or below the quantile, as in R's svyquantile, not around the share asked for.
    """
    add_t_quantiles(connection, "share_below")
    connection.execute(
        """
        create or replace temp table share_interval as
        select cell, n, degrees_of_freedom, t,
            greatest(y / x - t * sqrt(greatest(variance, 0)) / x, 0) as lower,
            least(y / x + t * sqrt(greatest(variance, 0)) / x, 1) as upper
        from share_below
        left join t_quantile using (degrees_of_freedom)
        """
    )
