"""Which countries get a code of their own in a table by country."""

from __future__ import annotations

from schemas.classifications import load_classifications
from schemas.indicators import Indicator
from transforms.estimate.atoms import Atoms
from transforms.estimate.rollup import country_codes
from transforms.measures import measure_of


def largest_countries(atoms: Atoms, dimension: str, indicator: Indicator, number: int | None) -> list[str]:
    """The countries with the most weighted persons in the indicator's population; ties by code.

    All countries of somebody in the population when `number` is None.
    """
    countries = load_classifications()[dimension].countries
    if countries is None:
        return []
    coding = atoms.persons.coding
    is_counted = coding.populations[measure_of(indicator).parts(indicator)[0].population].is_set
    rows = atoms.relation.connection.execute(
        f"select {coding.leaf_bits[dimension].number} as leaf, sum(w) from {atoms.relation}"
        f" where n > 0 and leaf > 0 and {is_counted} group by 1 order by 2 desc, 1"
    ).fetchall()
    leaves = [coding.leaves[dimension][leaf - 1] for leaf, _ in rows]
    known = country_codes(countries, leaves)
    return [leaf for leaf in leaves if leaf in known][:number]
