"""Which indicators of the catalogue a survey can give, which in totals only, and the reasons for the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from schemas.availability import Decision
from schemas.classifications import load_versions
from schemas.concepts import banded, load_concepts
from schemas.indicators import Catalogue, Indicator
from schemas.partition import Partition
from schemas.survey import Survey
from transforms.estimate.aggregates import IN_AGGREGATES, Aggregates, aggregates_of, variables_of_cut_factors
from transforms.estimate.bands import IN_BANDS
from transforms.estimate.dimensions import ONE_CLASS, Dimensions, may_have
from transforms.estimate.profile import Profile
from transforms.estimate.rollup import ABSENT_KINDS, COUNTRY_NOT_GIVEN

NOT_ASKED = (*ABSENT_KINDS, "not_in_universe", None)
RESIDENCE, ABSENT_ABROAD = "usual_resident", "absent_abroad"
WORDS = {
    "not_asked": "the source does not ask it",
    "not_available": "it is not in the source's file",
    "value": "the source has a value for nobody",
    ONE_CLASS: "the source covers one class of it only",
    IN_BANDS: "the source has it in bands that do not fit the classes",
    IN_AGGREGATES: "the source has it in groups that do not fit the classes",
    COUNTRY_NOT_GIVEN: "the source identifies foreigners, but not their country",
}


def decide(
    source: Survey,
    partition: Partition,
    catalogue: Catalogue,
    dimensions: Dimensions,
    profile: Profile,
    across_bands: Mapping[str, str],
) -> list[Decision]:
    """One decision for every indicator of the catalogue, from the profile of the persons.

    Where all records are of absent members of households, no indicator of residents is given: a zero would be read as a
    finding. An indicator is left out when one of its populations is declared as not identified, when nobody has a
    value of its numeric variable or of a variable that defines its populations, or when the source covers nobody of
    one. It is given in totals only by a
    classification whose variable the source has for nobody. `across_bands` are the populations that cannot be
    identified because a variable is known in bands or in groups of values, with that variable; their indicators are
    left out. Versions of a classification that such groups do not support are named in the reason of an indicator that
    is published.
    """
    lacking, aggregates = _absent(deciding_variables(catalogue), profile), aggregates_of(profile)
    only_absent = set(profile.values.get(RESIDENCE, ())) == {ABSENT_ABROAD}
    decisions = []
    for name, indicator in catalogue.indicators.items():
        decision = _of_residents(catalogue, name, indicator) if only_absent else None
        decision = decision or _left_out(source, partition, catalogue, name, indicator, lacking)
        decision = decision or _not_covered(source, partition, catalogue, name, indicator, profile)
        decision = decision or _across_bands(source, partition, catalogue, name, indicator, across_bands, aggregates)
        decisions.append(decision or _in_totals(source, partition, name, indicator, dimensions))
    return decisions


def deciding_variables(catalogue: Catalogue) -> set[str]:
    """The variables without which an indicator cannot be given."""
    populations = catalogue.populations.values()
    needed = {name for population in populations for name in (*population.needs, *population.includes)}
    return needed | {name for each in catalogue.indicators.values() for name in (*each.variables, *_factors(each))}


def _of_residents(catalogue: Catalogue, name: str, indicator: Indicator) -> Decision | None:
    """The decision on an indicator of residents where all records are of absent members of households."""
    if all(catalogue.populations[each].absent for each in indicator.populations):
        return None
    return Decision(name, "not_produced", "absent_members_only", RESIDENCE)


def _left_out(
    source: Survey,
    partition: Partition,
    catalogue: Catalogue,
    name: str,
    indicator: Indicator,
    lacking: Mapping[str, str],
) -> Decision | None:
    """Why an indicator is left out; None when it is not."""
    without = [population for population in source.without if population in catalogue.populations_of(indicator)]
    if without:
        said = [f"{catalogue.populations[each].label.en}: {source.without[each].en}" for each in without]
        return Decision(name, "not_produced", "declared_without", reason="; ".join(dict.fromkeys(said)))
    wanted = [variable for each in sorted(indicator.populations) for variable in catalogue.populations[each].needs]
    wanted += [*indicator.variables, *_factors(indicator)]
    gaps = {variable: lacking[variable] for variable in wanted if variable in lacking}
    if not gaps:
        return None
    kind = next(iter(gaps.values()))
    code = f"variable_{kind}" if kind in ABSENT_KINDS else "no_value"
    return Decision(name, "not_produced", code, " ".join(gaps), _said(source, partition, gaps))


def _not_covered(
    source: Survey,
    partition: Partition,
    catalogue: Catalogue,
    name: str,
    indicator: Indicator,
    profile: Profile,
) -> Decision | None:
    """The decision on an indicator of a population whose persons the source does not cover; None for all others."""
    included = {pair for each in indicator.populations for pair in catalogue.populations[each].includes.items()}
    gaps = [pair for pair in sorted(included) if not may_have(source, partition, profile, *pair)]
    if not gaps:
        return None
    concepts = load_concepts()
    said = [
        f"{concepts[each].label.en}: the source covers nobody with '{concepts[each].values[of]}'" for each, of in gaps
    ]
    return Decision(name, "not_produced", "covers_nobody", " ".join(each for each, _ in gaps), "; ".join(said))


def _across_bands(
    source: Survey,
    partition: Partition,
    catalogue: Catalogue,
    name: str,
    indicator: Indicator,
    across_bands: Mapping[str, str],
    aggregates: Aggregates,
) -> Decision | None:
    """The decision on an indicator of a population that bands or groups do not identify; None for all others."""
    found = [across_bands[each] for each in sorted(catalogue.populations_of(indicator)) if each in across_bands]
    found += variables_of_cut_factors(indicator, aggregates)
    variables = {each: IN_BANDS if each in banded() else IN_AGGREGATES for each in found}
    if not variables:
        return None
    code = f"variable_{next(iter(variables.values()))}"
    return Decision(name, "not_produced", code, " ".join(variables), _said(source, partition, variables))


def _factors(indicator: Indicator) -> list[str]:
    """The variables whose classes a gap is computed in."""
    return [load_versions()[factor][0] for factor in indicator.factors or []]


def _in_totals(
    source: Survey, partition: Partition, name: str, indicator: Indicator, dimensions: Dimensions
) -> Decision:
    """Whether an indicator is given in full, only in the totals of some classification, or not without one that is
    essential to it."""
    gaps = dimensions.absent_variables(indicator.essential)
    if gaps:
        kind = next(iter(gaps.values()))
        code = f"variable_{kind}" if kind in (*ABSENT_KINDS, IN_BANDS, IN_AGGREGATES) else "no_value"
        return Decision(name, "not_produced", code, " ".join(gaps), _said(source, partition, gaps))
    gaps = dimensions.absent_variables(indicator.dimensions)
    if not gaps:
        in_part = dimensions.variables_in_groups(indicator.dimensions)
        said = "; ".join(f"{load_concepts()[each].label.en}: {text}" for each, text in in_part.items())
        return Decision(name, variables=" ".join(in_part), reason=said)
    kind = next(iter(gaps.values()))
    return Decision(name, "totals_only", f"classification_{kind}", " ".join(gaps), _said(source, partition, gaps))


def _said(source: Survey, partition: Partition, gaps: Mapping[str, str]) -> str:
    """What is lacking, in words, with the declared note on it."""
    variables, said = source.wave_variables(partition.wave), []
    for name, kind in gaps.items():
        declared = variables.get(name)
        note = f" ({declared.note.en})" if declared is not None and declared.note is not None else ""
        said.append(f"{load_concepts()[name].label.en}: {WORDS[kind]}{note}")
    return "; ".join(said)


def _absent(names: Iterable[str], profile: Profile) -> dict[str, str]:
    """The variables that the source has for nobody, with the kind of missing that most have.

    It is 'value' for a number that somebody was asked.
    """
    absent = {}
    for name in sorted(names):
        kinds = profile.kinds(name)
        if name not in profile.with_number:
            if all(kind in NOT_ASKED for kind in kinds):
                absent[name] = next((str(kind) for kind in kinds if kind in ABSENT_KINDS), "not_available")
        elif not profile.with_number[name]:
            only_absent = bool(kinds) and all(kind in ABSENT_KINDS for kind in kinds)
            absent[name] = str(kinds[0]) if only_absent else "value"
    return absent
