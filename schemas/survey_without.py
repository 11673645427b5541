"""A survey without the parts of its declaration that do not fit a file, so that the rest can be examined.

Used by `ilms check` on a file alone: a run stops instead.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from schemas.concepts import load_concepts
from schemas.correction import Correction
from schemas.errors import Part
from schemas.expressions import expression_columns, raw_columns
from schemas.guards import WaveInFile
from schemas.joins import Join
from schemas.sample_design import Design, Weight
from schemas.selection import Selection
from schemas.survey import DERIVED_FROM, Survey, Variable
from schemas.with_unknown import variables_with_unknown

LEFT_ASIDE = "left aside, as it does not fit the file"
UNWEIGHTED = "they have no usable weight"


def survey_without(source: Survey, wave: str, parts: Iterable[Part]) -> Survey:
    """The survey as it is in a wave (`of_wave`), without some parts and all that is made of them.

    Values of a variable that the declaration does not foresee become unknown: codes, texts that are not numbers, values
    of an expression. A variable that loses its origin is not available, and nor is one derived from it by an expression
    or a rule. Records without a usable weight are left out; where none would be left, every record counts as one
    person. Without strata or units there are no standard errors, and where it is not declared what a stratum of one
    unit adds to them, it adds that unit's own total.
    """
    lost = list(parts)
    joins = _joins(source, lost)
    columns = _columns(source, lost, joins)
    held = {part[1] for part in lost if part[0] == "waves"}
    design, where = _design_and_selections(source, wave, columns, lost)
    with_unknown = variables_with_unknown(source, lost)
    return source.model_copy(
        update={
            "joins": joins,
            "columns": {name: names for name, names in source.columns.items() if name not in columns},
            "variables": _variables(with_unknown.variables, columns, with_unknown.lost),
            "code_maps": with_unknown.code_maps,
            "design": design,
            "corrections": _kept_corrections(source.corrections, columns, _places(lost, "corrections")),
            "where": where,
            "wave_in_file": _wave_in_file(source.wave_in_file, columns, is_lost=("wave_in_file",) in lost),
            "waves": {
                name: each.model_copy(update={"records": None}) if name in held else each
                for name, each in source.waves.items()
            },
        }
    )


def _places(lost: Iterable[Part], key: str) -> set[int]:
    return {int(part[1]) for part in lost if part[0] == key}


def _joins(source: Survey, lost: Collection[Part]) -> dict[str, Join]:
    """The remaining joins, without the columns that their files lack; one that lacks a key is dropped as a whole."""
    whole = {part[1] for part in lost if part[0] == "joins" and len(part) == 2}
    of_join = {(part[1], part[3]) for part in lost if part[0] == "joins" and len(part) > 2}
    of_records = {part[1] for part in lost if part[0] == "columns"}
    left = {}
    for name, join in source.joins.items():
        absent = {column for joined, column in of_join if joined == name}
        columns = [column for column in join.columns if column not in absent]
        keys_lost = absent & set(join.keys.values()) or of_records & set(join.keys)
        if name not in whole and not keys_lost and columns and not (join.keep and raw_columns(join.keep) & absent):
            left[name] = join.model_copy(update={"columns": columns})
    return left


def _columns(source: Survey, lost: Iterable[Part], left: Mapping[str, Join]) -> set[str]:
    """Our names of the columns that are lost: those of the records, and those of files that are not joined."""
    of_records = {str(part[1]) for part in lost if part[0] == "columns"}
    joined = {column for join in source.joins.values() for column in join.own_columns}
    still = {column for join in left.values() for column in join.own_columns}
    return of_records | (joined - still)


def _variables(variables: Mapping[str, Variable], columns: set[str], named: set[str]) -> dict[str, Variable]:
    """The variables that need neither a lost column nor a lost variable."""
    left = {name: each for name, each in variables.items() if name not in named and not _needs(each) & columns}
    while made := {name for name, each in left.items() if _made_of(each) & (variables.keys() - left.keys())}:
        left = {name: each for name, each in left.items() if name not in made}
    return left


def _needs(variable: Variable) -> set[str]:
    """Our names of the columns that a variable is taken from."""
    named = {column for column in (variable.column, *(variable.columns or ())) if column}
    return named | (raw_columns(variable.expression) if variable.expression else set())


def _made_of(variable: Variable) -> set[str]:
    """The variables that a variable is made of."""
    if variable.derive is not None:
        return set(DERIVED_FROM[variable.derive][1])
    return expression_columns(variable.computed) if variable.computed is not None else set()


def _design_and_selections(
    source: Survey, wave: str, columns: set[str], lost: Collection[Part]
) -> tuple[Design, list[Selection]]:
    """The design without its lost columns, and the selections: those that remain, and one that keeps usable weights."""
    design, of_design = source.design, {str(part[1]) for part in lost if part[0] == "design"}
    gone = _places(lost, "where")
    usable = next((index for index, each in enumerate(source.where) if each.because == UNWEIGHTED), None)
    where = _kept_selections(source, wave, columns, gone)
    weight = design.weight
    if (
        weight.column in columns
        or usable in gone
        or ("weight" in of_design and (weight.constant or usable is not None))
    ):
        weight = Weight(constant=1)
        where = [each for each in where if each.because != UNWEIGHTED]
    elif "weight" in of_design:
        number = f"try_cast(raw.{weight.column} as double)"
        where.append(Selection(keep=f"coalesce({number} >= 0, false)", because=UNWEIGHTED, all_may_count=LEFT_ASIDE))
    if weight is design.weight and not columns & set(design.columns) and of_design <= {"single_psu", "weight"}:
        return design.model_copy(update={"single_psu": "adjust"}) if "single_psu" in of_design else design, where
    return Design(kind="none", weight=weight, reason=LEFT_ASIDE), where


def _wave_in_file(declared: WaveInFile | None, columns: set[str], *, is_lost: bool) -> WaveInFile | None:
    if declared is None or is_lost:
        return None
    return None if any(raw_columns(each) & columns for each in declared.expressions.values()) else declared


def _kept_corrections(corrections: list[Correction], columns: set[str], lost: set[int]) -> list[Correction]:
    return [
        each
        for index, each in enumerate(corrections)
        if index not in lost
        and columns.isdisjoint({*each.set, *raw_columns(each.where)}.union(*map(raw_columns, each.set.values())))
    ]


def _kept_selections(source: Survey, wave: str, columns: set[str], lost: set[int]) -> list[Selection]:
    return [
        each
        for index, each in enumerate(source.where)
        if index not in lost and not raw_columns(source.filled(each.keep, wave)) & columns
    ]


def left_aside(before: Survey, after: Survey) -> list[str]:
    """What one survey has and the other lacks, in words."""
    said = []
    for name, variable in before.variables.items():
        called = f"{load_concepts()[name].label.en} ({name})"
        if name not in after.variables:
            said.append(f"{called} is not available")
        elif after.variables[name] != variable:
            said.append(f"{called}: what is not foreseen is unknown")
    if has_lost_weight(after):
        said.append("the weight: every record counts as one person, and no number of persons is shown")
    elif after.design.reason == LEFT_ASIDE:
        said.append("the sample design: numbers have no standard errors")
    if any(each.because == UNWEIGHTED for each in after.where):
        said.append("the records without a usable weight")
    said += [f"join '{name}'" for name in before.joins if name not in after.joins]
    said += [f"correction '{each.because}'" for each in before.corrections if each not in after.corrections]
    said += [f"the selection `{each.keep}`: all records count" for each in before.where if each not in after.where]
    if before.wave_in_file and not after.wave_in_file:
        said.append("the wave that records give (`wave_in_file`): all records of the file count")
    return said


def lost_columns(before: Survey, after: Survey) -> set[str]:
    """The columns of the core table that say nothing in one survey and something in the other."""
    lost = {"weight"} if has_lost_weight(after) else set()
    return lost | _with_followers(before, before.variables.keys() - after.variables.keys())


def changed_columns(before: Survey, after: Survey) -> set[str]:
    """The columns of the core table in which records are unknown in one survey that are not foreseen in the other."""
    changed = {name for name, each in after.variables.items() if before.variables.get(name) != each}
    return _with_followers(before, changed)


def _with_followers(source: Survey, names: Iterable[str]) -> set[str]:
    """Variables with those that follow from them, where the survey does not declare these itself."""
    concepts, found = load_concepts(), set(names)
    follow = {"country_of_birth": "birth_status", "country_of_citizenship": "citizenship_status", "age": "working_age"}
    follow |= {name: each.coarser.variable for name, each in concepts.items() if each.coarser}
    return found | {follow[name] for name in found if name in follow and follow[name] not in source.variables}


def has_lost_weight(source: Survey) -> bool:
    """Whether the weight is among the parts that a survey is without, so that its records stand for nobody else."""
    return source.design.reason == LEFT_ASIDE and source.design.weight.constant is not None
