"""Territories of the reporting country in lists of countries: counted as declared, and named in a warning otherwise.

Whether a person born in Réunion is native-born in France depends on the producer's definition, which the code does not
show. A map beside `country` can state it (RE,FRA or RE,REU), or `territories`. A territory in neither counts as another
country, and a warning is published with the numbers.
"""

from __future__ import annotations

from collections.abc import Collection

from schemas.countries import same_state
from schemas.survey import Territories
from transforms.codes import Resolved


def settled_territories(
    resolved: Resolved, area: str, *, label: str, by_scheme: bool, territories: Territories | None
) -> tuple[dict[str, str], str]:
    """Canonical value of each code, and a warning on the territories about which nothing is declared, or None.

    `by_scheme`: codes that are in no map are read as countries, so the codes in the map count as declared.
    """
    related = same_state(area)
    if territories == "home":
        return {code: area if value in related else value for code, value in resolved.values.items()}, ""
    decided = {value for code, value in resolved.values.items() if by_scheme and code not in resolved.as_countries}
    open_ones = set() if territories == "abroad" else set(resolved.values.values()) & related - decided
    return resolved.values, territory_warning(label, open_ones, area) if open_ones else ""


def territory_warning(label: str, codes: Collection[str], area: str) -> str:
    """The warning on territories that count as other countries although that is not declared."""
    return (
        f"{label}: {', '.join(sorted(codes))} of the same state as {area} count as other countries; the declaration "
        "does not state what they count as"
    )
