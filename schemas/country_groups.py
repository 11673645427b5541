"""Groups of countries that a producer gives as one: classes of their own beside countries, such as EU15 or XEUR.

Their codes stand in the code lists of countries. `country_groups.csv` names the members of those that are settled, so
that a group and a country of it are never counted side by side; of a rest (XEUR), or a region that every producer draws
otherwise, it names none.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

GROUPS_FILE = Path(__file__).parent / "country_groups.csv"


@cache
def load_country_groups() -> Mapping[str, frozenset[str]]:
    """Every group by its code, with its members (ISO 3166-1 alpha-3) where they are settled."""
    with GROUPS_FILE.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, strict=True))
    return MappingProxyType({row["code"]: frozenset(row["members"].split()) for row in rows})


def side_by_side(values: Collection[str], ref_area: str) -> str:
    """What is wrong with groups among values that also has members of theirs, in words; empty when nothing is.

    The reporting country is no member here: `EU15` of a member state are the others.
    """
    groups = load_country_groups()
    found = set(values)
    for group in sorted(found & groups.keys()):
        others = {each: groups[each] for each in sorted(found & groups.keys() - {group})}
        parts = sorted((groups[group] & found) - {ref_area})
        parts += [each for each, members in others.items() if members & groups[group] - {ref_area}]
        if parts:
            return f"{group} stands beside {', '.join(parts)}, which it includes in part or whole"
    return ""
