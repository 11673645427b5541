"""Which indicators a survey may give in full, by its declaration alone: before any file is read.

Whether it does is for the records to say: `transforms.estimate.availability` decides that for each wave.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from schemas.classifications import load_classifications, load_versions
from schemas.concepts import load_concepts
from schemas.indicators import Catalogue, Indicator, load_catalogue
from schemas.survey import Survey

FOLLOWS_FROM: Mapping[str, tuple[tuple[str, ...], ...]] = MappingProxyType(
    {
        "working_age": (("age",),),
        "birth_status": (("country_of_birth",),),
        "citizenship_status": (("country_of_citizenship",),),
        "years_since_arrival": (("year_of_arrival",),),
        "return_international_migrant_worker": (("worked_abroad",),),
        "for_work_international_migrant": (
            ("main_reason_for_migration", "birth_status"),
            ("main_reason_for_migration", "citizenship_status"),
        ),
        "recruitment_cost_months": (("recruitment_cost", "first_month_earnings_abroad"),),
    }
)
"""Variable -> the sets of other variables that it is computed from (transforms/derive.py), where it is not declared."""


def indicators_of_survey(source: Survey) -> frozenset[str]:
    """The indicators that some wave may give by all of their classifications."""
    catalogue, given = load_catalogue(), set[str]()
    for wave in source.waves:
        known = known_variables(source, wave)
        rest = {name: each for name, each in catalogue.indicators.items() if name not in given}
        given |= {name for name, each in rest.items() if _gives(source, wave, catalogue, each, known)}
    return frozenset(given)


def known_variables(source: Survey, wave: str) -> frozenset[str]:
    """The variables that a wave has, by its declaration: those declared, and those that follow from them."""
    known = {name for name, each in source.wave_variables(wave).items() if each.missing is None}
    known |= {
        concept.coarser.variable for name, concept in load_concepts().items() if concept.coarser and name in known
    }
    for name, ways in FOLLOWS_FROM.items():
        if any(known.issuperset(way) for way in ways):
            known.add(name)
    return frozenset(known)


def may_hold(source: Survey, wave: str, name: str, value: str) -> bool:
    """Whether a category may have a value by the declaration of a wave: one that is the same for everyone has no other,
    and the codes of a map have only the values of the map."""
    variable = source.wave_variables(wave).get(name)
    if variable is None or variable.missing is not None:
        return False
    if variable.constant is not None:
        return variable.constant == value
    codes = source.wave_codes(wave).get(variable.map or "", {})
    return variable.map is None or value in {code.value for code in codes.values()}


def _gives(source: Survey, wave: str, catalogue: Catalogue, indicator: Indicator, known: Collection[str]) -> bool:
    populations = catalogue.populations_of(indicator)
    classified = (load_classifications()[name] for name in indicator.dimensions)
    wanted = {need for each in populations for need in catalogue.populations[each].needs}
    wanted |= {*indicator.variables, *(load_versions()[factor][0] for factor in indicator.factors or [])}
    wanted |= {each.variable for each in classified if each.variable is not None}
    included = [pair for each in populations for pair in catalogue.populations[each].includes.items()]
    return (
        wanted.issubset(known)
        and populations.isdisjoint(source.without)
        and all(may_hold(source, wave, *pair) for pair in included)
    )
