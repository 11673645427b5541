"""What is wrong with the declaration of a survey beyond its form: variables, design, populations, corrections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from schemas.canonical_values import CanonicalValues, canonical_values, declarable
from schemas.code_maps import contradictions
from schemas.codelists import load_codelist
from schemas.concepts import Concept, load_concepts
from schemas.consolidation import consolidation_faults
from schemas.differences import differences_of, published_differences
from schemas.errors import DeclarationError
from schemas.expressions import check_expression, result_literals
from schemas.guard_faults import guard_faults
from schemas.indicators import load_catalogue
from schemas.join_faults import join_faults
from schemas.nearest import nearest
from schemas.origin_faults import band_faults, band_map_faults, code_faults, origin_faults
from schemas.published_indicator import Published
from schemas.sample_design import Design
from schemas.selection import selection_faults
from schemas.series import declares
from schemas.source_kind import SourceKind
from schemas.survey import DERIVED_FROM, Rule, Survey, Variable
from schemas.survey_figure_faults import survey_figure_faults
from schemas.survey_gives import indicators_of_survey
from schemas.wave_faults import in_waves_faults, survey_column_faults, survey_read_faults
from schemas.yaml_lines import Location, line_of


def survey_faults(source: Survey, file: Path, lines: dict[Location, int]) -> Iterator[str]:
    """Everything in a source that contradicts itself, the concepts or its tables."""
    concepts = load_concepts()
    if source.ref_area not in load_codelist("CL_AREA").by_code:
        yield f"the folder's '{source.ref_area}' is not an area of CL_AREA (ISO 3166-1 alpha-3)"
    yield from _wave_faults(source)
    yield from survey_read_faults(source, lines)
    yield from survey_column_faults(source, lines)
    for name, concept in concepts.items():
        if concept.required and name not in source.variables:
            yield f"variable '{name}' is required and not declared"
    if not {"age", "working_age"} & set(source.variables):
        yield "declare `age`, or `working_age` where the file holds no age"
    for location, name, variable in _declared_variables(source):
        at = f"line {line_of(lines, location)}: variable '{name}'"
        yield from (f"{at}: {fault}" for fault in _variable_faults(source, name, variable, concepts.get(name), file))
    in_waves = [(f"variable '{name}'", each.waves) for each in source.variables_in_waves for name in each.variables]
    at = f"line {line_of(lines, ('variables_in_waves',))}"
    yield from (f"{at}: {fault}" for fault in in_waves_faults(source, in_waves))
    yield from _design_faults(source, lines)
    yield from guard_faults(source)
    for name, fault in join_faults(source):
        yield f"line {line_of(lines, ('joins', name))}: join '{name}': {fault}"
    for index, fault in selection_faults(source, source.where):
        yield f"line {line_of(lines, ('where', index))}: where {fault}"
    at = f"line {line_of(lines, ('consolidate',))}"
    yield from (f"{at}: {fault}" for fault in consolidation_faults(source))
    populations = load_catalogue().populations
    for name in sorted(source.without.keys() - populations.keys()):
        at = f"line {line_of(lines, ('without', name))}"
        close = nearest(name, populations)
        yield f"{at}: '{name}' is not a population of indicators.yaml{close} ({', '.join(populations)})"
    yield from _correction_faults(source, file, lines)
    yield from survey_figure_faults(source, lines)


def _wave_faults(source: Survey) -> Iterator[str]:
    for wave in source.waves:
        if not source.wave_columns(wave):
            yield f"columns.csv has no column for wave {wave}"


def _design_faults(source: Survey, lines: dict[Location, int]) -> Iterator[str]:
    """Designs whose columns or factors are not there, and those of which a wave would have two."""
    declared: list[tuple[Location, Design]] = [(("design",), source.design)]
    declared += [(("design_in_waves", at), each.design) for at, each in enumerate(source.design_in_waves)]
    for location, design in declared:
        for column in design.columns:
            if column not in source.columns:
                at = f"line {line_of(lines, location)}"
                yield f"{at}: design column '{column}' is not in columns.csv{nearest(column, source.columns)}"
    for wave in source.waves:
        try:
            source.wave_design(wave).weight.scale_in(wave)
        except ValueError as error:
            yield f"line {line_of(lines, ('design',))}: {error}"
    at = f"line {line_of(lines, ('design_in_waves',))}"
    in_waves = [("the design", each.waves) for each in source.design_in_waves]
    yield from (f"{at}: {fault}" for fault in in_waves_faults(source, in_waves))


def _declared_variables(source: Survey) -> Iterator[tuple[Location, str, Variable]]:
    """Every declaration of a variable, with where it stands."""
    yield from ((("variables", name), name, variable) for name, variable in source.variables.items())
    for index, each in enumerate(source.variables_in_waves):
        for name, variable in each.variables.items():
            yield ("variables_in_waves", index, "variables", name), name, variable


def _variable_faults(
    source: Survey, name: str, variable: Variable, concept: Concept | None, file: Path
) -> Iterator[str]:
    if concept is None or concept.role == "derived":
        close = nearest(name, declarable())
        yield f"is not a variable to declare{close}; concepts.yaml lists them: {', '.join(declarable())}"
        return
    for column in [variable.column, *(variable.columns or [])]:
        if column is not None and column not in source.columns:
            yield f"column '{column}' is not in columns.csv{nearest(column, source.columns)}"
    if variable.map is not None and variable.map not in source.code_maps:
        yield f"map '{variable.map}' is not in code_maps.csv{nearest(variable.map, source.code_maps)}"
    elif variable.map is not None:
        for codes in source.map_forms(variable.map):
            yield from contradictions(variable.map, codes, fold=variable.fold)
    if concept.type == "category" and variable.column and not variable.map:
        yield "a category taken from a column needs a `map`"
    if variable.missing and variable.missing not in concept.missing:
        yield f"cannot be '{variable.missing}' for everyone; it can be {', '.join(concept.missing) or 'nothing'}"
    yield from origin_faults(variable, concept)
    yield from _band_faults(source, name, variable, concept)
    yield from code_faults(source, variable, concept)
    yield from _rule_faults(source, name, variable.derive)
    if variable.expression is not None:
        try:
            check_expression(
                variable.expression, columns=source.expression_names(name, variable), where=f"{file}, variable {name}"
            )
        except DeclarationError as error:
            yield f"{error.what}; {error.remedy}"
            return
    yield from _value_faults(source, name, variable, canonical_values(concept))


def _band_faults(source: Survey, name: str, variable: Variable, concept: Concept) -> Iterator[str]:
    """Faults of bands of years, declared as such or in a map."""
    if not concept.bands or variable.map is None:
        yield from band_faults(source, name, variable, concept)
        return
    for codes in source.map_forms(variable.map) if variable.map in source.code_maps else ():
        faults = list(band_map_faults(variable, codes, concept))
        yield from faults or band_faults(source, name, variable.in_bands(codes), concept)


def _value_faults(source: Survey, name: str, variable: Variable, values: CanonicalValues | None) -> Iterator[str]:
    """Values of a map, a constant and the results of an expression that the variable cannot have."""
    if values is None:
        return
    with_aggregates = replace(values, aggregates_of=name) if load_concepts()[name].aggregates else values
    for codes in source.map_forms(variable.map) if variable.map in source.code_maps else ():
        yield from with_aggregates.map_faults(str(variable.map), codes)
    if variable.constant is not None and (fault := values.fault(variable.constant)):
        yield f"the constant is {fault}"
    for literal in sorted(result_literals(variable.computed)) if variable.computed is not None else ():
        if fault := values.fault(literal):
            yield f"its expression gives {fault}"


def _rule_faults(source: Survey, name: str, rule: Rule | None) -> Iterator[str]:
    if rule is None:
        return
    derived, questions = DERIVED_FROM[rule]
    if name != derived:
        yield f"rule '{rule}' gives {derived}"
    for question in questions:
        if question not in source.variables:
            yield f"rule '{rule}' needs variable '{question}', which is not declared"


def _correction_faults(source: Survey, file: Path, lines: dict[Location, int]) -> Iterator[str]:
    for index, correction in enumerate(source.corrections):
        at = f"line {line_of(lines, ('corrections', index))}: correction"
        if not declares(source, correction.wave):
            yield f"{at}: wave '{correction.wave}' is not declared{nearest(correction.wave, source.waves)}"
            continue
        names = {f"raw.{column}" for column in source.wave_columns(correction.wave)}
        for expression in (correction.where, *correction.set.values()):
            try:
                check_expression(expression, columns=names, where=str(file))
            except DeclarationError as error:
                yield f"{at}: {error.what}; {error.remedy}"
        for column in correction.set:
            if column not in source.columns:
                close = nearest(column, source.columns)
                yield f"{at}: sets column '{column}', which is not in columns.csv{close}"


def _published() -> Mapping[str, Published]:
    indicators = load_catalogue().indicators
    own = {name: Published(each, each.measure, tuple(each.types)) for name, each in indicators.items()}
    return {**own, **published_differences()}


def _may_give(source: Survey) -> frozenset[str]:
    """The indicators that some wave may give, and the differences of their numbers."""
    own = indicators_of_survey(source)
    return own | differences_of(own)


SURVEY = SourceKind(
    "survey",
    "survey",
    Survey,
    survey_faults,
    _published,
    has_columns=True,
    has_records=True,
    may_give=_may_give,
)
"""National surveys, which hold a record of each person."""
