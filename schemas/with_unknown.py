"""The variables of a survey with unforeseen values as unknown, so that their records can be examined."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from schemas.canonical_values import allowed_values
from schemas.concepts import load_concepts
from schemas.countries import country_values
from schemas.errors import Part
from schemas.source import CodeMaps, CodeValue
from schemas.survey import Survey, Variable

MOST = 1_000
"""With more unforeseen codes or texts, the fault is not in a few records: the variable is lost as a whole."""


@dataclass(frozen=True)
class WithUnknown:
    """Variables and maps, and the variables that this cannot save."""

    variables: Mapping[str, Variable]
    code_maps: CodeMaps
    lost: set[str]


def variables_with_unknown(source: Survey, parts: Iterable[Part]) -> WithUnknown:
    """The variables with the values that `parts` name as unknown. A part is ("variables", name, what, ...):

    codes      an unknown code, or a text where a number belongs, which follows
    blank      an empty field, or an expression that gives no number
    otherwise  a value of an expression that the variable cannot have
    A variable is lost where a part names it alone, or where nothing changes it.
    """
    variables, maps, lost = dict(source.variables), dict(source.code_maps), set[str]()
    of_variable: dict[str, list[Part]] = {}
    for part in parts:
        if part[0] == "variables":
            of_variable.setdefault(str(part[1]), []).append(part[2:])
    for name, said in of_variable.items():
        if name not in variables:
            continue
        before = variables[name], maps.get(str(variables[name].map))
        if all(said) and len(said) <= MOST and "unknown" in load_concepts()[name].missing:
            variables[name], maps = _with_unknown(name, variables[name], maps, said)
        if before == (variables[name], maps.get(str(variables[name].map))):
            lost.add(name)
    return WithUnknown(variables, maps, lost)


def _with_unknown(name: str, variable: Variable, maps: CodeMaps, said: list[Part]) -> tuple[Variable, CodeMaps]:
    codes = {str(part[1]) for part in said if part[0] == "codes"}
    if variable.is_translated:
        codes |= {""} if ("blank",) in said else set()
        own = f"{name}_as_checked"
        known = maps[variable.map] if variable.map else {}
        mapped = {**known, **{code: CodeValue(value="unknown") for code in codes}}
        return variable.model_copy(update={"map": own}), {**maps, own: mapped}
    changes: dict[str, object] = {}
    if ("blank",) in said:
        changes["blank"] = "unknown"
    if ("otherwise",) in said:
        changes["expression"] = _or_unknown(name, str(variable.expression))
    if codes and variable.computed is None:
        changes["codes"] = {**variable.codes, **dict.fromkeys(codes, "unknown")}
    return variable.model_copy(update=changes), maps


def _or_unknown(name: str, expression: str) -> str:
    """The expression, giving 'unknown' where it gave a value that the variable cannot have."""
    concept = load_concepts()[name]
    countries = sorted(country_values(concept.codelist)) if concept.type == "country" else []
    listed = ", ".join(f"'{value}'" for value in (*(allowed_values(concept) or ()), *countries))
    return f"case when ({expression}) in ({listed}) then ({expression}) else 'unknown' end"
