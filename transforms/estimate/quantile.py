"""Weighted quantiles by cell, with Woodruff's standard errors."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from schemas.indicators import Indicator
from transforms.estimate.coding import Coding
from transforms.estimate.domains import listed_domains
from transforms.estimate.replicates import sum_replicates_below
from transforms.estimate.rollup import Rollup, cells_of
from transforms.estimate.sample import Sample
from transforms.estimate.valued import create_valued
from transforms.estimate.variance import estimate_sums, write_estimates
from transforms.measures import Scale, Sums, unit_of
from transforms.sql import load_sql

ROUNDING = 1e-12


def create_distribution(
    connection: duckdb.DuckDBPyConnection,
    sample: Sample,
    coding: Coding,
    rollups: Sequence[Rollup],
    indicator: Indicator,
) -> None:
    """View `valued` and table `distribution`(cell, value, share), which all quantiles of the same persons share."""
    create_valued(connection, coding, sample.design, rollups, str(indicator.variable), str(indicator.population))
    connection.execute(load_sql(__file__, "quantile").template)


def estimate_quantile(
    connection: duckdb.DuckDBPyConnection, sample: Sample, rollups: Sequence[Rollup], indicator: Indicator
) -> None:
    """Table estimate (see `write_estimates`) of a quantile, from table distribution: y over x is it.

    Its 95 % interval is Woodruff's own, from `low` to `high`, as R's svyquantile gives it: two values that persons
    have, and not the quantile plus or minus a multiple of its standard error, which can end below zero. Where the
    interval of the share goes below nought or above one, no value of the sample is its end: that end is not given, nor
    is a standard error, which is made of both.

    References: Woodruff, Confidence intervals for medians and other position measures, JASA 47 (1952); the interval of
    the share is linearised by the design (Francisco and Fuller, Annals of Statistics 19, 1991).
    """
    share = float(indicator.quantile or 0.5)
    connection.execute(
        f"create or replace temp table quantile as select cell, min(value) as q from distribution"
        f" where share >= {share - ROUNDING} group by cell"
    )
    connection.execute("create or replace temp table bound as from cell_of inner join quantile using (cell)")
    _share_below(connection, sample, cells_of(rollups))
    _create_share_interval(connection)
    connection.execute(
        f"""
        create or replace temp table estimate as
        with ends as (
            select cell,
                min(value) filter (lower >= -{ROUNDING} and share >= lower - {ROUNDING}) as low,
                min(value) filter (upper <= 1 + {ROUNDING} and share >= least(upper, 1) - {ROUNDING}) as high
            from distribution
            inner join share_interval using (cell)
            group by cell
        )
        select cell, n, q as y, 1 as x, low, high, degrees_of_freedom,
            case when t > 0 then (high - low) / (2 * t) / {unit_of(indicator)} end as se, t
        from quantile
        inner join share_interval using (cell)
        inner join ends using (cell)
        """
    )


def _share_below(connection: duckdb.DuckDBPyConnection, sample: Sample, cells: int) -> None:
    """Table share_below: the share of weights at or below the quantile, with the error of its numerator, per cell."""
    squares = ("w2_below", "w2_all") if sample.design.persons_are_units else ()
    if sample.design.replicates:
        sum_replicates_below(connection, sample.design.replicates)
    else:
        _sum_below(connection, with_squares=bool(squares))
    domains = listed_domains(connection, "units_below", ("n", "w_below", "w_all", *squares), cells, sample)
    sums = Sums("n", "w_below", "w_all", "w2_below", "w2_below", "w2_all")
    write_estimates(connection, estimate_sums(domains, sums, "n"), Scale(), "share_below")


def _sum_below(connection: duckdb.DuckDBPyConnection, *, with_squares: bool) -> None:
    """Table units_below: cases, weights and their squares, at or below the quantile and in all, per cell and PSU."""
    square = "cast(cast(weight as double) * weight as decimal(38, 12))"
    squares = f", coalesce(sum({square}) filter (value <= q), 0) as w2_below, sum({square}) as w2_all"
    connection.execute(
        f"""
        create or replace temp table units_below as
        select cell, unit,
            count(*) as n,
            coalesce(sum(weight) filter (value <= q), 0) as w_below,
            sum(weight) as w_all
            {squares if with_squares else ""}
        from valued
        inner join bound using (combination)
        group by cell, unit
        """
    )


def _create_share_interval(connection: duckdb.DuckDBPyConnection) -> None:
    """Table share_interval: the 95 % interval of the share, and the t quantile that made it.

    It lies around the estimated share at or below the quantile, as in R's svyquantile, not around the share asked for.
    """
    connection.execute(
        """
        create or replace temp table share_interval as
        select cell, n, degrees_of_freedom, t,
            y / x - t * se / x as lower,
            y / x + t * se / x as upper
        from share_below
        where x > 0
        """
    )
