"""Aggregates: what a producer gives together, such as education in three levels or industry in ten branches.

A code map says of such a code which values it may be: by a code of an aggregate version of the classification
(EDU_AGGREGATE_BAS, ECO_SECTOR_IND, OCU_SKILL_L2), or by the values themselves (`G+H+I`). A record then holds them all
(`1+2`), and never one that stands for the others.
"""

from __future__ import annotations

from functools import cache

from schemas.classifications import load_classifications
from schemas.concepts import load_concepts

SIGN = "+"
"""Stands between the values of an aggregate."""


def aggregate_members(variable: str, text: str) -> tuple[str, ...]:
    """The values of an aggregate, in the order of concepts.yaml; none where a text is no aggregate of the variable.

    One that holds every value says nothing and is none; a code of a version that takes a single value is that value.
    """
    concept = load_concepts()[variable]
    if not concept.aggregates:
        return ()
    named = text.split(SIGN) if SIGN in text else _codes(variable).get(text, [])
    members = [each.strip() for each in named]
    if len(set(members)) != len(members) or not set(members) < concept.values.keys():
        return ()
    return tuple(value for value in concept.values if value in members)


def aggregate_value(variable: str, text: str) -> str:
    """What records hold of a value: of an aggregate its values, joined by `+`; any other text as it is."""
    return SIGN.join(aggregate_members(variable, text)) or text


def members_of(value: str) -> frozenset[str]:
    """The values that a value of a record may be: several of an aggregate, itself of any other."""
    return frozenset(value.split(SIGN))


def is_aggregate(value: str) -> bool:
    """Whether a value of a record stands for several."""
    return SIGN in value


def aggregate_codes(variable: str) -> list[str]:
    """The codes of versions by which a map may name an aggregate of the variable."""
    return list(_codes(variable))


@cache
def _codes(variable: str) -> dict[str, list[str]]:
    """Each code of a version of the variable's classifications -> the values that it takes, where it takes several."""
    values = load_concepts()[variable].values
    found: dict[str, list[str]] = {}
    for classification in load_classifications().values():
        if classification.variable == variable:
            for code, takes in classification.codes.items():
                members = [each for each in takes if each in values] if isinstance(takes, list) else []
                found |= {code: members} if members else {}
    return found
