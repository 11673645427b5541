"""Weighted quantiles by cell, with Woodruff's standard errors.

valued        the persons who have a value, and the cells that they are in      (transforms.estimate.valued)
distribution  the share of a cell's weight at or below each value; all quantiles of the same persons share it
quantiles     the smallest value of each cell at which the required share is reached
below         cases and weights at or below the quantile and in all, by sampling unit
shares_below  the estimated share at or below the quantile, with its standard error under the design
estimate      the interval of the share carried back to the values

References: Woodruff, Confidence intervals for medians and other position measures, JASA 47 (1952); the interval of the
share is linearised by the design (Francisco and Fuller, Annals of Statistics 19, 1991).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from schemas.indicators import Indicator
from transforms.estimate.add_up import listed_domains
from transforms.estimate.domains import Floats
from transforms.estimate.estimates import ESTIMATE, create_estimate
from transforms.estimate.persons import Persons
from transforms.estimate.rollup import Rollup, cells_of
from transforms.estimate.valued import Valued, create_valued
from transforms.measures import Scale, Sums, unit_of
from transforms.relation import Relation, create_table
from transforms.sql import load_sql

ROUNDING = 1e-12


@dataclass(frozen=True)
class Distribution:
    """How the values of a variable are distributed over a population's persons in each cell.

    valued   the persons, and the cells that they are in
    shares   (cell, value, share): the share of the cell's weight at or below each value, from 0 to 1
    cells    how many cells there are
    persons  those of the partition, with their sample
    distinct_persons  in each cell, where they may have several records
    """

    valued: Valued
    shares: Relation
    cells: int
    persons: Persons
    distinct_persons: Floats | None = None


def create_distribution(
    persons: Persons, rollups: Sequence[Rollup], indicator: Indicator, distinct_persons: Floats | None = None
) -> Distribution:
    """The distribution that all quantiles of an indicator's variable over its population share."""
    valued = create_valued(persons, rollups, str(indicator.variable), str(indicator.population))
    query = load_sql(__file__, "distribution").substitute(valued=valued.persons, cell_of=valued.cell_of)
    shares = create_table(valued.persons.connection, "distribution", query, columns=("cell", "value", "share"))
    return Distribution(valued, shares, cells_of(rollups), persons, distinct_persons)


def estimate_quantile(distribution: Distribution, indicator: Indicator) -> Relation:
    """Table `estimate` of a quantile (columns of ESTIMATE, `low` and `high`): y is the quantile, in the variable's own
    unit.

    Its 95 % interval is Woodruff's own, from `low` to `high`, as R's svyquantile gives it: two values that persons
    have, and not the quantile plus or minus a multiple of its standard error, which can end below zero. Where the
    interval of the share extends below zero or above one, no value in the sample corresponds to that end: it is not
    given, nor is a standard error, which is derived from both ends.
    """
    connection, share = distribution.shares.connection, float(indicator.quantile or 0.5)
    quantiles = create_table(
        connection,
        "quantile",
        f"select cell, min(value) as q from {distribution.shares} where share >= {share - ROUNDING} group by cell",
    )
    query = load_sql(__file__, "woodruff").substitute(
        quantiles=quantiles,
        shares_below=_shares_below(distribution, quantiles),
        distribution=distribution.shares,
        rounding=ROUNDING,
        unit=unit_of(indicator),
    )
    estimate = create_table(connection, "estimate", query)
    estimate.require(*ESTIMATE, "low", "high")
    return estimate


def _shares_below(distribution: Distribution, quantiles: Relation) -> Relation:
    """Per cell the share of weights at or below the quantile as y over x, with the error of y (columns of ESTIMATE)."""
    connection, valued, persons = quantiles.connection, distribution.valued, distribution.persons
    bounds = create_table(connection, "bound", f"from {valued.cell_of} inner join {quantiles} using (cell)")
    squares = persons.squares.below_quantile()
    sums_of = ("n", "w_below", "w_all", *squares)
    query = persons.sample.below_query(valued.persons, bounds, squares)
    below = create_table(connection, "below", query, columns=("cell", "unit", *sums_of))
    domains = listed_domains(below, sums_of, distribution.cells, persons.sample.count)
    sums = Sums(n="n", base="n", y="w_below", x="w_all", yy="w2_below", xy="w2_below", xx="w2_all")
    estimates = replace(persons.sample.estimate(domains, sums), persons=distribution.distinct_persons)
    return create_estimate(connection, estimates, Scale(), "shares_below")
