"""Any number of synthetic persons, directly as core records: for measuring speed only."""

from __future__ import annotations

from pathlib import Path

from schemas.codelists import load_codelist
from schemas.concepts import Concept, banded, core_columns, load_concepts
from transforms.duck import connect, quote_text

STRATA = 50
UNITS_PER_STRATUM = 40
UNIT = f"(i * {STRATA * UNITS_PER_STRATUM} // persons)"
EMPLOYED = "labour_force_status = 'employed'"

# The variables that determine populations; all others are drawn uniformly from their values.
DRAWN = {
    "person_id": "cast(i as varchar)",
    "household_id": "cast(i // 3 as varchar)",
    "weight": "50 + 100 * {weight}",
    "replicate_weights": "cast(null as double[])",
    "stratum": f"'s' || {UNIT} // {UNITS_PER_STRATUM}",
    "psu": f"'p' || {UNIT}",
    "age": "cast(floor(90 * {age}) as integer)",
    "age_missing": "cast(null as varchar)",
    "working_age": "case when 90 * {age} >= 15 then 'yes' else 'no' end",
    "usual_resident": "'yes'",
    "guideline_exclusion": "'none'",
    "birth_status": "case when {birth} < 0.12 then 'foreign' else 'native' end",
    "citizenship_status": "case when {citizenship} < 0.08 then 'non_citizen' else 'citizen' end",
    "labour_force_status": (
        "case when 90 * {age} < 15 then 'not_in_universe' when {work} < 0.6 then 'employed'"
        " when {work} < 0.65 then 'unemployed' else 'outside' end"
    ),
}


def write_persons(target: Path, persons: int, memory_limit: str = "4GB") -> None:
    """A core table of a number of persons in 50 strata of 40 PSUs, in order as in producers' files.

    The same for the same number of persons.
    """
    drawn = ", ".join(f"{expression.format_map(_Uniform())} as {name}" for name, expression in DRAWN.items())
    columns = ",\n".join(f"{_column(name, kind)} as {name}" for name, kind in core_columns().items())
    with connect(memory_limit=memory_limit, work=target.parent) as connection:
        connection.execute(
            f"copy (with numbered as (select i, {persons} as persons from range({persons}) as numbers(i)),"
            f" drawn as (select i, {drawn} from numbered) select {columns} from drawn)"
            f" to {quote_text(str(target))} (format parquet, compression zstd)"
        )


class _Uniform(dict[str, str]):
    """`{name}` in an expression: a number from 0 to 1, drawn for the person and the name."""

    def __missing__(self, name: str) -> str:
        return f"(hash(i, {quote_text(name)}) % 1000000 / 1e6)"


def _column(name: str, kind: str) -> str:
    if name in DRAWN:
        return name
    concepts = load_concepts()
    if name.removesuffix("_from").removesuffix("_to") in banded() and name not in concepts:
        return f"cast(null as {kind})"  # every age is known in years
    if name not in concepts:
        numeric = name.removesuffix("_missing")
        return f"case when {_has(concepts[numeric])} then null else 'not_in_universe' end"
    concept = concepts[name]
    if concept.type == "country":
        home = {
            "country_of_birth": "birth_status = 'native'",
            "country_of_citizenship": "citizenship_status = 'citizen'",
        }
        return f"case when {home.get(name, 'true')} then 'ZZZ' else {_one_of(_countries(), name)} end"
    value = _number(concept, name, kind) if concept.is_numeric else _one_of(tuple(concept.values), name)
    otherwise = "null" if concept.is_numeric else "'not_in_universe'"
    return f"case when {_has(concept)} then {value} else {otherwise} end"


def _countries() -> tuple[str, ...]:
    """Every sixth country of the list of areas."""
    return tuple(code for code in load_codelist("CL_AREA").by_code if len(code) == 3 and code.isalpha())[::6]


def _has(concept: Concept) -> str:
    """SQL of who has a value of a variable."""
    return {
        "everyone": "true",
        "working_age": "working_age = 'yes'",
        "employed": EMPLOYED,
        "employees": EMPLOYED,
        "outside_labour_force": "labour_force_status = 'outside'",
        "migrants": "birth_status = 'foreign'",
        "non_citizens": "citizenship_status = 'non_citizen'",
    }[concept.universe]


def _number(concept: Concept, name: str, kind: str) -> str:
    """Numbers with a skewed distribution, like earnings, within the bounds of the variable."""
    low = concept.minimum or 0
    width = (concept.maximum if concept.maximum is not None else low + 5000) - low
    drawn = _Uniform()
    return f"cast({low} + floor({width} * {drawn[name]} * {drawn[name + ' too']}) as {kind})"


def _one_of(values: tuple[str, ...], name: str) -> str:
    listed = ", ".join(quote_text(value) for value in values)
    return f"([{listed}])[1 + cast(hash(i, {quote_text(name)}) % {len(values)} as integer)]"
