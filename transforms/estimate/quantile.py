"""Weighted quantiles by cell, with Woodruff's standard errors."""

from __future__ import annotations

import duckdb
from scipy.special import stdtrit

from schemas.classifications import Classification
from schemas.concepts import core_columns
from schemas.expressions import check_expression
from schemas.indicators import Catalogue, Indicator
from schemas.source import Design
from transforms.derive import sql_template
from transforms.estimate.cells import CONFIDENCE
from transforms.estimate.plan import KEYS, dimension_of_key
from transforms.estimate.rollup import leaf_expression

ROUNDING = 1e-12


def estimate_quantile(
    connection: duckdb.DuckDBPyConnection,
    design: Design,
    catalogue: Catalogue,
    classifications: dict[str, Classification],
    indicator: Indicator,
) -> None:
    """Table estimate(sex, classif1, classif2, n, y, x, degrees_of_freedom, variance) of a quantile: y over x is it.

    References: Woodruff, Confidence intervals for medians and other position measures, JASA 47 (1952); the interval of
    the share is linearised by the design (Francisco and Fuller, Annals of Statistics 19, 1991).
    """
    keys = ", ".join(KEYS)
    share = float(indicator.quantile or 0.5)
    connection.execute(_valued(catalogue, classifications, indicator))
    connection.execute(sql_template("quantile.sql").substitute(keys=keys))
    connection.execute(
        f"create or replace temp table quantile as select {keys}, min(value) as q from distribution"
        f" where share >= {share - ROUNDING} group by {keys}"
    )
    _share_below(connection, design)
    create_share_interval(connection)
    connection.execute(
        f"""
        create or replace temp table estimate as
        with ends as (
            select {keys},
                min(value) filter (share >= lower - {ROUNDING}) as low,
                min(value) filter (share >= least(upper, 1) - {ROUNDING}) as high
            from distribution
            inner join share_interval using ({keys})
            group by {keys}
        )
        select {keys}, n, q as y, 1 as x, degrees_of_freedom,
            case when t > 0 then power((high - low) / (2 * t), 2) end as variance
        from quantile
        inner join share_interval using ({keys})
        inner join ends using ({keys})
        """
    )


def _valued(catalogue: Catalogue, classifications: dict[str, Classification], indicator: Indicator) -> str:
    """The persons of the population with a value, once for every cell they are in."""
    where = check_expression(
        catalogue.populations[str(indicator.population)].where, columns=set(core_columns()), where="population"
    )
    of_key = dimension_of_key(indicator.dimensions)
    codes = ", ".join(f"rollup_{of_key[key]}.code as {key}" if of_key[key] else f"'' as {key}" for key in KEYS)
    joins = " ".join(
        f"inner join rollup_{name} on rollup_{name}.leaf = {leaf_expression(classifications[name])}"
        for name in indicator.dimensions
    )
    return (
        f"create or replace temp table valued as select {codes}, coalesce(stratum, '') as stratum, psu, weight,"
        f" {indicator.variable} as value from core {joins}"
        f" where weight > 0 and ({where}) and {indicator.variable} is not null"
    )


def _share_below(connection: duckdb.DuckDBPyConnection, design: Design) -> None:
    """Table share_below: the share of weights at or below the quantile, with its variance, per cell."""
    keys = ", ".join(KEYS)
    is_clustered = design.kind == "clustered"
    unit = "stratum, psu" if is_clustered else "'' as stratum, '' as psu"
    squares = "cast(weight as double) * weight"
    connection.execute(
        f"""
        create or replace temp table units as
        select {keys}, {unit},
            count(*) as n,
            sum(cast(weight as decimal(38, 8))) filter (value <= q) as w_below,
            sum(cast(weight as decimal(38, 8))) as w_all,
            sum(cast({squares} as decimal(38, 12))) filter (value <= q) as w2_below,
            sum(cast({squares} as decimal(38, 12))) as w2_all
        from valued
        inner join quantile using ({keys})
        group by {keys}{", stratum, psu" if is_clustered else ""}
        """
    )
    template = "variance_clustered.sql" if is_clustered else "variance_persons.sql"
    ratio = "cell_y / nullif(cell_x, 0)" if is_clustered else "y / nullif(x, 0)"
    query = sql_template(template).substitute(
        keys=keys, n="n", base_n="n", y="coalesce(w_below, 0)", x="w_all",
        yy="coalesce(w2_below, 0)", xy="coalesce(w2_below, 0)", xx="w2_all",
        scale_yy="1.0", scale_xy="1.0", scale_xx="1.0",
        rate=f"coalesce({ratio}, 0)", single_psu=design.single_psu, design_effect=repr(design.design_effect),
    )  # fmt: skip
    connection.execute(f"create or replace temp table share_below as {query}")


def create_share_interval(connection: duckdb.DuckDBPyConnection) -> None:
    """Table share_interval: the 95 % interval of the share, cut to 0 and 1, and the t quantile that made it.

    It lies around the estimated share at or below the quantile, as in R's svyquantile, not around the share asked for.
    """
    keys = ", ".join(KEYS)
    rows = connection.execute("select distinct degrees_of_freedom from share_below where degrees_of_freedom > 0")
    values = [[row[0], float(stdtrit(row[0], (1 + CONFIDENCE) / 2))] for row in rows.fetchall()]
    connection.execute("create or replace temp table t_of_share (degrees_of_freedom bigint, t double)")
    if values:
        connection.executemany("insert into t_of_share values (?, ?)", values)
    connection.execute(
        f"""
        create or replace temp table share_interval as
        select {keys}, n, degrees_of_freedom, t,
            greatest(y / x - t * sqrt(greatest(variance, 0)) / x, 0) as lower,
            least(y / x + t * sqrt(greatest(variance, 0)) / x, 1) as upper
        from share_below
        left join t_of_share using (degrees_of_freedom)
        """
    )
