"""Aggregates: what a producer gives together, such as education in three levels or industry in ten branches.

A code map gives the values that such a code may stand for: as a code of an aggregate version of the classification
(EDU_AGGREGATE_BAS, ECO_SECTOR_IND, OCU_SKILL_L2), or as the values themselves (`G+H+I`). A record then holds all of
them (`1+2`), never one on behalf of the others.
"""

from __future__ import annotations

from functools import cache

from schemas.classifications import load_classifications
from schemas.concepts import load_concepts

SIGN = "+"
"""Stands between the values of an aggregate."""


def aggregate_members(variable: str, text: str) -> tuple[str, ...]:
    """The values of an aggregate, in the order of concepts.yaml; none where a text is not an aggregate of the variable.

    All values together say nothing and are not an aggregate, nor is a version's code that takes a single value.
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
    """How records hold a value: an aggregate as its values joined by `+`, any other text as it is."""
    return SIGN.join(aggregate_members(variable, text)) or text


def members_of(value: str) -> frozenset[str]:
    """The values that a record's value may stand for: several for an aggregate, itself for any other."""
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
