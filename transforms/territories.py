"""Territories of the reporting country among countries: counted as the declaration says, and named until it does.

Whether a person born in Réunion is native to France is the producer's definition, which no code shows. A map beside
`country` says it (RE,FRA or RE,REU); so does `territories`. What neither settles counts as another country, and a
warning travels with the numbers.
"""

from __future__ import annotations

from collections.abc import Collection

from schemas.countries import same_state
from schemas.survey import Territories
from transforms.codes import Resolved


def settled_territories(
    resolved: Resolved, area: str, *, label: str, by_scheme: bool, territories: Territories | None
) -> tuple[dict[str, str], str]:
    """Canonical value of each code, and a warning of the territories that the declaration does not settle, or none.

    `by_scheme`: codes that no map has are read as countries, so that what the map has was decided by somebody.
    """
    related = same_state(area)
    if territories == "home":
        return {code: area if value in related else value for code, value in resolved.values.items()}, ""
    decided = {value for code, value in resolved.values.items() if by_scheme and code not in resolved.as_countries}
    open_ones = set() if territories == "abroad" else set(resolved.values.values()) & related - decided
    return resolved.values, territory_warning(label, open_ones, area) if open_ones else ""


def territory_warning(label: str, codes: Collection[str], area: str) -> str:
    """What is said of territories that count as other countries although nobody has declared it."""
    return (
        f"{label}: {', '.join(sorted(codes))} of the same state as {area} count as other countries; "
        "the declaration does not say what they count as"
    )
