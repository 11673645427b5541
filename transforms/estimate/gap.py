"""Gaps between the means of two groups, raw or weighted over the classes of factors, with linearised standard errors.

The factor-weighted gap follows the idea of the ILO's Global Wage Report 2018/19: gaps between persons who are alike in
the factors, weighted by how many there are of each kind.
"""

from __future__ import annotations

import duckdb

from schemas.classifications import Classification, load_versions
from schemas.indicators import Catalogue, Indicator
from schemas.source import Design, Replicates
from transforms.derive import sql_template
from transforms.duck import quote_text
from transforms.estimate.plan import Sums
from transforms.estimate.replicates import core_of_replicates, replicate_columns
from transforms.estimate.rollup import leaf_expression
from transforms.estimate.scan import cell_number, create_moments
from transforms.estimate.variance import clustered_variance, persons_variance, replicate_variance


def estimate_gap(
    connection: duckdb.DuckDBPyConnection,
    design: Design,
    catalogue: Catalogue,
    classifications: dict[str, Classification],
    indicator: Indicator,
) -> None:
    """Table estimate(cell, n, y, x, degrees_of_freedom, variance): y is the gap in per cent, x is 1.

    Cases are those of the compared group; degrees of freedom count the sampling units of both groups.
    """
    connection.execute(_valued(connection, design, catalogue, classifications, indicator))
    sums = Sums("n", "z", None, "zz", "0", "0")
    connection.execute(_by_replicate(design.replicates) if design.replicates else sql_template("gap.sql").template)
    if design.replicates:
        query = replicate_variance(design.replicates, sums, "cases", "units_of_gap")
    elif design.kind == "clustered":
        create_moments(
            connection, cases=["n", "cases"], products=sums.products, units="units_of_gap", target="moments_of_gap"
        )
        query = clustered_variance(design, sums, "cases", "moments_of_gap")
    else:
        query = persons_variance(design, sums, "cases", units="units_of_gap")
    connection.execute(
        f"""
        create or replace temp table estimate as
        select cell, n, 100 * gap as y, 1 as x, degrees_of_freedom, 1e4 * variance as variance
        from ({query})
        inner join (select cell, any_value(gap) as gap from units_of_gap group by cell) using (cell)
        """
    )


def _by_replicate(replicates: Replicates) -> str:
    """SQL of table units_of_gap: the gap in every cell by the full weight (replicate 0) and by each replicate."""
    weights = replicate_columns(replicates)
    exact = [f"cast({weight} as decimal(38, 8))" for weight in weights]
    values = [f"cast({weight} * value as decimal(38, 8))" for weight in weights]
    groups = {"n_c": (exact, "is_compared"), "n_r": (exact, "is_reference"), "w": (exact, "is_share")}
    groups |= {"y_c": (values, "is_compared"), "y_r": (values, "is_reference")}
    sums = [
        f"[{', '.join(f'sum({each}) filter ({group})' for each in summed)}] as {name}"
        for name, (summed, group) in groups.items()
    ]
    return sql_template("gap_replicate.sql").substitute(sums=",\n        ".join(sums), last=len(weights) - 1)


def _valued(
    connection: duckdb.DuckDBPyConnection,
    design: Design,
    catalogue: Catalogue,
    classifications: dict[str, Classification],
    indicator: Indicator,
) -> str:
    """The persons with a value who are in one of the groups, once for every cell they are in, with their class.

    A view where replicate weights are among it: kept as a table they would not fit into memory.
    """
    compared, reference = (catalogue.condition(str(name)) for name in (indicator.population, indicator.against))
    share = catalogue.condition(indicator.shares_of) if indicator.shares_of else "true"
    cell = cell_number(connection, tuple(indicator.dimensions), "rollup")
    unit = "coalesce(stratum, '') as stratum, psu" if design.kind == "clustered" else "'' as stratum, '' as psu"
    weights = ", ".join(replicate_columns(design.replicates)) if design.replicates else "weight"
    core = core_of_replicates(design.replicates)
    joins = " ".join(
        f"inner join rollup_{name} on rollup_{name}.leaf = {leaf_expression(classifications[name])}"
        for name in indicator.dimensions
    )
    return f"""
        create or replace temp {"view" if design.replicates else "table"} valued as
        select {cell} as cell, {unit}, {weights}, {indicator.variable} as value,
            {_class(indicator.factors or [])} as class,
            coalesce(({compared}), false) as is_compared,
            coalesce(({reference}), false) as is_reference,
            coalesce(({share}), false) as is_share
        from {core} {joins}
        where weight > 0 and {indicator.variable} is not null and class is not null
            and (is_compared or is_reference or ({"is_share" if indicator.shares_of else "false"}))
    """


def _class(factors: list[str]) -> str:
    """SQL of the class that a person is in; nothing where a factor is not known."""
    parts = []
    for factor in factors:
        variable, codes = load_versions()[factor]
        cases = " ".join(
            f"when {variable} in ({', '.join(map(quote_text, values))}) then {quote_text(code)}"
            for code, values in codes.items()
        )
        parts.append(f"case {cases} end")
    return " || '|' || ".join(parts) if parts else "''"
